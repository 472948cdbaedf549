package casework

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"tanggap/internal/deadline"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

var noTime time.Time

// ackWithin is how long an officer on duty has to acknowledge an emergency before
// the next one is told.
const ackWithin = 10 * time.Minute

// remindAfter is how many working days a question to the citizen stays open before
// he is reminded, once.
const remindAfter = 3

// promise gives a case its deadlines: the published one and the internal target.
func promise(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case) ([]*store.Deadline, error) {
	rules := []struct{ kind, code string }{{store.Promise, p.Identity.FirstRule}}
	if s, ok := p.Service(c.Service); ok {
		rules = []struct{ kind, code string }{{store.Promise, s.Rule}, {store.Target, s.Target}}
	}
	var out []*store.Deadline
	for _, r := range rules {
		rule, ok := p.Rule(r.code, c.OpenedAt)
		if !ok {
			continue // a service without internal target
		}
		due, err := deadline.Due(calendar(p, c, rule), rule.Deadline(), c.OpenedAt)
		if err != nil {
			return nil, err
		}
		x := &store.Deadline{Region: c.Region, CaseID: c.ID, Kind: r.kind, Rule: rule.Code, Pack: p.Version, StartedAt: c.OpenedAt, DueAt: due.UTC()}
		if err := tx.AddDeadline(ctx, x); err != nil {
			return nil, err
		}
		if r.kind == store.Promise {
			c.DueAt, c.Rule = x.DueAt, x.Rule
		}
		out = append(out, x)
	}
	return out, nil
}

// calendar of a rule: promises are counted on the office calendar that citizens
// know, internal targets on the unit's own.
func calendar(p *region.Pack, c *store.Case, r region.Rule) *deadline.Calendar {
	if r.Promise {
		return p.Calendar()
	}
	return p.CalendarFor(c.Unit)
}

// settle gives a case whose service became known, or changed, the deadlines of that
// service, counted from the day it was opened.
func (d *Desk) settle(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, oldService string) ([]*store.Deadline, error) {
	list, err := tx.Deadlines(ctx, c.Region, c.ID)
	if err != nil || c.Service == oldService {
		return list, err
	}
	return replace(ctx, tx, p, c, list, c.OpenedAt)
}

// renew starts the deadlines again, for a reopened case.
func renew(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, from time.Time) ([]*store.Deadline, error) {
	list, err := tx.Deadlines(ctx, c.Region, c.ID)
	if err != nil {
		return nil, err
	}
	return replace(ctx, tx, p, c, list, from)
}

func replace(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, old []*store.Deadline, from time.Time) ([]*store.Deadline, error) {
	now := tx.Clock().Now()
	var pauses []deadline.Pause
	for _, x := range old {
		if x.MetAt.IsZero() {
			x.MetAt = now // its place is taken by a newer one
			if err := tx.SetDeadline(ctx, x); err != nil {
				return nil, err
			}
		}
		if x.Kind == store.Promise && from.Equal(c.OpenedAt) {
			if err := json.Unmarshal([]byte(x.Pauses), &pauses); err != nil {
				return nil, err
			}
		}
	}
	opened := c.OpenedAt
	c.OpenedAt = from
	fresh, err := promise(ctx, tx, p, c)
	c.OpenedAt = opened
	if err != nil {
		return nil, err
	}
	for _, x := range fresh {
		if len(pauses) > 0 {
			if err := repause(ctx, tx, p, c, x, pauses); err != nil {
				return nil, err
			}
		}
	}
	return fresh, nil
}

// unpause starts the clock again and moves every open deadline by what was lost.
func unpause(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case) error {
	list, err := tx.Deadlines(ctx, c.Region, c.ID)
	if err != nil {
		return err
	}
	now := tx.Clock().Now()
	for _, x := range list {
		if !x.MetAt.IsZero() {
			continue
		}
		var pauses []deadline.Pause
		if err := json.Unmarshal([]byte(x.Pauses), &pauses); err != nil {
			return err
		}
		pauses = append(pauses, deadline.Pause{From: c.PausedAt, To: now})
		if err := repause(ctx, tx, p, c, x, pauses); err != nil {
			return err
		}
	}
	c.PausedAt = noTime
	return nil
}

func repause(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, x *store.Deadline, pauses []deadline.Pause) error {
	rule, ok := p.Rule(x.Rule, x.StartedAt)
	due := x.DueAt
	if ok {
		var err error
		if due, err = deadline.Recompute(x.DueAt, calendar(p, c, rule), rule.Deadline(), x.StartedAt, pauses...); err != nil {
			return err
		}
	} else if last := len(pauses) - 1; last >= 0 && c.PausedAt.Equal(pauses[last].From) {
		// The rule left the pack, the promise did not: the pause that ends now is added
		// as it was, hour for hour.
		due = due.Add(pauses[last].To.Sub(pauses[last].From))
	}
	body, err := json.Marshal(pauses)
	if err != nil {
		return err
	}
	x.DueAt, x.Pauses = due.UTC(), string(body)
	if x.Kind == store.Promise {
		c.DueAt = x.DueAt
	}
	return tx.SetDeadline(ctx, x)
}

// meet marks the open deadlines as fulfilled.
func meet(ctx context.Context, tx *store.Store, c *store.Case, now time.Time) error {
	list, err := tx.Deadlines(ctx, c.Region, c.ID)
	if err != nil {
		return err
	}
	for _, x := range list {
		if x.MetAt.IsZero() {
			x.MetAt = now
			if err := tx.SetDeadline(ctx, x); err != nil {
				return err
			}
		}
	}
	return nil
}

// unmeet opens the newest deadline of each kind again.
func unmeet(ctx context.Context, tx *store.Store, c *store.Case) error {
	list, err := tx.Deadlines(ctx, c.Region, c.ID)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, x := range slices.Backward(list) {
		if seen[x.Kind] {
			continue
		}
		seen[x.Kind] = true
		x.MetAt = noTime
		if err := tx.SetDeadline(ctx, x); err != nil {
			return err
		}
	}
	return nil
}

// plan sets what the sweep has to do next about a case, and when. Everything that
// depends on time hangs on this one indexed column, so a change of calendar
// rewrites no jobs.
func plan(p *region.Pack, c *store.Case, deadlines []*store.Deadline, now time.Time) {
	ringing := c.NextStep == tanggap.StepAckOfficer && c.NextStepAt.After(now)
	rings := c.NextStepAt
	c.NextStep, c.NextStepAt = tanggap.StepNone, noTime
	switch {
	case c.State == tanggap.Answered:
		// Silence is counted from the last word, whoever said it.
		if t, err := workingDaysAfter(p, later(c.AnsweredAt, c.LastInAt), p.Identity.AutoClose); err == nil {
			next(c, tanggap.StepAutoClose, t)
		}
		return
	case c.State == tanggap.WaitingCitizen:
		if t, err := workingDaysAfter(p, c.PausedAt, remindAfter); err == nil && t.After(now) {
			next(c, tanggap.StepRemind, t)
		}
	case !c.State.Open():
		return
	default:
		planDeadlines(c, deadlines, now)
	}
	if t := c.AskedAt.Add(remindQuestion); c.Asking != "" && t.After(now) {
		next(c, StepQuestion, t)
	}
	if c.Urgency == tanggap.Emergency && c.HumanAt.IsZero() {
		if !ringing { // more words of a citizen in need do not put the alarm off
			rings = now.Add(ackWithin)
		}
		next(c, tanggap.StepAckOfficer, rings)
	}
}

func planDeadlines(c *store.Case, deadlines []*store.Deadline, now time.Time) {
	for _, x := range deadlines {
		if x.MetAt.IsZero() && x.DueAt.After(now) {
			next(c, tanggap.StepEscalate, x.DueAt)
		}
	}
	if c.ExpectedAt.After(now) {
		next(c, tanggap.StepEscalate, c.ExpectedAt) // what was said instead of the promise is kept, or told again
	}
}

// next takes a step if it comes before what is planned.
func next(c *store.Case, step tanggap.Step, t time.Time) {
	if c.NextStepAt.IsZero() || t.Before(c.NextStepAt) {
		c.NextStep, c.NextStepAt = step, t.UTC()
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func workingDaysAfter(p *region.Pack, t time.Time, days int) (time.Time, error) {
	return deadline.Due(p.Calendar(), deadline.Rule{Amount: days, Unit: deadline.WorkingDay}, t)
}

// Step does what NextStep of a case asks for. It is called when NextStepAt has come
// and may be called again for the same step.
func (d *Desk) Step(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case) error {
	now := tx.Clock().Now()
	if c.NextStepAt.IsZero() || c.NextStepAt.After(now) {
		return nil
	}
	step := c.NextStep
	deadlines, err := tx.Deadlines(ctx, c.Region, c.ID)
	if err != nil {
		return err
	}
	if step == tanggap.StepAutoClose {
		return d.close(ctx, tx, p, c, System, region.TextClosedSilence)
	}
	plan(p, c, deadlines, now)
	switch step {
	case tanggap.StepAckOfficer:
		event, err := d.event(ctx, tx, c, System, Alarmed, nil)
		if err != nil {
			return err
		}
		more, err := d.Outbox.OnDuty(ctx, tx, p, c, event)
		if err != nil || more {
			return err
		}
		// Everybody on the ladder was told. The unit's queue and the deadlines go on;
		// without this the same people would be called every ten minutes.
		c.NextStep, c.NextStepAt = tanggap.StepNone, noTime
		planDeadlines(c, deadlines, now)
		_, err = d.event(ctx, tx, c, System, Alarmed, map[string]any{"told": "all"})
		return err
	case StepQuestion:
		return d.remindOfQuestion(ctx, tx, p, c)
	case tanggap.StepRemind:
		event, err := d.event(ctx, tx, c, System, Escalated, map[string]any{"step": step})
		if err != nil {
			return err
		}
		return d.Outbox.Citizen(ctx, tx, p, c, event, region.TextAskReminder, notify.Options{Args: map[string]string{"question": c.Reason}})
	case tanggap.StepEscalate:
		late := !c.DueAt.IsZero() && !c.DueAt.After(now)
		event, err := d.event(ctx, tx, c, System, Escalated, map[string]any{"step": step, "late": late})
		if err != nil {
			return err
		}
		return d.Outbox.Escalate(ctx, tx, p, c, event, late)
	}
	return fmt.Errorf("case %s: unknown step %q", c.ID, step)
}

// Acknowledge records that an officer has seen an emergency.
func (d *Desk) Acknowledge(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, officer string) error {
	if err := tx.AckAlarms(ctx, c.Region, c.ID); err != nil {
		return err
	}
	now := tx.Clock().Now()
	human(c, now)
	deadlines, err := tx.Deadlines(ctx, c.Region, c.ID)
	if err != nil {
		return err
	}
	plan(p, c, deadlines, now)
	_, err = d.event(ctx, tx, c, officer, Acked, nil)
	return err
}

// Recalculate moves the open deadlines of a case to a newer pack. A promise is
// never shortened; one that grew is announced.
func (d *Desk) Recalculate(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case) error {
	deadlines, err := tx.Deadlines(ctx, c.Region, c.ID)
	if err != nil {
		return err
	}
	promised := c.DueAt
	for _, x := range deadlines {
		if !x.MetAt.IsZero() || x.Pack >= p.Version {
			continue
		}
		var pauses []deadline.Pause
		if err := json.Unmarshal([]byte(x.Pauses), &pauses); err != nil {
			return err
		}
		x.Pack = p.Version
		if err := repause(ctx, tx, p, c, x, pauses); err != nil {
			return err
		}
	}
	if c.DueAt.Equal(promised) || !c.State.Open() {
		return nil
	}
	c.Pack = p.Version
	plan(p, c, deadlines, tx.Clock().Now())
	event, err := d.event(ctx, tx, c, System, Promised, map[string]any{"from": promised, "to": c.DueAt, "pack": p.Version})
	if err != nil {
		return err
	}
	return d.Outbox.Citizen(ctx, tx, p, c, event, region.TextDueChanged, notify.Options{})
}
