package casework

import (
	"context"
	"strings"

	"tanggap/internal/deadline"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Hear adds further words of the citizen to an open case. New suggestions replace
// the open ones while the case is still in triage; danger raises the urgency in
// every state.
func (d *Desk) Hear(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, m *store.Message, decisions []*store.Decision) error {
	now := tx.Clock().Now()
	c.LastInAt = now
	before := *c
	if c.State == tanggap.Triage || c.State == tanggap.Received {
		apply(p, c, decisions)
		if c.Service != before.Service {
			if err := d.queue(ctx, tx, p, c); err != nil {
				return err
			}
		}
		if err := d.supersede(ctx, tx, c); err != nil {
			return err
		}
		if err := addDecisions(ctx, tx, c, decisions); err != nil {
			return err
		}
	} else {
		for _, x := range decisions {
			if x.Kind == KindEmergency && x.Value != "" {
				c.Urgency = tanggap.Emergency
			}
		}
	}
	if c.State == tanggap.WaitingCitizen {
		if err := d.resume(ctx, tx, p, c); err != nil {
			return err
		}
	}
	if err := d.hear(ctx, tx, p, c, m); err != nil {
		return err
	}
	deadlines, err := d.settle(ctx, tx, p, c, before.Service)
	if err != nil {
		return err
	}
	plan(p, c, deadlines, now)
	event, err := d.event(ctx, tx, c, Citizen(c.CitizenID), Heard, map[string]any{"kind": m.Kind, "state": c.State, "service": c.Service, "unit": c.Unit})
	if err != nil {
		return err
	}
	if c.Urgency == tanggap.Emergency && before.Urgency != tanggap.Emergency {
		return d.danger(ctx, tx, p, c, event)
	}
	return d.Outbox.Unit(ctx, tx, p, c, event)
}

// resume ends the only pause of the clock: the citizen answered.
func (d *Desk) resume(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case) error {
	to := tanggap.InProgress
	if c.Service == "" {
		to = tanggap.Triage
	}
	if err := unpause(ctx, tx, p, c); err != nil {
		return err
	}
	return move(c, to)
}

// supersede closes suggestions that newer ones replace.
func (d *Desk) supersede(ctx context.Context, tx *store.Store, c *store.Case) error {
	old, err := tx.Decisions(ctx, c.Region, c.ID)
	if err != nil {
		return err
	}
	for _, x := range old {
		if x.State == store.DecisionOpen {
			x.State = store.DecisionSuperseded
			if err := tx.Decide(ctx, x); err != nil {
				return err
			}
		}
	}
	return nil
}

// Confirm is the citizen saying that it is solved.
func (d *Desk) Confirm(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case) error {
	if c.State == tanggap.Done {
		return nil
	}
	return d.close(ctx, tx, p, c, Citizen(c.CitizenID), region.TextClosedConfirmed)
}

func (d *Desk) close(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, actor, key string) error {
	if err := move(c, tanggap.Done); err != nil {
		return err
	}
	now := tx.Clock().Now()
	c.ClosedAt, c.NextStep, c.NextStepAt = now, tanggap.StepNone, noTime
	event, err := d.event(ctx, tx, c, actor, StateMoved, map[string]any{"state": c.State})
	if err != nil {
		return err
	}
	return d.Outbox.Citizen(ctx, tx, p, c, event, key, notify.Options{})
}

// CanReopen reports whether the citizen may still reopen c: within
// tanggap.ReopenDays working days after the answer or the closing.
func CanReopen(p *region.Pack, c *store.Case, clock tanggap.Clock) bool {
	if !c.State.CanBecome(tanggap.Reopened) {
		return false
	}
	since := c.AnsweredAt
	if c.ClosedAt.After(since) {
		since = c.ClosedAt
	}
	if since.IsZero() {
		return false
	}
	loc := p.Location()
	last, err := p.Calendar().AddWorkingDays(deadline.DateOf(since, loc), tanggap.ReopenDays)
	return err == nil && deadline.DateOf(clock.Now(), loc).Compare(last) <= 0
}

// Reopen is the citizen saying that it is not solved. It restarts a promise and
// goes to the unit's head, not past him.
func (d *Desk) Reopen(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, why *store.Message) error {
	if !CanReopen(p, c, tx.Clock()) {
		return tanggap.Errorf(tanggap.Conflict, "laporan %s tidak bisa dibuka kembali; kirim laporan baru dan sebut nomor ini", c.Number)
	}
	if err := move(c, tanggap.Reopened); err != nil {
		return err
	}
	now := tx.Clock().Now()
	c.Reopens++
	c.LastInAt, c.AnsweredAt, c.ClosedAt, c.OfficerID = now, noTime, noTime, ""
	if why != nil && strings.TrimSpace(why.Body) != "" {
		if err := d.hear(ctx, tx, p, c, why); err != nil {
			return err
		}
	}
	deadlines, err := renew(ctx, tx, p, c, now)
	if err != nil {
		return err
	}
	plan(p, c, deadlines, now)
	event, err := d.event(ctx, tx, c, Citizen(c.CitizenID), StateMoved, map[string]any{"state": c.State, "reopens": c.Reopens})
	if err != nil {
		return err
	}
	if err := d.Outbox.Unit(ctx, tx, p, c, event); err != nil {
		return err
	}
	return d.Outbox.Citizen(ctx, tx, p, c, event, region.TextReopened, notify.Options{First: true})
}

// Object records that the citizen contests how his case was decided; a person reads
// it in the triage queue.
func (d *Desk) Object(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, words *store.Message) error {
	if err := d.hear(ctx, tx, p, c, words); err != nil {
		return err
	}
	c.LastInAt = tx.Clock().Now()
	if c.State.CanBecome(tanggap.Triage) {
		c.State, c.Unit = tanggap.Triage, p.Identity.Triage
	}
	event, err := d.event(ctx, tx, c, Citizen(c.CitizenID), Objected, map[string]any{"state": c.State})
	if err != nil {
		return err
	}
	return d.Outbox.Unit(ctx, tx, p, c, event)
}
