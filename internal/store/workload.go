package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// Workload is what one case costs a unit, as its head says.
type Workload struct {
	bun.BaseModel `bun:"workloads"`
	Region        string
	Unit          string
	Minutes       int     // of work on one case
	Hours         float64 // that one officer has for cases in a day
	Officers      float64 `bun:",nullzero"` // who work on cases; 0: nobody has said
	Level         float64 // chance, 0 to 1, with which a day's work shall be done on the day
	ChangedBy     string
	ChangedAt     time.Time
}

// PutWorkload keeps a unit's workload in place of the older one.
func (s *Store) PutWorkload(ctx context.Context, w *Workload) error {
	w.ChangedAt = s.now()
	_, err := s.w().NewInsert().Model(w).On("CONFLICT (region, unit) DO UPDATE").
		Set("minutes = EXCLUDED.minutes, hours = EXCLUDED.hours, officers = EXCLUDED.officers, level = EXCLUDED.level, changed_by = EXCLUDED.changed_by, changed_at = EXCLUDED.changed_at").Exec(ctx)
	return err
}

// Workloads lists what was said, by unit.
func (s *Store) Workloads(ctx context.Context, region string) (map[string]*Workload, error) {
	var list []*Workload
	if err := s.r().NewSelect().Model(&list).Where("region = ?", region).Scan(ctx); err != nil {
		return nil, err
	}
	out := map[string]*Workload{}
	for _, w := range list {
		out[w.Unit] = w
	}
	return out, nil
}
