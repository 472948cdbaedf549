package outlook

import (
	"context"
	"math"
	"time"

	"tanggap/internal/forecast"
)

// foresee makes the forecast of every series. The parts of the region add up to it, and
// the days of a series to its weeks and months.
func (b *book) foresee(ctx context.Context) ([]*View, error) {
	var views []*View
	fits := map[string]*forecast.Forecast{}
	groups := map[string]*forecast.Group{}
	// Twice: what similar series have taught in the first round steadies the second.
	for round := range 2 {
		byKind := map[string][]*forecast.Forecast{}
		for _, name := range b.names {
			kind, _ := Split(name)
			f, err := forecast.Fit(ctx, b.daily(name), b.drivers(name), forecast.Options{Group: groups[kind]})
			if err != nil {
				return nil, err
			}
			fits[name] = f
			byKind[kind] = append(byKind[kind], f)
		}
		if round == 0 {
			for kind, list := range byKind {
				groups[kind] = forecast.Pool(list)
			}
		}
	}
	whole := fits[OfRegion]
	shared := map[string]bool{}
	for _, name := range b.names {
		if f := fits[name]; name != OfRegion && f.Cold == forecast.TooThin && whole.Cold == forecast.Warm {
			fits[name] = forecast.Share(whole, b.daily(OfRegion), b.daily(name))
			shared[name] = fits[name].Cold == forecast.Warm
		}
	}
	if err := b.agree(fits); err != nil {
		return nil, err
	}
	for _, name := range b.names {
		kind, _ := Split(name)
		if kind == OfChannel {
			continue // watched only
		}
		v := &View{Series: name, Until: b.last().Format(time.DateOnly), Recent: b.tail(name), Cold: string(fits[name].Cold)}
		if shared[name] {
			v.Share = OfRegion
		}
		if err := b.coarse(ctx, v, name, fits[name]); err != nil {
			return nil, err
		}
		v.Days = steps(fits[name])
		views = append(views, v)
	}
	return b.foreseeOutside(ctx, views)
}

// last is the newest day whose count is known.
func (b *book) last() time.Time {
	n := 0
	if len(b.names) > 0 {
		n = len(b.counts[b.names[0]])
	}
	return b.start.AddDate(0, 0, n-1)
}

func (b *book) tail(name string) []Count {
	all := b.counts[name]
	var out []Count
	for i := max(0, len(all)-recent); i < len(all); i++ {
		out = append(out, Count{b.start.AddDate(0, 0, i).Format(time.DateOnly), all[i]})
	}
	return out
}

// agree lets the units add up to the region. What lies in no unit's series is a part, too.
func (b *book) agree(fits map[string]*forecast.Forecast) error {
	whole := fits[OfRegion]
	if whole == nil || whole.Cold != forecast.Warm {
		return nil
	}
	tree := []forecast.Node{{Parent: -1, Forecast: whole}}
	rest := append([]float64{}, b.counts[OfRegion]...)
	for _, name := range b.names {
		if kind, _ := Split(name); kind != OfUnit {
			continue
		}
		if fits[name].Cold != forecast.Warm {
			return nil // a part that nobody can foresee: then there is nothing to add up
		}
		tree = append(tree, forecast.Node{Parent: 0, Forecast: fits[name]})
		for i, n := range b.counts[name] {
			rest[i] -= n
		}
	}
	sum := 0.0
	for i := range rest {
		rest[i] = math.Max(0, rest[i])
		sum += rest[i]
	}
	if sum > 0 {
		f := forecast.Share(whole, b.daily(OfRegion), forecast.Series{Start: b.start, Period: forecast.Daily, Values: rest})
		if f.Cold == forecast.Warm {
			tree = append(tree, forecast.Node{Parent: 0, Forecast: f})
		}
	}
	if len(tree) == 1 {
		return nil
	}
	return forecast.Reconcile(tree)
}

// coarse adds the weeks and months to a view and moves the days so that they add up to them.
func (b *book) coarse(ctx context.Context, v *View, name string, days *forecast.Forecast) error {
	for _, c := range []struct {
		period forecast.Period
		to     **Steps
	}{{forecast.Weekly, &v.Weeks}, {forecast.Monthly, &v.Months}} {
		s := coarsen(b.daily(name), c.period)
		if len(s.Values) == 0 {
			continue
		}
		f, err := forecast.Fit(ctx, s, forecast.Drivers{Calendars: []forecast.Calendar{b.calendar}}, forecast.Options{})
		if err != nil {
			return err
		}
		if f.Cold != forecast.Warm {
			continue
		}
		if days.Cold == forecast.Warm {
			if err := forecast.Align(days, f); err != nil {
				return err
			}
		}
		*c.to = steps(f)
	}
	return nil
}

// coarsen adds days up to whole weeks, from Mondays, or months.
func coarsen(s forecast.Series, period forecast.Period) forecast.Series {
	out := forecast.Series{Period: period}
	i := 0
	for ; i < len(s.Values) && !begins(s.Start.AddDate(0, 0, i), period); i++ {
	}
	if i == len(s.Values) {
		return out
	}
	out.Start = s.Start.AddDate(0, 0, i)
	for i < len(s.Values) {
		sum, from := 0.0, s.Start.AddDate(0, 0, i)
		next := from.AddDate(0, 0, 7)
		if period == forecast.Monthly {
			next = from.AddDate(0, 1, 0)
		}
		days := int(next.Sub(from).Hours() / 24)
		if i+days > len(s.Values) {
			break
		}
		for _, n := range s.Values[i : i+days] {
			sum += n
		}
		out.Values = append(out.Values, sum)
		i += days
	}
	return out
}

func begins(day time.Time, period forecast.Period) bool {
	if period == forecast.Monthly {
		return day.Day() == 1
	}
	return day.Weekday() == time.Monday
}
