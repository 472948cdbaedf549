package intake

import (
	"context"
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
	// talkWindow is how long a text about the same service still belongs to the open case.
	talkWindow = 24 * time.Hour
	// shortText is below how many words a text says nothing without the one before it.
	shortText = 5
	// recentCases of a citizen are looked at.
	recentCases = 20
)

// thread finds the case that a message belongs to; nil means a new one. The order
// is: what the message itself answers, an open question of ours, what was just said.
func thread(ctx context.Context, tx *store.Store, who *store.Identity, m *channel.Message, s triage.Suggestions, at time.Time) (*store.Case, error) {
	if m.Form != nil {
		return nil, nil // a form is always a matter of its own
	}
	if c, err := answered(ctx, tx, who, m); err != nil || c != nil {
		return c, err
	}
	cases, err := tx.CitizenCases(ctx, who.Region, who.CitizenID, recentCases)
	if err != nil {
		return nil, err
	}
	if m.Kind == channel.Choice {
		return newest(cases, choiceFits(m.ChoiceID)), nil
	}
	open := newest(cases, func(c *store.Case) bool { return c.State == tanggap.WaitingCitizen })
	if open == nil {
		open = newest(cases, func(c *store.Case) bool { return c.State.Open() })
	}
	if open == nil {
		return nil, nil
	}
	quiet := at.Sub(open.LastInAt)
	switch {
	case open.State == tanggap.WaitingCitizen, quiet <= mergeWindow:
		return open, nil
	case m.Text == "":
		if quiet <= companyWindow {
			return open, nil
		}
	case words(m.Text) < shortText:
		if quiet <= talkWindow {
			return open, nil
		}
	case quiet <= talkWindow:
		if best, ok := s.Get(triage.Service); ok && best.Value != "" && best.Value == open.Service {
			return open, nil
		}
	}
	return nil, nil
}

// answered follows the citation of an earlier message, if it is one of the same
// citizen; a citation of anybody else's opens nothing.
func answered(ctx context.Context, tx *store.Store, who *store.Identity, m *channel.Message) (*store.Case, error) {
	if m.InReplyTo == "" {
		return nil, nil
	}
	earlier, err := tx.MessageByExternal(ctx, who.Region, m.InReplyTo)
	if err != nil || earlier == nil || earlier.CitizenID != who.CitizenID {
		return nil, err
	}
	c, err := tx.Case(ctx, who.Region, earlier.CaseID)
	if err != nil {
		return nil, err
	}
	if c, err = tx.FollowMerge(ctx, c); err != nil {
		return nil, err
	}
	if c.State == tanggap.Archived || c.State == tanggap.Rejected {
		return nil, nil
	}
	return c, nil
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
