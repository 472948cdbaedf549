package report_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tanggap/internal/apptest"
	"tanggap/internal/apptest/race"
	"tanggap/internal/apptest/town"
	"tanggap/internal/deadline"
	"tanggap/internal/region"
	"tanggap/internal/report"
	"tanggap/internal/stat"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// lived is a town with some months of history, and what a recount says of it.
type lived struct {
	*town.Town
	t      *testing.T
	figs   *report.Figures
	things []town.Thing
	first  string // day of the first case
	today  deadline.Date
}

// TestReportsEqualARecount: what a month and a planning book tell is what the raw events
// say, counted slowly and without the figures that the program keeps.
func TestReportsEqualARecount(t *testing.T) {
	race.Skip(t)
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		w := town.New(t, s)
		town.Once(t, func(r *rapid.T) {
			for range 150 {
				w.Happen(r)
				w.Wait(r)
				// What happens on the last day of a month counts in it.
				now := w.Clock.Now().In(w.Pack.Location())
				if last := time.Date(now.Year(), now.Month()+1, 0, 10, 0, 0, 0, now.Location()); last.After(now) && rapid.IntRange(0, 5).Draw(r, "last") == 0 {
					w.Clock.Set(last)
				}
			}
			w.Clock.Advance(40 * 24 * time.Hour) // at least one month is whole
			w.Update(r, &stat.Keeper{Store: s, Batch: 50})
		})
		now := w.Clock.Now()
		l := &lived{Town: w, t: t, figs: &report.Figures{Store: s}, things: town.Recount(t, s, w.Pack, now), today: deadline.DateOf(now, w.Pack.Location())}
		for _, x := range l.things {
			if x.What == "opened" && (l.first == "" || x.Day < l.first) {
				l.first = x.Day
			}
		}
		months := 0
		for m := apptest.Start; ; m = m.AddDate(0, 1, 0) {
			if m.Format("2006-01") == l.today.String()[:7] {
				break
			}
			l.month(m.Format("2006-01"))
			months++
		}
		if months < 3 {
			t.Errorf("only %d months passed", months)
		}
		if _, err := l.figs.Month(t.Context(), w.Pack, l.today.String()[:7]); tanggap.CodeOf(err) != tanggap.Unavailable {
			t.Errorf("a month that goes on was told as if it were over: %v", err)
		}
		for _, a := range w.Pack.Areas {
			l.book(a)
		}
	})
}

// count counts what a report may tell: what is not secret.
func (l *lived) count(keep func(town.Thing) bool) store.Counts {
	c, _, _ := town.Sum(l.things, func(x town.Thing) bool { return !x.Case.Secret && keep(x) })
	return c
}

func in(month string) func(town.Thing) bool {
	return func(x town.Thing) bool { return strings.HasPrefix(x.Day, month) && x.Kind == "" }
}

func (l *lived) same(what string, want, got any) {
	l.t.Helper()
	if diff := gocmp.Diff(want, got); diff != "" {
		l.t.Errorf("%s -recount +report\n%s", what, diff)
	}
}

// about holds that a median that was kept as a histogram is within 2.5 % of the exact one.
func (l *lived) about(what string, list []int64, got time.Duration) {
	l.t.Helper()
	want := 0.0
	if len(list) > 0 {
		want = town.Median(list)
	}
	if math.Abs(got.Minutes()-want) > want*0.025+1e-6 {
		l.t.Errorf("%s: %v, want %v minutes", what, got, want)
	}
}

func (l *lived) month(month string) {
	l.t.Helper()
	m, err := l.figs.Month(l.t.Context(), l.Pack, month)
	if err != nil {
		l.t.Fatalf("%s: %v", month, err)
	}
	start, err := time.Parse("2006-01", month)
	if err != nil {
		l.t.Fatal(err)
	}
	before, last := start.AddDate(0, -1, 0).Format("2006-01"), start.AddDate(0, 1, -1).Format(time.DateOnly)
	now, then := l.count(in(month)), l.count(in(before))
	_, response, _ := town.Sum(l.things, func(x town.Thing) bool { return !x.Case.Secret && in(month)(x) })
	l.same(month+" received", report.Pair{Now: int(now.Opened), Before: int(then.Opened)}, m.Received)
	l.same(month+" on time", kept(now), m.OnTime)
	l.same(month+" on time before", kept(then), m.Before)
	l.same(month+" answered", int(now.Responded), m.Answered)
	l.same(month+" reopened", int(now.Reopened), m.Reopen)
	l.about(month+" answer", response, m.Answer)
	l.same(month+" has nothing before it", before < l.first[:7] || before == l.first[:7] && l.first > before+"-03", m.First)

	days := map[string]int{}
	for _, d := range m.Daily {
		days[d.Day] = d.N
	}
	for d := start; d.Format("2006-01") == month; d = d.AddDate(0, 0, 1) {
		day := d.Format(time.DateOnly)
		want := l.count(func(x town.Thing) bool { return x.Day == day })
		if n, ok := days[day]; !ok || n != int(want.Opened) {
			l.t.Errorf("%s: %d cases in the report (%v), %d happened", day, n, ok, want.Opened)
		}
	}

	l.lines(month, before, "services", m.Services, func(c *store.Case) string { return c.Service })
	l.lines(month, before, "channels", m.Channels, func(c *store.Case) string { return c.Channel })
	l.lines(month, before, "areas", m.Areas, func(c *store.Case) string { return c.Area })
	l.same(month+" unplaced", int(l.count(func(x town.Thing) bool { return in(month)(x) && x.Case.Area == "" }).Opened), m.Unplaced)

	l.units(month, before, last, m)

	taken := map[string]report.Taken{}
	for _, x := range l.things {
		if x.Kind != "" && strings.HasPrefix(x.Day, month) && !x.Case.Secret {
			k := taken[x.Kind]
			k.Kind, k.Decided = x.Kind, k.Decided+1
			if x.What == store.DecisionAccepted {
				k.Taken++
			}
			taken[x.Kind] = k
		}
	}
	got := map[string]report.Taken{}
	for _, x := range m.Reader {
		got[x.Kind] = x
	}
	l.same(month+" suggestions", taken, got)
}

func kept(c store.Counts) report.Kept {
	return report.Kept{Kept: int(c.OnTime), Due: int(c.OnTime + c.Late)}
}

// lines compares the lines of a table in which anything was counted.
func (l *lived) lines(month, before, what string, list []report.Line, of func(*store.Case) string) {
	l.t.Helper()
	got := map[string]report.Pair{}
	for _, x := range list {
		if x.N+x.Before > 0 {
			got[x.Code] = report.Pair{Now: x.N, Before: x.Before}
		}
	}
	want := map[string]report.Pair{}
	for _, x := range l.things {
		code := of(x.Case)
		if x.What != "opened" || x.Case.Secret || what == "areas" && code == "" {
			continue
		}
		p := want[code]
		switch x.Day[:7] {
		case month:
			p.Now++
		case before:
			p.Before++
		default:
			continue
		}
		want[code] = p
	}
	l.same(month+" "+what, want, got)
}

func (l *lived) units(month, before, last string, m *report.Month) {
	l.t.Helper()
	open := map[string][2]int{} // by unit: all and late
	var ages [4]int
	end := dayOf(l.t, last)
	for c, late := range town.OpenOn(l.things, last) {
		if c.Secret {
			continue
		}
		n := open[c.Unit]
		n[0]++
		if late {
			n[1]++
		}
		open[c.Unit] = n
		age := int(end.Sub(dayOf(l.t, c.OpenedDay)).Hours() / 24)
		ages[slices.IndexFunc([]int{2, 7, 14, math.MaxInt}, func(to int) bool { return age <= to })]++
	}
	l.same(month+" open by age", ages, m.Open)
	told := map[string]bool{}
	for _, u := range m.Units {
		told[u.Code] = true
		of := func(month string) func(town.Thing) bool {
			return func(x town.Thing) bool { return in(month)(x) && x.Case.Unit == u.Code }
		}
		now, then := l.count(of(month)), l.count(of(before))
		_, _, resolution := town.Sum(l.things, func(x town.Thing) bool { return !x.Case.Secret && of(month)(x) })
		what := fmt.Sprintf("%s %s", month, u.Code)
		l.same(what+" received", report.Pair{Now: int(now.Opened), Before: int(then.Opened)}, u.Received)
		l.same(what+" on time", kept(now), u.OnTime)
		l.same(what+" on time before", kept(then), u.Before)
		l.same(what+" open and late", open[u.Code], [2]int{u.Open, u.Late})
		l.about(what+" resolution", resolution, u.Resolve)
	}
	for code := range open {
		if !told[code] {
			l.t.Errorf("%s: %s has open cases and is not told", month, code)
		}
	}
}

func dayOf(t *testing.T, s string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// book compares the planning book of the coming year about one area.
func (l *lived) book(a region.Area) {
	l.t.Helper()
	b, err := l.figs.Book(l.t.Context(), l.Pack, l.today.Year+1, a.Code)
	if err != nil {
		l.t.Fatal(err)
	}
	// The year ends with the last whole month.
	to := time.Date(l.today.Year, l.today.Month, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, -1)
	from := time.Date(to.Year(), to.Month()+1, 1, 0, 0, 0, 0, time.UTC).AddDate(-1, 0, 0)
	l.same(a.Code+" twelve months", [2]string{from.Format(time.DateOnly), to.Format(time.DateOnly)}, [2]string{b.From, b.To})
	earlier := from.AddDate(-1, 0, 0)
	within := func(from, to string) func(town.Thing) bool {
		return func(x town.Thing) bool {
			mine := x.Case.Area == a.Code || strings.HasPrefix(x.Case.Area, a.Code+".")
			return mine && x.Kind == "" && x.Day >= from && x.Day <= to
		}
	}
	thisYear, lastYear := within(b.From, b.To), within(earlier.Format(time.DateOnly), from.AddDate(0, 0, -1).Format(time.DateOnly))
	now, then := l.count(thisYear), l.count(lastYear)
	l.same(a.Code+" received", report.Pair{Now: int(now.Opened), Before: int(then.Opened)}, b.Received)
	l.same(a.Code+" on time", kept(now), b.OnTime)
	l.same(a.Code+" comparable", l.first <= earlier.AddDate(0, 0, 2).Format(time.DateOnly), b.Comparable)
	months, services := map[string]int{}, map[string]report.Pair{}
	for _, x := range l.things {
		if x.What != "opened" || x.Case.Secret {
			continue
		}
		n := services[x.Case.Service]
		switch {
		case thisYear(x):
			n.Now++
		case lastYear(x):
			n.Before++
		default:
			continue
		}
		months[x.Day[:7]+"-01"]++
		services[x.Case.Service] = n
	}
	got := map[string]int{}
	for _, d := range b.Months {
		if d.N > 0 {
			got[d.Day] = d.N
		}
	}
	l.same(a.Code+" by month", months, got)
	told := map[string]report.Pair{}
	for _, x := range slices.Concat(b.Services, b.Wishes) {
		told[x.Code] = report.Pair{Now: x.N, Before: x.Before}
	}
	delete(services, "") // not known yet
	l.same(a.Code+" services", services, told)
}
