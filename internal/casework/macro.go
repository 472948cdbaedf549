package casework

import (
	"context"
	"slices"
	"time"

	"tanggap/internal/deadline"
	"tanggap/internal/region"
	"tanggap/internal/store"
)

// Steps that can go with a saved reply, in the order in which they are done.
const (
	StepTake    = "ambil"
	StepUrgency = "urgensi"
	StepNote    = "catatan"
	StepSnooze  = "tunda"
)

// MostSnooze is how many working days a saved reply may put a case off.
const MostSnooze = 20

// SnoozeUntil is when a case of a unit that is put off for so many working days comes
// back: when the office opens on the last of them.
func SnoozeUntil(p *region.Pack, unit string, now time.Time, days int) (time.Time, error) {
	calendar := p.CalendarFor(unit)
	d, err := calendar.AddWorkingDays(deadline.DateOf(now, p.Location()), days)
	if err != nil {
		return time.Time{}, err
	}
	return calendar.NextOpening(time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, p.Location()))
}

// RunSteps does those steps of a saved reply that the officer left chosen. It comes before
// the reply itself: who takes his words back keeps them, and the step before the words is
// none of theirs. name is the officer's, for what is filled in.
func (d *Desk) RunSteps(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, officer, name string, r *store.SavedReply, chosen []string) error {
	if r.Take && slices.Contains(chosen, StepTake) && c.OfficerID != officer {
		if err := d.Take(ctx, tx, p, c, officer); err != nil {
			return err
		}
	}
	if r.Urgency != 0 && slices.Contains(chosen, StepUrgency) && c.Urgency != r.Urgency {
		if err := d.Decide(ctx, tx, p, c, officer, Choice{Urgency: r.Urgency}); err != nil {
			return err
		}
	}
	if r.Note != "" && slices.Contains(chosen, StepNote) {
		if err := d.Note(ctx, tx, c, officer, FillSavedReply(tx, p, c, r.Note, name, "id")); err != nil {
			return err
		}
	}
	if r.SnoozeDays == 0 || !slices.Contains(chosen, StepSnooze) {
		return nil
	}
	until, err := SnoozeUntil(p, c.Unit, tx.Clock().Now(), r.SnoozeDays)
	if err != nil {
		return err
	}
	return d.Snooze(ctx, tx, p, c, officer, until)
}
