package intake

import (
	"context"
	"fmt"
	"strings"

	"tanggap/internal/casework"
	"tanggap/internal/channel"
	"tanggap/internal/job"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
)

// Codes of the reasons for which an item is put aside; the words that follow them in
// Inbound.Reason are for the officer.
const (
	ReasonUnreadable = "unreadable" // the delivery could not be cut there
	ReasonMalformed  = "malformed"  // cut, but its content is not what the provider promises
	ReasonOld        = "old"        // sent longer ago than any provider waits
	ReasonAccount    = "account"    // addressed to a number or mailbox that is not ours
	ReasonCrash      = "crash"      // the process died over it, twice
	ReasonFault      = "fault"      // our own code fails over it
)

// Events about an item of the quarantine, outside any case. Their payload is its
// number, and for some the reason that was given.
const (
	Quarantined = "inbound.quarantined"
	Replayed    = "inbound.replayed"
	Discarded   = "inbound.discarded"
	RawViewed   = "inbound.viewed"
	Refetched   = "attachment.refetched"
)

// putAside is an error that no further try helps against.
type putAside struct{ code, words string }

func (e putAside) Error() string { return e.code + ": " + e.words }

// clear makes a reason fit to stand unsealed: a parser's error may quote its input.
func clear(reason string) string {
	if r := []rune(reason); len(r) > maxReason {
		reason = string(r[:maxReason])
	}
	return text.Mask(reason)
}

const maxReason = 200

// quarantine puts an item aside for an officer. Who wrote it, as far as that can be
// read, is told that it is kept.
func (in *Intake) quarantine(ctx context.Context, p *region.Pack, row *store.Inbound, why putAside, m *channel.Message) error {
	err := in.setAside(ctx, p, row, why, m)
	if err != nil && m != nil && !store.Passing(err) {
		// It may be the sender over whom it fails; the item is put aside all the same.
		return in.setAside(ctx, p, row, why, nil)
	}
	return err
}

func (in *Intake) setAside(ctx context.Context, p *region.Pack, row *store.Inbound, why putAside, m *channel.Message) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return in.Store.InTx(ctx, func(tx *store.Store) error {
		fresh, err := tx.Inbound(ctx, row.Region, row.Seq)
		if err != nil || fresh.State != store.InboundPending {
			return err
		}
		fresh.State, fresh.Reason, fresh.Attempts = store.InboundQuarantined, why.code+": "+clear(why.words), row.Attempts
		if err := tx.FinishInbound(ctx, fresh); err != nil {
			return err
		}
		if err := note(ctx, tx, p, casework.System, Quarantined, map[string]any{"seq": row.Seq, "reason": why.code}); err != nil {
			return err
		}
		if m == nil || m.Mail != nil && (m.Mail.Automatic != "" || m.Mail.Silent != "") {
			return nil
		}
		who, err := identify(ctx, tx, fresh, m)
		if err != nil {
			return err
		}
		// One a day and person is enough, however much he sends.
		day := tx.Clock().Now().In(p.Location()).Format("2006-01-02")
		return in.Outbox.Answer(ctx, tx, p, who, "kept:"+who.ID+":"+day, region.TextKept, notify.Options{First: true})
	})
}

// note appends an event that belongs to no case; officers of the triage unit see at
// once that something changed.
func note(ctx context.Context, tx *store.Store, p *region.Pack, actor, kind string, payload map[string]any) error {
	_, err := tx.AddEvent(ctx, &store.Case{Region: p.Identity.Code, Unit: p.Identity.Triage}, actor, kind, payload)
	return err
}

// Replay gives a quarantined item another way through, from the beginning. It is
// done when the reader or the region was mended.
func (in *Intake) Replay(ctx context.Context, regionCode string, seq int64, officer *store.Officer) error {
	return in.handle(ctx, regionCode, seq, func(tx *store.Store, p *region.Pack, row *store.Inbound) error {
		done, err := tx.Requeue(ctx, regionCode, seq)
		if err != nil || !done {
			return err
		}
		if err := in.Queue.Add(ctx, tx, job.Job{Args: ProcessArgs{Region: regionCode, Seq: seq}}); err != nil {
			return err
		}
		return note(ctx, tx, p, casework.Officer(officer.ID), Replayed, map[string]any{"seq": seq})
	})
}

// Discard records that an officer looked after a quarantined item, and why nothing
// more is needed. The item and its raw bytes stay.
func (in *Intake) Discard(ctx context.Context, regionCode string, seq int64, officer *store.Officer, why string) error {
	if strings.TrimSpace(why) == "" {
		return tanggap.Errorf(tanggap.Invalid, "tulis alasannya")
	}
	return in.handle(ctx, regionCode, seq, func(tx *store.Store, p *region.Pack, row *store.Inbound) error {
		if !row.HandledAt.IsZero() {
			return nil
		}
		if err := tx.HandleInbound(ctx, row, officer.ID); err != nil {
			return err
		}
		return note(ctx, tx, p, casework.Officer(officer.ID), Discarded, map[string]any{"seq": seq, "why": clear(why)})
	})
}

// Raw opens the raw bytes of a quarantined item for an officer, who says why; that is
// recorded before he reads.
func (in *Intake) Raw(ctx context.Context, regionCode string, seq int64, officer *store.Officer, why string) ([]byte, error) {
	if strings.TrimSpace(why) == "" {
		return nil, tanggap.Errorf(tanggap.Invalid, "tulis mengapa isi aslinya perlu dibuka")
	}
	var raw []byte
	err := in.handle(ctx, regionCode, seq, func(tx *store.Store, p *region.Pack, row *store.Inbound) error {
		if err := tx.OpenInbound(ctx, row); err != nil {
			return err
		}
		raw = row.Raw
		return note(ctx, tx, p, casework.Officer(officer.ID), RawViewed, map[string]any{"seq": seq, "why": clear(why)})
	})
	return raw, err
}

// handle runs fn on an item that stands in quarantine.
func (in *Intake) handle(ctx context.Context, regionCode string, seq int64, fn func(*store.Store, *region.Pack, *store.Inbound) error) error {
	p, err := in.Packs.Get(regionCode)
	if err != nil {
		return err
	}
	return in.Store.InTx(ctx, func(tx *store.Store) error {
		row, err := tx.Inbound(ctx, regionCode, seq)
		if err != nil {
			return err
		}
		if row.State != store.InboundQuarantined {
			return tanggap.Errorf(tanggap.Conflict, "kiriman %d tidak ada di karantina; mungkin petugas lain sudah menanganinya", seq)
		}
		return fn(tx, p, row)
	})
}
