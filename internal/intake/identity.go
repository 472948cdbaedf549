package intake

import (
	"context"
	"encoding/hex"
	"time"

	"tanggap/internal/channel"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
)

// identify finds who wrote, or makes a new citizen. People are told apart by the
// ids their channel gives them, never by names, and a contact typed into a form is
// a claim: it makes a citizen of its own until somebody proves it.
func identify(ctx context.Context, tx *store.Store, row *store.Inbound, m *channel.Message) (*store.Identity, error) {
	now := tx.Clock().Now()
	external, aliases := m.From.ExternalID, m.From.Aliases
	if m.Form != nil {
		external, aliases = "form:"+hex.EncodeToString(row.ExternalBidx), nil
	}
	if external == "" {
		return nil, tanggap.Errorf(tanggap.Invalid, "pengirim tidak dikenal")
	}
	if err := tx.Lock(ctx, "identity:"+row.Region+":"+external); err != nil {
		return nil, err
	}
	who, err := tx.FindIdentity(ctx, row.Region, row.Channel, row.Account, append([]string{external}, aliases...)...)
	if err != nil {
		return nil, err
	}
	if who == nil {
		c := &store.Citizen{Region: row.Region, Name: m.From.Name, Lang: language(m)}
		if err := tx.AddCitizen(ctx, c); err != nil {
			return nil, err
		}
		who = &store.Identity{Region: row.Region, CitizenID: c.ID, Channel: row.Channel, Account: row.Account,
			External: external, Phone: m.From.Phone, Email: m.From.Email, LastInboundAt: said(row, m)}
		if m.Form == nil {
			who.VerifiedAt = now // he wrote from it
		}
		return who, tx.AddIdentity(ctx, who, aliases...)
	}
	if at := said(row, m); at.After(who.LastInboundAt) {
		who.LastInboundAt = at
	}
	if m.From.Phone != "" {
		who.Phone = m.From.Phone
	}
	who.UnreachableAt = time.Time{} // he can be reached: he writes
	if err := tx.SetIdentity(ctx, who); err != nil {
		return nil, err
	}
	return who, tx.AddAliases(ctx, who, aliases...)
}

// changeIdentity follows a provider's word that a person's id is now another one.
func changeIdentity(ctx context.Context, tx *store.Store, row *store.Inbound, ch *channel.IdentityChange) error {
	who, err := tx.FindIdentity(ctx, row.Region, row.Channel, row.Account, append([]string{ch.Previous}, ch.Aliases...)...)
	if err != nil || who == nil {
		return err
	}
	taken, err := tx.FindIdentity(ctx, row.Region, row.Channel, row.Account, ch.Current)
	if err != nil || taken != nil {
		return err // somebody already writes under the new id; a person may join the two
	}
	old := who.External
	who.External = ch.Current
	if ch.Phone != "" {
		who.Phone = ch.Phone
	}
	if err := tx.SetIdentity(ctx, who); err != nil {
		return err
	}
	return tx.AddAliases(ctx, who, old)
}

// said is when a message was sent: the provider's word where it gives one that is
// not in the future.
func said(row *store.Inbound, m *channel.Message) time.Time {
	if m.At.IsZero() || m.At.After(row.ReceivedAt) {
		return row.ReceivedAt
	}
	return m.At
}

func language(m *channel.Message) string {
	if m.Form != nil && m.Form.Lang != "" {
		return m.Form.Lang
	}
	if text.Language(m.Text) == "en" {
		return "en"
	}
	return "id"
}
