package casework

import (
	"context"
	"maps"
	"slices"
	"strings"
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
	Officer    string // id of who typed it for the citizen, "" if he wrote himself
	Way        string // how the citizen reached that officer, e.g. "phone"
	Consent    bool   // he agreed that name and contact are kept
	Photo      bool   // a file came with the words
	Forwarded  bool   // the words were passed on, not written by him
	Called     bool   // he asks for a person
	Silent     bool   // nothing is answered: a machine may have written it
}

// Kinds of decisions.
const (
	KindService   = "service"
	KindUnit      = "unit"
	KindUrgency   = "urgency"
	KindArea      = "area"
	KindEmergency = "emergency"
	KindSensitive = "sensitive"

	// What else the words say; only there when they say it.
	KindMatter     = "kind"       // a complaint about what is usually a service, ...
	KindMood       = "mood"       // anger; for officers only
	KindVulnerable = "vulnerable" // who is touched that can help himself less
	KindLanguage   = "language"
	KindSplit      = "split" // several asks in one message
	KindDraft      = "draft" // a reply that was offered; accepted where it was sent as it stood
	KindSame       = "same"  // another case that may report the same matter, by its id
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
	if n.Called {
		remember(c, called)
	}
	l, err := lang(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	opt := notify.Options{First: true}
	asking := ""
	if !n.Silent && !n.Forwarded {
		if asking, err = question(ctx, tx, p, c, n.Decisions, n.Photo); err != nil {
			return nil, err
		}
		asking = ask(p, c, l, asking, n.Decisions, tx.Clock().Now(), &opt)
	}
	plan(p, c, deadlines, tx.Clock().Now())
	if err := d.hear(ctx, tx, p, c, n.Message); err != nil {
		return nil, err
	}
	c.Summary = Summarise(n.Message.Masked)
	if err := addDecisions(ctx, tx, c, n.Decisions); err != nil {
		return nil, err
	}
	actor, payload := Citizen(c.CitizenID), map[string]any{
		"channel": c.Channel, "service": c.Service, "unit": c.Unit, "area": c.Area, "urgency": c.Urgency,
		"state": c.State, "rule": c.Rule, "pack": c.Pack, "secret": c.Secret, "anonymous": c.Anonymous, "follows": c.Follows,
	}
	if n.Officer != "" {
		actor, payload["way"], payload["consent"] = Officer(n.Officer), n.Way, n.Consent
	}
	if n.Forwarded {
		payload["forwarded"] = true
	}
	event, err := d.event(ctx, tx, c, actor, Opened, payload)
	if err != nil {
		return nil, err
	}
	return c, d.announce(ctx, tx, p, c, n, event, l, asking, opt)
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
		case KindVulnerable:
			c.Vulnerable = x.Value
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
// citizen whom to call in danger, number, due date, link and what is asked of him, in
// one message.
func (d *Desk) announce(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, n New, event, lang, asking string, opt notify.Options) error {
	if c.Urgency == tanggap.Emergency {
		opt.Urgent, opt.Lead = true, dangerText(p)
		if err := d.alarm(ctx, tx, p, c, event); err != nil {
			return err
		}
	} else if err := d.Outbox.Unit(ctx, tx, p, c, event); err != nil {
		return err
	}
	s, _ := p.Service(c.Service)
	if s.External {
		if err := d.suggestExternal(ctx, tx, p, c); err != nil {
			return err
		}
	}
	if n.Silent {
		return nil
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
	args := d.args(tx, p, c, lang)
	var more []string
	if s.External {
		more = append(more, p.Text(lang, region.TextNotOurs, args))
	}
	if n.Message.Kind == string(channel.Audio) && n.Message.Body == "" {
		more = append(more, p.Text(lang, region.TextVoice, args))
	}
	switch closed := !p.CalendarFor(c.Unit).Within(tx.Clock().Now()); {
	case n.Called:
		more = append(more, p.Text(lang, region.TextOfficerCalled, args))
	case closed && c.Urgency != tanggap.Emergency:
		more = append(more, p.Text(lang, region.TextOutOfHours, args))
	}
	return d.say(ctx, tx, p, c, lang, event, key, opt, append(more, asking)...)
}

// suggestExternal tells officers where the matter belongs; handing it over is theirs.
func (d *Desk) suggestExternal(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case) error {
	to := c.Unit
	if u, ok := p.Unit(c.Unit); ok {
		to = u.Name
	}
	_, err := d.Remark(ctx, tx, c, ByComputer, "Saran komputer: di luar wewenang daerah. Teruskan ke instansi lain: "+to+".")
	return err
}

// say owes the citizen a notice with more words behind it, in the same message.
func (d *Desk) say(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, lang, event, key string, opt notify.Options, more ...string) error {
	more = slices.DeleteFunc(more, func(s string) bool { return s == "" })
	if len(more) > 0 {
		args := d.args(tx, p, c, lang)
		maps.Copy(args, opt.Args)
		opt.Text = p.Text(lang, key, args) + "\n\n" + strings.Join(more, "\n\n")
	}
	return d.Outbox.Citizen(ctx, tx, p, c, event, key, opt)
}

// args are what texts can say about a case, with when its unit reads again.
func (d *Desk) args(tx *store.Store, p *region.Pack, c *store.Case, lang string) map[string]string {
	args := d.Outbox.Args(p, c, lang)
	now := tx.Clock().Now()
	if t, err := p.CalendarFor(c.Unit).NextOpening(now); err == nil {
		args["opens"] = notify.When(p, lang, t)
		if t.Equal(now) {
			args["opens"] = openNow[lang == "en"]
		}
	}
	return args
}

// openNow stands for the next opening while the office is open.
var openNow = map[bool]string{false: "pada jam kerja hari ini", true: "during today's office hours"}

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
