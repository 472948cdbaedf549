package stat

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tanggap/internal/casework"
	"tanggap/internal/deadline"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
)

// history is what happened to one case.
type history struct {
	Case      *store.Case
	Events    []*store.Event
	Promises  []*store.Deadline
	Decisions []*store.Decision
}

// facts is what the payload of an event says.
type facts struct {
	State tanggap.State
	Unit  string
	From  string
}

// judgement is what an officer made of a suggestion.
type judgement struct {
	Kind  string `json:"k"`
	Day   string `json:"d"`
	Taken bool   `json:"a"`
}

// span is one round as instants.
type span struct {
	start, end time.Time // end is zero while it is open
	outcome    tanggap.State
	confirmed  time.Time
}

// rounds computes what counts about a case as of a moment. It is the only place that says
// what the figures mean.
func rounds(p *region.Pack, h history, asOf time.Time) ([]*store.Round, []*store.Move, error) {
	c, zone := h.Case, p.Location()
	day := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return deadline.DateOf(t, zone).String()
	}
	spans := []span{{start: c.OpenedAt}}
	var responded time.Time
	var moves []*store.Move
	state := tanggap.Received
	for _, e := range standing(h.Events) {
		var f facts
		if err := json.Unmarshal([]byte(e.Payload), &f); err != nil {
			return nil, nil, fmt.Errorf("event %s: %w", e.ID, err)
		}
		if sentOn(e) && f.From != "" && f.From != f.Unit && f.From != p.Identity.Triage {
			moves = append(moves, &store.Move{Region: c.Region, CaseID: c.ID, N: int64(len(moves)), Day: day(e.HappenedAt), From: f.From, To: f.Unit, Secret: c.Secret})
		}
		if responded.IsZero() && len(spans) == 1 && reached(e, f.State) {
			responded = e.HappenedAt
		}
		if f.State == "" {
			continue
		}
		now, was := &spans[len(spans)-1], state
		switch {
		case f.State.Open() && was.Open():
		case f.State == tanggap.Reopened:
			spans = append(spans, span{start: e.HappenedAt})
		case f.State.Open(): // taken up again under the promise that stood
			*now = span{start: now.start}
		case was.Open():
			now.end, now.outcome = e.HappenedAt, f.State
		}
		if f.State == tanggap.Done && was != tanggap.Done && strings.HasPrefix(e.Actor, "citizen:") {
			spans[len(spans)-1].confirmed = e.HappenedAt
		}
		state = f.State
	}
	promises := byStart(h.Promises)
	calendar := p.CalendarFor(c.Unit)
	var out []*store.Round
	var worked time.Duration
	for i, s := range spans {
		r := &store.Round{Region: c.Region, CaseID: c.ID, Round: int64(i), Unit: c.Unit, Service: c.Service, Area: c.Area, Channel: c.Channel,
			Language: language(h.Decisions), Secret: c.Secret, OpenedDay: c.OpenedDay, StartedDay: c.OpenedDay, Judged: "[]",
			EndedDay: day(s.end), Outcome: s.outcome, ConfirmedDay: day(s.confirmed)}
		if i > 0 {
			r.StartedDay = day(s.start)
		}
		if i == 0 {
			r.RespondedDay = day(responded)
			r.ResponseMinutes = minutes(calendar.WorkingTime(c.OpenedAt, responded))
			if len(moves) > 0 {
				r.MovedDay = moves[0].Day
			}
			var err error
			if r.Judged, err = judged(h.Decisions, day); err != nil {
				return nil, nil, err
			}
		}
		var promise *store.Deadline
		var pauses []deadline.Pause
		if i < len(promises) {
			promise = promises[i]
			if err := json.Unmarshal([]byte(promise.Pauses), &pauses); err != nil {
				return nil, nil, fmt.Errorf("pauses of case %s: %w", c.ID, err)
			}
		}
		if !s.end.IsZero() {
			worked += calendar.WorkingTime(s.start, s.end, pauses...)
			r.ResolutionMinutes = minutes(worked)
		}
		if promise != nil && s.outcome != tanggap.Merged {
			keep(r, s, promise.DueAt, c.PausedAt, asOf, day)
		}
		out = append(out, r)
	}
	return out, moves, nil
}

// keep says whether the promise of a round was kept.
func keep(r *store.Round, s span, due, paused, asOf time.Time, day func(time.Time) string) {
	until := s.end
	if until.IsZero() {
		until = asOf
		if !paused.IsZero() && paused.Before(until) {
			until = paused // the clock stands still
		}
	}
	switch {
	case until.After(due):
		r.LateDay = day(due)
	case !s.end.IsZero():
		r.OnTime = true
	case paused.IsZero():
		r.DueAt = due
	}
}

// standing are the events that were not taken back.
func standing(events []*store.Event) (out []*store.Event) {
	for _, e := range events {
		if e.Type == casework.Retracted {
			out = out[:max(0, len(out)-1)]
			continue
		}
		out = append(out, e)
	}
	return out
}

// sentOn reports whether a person sent the case to another unit or back.
func sentOn(e *store.Event) bool { return e.Type == casework.Assigned || e.Type == casework.Undone }

// reached reports whether an event brought the citizen a word or act of a person.
func reached(e *store.Event, to tanggap.State) bool {
	if !strings.HasPrefix(e.Actor, "officer:") {
		return false
	}
	switch e.Type {
	case casework.Said:
		return true
	case casework.StateMoved:
		return to == tanggap.InProgress || !to.Open() && to != tanggap.Merged
	}
	return false
}

// byStart gives the last promise of each round: a service that becomes known replaces the
// promise, a reopening starts another.
func byStart(list []*store.Deadline) (out []*store.Deadline) {
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b *store.Deadline) int { return a.StartedAt.Compare(b.StartedAt) })
	for _, d := range sorted {
		if n := len(out); n > 0 && out[n-1].StartedAt.Equal(d.StartedAt) {
			out[n-1] = d
			continue
		}
		out = append(out, d)
	}
	return out
}

func language(list []*store.Decision) string {
	out := text.Indonesian
	for _, d := range list {
		if d.Kind == casework.KindLanguage && d.Value != "" {
			out = d.Value
		}
	}
	return out
}

func judged(list []*store.Decision, day func(time.Time) string) (string, error) {
	out := []judgement{}
	for _, d := range list {
		if d.OfficerID != "" && (d.State == store.DecisionAccepted || d.State == store.DecisionChanged) {
			out = append(out, judgement{d.Kind, day(d.DecidedAt), d.State == store.DecisionAccepted})
		}
	}
	b, err := json.Marshal(out)
	return string(b), err
}

func minutes(d time.Duration) int64 { return int64(d / time.Minute) }
