package intake

import (
	"context"

	"tanggap/internal/casework"
	"tanggap/internal/channel"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/triage"
)

// smallTalk answers a greeting, thanks or a question about progress without opening
// a case. What is talk with less than the certainty that routes a case is kept as words
// of one. In an emergency there is no small talk.
func smallTalk(ctx context.Context, t *talk) (bool, error) {
	if !t.chat() {
		return false, nil
	}
	s, _ := t.suggestions.Get(triage.Service)
	short := words(t.m.Text) <= smallText
	switch {
	case s.Confidence < t.p.Identity.Thresholds.Auto || t.m.Kind == channel.Choice || t.c != nil && !t.c.State.Open() && unsolved(t.m.Text):
	case !t.answerable() && (s.Value != region.Thanks || !short):
		// Nobody may be answered but with the receipt of a case: so it becomes one.
	case s.Value == region.Greeting && short:
		return t.reply(ctx, region.TextGreeting, "salam", nil, t.menu(t.lang)...)
	case s.Value == region.Thanks && short:
		return t.reply(ctx, region.TextThanks, "terima kasih", nil)
	case s.Value == region.StatusQuestion:
		return t.progress(ctx, short)
	}
	return false, nil
}

// answerable reports whether an answer without a case may go to the sender: not to
// an address that somebody only claims to write from.
func (t *talk) answerable() bool { return !t.who.VerifiedAt.IsZero() && !t.silent() }

// chat reports whether the message can be nothing but talk: words alone, no danger,
// and no officer who waits for them.
func (t *talk) chat() bool {
	_, danger := t.suggestions.Get(triage.Emergency)
	return t.m.Form == nil && len(t.m.Media) == 0 && t.m.Place == nil && !t.m.Forwarded && !danger &&
		(t.c == nil || t.c.State != tanggap.WaitingCitizen)
}

func (t *talk) reply(ctx context.Context, key, reason string, args map[string]string, buttons ...channel.Button) (bool, error) {
	if t.c != nil && casework.Silent(t.c) {
		return false, nil // a person is in the conversation: the words go to him
	}
	if err := t.answer(ctx, key, args, buttons...); err != nil {
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
		return t.reply(ctx, region.TextStatusNone, "tanya status", nil)
	case c == nil:
		return false, nil
	}
	return t.tell(ctx, c, t.Outbox.Args(t.p, c, t.lang))
}

// abuse answers mere abuse politely, once a day, and never argues. With a case at
// hand the words go there, where the officer reads them.
func abuse(ctx context.Context, t *talk) (bool, error) {
	s, _ := t.suggestions.Get(triage.Service)
	if t.c != nil || !t.answerable() || !t.chat() || t.m.Kind != channel.Text || s.Automatic || words(t.m.Text) > smallText || !abusive(t.m.Text) {
		return false, nil
	}
	day := t.tx.Clock().Now().In(t.p.Location()).Format("2006-01-02")
	err := t.Outbox.Answer(ctx, t.tx, t.p, t.who, "polite:"+t.who.ID+":"+day, region.TextPolite, notify.Options{First: true})
	if err != nil {
		return false, err
	}
	return t.ignored("kata kasar tanpa laporan")
}
