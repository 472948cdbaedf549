package outlook

import (
	"context"
	"math"
	"time"

	"tanggap/internal/forecast"
	"tanggap/internal/region"
	"tanggap/internal/store"
)

// seen is what watching one series found to stand out lately.
type seen struct {
	series string
	kind   string
	alarm  forecast.Alarm
}

// calm is how many days after its last unusual day a warning ends by itself.
const calm = 7

// watch looks at every series of the region. All of them together may cause as many false
// warnings in a week as the pack allows.
func (b *book) watch(ctx context.Context) ([]seen, error) {
	perWeek := b.pack.Identity.Warnings()
	watched := 0
	for _, name := range b.names {
		if watches(name) {
			watched++
		}
	}
	budget := forecast.Budget(perWeek, watched+len(b.outside))
	var out []seen
	look := func(name string, s forecast.Series, d forecast.Drivers, silences bool) error {
		w, err := forecast.Detect(ctx, s, d, forecast.Watch{PerWeek: budget, From: max(0, len(s.Values)-calm-1)})
		if err != nil {
			return err
		}
		for _, a := range w.Alarms {
			kind := store.SurgeMore
			if a.Kind == forecast.Silence {
				kind = store.SurgeGap
			}
			switch {
			case kind == store.SurgeGap && !silences:
				continue
			case kind == store.SurgeMore && a.Got < fewest:
				continue
			case kind == store.SurgeMore:
				a.Last = lastUnusual(s.Values, w.Expected, a)
				a.LastOn, a.Got, a.Expected = s.Period.Date(s.Start, a.Last), 0, 0
				for t := a.Begin; t <= a.Last; t++ {
					if !math.IsNaN(s.Values[t]) {
						a.Got += s.Values[t]
					}
					a.Expected += w.Expected[t]
				}
			}
			out = append(out, seen{name, kind, a})
		}
		return nil
	}
	for _, name := range b.names {
		if !watches(name) {
			continue
		}
		kind, _ := Split(name)
		// That a channel brings nothing any more means that it is broken, or the region's
		// reporting is; of a single service it means little.
		if err := look(name, b.daily(name), b.drivers(name), kind == OfChannel || kind == OfRegion); err != nil {
			return nil, err
		}
	}
	for _, o := range b.outside {
		for _, place := range o.places {
			if s := o.series[place]; s.Period == forecast.Daily {
				if err := look(OutsideName(o.row.ID, place), s, forecast.Drivers{}, true); err != nil {
					return nil, err
				}
			}
		}
	}
	return out, nil
}

// fewest is how many cases a surge has at least: one or two of something rare are told by
// the inbox.
const fewest = 4

// lastUnusual is the last day of an alarm that stood out by itself. The alarm stands
// longer, because what has added up wears off slowly.
func lastUnusual(values, expected []float64, a forecast.Alarm) int {
	for t := a.Last; t > a.Begin; t-- {
		if values[t] > expected[t]+math.Sqrt(math.Max(expected[t], 1)) {
			return t
		}
	}
	return a.Begin
}

// watches reports whether a series is watched: areas and units show what services show,
// once more, but for areas, where something of several services can happen at once.
func watches(name string) bool {
	kind, _ := Split(name)
	return kind != OfUnit
}

// settle writes warnings down: new ones are told, those that go on grow, and those whose
// counts have been as usual for a week end.
func (k *Keeper) settle(ctx context.Context, tx *store.Store, p *region.Pack, b *book, found []seen) error {
	standing, err := tx.Surges(ctx, b.code, b.last().AddDate(0, 0, -calm).Format(time.DateOnly), mostWarnings)
	if err != nil {
		return err
	}
	known := map[string]*store.Surge{} // the newest of a series and kind
	for _, x := range standing {
		if key := x.Series + "|" + x.Kind; known[key] == nil {
			known[key] = x
		}
	}
	over := b.last().AddDate(0, 0, -calm).Format(time.DateOnly)
	again := map[string]bool{}
	for _, s := range found {
		key := s.series + "|" + s.kind
		if s.alarm.LastOn.Format(time.DateOnly) <= over {
			continue // it only wears off
		}
		again[key] = true
		x := known[key]
		fresh := x == nil || x.ToDay < s.alarm.BeginsOn.AddDate(0, 0, -calm).Format(time.DateOnly)
		if fresh {
			x = &store.Surge{Region: b.code, Series: s.series, Kind: s.kind, State: store.SurgeOpen}
		}
		if !fresh && !x.Running() {
			continue // a person, or the calm, ended it
		}
		x.ToDay = s.alarm.LastOn.Format(time.DateOnly)
		if from := s.alarm.BeginsOn.Format(time.DateOnly); x.FromDay == "" || from < x.FromDay {
			x.FromDay = from
		}
		x.Observed, x.Expected = s.alarm.Got, round3(s.alarm.Expected)
		x.Severity = round3(max(x.Severity, math.Min(99, -math.Log10(max(s.alarm.Chance, 1e-99)))))
		if !fresh {
			if err := tx.SetSurge(ctx, x); err != nil {
				return err
			}
			continue
		}
		if err := tx.AddSurge(ctx, x); err != nil {
			return err
		}
		if k.Warn != nil {
			if err := k.Warn(ctx, tx, p, x); err != nil {
				return err
			}
		}
	}
	for _, x := range standing {
		if x.Running() && x.ToDay <= over && !again[x.Series+"|"+x.Kind] {
			x.State, x.EndedAt = store.SurgeEnded, tx.Clock().Now().UTC()
			if err := tx.SetSurge(ctx, x); err != nil {
				return err
			}
		}
	}
	return nil
}

// mostWarnings bounds how many are looked at; more than a few at once would be no warning.
const mostWarnings = 500
