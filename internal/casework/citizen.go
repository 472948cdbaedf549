package casework

import (
	"context"
	"slices"
	"strings"
	"time"

	"tanggap/internal/channel"
	"tanggap/internal/deadline"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// oneBreath is how long further words need no answer of their own.
const oneBreath = 2 * time.Minute

// Hear adds further words of the citizen to an open case. While no person has seen
// it in triage, new suggestions replace the old ones; after that words only protect:
// they raise the urgency, keep the case secret, name a place that nobody knew.
func (d *Desk) Hear(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, m *store.Message, decisions []*store.Decision) error {
	return d.Listen(ctx, tx, p, c, Words{Message: m, Decisions: decisions})
}

// Words are what a citizen adds to his case.
type Words struct {
	Message   *store.Message
	Decisions []*store.Decision
	Photo     bool // a file came with them
	Silent    bool // nothing is answered: a machine may have written them
}

// Listen is Hear with everything there is to say about the words.
func (d *Desk) Listen(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, w Words) error {
	m, decisions := w.Message, w.Decisions
	now := tx.Clock().Now()
	before := *c
	c.LastInAt, c.WakesAt = later(c.LastInAt, saidAt(m, now)), noTime
	untouched := c.HumanAt.IsZero()
	if untouched && len(decisions) > 0 && (c.State == tanggap.Triage || c.State == tanggap.Received) {
		if err := d.supersede(ctx, tx, c); err != nil {
			return err
		}
	} else {
		decisions = protecting(c, decisions)
	}
	apply(p, c, decisions)
	if err := addDecisions(ctx, tx, c, decisions); err != nil {
		return err
	}
	if untouched && c.Service != "" && (c.Service != before.Service || c.Area != before.Area) && c.State.CanBecome(tanggap.Assigned) {
		if err := d.queue(ctx, tx, p, c); err != nil {
			return err
		}
	}
	danger := c.Urgency == tanggap.Emergency && before.Urgency != tanggap.Emergency
	if danger {
		c.HumanAt = noTime // whoever has the case must say that he has seen this
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
	if !w.Silent {
		answered(c, m, now)
	}
	opt := notify.Options{First: true}
	l, err := lang(ctx, tx, c)
	if err != nil {
		return err
	}
	next := ""
	if !w.Silent {
		if next, err = question(ctx, tx, p, c, decisions, w.Photo); err != nil {
			return err
		}
		next = ask(p, c, l, next, decisions, now, &opt)
	}
	plan(p, c, deadlines, now)
	event, err := d.event(ctx, tx, c, Citizen(c.CitizenID), Heard, map[string]any{"kind": m.Kind, "state": c.State, "service": c.Service, "unit": c.Unit,
		"area": c.Area, "urgency": c.Urgency, "secret": c.Secret})
	if err != nil {
		return err
	}
	moved := c.Service != before.Service || c.Unit != before.Unit
	if danger {
		opt.Urgent = true
		if err := d.alarm(ctx, tx, p, c, event); err != nil {
			return err
		}
		if w.Silent {
			return nil
		}
		if !moved {
			return d.say(ctx, tx, p, c, l, event, dangerText(p), opt, next)
		}
		opt.Lead = dangerText(p)
	} else if err := d.Outbox.Unit(ctx, tx, p, c, event); err != nil {
		return err
	}
	switch {
	case w.Silent:
		return nil
	case moved: // another service is another promise, and another unit another address
		return d.say(ctx, tx, p, c, l, event, region.TextAssigned, opt, next)
	case next != "" || !Silent(c) && c.LastInAt.Sub(before.LastInAt) > oneBreath:
		return d.say(ctx, tx, p, c, l, event, region.TextAdded, opt, next)
	}
	return nil // said in one breath with what was answered already, or a person answers
}

// protecting keeps the suggestions that may act on a case which a person has seen
// or which is on its way.
func protecting(c *store.Case, decisions []*store.Decision) []*store.Decision {
	var out []*store.Decision
	for _, x := range decisions {
		auto := x.State == store.DecisionAuto && x.Value != ""
		if x.Kind == KindEmergency && x.Value != "" || x.Kind == KindSensitive && auto || x.Kind == KindArea && auto && c.Area == "" {
			out = append(out, x)
		}
	}
	return out
}

// Apart reports whether words tell of a danger that needs a case of its own: it must
// reach those who answer for it, and not wait in another unit's file or in one that
// is closed. A danger that only the model reads rings where the words are filed; it is
// not sure enough to tear a conversation apart.
func Apart(p *region.Pack, c *store.Case, decisions []*store.Decision) bool {
	i := slices.IndexFunc(decisions, func(x *store.Decision) bool { return x.Kind == KindEmergency && x.Value != "" && x.Model == "" })
	if i < 0 || c.State == tanggap.Triage && c.Urgency != tanggap.Emergency {
		return false
	}
	_, known := p.Service(decisions[i].Value)
	return !c.State.Open() || known && decisions[i].Value != c.Service
}

// saidAt is when words were said; now, where nobody knows.
func saidAt(m *store.Message, now time.Time) time.Time {
	if m == nil || m.SaidAt.IsZero() || m.SaidAt.After(now) {
		return now
	}
	return m.SaidAt
}

// resume ends the only pause of the clock: the citizen answered.
func (d *Desk) resume(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case) error {
	to := tanggap.InProgress
	if c.Service == "" {
		to = tanggap.Triage
	}
	return become(ctx, tx, p, c, to)
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
	if err := become(ctx, tx, p, c, tanggap.Done); err != nil {
		return err
	}
	now := tx.Clock().Now()
	c.ClosedAt, c.NextStep, c.NextStepAt = now, tanggap.StepNone, noTime
	event, err := d.event(ctx, tx, c, actor, StateMoved, map[string]any{"state": c.State})
	if err != nil {
		return err
	}
	return d.closing(ctx, tx, p, c, event, key)
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
	if err := become(ctx, tx, p, c, tanggap.Reopened); err != nil {
		return err
	}
	now := tx.Clock().Now()
	c.Reopens++
	c.Late, c.ExpectedAt = "", noTime // a new promise begins
	c.LastInAt, c.OfficerID = later(c.LastInAt, saidAt(why, now)), ""
	if why != nil && (strings.TrimSpace(why.Body) != "" || why.Kind != string(channel.Text)) {
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

// answerObjection is within how many working days a person answers an objection.
const answerObjection = 3

// Object records that the citizen contests how his case was decided. A person reads it
// in the triage queue, or where the case lies, and owes an answer: it is a task with a
// due day. While one waits, another says nothing new.
func (d *Desk) Object(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, words *store.Message) error {
	tasks, err := tx.CaseTasks(ctx, c.Region, c.ID)
	if err != nil || slices.ContainsFunc(tasks, func(t *store.Task) bool { return t.Kind == store.TaskObjection && t.Open() }) {
		return err
	}
	if err := d.hear(ctx, tx, p, c, words); err != nil {
		return err
	}
	now := tx.Clock().Now()
	due, err := workingDaysAfter(p, now, answerObjection)
	if err != nil {
		return err
	}
	t := &store.Task{Region: c.Region, CaseID: c.ID, CitizenID: c.CitizenID, Kind: store.TaskObjection, Words: strings.TrimSpace(words.Body), DueAt: due}
	if _, err := tx.AddTask(ctx, t); err != nil {
		return err
	}
	c.LastInAt = now
	if c.State.CanBecome(tanggap.Triage) {
		if err := become(ctx, tx, p, c, tanggap.Triage); err != nil {
			return err
		}
		c.Unit, c.OfficerID = p.Identity.Triage, ""
	}
	if err := d.replan(ctx, tx, p, c); err != nil {
		return err
	}
	event, err := d.event(ctx, tx, c, Citizen(c.CitizenID), Objected, map[string]any{"state": c.State, "task": t.ID})
	if err != nil {
		return err
	}
	if err := d.Outbox.Unit(ctx, tx, p, c, event); err != nil {
		return err
	}
	l, err := lang(ctx, tx, c)
	if err != nil {
		return err
	}
	return d.Outbox.Citizen(ctx, tx, p, c, event, region.TextObjected, notify.Options{First: true, Args: map[string]string{"due": notify.When(p, l, due)}})
}
