package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// Baseline is how a unit's service was before the program, from the list that the city kept
// then: sums, nothing of a person. Package stat reads its histograms.
type Baseline struct {
	bun.BaseModel `bun:"baselines"`
	Region        string
	Unit          string // "" where the list named none
	FromDay       string // of the first case's opening, local, 2006-01-02
	ToDay         string
	Cases         int64
	Response      []byte // working minutes from the opening to the first response
	Resolution    []byte // and to the outcome
	OnTime        int64  // of those with a due time
	Late          int64
	MadeBy        string
	MadeAt        time.Time
}

// PutBaselines replaces what a region knows of the time before; an empty list takes it away.
func (s *Store) PutBaselines(ctx context.Context, region string, list []*Baseline) error {
	if _, err := s.w().NewDelete().Model((*Baseline)(nil)).Where("region = ?", region).Exec(ctx); err != nil || len(list) == 0 {
		return err
	}
	for _, b := range list {
		b.Region, b.MadeAt = region, s.now()
	}
	_, err := s.w().NewInsert().Model(&list).Exec(ctx)
	return err
}

// Baselines lists what a region knows of the time before, by unit.
func (s *Store) Baselines(ctx context.Context, region string) ([]*Baseline, error) {
	var out []*Baseline
	err := s.r().NewSelect().Model(&out).Where("region = ?", region).Order("unit").Scan(ctx)
	return out, err
}
