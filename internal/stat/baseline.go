package stat

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tanggap/internal/deadline"
	"tanggap/internal/region"
	"tanggap/internal/store"
)

// Old is a case from before the program, as the city's own list has it. Times that the list
// does not tell are zero.
type Old struct {
	Unit                            string // "" if the list names none
	Opened, Responded, Ended, DueAt time.Time
}

// Baselines sums old cases by unit, in working minutes of the unit's calendar as the
// program counts them today. A promise counts only of cases that ended: lists of old often
// lack the end, and taking that for late would flatter the program.
func Baselines(p *region.Pack, list []Old) []*store.Baseline {
	type sums struct {
		row                  *store.Baseline
		response, resolution Minutes
	}
	by := map[string]*sums{}
	for _, x := range list {
		s := by[x.Unit]
		day := deadline.DateOf(x.Opened, p.Location()).String()
		if s == nil {
			s = &sums{row: &store.Baseline{Unit: x.Unit, FromDay: day, ToDay: day}}
			by[x.Unit] = s
		}
		s.row.Cases++
		s.row.FromDay, s.row.ToDay = min(s.row.FromDay, day), max(s.row.ToDay, day)
		took := func(to time.Time) int64 {
			return int64(p.CalendarFor(cmp.Or(x.Unit, p.Identity.Triage)).WorkingTime(x.Opened, to) / time.Minute)
		}
		if !x.Responded.IsZero() {
			s.response.Add(took(x.Responded), 1)
		}
		if !x.Ended.IsZero() {
			s.resolution.Add(took(x.Ended), 1)
		}
		if !x.Ended.IsZero() && !x.DueAt.IsZero() {
			if x.Ended.After(x.DueAt) {
				s.row.Late++
			} else {
				s.row.OnTime++
			}
		}
	}
	var out []*store.Baseline
	for _, s := range by {
		s.row.Response, s.row.Resolution = s.response.encode(), s.resolution.encode()
		out = append(out, s.row)
	}
	slices.SortFunc(out, func(a, b *store.Baseline) int { return cmp.Compare(a.Unit, b.Unit) })
	return out
}

// FiguresOf are the sums of the time before of some units, nil for all, and the days that
// they cover; ok is false where nothing is known of them.
func FiguresOf(list []*store.Baseline, units []string) (sum *Figures, days Period, ok bool, err error) {
	sum = &Figures{}
	from, to := "", ""
	for _, b := range list {
		if units != nil && !slices.Contains(units, b.Unit) {
			continue
		}
		if from == "" {
			from, to = b.FromDay, b.ToDay
		}
		from, to = min(from, b.FromDay), max(to, b.ToDay)
		sum.Opened, sum.OnTime, sum.Late = sum.Opened+b.Cases, sum.OnTime+b.OnTime, sum.Late+b.Late
		if err := sum.Response.merge(b.Response); err != nil {
			return nil, days, false, err
		}
		if err := sum.Resolution.merge(b.Resolution); err != nil {
			return nil, days, false, err
		}
	}
	if from == "" {
		return nil, days, false, nil
	}
	if days.From, err = deadline.ParseDate(from); err == nil {
		days.To, err = deadline.ParseDate(to)
	}
	return sum, days, err == nil, err
}

// Earlier is FiguresOf for a scope.
func (r *Reader) Earlier(ctx context.Context, scope Scope) (*Figures, Period, bool, error) {
	list, err := r.Store.Baselines(ctx, scope.Region)
	if err != nil {
		return nil, Period{}, false, err
	}
	return FiguresOf(list, scope.Units)
}
