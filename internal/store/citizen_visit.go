package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/seal"
	"tanggap/internal/tanggap"
)

// citizenSession is a short visit of somebody who has shown that he reads a contact.
type citizenSession struct {
	bun.BaseModel `bun:"citizen_sessions"`
	Region        string
	TokenHash     string
	IdentityID    string
	CreatedAt     time.Time
	ExpiresAt     time.Time
}

// BeginVisit starts a visit by a contact and returns its token. Visits that are over go.
func (s *Store) BeginVisit(ctx context.Context, region, identity string, lasts time.Duration) (string, error) {
	now, token := s.now(), tanggap.NewToken()
	if _, err := s.w().NewDelete().Model((*citizenSession)(nil)).Where("region = ? AND expires_at <= ?", region, now).Exec(ctx); err != nil {
		return "", err
	}
	x := &citizenSession{Region: region, TokenHash: tanggap.HashToken(token), IdentityID: identity, CreatedAt: now, ExpiresAt: now.Add(lasts)}
	_, err := s.w().NewInsert().Model(x).Exec(ctx)
	return token, err
}

// Visit returns the contact of a visit and when it ends; nil when there is none.
func (s *Store) Visit(ctx context.Context, region, token string) (*Identity, time.Time, error) {
	x := &citizenSession{}
	err := s.r().NewSelect().Model(x).Where("region = ? AND token_hash = ? AND expires_at > ?", region, tanggap.HashToken(token), s.now()).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, time.Time{}, nil
	}
	if err != nil {
		return nil, time.Time{}, err
	}
	i, err := s.Identity(ctx, region, x.IdentityID)
	return i, x.ExpiresAt, err
}

// EndVisit ends a visit.
func (s *Store) EndVisit(ctx context.Context, region, token string) error {
	_, err := s.w().NewDelete().Model((*citizenSession)(nil)).Where("region = ? AND token_hash = ?", region, tanggap.HashToken(token)).Exec(ctx)
	return err
}

// VerifiedContacts lists the verified identities with a number or an address, over all
// channels, newest first. Of a number and an address one is "".
func (s *Store) VerifiedContacts(ctx context.Context, region, phone, email string) ([]*Identity, error) {
	column, purpose, plain := "phone_bidx", seal.PurposePhone, phone
	if phone == "" {
		column, purpose, plain = "email_bidx", seal.PurposeEmail, email
	}
	b, err := s.Blind(ctx, region, purpose, plain)
	if err != nil || b == nil {
		return nil, err
	}
	var out []*Identity
	err = s.r().NewSelect().Model(&out).Where("region = ? AND ? = ? AND verified_at IS NOT NULL", region, bun.Ident(column), b).
		Order("created_at DESC", "id DESC").Limit(100).Scan(ctx)
	if err != nil {
		return nil, err
	}
	for _, i := range out {
		if err := s.openIdentity(ctx, i); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// ContactCases lists the cases whose news go to one of these identities, newest first.
func (s *Store) ContactCases(ctx context.Context, region string, who []*Identity, limit int64) ([]*Case, error) {
	var citizens, identities []string
	for _, i := range who {
		citizens, identities = append(citizens, i.CitizenID), append(identities, i.ID)
	}
	if len(who) == 0 {
		return nil, nil
	}
	return s.caseList(ctx, s.r().NewSelect().Where("region = ? AND citizen_id IN (?) AND identity_id IN (?)", region, bun.List(citizens), bun.List(identities)).
		Order("opened_at DESC", "id DESC").Limit(limit))
}

// Wishes of a citizen: what they are about.
const (
	WishNews    = "news"    // "yes" or "no": what is not for his safety
	WishSurvey  = "survey"  // "yes" or "no": to be asked how it was
	WishHistory = "history" // "yes" or "no": officers of one of his cases may see the others that they have access to
	WishLang    = "lang"    // "id" or "en"
	WishWay     = "way"     // channel that news prefer, "" as the case came
	Yes, No     = "yes", "no"
)

// Wish is one change of what a citizen allows or prefers. Rows are never changed: they
// say what held when.
type Wish struct {
	bun.BaseModel `bun:"wishes"`
	Region        string
	ID            string
	CitizenID     string
	What          string
	Value         string
	Way           string // how he said so
	CreatedAt     time.Time
}

// AddWish records a change.
func (s *Store) AddWish(ctx context.Context, x *Wish) error {
	x.ID, x.CreatedAt = tanggap.NewID(), s.now()
	_, err := s.w().NewInsert().Model(x).Exec(ctx)
	return err
}

// Wishes lists the latest changes of a citizen, newest first.
func (s *Store) Wishes(ctx context.Context, region, citizen string, limit int64) ([]*Wish, error) {
	var out []*Wish
	err := s.r().NewSelect().Model(&out).Where("region = ? AND citizen_id = ?", region, citizen).Order("id DESC").Limit(limit).Scan(ctx)
	return out, err
}

// Wish is what a citizen last said about one thing, "" for nothing.
func (s *Store) Wish(ctx context.Context, region, citizen, what string) (string, error) {
	var out []string
	err := s.r().NewSelect().Model((*Wish)(nil)).Column("value").Where("region = ? AND citizen_id = ? AND what = ?", region, citizen, what).
		Order("id DESC").Limit(1).Scan(ctx, &out)
	if err != nil || len(out) == 0 {
		return "", err
	}
	return out[0], nil
}
