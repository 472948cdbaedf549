package web

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tanggap/internal/casework"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

// card is what a citizen's page says about a case. In public it names every field
// it shows, so that a new one stays hidden until somebody adds it here: codes of the
// region, states and dates, no words of people. Of a secret case only states and
// dates are public.
func (s *Server) card(ctx context.Context, p *region.Pack, c *store.Case, lang string, public bool) (*view.CaseCard, error) {
	card := &view.CaseCard{Number: c.Number, Code: c.Code, State: c.State, Opened: c.OpenedAt, Due: moment(c.DueAt),
		Paused: c.State.Paused()}
	if rule, ok := p.Rule(c.Rule, c.OpenedAt); ok {
		card.Rule = rule.Name
	}
	if casework.CanDelay(c) && (s.Clock.Now().After(c.DueAt) || !c.ExpectedAt.IsZero()) {
		card.Late = &view.Late{Since: c.DueAt, Reason: s.lateReason(c, lang, public), To: moment(c.ExpectedAt)}
	}
	hidden := public && c.Secret
	if !hidden {
		card.Service = serviceName(p, c.Service, lang)
		card.External = c.ExternalTo
		if a, ok := p.Area(c.Area); ok {
			card.Area, card.AreaCode = a.Name, a.Code
		}
		if c.State != tanggap.Triage {
			card.Unit = unitName(p, c.Unit)
		}
	}
	if !public {
		card.Reason = c.Reason // an officer's words to this citizen
	}
	if c.MergedInto != "" && !hidden {
		into, err := s.Store.FollowMerge(ctx, c)
		if err != nil {
			return nil, err
		}
		card.MergedTo = "/l/" + into.Link
		if public {
			card.MergedTo = "/lacak/" + into.Code
		}
	}
	var err error
	if !hidden {
		if card.Estimate, err = s.estimate(ctx, c); err != nil {
			return nil, err
		}
	}
	card.Steps, err = s.steps(ctx, p, c, hidden)
	return card, err
}

// lateReason is why a case runs late. In public only the usual reasons are told: an
// officer's own words are for the citizen.
func (s *Server) lateReason(c *store.Case, lang string, public bool) string {
	code, coded := strings.CutPrefix(c.Late, casework.LateCode)
	switch {
	case coded:
		return s.View.T(lang, "late.why_"+code)
	case public:
		return ""
	}
	return c.Late
}

const (
	// alikeSince and mostAlike bound the cases of a service that an estimate is made of,
	// leastAlike is under how many there is none.
	alikeSince = 180 * 24 * time.Hour
	mostAlike  = 200
	leastAlike = 20
)

// estimate says between which days 8 of 10 similar cases were answered, counted from when
// this one was opened; nil when too few were, or when the later day has passed.
func (s *Server) estimate(ctx context.Context, c *store.Case) (*view.Estimate, error) {
	if c.Service == "" || !c.State.Open() || c.State.Paused() || !c.ExpectedAt.IsZero() {
		return nil, nil // nothing to foresee, or somebody has said the day
	}
	now := s.Clock.Now()
	took, err := s.Store.AnswerTimes(ctx, c.Region, c.Service, now.Add(-alikeSince), mostAlike)
	if err != nil || len(took) < leastAlike {
		return nil, err
	}
	slices.Sort(took)
	from, to := c.OpenedAt.Add(took[len(took)/10]), c.OpenedAt.Add(took[len(took)*9/10])
	if !to.After(now) {
		return nil, nil
	}
	if from.Before(now) {
		from = now
	}
	return &view.Estimate{From: from, To: to, Cases: len(took)}, nil
}

// journey is the usual way of a case; what lies ahead of it is shown as still to come.
var journey = []tanggap.State{tanggap.Assigned, tanggap.InProgress, tanggap.Answered, tanggap.Done}

// steps tells the changes of state out of the case's events.
func (s *Server) steps(ctx context.Context, p *region.Pack, c *store.Case, hidden bool) ([]view.Step, error) {
	events, err := s.Store.Events(ctx, c.Region, c.ID)
	if err != nil {
		return nil, err
	}
	out := []view.Step{{State: tanggap.Received, At: moment(c.OpenedAt)}}
	seen := map[tanggap.State]bool{}
	last, unit := tanggap.Received, ""
	before := last // the state before the last step, for a step that is taken back
	told := false  // whether the event before this one made a step
	for _, e := range events {
		if e.Type == casework.Retracted && told {
			undone := out[len(out)-1].State
			out, last, told = out[:len(out)-1], before, false
			seen[undone] = slices.ContainsFunc(out, func(x view.Step) bool { return x.State == undone })
			continue
		}
		var payload struct {
			State tanggap.State `json:"state"`
			Unit  string        `json:"unit"`
		}
		if err := json.Unmarshal([]byte(e.Payload), &payload); err != nil {
			return nil, fmt.Errorf("event %s: %w", e.ID, err)
		}
		if e.Type == casework.Assigned {
			payload.State = tanggap.Assigned
		}
		moved := payload.State != last || payload.State == tanggap.Assigned && payload.Unit != unit
		told = payload.State.Valid() && payload.State != tanggap.Received && moved && e.Type != casework.Retracted
		if !told {
			continue
		}
		at := e.HappenedAt
		step := view.Step{State: payload.State, At: &at}
		if payload.Unit != "" {
			unit = payload.Unit
		}
		if payload.State == tanggap.Assigned && !hidden {
			step.Who = unitName(p, unit)
		}
		before, last = last, payload.State
		seen[last] = true
		out = append(out, step)
	}
	if c.State.Open() || c.State == tanggap.Answered {
		ahead := false
		for _, state := range journey {
			ahead = ahead || !seen[state]
			if ahead && state != c.State && (!seen[state] || state == tanggap.Done) {
				out = append(out, view.Step{State: state})
			}
		}
	}
	return out, nil
}
