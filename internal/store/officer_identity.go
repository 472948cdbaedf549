package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/tanggap"
)

// OfficerIdentity says which person of an identity provider an officer is. Issuer and
// subject are the only lasting name of that person; e-mails are given to others.
type OfficerIdentity struct {
	bun.BaseModel `bun:"officer_identities"`
	Issuer        string
	Subject       string
	OfficerID     string
	LinkedAt      time.Time
	UsedAt        time.Time
}

// OfficerIdentity finds a link by the person. NotFound if there is none.
func (s *Store) OfficerIdentity(ctx context.Context, issuer, subject string) (*OfficerIdentity, error) {
	x := &OfficerIdentity{}
	err := s.r().NewSelect().Model(x).Where("issuer = ? AND subject = ?", issuer, subject).Scan(ctx)
	return x, one(err, "tautan")
}

// OfficerIdentities lists the links of an officer.
func (s *Store) OfficerIdentities(ctx context.Context, officer string) ([]*OfficerIdentity, error) {
	var out []*OfficerIdentity
	err := s.r().NewSelect().Model(&out).Where("officer_id = ?", officer).Order("issuer").Scan(ctx)
	return out, err
}

// AddOfficerIdentity links an officer to a person. Conflict if either is linked to
// somebody else of this provider.
func (s *Store) AddOfficerIdentity(ctx context.Context, x *OfficerIdentity) error {
	x.LinkedAt, x.UsedAt = s.now(), s.now()
	_, err := s.w().NewInsert().Model(x).Exec(ctx)
	if unique(err) {
		return tanggap.Errorf(tanggap.Conflict, "akun ini sudah ditautkan ke orang lain pada penyedia identitas")
	}
	return err
}

// UsedOfficerIdentity notes that a link was used.
func (s *Store) UsedOfficerIdentity(ctx context.Context, x *OfficerIdentity) error {
	x.UsedAt = s.now()
	_, err := s.w().NewUpdate().Model(x).Column("used_at").Where("issuer = ? AND subject = ?", x.Issuer, x.Subject).Exec(ctx)
	return err
}

// RemoveOfficerIdentities takes all links of an officer away.
func (s *Store) RemoveOfficerIdentities(ctx context.Context, officer string) error {
	_, err := s.w().NewDelete().Model((*OfficerIdentity)(nil)).Where("officer_id = ?", officer).Exec(ctx)
	return err
}
