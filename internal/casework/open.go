package casework

import (
	"context"
	"time"

	"tanggap/internal/channel"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
)

// New is what a case is opened from.
type New struct {
	CitizenID  string
	IdentityID string
	Lang       string
	Channel    string
	OpenedAt   time.Time
	Place      string
	Anonymous  bool
	Message    *store.Message // the citizen's first words; not stored yet
	Decisions  []*store.Decision
	Follows    string // case that this one continues
}

// Kinds of decisions.
const (
	KindService   = "service"
	KindUnit      = "unit"
	KindUrgency   = "urgency"
	KindArea      = "area"
	KindEmergency = "emergency"
	KindSensitive = "sensitive"
)

// Open opens a case: it gets a number, a promise and a place in a queue, and the
// citizen is owed the acknowledgement.
func (d *Desk) Open(ctx context.Context, tx *store.Store, p *region.Pack, n New) (*store.Case, error) {
	c := &store.Case{
		Region: p.Identity.Code, State: tanggap.Received, Unit: p.Identity.Triage, Urgency: tanggap.Normal, Anonymous: n.Anonymous,
		Channel: n.Channel, CitizenID: n.CitizenID, IdentityID: n.IdentityID, OpenedAt: n.OpenedAt, Place: n.Place,
		Follows: n.Follows, Pack: p.Version, LastInAt: saidAt(n.Message, n.OpenedAt),
	}
	apply(p, c, n.Decisions)
	if err := d.queue(ctx, tx, p, c); err != nil {
		return nil, err
	}
	if err := tx.AddCase(ctx, c, p.Identity.Prefix, p.Location()); err != nil {
		return nil, err
	}
	deadlines, err := promise(ctx, tx, p, c)
	if err != nil {
		return nil, err
	}
	plan(p, c, deadlines, tx.Clock().Now())
	if err := d.hear(ctx, tx, p, c, n.Message); err != nil {
		return nil, err
	}
	c.Summary = summarise(n.Message.Masked)
	if err := addDecisions(ctx, tx, c, n.Decisions); err != nil {
		return nil, err
	}
	event, err := d.event(ctx, tx, c, Citizen(c.CitizenID), Opened, map[string]any{
		"channel": c.Channel, "service": c.Service, "unit": c.Unit, "area": c.Area, "urgency": c.Urgency,
		"state": c.State, "rule": c.Rule, "pack": c.Pack, "secret": c.Secret, "anonymous": c.Anonymous, "follows": c.Follows,
	})
	if err != nil {
		return nil, err
	}
	return c, d.announce(ctx, tx, p, c, n, event)
}

// apply puts the values of automatic decisions into the case. Urgency and secrecy
// are only ever raised here.
func apply(p *region.Pack, c *store.Case, decisions []*store.Decision) {
	for _, x := range decisions {
		if x.Kind == KindEmergency && x.Value != "" {
			c.Urgency = tanggap.Emergency
		}
		if x.State != store.DecisionAuto {
			continue
		}
		switch x.Kind {
		case KindService:
			if s, ok := p.Service(x.Value); !ok || s.Technical {
				x.State = store.DecisionOpen // a greeting is no matter: a person reads it
				continue
			}
			c.Service = x.Value
		case KindArea:
			c.Area = x.Value
		case KindSensitive:
			c.Secret = true
		case KindUrgency:
			if u := urgency(x.Value); u > c.Urgency {
				c.Urgency = u
			}
		}
	}
	if s, ok := p.Service(c.Service); ok && s.Secret {
		c.Secret = true
	}
}

func urgency(value string) tanggap.Urgency {
	switch value {
	case "3":
		return tanggap.Emergency
	case "2":
		return tanggap.High
	}
	return tanggap.Normal
}

// queue sends a case to the unit that answers for its service, or to triage while
// the service is not settled.
func (d *Desk) queue(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case) error {
	to := tanggap.Assigned
	if c.Service == "" {
		c.Unit, to = p.Identity.Triage, tanggap.Triage
	} else {
		c.Unit, _, _ = p.Route(c.Service, c.Area)
	}
	if c.State == to {
		return nil
	}
	return become(ctx, tx, p, c, to)
}

// announce owes the notices of a new case: to whoever has to work on it, and to the
// citizen whom to call in danger, number, due date and link, in one message.
func (d *Desk) announce(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, n New, event string) error {
	opt := notify.Options{First: true}
	if c.Urgency == tanggap.Emergency {
		opt.Urgent, opt.Lead = true, dangerText(p)
		if err := d.alarm(ctx, tx, p, c, event); err != nil {
			return err
		}
	} else if err := d.Outbox.Unit(ctx, tx, p, c, event); err != nil {
		return err
	}
	key := region.TextReceived
	switch {
	case c.Secret:
		key = region.TextReceivedSecret
	case c.Follows != "":
		key = region.TextReceivedLinked
	case c.State == tanggap.Triage:
		key = region.TextReceivedTriage
	}
	if c.Follows != "" {
		previous, err := tx.Case(ctx, c.Region, c.Follows)
		if err != nil {
			return err
		}
		opt.Args = map[string]string{"previous": previous.Number}
	}
	if c.Area == "" && c.Place == "" && c.Urgency != tanggap.Normal && n.Channel == channel.WhatsApp {
		opt.RequestLocation = true
	}
	return d.Outbox.Citizen(ctx, tx, p, c, event, key, opt)
}

// dangerText tells whom to call, as far as a number is confirmed.
func dangerText(p *region.Pack) string {
	if p.EmergencyNumbers() == "" {
		return region.TextEmergencyNoNumber
	}
	return region.TextEmergency
}

// alarm tells the officer on duty that it burns; with nobody on duty, at least the
// unit hears of it.
func (d *Desk) alarm(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, event string) error {
	told, err := d.Outbox.OnDuty(ctx, tx, p, c, event)
	if err != nil || told {
		return err
	}
	return d.Outbox.Unit(ctx, tx, p, c, event)
}

func addDecisions(ctx context.Context, tx *store.Store, c *store.Case, decisions []*store.Decision) error {
	for _, x := range decisions {
		x.Region, x.CaseID, x.CitizenID, x.Pack = c.Region, c.ID, c.CitizenID, c.Pack
		if x.State == store.DecisionAuto {
			x.FinalValue, x.DecidedAt = x.Value, tx.Clock().Now()
		}
		if err := tx.AddDecision(ctx, x); err != nil {
			return err
		}
	}
	return nil
}

// hear stores words of the citizen and keeps the search index up to date.
func (d *Desk) hear(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, m *store.Message) error {
	m.Region, m.CaseID, m.CitizenID, m.Direction, m.Author = c.Region, c.ID, c.CitizenID, store.In, "citizen"
	if c.Secret {
		m.Masked = ""
	} else {
		citizen, err := tx.Citizen(ctx, c.Region, c.CitizenID)
		if err != nil {
			return err
		}
		m.Masked = text.HideName(m.Masked, citizen.Name)
	}
	if err := tx.AddMessage(ctx, m); err != nil {
		return err
	}
	return reindex(ctx, tx, p, c)
}
