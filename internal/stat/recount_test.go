package stat_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"tanggap/internal/casework"
	"tanggap/internal/deadline"
	"tanggap/internal/region"
	"tanggap/internal/stat"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// This file counts anew, slowly and without the code under test: from the raw events, one
// thing that happened after the other.

// thing is one thing that counts.
type thing struct {
	what    string
	day     string
	minutes int64
	c       *store.Case
	lang    string
	kind    string // of a suggestion
	from    string
	to      string
	back    bool
}

// said is an event with the state before and after it.
type said struct {
	*store.Event
	before, after tanggap.State
	from, to      string
}

func recount(t testing.TB, s *store.Store, p *region.Pack, asOf time.Time) (out []thing) {
	t.Helper()
	ctx := t.Context()
	cases, err := s.Cases(ctx, store.CaseFilter{Region: p.Identity.Code, Secret: true, Sort: "new", Limit: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		events, err := s.Events(ctx, c.Region, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		deadlines, err := s.Deadlines(ctx, c.Region, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		decisions, err := s.Decisions(ctx, c.Region, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, things(t, p, c, line(t, events), deadlines, decisions, asOf)...)
	}
	return out
}

// line drops what was taken back and knows the state at each event.
func line(t testing.TB, events []*store.Event) (out []said) {
	t.Helper()
	for _, e := range events {
		if e.Type == casework.Retracted {
			out = out[:len(out)-1]
			continue
		}
		var f struct {
			State      tanggap.State
			Unit, From string
		}
		if err := json.Unmarshal([]byte(e.Payload), &f); err != nil {
			t.Fatal(err)
		}
		x := said{Event: e, before: tanggap.Received, from: f.From, to: f.Unit}
		if len(out) > 0 {
			x.before = out[len(out)-1].after
		}
		if x.after = f.State; x.after == "" {
			x.after = x.before
		}
		out = append(out, x)
	}
	return out
}

func things(t testing.TB, p *region.Pack, c *store.Case, events []said, deadlines []*store.Deadline, decisions []*store.Decision, asOf time.Time) (out []thing) {
	t.Helper()
	lang := "id"
	for _, d := range decisions {
		if d.Kind == "language" && d.Value != "" {
			lang = d.Value
		}
	}
	day := func(at time.Time) string { return at.In(p.Location()).Format(time.DateOnly) }
	add := func(x thing) {
		x.c, x.lang = c, lang
		out = append(out, x)
	}
	add(thing{what: "opened", day: day(c.OpenedAt)})
	again := slices.IndexFunc(events, func(e said) bool { return e.after == tanggap.Reopened && e.before != tanggap.Reopened })
	for i, e := range events {
		first := again < 0 || i < again
		person := strings.HasPrefix(e.Actor, "officer:")
		if person && first && (e.Type == "message.out" || e.Type == "case.state" && slices.Contains([]tanggap.State{"in_progress", "answered", "done", "external", "rejected"}, e.after)) {
			add(thing{what: "responded", day: day(e.HappenedAt), minutes: worked(p, c, c.OpenedAt, e.HappenedAt, nil)})
			break
		}
	}
	moved := map[string]bool{}
	for _, e := range events {
		if (e.Type == "case.assigned" || e.Type == "decision.undone") && e.from != "" && e.from != e.to && e.from != p.Identity.Triage {
			if len(moved) == 0 {
				add(thing{what: "misrouted", day: day(e.HappenedAt)})
			}
			add(thing{what: "moved", day: day(e.HappenedAt), from: e.from, to: e.to, back: moved[e.to]})
			moved[e.from] = true
		}
	}
	for _, d := range decisions {
		if d.OfficerID != "" && (d.State == "accepted" || d.State == "changed") && !c.Secret {
			add(thing{what: d.State, day: day(d.DecidedAt), kind: d.Kind})
		}
	}
	// Rounds end where a reopening begins, or at the end of the line.
	from, spent := 0, int64(0)
	began := c.OpenedAt
	for n := 0; from <= len(events); n++ {
		to := from
		for to < len(events) && !(events[to].after == tanggap.Reopened && events[to].before != tanggap.Reopened && to > from) {
			to++
		}
		if n > 0 {
			began = events[from].HappenedAt
			add(thing{what: "reopened", day: day(began)})
		}
		spent = round(t, p, c, events[from:to], promiseOf(deadlines, n), began, spent, asOf, day, add)
		if from = to; from >= len(events) {
			break
		}
	}
	return out
}

// promiseOf is the newest promise of the n-th start.
func promiseOf(list []*store.Deadline, n int) (out *store.Deadline) {
	starts := map[time.Time]bool{}
	for _, d := range list {
		starts[d.StartedAt] = true
	}
	var order []time.Time
	for at := range starts {
		order = append(order, at)
	}
	slices.SortFunc(order, time.Time.Compare)
	for _, d := range list {
		if d.Kind == "promise" && n < len(order) && d.StartedAt.Equal(order[n]) {
			out = d
		}
	}
	return out
}

func round(t testing.TB, p *region.Pack, c *store.Case, events []said, promise *store.Deadline, began time.Time, spent int64, asOf time.Time,
	day func(time.Time) string, add func(thing)) int64 {
	t.Helper()
	var end, confirmed time.Time
	var outcome tanggap.State
	for _, e := range events {
		switch {
		case e.before.Open() && !e.after.Open():
			end, outcome = e.HappenedAt, e.after
		case !e.before.Open() && e.after.Open():
			end, outcome, confirmed = time.Time{}, "", time.Time{}
		}
		if e.after == tanggap.Done && e.before != tanggap.Done && strings.HasPrefix(e.Actor, "citizen:") {
			confirmed = e.HappenedAt
		}
	}
	if !confirmed.IsZero() {
		add(thing{what: "confirmed", day: day(confirmed)})
	}
	var pauses [][2]time.Time
	if promise != nil {
		var list []deadline.Pause
		if err := json.Unmarshal([]byte(promise.Pauses), &list); err != nil {
			t.Fatal(err)
		}
		for _, x := range list {
			pauses = append(pauses, [2]time.Time{x.From, x.To})
		}
	}
	switch {
	case outcome == tanggap.Merged:
		add(thing{what: "merged", day: day(end)})
		return spent
	case !end.IsZero():
		spent += worked(p, c, began, end, pauses)
		add(thing{what: "resolved", day: day(end), minutes: spent})
		if outcome == tanggap.External || outcome == tanggap.Rejected {
			add(thing{what: string(outcome), day: day(end)})
		}
	}
	if promise == nil {
		return spent
	}
	switch {
	case !end.IsZero() && !end.After(promise.DueAt):
		add(thing{what: "on_time", day: day(end)})
	case !end.IsZero(),
		c.PausedAt.IsZero() && asOf.After(promise.DueAt),
		!c.PausedAt.IsZero() && c.PausedAt.After(promise.DueAt) && asOf.After(promise.DueAt):
		add(thing{what: "late", day: day(promise.DueAt)})
	}
	return spent
}

// worked counts minute by minute; the histories of the test move in whole minutes.
func worked(p *region.Pack, c *store.Case, from, to time.Time, pauses [][2]time.Time) (n int64) {
	cal := p.CalendarFor(c.Unit)
	for m := from; m.Before(to); m = m.Add(time.Minute) {
		if !cal.Within(m) || slices.ContainsFunc(pauses, func(x [2]time.Time) bool { return !m.Before(x[0]) && m.Before(x[1]) }) {
			continue
		}
		n++
	}
	return n
}

// sum adds things up the slow way.
func sum(list []thing, keep func(thing) bool) (c store.Counts, response, resolution []int64) {
	for _, x := range list {
		if !keep(x) {
			continue
		}
		switch x.what {
		case "opened":
			c.Opened++
		case "responded":
			c.Responded++
			c.ResponseSum += x.minutes
			response = append(response, x.minutes)
		case "resolved":
			c.Resolved++
			c.ResolutionSum += x.minutes
			resolution = append(resolution, x.minutes)
		case "on_time":
			c.OnTime++
		case "late":
			c.Late++
		case "reopened":
			c.Reopened++
		case "confirmed":
			c.Confirmed++
		case "misrouted":
			c.Misrouted++
		case "external":
			c.External++
		case "rejected":
			c.Rejected++
		case "merged":
			c.Merged++
		case "accepted":
			c.Accepted++
		case "changed":
			c.Changed++
		}
	}
	return c, response, resolution
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
	slices.Sort(list)
	want := float64(list[(len(list)+1)/2-1])
	if math.Abs(got-want) > want*0.025 {
		t.Fatalf("%s: median %v, want %v", what, got, want)
	}
}
