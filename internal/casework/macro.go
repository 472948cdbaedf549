package casework

import (
	"context"
	"slices"
	"time"

	"tanggap/internal/deadline"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Steps that can go with a saved reply.
const (
	StepTake    = "ambil"
	StepUrgency = "urgensi"
	StepNote    = "catatan"
	StepSnooze  = "tunda"
)

// MostSnooze is how many working days a saved reply may put a case off.
const MostSnooze = 20

// Why a step of a saved reply does not go with it.
const (
	NotInEmergency = "emergency"
	NotPastDue     = "due"
)

// MacroStep is a step of a saved reply as it stands for one case.
type MacroStep struct {
	Name  string
	Until time.Time // of StepSnooze: when the office opens on the last of the days
	Not   string    // why it does not go, "" if it does
}

// MacroSteps are the steps of a saved reply that would change a case, in the order in which they
// are done. It comes down to none where all of them are done already.
func MacroSteps(p *region.Pack, c *store.Case, officer string, r *store.SavedReply, now time.Time) (out []MacroStep, err error) {
	not := ""
	if c.Urgency == tanggap.Emergency {
		not = NotInEmergency // a macro lowers none and puts none off
	}
	if r.Take && c.OfficerID != officer {
		out = append(out, MacroStep{Name: StepTake})
	}
	if r.Urgency != 0 && r.Urgency != c.Urgency {
		out = append(out, MacroStep{Name: StepUrgency, Not: not})
	}
	if r.Note != "" {
		out = append(out, MacroStep{Name: StepNote})
	}
	if r.SnoozeDays == 0 {
		return out, nil
	}
	calendar := p.CalendarFor(c.Unit)
	day, err := calendar.AddWorkingDays(deadline.DateOf(now, p.Location()), r.SnoozeDays)
	if err != nil {
		return nil, err
	}
	until, err := calendar.NextOpening(time.Date(day.Year, day.Month, day.Day, 0, 0, 0, 0, p.Location()))
	if not == "" && !c.DueAt.IsZero() && until.After(c.DueAt) {
		not = NotPastDue
	}
	return append(out, MacroStep{Name: StepSnooze, Until: until, Not: not}), err
}

// RunSteps does those steps of a saved reply that the officer left chosen; one that does not
// go is an error. It comes before the reply itself: who takes his words back keeps the steps.
// name is the officer's, for what is filled in.
func (d *Desk) RunSteps(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, officer, name string, r *store.SavedReply, chosen []string) error {
	steps, err := MacroSteps(p, c, officer, r, tx.Clock().Now())
	if err != nil {
		return err
	}
	for _, step := range steps {
		if !slices.Contains(chosen, step.Name) {
			continue
		}
		switch {
		case step.Not == NotInEmergency:
			err = tanggap.Errorf(tanggap.Invalid, "laporan ini darurat; ubah urgensinya atau tunda dengan keputusan Anda sendiri")
		case step.Name == StepTake:
			err = d.Take(ctx, tx, p, c, officer)
		case step.Name == StepUrgency:
			err = d.Decide(ctx, tx, p, c, officer, Choice{Urgency: r.Urgency})
		case step.Name == StepNote:
			err = d.Note(ctx, tx, c, officer, FillSavedReply(tx, p, c, r.Note, name, "id"))
		default:
			err = d.Snooze(ctx, tx, p, c, officer, step.Until) // which refuses what goes past the due time
		}
		if err != nil {
			return err
		}
	}
	return nil
}
