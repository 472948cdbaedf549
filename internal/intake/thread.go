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
	if t.named != nil {
		return t.named, nil
	}
	if c, _, err := t.cited(ctx); err != nil || c != nil {
		return c, err
	}
	if t.m.Mail != nil {
		// Mails are matters of their own, unless they name another one; and the sender
		// of one that only names a number is a claim.
		t.weak = true
		return numbered(ctx, t.tx, t.who, t.m.Mail.Subject+" "+t.m.Text)
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
	if open != nil && open.Asking != "" && at.Sub(open.AskedAt) <= talkWindow && !t.differs(open) {
		return open, nil
	}
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
	case t.vague() && (quiet <= companyWindow || casework.Silent(open) && at.Sub(open.UpdatedAt) <= talkWindow):
		return open, nil // a conversation goes on, with an officer too, until another matter is named
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

// vague reports whether the words name no matter that the computer knows.
func (t *talk) vague() bool {
	s, _ := t.suggestions.Get(triage.Service)
	kind, known := t.p.Service(s.Value)
	return !known || kind.Technical
}

// answers reports whether the words speak of an answer that we gave, or of what we
// handed to another body: they say that it is not solved, or little enough to mean
// nothing else.
func (t *talk) answers(c *store.Case, at time.Time) bool {
	if t.m.Text == "" || c.State != tanggap.Answered && c.State != tanggap.Done && c.State != tanggap.External || !casework.CanReopen(t.p, c, t.tx.Clock()) {
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

// citations are the ids of earlier messages that this one names, nearest first.
func (t *talk) citations() []string {
	var ids []string
	if t.m.InReplyTo != "" {
		ids = append(ids, t.m.InReplyTo)
	}
	if t.m.Mail != nil {
		ids = append(ids, t.m.Mail.References...)
	}
	return ids[:min(len(ids), mostCitations)]
}

// mostCitations bounds how far back the references of a mail are followed.
const mostCitations = 10

// cited follows the citation of an earlier message, if it is one of the same
// citizen; a citation of anybody else's opens nothing.
func (t *talk) cited(ctx context.Context) (*store.Case, *store.Message, error) {
	for _, id := range t.citations() {
		earlier, err := t.tx.MessageByExternal(ctx, t.row.Region, id)
		if err != nil {
			return nil, nil, err
		}
		if earlier == nil || earlier.CitizenID != t.who.CitizenID {
			continue
		}
		c, err := t.tx.Case(ctx, t.row.Region, earlier.CaseID)
		if err != nil {
			return nil, nil, err
		}
		if c, err = t.tx.FollowMerge(ctx, c); err != nil {
			return nil, nil, err
		}
		if c.State != tanggap.Archived {
			return c, earlier, nil
		}
	}
	return nil, nil, nil
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
	if strings.HasPrefix(id, casework.ChoiceRate) {
		return casework.CanRate
	}
	if id == menuOfficer {
		return func(c *store.Case) bool { return c.State.Open() }
	}
	return func(c *store.Case) bool { return c.Asking != "" && c.State.Open() }
}
