package casework

import (
	"context"

	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Call puts the citizen's wish for a person into his case: an officer reads it, and
// the program asks and says no more by itself.
func (d *Desk) Call(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, m *store.Message) error {
	remember(c, called)
	c.Asking = ""
	return d.wish(ctx, tx, p, c, m, Called, region.TextOfficerCalled)
}

// Withdraw records that the citizen wants his report back. No computer closes it on
// that: an officer reads the note and decides.
func (d *Desk) Withdraw(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, m *store.Message) error {
	c.Asking = ""
	if err := d.wish(ctx, tx, p, c, m, Withdrawn, region.TextWithdrawn); err != nil {
		return err
	}
	_, err := d.Remark(ctx, tx, c, ByComputer, "Warga meminta laporan ini dibatalkan. Baca, lalu tutup dengan alasan atau lanjutkan.")
	return err
}

// wish keeps words that ask something of people, tells the unit and acknowledges.
func (d *Desk) wish(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, m *store.Message, kind, key string) error {
	now := tx.Clock().Now()
	c.LastInAt = later(c.LastInAt, saidAt(m, now))
	if c.State == tanggap.WaitingCitizen {
		if err := d.resume(ctx, tx, p, c); err != nil {
			return err
		}
	}
	if err := d.hear(ctx, tx, p, c, m); err != nil {
		return err
	}
	if err := d.replan(ctx, tx, p, c); err != nil {
		return err
	}
	event, err := d.event(ctx, tx, c, Citizen(c.CitizenID), kind, map[string]any{"state": c.State})
	if err != nil {
		return err
	}
	if err := d.Outbox.Unit(ctx, tx, p, c, event); err != nil {
		return err
	}
	l, err := lang(ctx, tx, c)
	if err != nil {
		return err
	}
	return d.Outbox.Citizen(ctx, tx, p, c, event, key, notify.Options{First: true, Args: d.args(tx, p, c, l)})
}

// Who a note comes from that no officer wrote, as its event says.
const (
	ByComputer = System
	ByMachine  = "machine"    // a mail program answered
	ByStranger = "unverified" // somebody who is not known to be the citizen
)

// Remark keeps words for officers that none of them wrote; they never reach the
// citizen. It moves no state and tells nobody by itself.
func (d *Desk) Remark(ctx context.Context, tx *store.Store, c *store.Case, by, words string) (*store.Message, error) {
	m := &store.Message{Region: c.Region, CaseID: c.ID, CitizenID: c.CitizenID, Direction: store.Note, Channel: c.Channel,
		Kind: "text", Author: System, Body: words}
	if err := tx.AddMessage(ctx, m); err != nil {
		return nil, err
	}
	_, err := d.event(ctx, tx, c, System, Noted, map[string]any{"by": by})
	return m, err
}

// Stranger keeps a reply of somebody who is not known to be the citizen, as a note
// for officers. It moves nothing: no state, no clock, no question; and nothing is
// answered. The unit is told that there is something to read.
func (d *Desk) Stranger(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, words string) (*store.Message, error) {
	m, err := d.Remark(ctx, tx, c, ByStranger, words)
	if err != nil {
		return nil, err
	}
	return m, d.Outbox.Unit(ctx, tx, p, c, "message:"+m.ID)
}

// Heard records that an officer listened to a voice note, and what he heard, as a
// note for colleagues.
func (d *Desk) Heard(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, a *store.Attachment, officer, words string) error {
	if a.CaseID != c.ID {
		return tanggap.Errorf(tanggap.Invalid, "berkas itu bukan bagian laporan %s", c.Number)
	}
	if a.State != store.AttachmentStored {
		return tanggap.Errorf(tanggap.Conflict, "pesan suara ini belum tersimpan; coba lagi sebentar lagi")
	}
	if err := tx.SetHeard(ctx, a, officer); err != nil {
		return err
	}
	human(c, tx.Clock().Now())
	if err := d.replan(ctx, tx, p, c); err != nil {
		return err
	}
	return d.Note(ctx, tx, c, officer, words)
}
