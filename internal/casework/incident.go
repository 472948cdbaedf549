package casework

import (
	"context"
	"errors"

	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Join says that two cases report one event. Each citizen keeps his case, number and
// promise; officers see them together. It is recorded on the suggestion, if there was one.
func (d *Desk) Join(ctx context.Context, tx *store.Store, c, with *store.Case, officer string) error {
	if c.ID == with.ID {
		return tanggap.Errorf(tanggap.Invalid, "laporan tidak bisa ditautkan dengan dirinya sendiri")
	}
	if c.Incident != "" && c.Incident == with.Incident {
		return tanggap.Errorf(tanggap.Conflict, "kedua laporan sudah ditautkan sebagai satu kejadian")
	}
	if c.Incident != "" && with.Incident != "" {
		return tanggap.Errorf(tanggap.Conflict, "kedua laporan sudah termasuk dua kejadian berbeda; lepaskan salah satu dulu")
	}
	event := with.Incident
	switch {
	case event == "" && c.Incident != "":
		event = c.Incident
	case event == "":
		event = with.ID
	}
	if err := d.judgeSame(ctx, tx, c, with.ID, officer, true); err != nil {
		return err
	}
	for _, x := range []*store.Case{c, with} {
		if x.Incident == event {
			continue
		}
		x.Incident = event
		if _, err := d.event(ctx, tx, x, Officer(officer), Joined, map[string]any{"incident": event}); err != nil {
			return err
		}
	}
	return reorder(ctx, tx, c.Region, event)
}

// ReplyEvent says to the citizens of all cases of c's event what Reply says to one. The
// others get the words under their own numbers; cases that may is not content with, or
// that have ended, are left alone.
func (d *Desk) ReplyEvent(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, officer, words string, to tanggap.State, may func(*store.Case) bool) error {
	return d.tell(ctx, tx, p, c, telling{officer: officer, words: words, to: to, whole: true, may: may})
}

// tellOthers is tell for the rest of an event. A case whose own service asks for more than
// there is gets the words and stays in work.
func (d *Desk) tellOthers(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, t telling) error {
	list, err := tx.IncidentCases(ctx, c.Region, c.Incident, mostOfIncident)
	if err != nil {
		return err
	}
	t.whole = false
	for _, x := range list {
		if x.ID == c.ID || !x.State.Open() || !t.may(x) {
			continue
		}
		full, err := tx.Case(ctx, c.Region, x.ID)
		if err != nil {
			return err
		}
		own := t
		waits, err := d.ready(ctx, tx, p, full, own)
		if err != nil && !errors.Is(err, errUnproven) {
			return err
		}
		if waits || err != nil || own.to != full.State && !full.State.CanBecome(own.to) {
			own.to = full.State
		}
		if err := d.reply(ctx, tx, p, full, own); err != nil {
			return err
		}
	}
	return nil
}

// Part takes a case out of its event. An event of which one case is left is none.
func (d *Desk) Part(ctx context.Context, tx *store.Store, c *store.Case, officer string) error {
	if c.Incident == "" {
		return tanggap.Errorf(tanggap.Conflict, "laporan %s tidak termasuk kejadian lain", c.Number)
	}
	event := c.Incident
	c.Incident = ""
	if _, err := d.event(ctx, tx, c, Officer(officer), Parted, map[string]any{"incident": event}); err != nil {
		return err
	}
	left, err := tx.IncidentCases(ctx, c.Region, event, 2)
	if err != nil {
		return err
	}
	if len(left) == 1 {
		last, err := tx.Case(ctx, c.Region, left[0].ID) // with what is sealed
		if err != nil {
			return err
		}
		last.Incident = ""
		_, err = d.event(ctx, tx, last, Officer(officer), Parted, map[string]any{"incident": event})
		return err
	}
	return reorder(ctx, tx, c.Region, event)
}

// NotSame records that an officer looked and found two cases to be different matters.
func (d *Desk) NotSame(ctx context.Context, tx *store.Store, c *store.Case, officer string) error {
	if err := d.judgeSame(ctx, tx, c, "", officer, false); err != nil {
		return err
	}
	_, err := d.event(ctx, tx, c, Officer(officer), Decided, map[string]any{"kind": KindSame})
	return err
}

// judgeSame writes down what an officer made of the suggestion about the same matter.
func (d *Desk) judgeSame(ctx context.Context, tx *store.Store, c *store.Case, with, officer string, same bool) error {
	list, err := tx.Decisions(ctx, c.Region, c.ID)
	if err != nil {
		return err
	}
	for _, x := range list {
		if x.Kind != KindSame || x.State != store.DecisionOpen {
			continue
		}
		x.State, x.FinalValue, x.OfficerID = store.DecisionAccepted, with, officer
		if !same || x.Value != with {
			x.State = store.DecisionChanged
		}
		if err := tx.Decide(ctx, x); err != nil {
			return err
		}
	}
	return nil
}

// reorder gives every case of an event its place anew, for the event has grown or shrunk.
func reorder(ctx context.Context, tx *store.Store, region, event string) error {
	list, err := tx.IncidentCases(ctx, region, event, mostOfIncident)
	if err != nil {
		return err
	}
	for _, x := range list {
		if err := order(ctx, tx, x); err != nil {
			return err
		}
		if err := tx.SetLead(ctx, x); err != nil {
			return err
		}
	}
	return nil
}
