package notify

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tanggap/internal/channel"
	"tanggap/internal/region"
	"tanggap/internal/store"
)

// Limit is what a region is ready to pay for on a channel in a calendar month of
// its zone. Prices differ and change, so it is a number of messages.
type Limit struct {
	Messages int64 // 0 = no limit
	Free     int64 // service messages a month that the provider does not charge for
}

// Level is how far a month's budget is used up.
type Level string

const (
	LevelNormal Level = "normal"
	LevelMerge  Level = "merge"  // from 80 %: status notices of one citizen become one message
	LevelScarce Level = "scarce" // from 100 %: only what cannot be read on the status page goes out
)

// mergePercent is the share of the budget from which notices are merged.
const mergePercent = 80

// Budget is the state of a month's budget, for a page.
type Budget struct {
	Month string // "2026-11"
	Limit Limit
	Used  int64 // messages that cost something, or will as far as we can tell
	Level Level
	// Counts by category: "service" as sent, then "service.billed" or "service.free"
	// once the provider has told.
	Counts map[string]int64
}

// Categories that a message is counted under until the provider says otherwise.
const (
	chargeService = "service"
	chargeUtility = "utility" // what approved templates of a city are
	billed, free  = ".billed", ".free"
)

// Budget returns how a channel's budget of this month stands.
func (d *Dispatcher) Budget(ctx context.Context, p *region.Pack, ch string) (Budget, error) {
	b := Budget{Month: month(p, d.now()), Limit: d.Limits[channel.Way{Region: p.Identity.Code, Channel: ch}], Level: LevelNormal}
	var err error
	if b.Counts, err = d.Store.Charges(ctx, p.Identity.Code, ch, b.Month); err != nil {
		return b, err
	}
	for what, n := range b.Counts {
		switch {
		case strings.HasSuffix(what, free):
		case what == chargeService: // not told yet: what is left of the allowance goes off
			b.Used += max(0, n-max(0, b.Limit.Free-b.Counts[chargeService+free]))
		default:
			b.Used += n
		}
	}
	switch {
	case b.Limit.Messages <= 0:
	case b.Used >= b.Limit.Messages:
		b.Level = LevelScarce
	case b.Used*100 >= b.Limit.Messages*mergePercent:
		b.Level = LevelMerge
	}
	return b, nil
}

func month(p *region.Pack, t time.Time) string { return t.In(p.Location()).Format("2006-01") }

// charge counts a notice that was sent as what ("" = not at all) instead of as what
// it is counted now. The caller writes n.
func (d *Dispatcher) charge(ctx context.Context, tx *store.Store, n *store.Notification, what string) error {
	before := n.Charge
	if n.Channel == channel.WhatsApp && !n.SentAt.IsZero() {
		n.Charge = what
	}
	return d.recount(ctx, tx, n, before)
}

// recount moves the counters after n.Charge has changed.
func (d *Dispatcher) recount(ctx context.Context, tx *store.Store, n *store.Notification, before string) error {
	if n.Charge == before {
		return nil
	}
	p, err := d.Outbox.packs.Get(n.Region)
	if err != nil {
		return err
	}
	return tx.Charge(ctx, n.Region, n.Channel, month(p, n.SentAt), before, n.Charge)
}

// told is what the provider says a message is counted as; until it does, what we
// have assumed stands.
func told(n *store.Notification, s channel.Status) string {
	switch {
	case s.Category != "" && s.Billable:
		return s.Category + billed
	case s.Category != "":
		return s.Category + free
	case n.Charge != "":
		return n.Charge
	}
	return chargeService
}

// assumed is what a message will be counted as.
func assumed(out channel.Outbound) string {
	if out.Template != nil {
		return chargeUtility
	}
	return chargeService
}

// indispensable are notices that go out however little is left: receipts, what an
// officer says or asks, what the next step hangs on.
var indispensable = []string{freeText, region.TextAnswered, region.TextRejected, region.TextExternal, region.TextAskedByOfficer, region.TextAskReminder, region.TextObjectionAnswered,
	region.TextDataAnswered, region.TextAskPlace, region.TextAskPhoto, region.TextAskWhich, region.TextCode, region.TextConfirmContact,
	region.TextEmergency, region.TextEmergencyNoNumber}

const (
	mergeWindow = 2 * time.Hour
	onceIn      = 24 * time.Hour // between two status notices about one case, while they are merged
)

// afford asks the month's budget about a notice: at is when it may be tried (zero =
// now), why the reason to drop it, and merged whether it goes together with others.
func (d *Dispatcher) afford(ctx context.Context, p *region.Pack, n *store.Notification, siblings []*store.Notification, now time.Time) (at time.Time, why string, merged bool, err error) {
	if n.Urgent || n.Channel != channel.WhatsApp || !toCitizen(n) || d.Limits[way(n)].Messages <= 0 {
		return at, "", false, nil
	}
	b, err := d.Budget(ctx, p, n.Channel)
	if err != nil || b.Level == LevelNormal {
		return at, "", false, err
	}
	if b.Level == LevelScarce && !isReceipt(n.Template) && !slices.Contains(indispensable, n.Template) {
		return at, fmt.Sprintf("anggaran: %d dari %d pesan bulan %s terpakai; kabar ini terbaca di halaman laporan", b.Used, b.Limit.Messages, b.Month), false, nil
	}
	if b.Level != LevelMerge || !isStatus(n.Template) {
		return at, "", false, nil
	}
	at = n.CreatedAt.Truncate(mergeWindow).Add(mergeWindow)
	for _, x := range siblings {
		if x.ID != n.ID && x.Recipient == n.Recipient && isStatus(x.Template) && !x.SentAt.IsZero() {
			at = latest(at, x.SentAt.Add(onceIn))
		}
	}
	if at.After(now) {
		return at, "", false, nil
	}
	return time.Time{}, "", true, nil
}

// merge puts what waits for the same citizen into one message with n. The others
// are returned; they end when n is marked as being sent.
func (d *Dispatcher) merge(ctx context.Context, p *region.Pack, n *store.Notification, c Content) (Content, []*store.Notification, error) {
	if c.Key == region.TextNews {
		return c, nil, nil // merged at an earlier try
	}
	others, err := d.Store.ReadyBeside(ctx, n, statusKeys)
	if err != nil {
		return c, nil, err
	}
	ids := []string{n.CaseID}
	for _, x := range others {
		if !slices.Contains(ids, x.CaseID) {
			ids = append(ids, x.CaseID)
		}
	}
	if len(ids) == 1 {
		return c, others, nil
	}
	var lines []string
	for _, id := range ids {
		x, err := d.Store.Case(ctx, n.Region, id)
		if err != nil {
			return c, nil, err
		}
		lines = append(lines, p.Text(c.Lang, region.TextNewsLine, d.Outbox.Args(p, x, c.Lang)))
	}
	args := with(c.Args, map[string]string{"count": fmt.Sprint(len(ids)), "cases": strings.Join(lines, "\n")})
	c = Content{Key: region.TextNews, Args: args, Text: p.Text(c.Lang, region.TextNews, args), Lang: c.Lang, Subject: c.Subject, Message: c.Message}
	n.Body, err = c.encode()
	return c, others, err
}
