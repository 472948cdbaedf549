package notify

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"

	"tanggap/internal/channel"
	"tanggap/internal/region"
	"tanggap/internal/store"
)

// unverifiedMail reports whether a contact is the address of somebody who wrote by
// mail and has not proved yet that it is his. A sender's address can be forged, but
// whoever wrote expects an answer where he wrote from; a contact typed into a form
// expects none.
func unverifiedMail(to *store.Identity) bool {
	return to != nil && to.Channel == channel.Email && to.VerifiedAt.IsZero()
}

func isReceipt(key string) bool { return strings.HasPrefix(key, region.TextReceived) }

// mayReceipt reports whether an unverified mail address may be told key: the
// receipt of a case, once.
func mayReceipt(owed []*store.Notification, key string, to *store.Identity) bool {
	return isReceipt(key) && !slices.ContainsFunc(owed, func(n *store.Notification) bool {
		return n.IdentityID == to.ID && isReceipt(n.Template)
	})
}

// mailReceipt words the receipt for an address that may be a stranger's: number,
// due date, the status page that anybody with the code may see, and how to confirm.
func (o *Outbox) mailReceipt(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, to *store.Identity, full Content, opt Options) (Content, error) {
	token, err := confirmToken(ctx, tx, c.Region, to.ID)
	if err != nil {
		return Content{}, err
	}
	args := map[string]string{"number": c.Number, "due": full.Args["due"],
		"link": o.baseURL(p) + PathStatus + c.Code, "confirm": o.baseURL(p) + PathConfirm + token}
	words := p.Text(full.Lang, region.TextReceivedMail, args)
	if opt.Lead != "" {
		words = p.Text(full.Lang, opt.Lead, args) + "\n\n" + words
	}
	return Content{Key: region.TextReceivedMail, Args: args, Text: words, Lang: full.Lang,
		Subject: p.Text(full.Lang, region.SubjectReceived, args), ReplyTo: opt.ReplyTo}, nil
}

// maxReferences is how many mails of a conversation are named in the next one: the
// first, which names the thread, and the latest.
const maxReferences = 20

// thread makes a mail part of the conversation about its case. Its Message-ID
// belongs to the notice, so that two tries are one mail to whoever gets both.
func (d *Dispatcher) thread(ctx context.Context, p *region.Pack, n *store.Notification, to *store.Identity, out *channel.Outbound) error {
	out.MessageID, out.Automatic = d.messageID(p, n), n.Automatic
	if n.CaseID == "" || to.VerifiedAt.IsZero() && !unverifiedMail(to) {
		return nil // an answer to a mail that says nothing about a case belongs to none
	}
	keys, err := d.Store.RegionKeys(ctx, n.Region)
	if err != nil {
		return err
	}
	out.Thread = ThreadToken(keys, n.CaseID)
	said, err := d.Store.Messages(ctx, n.Region, n.CaseID)
	if err != nil {
		return err
	}
	for _, m := range said {
		if m.Channel != channel.Email || m.External == "" || m.External == out.MessageID {
			continue
		}
		out.References = append(out.References, m.External)
		if m.Direction == store.In {
			out.InReplyTo = cmp.Or(out.InReplyTo, m.External)
		}
	}
	if more := len(out.References) - maxReferences; more > 0 {
		out.References = slices.Delete(out.References, 1, 1+more)
	}
	return nil
}

// messageID names the mail of a notice in the name space of the region's own host.
func (d *Dispatcher) messageID(p *region.Pack, n *store.Notification) string {
	host := "localhost"
	if u, err := url.Parse(d.Outbox.baseURL(p)); err == nil && u.Hostname() != "" {
		host = u.Hostname()
	}
	return n.ID + "@" + host
}
