package intake

import (
	"context"
	"encoding/hex"
	"strings"
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
	way := row.Channel
	if m.Form != nil && m.Form.Identity != "" {
		// He came in by a code sent to this contact, so that it need not be proved again.
		if who, err := tx.Identity(ctx, row.Region, m.Form.Identity); err != nil || !who.VerifiedAt.IsZero() {
			return who, err
		}
	}
	if m.Form != nil {
		// Typed at the desk or into the form, a contact is the same: a number or an address.
		external, aliases, way = "form:"+hex.EncodeToString(row.ExternalBidx), nil, channel.Web
	}
	if external == "" {
		return nil, tanggap.Errorf(tanggap.Invalid, "pengirim tidak dikenal")
	}
	ids := append([]string{external}, aliases...)
	if err := tx.LockIdentities(ctx, row.Region, way, row.Account, ids...); err != nil {
		return nil, err
	}
	who, err := tx.FindIdentity(ctx, row.Region, way, row.Account, ids...)
	if err != nil {
		return nil, err
	}
	if who == nil {
		c := &store.Citizen{Region: row.Region, Name: m.From.Name, Lang: language(m)}
		if err := tx.AddCitizen(ctx, c); err != nil {
			return nil, err
		}
		who = &store.Identity{Region: row.Region, CitizenID: c.ID, Channel: way, Account: row.Account,
			External: external, Phone: m.From.Phone, Email: m.From.Email}
		if m.Form == nil {
			who.LastInboundAt = said(row, m)
		}
		if m.Form == nil && m.Mail == nil {
			who.VerifiedAt = now // he wrote from it; the sender of a mail is a claim
		}
		return who, tx.AddIdentity(ctx, who, aliases...)
	}
	if at := said(row, m); at.After(who.LastInboundAt) {
		who.LastInboundAt = at
	}
	if m.From.Phone != "" {
		who.Phone = m.From.Phone
	}
	who.UnreachableAt, who.StoppedAt = time.Time{}, time.Time{} // he can be reached, and wants to be: he writes
	if err := tx.HeardFrom(ctx, who); err != nil {
		return nil, err
	}
	// He may have been found by his number and show a business-scoped id for the first
	// time; later messages may carry that id alone.
	return who, tx.AddAliases(ctx, who, ids...)
}

// changeIdentity follows a provider's word that a person's id is now another one.
// The old id names him no longer: a number is given to the next customer, who must
// not find somebody else's cases under it.
func changeIdentity(ctx context.Context, tx *store.Store, row *store.Inbound, ch *channel.IdentityChange) error {
	old := append([]string{ch.Previous}, ch.Aliases...)
	if err := tx.LockIdentities(ctx, row.Region, row.Channel, row.Account, append(old, ch.Current)...); err != nil {
		return err
	}
	who, err := tx.FindIdentity(ctx, row.Region, row.Channel, row.Account, old...)
	if err != nil || who == nil {
		return err
	}
	taken, err := tx.FindIdentity(ctx, row.Region, row.Channel, row.Account, ch.Current)
	if err != nil || taken != nil {
		return err // somebody already writes under the new id; a person may join the two
	}
	number := strings.TrimPrefix(who.Phone, "+")
	if ch.Phone != "" {
		who.Phone = ch.Phone
	}
	keep := strings.TrimPrefix(who.Phone, "+")
	if number != keep {
		old = append(old, number)
	}
	who.External = ch.Current
	if err := tx.SetIdentity(ctx, who); err != nil {
		return err
	}
	for _, id := range old {
		if id == keep {
			continue
		}
		if err := tx.DropAlias(ctx, who, id); err != nil {
			return err
		}
	}
	return tx.AddAliases(ctx, who, keep)
}

// said is when a message was sent: the provider's word where it gives one that can
// be true.
func said(row *store.Inbound, m *channel.Message) time.Time {
	if m.At.IsZero() || m.At.After(row.ReceivedAt) || row.ReceivedAt.Sub(m.At) > oldest {
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
