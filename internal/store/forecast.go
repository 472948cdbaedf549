package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"
)

// Forecast is what a series of counts is expected to be; Body is figures as JSON, made by
// package outlook.
type Forecast struct {
	bun.BaseModel `bun:"forecasts"`
	Region        string
	Series        string // "region", "unit:CODE", "service:CODE", "area:CODE", "outside:ID[/PLACE]"
	MadeOn        string // local day before which the data end, 2006-01-02
	MadeAt        time.Time
	Body          string
}

// PutForecast keeps a forecast in place of the older one of its series.
func (s *Store) PutForecast(ctx context.Context, f *Forecast) error {
	f.MadeAt = s.now()
	_, err := s.w().NewInsert().Model(f).On("CONFLICT (region, series) DO UPDATE").
		Set("made_on = EXCLUDED.made_on, made_at = EXCLUDED.made_at, body = EXCLUDED.body").Exec(ctx)
	return err
}

// Forecast returns the newest forecast of a series, nil if there is none.
func (s *Store) Forecast(ctx context.Context, region, series string) (*Forecast, error) {
	f := &Forecast{}
	err := s.r().NewSelect().Model(f).Where("region = ? AND series = ?", region, series).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return f, err
}

// Forecasts lists the newest forecast of every series, in the order of their names.
func (s *Store) Forecasts(ctx context.Context, region string) ([]*Forecast, error) {
	var out []*Forecast
	err := s.r().NewSelect().Model(&out).Where("region = ?", region).Order("series").Scan(ctx)
	return out, err
}

// DropForecasts forgets the forecasts that are older than a day: their series are gone.
func (s *Store) DropForecasts(ctx context.Context, region, before string) error {
	_, err := s.w().NewDelete().Model((*Forecast)(nil)).Where("region = ? AND made_on < ?", region, before).Exec(ctx)
	return err
}
