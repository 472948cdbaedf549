package stat_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tanggap/internal/apptest"
	"tanggap/internal/apptest/race"
	"tanggap/internal/apptest/town"
	"tanggap/internal/deadline"
	"tanggap/internal/stat"
	"tanggap/internal/store"
)

// checked is a town whose figures are compared with a recount.
type checked struct {
	*town.Town
	t testing.TB
}

// Figures that are kept as things happen equal a slow recount of the raw events, and so do
// figures that are computed anew; taking the events in once more changes nothing.
func TestFiguresEqualARecount(t *testing.T) {
	race.Skip(t)
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		w := checked{town.New(t, s), t}
		k := &stat.Keeper{Store: s, Batch: 7}
		draws := 4 // each goes on where the one before ended
		if testing.Short() {
			draws = 1
		}
		for i := range draws {
			town.Once(t, func(r *rapid.T) {
				for range 60 {
					w.Happen(r)
					w.Wait(r)
					if rapid.IntRange(0, 5).Draw(r, "update") == 0 {
						w.Update(r, k)
					}
				}
				w.Update(r, k)
				w.check(r, "kept")
				if i == draws-1 {
					if err := k.Rebuild(t.Context(), apptest.Region); err != nil {
						r.Fatal(err)
					}
					w.Update(r, k)
					w.check(r, "anew")
					if changed, err := k.Update(t.Context(), w.Pack); err != nil || changed {
						r.Fatalf("an update without news: %v %v", changed, err)
					}
				}
			})
		}
	})
}

func (w checked) check(r *rapid.T, when string) {
	now := w.Clock.Now()
	list := town.Recount(w.t, w.Store, w.Pack, now)
	today := deadline.DateOf(now, w.Pack.Location())
	first := deadline.DateOf(apptest.Start, w.Pack.Location())
	periods := []stat.Period{{From: first, To: today}, {From: today.AddDays(-6), To: today}, {From: today, To: today}}
	scopes := []stat.Scope{stat.All(apptest.Region), {Region: apptest.Region, Secret: true}, {Region: apptest.Region, Units: []string{"DLH", "PUPR"}},
		{Region: apptest.Region, Units: []string{"DLH", "DISHUB"}, Secrets: []string{"DLH"}}, {Region: apptest.Region, Units: []string{}},
		{Region: apptest.Region, Secrets: []string{w.Pack.Identity.Triage}}}
	reader := &stat.Reader{Store: w.Store}
	for _, p := range periods {
		for _, scope := range scopes {
			w.checkScope(r, fmt.Sprintf("%s: %v %v", when, scope, p), reader, scope, p, list)
		}
		w.checkSeries(r, reader, p, list)
	}
	w.checkBacklog(r, reader, today)
}

func within(p stat.Period, x town.Thing) bool {
	return x.Day >= p.From.String() && x.Day <= p.To.String()
}

// sees reports whether a scope counts a case: open ones of its units, and secret ones as
// it says.
func sees(s stat.Scope, c *store.Case) bool {
	mine := s.Units == nil || slices.Contains(s.Units, c.Unit)
	return mine && (!c.Secret || s.Secret || slices.Contains(s.Secrets, c.Unit))
}

func (w checked) checkScope(r *rapid.T, what string, reader *stat.Reader, scope stat.Scope, p stat.Period, list []town.Thing) {
	ctx := w.t.Context()
	got, err := reader.Sum(ctx, scope, p)
	if err != nil {
		r.Fatal(err)
	}
	counts, response, resolution := town.Sum(list, func(x town.Thing) bool {
		return within(p, x) && sees(scope, x.Case) && (x.Kind == "" || x.Kind == "service")
	})
	if diff := gocmp.Diff(counts, got.Counts); diff != "" {
		r.Fatalf("%s -want +got\n%s", what, diff)
	}
	median(w.t, what+" response", got.Response, response)
	median(w.t, what+" resolution", got.Resolution, resolution)
	dims := map[string]func(town.Thing) string{stat.Service: func(x town.Thing) string { return x.Case.Service }, stat.Area: func(x town.Thing) string { return x.Case.Area },
		stat.Channel: func(x town.Thing) string { return x.Case.Channel }, stat.Language: func(x town.Thing) string { return x.Lang }, stat.Suggestion: func(x town.Thing) string { return x.Kind }}
	for dim, name := range dims {
		groups, err := reader.By(ctx, scope, p, dim)
		if err != nil {
			r.Fatal(err)
		}
		w.checkGroups(r, what+" by "+dim, groups, list, func(x town.Thing) (string, bool) {
			return name(x), within(p, x) && sees(scope, x.Case) && !x.Case.Secret && (dim == stat.Suggestion) == (x.Kind != "")
		})
	}
	var units []string
	for _, u := range w.Pack.Units {
		units = append(units, u.Code)
	}
	groups, err := reader.ByUnit(ctx, scope, p, units)
	if err != nil {
		r.Fatal(err)
	}
	w.checkGroups(r, what+" by unit", groups, list, func(x town.Thing) (string, bool) {
		return x.Case.Unit, within(p, x) && sees(scope, x.Case) && x.Kind == ""
	})
	daily, err := reader.Daily(ctx, scope, stat.Whole, "", p)
	if err != nil {
		r.Fatal(err)
	}
	for _, d := range daily {
		counts, _, _ := town.Sum(list, func(x town.Thing) bool { return x.Day == d.Day.String() && sees(scope, x.Case) && x.Kind == "" })
		if diff := gocmp.Diff(counts, d.Counts); diff != "" {
			r.Fatalf("%s on %s -want +got\n%s", what, d.Day, diff)
		}
	}
	transfers, err := reader.Transfers(ctx, scope, p)
	if err != nil {
		r.Fatal(err)
	}
	want := map[string][2]int64{}
	for _, x := range list {
		mine := scope.Units == nil || slices.Contains(scope.Units, x.From) || slices.Contains(scope.Units, x.To)
		if x.What == "moved" && within(p, x) && mine && (!x.Case.Secret || scope.Secret) {
			n := want[x.From+">"+x.To]
			n[0]++
			if x.Back {
				n[1]++
			}
			want[x.From+">"+x.To] = n
		}
	}
	have := map[string][2]int64{}
	for _, x := range transfers {
		have[x.From+">"+x.To] = [2]int64{x.N, x.Returned}
	}
	if diff := gocmp.Diff(want, have); diff != "" {
		r.Fatalf("%s transfers -want +got\n%s", what, diff)
	}
}

func (w checked) checkGroups(r *rapid.T, what string, groups []stat.Group, list []town.Thing, name func(town.Thing) (string, bool)) {
	keys := map[string]bool{}
	for _, x := range list {
		if k, ok := name(x); ok && x.What != "moved" {
			keys[k] = true
		}
	}
	if len(groups) != len(keys) {
		r.Fatalf("%s: %d groups, want %v", what, len(groups), keys)
	}
	for _, g := range groups {
		counts, response, resolution := town.Sum(list, func(x town.Thing) bool { k, ok := name(x); return ok && k == g.Key })
		if diff := gocmp.Diff(counts, g.Counts); diff != "" {
			r.Fatalf("%s %q -want +got\n%s", what, g.Key, diff)
		}
		median(w.t, what+" "+g.Key, g.Response, response)
		median(w.t, what+" "+g.Key, g.Resolution, resolution)
	}
}

func (w checked) checkSeries(r *rapid.T, reader *stat.Reader, p stat.Period, list []town.Thing) {
	for dim, name := range map[string]func(town.Thing) string{stat.Whole: func(town.Thing) string { return "" }, stat.Service: func(x town.Thing) string { return x.Case.Service },
		stat.Unit: func(x town.Thing) string { return x.Case.Unit }} {
		got, err := reader.Series(w.t.Context(), apptest.Region, dim, []string{"DLH", "PUPR"}, p)
		if err != nil {
			r.Fatal(err)
		}
		want := map[string][]int64{}
		for _, x := range list {
			k := name(x)
			if x.What != "opened" || !within(p, x) || x.Case.Secret && dim == stat.Service || dim == stat.Unit && k != "DLH" && k != "PUPR" {
				continue
			}
			if want[k] == nil {
				want[k] = make([]int64, p.Days())
			}
			at, err := deadline.ParseDate(x.Day)
			if err != nil {
				r.Fatal(err)
			}
			want[k][stat.Period{From: p.From, To: at}.Days()-1]++
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			r.Fatalf("series %q -want +got\n%s", dim, diff)
		}
	}
}

func (w checked) checkBacklog(r *rapid.T, reader *stat.Reader, today deadline.Date) {
	cases, err := w.Store.Cases(w.t.Context(), store.CaseFilter{Region: apptest.Region, Secret: true, Sort: "new", Limit: 10_000})
	if err != nil {
		r.Fatal(err)
	}
	for _, scope := range []stat.Scope{stat.All(apptest.Region), {Region: apptest.Region, Units: []string{"DLH", "KOMINFO"}, Secrets: []string{"DLH"}}} {
		got, err := reader.BacklogByAge(w.t.Context(), scope, today, today)
		if err != nil {
			r.Fatal(err)
		}
		want := map[string]*stat.Backlog{}
		for _, c := range cases {
			if !c.State.Open() || !sees(scope, c) {
				continue
			}
			b := want[c.Unit]
			if b == nil {
				b = &stat.Backlog{Unit: c.Unit, ByAge: make([]int64, 4)}
				want[c.Unit] = b
			}
			opened, err := deadline.ParseDate(c.OpenedDay)
			if err != nil {
				r.Fatal(err)
			}
			age := stat.Period{From: opened, To: today}.Days() - 1
			b.ByAge[map[bool]int{true: 0}[age <= 2]+map[bool]int{true: 1}[age > 2]+map[bool]int{true: 1}[age > 7]+map[bool]int{true: 1}[age > 14]]++
			b.Open++
			until := w.Clock.Now()
			if !c.PausedAt.IsZero() {
				until = c.PausedAt
			}
			if until.After(c.DueAt) {
				b.Late++
			}
		}
		list := make([]stat.Backlog, 0, len(want))
		for _, b := range want {
			list = append(list, *b)
		}
		slices.SortFunc(list, func(a, b stat.Backlog) int {
			return cmp.Or(-cmp.Compare(a.Open, b.Open), strings.Compare(a.Unit, b.Unit))
		})
		if diff := gocmp.Diff(list, got); diff != "" {
			r.Fatalf("backlog of %v -want +got\n%s", scope, diff)
		}
	}
}

// median holds that a histogram's median is within 2.5 % of the exact one.
func median(t testing.TB, what string, h stat.Minutes, list []int64) {
	t.Helper()
	if h.N != int64(len(list)) {
		t.Fatalf("%s: %d lengths, want %d", what, h.N, len(list))
	}
	got, ok := h.Median()
	if len(list) == 0 {
		if ok {
			t.Fatalf("%s: a median of nothing", what)
		}
		return
	}
	want := town.Median(list)
	if math.Abs(got-want) > want*0.025 {
		t.Fatalf("%s: median %v, want %v", what, got, want)
	}
}
