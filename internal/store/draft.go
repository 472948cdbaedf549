package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/seal"
)

// Draft is an unfinished web report, kept on the server so that every page works
// without JavaScript. Its id is random and lives in a cookie; it is also the
// idempotency key of the report.
type Draft struct {
	bun.BaseModel `bun:"drafts"`
	Region        string
	ID            string
	BodyCT        []byte `bun:"body_ct"`
	Body          []byte `bun:"-"` // JSON
	CaseID        string // set once it became a case
	UpdatedAt     time.Time
}

func (d *Draft) where() seal.Where {
	return seal.Where{Region: d.Region, Table: "drafts", Column: "body", ID: d.ID}
}

// PutDraft inserts or replaces a draft.
func (s *Store) PutDraft(ctx context.Context, d *Draft) (err error) {
	d.UpdatedAt = s.now()
	if d.BodyCT, err = s.SealRegion(ctx, d.Body, d.where()); err != nil {
		return err
	}
	_, err = s.w().NewInsert().Model(d).On("CONFLICT (region, id) DO UPDATE").
		Set("body_ct = excluded.body_ct").Set("case_id = excluded.case_id").Set("updated_at = excluded.updated_at").Exec(ctx)
	return err
}

// Draft returns a draft, nil if there is none.
func (s *Store) Draft(ctx context.Context, region, id string) (*Draft, error) {
	d := &Draft{}
	err := s.r().NewSelect().Model(d).Where("region = ? AND id = ?", region, id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	d.Body, err = s.OpenRegion(ctx, d.BodyCT, d.where())
	return d, err
}

// SweepDrafts deletes drafts untouched since t.
func (s *Store) SweepDrafts(ctx context.Context, region string, before time.Time) error {
	_, err := s.w().NewDelete().Model((*Draft)(nil)).Where("region = ? AND updated_at < ?", region, before).Exec(ctx)
	return err
}
