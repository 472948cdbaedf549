package notify

import (
	"cmp"
	"context"

	"tanggap/internal/channel"
	"tanggap/internal/region"
	"tanggap/internal/store"
)

// Answer owes words to somebody who wrote what needs no case: a greeting, thanks, a
// question about progress. They are not kept as a message of any case. An identity
// that is not verified is not answered.
func (o *Outbox) Answer(ctx context.Context, tx *store.Store, p *region.Pack, to *store.Identity, eventID, key string, opt Options) error {
	return o.Say(ctx, tx, p, to, eventID, key, "", opt)
}

// Say is Answer with words that were put together already; key says what they are.
func (o *Outbox) Say(ctx context.Context, tx *store.Store, p *region.Pack, to *store.Identity, eventID, key, words string, opt Options) error {
	way := wayTo(to)
	if way == "" || to.VerifiedAt.IsZero() {
		return nil
	}
	citizen, err := tx.Citizen(ctx, to.Region, to.CitizenID)
	if err != nil {
		return err
	}
	args := with(map[string]string{}, opt.Args)
	content := Content{Key: key, Args: args, Text: cmp.Or(words, p.Text(citizen.Lang, key, args)), Lang: citizen.Lang, Buttons: opt.Buttons,
		Subject: p.Text(citizen.Lang, region.SubjectUpdate, args), ReplyTo: opt.ReplyTo}
	n := &store.Notification{Region: to.Region, EventID: eventID, CitizenID: to.CitizenID, Recipient: citizenPrefix + to.CitizenID,
		IdentityID: to.ID, Channel: way, Template: key, Pack: p.Version, Urgent: opt.Urgent,
		Automatic: opt.First && way == channel.Email}
	if n.Body, err = content.encode(); err != nil {
		return err
	}
	return tx.AddNotification(ctx, n)
}
