package notify

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"tanggap/internal/channel"
	"tanggap/internal/channel/whatsapp"
	"tanggap/internal/seal"
	"tanggap/internal/store"
	"tanggap/internal/text"
)

// Pauses between tries double from firstPause to lastPause. maxAttempts of them
// fill 24 hours.
const (
	firstPause  = 5 * time.Second
	lastPause   = time.Hour
	maxAttempts = 33
)

// pauseAfter returns the pause after the n-th refused try, n ≥ 1, without jitter.
func pauseAfter(n int64) time.Duration {
	if n > 10 {
		return lastPause
	}
	return min(firstPause<<(n-1), lastPause)
}

// jitter lengthens a pause by up to a fifth, so that those refused together do not
// come back together.
func jitter(pause time.Duration) time.Duration { return pause + rand.N(pause/5+1) }

// maxReason caps what is kept of a provider's words.
const maxReason = 300

// reason makes a provider's words fit to be kept in clear.
func reason(detail string) string {
	detail = text.Mask(strings.ToValidUTF8(strings.Join(strings.Fields(detail), " "), ""))
	if r := []rune(detail); len(r) > maxReason {
		return string(r[:maxReason])
	}
	return detail
}

// finish records the answer to a send.
func (d *Dispatcher) finish(ctx context.Context, n *store.Notification, out channel.Outbound, providerID string, refused error) error {
	now := d.now()
	if refused == nil {
		n.State, n.SentAt, n.ErrorCode, n.Error = store.NoticeSent, now, 0, ""
		return d.settle(ctx, n, providerID, assumed(out))
	}
	var e *channel.SendError
	if !errors.As(refused, &e) {
		e = &channel.SendError{Fault: channel.FaultUnknown, Detail: refused.Error()}
	}
	n.State, n.ErrorCode, n.Error = store.NoticeFailed, e.Code, reason(e.Detail)
	retry := func(after time.Duration) {
		n.State, n.NotBeforeAt = store.NoticeReady, now.Add(jitter(after)).UTC()
	}
	switch e.Fault {
	case channel.FaultRetry:
		n.Attempts++
		if n.Attempts >= maxAttempts {
			n.Error = reasonGivenUp + ": " + n.Error
			break
		}
		retry(max(pauseAfter(n.Attempts), e.RetryAfter))
	case channel.FaultSlow:
		// A limit is no fault of the message, so it is never given up for it.
		retry(max(e.RetryAfter, firstPause))
	case channel.FaultAccount:
		until := now.Add(accountWait)
		d.closeAccount(n, until)
		n.State, n.NotBeforeAt = store.NoticeReady, until.UTC()
		d.Log.Error("channel stopped: the provider refuses our account", "region", n.Region, "channel", n.Channel, "code", e.Code, "detail", n.Error)
	case channel.FaultWindow:
		n.Error = reasonWindow
		if out.Template == nil && d.Template != nil {
			retry(0) // reasonWindow makes the next try a template, if there is one
		}
	case channel.FaultUnreachable:
		return d.settleUnreachable(ctx, n)
	case channel.FaultUnknown:
		n.State, n.Error = store.NoticeUnknown, reasonUnknown+": "+n.Error
	case channel.FaultTemplate:
		d.Log.Error("template refused", "region", n.Region, "channel", n.Channel, "template", n.Template, "code", e.Code, "detail", n.Error)
	}
	return d.settle(ctx, n, "", "")
}

// settle writes the outcome of a call. A status of the provider may have overtaken
// it, or somebody may have taken us for dead: then what we know is added to what
// stands there. What was sent is counted as charge.
func (d *Dispatcher) settle(ctx context.Context, n *store.Notification, providerID, charge string) error {
	b, err := d.Store.Blind(ctx, n.Region, seal.PurposeExternalID, providerID)
	if err != nil {
		return err
	}
	return d.Store.InShared(ctx, func(tx *store.Store) error {
		if err := tx.Lock(ctx, noticeLock(n.ID)); err != nil {
			return err
		}
		row := *n
		if b != nil {
			row.ProviderBidx = b
		}
		if charge != "" && n.Channel == channel.WhatsApp {
			row.Charge = charge
		}
		mine, err := tx.SetNotification(ctx, &row, store.NoticeSending)
		if err != nil {
			return err
		}
		if mine {
			err = d.recount(ctx, tx, &row, n.Charge)
		}
		if err != nil {
			return err
		}
		if !mine && providerID != "" {
			if err := d.addProviderID(ctx, tx, n, b, charge); err != nil {
				return err
			}
		}
		return setExternal(ctx, tx, n, providerID)
	})
}

// addProviderID adds the provider's id to a notice whose state was decided without
// it: accepted beats unknown, and what a status said stays.
func (d *Dispatcher) addProviderID(ctx context.Context, tx *store.Store, n *store.Notification, id []byte, charge string) error {
	row, err := tx.NotificationByProvider(ctx, n.Region, "", n.AttemptID)
	if err != nil || row == nil {
		return err
	}
	row.ProviderBidx = id
	if row.State == store.NoticeUnknown {
		row.State, row.SentAt, row.Error = store.NoticeSent, n.SentAt, ""
		if err := d.charge(ctx, tx, row, charge); err != nil {
			return err
		}
	}
	return tx.SetDelivery(ctx, row)
}

// settleUnreachable marks the identity and turns to another one of the citizen, if
// there is one.
func (d *Dispatcher) settleUnreachable(ctx context.Context, n *store.Notification) error {
	n.Error = reasonUnreachable + ": " + n.Error
	if !toCitizen(n) {
		return d.settle(ctx, n, "", "")
	}
	return d.Store.InTx(ctx, func(tx *store.Store) error {
		row := *n
		if err := unreachable(ctx, tx, &row); err != nil {
			return err
		}
		_, err := tx.SetNotification(ctx, &row, store.NoticeSending)
		return err
	})
}

// unreachable marks the identity that n went to, and readies n for another one of
// the same citizen where there is one. It does not write n.
func unreachable(ctx context.Context, tx *store.Store, n *store.Notification) error {
	to, err := tx.Identity(ctx, n.Region, n.IdentityID)
	if err != nil {
		return err
	}
	if to.UnreachableAt.IsZero() {
		to.UnreachableAt = tx.Clock().Now()
		if err := tx.SetIdentity(ctx, to); err != nil {
			return err
		}
	}
	if to.VerifiedAt.IsZero() {
		return nil
	}
	other, err := otherContact(ctx, tx, n.Region, n.CitizenID, to.ID)
	if err != nil || other == nil {
		return err
	}
	n.State, n.IdentityID, n.Channel = store.NoticeReady, other.ID, wayTo(other)
	return nil
}

// attemptMark ends the message's id in an attempt's.
const attemptMark = "."

// setExternal gives the message that a notice carried its provider's id, so that
// replies and reactions to it find the case.
func setExternal(ctx context.Context, tx *store.Store, n *store.Notification, providerID string) error {
	message, _, _ := strings.Cut(n.AttemptID, attemptMark)
	if providerID == "" || message == n.ID || !toCitizen(n) {
		return nil
	}
	return tx.SetExternal(ctx, &store.Message{Region: n.Region, ID: message, CitizenID: n.CitizenID, External: providerID})
}

func noticeLock(id string) string { return "notice:" + id }

// Status merges what a provider says became of one of our messages into its notice,
// found by the provider's id or our attempt id; a status about anything else is
// ignored. Statuses may come late, twice and in any order.
func (d *Dispatcher) Status(ctx context.Context, tx *store.Store, region string, s channel.Status) error {
	n, err := find(ctx, tx, region, s)
	if err != nil || n == nil {
		return err
	}
	if err := tx.Lock(ctx, noticeLock(n.ID)); err != nil {
		return err
	}
	// Only now is what we read what stands there.
	if n, err = find(ctx, tx, region, s); err != nil || n == nil {
		return err
	}
	if n.ProviderBidx == nil && s.ProviderID != "" {
		if n.ProviderBidx, err = tx.Blind(ctx, region, seal.PurposeExternalID, s.ProviderID); err != nil {
			return err
		}
		if err := setExternal(ctx, tx, n, s.ProviderID); err != nil {
			return err
		}
	}
	if n.State == store.NoticeReady || n.State == store.NoticeLeased {
		return nil // an earlier try's failure, heard of twice: the next one is on its way
	}
	merged := whatsapp.MergeStatus(channel.DeliveryState(n.Delivery), s.State)
	if n.SentAt.IsZero() && merged != channel.Failed {
		n.SentAt = tx.Clock().Now()
	}
	counted := told(n, s)
	if merged == channel.Failed {
		counted = "" // what did not arrive costs nothing
	}
	if err := d.charge(ctx, tx, n, counted); err != nil {
		return err
	}
	if string(merged) == n.Delivery {
		return tx.SetDelivery(ctx, n)
	}
	n.Delivery = string(merged)
	if merged != channel.Failed {
		n.State, n.ErrorCode, n.Error = store.NoticeSent, 0, ""
		return tx.SetDelivery(ctx, n)
	}
	return d.failedLater(ctx, tx, n, s)
}

// failedLater handles a message that the provider took and could not deliver.
func (d *Dispatcher) failedLater(ctx context.Context, tx *store.Store, n *store.Notification, s channel.Status) error {
	from := n.State
	n.State, n.ErrorCode, n.Error = store.NoticeFailed, s.ErrorCode, reason(s.ErrorText)
	switch s.Fault {
	case channel.FaultUnreachable:
		n.Error = reasonUnreachable + ": " + n.Error
		if toCitizen(n) {
			if err := unreachable(ctx, tx, n); err != nil {
				return err
			}
		}
	case channel.FaultWindow:
		n.Error = reasonWindow
		d.againLater(tx, n, d.Template != nil)
	case channel.FaultRetry, channel.FaultSlow:
		d.againLater(tx, n, true)
	}
	if n.State == store.NoticeReady {
		n.Delivery = "" // of the next try
	}
	_, err := tx.SetNotification(ctx, n, from)
	return err
}

func (d *Dispatcher) againLater(tx *store.Store, n *store.Notification, allowed bool) {
	if n.Attempts++; allowed && n.Attempts < maxAttempts {
		n.State, n.NotBeforeAt = store.NoticeReady, tx.Clock().Now().Add(jitter(pauseAfter(n.Attempts))).UTC()
	}
}

// find looks by the provider's id first: it has an index.
func find(ctx context.Context, tx *store.Store, region string, s channel.Status) (*store.Notification, error) {
	if s.ProviderID != "" {
		if n, err := tx.NotificationByProvider(ctx, region, s.ProviderID, ""); err != nil || n != nil {
			return n, err
		}
	}
	if s.AttemptID == "" {
		return nil, nil
	}
	return tx.NotificationByProvider(ctx, region, "", s.AttemptID)
}
