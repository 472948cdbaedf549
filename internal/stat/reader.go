package stat

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tanggap/internal/deadline"
	"tanggap/internal/store"
)

// Period is a stretch of local days, both ends included.
type Period struct{ From, To deadline.Date }

// Days is how many days it has.
func (p Period) Days() int {
	n := 0
	for d := p.From; d.Compare(p.To) <= 0; d = d.AddDays(1) {
		n++
	}
	return n
}

// Bounds are the first instant of the period and the first one after it.
func (p Period) Bounds(zone *time.Location) (from, to time.Time) {
	next := p.To.AddDays(1)
	return time.Date(p.From.Year, p.From.Month, p.From.Day, 0, 0, 0, 0, zone), time.Date(next.Year, next.Month, next.Day, 0, 0, 0, 0, zone)
}

// Before is the equally long period that ends where p begins.
func (p Period) Before() Period {
	return Period{p.From.AddDays(-p.Days()), p.From.AddDays(-1)}
}

// Month is one calendar month.
func Month(year int, month time.Month) Period {
	first := deadline.Date{Year: year, Month: month, Day: 1}
	next := deadline.DateOf(time.Date(year, month+1, 1, 0, 0, 0, 0, time.UTC), time.UTC)
	return Period{first, next.AddDays(-1)}
}

// Scope is whose cases a figure counts.
type Scope struct {
	Region  string
	Units   []string // nil = the whole region, empty = nothing
	Secret  bool     // all its secret cases count too, in sums
	Secrets []string // else those of these units do
}

// ScopeOf is the scope of a list: the figures count what it would show. Secret cases that
// only their own officer may list are left out; one by one they are no sum.
func ScopeOf(f store.CaseFilter) Scope {
	s := Scope{Region: f.Region, Units: f.Units, Secret: f.Secret}
	for _, x := range f.Secrets {
		switch {
		case x.Officer != "":
		case x.Unit == "":
			s.Secret = true
		case f.Units == nil || slices.Contains(f.Units, x.Unit):
			s.Secrets = append(s.Secrets, x.Unit)
		}
	}
	return s
}

// All is the scope of a region's public figures: everything but what is secret.
func All(region string) Scope { return Scope{Region: region} }

// Figures are the sums of a period. Package doc says what each counts.
type Figures struct {
	store.Counts
	Response   Minutes // opening to first response
	Resolution Minutes // opening to outcome
}

// Kept is the share of promises kept among those kept or broken.
func (f *Figures) Kept() Share { return Share{f.OnTime, f.OnTime + f.Late} }

// ReopenShare is the share of reopenings among outcomes.
func (f *Figures) ReopenShare() Share { return Share{min(f.Reopened, f.Resolved), f.Resolved} }

// MisrouteShare is the share of cases that lay in a wrong unit among those opened.
func (f *Figures) MisrouteShare() Share { return Share{min(f.Misrouted, f.Opened), f.Opened} }

// TakenShare is the share of suggestions that officers took as they stood.
func (f *Figures) TakenShare() Share { return Share{f.Accepted, f.Accepted + f.Changed} }

// SolvedShare is the share of citizens who said "solved" among those who said anything
// about an outcome. It is the pulse of one question, and no part of the IKM.
func (f *Figures) SolvedShare() Share { return Share{f.Confirmed, f.Confirmed + f.Reopened} }

// Group is the sums of one unit, service, area, channel, language or kind of suggestion.
type Group struct {
	Key string // its code; "" where it is not known
	Figures
}

// Changed is the type of the signal that there are new figures; it names no case.
const Changed = "figures"

// Reader answers with figures.
type Reader struct{ Store *store.Store }

// State says how far the figures are.
type State struct {
	AsOf     time.Time // zero before the first computation
	Building bool      // it is under way: sums are too small
	Built    int64     // cases taken in so far
}

// State says how far the figures of a region are.
func (r *Reader) State(ctx context.Context, region string) (State, error) {
	h, err := r.Store.FigureHead(ctx, region)
	if err != nil || h == nil {
		return State{Building: true}, err
	}
	return State{AsOf: h.AsOfAt, Building: h.BuiltTo != "" || h.Layout != Layout, Built: h.Built}, nil
}

// filters are the rows whose sum is what a scope counts: open cases, and the secret ones
// where whole sums are asked for.
func (s Scope) filters(dim, name string, p Period) []store.FigureFilter {
	base := store.FigureFilter{Region: s.Region, Units: s.Units, Dim: dim, Name: name, From: p.From.String(), To: p.To.String()}
	if s.Units == nil {
		base.Units = []string{""}
	}
	if len(base.Units) == 0 {
		return nil
	}
	out := []store.FigureFilter{base}
	if dim != Whole {
		return out
	}
	secret := base
	secret.Secret = true
	switch {
	case s.Secret:
		return append(out, secret)
	case len(s.Secrets) > 0:
		secret.Units = s.Secrets
		return append(out, secret)
	}
	return out
}

// sums adds up by a column of the rows.
func (r *Reader) sums(ctx context.Context, filters []store.FigureFilter, by string, hist bool) (map[string]*Figures, error) {
	out := map[string]*Figures{}
	at := func(k string) *Figures {
		if out[k] == nil {
			out[k] = &Figures{}
		}
		return out[k]
	}
	for _, f := range filters {
		counts, err := r.Store.SumFigures(ctx, f, by)
		if err != nil {
			return nil, err
		}
		for k, c := range counts {
			at(k).Add(*c, 1)
		}
		if !hist {
			continue
		}
		rows, err := r.Store.FigureMinutes(ctx, f, by)
		if err != nil {
			return nil, err
		}
		for _, m := range rows {
			x := at(m.By)
			if err := x.Response.merge(m.Response); err != nil {
				return nil, err
			}
			if err := x.Resolution.merge(m.Resolution); err != nil {
				return nil, err
			}
		}
	}
	for _, x := range out {
		x.Response.Sum, x.Resolution.Sum = x.ResponseSum, x.ResolutionSum
	}
	return out, nil
}

// Sum is the figures of a period.
func (r *Reader) Sum(ctx context.Context, s Scope, p Period) (Figures, error) {
	m, err := r.sums(ctx, s.filters(Whole, "", p), "dim", true)
	if err != nil {
		return Figures{}, err
	}
	taken, err := r.sums(ctx, s.filters(Suggestion, "service", p), "dim", false)
	if err != nil {
		return Figures{}, err
	}
	var out Figures
	if x := m[Whole]; x != nil {
		out = *x
	}
	if x := taken[Suggestion]; x != nil {
		out.Accepted, out.Changed = x.Accepted, x.Changed
	}
	return out, nil
}

// Overview is a period beside the one before it.
type Overview struct {
	Now, Before Figures
	Daily       []Daily // of the period and the one before it, oldest first, no day left out
}

// Overview is what the tiles of a dashboard show.
func (r *Reader) Overview(ctx context.Context, s Scope, p Period) (o Overview, err error) {
	if o.Now, err = r.Sum(ctx, s, p); err != nil {
		return o, err
	}
	if o.Before, err = r.Sum(ctx, s, p.Before()); err != nil {
		return o, err
	}
	o.Daily, err = r.Daily(ctx, s, Whole, "", Period{p.Before().From, p.To})
	return o, err
}

// By is the figures of a period for each value of a dimension (Service, Area, Channel,
// Language, Suggestion), by key. Values that did not occur are left out.
func (r *Reader) By(ctx context.Context, s Scope, p Period, dim string) ([]Group, error) {
	m, err := r.sums(ctx, s.filters(dim, "", p), "name", true)
	return groups(m), err
}

// CountsBy is By without the lengths of time, which cost most of it.
func (r *Reader) CountsBy(ctx context.Context, s Scope, p Period, dim string) (map[string]store.Counts, error) {
	m, err := r.sums(ctx, s.filters(dim, "", p), "name", false)
	return counts(m), err
}

// CountsByUnit is the sums of a dimension, or with Whole of all, for each unit of the scope;
// units are all of the region's, for scopes without bounds.
func (r *Reader) CountsByUnit(ctx context.Context, s Scope, p Period, dim string, units []string) (map[string]store.Counts, error) {
	m, err := r.sums(ctx, s.inUnits(units).filters(dim, "", p), "unit", false)
	return counts(m), err
}

// inUnits is a scope without bounds, said as the units of the region.
func (s Scope) inUnits(units []string) Scope {
	if s.Units == nil {
		s.Units = units
		if s.Secret {
			s.Secrets, s.Secret = units, false
		}
	}
	return s
}

func counts(m map[string]*Figures) map[string]store.Counts {
	out := make(map[string]store.Counts, len(m))
	for k, f := range m {
		out[k] = f.Counts
	}
	return out
}

// ByUnit is the figures of each unit of the scope; units are all of the region's, for
// scopes without bounds.
func (r *Reader) ByUnit(ctx context.Context, s Scope, p Period, units []string) ([]Group, error) {
	m, err := r.sums(ctx, s.inUnits(units).filters(Whole, "", p), "unit", true)
	return groups(m), err
}

func groups(m map[string]*Figures) (out []Group) {
	for k, f := range m {
		if f.Counts != (store.Counts{}) { // a case that moved on leaves an empty row behind
			out = append(out, Group{k, *f})
		}
	}
	slices.SortFunc(out, func(a, b Group) int { return cmp.Compare(a.Key, b.Key) })
	return out
}

// Daily is the counts of one local day.
type Daily struct {
	Day deadline.Date
	store.Counts
}

// Daily is the counts of every day of a period, days without a case too. With a dimension
// it is about one value of it; with Whole, about all. It is what forecasts are made from:
// Opened of a service, area or channel of the region, or of a scope of one unit.
func (r *Reader) Daily(ctx context.Context, s Scope, dim, name string, p Period) ([]Daily, error) {
	m, err := r.sums(ctx, s.filters(dim, name, p), "day", false)
	if err != nil {
		return nil, err
	}
	out := make([]Daily, 0, p.Days())
	for d := p.From; d.Compare(p.To) <= 0; d = d.AddDays(1) {
		x := Daily{Day: d}
		if f := m[d.String()]; f != nil {
			x.Counts = f.Counts
		}
		out = append(out, x)
	}
	return out, nil
}

// Series is how many cases were opened on each day of a period, zeros filled, for every
// value of a dimension at once: all services, areas or channels of the region. For units
// ask with dim Unit.
func (r *Reader) Series(ctx context.Context, region, dim string, units []string, p Period) (map[string][]int64, error) {
	var rows []store.DayCount
	var err error
	f := store.FigureFilter{Region: region, Units: []string{""}, Dim: dim, From: p.From.String(), To: p.To.String()}
	by := "name"
	if dim == Unit {
		f.Units, f.Dim, by = units, Whole, "unit"
	}
	if rows, err = r.Store.OpenedByDay(ctx, f, by); err != nil {
		return nil, err
	}
	days, place := p.Days(), map[string]int{}
	for i, d := 0, p.From; i < days; i, d = i+1, d.AddDays(1) {
		place[d.String()] = i
	}
	out := map[string][]int64{}
	for _, x := range rows {
		if out[x.By] == nil {
			out[x.By] = make([]int64, days)
		}
		out[x.By][place[x.Day]] += x.N
	}
	return out, nil
}

// Unit is the dimension of Series that is none of the rows' own.
const Unit = "unit"

// FirstDay is the first day of a region with any figure, "" without one.
func (r *Reader) FirstDay(ctx context.Context, region string) (string, error) {
	return r.Store.FirstFigureDay(ctx, region)
}

// Ages are the bounds of the backlog's steps, in days: 0–2, 3–7, 8–14, more.
var Ages = []int{2, 7, 14}

// Backlog is the open cases of a unit by age.
type Backlog struct {
	Unit  string
	ByAge []int64 // one more than Ages
	Open  int64
	Late  int64
}

// BacklogByAge counts the open cases of a scope by unit and age. A day before today is
// counted as it was at its end, in the units in which the cases lie now.
func (r *Reader) BacklogByAge(ctx context.Context, s Scope, today, day deadline.Date) ([]Backlog, error) {
	var rows []store.Waiting
	var err error
	if day.Compare(today) < 0 {
		rows, err = r.Store.OpenRoundsOn(ctx, s.Region, s.Units, day.String())
	} else {
		rows, err = r.Store.OpenRounds(ctx, s.Region, s.Units)
	}
	if err != nil {
		return nil, err
	}
	byUnit := map[string]*Backlog{}
	for _, w := range rows {
		if w.Secret && !s.Secret && !slices.Contains(s.Secrets, w.Unit) {
			continue
		}
		b := byUnit[w.Unit]
		if b == nil {
			b = &Backlog{Unit: w.Unit, ByAge: make([]int64, len(Ages)+1)}
			byUnit[w.Unit] = b
		}
		i := 0
		for i < len(Ages) && w.Day < day.AddDays(-Ages[i]).String() {
			i++
		}
		b.ByAge[i] += w.N
		b.Open += w.N
		b.Late += w.Late
	}
	out := make([]Backlog, 0, len(byUnit))
	for _, b := range byUnit {
		out = append(out, *b)
	}
	slices.SortFunc(out, func(a, b Backlog) int { return cmp.Or(-cmp.Compare(a.Open, b.Open), cmp.Compare(a.Unit, b.Unit)) })
	return out, nil
}

// Transfer is how often cases were sent from one unit to another because they lay wrong.
type Transfer struct {
	From, To string
	N        int64
	Returned int64 // of them: the case had lain in To before
}

// Transfers lists what went between the units of a scope, or from or to them, most first.
func (r *Reader) Transfers(ctx context.Context, s Scope, p Period) ([]Transfer, error) {
	rows, err := r.Store.Transfers(ctx, s.Region, p.From.String(), p.To.String())
	if err != nil {
		return nil, err
	}
	sum := map[[2]string]*Transfer{}
	for _, x := range rows {
		if s.Units != nil && !slices.Contains(s.Units, x.From) && !slices.Contains(s.Units, x.To) {
			continue
		}
		if x.Secret && !s.Secret {
			continue
		}
		k := [2]string{x.From, x.To}
		if sum[k] == nil {
			sum[k] = &Transfer{From: x.From, To: x.To}
		}
		sum[k].N += x.N
		sum[k].Returned += x.Returned
	}
	var out []Transfer
	for _, t := range sum {
		out = append(out, *t)
	}
	slices.SortFunc(out, func(a, b Transfer) int {
		return cmp.Or(-cmp.Compare(a.N, b.N), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	return out, nil
}
