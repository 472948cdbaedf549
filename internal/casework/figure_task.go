package casework

import (
	"context"
	"strings"

	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
)

// What a leader reads need not be a case: a unit is asked about a figure as well, and what
// it answers is tracked in the same list.

// Ask asks a unit about a figure, or to do something about it, by a day. Its heads hear of
// it; without a head, all of the unit.
func (d *Desk) Ask(ctx context.Context, tx *store.Store, p *region.Pack, officer *store.Officer, t *store.Task) error {
	t.Region, t.MadeBy = p.Identity.Code, officer.ID
	t.About = text.Mask(strings.TrimSpace(t.About))
	u, known := p.Unit(t.Unit)
	switch {
	case !known || u.Retired:
		return &tanggap.Error{Code: tanggap.Invalid, Field: "unit", Message: "Pilih unit yang ditanya."}
	case t.Kind == store.TaskOutside:
		return tanggap.Errorf(tanggap.Invalid, "pilih apa yang diminta")
	}
	if err := sound(t, tx.Clock().Now()); err != nil {
		return err
	}
	if _, err := tx.AddTask(ctx, t); err != nil {
		return err
	}
	return d.Outbox.Asked(ctx, tx, p, t, officer.Name)
}

// Explain ends what Ask began with the unit's answer, which goes to who asked.
func (d *Desk) Explain(ctx context.Context, tx *store.Store, p *region.Pack, t *store.Task, officer *store.Officer, words string) error {
	if err := finish(ctx, tx, t, officer.ID, strings.TrimSpace(words)); err != nil {
		return err
	}
	return d.Outbox.Explained(ctx, tx, p, t, officer.Name)
}

// TakeBack ends what Ask began without an answer.
func (d *Desk) TakeBack(ctx context.Context, tx *store.Store, t *store.Task, officer string) error {
	return cancel(ctx, tx, t, officer)
}
