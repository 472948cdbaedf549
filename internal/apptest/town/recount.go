package town

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"tanggap/internal/casework"
	"tanggap/internal/deadline"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// This file counts anew, slowly and without the code under test: from the raw events, one
// thing that happened after the other.

// Thing is one thing that counts.
type Thing struct {
	What    string // "opened", "responded" and so on: a column of the figures, or "moved"
	Day     string // local, 2026-03-04
	Minutes int64  // of a length of time
	Case    *store.Case
	Round   int // of the case: 1 after its first reopening
	Lang    string
	Kind    string // of a suggestion
	From    string // of a move
	To      string
	Back    bool // to where it had lain
}

// said is an event with the state before and after it.
type said struct {
	*store.Event
	before, after tanggap.State
	from, to      string
}

// Recount lists everything that counts, as of a moment.
func Recount(t testing.TB, s *store.Store, p *region.Pack, asOf time.Time) (out []Thing) {
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

func things(t testing.TB, p *region.Pack, c *store.Case, events []said, deadlines []*store.Deadline, decisions []*store.Decision, asOf time.Time) (out []Thing) {
	t.Helper()
	lang := "id"
	for _, d := range decisions {
		if d.Kind == "language" && d.Value != "" {
			lang = d.Value
		}
	}
	day := func(at time.Time) string { return at.In(p.Location()).Format(time.DateOnly) }
	n := 0 // of the round
	add := func(x Thing) {
		x.Case, x.Lang, x.Round = c, lang, n
		out = append(out, x)
	}
	add(Thing{What: "opened", Day: day(c.OpenedAt)})
	again := slices.IndexFunc(events, func(e said) bool { return e.after == tanggap.Reopened && e.before != tanggap.Reopened })
	for i, e := range events {
		first := again < 0 || i < again
		person := strings.HasPrefix(e.Actor, "officer:")
		if person && first && (e.Type == "message.out" || e.Type == "case.state" && slices.Contains([]tanggap.State{"in_progress", "answered", "done", "external", "rejected"}, e.after)) {
			add(Thing{What: "responded", Day: day(e.HappenedAt), Minutes: worked(p, c, c.OpenedAt, e.HappenedAt, nil)})
			break
		}
	}
	moved := map[string]bool{}
	for _, e := range events {
		if (e.Type == "case.assigned" || e.Type == "decision.undone") && e.from != "" && e.from != e.to && e.from != p.Identity.Triage {
			if len(moved) == 0 {
				add(Thing{What: "misrouted", Day: day(e.HappenedAt)})
			}
			add(Thing{What: "moved", Day: day(e.HappenedAt), From: e.from, To: e.to, Back: moved[e.to]})
			moved[e.from] = true
		}
	}
	for _, d := range decisions {
		if d.OfficerID != "" && (d.State == "accepted" || d.State == "changed") && !c.Secret {
			add(Thing{What: d.State, Day: day(d.DecidedAt), Kind: d.Kind})
		}
	}
	// Rounds end where a reopening begins, or at the end of the line.
	from, spent := 0, int64(0)
	began := c.OpenedAt
	for ; from <= len(events); n++ {
		to := from
		for to < len(events) && !(events[to].after == tanggap.Reopened && events[to].before != tanggap.Reopened && to > from) {
			to++
		}
		if n > 0 {
			began = events[from].HappenedAt
			add(Thing{What: "reopened", Day: day(began)})
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
	day func(time.Time) string, add func(Thing)) int64 {
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
		add(Thing{What: "confirmed", Day: day(confirmed)})
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
		add(Thing{What: "merged", Day: day(end)})
		return spent
	case !end.IsZero():
		spent += worked(p, c, began, end, pauses)
		add(Thing{What: "resolved", Day: day(end), Minutes: spent})
		if outcome == tanggap.External || outcome == tanggap.Rejected {
			add(Thing{What: string(outcome), Day: day(end)})
		}
	}
	if promise == nil {
		return spent
	}
	switch {
	case !end.IsZero() && !end.After(promise.DueAt):
		add(Thing{What: "on_time", Day: day(end)})
	case !end.IsZero(),
		c.PausedAt.IsZero() && asOf.After(promise.DueAt),
		!c.PausedAt.IsZero() && c.PausedAt.After(promise.DueAt) && asOf.After(promise.DueAt):
		add(Thing{What: "late", Day: day(promise.DueAt)})
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

// Sum adds things up the slow way.
func Sum(list []Thing, keep func(Thing) bool) (c store.Counts, response, resolution []int64) {
	for _, x := range list {
		if !keep(x) {
			continue
		}
		switch x.What {
		case "opened":
			c.Opened++
		case "responded":
			c.Responded++
			c.ResponseSum += x.Minutes
			response = append(response, x.Minutes)
		case "resolved":
			c.Resolved++
			c.ResolutionSum += x.Minutes
			resolution = append(resolution, x.Minutes)
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

// OpenOn lists the cases whose newest round at the end of a day was open then, and of each
// whether its promise was broken by that day. The things are those of Recount.
func OpenOn(list []Thing, day string) map[*store.Case]bool {
	type round struct {
		c *store.Case
		n int
	}
	began, ended, late := map[round]bool{}, map[round]bool{}, map[round]bool{}
	for _, x := range list {
		if x.Day > day {
			continue
		}
		r := round{x.Case, x.Round}
		switch x.What {
		case "opened", "reopened":
			began[r] = true
		case "resolved", "merged":
			ended[r] = true
		case "late":
			late[r] = true
		}
	}
	open := map[*store.Case]bool{}
	for r := range began {
		if !ended[r] {
			open[r.c] = late[r]
		}
	}
	return open
}

// Median is the exact one of lengths in minutes, of which there must be some.
func Median(list []int64) float64 {
	list = slices.Sorted(slices.Values(list))
	return float64(list[(len(list)+1)/2-1])
}
