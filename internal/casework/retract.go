package casework

import (
	"context"
	"encoding/json"
	"time"

	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Retracted is what an officer took back of his own last step.
const Retracted = "case.retracted"

// slow is how much longer than notices are held a step can be taken back: the request
// takes its time, and the notice itself says whether it is too late.
const slow = 5 * time.Second

// held is how a notice waits that tells of an officer's step.
func (d *Desk) held(opt notify.Options) notify.Options {
	opt.Hold = d.Hold
	return opt
}

// step is what the event of an officer's step says about the moment before it.
type step struct {
	Was   tanggap.State
	Took  bool   // the step made him responsible for the case
	Batch string // the case whose answer went to all of its event
}

// CanRetract reports until when an officer may take back his last step on a case: a
// reply, or having placed it from triage. The zero time means that he may not.
func (d *Desk) CanRetract(last *store.Event, officer string) time.Time {
	if d.Hold == 0 || last == nil || last.Actor != Officer(officer) {
		return noTime
	}
	var s step
	if err := json.Unmarshal([]byte(last.Payload), &s); err != nil || s.Was == "" {
		return noTime
	}
	return last.HappenedAt.Add(d.Hold)
}

// Retract takes an officer's last step on a case back while nobody outside has heard of
// it: a reply becomes a draft again, whose words are returned, in every case of the event
// that it went to; a case placed from triage waits there again. What a service made secret
// stays so.
func (d *Desk) Retract(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, officer string) (words string, err error) {
	words, batch, err := d.retract(ctx, tx, p, c, officer, "")
	if err != nil || batch == "" || c.Incident == "" {
		return words, err
	}
	list, err := tx.IncidentCases(ctx, c.Region, c.Incident, mostOfIncident)
	if err != nil {
		return "", err
	}
	for _, x := range list {
		if x.ID == c.ID {
			continue
		}
		full, err := tx.Case(ctx, c.Region, x.ID)
		if err != nil {
			return "", err
		}
		if _, _, err := d.retract(ctx, tx, p, full, officer, batch); err != nil {
			return "", err
		}
	}
	return words, nil
}

// retract is Retract for one case. With only it takes back nothing but a part of that
// batch, and a case that did not get one is left alone.
func (d *Desk) retract(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, officer, only string) (words, batch string, err error) {
	events, err := tx.Events(ctx, c.Region, c.ID)
	if err != nil {
		return "", "", err
	}
	if len(events) == 0 {
		return "", "", errTooLate
	}
	last := events[len(events)-1]
	var s step
	if err := json.Unmarshal([]byte(last.Payload), &s); err != nil {
		return "", "", err
	}
	if only != "" && s.Batch != only {
		return "", "", nil
	}
	if until := d.CanRetract(last, officer); until.IsZero() || tx.Clock().Now().After(until.Add(slow)) {
		return "", "", errTooLate
	}
	if err := takeBack(ctx, tx, c, last.ID); err != nil {
		return "", "", err
	}
	if last.Type == Said {
		if words, err = d.unsay(ctx, tx, c, officer); err != nil {
			return "", "", err
		}
		if s.Took {
			c.OfficerID = ""
		}
	} else if err := d.unplace(ctx, tx, p, c, officer, last.HappenedAt); err != nil {
		return "", "", err
	}
	if err := before(ctx, tx, p, c, s.Was); err != nil {
		return "", "", err
	}
	if err := d.replan(ctx, tx, p, c); err != nil {
		return "", "", err
	}
	if last.Type == Assigned {
		if err := reindex(ctx, tx, p, c); err != nil {
			return "", "", err
		}
	}
	_, err = d.event(ctx, tx, c, Officer(officer), Retracted, map[string]any{"state": c.State, "unit": c.Unit})
	return words, s.Batch, err
}

var errTooLate = tanggap.Errorf(tanggap.Conflict, "sudah terlambat untuk mengurungkan: warga sudah diberi tahu, atau laporan sudah berubah lagi")

// takeBack drops the notices about an event that still wait; one that is on its way
// makes it too late.
func takeBack(ctx context.Context, tx *store.Store, c *store.Case, event string) error {
	owed, err := tx.Notifications(ctx, c.Region, c.ID)
	if err != nil {
		return err
	}
	for _, n := range owed {
		if n.EventID != event {
			continue
		}
		if n.State != store.NoticeReady {
			return errTooLate
		}
		n.State, n.Error = notify.Dropped, "retracted"
		ok, err := tx.SetNotification(ctx, n, store.NoticeReady)
		if err != nil {
			return err
		}
		if !ok {
			return errTooLate
		}
	}
	return nil
}

// unsay takes the officer's last words out of the conversation and returns them as he
// wrote them.
func (d *Desk) unsay(ctx context.Context, tx *store.Store, c *store.Case, officer string) (string, error) {
	said, err := tx.Messages(ctx, c.Region, c.ID)
	if err != nil {
		return "", err
	}
	for i := len(said) - 1; i >= 0; i-- {
		if m := said[i]; m.Direction == store.Out && m.Author == Officer(officer) {
			return m.Body, tx.DropMessage(ctx, m)
		}
	}
	return "", errTooLate
}

// unplace puts a case back to where it waited, with the suggestions that were open.
func (d *Desk) unplace(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, officer string, at time.Time) error {
	list, err := tx.Decisions(ctx, c.Region, c.ID)
	if err != nil {
		return err
	}
	for _, x := range list {
		if x.OfficerID == officer && !x.DecidedAt.Before(at.Add(-slow)) && (x.State == store.DecisionAccepted || x.State == store.DecisionChanged) {
			if err := tx.Undecide(ctx, x); err != nil {
				return err
			}
		}
	}
	c.Service, c.Unit, c.OfficerID = "", p.Identity.Triage, ""
	return nil
}

// before gives a case the state it had before a step that has not left the house. It is
// no move of the state table: the step is made not to have happened.
func before(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, was tanggap.State) error {
	now := c.State
	if now == was {
		return nil
	}
	if !c.PausedAt.IsZero() {
		if err := unpause(ctx, tx, p, c); err != nil {
			return err
		}
	}
	c.State = was
	if was.Paused() {
		c.PausedAt = tx.Clock().Now()
	}
	if was.Open() && !now.Open() {
		c.AnsweredAt, c.ClosedAt = noTime, noTime
		return unmeet(ctx, tx, c)
	}
	return nil
}
