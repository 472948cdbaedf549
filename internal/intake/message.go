package intake

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tanggap/internal/casework"
	"tanggap/internal/channel"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
	"tanggap/internal/triage"
)

// maxText bounds the bytes of a message that are kept as text; WhatsApp sends at
// most 4,096 characters, the web form 2,000.
const maxText = 32 << 10

// message gives words of a citizen their place. by is nil unless an officer typed
// them.
func (in *Intake) message(ctx context.Context, tx *store.Store, p *region.Pack, row *store.Inbound, m *channel.Message, by *clerk) error {
	m.Text = text.Clean(m.Text, maxText)
	t := &talk{Intake: in, tx: tx, p: p, row: row, m: m, by: by}
	for _, s := range steps() {
		if done, err := s.run(ctx, t); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		} else if done {
			return nil
		}
	}
	return nil
}

// talk is one message on its way through the steps.
type talk struct {
	*Intake
	tx  *store.Store
	p   *region.Pack
	row *store.Inbound
	m   *channel.Message
	who *store.Identity
	by  *clerk // who typed it; nil if the citizen wrote himself

	staff *store.Officer // the officer who surely wrote; nil for everybody else

	lang        string
	suggestions triage.Suggestions
	named       *store.Case // the case that the address names to which a mail was written
	c           *store.Case // the case it belongs to; nil = a new one
	weak        bool        // only a sender's address, which anybody can write, says that it belongs there
	called      bool        // the words call for a person
}

// step is one thing that may be done with a message.
type step struct {
	name string
	run  func(context.Context, *talk) (done bool, err error)
}

// steps run in this order; the first that is done ends the way. It is a function because
// what an officer passes on goes through them once more, as somebody else's words.
func steps() []step {
	return []step{
		{"automatic", automatic},
		{"author", author},
		{"leader", leader},
		{"colleague", colleague},
		{"reaction", reaction},
		{"rewritten", rewritten},
		{"nothing", nothing},
		{"stranger", stranger},
		{"understand", understand},
		{"find case", findCase},
		{"keyword", keyword},
		{"choice", choice},
		{"pick", pick},
		{"rate", rate},
		{"small talk", smallTalk},
		{"abuse", abuse},
		{"follow", follow},
		{"open", open},
	}
}

// author finds who wrote, or makes a new citizen.
func author(ctx context.Context, t *talk) (bool, error) {
	who, err := identify(ctx, t.tx, t.row, t.m)
	if err != nil {
		return false, err
	}
	citizen, err := t.tx.Citizen(ctx, who.Region, who.CitizenID)
	if err != nil {
		return false, err
	}
	t.who, t.lang = who, citizen.Lang
	t.staff, err = t.sender(ctx)
	return false, err
}

// sender is the officer who surely wrote: by the number that an admin gave him, which Meta
// vouches for, or by a mail that our server found to be his. nil for everybody else.
func (t *talk) sender(ctx context.Context) (o *store.Officer, err error) {
	switch {
	case t.by != nil || t.m.Form != nil:
	case t.m.Mail != nil:
		if t.m.Mail.Auth.DMARC != "pass" || t.silent() {
			return nil, nil
		}
		if o, err = t.tx.OfficerByEmail(ctx, strings.ToLower(t.m.From.Email)); tanggap.CodeOf(err) == tanggap.NotFound {
			return nil, nil
		}
	case t.row.Channel == channel.WhatsApp:
		o, err = t.tx.OfficerByPhone(ctx, t.row.Region, t.who.Phone)
	}
	return o, err
}

// ignored ends the way of an item that needs no case.
func (t *talk) ignored(reason string) (bool, error) {
	t.row.Outcome, t.row.Reason = store.OutcomeIgnored, reason
	return true, nil
}

// did ends the way of an item that acted on a case.
func (t *talk) did(c *store.Case) { t.row.Outcome, t.row.CaseID = store.OutcomeMessage, c.ID }

// understand lets the engine read the words. Dangers are found here, before
// anything else is decided about the message.
func understand(ctx context.Context, t *talk) (bool, error) {
	t.suggestions = t.Engine(t.p).Decide(t.input(t.m.Text))
	if area, _ := t.suggestions.Get(triage.Area); area.Value == "" && (t.m.Form == nil || !t.m.Form.Anonymous) {
		before, err := t.tx.EarlierAreas(ctx, t.who.Region, t.who.CitizenID, earlierAreas)
		if err != nil {
			return false, err
		}
		t.suggestions.Hint(before)
	}
	return false, nil
}

// earlierAreas is how many areas of a citizen's earlier cases are remembered.
const earlierAreas = 2

func (t *talk) input(words string) triage.Input {
	i := triage.Input{Text: words}
	if t.m.Place != nil {
		i.Lat, i.Lon = &t.m.Place.Lat, &t.m.Place.Lon
	}
	if f := t.m.Form; f != nil {
		i.Danger, i.Area, i.Service = f.Danger == channel.DangerYes, f.Area, f.Service
	}
	return i
}

// decisions turns suggestions into records. Words that somebody passed on are no
// report of his: whatever the computer reads in them, a person places it. A danger
// still rings.
func (t *talk) decisions(list triage.Suggestions) []*store.Decision {
	out := Decisions(list)
	if !t.m.Forwarded {
		return out
	}
	for _, x := range out {
		if x.State == store.DecisionAuto && x.Kind != casework.KindEmergency && x.Kind != casework.KindSensitive {
			x.State = store.DecisionOpen
			x.Reasons = append(x.Reasons, store.Reason{Rule: "forwarded"})
		}
	}
	return out
}

func findCase(ctx context.Context, t *talk) (bool, error) {
	c, err := t.thread(ctx)
	if err != nil || c == nil {
		return false, err
	}
	if casework.Apart(t.p, c, Decisions(t.suggestions)) {
		return false, nil
	}
	// Lists are read without locks: an officer may be changing the case right now.
	t.c, err = t.tx.Case(ctx, c.Region, c.ID)
	return false, err
}

// file puts the words into the case they belong to, or into a new one.
func (t *talk) file(ctx context.Context) error {
	done, err := follow(ctx, t)
	if err == nil && !done {
		_, err = open(ctx, t)
	}
	return err
}

// answer says something that belongs to no case. A machine is not answered.
func (t *talk) answer(ctx context.Context, key string, args map[string]string, buttons ...channel.Button) error {
	if t.silent() {
		return nil
	}
	return t.Outbox.Answer(ctx, t.tx, t.p, t.who, fmt.Sprintf("inbound:%d", t.row.Seq), key,
		notify.Options{Args: args, First: true, Buttons: buttons})
}

// follow adds the words to the case they belong to.
func follow(ctx context.Context, t *talk) (bool, error) {
	if t.c == nil {
		return false, nil
	}
	// Another body has the matter: words are kept and passed on, and take nothing back.
	waits := t.c.State == tanggap.Answered || t.c.State == tanggap.External
	if !t.c.State.Open() && (!waits || t.c.State == tanggap.Answered && unsolved(t.m.Text)) {
		reopens, err := t.mayReopen(ctx)
		switch {
		case err != nil:
			return false, err
		case reopens:
			m := t.said()
			if err := t.Desk.Reopen(ctx, t.tx, t.p, t.c, m); err != nil {
				return false, err
			}
			return true, t.filed(ctx, t.c, m)
		case !waits:
			return false, nil
		}
	}
	t.place(t.c)
	suggestions := t.suggestions
	if said, err := t.tx.Heard(ctx, t.c.Region, t.c.ID, readAgain); err != nil {
		return false, err
	} else if said >= readAgain && (t.danger() == "" || t.c.Urgency == tanggap.Emergency) {
		return true, t.listen(ctx, nil)
	}
	if t.c.State == tanggap.Triage {
		// Read together with what was said before, the words may now be clear.
		before, err := t.tx.MaskedText(ctx, t.c.Region, t.c.ID)
		if err != nil {
			return false, err
		}
		in := t.input(strings.TrimSpace(before + "\n" + t.m.Text))
		if in.Service == "" {
			if in.Service, err = t.chosen(ctx); err != nil {
				return false, err
			}
		}
		suggestions = t.Engine(t.p).Decide(in)
	}
	return true, t.listen(ctx, suggestions)
}

// readAgain is after how many messages in one case the computer leaves further ones,
// but for dangers, to the officer: who writes thousands must not make each cost more than
// the one before.
const readAgain = 30

// listen adds the words to the open case.
func (t *talk) listen(ctx context.Context, suggestions triage.Suggestions) error {
	m := t.said()
	w := casework.Words{Message: m, Decisions: t.decisions(suggestions), Photo: len(t.m.Media) > 0, Silent: t.silent()}
	if err := t.Desk.Listen(ctx, t.tx, t.p, t.c, w); err != nil {
		return err
	}
	if err := t.remarks(ctx, t.c, false); err != nil {
		return err
	}
	return t.filed(ctx, t.c, m)
}

// reopensPerDay is how often words alone reopen a case in a day; what comes then is
// kept in it, or opens a new one, and no promise starts again.
const reopensPerDay = 3

func (t *talk) mayReopen(ctx context.Context) (bool, error) {
	if t.weak || t.silent() || t.m.Forwarded || !casework.CanReopen(t.p, t.c, t.tx.Clock()) {
		return false, nil
	}
	if t.c.Reopens < reopensPerDay {
		return true, nil
	}
	events, err := t.tx.Events(ctx, t.c.Region, t.c.ID)
	if err != nil {
		return false, err
	}
	n, since := 0, t.tx.Clock().Now().Add(-24*time.Hour)
	for _, e := range slices.Backward(events) {
		if e.Type == casework.StateMoved && e.HappenedAt.After(since) && strings.Contains(e.Payload, `"reopens"`) {
			n++
		}
	}
	return n < reopensPerDay, nil
}

// chosen is the service that the citizen picked for the case himself, "" if none.
func (t *talk) chosen(ctx context.Context) (string, error) {
	list, err := t.tx.Decisions(ctx, t.c.Region, t.c.ID)
	if err != nil {
		return "", err
	}
	for _, x := range slices.Backward(list) {
		if x.Kind == casework.KindService && slices.ContainsFunc(x.Reasons, func(r store.Reason) bool { return r.Rule == triage.RuleChosen }) {
			return x.Value, nil
		}
	}
	return "", nil
}

// open opens a case for everything else that says something.
func open(ctx context.Context, t *talk) (bool, error) {
	if t.c == nil && t.m.Form == nil {
		if done, err := t.flood(ctx); done || err != nil {
			return done, err
		}
	}
	m := t.said()
	n := casework.New{
		CitizenID: t.who.CitizenID, IdentityID: t.who.ID, Channel: t.row.Channel, OpenedAt: t.row.ReceivedAt,
		Message: m, Decisions: t.decisions(t.suggestions), Photo: len(t.m.Media) > 0,
		Forwarded: t.m.Forwarded, Called: t.called, Silent: t.silent(),
	}
	if t.c != nil {
		n.Follows = t.c.ID
	}
	if f := t.m.Form; f != nil {
		n.Anonymous = f.Anonymous
		n.Follows = f.Follows
	}
	if t.by != nil {
		n.Officer, n.Way, n.Consent = t.by.officer, t.by.way, t.by.consent
	}
	same, err := t.same(ctx, m.Masked)
	if err != nil {
		return false, err
	}
	n.Decisions = append(n.Decisions, same...)
	placed := &store.Case{}
	t.place(placed)
	n.Place = placed.Place
	c, err := t.Desk.Open(ctx, t.tx, t.p, n)
	if err != nil {
		return false, err
	}
	t.c = c
	if err := t.remarks(ctx, c, true); err != nil {
		return false, err
	}
	return true, t.filed(ctx, c, m)
}

// casesPerHour is how many cases one citizen can open in an hour by just writing.
const casesPerHour = 10

// flood gives what one citizen writes beyond the budget to the newest of his cases,
// where an officer reads it: nothing is dropped, and no unit is swamped. Dangers are
// never held up.
func (t *talk) flood(ctx context.Context) (bool, error) {
	if t.danger() != "" {
		return false, nil
	}
	cases, err := t.tx.CitizenCases(ctx, t.row.Region, t.who.CitizenID, casesPerHour)
	if err != nil || len(cases) < casesPerHour || t.row.ReceivedAt.Sub(cases[casesPerHour-1].OpenedAt) >= time.Hour {
		return false, err
	}
	last := newest(cases, func(c *store.Case) bool { return c.State.Open() })
	if last == nil {
		return false, nil
	}
	if t.c, err = t.tx.Case(ctx, last.Region, last.ID); err != nil {
		return false, err
	}
	m := t.said()
	if err := t.Desk.Listen(ctx, t.tx, t.p, t.c, casework.Words{Message: m, Silent: true}); err != nil {
		return false, err
	}
	if t.silent() {
		return true, t.filed(ctx, t.c, m)
	}
	// One event, so he is told once.
	err = t.Outbox.Answer(ctx, t.tx, t.p, t.who, "flood:"+t.c.ID, region.TextTooMany, notify.Options{First: true})
	if err != nil {
		return false, err
	}
	return true, t.filed(ctx, t.c, m)
}

// said is the message as the case keeps it.
func (t *talk) said() *store.Message {
	body := t.m.Text
	masked := text.Mask(body)
	if body == "" && t.m.Place != nil {
		// Where somebody stands is personal; only the sealed copy says it.
		masked = "[lokasi]"
		body = strings.TrimSpace(fmt.Sprintf("%s %s (%.5f, %.5f)", t.m.Place.Name, t.m.Place.Address, t.m.Place.Lat, t.m.Place.Lon))
	}
	return &store.Message{IdentityID: t.who.ID, Channel: t.row.Channel, Kind: string(t.m.Kind), Body: body, Masked: masked,
		External: t.m.ID, InboundSeq: t.row.Seq, SaidAt: said(t.row, t.m)}
}

// place writes a shared position or a described place into the case.
func (t *talk) place(c *store.Case) {
	if f := t.m.Form; f != nil && f.Place != "" {
		c.Place = f.Place
	}
	if l := t.m.Place; l != nil {
		c.Place = strings.TrimSpace(strings.Join([]string{c.Place, l.Name, l.Address, fmt.Sprintf("(%.5f, %.5f)", l.Lat, l.Lon)}, " "))
	}
}

// filed records the outcome and sees to the files that came along.
func (t *talk) filed(ctx context.Context, c *store.Case, m *store.Message) error {
	t.row.Outcome, t.row.CaseID, t.row.MessageID = store.OutcomeMessage, c.ID, m.ID
	return t.attach(ctx, c, m)
}
