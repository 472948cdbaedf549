package intake

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"tanggap/internal/casework"
	"tanggap/internal/channel"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/triage"
)

// scoreWords are what people type instead of tapping a score.
var scoreWords = map[string]int{"1": 1, "2": 2, "3": 3, "4": 4, "tidak puas": 1, "kurang puas": 2, "puas": 3, "sangat puas": 4, "puas sekali": 4,
	"not satisfied": 1, "less satisfied": 2, "satisfied": 3, "very satisfied": 4}

// rate takes how satisfied somebody is with a case that is closed, tapped or typed, and
// after it the words that say why. What tells of a matter is a report, as always.
func rate(ctx context.Context, t *talk) (bool, error) {
	if t.weak || t.silent() || t.m.Form != nil || len(t.m.Media) > 0 || t.m.Place != nil || t.m.Forwarded {
		return false, nil
	}
	score, tapped := 0, false
	if id, ok := strings.CutPrefix(t.m.ChoiceID, casework.ChoiceRate); ok && t.m.Kind == channel.Choice {
		score, _ = strconv.Atoi(id)
		tapped = true
	} else if t.m.Kind == channel.Text {
		score = scoreWords[strings.Join(fields(t.m.Text), " ")]
	}
	c, err := t.closed(ctx)
	if err != nil || c == nil {
		return false, err
	}
	given, err := t.tx.Pulse(ctx, c.Region, c.ID)
	switch {
	case err != nil:
		return false, err
	case score >= 1 && score <= 4 && (tapped || t.lately(c)):
		return t.rated(ctx, c, score, "")
	case tapped || t.m.Kind != channel.Text || given == nil || given.Comment != "" || !t.saysWhy(given):
		return false, nil
	case is(t.m.Text, skipWords):
		return t.reply(ctx, region.TextRateThanks, "nilai tanpa alasan", nil)
	}
	return t.rated(ctx, c, given.Score, t.m.Text)
}

// closed is the case that a word about the handling can mean: the one that the message
// names, or the newest that is over.
func (t *talk) closed(ctx context.Context) (*store.Case, error) {
	if t.c != nil && casework.CanRate(t.c) {
		return t.c, nil
	}
	if t.named != nil {
		return nil, nil
	}
	cases, err := t.tx.CitizenCases(ctx, t.row.Region, t.who.CitizenID, recentCases)
	if err != nil {
		return nil, err
	}
	c := newest(cases, casework.CanRate)
	if c == nil || c.State == tanggap.Archived {
		return nil, nil
	}
	return t.tx.Case(ctx, c.Region, c.ID)
}

// lately reports whether the question how it was is still in people's minds.
func (t *talk) lately(c *store.Case) bool {
	return said(t.row, t.m).Sub(c.ClosedAt) <= rateWindow
}

// rateWindow is how long a bare number or word means a score.
const rateWindow = 3 * talkWindow

// saysWhy reports whether words follow a score that was just given by the same way: not
// small talk, nothing that is still there, and no other matter.
func (t *talk) saysWhy(given *store.Pulse) bool {
	s, _ := t.suggestions.Get(triage.Service)
	kind, known := t.p.Service(s.Value)
	other := known && s.Automatic && (kind.Technical || s.Value != given.Service)
	return given.Way == t.row.Channel && said(t.row, t.m).Sub(given.CreatedAt).Abs() <= companyWindow && t.danger() == "" && !other && !unsolved(t.m.Text)
}

func (t *talk) rated(ctx context.Context, c *store.Case, score int, comment string) (bool, error) {
	if err := t.Desk.Rate(ctx, t.tx, c, t.row.Channel, score, comment); err != nil {
		return false, err
	}
	t.did(c)
	if comment != "" {
		return true, t.answer(ctx, region.TextRateThanks, nil)
	}
	return true, t.answer(ctx, region.TextRated, map[string]string{"number": c.Number, "survey": t.Outbox.Args(t.p, c, t.lang)["link"] + "/survei"})
}

// askRate asks once more how it was, of somebody who wants to say.
func (t *talk) askRate(ctx context.Context) (bool, error) {
	c, err := t.closed(ctx)
	if err != nil {
		return false, err
	}
	if c == nil {
		return t.unknown(ctx)
	}
	t.row.CaseID = c.ID
	words, buttons := t.Desk.AskRate(t.p, c, t.lang)
	if err := t.Outbox.Say(ctx, t.tx, t.p, t.who, "inbound:"+strconv.FormatInt(t.row.Seq, 10), region.TextRate, words, notify.Options{First: true, Buttons: buttons}); err != nil {
		return false, err
	}
	return t.ignored("minta menilai")
}

// mostMine is how many cases a list in a chat names.
const mostMine = 5

// mine answers with the asker's own cases that are not over, and where the rest is.
func (t *talk) mine(ctx context.Context) (bool, error) {
	cases, err := t.tx.CitizenCases(ctx, t.row.Region, t.who.CitizenID, recentCases)
	if err != nil {
		return false, err
	}
	var lines []string
	for _, c := range cases {
		if c.State == tanggap.Merged || c.State == tanggap.Archived || len(lines) == mostMine {
			continue
		}
		lines = append(lines, t.p.Text(t.lang, region.TextNewsLine, t.Outbox.Args(t.p, c, t.lang)))
	}
	if len(lines) == 0 {
		lines = []string{t.p.Text(t.lang, region.TextStatusNone, nil)}
	}
	return t.reply(ctx, region.TextMine, "urusan saya", map[string]string{"cases": strings.Join(lines, "\n"), "link": t.Outbox.Page(t.p, notify.PathMine)})
}

// objecting is "keberatan" alone, or before a colon or the number of a case: nothing that
// a report begins with.
var objecting = regexp.MustCompile(`(?is)^\s*(?:saya\s+)?(?:keberatan|objection|i\s+object)\s*(?:$|[:.!]\s*(.*)$|([a-z]{2,5}-\d{2}-\d{6})\b\s*[:,.!-]?\s*(.*)$)`)

// object hands an objection to a person, about the case that it names, or the newest.
func (t *talk) object(ctx context.Context, m []string) (bool, error) {
	c := t.c
	if m[2] != "" {
		var err error
		if c, err = numbered(ctx, t.tx, t.who, m[2]); err != nil {
			return false, err
		}
		if c == nil {
			return t.unknown(ctx)
		}
	}
	if c == nil {
		cases, err := t.tx.CitizenCases(ctx, t.row.Region, t.who.CitizenID, recentCases)
		if err != nil {
			return false, err
		}
		c = newest(cases, func(c *store.Case) bool { return c.State != tanggap.Merged && c.State != tanggap.Archived })
	}
	if c == nil {
		return t.unknown(ctx)
	}
	c, err := t.tx.Case(ctx, c.Region, c.ID)
	if err != nil {
		return false, err
	}
	said := t.said()
	if err := t.Desk.Object(ctx, t.tx, t.p, c, said); err != nil {
		return false, err
	}
	if said.ID == "" { // one waits for its answer already
		return t.tell(ctx, c, t.Outbox.Args(t.p, c, t.lang))
	}
	t.did(c)
	t.row.MessageID = said.ID
	return true, nil
}
