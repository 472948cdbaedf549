package notify

import (
	"context"
	"strconv"
	"time"

	"tanggap/internal/region"
	"tanggap/internal/store"
)

// Code owes a one-time code to the contact of a case, if it has one that is verified
// and can be reached; it returns that contact, nil if nothing is sent. The code is
// asked for by whoever waits for it, so it goes out at any hour. It is no message of
// the case: officers must not read it.
func (o *Outbox) Code(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, eventID, code string, lives time.Duration) (*store.Identity, error) {
	to, err := contact(ctx, tx, c)
	if err != nil || to == nil {
		return nil, err
	}
	return o.CodeTo(ctx, tx, p, to, eventID, code, lives)
}

// CodeTo is Code for a contact that was found otherwise.
func (o *Outbox) CodeTo(ctx context.Context, tx *store.Store, p *region.Pack, to *store.Identity, eventID, code string, lives time.Duration) (*store.Identity, error) {
	if !to.Reachable() || wayTo(to) == "" {
		return nil, nil
	}
	citizen, err := tx.Citizen(ctx, to.Region, to.CitizenID)
	if err != nil || !citizen.ErasedAt.IsZero() {
		return nil, err
	}
	args := map[string]string{"code": code, "minutes": strconv.Itoa(int(lives.Minutes()))}
	content := Content{Key: region.TextCode, Args: args, Lang: citizen.Lang, Text: p.Text(citizen.Lang, region.TextCode, args),
		Subject: p.Text(citizen.Lang, region.SubjectCode, nil)}
	n := &store.Notification{Region: to.Region, EventID: eventID, CitizenID: to.CitizenID, Recipient: citizenPrefix + to.CitizenID,
		IdentityID: to.ID, Channel: wayTo(to), Template: region.TextCode, Pack: p.Version}
	if n.Body, err = content.encode(); err != nil {
		return nil, err
	}
	return to, tx.AddNotification(ctx, n)
}

// NewContact owes a contact that somebody wants to be written to at the one request to
// confirm it. Until then nothing else goes there.
func (o *Outbox) NewContact(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, to *store.Identity) error {
	citizen, err := tx.Citizen(ctx, c.Region, c.CitizenID)
	if err != nil {
		return err
	}
	n := &store.Notification{Region: c.Region, EventID: "contact:" + to.ID, CitizenID: c.CitizenID, Recipient: citizenPrefix + c.CitizenID,
		IdentityID: to.ID, Channel: wayTo(to), Pack: p.Version}
	return o.askToConfirm(ctx, tx, p, c, to, n, citizen.Lang)
}
