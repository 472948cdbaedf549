package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/seal"
	"tanggap/internal/tanggap"
)

// Outcomes of a check; "" while it waits.
const (
	CheckConfirmed = "confirmed"
	CheckReturned  = "returned"
	CheckDropped   = "dropped" // the case went another way, or the words were written anew
)

// Check is a result that waits until a second person has looked at it; only then is the
// citizen told.
type Check struct {
	bun.BaseModel `bun:"checks"`
	Region        string
	ID            string
	CaseID        string
	CitizenID     string // whose key seals the words
	AskedBy       string
	WordsCT       []byte `bun:"words_ct"`
	Words         string `bun:"-"` // for the citizen
	Whole         bool   // for all citizens of the event
	Outcome       string
	CheckedBy     string    `bun:",nullzero"`
	CheckedAt     time.Time `bun:",nullzero"`
	CreatedAt     time.Time
}

func (c *Check) where() seal.Where {
	return seal.Where{Region: c.Region, Table: "checks", Column: "words", ID: c.ID}
}

// AddCheck keeps a result that waits, in place of one that waited before.
func (s *Store) AddCheck(ctx context.Context, c *Check) (err error) {
	if err := s.DropCheck(ctx, c.Region, c.CaseID); err != nil {
		return err
	}
	c.ID, c.CreatedAt = tanggap.NewID(), s.now()
	if c.WordsCT, err = s.sealFor(ctx, c.CitizenID, c.Words, c.where()); err != nil {
		return err
	}
	_, err = s.w().NewInsert().Model(c).Exec(ctx)
	return err
}

// EndCheck writes how a check ended.
func (s *Store) EndCheck(ctx context.Context, c *Check) error {
	_, err := s.w().NewUpdate().Model(c).Column("outcome", "checked_by", "checked_at").Where("region = ? AND id = ?", c.Region, c.ID).Exec(ctx)
	return err
}

// DropCheck ends what waits about a case without an outcome of its own.
func (s *Store) DropCheck(ctx context.Context, region, caseID string) error {
	_, err := s.w().NewUpdate().Model((*Check)(nil)).Set("outcome = ?", CheckDropped).
		Where("region = ? AND case_id = ? AND outcome = ''", region, caseID).Exec(ctx)
	return err
}

// WaitingCheck is the result of a case that waits, nil if none does.
func (s *Store) WaitingCheck(ctx context.Context, region, caseID string) (*Check, error) {
	var out []*Check
	err := s.r().NewSelect().Model(&out).Where("region = ? AND case_id = ? AND outcome = ''", region, caseID).Order("created_at DESC").Limit(1).Scan(ctx)
	if err != nil || len(out) == 0 {
		return nil, err
	}
	out[0].Words, err = s.openFor(ctx, out[0].CitizenID, out[0].WordsCT, out[0].where())
	return out[0], err
}

// fieldAct is one thing that a telephone sent from the field.
type fieldAct struct {
	bun.BaseModel `bun:"field_acts"`
	Region        string
	OfficerID     string
	Key           string
	CaseID        string
	CreatedAt     time.Time
}

// FirstTime notes the key of what an officer's telephone sent, and reports whether it came
// for the first time.
func (s *Store) FirstTime(ctx context.Context, region, officer, key, caseID string) (bool, error) {
	res, err := s.w().NewInsert().Model(&fieldAct{Region: region, OfficerID: officer, Key: key, CaseID: caseID, CreatedAt: s.now()}).
		On("CONFLICT DO NOTHING").Exec(ctx)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}
