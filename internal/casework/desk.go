// Package casework changes cases. Every function is one step inside a caller's
// transaction: it asks the state table, writes the case, its deadlines and the
// event, and puts the notices that are owed into the outbox. It does not ask who
// may do it; access.Can has answered that before.
package casework

import (
	"context"
	"strings"
	"time"

	"tanggap/internal/channel"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// System is the actor of what the program does by itself.
const System = "system"

// Officer names an officer as the actor of an event.
func Officer(id string) string { return "officer:" + id }

// Citizen names a citizen as the actor of an event.
func Citizen(id string) string { return "citizen:" + id }

// Types of events. Their payloads hold codes and ids only.
const (
	Opened     = "case.opened"
	Suggested  = "case.suggested"
	Assigned   = "case.assigned"
	StateMoved = "case.state"
	Flagged    = "case.flags"
	Promised   = "case.due"
	Alarmed    = "case.alarm"
	Acked      = "case.acked"
	Escalated  = "case.escalated"
	MergedInto = "case.merged"
	Decided    = "decision.made"
	Heard      = "message.in"
	Said       = "message.out"
	Noted      = "message.note"
	Undone     = "decision.undone"
	Objected   = "decision.objected"
	Delayed    = "case.delayed" // the citizen was told why it runs late
	Revealed   = "citizen.revealed"
	Called     = "case.called" // the citizen asked for a person
	Joined     = "case.joined" // reports the same event as another
	Parted     = "case.parted"
	SplitUp    = "case.split"     // further asks became cases of their own
	Withdrawn  = "case.withdrawn" // the citizen wants the report back
)

// Choices a citizen can tap under an answer.
const (
	ChoiceSolved   = "solved"
	ChoiceUnsolved = "unsolved"
	ChoiceUnsure   = "unsure"
)

// Desk is where cases are worked on.
type Desk struct {
	Packs  *region.Registry
	Outbox *notify.Outbox
	Hold   time.Duration // how long notices of officers' steps wait, so that the step can be taken back; 0 = not at all
}

// event moves the case's version on, writes it and appends the event.
func (d *Desk) event(ctx context.Context, tx *store.Store, c *store.Case, actor, kind string, payload map[string]any) (string, error) {
	if err := order(ctx, tx, c); err != nil {
		return "", err
	}
	if err := tx.SetCase(ctx, c); err != nil {
		return "", err
	}
	return tx.AddEvent(ctx, c, actor, kind, payload)
}

// move changes the state if the table allows it.
func move(c *store.Case, to tanggap.State) error {
	if !c.State.CanBecome(to) {
		return tanggap.Errorf(tanggap.Conflict, "laporan %s berstatus %s dan tidak bisa langsung menjadi %s", c.Number, c.State, to)
	}
	c.State = to
	return nil
}

// become changes the state and keeps the clock true to it: what leaves the only
// pause gets the lost time back, what ends has met its deadlines, and what is taken
// up again without a new promise is held to the old one.
func become(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, to tanggap.State) error {
	from, now := c.State, tx.Clock().Now()
	if err := move(c, to); err != nil {
		return err
	}
	if !c.PausedAt.IsZero() {
		if err := unpause(ctx, tx, p, c); err != nil {
			return err
		}
	}
	switch {
	case to.Paused():
		c.PausedAt = now
	case from.Open() && !to.Open():
		return meet(ctx, tx, c, now)
	}
	if to.Open() && !from.Open() {
		c.AnsweredAt, c.ClosedAt = noTime, noTime
		if to != tanggap.Reopened {
			return unmeet(ctx, tx, c)
		}
	}
	return nil
}

// lang is the language in which the case's citizen is answered.
func lang(ctx context.Context, tx *store.Store, c *store.Case) (string, error) {
	citizen, err := tx.Citizen(ctx, c.Region, c.CitizenID)
	if err != nil {
		return "", err
	}
	return citizen.Lang, nil
}

// reindex gives the search index the masked words of a case; a secret case has none,
// nor a summary. It comes before the case is written.
func reindex(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case) error {
	if c.Secret {
		c.Summary = ""
		if err := tx.HideMasked(ctx, c.Region, c.ID); err != nil {
			return err
		}
		return tx.UnindexCase(ctx, c.Region, c.ID)
	}
	masked, err := tx.MaskedText(ctx, c.Region, c.ID)
	if err != nil {
		return err
	}
	words := []string{c.Number, masked}
	if s, ok := p.Service(c.Service); ok {
		words = append(words, s.Name)
	}
	if a, ok := p.Area(c.Area); ok {
		words = append(words, a.Name)
	}
	return tx.IndexCase(ctx, c.Region, c.ID, strings.Join(words, "\n"))
}

// Summarise cuts masked text to a line for lists.
func Summarise(masked string) string {
	line := []rune(strings.Join(strings.Fields(masked), " "))
	if len(line) > 120 {
		return strings.TrimSpace(string(line[:117])) + "…"
	}
	return string(line)
}

func answerButtons(p *region.Pack, lang string) []channel.Button {
	return []channel.Button{
		{ID: ChoiceSolved, Title: p.Text(lang, region.ButtonSolved, nil)},
		{ID: ChoiceUnsolved, Title: p.Text(lang, region.ButtonUnsolved, nil)},
		{ID: ChoiceUnsure, Title: p.Text(lang, region.ButtonUnsure, nil)},
	}
}

// human notes that a person has the case in hand, which silences the bot and ends that
// the case is put off.
func human(c *store.Case, now time.Time) {
	if c.HumanAt.IsZero() {
		c.HumanAt = now
	}
	c.Asking, c.WakesAt = "", noTime
}
