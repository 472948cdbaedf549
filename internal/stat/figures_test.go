package stat_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tanggap/internal/apptest"
	"tanggap/internal/apptest/race"
	"tanggap/internal/audit"
	"tanggap/internal/casework"
	"tanggap/internal/deadline"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/stat"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

const officer = "01900000-0000-7000-8000-000000000001"

// town is a desk on which things happen at random.
type town struct {
	*casework.Desk
	t     testing.TB
	s     *store.Store
	p     *region.Pack
	clock *apptest.Clock
	who   *store.Citizen
	cases []string
}

func newTown(t testing.TB, s *store.Store) *town {
	t.Helper()
	p := apptest.Pack(t)
	packs := region.NewRegistry(p)
	w := &town{t: t, s: s, p: p, clock: s.Clock().(*apptest.Clock), who: &store.Citizen{Region: apptest.Region, Name: "Warga Contoh", Lang: "id"},
		Desk: &casework.Desk{Packs: packs, Hold: time.Minute, Outbox: notify.New(packs, func(*region.Pack) string { return "https://lapor.contoh.go.id" })}}
	if err := s.InTx(t.Context(), func(tx *store.Store) error { return tx.AddCitizen(t.Context(), w.who) }); err != nil {
		t.Fatal(err)
	}
	return w
}

// services of the history: of several units, one secret by itself, "" for triage.
var services = []string{"PJU-PADAM", "SMP-TUMPUK", "SRT-DOM", ""}

func (w *town) open(r *rapid.T) {
	service := rapid.SampledFrom(services).Draw(r, "service")
	decisions := []*store.Decision{{Kind: casework.KindService, Value: service, Confidence: 0.9, State: store.DecisionAuto}}
	if service == "" {
		decisions[0].State, decisions[0].Value = store.DecisionOpen, "SMP-TUMPUK"
	}
	if rapid.Bool().Draw(r, "place") {
		decisions = append(decisions, &store.Decision{Kind: casework.KindArea, Value: rapid.SampledFrom([]string{"74.72.02.1001", "74.72.06.1009"}).Draw(r, "area"), State: store.DecisionAuto})
	}
	if rapid.IntRange(0, 4).Draw(r, "language") == 0 {
		decisions = append(decisions, &store.Decision{Kind: casework.KindLanguage, Value: "en", State: store.DecisionAuto})
	}
	if rapid.IntRange(0, 5).Draw(r, "secret") == 0 {
		decisions = append(decisions, &store.Decision{Kind: casework.KindSensitive, Value: "ya", State: store.DecisionAuto})
	}
	err := w.s.InTx(w.t.Context(), func(tx *store.Store) error {
		c, err := w.Open(w.t.Context(), tx, w.p, casework.New{CitizenID: w.who.ID, Channel: rapid.SampledFrom([]string{"web", "whatsapp"}).Draw(r, "channel"),
			OpenedAt: w.clock.Now(), Decisions: decisions, Message: &store.Message{Channel: "web", Kind: "text", Body: "lampu jalan padam", Masked: "lampu jalan padam"}})
		if err == nil {
			w.cases = append(w.cases, c.ID)
		}
		return err
	})
	if err != nil {
		r.Fatal(err)
	}
}

// step lets somebody do something to some case; what is not allowed at that moment does
// not happen.
func (w *town) step(r *rapid.T) {
	if len(w.cases) == 0 || rapid.IntRange(0, 4).Draw(r, "open") == 0 {
		w.open(r)
		return
	}
	ctx := w.t.Context()
	id := rapid.SampledFrom(w.cases).Draw(r, "case")
	words := func() *store.Message {
		return &store.Message{Channel: "web", Kind: "text", Body: "belum", Masked: "belum"}
	}
	act := rapid.SampledFrom([]string{"decide", "decide", "undo", "take", "ask", "say", "answer", "answer", "hear", "confirm", "reopen", "reopen",
		"external", "reject", "merge", "flags", "object", "retract", "retract", "step", "assign"}).Draw(r, "act")
	err := w.s.InTx(ctx, func(tx *store.Store) error {
		c, err := tx.Case(ctx, apptest.Region, id)
		if err != nil {
			return err
		}
		switch act {
		case "decide":
			return w.Decide(ctx, tx, w.p, c, officer, casework.Choice{Service: rapid.SampledFrom(services[:3]).Draw(r, "to"), Area: "74.72.02.1001",
				Unit: rapid.SampledFrom([]string{"", "DLH", "PUPR", "DISHUB"}).Draw(r, "unit")})
		case "undo":
			return w.Undo(ctx, tx, w.p, c, officer)
		case "take":
			return w.Take(ctx, tx, w.p, c, officer)
		case "ask":
			return w.Reply(ctx, tx, w.p, c, officer, "Di mana?", tanggap.WaitingCitizen)
		case "say":
			return w.Reply(ctx, tx, w.p, c, officer, "Kami kerjakan.", tanggap.InProgress)
		case "answer":
			return w.Reply(ctx, tx, w.p, c, officer, "Sudah diperbaiki.", tanggap.Answered)
		case "hear":
			return w.Hear(ctx, tx, w.p, c, words(), nil)
		case "confirm":
			return w.Confirm(ctx, tx, w.p, c)
		case "reopen":
			return w.Reopen(ctx, tx, w.p, c, words())
		case "external":
			return w.External(ctx, tx, w.p, c, officer, "PLN")
		case "reject":
			return w.Reject(ctx, tx, w.p, c, officer, "bukan urusan kota")
		case "merge":
			into, err := tx.Case(ctx, apptest.Region, rapid.SampledFrom(w.cases).Draw(r, "into"))
			if err != nil {
				return err
			}
			return w.Merge(ctx, tx, w.p, c, into, officer)
		case "flags":
			return w.Flags(ctx, tx, w.p, c, officer, rapid.Bool().Draw(r, "flag"), false)
		case "object":
			return w.Object(ctx, tx, w.p, c, words())
		case "retract":
			_, err := w.Retract(ctx, tx, w.p, c, officer)
			return err
		case "assign":
			return w.Assign(ctx, tx, w.p, c, officer, officer)
		}
		return w.Step(ctx, tx, w.p, c)
	})
	if err != nil && tanggap.CodeOf(err) != tanggap.Conflict && tanggap.CodeOf(err) != tanggap.Invalid {
		r.Fatalf("%s: %v", act, err)
	}
}

// wait lets time go by, mostly little, sometimes beyond a promise.
func (w *town) wait(r *rapid.T) {
	w.clock.Advance(time.Duration(rapid.SampledFrom([]int{0, 0, 1, 7, 60, 600, 1440, 3 * 1440, 9 * 1440}).Draw(r, "minutes")) * time.Minute)
}

// sequence gives the events so far their place in the log, as the leader does.
func (w *town) sequence() {
	w.t.Helper()
	err := w.s.InTx(w.t.Context(), func(tx *store.Store) error {
		_, err := audit.Sequence(w.t.Context(), tx.AuditLog(apptest.Region), 10_000)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *town) update(r *rapid.T, k *stat.Keeper) {
	w.sequence()
	if _, err := k.Update(w.t.Context(), w.p); err != nil {
		r.Fatal(err)
	}
}

// Figures that are kept as things happen equal a slow recount of the raw events, and so do
// figures that are computed anew; taking the events in once more changes nothing.
func TestFiguresEqualARecount(t *testing.T) {
	race.Skip(t)
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		w := newTown(t, s)
		k := &stat.Keeper{Store: s, Batch: 7}
		draws := 4 // each goes on where the one before ended
		if testing.Short() {
			draws = 1
		}
		for i := range draws {
			rapidOnce(t, func(r *rapid.T) {
				for range 60 {
					w.step(r)
					w.wait(r)
					if rapid.IntRange(0, 5).Draw(r, "update") == 0 {
						w.update(r, k)
					}
				}
				w.update(r, k)
				w.check(r, "kept")
				if i == draws-1 {
					if err := k.Rebuild(t.Context(), apptest.Region); err != nil {
						r.Fatal(err)
					}
					w.update(r, k)
					w.check(r, "anew")
					if changed, err := k.Update(t.Context(), w.p); err != nil || changed {
						r.Fatalf("an update without news: %v %v", changed, err)
					}
				}
			})
		}
	})
}

// rapidOnce draws once: the database goes on, so a draw cannot be shrunk.
func rapidOnce(t *testing.T, fn func(*rapid.T)) {
	t.Helper()
	ran := false
	rapid.Check(t, func(r *rapid.T) {
		if !ran {
			ran = true
			fn(r)
		}
	})
}

func (w *town) check(r *rapid.T, when string) {
	now := w.clock.Now()
	list := recount(w.t, w.s, w.p, now)
	today := deadline.DateOf(now, w.p.Location())
	first := deadline.DateOf(apptest.Start, w.p.Location())
	periods := []stat.Period{{From: first, To: today}, {From: today.AddDays(-6), To: today}, {From: today, To: today}}
	scopes := []stat.Scope{stat.All(apptest.Region), {Region: apptest.Region, Secret: true}, {Region: apptest.Region, Units: []string{"DLH", "PUPR"}},
		{Region: apptest.Region, Units: []string{"DLH", "DISHUB"}, Secrets: []string{"DLH"}}, {Region: apptest.Region, Units: []string{}},
		{Region: apptest.Region, Secrets: []string{w.p.Identity.Triage}}}
	reader := &stat.Reader{Store: w.s}
	for _, p := range periods {
		for _, scope := range scopes {
			w.checkScope(r, fmt.Sprintf("%s: %v %v", when, scope, p), reader, scope, p, list)
		}
		w.checkSeries(r, reader, p, list)
	}
	w.checkBacklog(r, reader, today)
}

func within(p stat.Period, x thing) bool { return x.day >= p.From.String() && x.day <= p.To.String() }

// sees reports whether a scope counts a case: open ones of its units, and secret ones as
// it says.
func sees(s stat.Scope, c *store.Case) bool {
	mine := s.Units == nil || slices.Contains(s.Units, c.Unit)
	return mine && (!c.Secret || s.Secret || slices.Contains(s.Secrets, c.Unit))
}

func (w *town) checkScope(r *rapid.T, what string, reader *stat.Reader, scope stat.Scope, p stat.Period, list []thing) {
	ctx := w.t.Context()
	got, err := reader.Sum(ctx, scope, p)
	if err != nil {
		r.Fatal(err)
	}
	counts, response, resolution := sum(list, func(x thing) bool {
		return within(p, x) && sees(scope, x.c) && (x.kind == "" || x.kind == "service")
	})
	if diff := gocmp.Diff(counts, got.Counts); diff != "" {
		r.Fatalf("%s -want +got\n%s", what, diff)
	}
	median(w.t, what+" response", got.Response, response)
	median(w.t, what+" resolution", got.Resolution, resolution)
	dims := map[string]func(thing) string{stat.Service: func(x thing) string { return x.c.Service }, stat.Area: func(x thing) string { return x.c.Area },
		stat.Channel: func(x thing) string { return x.c.Channel }, stat.Language: func(x thing) string { return x.lang }, stat.Suggestion: func(x thing) string { return x.kind }}
	for dim, name := range dims {
		groups, err := reader.By(ctx, scope, p, dim)
		if err != nil {
			r.Fatal(err)
		}
		w.checkGroups(r, what+" by "+dim, groups, list, func(x thing) (string, bool) {
			return name(x), within(p, x) && sees(scope, x.c) && !x.c.Secret && (dim == stat.Suggestion) == (x.kind != "")
		})
	}
	var units []string
	for _, u := range w.p.Units {
		units = append(units, u.Code)
	}
	groups, err := reader.ByUnit(ctx, scope, p, units)
	if err != nil {
		r.Fatal(err)
	}
	w.checkGroups(r, what+" by unit", groups, list, func(x thing) (string, bool) {
		return x.c.Unit, within(p, x) && sees(scope, x.c) && x.kind == ""
	})
	daily, err := reader.Daily(ctx, scope, stat.Whole, "", p)
	if err != nil {
		r.Fatal(err)
	}
	for _, d := range daily {
		counts, _, _ := sum(list, func(x thing) bool { return x.day == d.Day.String() && sees(scope, x.c) && x.kind == "" })
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
		mine := scope.Units == nil || slices.Contains(scope.Units, x.from) || slices.Contains(scope.Units, x.to)
		if x.what == "moved" && within(p, x) && mine && (!x.c.Secret || scope.Secret) {
			n := want[x.from+">"+x.to]
			n[0]++
			if x.back {
				n[1]++
			}
			want[x.from+">"+x.to] = n
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

func (w *town) checkGroups(r *rapid.T, what string, groups []stat.Group, list []thing, name func(thing) (string, bool)) {
	keys := map[string]bool{}
	for _, x := range list {
		if k, ok := name(x); ok && x.what != "moved" {
			keys[k] = true
		}
	}
	if len(groups) != len(keys) {
		r.Fatalf("%s: %d groups, want %v", what, len(groups), keys)
	}
	for _, g := range groups {
		counts, response, resolution := sum(list, func(x thing) bool { k, ok := name(x); return ok && k == g.Key })
		if diff := gocmp.Diff(counts, g.Counts); diff != "" {
			r.Fatalf("%s %q -want +got\n%s", what, g.Key, diff)
		}
		median(w.t, what+" "+g.Key, g.Response, response)
		median(w.t, what+" "+g.Key, g.Resolution, resolution)
	}
}

func (w *town) checkSeries(r *rapid.T, reader *stat.Reader, p stat.Period, list []thing) {
	for dim, name := range map[string]func(thing) string{stat.Whole: func(thing) string { return "" }, stat.Service: func(x thing) string { return x.c.Service },
		stat.Unit: func(x thing) string { return x.c.Unit }} {
		got, err := reader.Series(w.t.Context(), apptest.Region, dim, []string{"DLH", "PUPR"}, p)
		if err != nil {
			r.Fatal(err)
		}
		want := map[string][]int64{}
		for _, x := range list {
			k := name(x)
			if x.what != "opened" || !within(p, x) || x.c.Secret && dim == stat.Service || dim == stat.Unit && k != "DLH" && k != "PUPR" {
				continue
			}
			if want[k] == nil {
				want[k] = make([]int64, p.Days())
			}
			at, err := deadline.ParseDate(x.day)
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

func (w *town) checkBacklog(r *rapid.T, reader *stat.Reader, today deadline.Date) {
	cases, err := w.s.Cases(w.t.Context(), store.CaseFilter{Region: apptest.Region, Secret: true, Sort: "new", Limit: 10_000})
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
			until := w.clock.Now()
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
