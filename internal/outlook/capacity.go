package outlook

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tanggap/internal/deadline"
	"tanggap/internal/forecast"
	"tanggap/internal/region"
)

// Pressure is a unit that more work is coming to in the next seven days than its officers
// have hours for.
type Pressure struct {
	Unit          string
	Needed, Given float64 // officer-hours for new cases, and what the officers have
	Officers      float64
}

// week is how many days ahead capacity is looked at: long enough that a busy Monday is
// made up for by a quiet Thursday.
const week = 7

// Pressed finds the units whose heads have said how many officers work on cases and that
// are about to have too few, the most pressed first. Hours needed are those of the service
// level that the head has chosen.
func (k *Keeper) Pressed(ctx context.Context, p *region.Pack) ([]Pressure, error) {
	loads, err := k.Store.Workloads(ctx, p.Identity.Code)
	if err != nil {
		return nil, err
	}
	today := deadline.DateOf(k.Store.Clock().Now().In(p.Location()), p.Location())
	var out []Pressure
	for unit, w := range loads {
		if w.Officers <= 0 {
			continue
		}
		row, err := k.Store.Forecast(ctx, p.Identity.Code, Name(OfUnit, unit))
		if err != nil {
			return nil, err
		}
		if row == nil {
			continue
		}
		v, err := Read(row)
		if err != nil {
			return nil, err
		}
		if v.Days == nil {
			continue
		}
		f, err := v.Days.Forecast(forecast.Daily)
		if err != nil {
			return nil, err
		}
		first, err := time.Parse(time.DateOnly, today.String())
		if err != nil {
			return nil, err
		}
		from := int(first.Sub(f.Start).Hours() / 24)
		if from < 0 || from+week > len(f.Mean) {
			continue // an old forecast says nothing of the week to come
		}
		_, q := f.Sum(from, from+week)
		x := Pressure{Unit: unit, Needed: q.At(w.Level) * float64(w.Minutes) / 60, Officers: w.Officers}
		for day := range week {
			if p.CalendarFor(unit).Open(today.AddDays(day)) {
				x.Given += w.Officers * w.Hours
			}
		}
		if x.Needed > x.Given {
			out = append(out, x)
		}
	}
	slices.SortFunc(out, func(a, b Pressure) int {
		return cmp.Or(cmp.Compare((b.Needed-b.Given)/b.Needed, (a.Needed-a.Given)/a.Needed), cmp.Compare(a.Unit, b.Unit))
	})
	return out, nil
}
