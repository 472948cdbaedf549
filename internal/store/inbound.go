package store

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/seal"
)

// Delivery is the raw body of one webhook POST, mail or form post.
type Delivery struct {
	bun.BaseModel `bun:"deliveries"`
	Region        string
	ID            string
	Channel       string
	Hash          string // SHA-256 of Body, hex
	Size          int64
	BodyCT        []byte `bun:"body_ct"`
	Body          []byte `bun:"-"`
	ReceivedAt    time.Time
}

// States of an inbound.
const (
	InboundPending     = "pending"
	InboundDone        = "done"
	InboundQuarantined = "quarantined"
)

// Outcomes of a finished inbound: each has exactly one.
const (
	OutcomeMessage = "message" // stands in one case
	OutcomeStatus  = "status"  // moved a notification on
	OutcomeIgnored = "ignored" // needs no case; Reason says why
	OutcomeHeld    = "held"    // passed on by an officer who has been asked what it is; becomes one of the others
)

// Inbound is one item of a delivery, unique for ever by region, channel, account
// and external id. Seq has no gaps: it witnesses that nothing acknowledged is gone.
type Inbound struct {
	bun.BaseModel `bun:"inbounds"`
	Region        string
	Seq           int64
	DeliveryID    string
	Channel       string
	Account       string
	ExternalBidx  []byte
	External      string `bun:"-"`
	Kind          string
	RawCT         []byte `bun:"raw_ct"`
	Raw           []byte `bun:"-"`
	State         string
	Outcome       string
	Reason        string
	Attempts      int64
	CaseID        string
	MessageID     string
	ReceivedAt    time.Time
	FinishedAt    time.Time `bun:",nullzero"`
	HandledBy     string    `bun:",nullzero"` // officer who looked after a quarantined item
	HandledAt     time.Time `bun:",nullzero"`
}

// rawID binds a sealed item to its delivery and its own id.
func rawID(in *Inbound) string { return in.DeliveryID + "/" + hex.EncodeToString(in.ExternalBidx) }

// Inbound returns one inbound, locked until the end of the transaction where there
// is one. Raw is opened by OpenInbound.
func (s *Store) Inbound(ctx context.Context, region string, seq int64) (*Inbound, error) {
	in := &Inbound{}
	q := s.r().NewSelect().Model(in).Where("region = ? AND seq = ?", region, seq)
	if s.locks() {
		q = q.For("UPDATE")
	}
	return in, one(q.Scan(ctx), "kiriman")
}

// OpenInbound opens the raw bytes of an inbound.
func (s *Store) OpenInbound(ctx context.Context, in *Inbound) (err error) {
	in.Raw, err = s.OpenRegion(ctx, in.RawCT, seal.Where{Region: in.Region, Table: "inbounds", Column: "raw", ID: rawID(in)})
	return err
}

// FindInbound returns the inbound with this external id, nil if there is none.
func (s *Store) FindInbound(ctx context.Context, region, channel, account, external string) (*Inbound, error) {
	b, err := s.Blind(ctx, region, seal.PurposeExternalID, external)
	if err != nil {
		return nil, err
	}
	var rows []*Inbound
	err = s.r().NewSelect().Model(&rows).Where("region = ? AND channel = ? AND account = ? AND external_bidx = ?", region, channel, account, b).Scan(ctx)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[0], nil
}

// LastInbound returns the number of the newest inbound, 0 if there is none. Unlike
// the counter that gives the numbers, it falls when the row is gone.
func (s *Store) LastInbound(ctx context.Context, region string) (int64, error) {
	var v int64
	err := s.r().NewRaw("SELECT coalesce(max(seq), 0) FROM inbounds WHERE region = ?", region).Scan(ctx, &v)
	return v, err
}

// FinishInbound records the one outcome of an inbound.
func (s *Store) FinishInbound(ctx context.Context, in *Inbound) error {
	in.FinishedAt = s.now()
	_, err := s.w().NewUpdate().Model(in).Column("state", "outcome", "reason", "attempts", "case_id", "message_id", "finished_at").
		Where("region = ? AND seq = ?", in.Region, in.Seq).Exec(ctx)
	return err
}

// Quarantined lists inbounds that an officer must look at, newest first.
func (s *Store) Quarantined(ctx context.Context, region string, limit int64) ([]*Inbound, error) {
	var out []*Inbound
	err := s.r().NewSelect().Model(&out).Where("region = ? AND state = ?", region, InboundQuarantined).Order("seq DESC").Limit(limit).Scan(ctx)
	return out, err
}

// PendingInbounds lists unfinished inbounds received before t, for the sweep that
// makes sure none is forgotten.
func (s *Store) PendingInbounds(ctx context.Context, region string, before time.Time, limit int64) ([]int64, error) {
	var seqs []int64
	err := s.r().NewSelect().Model((*Inbound)(nil)).Column("seq").
		Where("region = ? AND state = ? AND received_at < ?", region, InboundPending, before).Order("seq").Limit(limit).Scan(ctx, &seqs)
	return seqs, err
}

// sweptInbounds is the counter of the last inbound whose raw bytes were looked at.
const sweptInbounds = "inbound_swept"

// SweepRaw forgets the raw bytes of deliveries, and of their finished items, that
// were received before t. The rows stay: they witness that nothing is missing, and
// keep a late redelivery from making a second case.
func (s *Store) SweepRaw(ctx context.Context, region string, before time.Time) error {
	_, err := s.w().NewUpdate().Model((*Delivery)(nil)).Set("body_ct = NULL").
		Where("region = ? AND received_at < ? AND body_ct IS NOT NULL", region, before).Exec(ctx)
	if err != nil {
		return err
	}
	for {
		done, err := s.sweepSome(ctx, region, before)
		if err != nil || done {
			return err
		}
	}
}

// sweepSome forgets the raw bytes of the next items in order of arrival. Those that
// wait or stand in quarantine keep theirs.
func (s *Store) sweepSome(ctx context.Context, region string, before time.Time) (done bool, err error) {
	const some = 1000
	err = s.InTx(ctx, func(tx *Store) error {
		swept, err := tx.Counter(ctx, region, sweptInbounds)
		if err != nil {
			return err
		}
		var rows []Inbound
		if err := tx.r().NewSelect().Model(&rows).Column("seq", "received_at").Where("region = ? AND seq > ?", region, swept).
			Order("seq").Limit(some).Scan(ctx); err != nil {
			return err
		}
		n := 0
		for n < len(rows) && rows[n].ReceivedAt.Before(before) {
			n++
		}
		if done = n < some; n == 0 {
			return nil
		}
		if _, err := tx.w().NewUpdate().Model((*Inbound)(nil)).Set("raw_ct = NULL").
			Where("region = ? AND seq > ? AND seq <= ? AND state = ?", region, swept, rows[n-1].Seq, InboundDone).Exec(ctx); err != nil {
			return err
		}
		_, err = tx.Take(ctx, region, sweptInbounds, rows[n-1].Seq-swept)
		return err
	})
	return done, err
}
