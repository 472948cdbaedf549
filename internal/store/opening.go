package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/seal"
	"tanggap/internal/tanggap"
)

// Opening is one time that an officer opened a case which is closed to him (break-glass).
type Opening struct {
	bun.BaseModel `bun:"openings"`
	Region        string
	ID            string
	CaseID        string
	CitizenID     string // whose key seals the words
	OfficerID     string
	ReasonCT      []byte `bun:"reason_ct"`
	Reason        string `bun:"-"`
	OpenedAt      time.Time
	ExpiresAt     time.Time
	EndedAt       time.Time `bun:",nullzero"` // before its time
	EndedBy       string
	RemarkCT      []byte `bun:"remark_ct"`
	Remark        string `bun:"-"` // of who reviewed it
	ReviewedBy    string
	ReviewedAt    time.Time `bun:",nullzero"`
}

// Open reports whether the case is open to its officer at a time.
func (o *Opening) Open(now time.Time) bool { return o.EndedAt.IsZero() && now.Before(o.ExpiresAt) }

func (o *Opening) where(column string) seal.Where {
	return seal.Where{Region: o.Region, Table: "openings", Column: column, ID: o.ID}
}

// AddOpening keeps an opening that ends at ExpiresAt.
func (s *Store) AddOpening(ctx context.Context, o *Opening) (err error) {
	o.ID, o.OpenedAt, o.ExpiresAt = tanggap.NewID(), s.now(), o.ExpiresAt.UTC()
	if o.ReasonCT, err = s.sealFor(ctx, o.CitizenID, o.Reason, o.where("reason")); err != nil {
		return err
	}
	_, err = s.w().NewInsert().Model(o).Exec(ctx)
	return err
}

// SetOpening writes how an opening ended and what was thought of it.
func (s *Store) SetOpening(ctx context.Context, o *Opening) (err error) {
	if o.RemarkCT, err = s.sealFor(ctx, o.CitizenID, o.Remark, o.where("remark")); err != nil {
		return err
	}
	_, err = s.w().NewUpdate().Model(o).Column("ended_at", "ended_by", "remark_ct", "reviewed_by", "reviewed_at").Where("region = ? AND id = ?", o.Region, o.ID).Exec(ctx)
	return err
}

// Opening returns one opening of a region.
func (s *Store) Opening(ctx context.Context, region, id string) (*Opening, error) {
	list, err := s.openings(ctx, s.r().NewSelect().Where("region = ? AND id = ?", region, id))
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, tanggap.Errorf(tanggap.NotFound, "pembukaan ini tidak ada")
	}
	return list[0], nil
}

// Openings lists the openings of a region, newest first.
func (s *Store) Openings(ctx context.Context, region string, limit int64) ([]*Opening, error) {
	return s.openings(ctx, s.r().NewSelect().Where("region = ?", region).Order("id DESC").Limit(limit))
}

// OpenNow lists what is open to an officer at this moment, without its words.
func (s *Store) OpenNow(ctx context.Context, region, officer string) ([]*Opening, error) {
	var out []*Opening
	err := s.r().NewSelect().Model(&out).Where("region = ? AND officer_id = ? AND expires_at > ? AND ended_at IS NULL", region, officer, s.now()).Scan(ctx)
	return out, err
}

func (s *Store) openings(ctx context.Context, q *bun.SelectQuery) ([]*Opening, error) {
	var out []*Opening
	if err := q.Model(&out).Scan(ctx); err != nil {
		return nil, err
	}
	for _, o := range out {
		var err error
		if o.Reason, err = s.openFor(ctx, o.CitizenID, o.ReasonCT, o.where("reason")); err != nil {
			return nil, err
		}
		if o.Remark, err = s.openFor(ctx, o.CitizenID, o.RemarkCT, o.where("remark")); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Types of events that tell who saw what is hidden. The index events_opened holds them.
var openedTypes = []string{"citizen.revealed", "inbound.viewed", "case.unsealed", "case.sealed"}

// OpenedFilter selects events that tell who saw what is hidden. Zero fields do not filter.
type OpenedFilter struct {
	Region   string
	Officer  string
	Type     string
	From, To time.Time // of this time, before that
	Limit    int64
}

// Opened lists who saw what is hidden, newest first.
func (s *Store) Opened(ctx context.Context, f OpenedFilter) ([]*Event, error) {
	var out []*Event
	q := s.r().NewSelect().Model(&out).Where("region = ?", f.Region).Where("type IN (?)", bun.List(openedTypes))
	if f.Officer != "" {
		q = q.Where("actor = ?", "officer:"+f.Officer)
	}
	if f.Type != "" {
		q = q.Where("type = ?", f.Type)
	}
	if !f.From.IsZero() {
		q = q.Where("happened_at >= ?", f.From.UTC())
	}
	if !f.To.IsZero() {
		q = q.Where("happened_at < ?", f.To.UTC())
	}
	return out, q.Order("id DESC").Limit(f.Limit).Scan(ctx)
}
