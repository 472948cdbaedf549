package intake

import (
	"context"
	"regexp"
	"strings"
	"time"

	"tanggap/internal/casework"
	"tanggap/internal/channel"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/triage"
)

const (
	// mergeWindow joins what a person sends in one breath: a photo, then what it shows.
	mergeWindow = 2 * time.Minute
	// companyWindow lets a place, a photo or a voice note follow the words it belongs to.
	companyWindow = 30 * time.Minute
	// talkWindow is how long a text about the same service still belongs to the open
	// case, and a short one to an answer of ours.
	talkWindow = 24 * time.Hour
	// shortText is below how many words a text says nothing without the one before it.
	shortText = 5
	// recentCases of a citizen are looked at.
	recentCases = 20
)

// thread finds the case that a message belongs to; nil means a new one. The order
// is: what the message itself names, an open question of ours, what was just said,
// our answer that waits for a word.
func (t *talk) thread(ctx context.Context) (*store.Case, error) {
	if t.m.Form != nil {
		return nil, nil // a form is always a matter of its own
	}
	if c, _, err := cited(ctx, t.tx, t.who, t.m); err != nil || c != nil {
		return c, err
	}
	if c, err := numbered(ctx, t.tx, t.who, t.m.Text); err != nil || c != nil {
		return c, err
	}
	cases, err := t.tx.CitizenCases(ctx, t.who.Region, t.who.CitizenID, recentCases)
	if err != nil {
		return nil, err
	}
	if t.m.Kind == channel.Choice {
		return newest(cases, choiceFits(t.m.ChoiceID)), nil
	}
	if c := newest(cases, func(c *store.Case) bool { return c.State == tanggap.WaitingCitizen }); c != nil {
		return c, nil
	}
	at := said(t.row, t.m)
	open := newest(cases, func(c *store.Case) bool { return c.State.Open() })
	if open != nil && at.Sub(open.LastInAt).Abs() <= mergeWindow && !t.differs(open) {
		return open, nil
	}
	if c := newest(cases, func(c *store.Case) bool { return t.answers(c, at) }); c != nil {
		return c, nil
	}
	if open == nil {
		return nil, nil
	}
	// Deliveries overtake each other: what counts is the distance, not the order.
	quiet := at.Sub(open.LastInAt).Abs()
	switch {
	case t.m.Text == "":
		if quiet <= companyWindow {
			return open, nil
		}
	case words(t.m.Text) < shortText:
		if quiet <= talkWindow {
			return open, nil
		}
	case quiet <= talkWindow && t.about(open):
		return open, nil
	}
	return nil, nil
}

// differs reports whether the words surely tell of another service than the case's.
func (t *talk) differs(c *store.Case) bool {
	s, _ := t.suggestions.Get(triage.Service)
	return s.Automatic && s.Value != c.Service && c.Service != "" && words(t.m.Text) >= shortText
}

// about reports whether the words seem to tell of the case's service.
func (t *talk) about(c *store.Case) bool {
	s, _ := t.suggestions.Get(triage.Service)
	return s.Value != "" && s.Value == c.Service
}

// answers reports whether the words speak of an answer that we gave: they say that
// it is not solved, or little enough to mean nothing else.
func (t *talk) answers(c *store.Case, at time.Time) bool {
	if t.m.Text == "" || c.State != tanggap.Answered && c.State != tanggap.Done || !casework.CanReopen(t.p, c, t.tx.Clock()) {
		return false
	}
	s, _ := t.suggestions.Get(triage.Service)
	kind, known := t.p.Service(s.Value)
	elsewhere := known && !kind.Technical && s.Value != c.Service
	if unsolved(t.m.Text) {
		return !elsewhere || words(t.m.Text) < shortText
	}
	return c.State == tanggap.Answered && words(t.m.Text) < shortText && at.Sub(c.AnsweredAt) <= talkWindow
}

// danger is the service, or the group of words, of a danger that the message reports.
func (t *talk) danger() string {
	s, _ := t.suggestions.Get(triage.Emergency)
	return s.Value
}

// cited follows the citation of an earlier message, if it is one of the same
// citizen; a citation of anybody else's opens nothing.
func cited(ctx context.Context, tx *store.Store, who *store.Identity, m *channel.Message) (*store.Case, *store.Message, error) {
	if m.InReplyTo == "" {
		return nil, nil, nil
	}
	earlier, err := tx.MessageByExternal(ctx, who.Region, m.InReplyTo)
	if err != nil || earlier == nil || earlier.CitizenID != who.CitizenID {
		return nil, nil, err
	}
	c, err := tx.Case(ctx, who.Region, earlier.CaseID)
	if err != nil {
		return nil, nil, err
	}
	if c, err = tx.FollowMerge(ctx, c); err != nil || c.State == tanggap.Archived {
		return nil, nil, err
	}
	return c, earlier, nil
}

var caseNumber = regexp.MustCompile(`(?i)\b[a-z]{2,5}-\d{2}-\d{6}\b`)

// numbered follows a case number in the text. A number is a name and opens nothing:
// it counts only for the citizen whose case it is.
func numbered(ctx context.Context, tx *store.Store, who *store.Identity, text string) (*store.Case, error) {
	n := caseNumber.FindString(text)
	if n == "" {
		return nil, nil
	}
	c, err := tx.CaseByNumber(ctx, who.Region, strings.ToUpper(n))
	if tanggap.CodeOf(err) == tanggap.NotFound {
		return nil, nil
	}
	if err != nil || c.CitizenID != who.CitizenID || c.State == tanggap.Archived {
		return nil, err
	}
	return tx.FollowMerge(ctx, c)
}

func newest(cases []*store.Case, fits func(*store.Case) bool) *store.Case {
	for _, c := range cases {
		if fits(c) {
			return c
		}
	}
	return nil
}

func choiceFits(id string) func(*store.Case) bool {
	switch id {
	case casework.ChoiceSolved, casework.ChoiceUnsolved, casework.ChoiceUnsure:
		return func(c *store.Case) bool { return c.State == tanggap.Answered || c.State == tanggap.Done }
	}
	return func(c *store.Case) bool { return c.State.Open() }
}
