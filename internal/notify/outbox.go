package notify

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"tanggap/internal/channel"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
)

// Outbox owes notices. Its methods work inside the caller's transaction, so that a
// notice is owed exactly when the change it tells about has happened.
type Outbox struct {
	packs   *region.Registry
	baseURL func(p *region.Pack) string
}

// New returns an Outbox. baseURL is the public address of a region's pages without
// a slash at its end.
func New(packs *region.Registry, baseURL func(p *region.Pack) string) *Outbox {
	return &Outbox{packs: packs, baseURL: baseURL}
}

// Page is the public address of a page of a region.
func (o *Outbox) Page(p *region.Pack, path string) string { return o.baseURL(p) + path }

// awakeFor is how long after their last words a citizen counts as awake.
const awakeFor = 30 * time.Minute

// Citizen owes the case's citizen a notice rendered from the text key, or the
// officer's words in opt.Text. The words also become an outgoing Message of the
// case, which is all that happens when the citizen left no contact. A contact that
// is not verified gets one request to confirm it, ever, and nothing else; a person
// who wrote by mail gets the receipt of his case at the address he wrote from. The
// same event and key is owed once.
func (o *Outbox) Citizen(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, eventID, key string, opt Options) error {
	citizen, err := tx.Citizen(ctx, c.Region, c.CitizenID)
	if err != nil || !citizen.ErasedAt.IsZero() {
		return err
	}
	owed, err := tx.Notifications(ctx, c.Region, c.ID)
	if err != nil {
		return err
	}
	n := &store.Notification{Region: c.Region, EventID: eventID, CaseID: c.ID, CitizenID: c.CitizenID,
		Recipient: citizenPrefix + c.CitizenID, Template: cmp.Or(key, freeText), Pack: p.Version, Urgent: opt.Urgent}
	if slices.ContainsFunc(owed, func(x *store.Notification) bool {
		return x.EventID == n.EventID && x.Recipient == n.Recipient && x.Template == n.Template
	}) {
		return nil
	}
	to, err := contact(ctx, tx, c)
	if err != nil {
		return err
	}
	content := o.content(p, c, cmp.Or(citizen.Lang, "id"), key, opt, tx.Clock().Now())
	wroteByMail := unverifiedMail(to)
	if wroteByMail && isReceipt(key) {
		if content, err = o.mailReceipt(ctx, tx, p, c, to, content, opt); err != nil {
			return err
		}
	}
	if content.Message, err = keep(ctx, tx, c, to, content, opt.Author); err != nil {
		return err
	}
	if n.Channel = wayTo(to); n.Channel == "" {
		return nil
	}
	if !to.StoppedAt.IsZero() && !opt.Urgent {
		return nil // he asked not to be written to; the words stand in the case
	}
	n.IdentityID = to.ID
	now := tx.Clock().Now()
	// Words of an officer belong to a conversation, like an answer of ours.
	if awake := (opt.First || opt.Author != "") && now.Sub(latest(c.LastInAt, c.OpenedAt)) <= awakeFor; !opt.Urgent && !awake {
		n.NotBeforeAt = p.QuietHours().After(now, p.Location()).UTC()
	}
	if held := now.Add(opt.Hold).UTC(); !opt.Urgent && n.NotBeforeAt.Before(held) {
		n.NotBeforeAt = held
	}
	n.Automatic = opt.First && n.Channel == channel.Email
	switch {
	case wroteByMail && !mayReceipt(owed, key, to):
		return nil // everything else waits until he confirmed; the words stand in the case
	case wroteByMail:
		n.Automatic = true
		to.ConfirmedAt = now // the receipt says how to confirm
		if err := tx.SetIdentity(ctx, to); err != nil {
			return err
		}
	case to.VerifiedAt.IsZero():
		return o.askToConfirm(ctx, tx, p, c, to, n, content.Lang)
	}
	if isNews(key) {
		if err := supersede(ctx, tx, owed, n.Recipient); err != nil {
			return err
		}
	}
	if n.Body, err = content.encode(); err != nil {
		return err
	}
	return tx.AddNotification(ctx, n)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// contact returns the identity that notices of the case go to: the one it came
// from, or, when that one cannot be reached any more, another verified one of the
// same citizen. It is nil when the citizen left none.
func contact(ctx context.Context, tx *store.Store, c *store.Case) (*store.Identity, error) {
	if c.IdentityID == "" {
		return nil, nil
	}
	first, err := tx.Identity(ctx, c.Region, c.IdentityID)
	if err != nil {
		return nil, err
	}
	if first, err = preferred(ctx, tx, first); err != nil || first.UnreachableAt.IsZero() {
		return first, err
	}
	other, err := otherContact(ctx, tx, c.Region, c.CitizenID, first.ID)
	if err != nil || other == nil {
		return first, err
	}
	return other, nil
}

// preferred returns the verified, reachable identity of the same citizen on the channel
// that he prefers; first, if he prefers none or has none there.
func preferred(ctx context.Context, tx *store.Store, first *store.Identity) (*store.Identity, error) {
	way, err := tx.Wish(ctx, first.Region, first.CitizenID, store.WishWay)
	if err != nil || way == "" || way == wayTo(first) {
		return first, err
	}
	all, err := tx.Identities(ctx, first.Region, first.CitizenID)
	for _, i := range all {
		if i.Reachable() && wayTo(i) == way {
			return i, err
		}
	}
	return first, err
}

// WayTo is the channel by which a contact is written to, "" for none.
func WayTo(i *store.Identity) string { return wayTo(i) }

// otherContact returns a verified, reachable identity of the citizen besides not;
// nil if there is none.
func otherContact(ctx context.Context, tx *store.Store, region, citizen, not string) (*store.Identity, error) {
	all, err := tx.Identities(ctx, region, citizen)
	if err != nil {
		return nil, err
	}
	for _, i := range all {
		if i.ID != not && i.Reachable() && wayTo(i) != "" {
			return i, nil
		}
	}
	return nil, nil
}

// content renders a notice.
func (o *Outbox) content(p *region.Pack, c *store.Case, lang, key string, opt Options, now time.Time) Content {
	args := o.Args(p, c, lang)
	opens(args, p, c, lang, now)
	if key == region.TextAnswered || key == region.TextClosedSilence {
		args["days"] = strconv.Itoa(p.Identity.AutoClose)
	}
	args = with(args, opt.Args)
	words := opt.Text
	if words == "" {
		words = p.Text(lang, key, args)
	}
	if opt.Lead != "" {
		words = p.Text(lang, opt.Lead, args) + "\n\n" + words
	}
	subject := region.SubjectUpdate
	if strings.HasPrefix(key, region.TextReceived) {
		subject = region.SubjectReceived
	}
	return Content{Key: key, Args: args, Text: words, Lang: lang, Buttons: opt.Buttons, RequestLocation: opt.RequestLocation,
		Subject: p.Text(lang, subject, args), ReplyTo: opt.ReplyTo}
}

// keep stores the words as a message of the case. Only an officer's words have a
// masked copy: ours are no evidence for search or models and hold the private link.
func keep(ctx context.Context, tx *store.Store, c *store.Case, to *store.Identity, content Content, author string) (string, error) {
	m := &store.Message{Region: c.Region, CaseID: c.ID, CitizenID: c.CitizenID, Direction: store.Out, Channel: c.Channel,
		Kind: string(channel.Text), Author: cmp.Or(author, "system"), Body: plain(content.Text)}
	if way := wayTo(to); way != "" {
		m.Channel, m.IdentityID = way, to.ID
	}
	if author != "" && !c.Secret {
		m.Masked = text.Mask(strings.ReplaceAll(m.Body, content.Args["link"], ""))
	}
	err := tx.AddMessage(ctx, m)
	return m.ID, err
}

// supersede drops the status notices of a case that still wait for the recipient.
func supersede(ctx context.Context, tx *store.Store, owed []*store.Notification, recipient string) error {
	for _, n := range owed {
		if n.Recipient != recipient || n.State != store.NoticeReady || !isStatus(n.Template) {
			continue
		}
		n.State, n.Error = Dropped, "superseded"
		// Somebody may lease it in this moment; then both are sent, in their order.
		if _, err := tx.SetNotification(ctx, n, store.NoticeReady); err != nil {
			return err
		}
	}
	return nil
}

// askToConfirm owes an unverified contact the one request to confirm that it is the
// writer's. It says nothing about the case, for it may reach a stranger.
func (o *Outbox) askToConfirm(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, to *store.Identity, n *store.Notification, lang string) error {
	if !to.ConfirmedAt.IsZero() {
		return nil
	}
	token, err := confirmToken(ctx, tx, c.Region, to.ID)
	if err != nil {
		return err
	}
	args := map[string]string{"link": o.baseURL(p) + PathConfirm + token}
	content := Content{Key: region.TextConfirmContact, Args: args, Lang: lang,
		Text: p.Text(lang, region.TextConfirmContact, args), Subject: p.Text(lang, region.SubjectConfirm, nil)}
	if n.Body, err = content.encode(); err != nil {
		return err
	}
	n.Template, n.Urgent, n.Automatic = region.TextConfirmContact, false, false // what is urgent may be repeated
	to.ConfirmedAt = tx.Clock().Now()
	if err := tx.SetIdentity(ctx, to); err != nil {
		return err
	}
	return tx.AddNotification(ctx, n)
}

// confirmToken names an identity and proves, by the region's keyed hash, that we
// gave the name out. Nothing needs to be stored for it.
func confirmToken(ctx context.Context, tx *store.Store, region, identity string) (string, error) {
	keys, err := tx.RegionKeys(ctx, region)
	if err != nil {
		return "", err
	}
	return identity + "." + hex.EncodeToString(keys.Token("confirm", []byte(identity))), nil
}

// confirmWithin is how long a request to confirm a contact can be followed.
const confirmWithin = 30 * 24 * time.Hour

// Confirm marks the contact to which the token was sent as verified and returns it.
// It is called when a person presses the button of that page, not when a link is
// merely opened: mail scanners open links.
func (o *Outbox) Confirm(ctx context.Context, tx *store.Store, p *region.Pack, token string) (*store.Identity, error) {
	id, _, _ := strings.Cut(token, ".")
	want, err := confirmToken(ctx, tx, p.Identity.Code, id)
	if err != nil {
		return nil, err
	}
	if id == "" || len(token) > 256 || subtle.ConstantTimeCompare([]byte(want), []byte(token)) != 1 {
		return nil, tanggap.Errorf(tanggap.NotFound, "tautan ini tidak berlaku; periksa apakah tersalin utuh")
	}
	i, err := tx.Identity(ctx, p.Identity.Code, id)
	if err != nil {
		return nil, err
	}
	now := tx.Clock().Now()
	if !i.VerifiedAt.IsZero() {
		return i, nil
	}
	if i.ConfirmedAt.IsZero() || now.Sub(i.ConfirmedAt) > confirmWithin {
		return nil, tanggap.Errorf(tanggap.Invalid, "tautan ini sudah kedaluwarsa; laporan Anda tetap dikerjakan dan bisa dilihat dengan kode pelacakan")
	}
	i.VerifiedAt = now
	return i, tx.SetIdentity(ctx, i)
}
