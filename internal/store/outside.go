package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/tanggap"
)

// OutsideSeries are dated figures from elsewhere: weekly dengue cases by health centre,
// beds in use, rain, the price of rice.
type OutsideSeries struct {
	bun.BaseModel `bun:"outside_series"`
	Region        string
	ID            string
	Name          string
	Measure       string // what is counted: "kasus", "mm", "tempat tidur"
	Source        string // who says so
	Period        string // day, week or month
	Drives        string // code of the service whose demand it moves; "" = none
	MadeBy        string
	CreatedAt     time.Time
	RetiredAt     time.Time `bun:",nullzero"`
	KeyHash       string    `bun:",nullzero"` // of the key with which a program brings figures; "" = by hand only
}

// OutsideValue is one figure. Day is the first of its period, local, 2006-01-02.
type OutsideValue struct {
	bun.BaseModel `bun:"outside_values"`
	Region        string
	SeriesID      string
	Place         string // "" for a series of one place
	Day           string
	Value         float64
	Population    int64 // of the place; 0 = unknown
}

// PutOutsideSeries adds a series, or with an id changes it.
func (s *Store) PutOutsideSeries(ctx context.Context, x *OutsideSeries) error {
	if x.ID == "" {
		x.ID, x.CreatedAt = tanggap.NewID(), s.now()
		_, err := s.w().NewInsert().Model(x).Exec(ctx)
		return err
	}
	_, err := s.w().NewUpdate().Model(x).Column("name", "measure", "source", "drives", "retired_at", "key_hash").Where("region = ? AND id = ?", x.Region, x.ID).Exec(ctx)
	return err
}

// OutsideSeries returns one series.
func (s *Store) OutsideSeries(ctx context.Context, region, id string) (*OutsideSeries, error) {
	x := &OutsideSeries{}
	err := s.r().NewSelect().Model(x).Where("region = ? AND id = ? AND retired_at IS NULL", region, id).Scan(ctx)
	return x, one(err, "data luar")
}

// AllOutsideSeries lists the series in use, by name.
func (s *Store) AllOutsideSeries(ctx context.Context, region string) ([]*OutsideSeries, error) {
	var out []*OutsideSeries
	err := s.r().NewSelect().Model(&out).Where("region = ? AND retired_at IS NULL", region).Order("name", "id").Scan(ctx)
	return out, err
}

// PutOutsideValues keeps figures; a day that was there before gets the newer figure.
func (s *Store) PutOutsideValues(ctx context.Context, list []*OutsideValue) error {
	const batch = 500
	for len(list) > 0 {
		n := min(batch, len(list))
		part := list[:n]
		if _, err := s.w().NewInsert().Model(&part).On("CONFLICT (region, series_id, place, day) DO UPDATE").
			Set("value = EXCLUDED.value, population = EXCLUDED.population").Exec(ctx); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

// OutsideValues lists the figures of a series by place and day.
func (s *Store) OutsideValues(ctx context.Context, region, series string) ([]*OutsideValue, error) {
	var out []*OutsideValue
	err := s.r().NewSelect().Model(&out).Where("region = ? AND series_id = ?", region, series).Order("place", "day").Scan(ctx)
	return out, err
}
