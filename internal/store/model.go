package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/tanggap"
)

// Model is one version of what a region learned from its confirmed cases.
type Model struct {
	bun.BaseModel `bun:"models"`
	Region        string
	Version       string    // hash over weights, labels and settings
	State         string    // ModelShadow, ModelActive, ...
	PackHash      string    // what in the pack it learned from as well (region.Pack.Lesson)
	Learned       int64     // confirmed cases it learned from
	NewestAt      time.Time `bun:",nullzero"` // when the newest of them was confirmed
	Report        string    // how it was measured, JSON of package learn
	Weights       []byte
	TrainedBy     string // an officer's id, or who else asked for it
	TrainedAt     time.Time
	ChangedBy     string // who gave it its state, and why
	ChangedWhy    string
	ChangedAt     time.Time
}

// States of a model.
const (
	ModelShadow  = "shadow"  // answers for nobody; its answers are compared
	ModelActive  = "active"  // answers; at most one of a region
	ModelRetired = "retired" // answered once
	ModelRefused = "refused" // never answered, and will not
)

// AddModel stores a new version. One that is known already is left as it is and
// reported as a Conflict.
func (s *Store) AddModel(ctx context.Context, m *Model) error {
	n, err := s.w().NewSelect().Model((*Model)(nil)).Where("region = ? AND version = ?", m.Region, m.Version).Count(ctx)
	if err != nil {
		return err
	}
	if n > 0 {
		return tanggap.Errorf(tanggap.Conflict, "Model %s sudah ada: tidak ada yang baru untuk dipelajari.", m.Version)
	}
	m.TrainedAt, m.ChangedAt, m.ChangedBy = s.now(), s.now(), m.TrainedBy
	_, err = s.w().NewInsert().Model(m).Exec(ctx)
	return err
}

// Models lists the versions of a region without their weights, newest first.
func (s *Store) Models(ctx context.Context, region string, limit int64) ([]*Model, error) {
	var out []*Model
	err := s.r().NewSelect().Model(&out).ExcludeColumn("weights").Where("region = ?", region).Order("trained_at DESC", "version").Limit(limit).Scan(ctx)
	return out, err
}

// Model returns one version with its weights.
func (s *Store) Model(ctx context.Context, region, version string) (*Model, error) {
	m := &Model{}
	err := s.r().NewSelect().Model(m).Where("region = ? AND version = ?", region, version).Scan(ctx)
	return m, one(err, "model")
}

// ModelIn returns the newest version in a state, without its weights; nil if there is
// none.
func (s *Store) ModelIn(ctx context.Context, region, state string) (*Model, error) {
	m := &Model{}
	err := s.r().NewSelect().Model(m).ExcludeColumn("weights").Where("region = ? AND state = ?", region, state).
		Order("changed_at DESC", "trained_at DESC", "version").Limit(1).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return m, err
}

// SetModel gives a version a state. Making one active retires the one that was.
func (s *Store) SetModel(ctx context.Context, region, version, state, by, why string) error {
	set := func(version, state string) error {
		_, err := s.w().NewUpdate().Model((*Model)(nil)).Set("state = ?", state).Set("changed_by = ?", by).Set("changed_why = ?", why).
			Set("changed_at = ?", s.now()).Where("region = ? AND version = ?", region, version).Exec(ctx)
		return err
	}
	if state == ModelActive {
		former, err := s.ModelIn(ctx, region, ModelActive)
		if err != nil {
			return err
		}
		if former != nil && former.Version != version {
			if err := set(former.Version, ModelRetired); err != nil {
				return err
			}
		}
	}
	return set(version, state)
}

// Confirmed is a case whose service an officer confirmed or corrected, with the words
// that opened it, masked.
type Confirmed struct {
	CaseID     string
	CitizenID  string
	OfficerID  string
	Channel    string
	Text       string
	Suggested  string // by the computer, "" if it abstained
	Service    string // by the officer
	Confidence float64
	DecidedAt  time.Time
}

// ConfirmedServices lists what officers decided about services after a time, oldest
// first, at most the newest limit of them. Secret cases keep no readable words and are
// left out, as is what was taken back. Of one case only the last decision counts.
func (s *Store) ConfirmedServices(ctx context.Context, region string, after time.Time, limit int64) ([]*Confirmed, error) {
	var out []*Confirmed
	err := s.r().NewSelect().TableExpr("decisions AS d").
		Join("JOIN cases AS c ON c.region = d.region AND c.id = d.case_id").
		Join("JOIN messages AS m ON m.region = d.region AND m.case_id = d.case_id").
		ColumnExpr("d.case_id, d.citizen_id, d.officer_id, c.channel, m.masked AS text, d.value AS suggested, d.final_value AS service, d.confidence, d.decided_at").
		Where("d.region = ? AND d.kind = 'service' AND d.officer_id <> '' AND d.final_value <> '' AND d.decided_at > ?", region, after.UTC()).
		Where("NOT c.secret AND m.direction = ? AND m.masked <> ''", In).
		Where("m.id = (SELECT f.id FROM messages AS f WHERE f.region = d.region AND f.case_id = d.case_id AND f.direction = ? ORDER BY f.created_at, f.id LIMIT 1)", In).
		Where("NOT EXISTS (SELECT 1 FROM decisions AS l WHERE l.region = d.region AND l.case_id = d.case_id AND l.kind = 'service' AND l.officer_id <> '' AND l.final_value <> '' AND (l.decided_at > d.decided_at OR l.decided_at = d.decided_at AND l.id > d.id))").
		OrderExpr("d.decided_at DESC, d.id DESC").Limit(limit).Scan(ctx, &out)
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out, err
}
