package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/tanggap"
)

// Kinds of a warning.
const (
	SurgeMore = "more" // more came than was to be expected
	SurgeGap  = "gap"  // nothing came where something always comes: a dead channel, perhaps
)

// States of a warning.
const (
	SurgeOpen      = "open"      // noticed; nobody has said what it is
	SurgeConfirmed = "confirmed" // a person says that it is real; the playbook runs
	SurgeDismissed = "dismissed" // a person says that it is not
	SurgeEnded     = "ended"     // over: by a person, or because counts are as usual again
)

// Surge is a warning about one series of counts.
type Surge struct {
	bun.BaseModel `bun:"surges"`
	Region        string
	ID            string
	Series        string
	Kind          string
	FromDay       string // first and newest day that stood out, local, 2006-01-02
	ToDay         string
	Observed      float64 // from the first to the newest day
	Expected      float64
	Severity      float64 // how unlikely it is, as minus the common logarithm of the chance
	State         string
	Incident      string // parent case of the cases behind it, once somebody named one
	DecidedBy     string // an officer's id
	Note          string // of the officer, about the matter
	CreatedAt     time.Time
	DecidedAt     time.Time `bun:",nullzero"`
	EndedAt       time.Time `bun:",nullzero"`
}

// Running reports whether the warning still stands.
func (x *Surge) Running() bool { return x.State == SurgeOpen || x.State == SurgeConfirmed }

// AddSurge keeps a new warning.
func (s *Store) AddSurge(ctx context.Context, x *Surge) error {
	x.ID, x.CreatedAt = tanggap.NewID(), s.now()
	_, err := s.w().NewInsert().Model(x).Exec(ctx)
	return err
}

// SetSurge writes how a warning goes on.
func (s *Store) SetSurge(ctx context.Context, x *Surge) error {
	_, err := s.w().NewUpdate().Model(x).ExcludeColumn("region", "id", "series", "kind", "created_at").
		Where("region = ? AND id = ?", x.Region, x.ID).Exec(ctx)
	return err
}

// Surge returns one warning, in a transaction locked against a second officer.
func (s *Store) Surge(ctx context.Context, region, id string) (*Surge, error) {
	x := &Surge{}
	q := s.r().NewSelect().Model(x).Where("region = ? AND id = ?", region, id)
	if s.locks() {
		q = q.For("UPDATE")
	}
	return x, one(q.Scan(ctx), "peringatan")
}

// Surges lists the warnings of a region that stand, and those that ended at or after a
// local day; newest first.
func (s *Store) Surges(ctx context.Context, region, since string, limit int64) ([]*Surge, error) {
	var out []*Surge
	err := s.r().NewSelect().Model(&out).Where("region = ? AND (state IN (?) OR to_day >= ?)", region, bun.List([]string{SurgeOpen, SurgeConfirmed}), since).
		Order("created_at DESC", "id DESC").Limit(limit).Scan(ctx)
	return out, err
}
