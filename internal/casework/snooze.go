package casework

import (
	"context"
	"time"

	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Snoozed and Woken are the events of a case that is put off and taken up again.
const (
	Snoozed = "case.snoozed"
	Woken   = "case.woken"
)

// Snooze puts a case off: it leaves the lists of open work until then, or until its
// citizen writes. The promise to the citizen runs on, so it cannot be put off beyond it.
func (d *Desk) Snooze(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, officer string, until time.Time) error {
	now := tx.Clock().Now()
	switch {
	case !c.State.Open():
		return tanggap.Errorf(tanggap.Conflict, "laporan %s sudah %s", c.Number, c.State)
	case c.Urgency == tanggap.Emergency:
		return tanggap.Errorf(tanggap.Invalid, "laporan darurat tidak bisa ditunda")
	case !until.After(now):
		return tanggap.Errorf(tanggap.Invalid, "pilih waktu yang belum lewat")
	case !c.DueAt.IsZero() && until.After(c.DueAt):
		return tanggap.Errorf(tanggap.Invalid, "waktu itu melewati batas waktu yang dijanjikan kepada warga; pilih waktu yang lebih awal")
	}
	human(c, now)
	c.WakesAt = until.UTC()
	if err := d.replan(ctx, tx, p, c); err != nil {
		return err
	}
	_, err := d.event(ctx, tx, c, Officer(officer), Snoozed, nil)
	return err
}

// Wake takes a case up again that was put off.
func (d *Desk) Wake(ctx context.Context, tx *store.Store, c *store.Case, officer string) error {
	if c.WakesAt.IsZero() {
		return nil
	}
	c.WakesAt = noTime
	_, err := d.event(ctx, tx, c, Officer(officer), Woken, nil)
	return err
}
