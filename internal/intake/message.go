package intake

import (
	"context"
	"fmt"
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

// message gives words of a citizen their place.
func (in *Intake) message(ctx context.Context, tx *store.Store, p *region.Pack, row *store.Inbound, m *channel.Message) error {
	if !m.At.IsZero() && row.ReceivedAt.Sub(m.At) > oldest {
		row.State, row.Reason = store.InboundQuarantined, "dikirim lebih dari delapan hari sebelum diterima"
		return nil
	}
	m.Text = text.Clean(m.Text, maxText)
	who, err := identify(ctx, tx, row, m)
	if err != nil {
		return err
	}
	citizen, err := tx.Citizen(ctx, who.Region, who.CitizenID)
	if err != nil {
		return err
	}
	talk := &talk{Intake: in, tx: tx, p: p, row: row, m: m, who: who, lang: citizen.Lang}
	for _, step := range steps {
		done, err := step(ctx, talk)
		if done || err != nil {
			return err
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

	lang        string
	suggestions triage.Suggestions
	c           *store.Case // the case it belongs to; nil = a new one
}

// steps run in this order; the first that is done ends the way.
var steps = []func(context.Context, *talk) (done bool, err error){
	reaction,
	nothing,
	understand,
	findCase,
	keyword,
	choice,
	smallTalk,
	follow,
	open,
}

// ignored ends the way of an item that needs no case.
func (t *talk) ignored(reason string) (bool, error) {
	t.row.Outcome, t.row.Reason = store.OutcomeIgnored, reason
	return true, nil
}

// reaction takes a thumbs-up under an answer as "solved"; other reactions say
// nothing that an officer must read.
func reaction(ctx context.Context, t *talk) (bool, error) {
	if t.m.Kind != channel.Reaction {
		return false, nil
	}
	c, said, err := cited(ctx, t.tx, t.who, t.m)
	if err != nil {
		return false, err
	}
	// A thumb under the receipt, seen late, is no consent to the answer.
	if c == nil || c.State != tanggap.Answered || said.Direction != store.Out || said.CreatedAt.Before(c.AnsweredAt) ||
		!strings.ContainsAny(t.m.Emoji, "👍🙏❤") {
		return t.ignored("reaksi")
	}
	t.row.Outcome, t.row.CaseID = store.OutcomeMessage, c.ID
	return true, t.Desk.Confirm(ctx, t.tx, t.p, c)
}

// nothing answers what cannot be read and keeps the channel alive.
func nothing(ctx context.Context, t *talk) (bool, error) {
	if t.m.Kind == channel.Unsupported || t.m.Kind == channel.Sticker || t.m.Kind == channel.Contacts {
		if err := t.answer(ctx, region.TextUnsupported, nil); err != nil {
			return false, err
		}
		return t.ignored(clear("jenis pesan belum didukung: " + t.m.Original))
	}
	if !wordy(t.m.Text) && len(t.m.Media) == 0 && t.m.Place == nil && t.m.Kind != channel.Choice {
		return t.ignored("tanpa kata")
	}
	return false, nil
}

// understand lets the engine read the words. Dangers are found here, before
// anything else is decided about the message.
func understand(_ context.Context, t *talk) (bool, error) {
	t.suggestions = t.Engine(t.p).Decide(t.input(t.m.Text))
	return false, nil
}

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

// keyword obeys the two words that always work: a person is called, or we are to be
// silent.
func keyword(ctx context.Context, t *talk) (bool, error) {
	switch {
	case t.m.Form != nil || len(t.m.Media) > 0:
	case is(t.m.Text, stopWords):
		if err := t.answer(ctx, region.TextStopped, nil); err != nil {
			return false, err
		}
		t.who.StoppedAt = t.tx.Clock().Now()
		if err := t.tx.HeardFrom(ctx, t.who); err != nil {
			return false, err
		}
		return t.ignored("warga minta berhenti dikirimi kabar")
	case is(t.m.Text, personWords):
		c, err := t.file(ctx)
		if err != nil {
			return false, err
		}
		args := t.Outbox.Args(t.p, c, t.lang)
		if at, err := t.p.CalendarFor(c.Unit).NextOpening(t.tx.Clock().Now()); err == nil {
			args["opens"] = notify.When(t.p, t.lang, at)
		}
		return true, t.answer(ctx, region.TextOfficerCalled, args)
	}
	return false, nil
}

// file puts the words into the case they belong to, or into a new one.
func (t *talk) file(ctx context.Context) (*store.Case, error) {
	done, err := follow(ctx, t)
	if err == nil && !done {
		_, err = open(ctx, t)
	}
	return t.c, err
}

// choice acts on a tapped button.
func choice(ctx context.Context, t *talk) (bool, error) {
	if t.m.Kind != channel.Choice {
		return false, nil
	}
	if t.c == nil {
		return t.ignored("pilihan tanpa laporan")
	}
	switch t.m.ChoiceID {
	case casework.ChoiceSolved:
		t.row.Outcome, t.row.CaseID = store.OutcomeMessage, t.c.ID
		if !t.c.State.CanBecome(tanggap.Done) {
			return true, nil
		}
		return true, t.Desk.Confirm(ctx, t.tx, t.p, t.c)
	case casework.ChoiceUnsolved:
		if !casework.CanReopen(t.p, t.c, t.tx.Clock()) {
			return false, nil
		}
		t.row.Outcome, t.row.CaseID = store.OutcomeMessage, t.c.ID
		return true, t.Desk.Reopen(ctx, t.tx, t.p, t.c, t.said())
	case casework.ChoiceUnsure:
		t.row.CaseID = t.c.ID
		return t.ignored("warga belum tahu")
	}
	return false, nil
}

// smallTalk answers a greeting, thanks or a question about progress without opening
// a case. In an emergency there is no small talk.
func smallTalk(ctx context.Context, t *talk) (bool, error) {
	if t.m.Form != nil || len(t.m.Media) > 0 || t.m.Place != nil || t.c != nil && t.c.State == tanggap.WaitingCitizen {
		return false, nil
	}
	if _, danger := t.suggestions.Get(triage.Emergency); danger {
		return false, nil
	}
	s, _ := t.suggestions.Get(triage.Service)
	short := words(t.m.Text) <= smallText
	switch {
	case t.m.Kind == channel.Choice || t.c != nil && !t.c.State.Open() && unsolved(t.m.Text):
	case s.Value == region.Greeting && short:
		return t.reply(ctx, region.TextGreeting, "salam")
	case s.Value == region.Thanks && short:
		return t.reply(ctx, region.TextThanks, "terima kasih")
	case s.Value == region.StatusQuestion:
		return t.progress(ctx, short)
	}
	return false, nil
}

func (t *talk) reply(ctx context.Context, key, reason string) (bool, error) {
	if t.c != nil && !t.c.HumanAt.IsZero() {
		return false, nil // a person is in the conversation: the words go to him
	}
	if err := t.answer(ctx, key, nil); err != nil {
		return false, err
	}
	return t.ignored(reason)
}

// progress answers "how far is it" from the case that is meant, or the newest one. A
// long question of somebody without a case may well be a report.
func (t *talk) progress(ctx context.Context, short bool) (bool, error) {
	c := t.c
	if c == nil {
		cases, err := t.tx.CitizenCases(ctx, t.row.Region, t.who.CitizenID, recentCases)
		if err != nil {
			return false, err
		}
		c = newest(cases, func(c *store.Case) bool { return c.State != tanggap.Merged })
	}
	switch {
	case c == nil && short:
		return t.reply(ctx, region.TextStatusNone, "tanya status")
	case c == nil:
		return false, nil
	}
	t.row.CaseID = c.ID
	args := t.Outbox.Args(t.p, c, t.lang)
	if err := t.answer(ctx, region.TextStatus, args); err != nil {
		return false, err
	}
	return t.ignored("tanya status")
}

// answer says something that belongs to no case.
func (t *talk) answer(ctx context.Context, key string, args map[string]string) error {
	return t.Outbox.Answer(ctx, t.tx, t.p, t.who, fmt.Sprintf("inbound:%d", t.row.Seq), key, notify.Options{Args: args, First: true})
}

// follow adds the words to the case they belong to.
func follow(ctx context.Context, t *talk) (bool, error) {
	if t.c == nil {
		return false, nil
	}
	waits := t.c.State == tanggap.Answered || t.c.State == tanggap.External
	if !t.c.State.Open() && (!waits || unsolved(t.m.Text)) && casework.CanReopen(t.p, t.c, t.tx.Clock()) {
		m := t.said()
		if err := t.Desk.Reopen(ctx, t.tx, t.p, t.c, m); err != nil {
			return false, err
		}
		return true, t.filed(ctx, t.c, m)
	}
	if !t.c.State.Open() && !waits {
		return false, nil
	}
	t.place(t.c)
	suggestions := t.suggestions
	if t.c.State == tanggap.Triage {
		// Read together with what was said before, the words may now be clear.
		before, err := t.tx.MaskedText(ctx, t.c.Region, t.c.ID)
		if err != nil {
			return false, err
		}
		suggestions = t.Engine(t.p).Decide(t.input(strings.TrimSpace(before + "\n" + t.m.Text)))
	}
	m := t.said()
	if err := t.Desk.Hear(ctx, t.tx, t.p, t.c, m, Decisions(suggestions)); err != nil {
		return false, err
	}
	return true, t.filed(ctx, t.c, m)
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
		Message: m, Decisions: Decisions(t.suggestions),
	}
	if t.c != nil {
		n.Follows = t.c.ID
	}
	if f := t.m.Form; f != nil {
		n.Anonymous = f.Anonymous
		n.Follows = f.Follows
	}
	placed := &store.Case{}
	t.place(placed)
	n.Place = placed.Place
	c, err := t.Desk.Open(ctx, t.tx, t.p, n)
	if err != nil {
		return false, err
	}
	t.c = c
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
	if err := t.Desk.Hear(ctx, t.tx, t.p, t.c, m, nil); err != nil {
		return false, err
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
