package outlook

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tanggap/internal/deadline"
	"tanggap/internal/forecast"
	"tanggap/internal/region"
	"tanggap/internal/stat"
	"tanggap/internal/store"
)

// Keeper foresees for regions. One process per database uses it at a time.
type Keeper struct {
	Store   *store.Store
	Figures *stat.Reader
	// Warn owes a new warning to those who answer for its series, in the transaction.
	Warn func(ctx context.Context, tx *store.Store, p *region.Pack, x *store.Surge) error
}

// Ages of the past that is read, and of what stands beside a forecast.
const (
	past   = 8 * 366 // days
	recent = 56      // days
	weeks  = 26      // recent ones
	months = 24
)

// nightFrom is the local hour from which the day before counts as over: late events have
// got their place by then.
const nightFrom = 2

// Due reports whether the day that ended last has not been looked at.
func (k *Keeper) Due(ctx context.Context, p *region.Pack) (bool, error) {
	local := k.Store.Clock().Now().In(p.Location())
	newest, err := k.Store.Forecast(ctx, p.Identity.Code, OfRegion)
	if err != nil {
		return false, err
	}
	if newest == nil {
		return true, nil // at once, not only at night: a new city need not wait for a morning
	}
	return newest.MadeOn < today(local) && local.Hour() >= nightFrom, nil
}

func today(local time.Time) string { return local.Format(time.DateOnly) }

// Update foresees everything anew and looks for what stands out. It does nothing while the
// figures are still being computed, and may be repeated: the same counts give the same
// forecasts and no second warning.
func (k *Keeper) Update(ctx context.Context, p *region.Pack) error {
	state, err := k.Figures.State(ctx, p.Identity.Code)
	if err != nil || state.AsOf.IsZero() || state.Building {
		return err
	}
	b, err := k.book(ctx, p)
	if err != nil || b == nil {
		return err
	}
	views, err := b.foresee(ctx)
	if err != nil {
		return fmt.Errorf("foresee: %w", err)
	}
	found, err := b.watch(ctx)
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	return k.Store.InTx(ctx, func(tx *store.Store) error {
		for _, v := range views {
			body, err := v.encode()
			if err != nil {
				return err
			}
			if err := tx.PutForecast(ctx, &store.Forecast{Region: b.code, Series: v.Series, MadeOn: b.today, Body: body}); err != nil {
				return err
			}
		}
		if err := tx.DropForecasts(ctx, b.code, b.today); err != nil {
			return err
		}
		return k.settle(ctx, tx, p, b, found)
	})
}

// book is the past of a region's series, day by day up to yesterday.
type book struct {
	pack     *region.Pack
	code     string
	today    string
	start    time.Time // first day, at midnight UTC as package forecast has it
	names    []string  // in a fixed order: the region, units, services, areas, channels
	counts   map[string][]float64
	declared []*store.DeclaredEvent
	outside  []*outside
	calendar forecast.Calendar
}

// book reads it; it is nil while there is nothing to read.
func (k *Keeper) book(ctx context.Context, p *region.Pack) (*book, error) {
	code := p.Identity.Code
	now := k.Store.Clock().Now().In(p.Location())
	b := &book{pack: p, code: code, today: today(now), counts: map[string][]float64{}, calendar: calendar(p)}
	first, err := k.Figures.FirstDay(ctx, code)
	if err != nil {
		return nil, err
	}
	yesterday := deadline.DateOf(now, p.Location()).AddDays(-1)
	from := yesterday.AddDays(-past + 1)
	if first != "" {
		if d, err := deadline.ParseDate(first); err == nil && d.Compare(from) > 0 {
			from = d
		}
	}
	if b.declared, err = k.Store.DeclaredEvents(ctx, code); err != nil {
		return nil, err
	}
	if b.start, err = time.Parse(time.DateOnly, from.String()); err != nil {
		return nil, err
	}
	if first != "" && from.Compare(yesterday) <= 0 {
		if err := k.read(ctx, b, stat.Period{From: from, To: yesterday}); err != nil {
			return nil, err
		}
	}
	if err := k.readOutside(ctx, b); err != nil {
		return nil, err
	}
	if len(b.names) == 0 && len(b.outside) == 0 {
		return nil, nil
	}
	return b, nil
}

// read fills in the region's own counts.
func (k *Keeper) read(ctx context.Context, b *book, period stat.Period) error {
	p := b.pack
	whole, err := k.Figures.Daily(ctx, stat.All(b.code), stat.Whole, "", period)
	if err != nil {
		return err
	}
	counts := make([]float64, len(whole))
	for i, d := range whole {
		counts[i] = float64(d.Opened)
	}
	b.put(Name(OfRegion, ""), counts)
	var units, services, areas []string
	for _, u := range p.Units {
		units = append(units, u.Code)
	}
	for _, s := range p.Services {
		if !s.Technical && !s.Secret {
			services = append(services, s.Code)
		}
	}
	for _, a := range p.Areas {
		areas = append(areas, a.Code)
	}
	for _, group := range []struct {
		kind, dim string
		codes     []string
	}{{OfUnit, stat.Unit, units}, {OfService, stat.Service, services}, {OfArea, stat.Area, areas}, {OfChannel, stat.Channel, nil}} {
		series, err := k.Figures.Series(ctx, b.code, group.dim, units, period)
		if err != nil {
			return err
		}
		codes := group.codes
		if codes == nil {
			for code := range series {
				codes = append(codes, code)
			}
			slices.Sort(codes)
		}
		for _, code := range codes {
			if list := series[code]; list != nil {
				counts := make([]float64, len(list))
				for i, n := range list {
					counts[i] = float64(n)
				}
				b.put(Name(group.kind, code), counts)
			}
		}
	}
	return nil
}

func (b *book) put(name string, counts []float64) {
	b.names = append(b.names, name)
	b.counts[name] = counts
}

// daily is a series as package forecast takes it.
func (b *book) daily(name string) forecast.Series {
	return forecast.Series{Start: b.start, Period: forecast.Daily, Values: b.counts[name]}
}

// drivers are what moves a series and is known beforehand.
func (b *book) drivers(name string) forecast.Drivers {
	d := forecast.Drivers{Calendars: []forecast.Calendar{b.calendar}}
	service := ""
	if kind, code := Split(name); kind == OfService {
		service = code
	}
	d.Events = events(b.declared, service)
	for _, o := range b.outside {
		if service != "" && o.row.Drives == service && o.row.Period == "day" {
			d.Outside = append(d.Outside, o.driver())
		}
	}
	return d
}
