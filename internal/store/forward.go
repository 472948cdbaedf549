package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/tanggap"
)

// States of what an officer has passed on.
const (
	ForwardAsked     = "asked"  // what it is: a new case, words of another, nothing
	ForwardNumber    = "number" // to which case it belongs
	ForwardSource    = "source" // filed as a new case; who wrote it may still be said
	ForwardDone      = "done"
	ForwardCancelled = "cancelled"
)

// Forward is what an officer has passed on within some minutes from a private telephone
// or a group: one matter, until he says otherwise.
type Forward struct {
	bun.BaseModel `bun:"forwards"`
	Region        string
	ID            string
	OfficerID     string
	IdentityID    string // from which he sent it
	State         string
	Seqs          string // JSON list of inbounds
	CaseID        string
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// Items are the inbounds that belong to it, in order of arrival.
func (f *Forward) Items() (seqs []int64, err error) {
	return seqs, json.Unmarshal([]byte(f.Seqs), &seqs)
}

// Hold adds an inbound.
func (f *Forward) Hold(seq int64) error {
	seqs := []int64{}
	if f.Seqs != "" {
		var err error
		if seqs, err = f.Items(); err != nil {
			return err
		}
	}
	text, err := json.Marshal(append(seqs, seq))
	f.Seqs = string(text)
	return err
}

// AddForward keeps what an officer begins to pass on.
func (s *Store) AddForward(ctx context.Context, f *Forward) error {
	f.ID, f.CreatedAt = tanggap.NewID(), s.now()
	f.UpdatedAt = f.CreatedAt
	_, err := s.w().NewInsert().Model(f).Exec(ctx)
	return err
}

// SetForward writes what has become of it.
func (s *Store) SetForward(ctx context.Context, f *Forward) error {
	f.UpdatedAt = s.now()
	_, err := s.w().NewUpdate().Model(f).Column("state", "seqs", "case_id", "updated_at").Where("region = ? AND id = ?", f.Region, f.ID).Exec(ctx)
	return err
}

// Forward returns one, locked until the end of the transaction where there is one.
func (s *Store) Forward(ctx context.Context, region, id string) (*Forward, error) {
	f := &Forward{}
	q := s.r().NewSelect().Model(f).Where("region = ? AND id = ?", region, id)
	if s.locks() {
		q = q.For("UPDATE")
	}
	return f, one(q.Scan(ctx), "terusan")
}

// LastForward is what an officer passed on last, if he did so since a time; nil if not.
func (s *Store) LastForward(ctx context.Context, region, officer string, since time.Time) (*Forward, error) {
	var ids []string
	err := s.r().NewSelect().Model((*Forward)(nil)).Column("id").Where("region = ? AND officer_id = ? AND updated_at >= ?", region, officer, since.UTC()).
		Order("updated_at DESC", "id DESC").Limit(1).Scan(ctx, &ids)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return s.Forward(ctx, region, ids[0])
}

// OfficerByPhone is the one officer of a region, whose account is open, with a number;
// nil if there is none, or more than one: a number that two share names nobody.
func (s *Store) OfficerByPhone(ctx context.Context, region, phone string) (*Officer, error) {
	if phone == "" {
		return nil, nil
	}
	var ids []string
	err := s.r().NewSelect().Model((*Officer)(nil)).Column("id").Where("phone = ? AND disabled_at IS NULL", phone).
		Where("id IN (SELECT officer_id FROM officer_roles WHERE region = ?)", region).Limit(2).Scan(ctx, &ids)
	if err != nil || len(ids) != 1 {
		return nil, err
	}
	return s.Officer(ctx, ids[0])
}
