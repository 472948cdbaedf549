package casework

import (
	"context"
	"slices"
	"strings"

	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Events of a result that a second person looks at.
const (
	CheckAsked    = "check.asked"
	CheckPassed   = "check.confirmed"
	CheckReturned = "check.returned"
)

// await keeps a result back until a second person has looked at it. The case stays in
// work, and its clock runs: nobody outside has been told anything.
func (d *Desk) await(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, officer, words string, whole bool) error {
	switch {
	case c.State == tanggap.InProgress:
	case c.State.CanBecome(tanggap.InProgress):
		if err := become(ctx, tx, p, c, tanggap.InProgress); err != nil {
			return err
		}
	default:
		return tanggap.Errorf(tanggap.Conflict, "laporan %s berstatus %s; teruskan ke unit dulu, lalu selesaikan", c.Number, c.State)
	}
	x := &store.Check{Region: c.Region, CaseID: c.ID, CitizenID: c.CitizenID, AskedBy: officer, Words: words, Whole: whole}
	if err := tx.AddCheck(ctx, x); err != nil {
		return err
	}
	now := tx.Clock().Now()
	human(c, now)
	c.CheckingAt = now
	if c.OfficerID == "" {
		c.OfficerID = officer
	}
	if err := d.replan(ctx, tx, p, c); err != nil {
		return err
	}
	event, err := d.event(ctx, tx, c, Officer(officer), CheckAsked, map[string]any{"state": c.State})
	if err != nil {
		return err
	}
	return d.Outbox.Unit(ctx, tx, p, c, event)
}

// CanCheck reports whether an officer may look at the result that waits: he is neither
// the one who wrote it nor one who took a photo for it.
func CanCheck(ctx context.Context, tx *store.Store, c *store.Case, officer string) (*store.Check, bool, error) {
	if c.CheckingAt.IsZero() {
		return nil, false, nil
	}
	x, err := tx.WaitingCheck(ctx, c.Region, c.ID)
	if err != nil || x == nil {
		return nil, false, err
	}
	list, err := tx.CaseEvidence(ctx, c.Region, c.ID)
	own := slices.ContainsFunc(list, func(e *store.Evidence) bool { return e.OfficerID == officer && e.Reopens == c.Reopens })
	return x, x.AskedBy != officer && !own, err
}

var errOwnCheck = tanggap.Errorf(tanggap.Forbidden, "hasil diperiksa orang lain dari yang mengerjakan atau memotretnya")

// checking is the result of a case that waits for this officer.
func checking(ctx context.Context, tx *store.Store, c *store.Case, officer string) (*store.Check, error) {
	x, may, err := CanCheck(ctx, tx, c, officer)
	switch {
	case err != nil:
		return nil, err
	case x == nil:
		return nil, tanggap.Errorf(tanggap.Conflict, "hasil laporan %s tidak lagi menunggu pemeriksaan", c.Number)
	case !may:
		return nil, errOwnCheck
	}
	x.CheckedBy, x.CheckedAt, c.CheckingAt = officer, tx.Clock().Now().UTC(), noTime
	return x, nil
}

// Pass confirms a result: the citizen is told in the words that waited, under the name of
// whoever wrote them. heads says that the officer may also judge what is odd about the
// evidence; may, which other cases of the event he may answer.
func (d *Desk) Pass(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, officer string, heads bool, may func(*store.Case) bool) error {
	list, err := tx.CaseEvidence(ctx, c.Region, c.ID)
	if err != nil {
		return err
	}
	if odd := slices.ContainsFunc(list, (*store.Evidence).Odd); odd && !heads {
		return tanggap.Errorf(tanggap.Forbidden, "ada tanda pada bukti ini; kepala unit melihatnya dulu")
	} else if odd {
		if err := d.Looked(ctx, tx, c, officer); err != nil {
			return err
		}
	}
	x, err := checking(ctx, tx, c, officer)
	if err != nil {
		return err
	}
	x.Outcome = store.CheckConfirmed
	if err := tx.EndCheck(ctx, x); err != nil {
		return err
	}
	if _, err := d.event(ctx, tx, c, Officer(officer), CheckPassed, nil); err != nil {
		return err
	}
	return d.tell(ctx, tx, p, c, telling{officer: x.AskedBy, words: x.Words, to: tanggap.Answered, whole: x.Whole, checked: true, may: may})
}

// Return gives a result back to whoever worked on it, with what is missing.
func (d *Desk) Return(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, officer, why string) error {
	if why = strings.TrimSpace(why); why == "" {
		return &tanggap.Error{Code: tanggap.Invalid, Field: "kurang", Message: "Tulis apa yang masih kurang; petugas membacanya."}
	}
	x, err := checking(ctx, tx, c, officer)
	if err != nil {
		return err
	}
	x.Outcome = store.CheckReturned
	if err := tx.EndCheck(ctx, x); err != nil {
		return err
	}
	if err := tx.AddMessage(ctx, &store.Message{Region: c.Region, CaseID: c.ID, CitizenID: c.CitizenID, Direction: store.Note, Channel: c.Channel, Kind: "text",
		Author: Officer(officer), Body: "Hasil dikembalikan: " + why}); err != nil {
		return err
	}
	if err := tx.NameOfficer(ctx, c.Region, c.ID, x.AskedBy); err != nil {
		return err
	}
	event, err := d.event(ctx, tx, c, Officer(officer), CheckReturned, map[string]any{"state": c.State})
	if err != nil {
		return err
	}
	return d.Outbox.Unit(ctx, tx, p, c, event)
}
