package notify

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"tanggap/internal/channel"
	"tanggap/internal/channel/whatsapp"
	"tanggap/internal/region"
	"tanggap/internal/seal"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Reasons that an officer reads beside a notice that did not go out.
const (
	reasonWindow      = "lebih dari 24 jam sejak pesan terakhir warga dan tidak ada templat untuk pesan ini"
	reasonUnreachable = "kontak ini tidak bisa dihubungi"
	reasonGone        = "penerima tidak ada lagi"
	reasonNoChannel   = "saluran ini belum dipasang"
	reasonOffDuty     = "petugas ini tidak bertugas lagi"
	reasonUnreadable  = "isi pesan tidak terbaca"
	reasonGivenUp     = "penyedia tidak menerima pesan selama 24 jam"
	reasonUnknown     = "tidak jelas apakah terkirim"
)

// repeatAfter is how long the fate of an urgent notice or a mail may stay unknown;
// after repeatWithin nobody waits for it any more.
const (
	repeatAfter  = 10 * time.Minute
	repeatWithin = 24 * time.Hour
)

// handle brings one leased notice to its next state.
func (d *Dispatcher) handle(ctx context.Context, p *region.Pack, n *store.Notification) error {
	now := d.now()
	if at := d.wait(n, now); !at.IsZero() {
		return d.postpone(ctx, n, at)
	}
	// What was owed long ago, and kept waiting by us or the provider, wakes nobody.
	if !n.Urgent && toCitizen(n) && now.Sub(n.CreatedAt) > awakeFor && p.Quiet(now) {
		return d.postpone(ctx, n, p.QuietHours().After(now, p.Location()))
	}
	var siblings []*store.Notification
	if n.CaseID != "" {
		var err error
		if siblings, err = d.Store.Notifications(ctx, n.Region, n.CaseID); err != nil {
			return err
		}
	}
	if isAgain(n) {
		if needed, at := stillUnknown(siblings, n, now); !needed {
			return d.end(ctx, n, Dropped, "not needed")
		} else if at.After(now) {
			return d.postpone(ctx, n, at)
		}
	} else if at := ahead(siblings, n, now); !at.IsZero() && !n.Urgent {
		return d.postpone(ctx, n, at)
	}
	at, why, together, err := d.afford(ctx, p, n, siblings, now)
	switch {
	case err != nil:
		return err
	case why != "":
		return d.end(ctx, n, Dropped, why)
	case at.After(now):
		return d.postpone(ctx, n, at)
	}
	content, outcome, why, err := d.read(ctx, p, n)
	if err != nil {
		return err
	}
	if outcome != "" {
		return d.end(ctx, n, outcome, why)
	}
	if n.Automatic {
		why, err := d.limited(ctx, n)
		if err != nil {
			return err
		}
		if why != "" {
			return d.end(ctx, n, Dropped, why)
		}
	}
	var others []*store.Notification
	if together {
		if content, others, err = d.merge(ctx, p, n, content); err != nil {
			return err
		}
	}
	out, why, err := d.address(ctx, p, n, content)
	if tanggap.CodeOf(err) == tanggap.NotFound {
		return d.end(ctx, n, store.NoticeFailed, reasonGone)
	}
	if err != nil {
		return err
	}
	if why != "" {
		return d.end(ctx, n, store.NoticeFailed, why)
	}
	if at := d.pace(n, now); at.After(now) {
		return d.postpone(ctx, n, at)
	}
	return d.send(ctx, n, content, out, others)
}

// read returns what a notice says, or the outcome of one that says nothing.
func (d *Dispatcher) read(ctx context.Context, p *region.Pack, n *store.Notification) (c Content, outcome, why string, err error) {
	if n.Template == region.OfficerDigest {
		c, ok, err := d.Outbox.digest(ctx, d.Store, p, digestUnit(n.EventID), d.now())
		if err == nil && !ok {
			outcome, why = Dropped, "nothing open"
		}
		return c, outcome, why, err
	}
	if n.Body == "" {
		return c, Dropped, "citizen was erased", nil
	}
	if err := json.Unmarshal([]byte(n.Body), &c); err != nil {
		return c, store.NoticeFailed, reasonUnreadable, nil
	}
	return c, "", "", nil
}

// address turns content into what the sender gets, asking once more whether the
// recipient may still be told. why is the reason not to send.
func (d *Dispatcher) address(ctx context.Context, p *region.Pack, n *store.Notification, c Content) (out channel.Outbound, why string, err error) {
	if d.Senders[way(n)] == nil {
		return out, reasonNoChannel, nil
	}
	out = channel.Outbound{Subject: c.Subject, Text: c.Text, Buttons: c.Buttons, RequestLocation: c.RequestLocation, InReplyTo: c.ReplyTo}
	if isAgain(n) {
		out.Text = repeated(c.Lang, out.Text)
	}
	if n.Channel != channel.WhatsApp {
		out.Text = plain(out.Text)
	}
	if n.Channel == channel.Email {
		for _, b := range out.Buttons {
			if b.URL != "" {
				out.Text += "\n" + b.Title + ": " + b.URL
			}
		}
		out.Text += "\n\n-- \n" + p.Text(c.Lang, region.MailFoot, nil)
	}
	if !toCitizen(n) {
		out.MessageID = d.messageID(p, n)
		officer, err := d.Store.Officer(ctx, strings.TrimPrefix(n.Recipient, officerPrefix))
		if err != nil {
			return out, "", err
		}
		if !mayBeTold(officer, n) {
			return out, reasonOffDuty, nil
		}
		out.To = channel.Address{ExternalID: officer.ID, Phone: officer.Phone, Email: officer.Email}
		if isAlarm(strings.TrimSuffix(n.Template, again)) {
			out.Template, _, err = d.template(ctx, p, channel.WhatsApp, c) // without one, other ways remain
		}
		return out, "", err
	}
	to, err := d.Store.Identity(ctx, n.Region, n.IdentityID)
	if err != nil {
		return out, "", err
	}
	if !to.UnreachableAt.IsZero() || to.VerifiedAt.IsZero() && n.Template != region.TextConfirmContact && !(unverifiedMail(to) && isReceipt(n.Template)) {
		return out, reasonUnreachable, nil
	}
	out.To = channel.Address{Phone: to.Phone, Email: to.Email}
	if to.Channel == n.Channel {
		out.To.ExternalID = to.External
	}
	if n.Channel == channel.Email {
		return out, "", d.thread(ctx, p, n, to, &out)
	}
	if n.Channel == channel.WhatsApp && (n.Error == reasonWindow || !whatsapp.WindowOpen(to.LastInboundAt, d.now())) {
		var why string
		out.Template, why, err = d.template(ctx, p, n.Channel, c)
		return out, why, err
	}
	return out, "", nil
}

// mayBeTold reports whether an officer may still hear of a notice: digests go to
// those of the unit only, alarms to whoever the roster names.
func mayBeTold(x *store.Officer, n *store.Notification) bool {
	if n.Template == region.OfficerDigest {
		return worksFor(x, n.Region, digestUnit(n.EventID))
	}
	for _, r := range x.Roles {
		if r.Region == n.Region && x.DisabledAt.IsZero() {
			return true
		}
	}
	return false
}

// send marks the notice, durably, calls the provider and records what became of it.
// It does not stop half-way when ctx ends. The words of others are in it, too.
func (d *Dispatcher) send(ctx context.Context, n *store.Notification, c Content, out channel.Outbound, others []*store.Notification) error {
	ctx = context.WithoutCancel(ctx)
	// An attempt is named after the message it carries: a status that comes before we
	// have noted the provider's id still finds the message.
	n.AttemptID = cmp.Or(c.Message, n.ID) + attemptMark + tanggap.NewToken()
	n.State, n.LeasedAt = store.NoticeSending, d.now()
	// The name of a mail is known before it is sent: a bounce or an answer finds it
	// even if we never hear what became of the call.
	var err error
	if n.ProviderBidx, err = d.Store.Blind(ctx, n.Region, seal.PurposeExternalID, out.MessageID); err != nil {
		return err
	}
	mine := false
	err = d.Store.InShared(ctx, func(tx *store.Store) (err error) {
		if mine, err = tx.SetNotification(ctx, n, store.NoticeLeased); err != nil || !mine {
			return err
		}
		if err := absorb(ctx, tx, n, others); err != nil {
			return err
		}
		if err := setExternal(ctx, tx, n, out.MessageID); err != nil || !repeats(n) {
			return err
		}
		return tx.AddNotification(ctx, repetition(n))
	})
	if err != nil {
		return fmt.Errorf("mark notice %s: %w", n.ID, err)
	}
	if !mine {
		return nil // our lease ran out; its new holder sends
	}
	out.AttemptID = n.AttemptID
	call, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	providerID, refused := d.Senders[way(n)].Send(call, out)
	if n.Channel == channel.Email && refused == nil {
		providerID = out.MessageID // the name under which bounces and answers speak of it
	}
	return d.finish(ctx, n, out, providerID, refused)
}

// absorb ends the notices whose words n carries as well.
func absorb(ctx context.Context, tx *store.Store, n *store.Notification, others []*store.Notification) error {
	if len(others) == 0 {
		return nil
	}
	for _, x := range others {
		from := x.State
		x.State, x.Error = Dropped, "merged into "+n.ID
		if _, err := tx.SetNotification(ctx, x, from); err != nil {
			return err
		}
	}
	return tx.SetNoticeBody(ctx, n)
}

// repeats reports whether n takes a repetition with it. A mail needs none: it is
// tried again itself, under the same Message-ID.
func repeats(n *store.Notification) bool {
	return n.Urgent && !isAgain(n) && n.Channel != channel.Email
}

// repetition is the one further try of an urgent notice, owed together with the
// first. When its time comes it is dropped unless nothing was heard of the first:
// so even a crash in mid-call leaves no alarm unsent, and no list has to be kept.
func repetition(n *store.Notification) *store.Notification {
	r := *n
	r.Template += again
	r.NotBeforeAt = n.LeasedAt.Add(repeatAfter)
	r.AttemptID, r.Attempts, r.LeasedBy, r.LeasedAt, r.ErrorCode, r.Error = "", 0, "", time.Time{}, 0, ""
	return &r
}

// stillUnknown reports whether the notice that r repeats is not settled, and when r
// is due: once its fate has been unknown for repeatAfter.
func stillUnknown(siblings []*store.Notification, r *store.Notification, now time.Time) (needed bool, at time.Time) {
	for _, n := range siblings {
		if n.EventID != r.EventID || n.Recipient != r.Recipient || n.Template+again != r.Template {
			continue
		}
		switch n.State {
		case store.NoticeUnknown:
			return true, n.LeasedAt.Add(repeatAfter)
		case store.NoticeReady, store.NoticeLeased, store.NoticeSending:
			return true, latest(n.NotBeforeAt, now).Add(repeatAfter)
		}
	}
	return false, time.Time{}
}

// postpone gives a leased notice back until at.
func (d *Dispatcher) postpone(ctx context.Context, n *store.Notification, at time.Time) error {
	n.State, n.NotBeforeAt = store.NoticeReady, at.UTC()
	_, err := d.Store.SetNotification(ctx, n, store.NoticeLeased)
	return err
}

// end closes a leased notice without sending it.
func (d *Dispatcher) end(ctx context.Context, n *store.Notification, state, why string) error {
	n.State, n.Error = state, why
	_, err := d.Store.SetNotification(ctx, n, store.NoticeLeased)
	return err
}
