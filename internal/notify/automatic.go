package notify

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tanggap/internal/channel"
	"tanggap/internal/store"
)

// Limits of automatic answers by mail. They need no header of the other side, so
// they also end a conversation with a machine that hides what it is.
const (
	automaticPerCase    = 1 // to one address in 24 hours
	automaticPerDay     = 5 // to one address
	automaticUnverified = 1 // to one address in an hour, until it is confirmed
	automaticFloor      = 50
	automaticTimes      = 5 // as many as usual in this hour, or automaticFloor, trip the breaker
)

const (
	reasonAutomatic = "batas balasan otomatis ke alamat ini tercapai"
	reasonBreaker   = "balasan otomatis daerah ini dihentikan karena jumlahnya jauh di atas biasa"
)

// SignAutomatic is the sign under which the breaker of automatic answers shows; its
// value is SignStopped or SignRunning.
const (
	SignAutomatic = "automatic"
	SignStopped   = "stopped"
	SignRunning   = "running"
	subjectOurs   = "account"
)

// limited returns why an automatic answer must not go out, "" if it may. What was
// sent is counted in the outbox itself, so that a restart forgets nothing. A notice
// that is no automatic answer is never asked about.
func (d *Dispatcher) limited(ctx context.Context, n *store.Notification) (string, error) {
	to, err := d.Store.Identity(ctx, n.Region, n.IdentityID)
	if err != nil {
		return "", err
	}
	type limit struct {
		most   int64
		within time.Duration
		cases  string
	}
	limits := []limit{{automaticPerDay, 24 * time.Hour, ""}}
	if n.CaseID != "" && !n.Urgent {
		limits = append(limits, limit{automaticPerCase, 24 * time.Hour, n.CaseID})
	}
	if to.VerifiedAt.IsZero() {
		limits = append(limits, limit{automaticUnverified, time.Hour, ""})
	}
	for _, l := range limits {
		sent, err := d.Store.CountAutomatic(ctx, store.AutomaticFilter{Region: n.Region, Recipient: n.Recipient, Identity: n.IdentityID,
			Case: l.cases, Before: n.ID, From: n.CreatedAt.Add(-l.within)})
		if err != nil {
			return "", err
		}
		if sent >= l.most {
			return reasonAutomatic, nil
		}
	}
	return d.breaker(ctx, n)
}

// breaker stops the automatic answers of a region while the last hour had far more
// of them than the same hour of the last seven days.
func (d *Dispatcher) breaker(ctx context.Context, n *store.Notification) (string, error) {
	count := func(day int, before string) (int64, error) {
		until := n.CreatedAt.AddDate(0, 0, -day)
		return d.Store.CountAutomatic(ctx, store.AutomaticFilter{Region: n.Region, Before: before, From: until.Add(-time.Hour), To: until})
	}
	last, err := count(0, n.ID)
	if err != nil {
		return "", err
	}
	tripped := false
	most := int64(automaticFloor)
	if last >= automaticFloor {
		usual := make([]int64, 7)
		for i := range usual {
			if usual[i], err = count(i+1, ""); err != nil {
				return "", err
			}
		}
		slices.Sort(usual)
		most = max(most, automaticTimes*usual[len(usual)/2])
		tripped = last >= most
	}
	if err := d.showBreaker(ctx, n.Region, tripped, fmt.Sprintf("%d dalam satu jam, batas %d", last, most)); err != nil || !tripped {
		return "", err
	}
	return reasonBreaker, nil
}

// showBreaker writes down, once for each change, that the breaker went off or on.
func (d *Dispatcher) showBreaker(ctx context.Context, code string, tripped bool, detail string) error {
	signs, err := d.Store.Signs(ctx, code, channel.Email)
	if err != nil {
		return err
	}
	shown := slices.ContainsFunc(signs, func(x *store.Sign) bool { return x.Sign == SignAutomatic && x.Value == SignStopped })
	if shown == tripped {
		return nil
	}
	value := SignRunning
	if tripped {
		value = SignStopped
		d.Log.Error("automatic answers stopped: far more of them than usual", "region", code, "detail", detail)
	}
	_, err = d.Store.SetSign(ctx, &store.Sign{Region: code, Channel: channel.Email, Subject: subjectOurs, Sign: SignAutomatic,
		Value: value, Detail: detail, UpdatedAt: d.now()})
	return err
}
