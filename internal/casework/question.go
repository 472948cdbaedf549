package casework

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tanggap/internal/channel"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// What the program may ask a citizen after his case is open. The words stand in
// Case.Asked and Case.Asking.
const (
	AskPlace = "place"
	AskPhoto = "photo"
	AskWhich = "which"  // of the likeliest services
	called   = "called" // not a question: the citizen asked for a person, so there are no more
)

// Choices a citizen can tap under a question. A service is chosen by its code.
const (
	ChoiceSkip    = "skip"
	ChoiceOther   = "other"
	ChoiceService = "service:"
)

const (
	maxQuestions = 2 // in one case, before a person speaks

	// remindQuestion is how long a question stays open before the citizen is reminded
	// of it, once; then the case stays with people as it is.
	remindQuestion = 30 * time.Minute

	// stale is when a question is too old to come back to.
	stale = 12 * time.Hour

	// reading is how long somebody needs to read a question: what he sent earlier does
	// not answer it.
	reading = 5 * time.Second

	// likely is the least probability of the best service for the list to help.
	likely = 0.2

	// possible is the least probability of a service that stands in the list.
	possible = 0.05

	// longestPlace bounds, in words, an answer that is taken for a place.
	longestPlace = 15
)

// StepQuestion reminds the citizen of a question of ours.
const StepQuestion tanggap.Step = "question"

// Silent reports whether the program leaves the conversation to people: an officer
// is in it, or the citizen asked for one.
func Silent(c *store.Case) bool { return !c.HumanAt.IsZero() || wasAsked(c, called) }

func wasAsked(c *store.Case, what string) bool {
	return slices.Contains(strings.Fields(c.Asked), what)
}

func remember(c *store.Case, what string) {
	if !wasAsked(c, what) {
		c.Asked = strings.TrimSpace(c.Asked + " " + what)
	}
}

// question decides what to ask next about a case, "" for nothing. In danger only
// the place is worth a question; where the service is not clear, that comes first.
func question(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, decisions []*store.Decision, photo bool) (string, error) {
	if c.Channel != channel.WhatsApp || Silent(c) || c.Asking != "" || len(strings.Fields(c.Asked)) >= maxQuestions ||
		!c.State.Open() || c.State == tanggap.WaitingCitizen {
		return "", nil
	}
	nowhere := c.Area == "" && c.Place == "" && !wasAsked(c, AskPlace)
	if c.Urgency == tanggap.Emergency {
		if nowhere {
			return AskPlace, nil
		}
		return "", nil
	}
	if c.Secret {
		return "", nil // who tells something delicate is not pressed for more
	}
	s, known := p.Service(c.Service)
	switch {
	case !known && !wasAsked(c, AskWhich) && len(Options(p, decisions)) > 1:
		return AskWhich, nil
	case nowhere && (s.Field || c.Urgency == tanggap.High):
		return AskPlace, nil
	case !s.Field || s.External || photo || wasAsked(c, AskPhoto):
		return "", nil
	}
	files, err := tx.Attachments(ctx, c.Region, c.ID)
	if err != nil || len(files) > 0 {
		return "", err
	}
	return AskPhoto, nil
}

// Options returns the services among which a citizen may choose: those between which
// the newest open decision about the service hesitates.
func Options(p *region.Pack, decisions []*store.Decision) []region.Service {
	var out []region.Service
	for _, x := range slices.Backward(decisions) {
		if x.Kind != KindService || x.State != store.DecisionOpen || x.Value == "" && len(x.Candidates) == 0 {
			continue
		}
		if len(x.Candidates) == 0 || x.Candidates[0].P < likely {
			return nil
		}
		for _, candidate := range x.Candidates {
			if s, ok := p.Service(candidate.Value); ok && candidate.P >= possible && !s.Technical && !s.Secret && !s.Judges {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

// ask notes a question and returns its words; buttons and the wish for a location
// are added to opt. "" asks nothing.
func ask(p *region.Pack, c *store.Case, lang, what string, decisions []*store.Decision, now time.Time, opt *notify.Options) string {
	if what == "" {
		return ""
	}
	remember(c, what)
	c.Asking, c.AskedAt = what, now
	switch what {
	case AskPlace:
		opt.RequestLocation, opt.Buttons = true, nil
	case AskPhoto:
		opt.Buttons = []channel.Button{{ID: ChoiceSkip, Title: p.Text(lang, region.ButtonSkipPhoto, nil)}}
	case AskWhich:
		for _, s := range Options(p, decisions) {
			opt.Buttons = append(opt.Buttons, channel.Button{ID: ChoiceService + s.Code, Title: title(s, lang)})
		}
		opt.Buttons = append(opt.Buttons, channel.Button{ID: ChoiceOther, Title: p.Text(lang, region.ButtonOther, nil)})
	}
	return questionText(p, c, lang, what, decisions)
}

// questionText writes a question so that it can be answered by typing: a list is
// numbered, because buttons hold few letters.
func questionText(p *region.Pack, c *store.Case, lang, what string, decisions []*store.Decision) string {
	switch what {
	case AskPlace:
		return p.Text(lang, region.TextAskPlace, nil)
	case AskPhoto:
		return p.Text(lang, region.TextAskPhoto, nil)
	}
	lines := []string{p.Text(lang, region.TextAskWhich, nil)}
	for i, s := range Options(p, decisions) {
		lines = append(lines, fmt.Sprintf("%d. %s", i+1, title(s, lang)))
	}
	return strings.Join(append(lines, fmt.Sprintf("%d. %s", len(lines), p.Text(lang, region.ButtonOther, nil))), "\n")
}

func title(s region.Service, lang string) string {
	if lang == "en" && s.NameEn != "" {
		return s.NameEn
	}
	return s.Name
}

// answered closes the open question if words were said after it could be read, and
// takes what was said to a question about the place for the place.
func answered(c *store.Case, m *store.Message, now time.Time) {
	if c.Asking == AskWhich && c.Service != "" {
		c.Asking = "" // words that were on their way settled it
	}
	if c.Asking == "" || saidAt(m, now).Before(c.AskedAt.Add(reading)) {
		return
	}
	if c.Asking == AskPlace && c.Area == "" && c.Place == "" && len(strings.Fields(m.Body)) <= longestPlace {
		c.Place = strings.TrimSpace(m.Body)
	}
	c.Asking = ""
}

// Enough closes the open question because the citizen has nothing to add to it.
func (d *Desk) Enough(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case) error {
	asked := c.Asking
	if asked == "" {
		return nil
	}
	now := tx.Clock().Now()
	c.Asking, c.LastInAt = "", later(c.LastInAt, now)
	if err := d.replan(ctx, tx, p, c); err != nil {
		return err
	}
	event, err := d.event(ctx, tx, c, Citizen(c.CitizenID), Heard, map[string]any{"kind": channel.Choice, "skipped": asked})
	if err != nil {
		return err
	}
	return d.Outbox.Citizen(ctx, tx, p, c, event, region.TextEnough, notify.Options{First: true})
}

// remindOfQuestion is the one reminder of a question that nobody answered.
func (d *Desk) remindOfQuestion(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case) error {
	event, err := d.event(ctx, tx, c, System, Escalated, map[string]any{"step": StepQuestion})
	late := tx.Clock().Now().Sub(c.AskedAt) > stale
	if err != nil || c.Asking == "" || Silent(c) || !c.State.Open() || late {
		return err
	}
	newest, err := tx.CitizenCases(ctx, c.Region, c.CitizenID, 1)
	if err != nil || len(newest) == 0 || newest[0].ID != c.ID {
		return err // he moved on to another matter
	}
	l, err := lang(ctx, tx, c)
	if err != nil {
		return err
	}
	decisions, err := tx.Decisions(ctx, c.Region, c.ID)
	if err != nil {
		return err
	}
	args := map[string]string{"question": questionText(p, c, l, c.Asking, decisions)}
	return d.Outbox.Citizen(ctx, tx, p, c, event, region.TextAskReminder, notify.Options{Args: args})
}
