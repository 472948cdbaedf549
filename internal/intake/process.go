package intake

import (
	"context"
	"fmt"
	"time"

	"tanggap/internal/channel"
	"tanggap/internal/job"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/text"
)

// tries is how often an item is worked on before it is put aside for a person.
const tries = 3

// oldest is how late an item may arrive. Providers give up after seven days, so
// anything older is a replay or a broken clock and a person should look at it.
const oldest = 8 * 24 * time.Hour

// Process gives an inbound its one outcome, if it has none yet. It may be called
// any number of times, by any number of workers.
func (in *Intake) Process(ctx context.Context, regionCode string, seq int64) error {
	return in.process(ctx, regionCode, seq, 1)
}

func (in *Intake) process(ctx context.Context, regionCode string, seq int64, attempt int) error {
	p, err := in.Packs.Get(regionCode)
	if err != nil {
		return err
	}
	row, err := in.Store.Inbound(ctx, regionCode, seq)
	if err != nil {
		return in.failed(ctx, &store.Inbound{Region: regionCode, Seq: seq}, 1, err)
	}
	if row.State != store.InboundPending {
		return nil
	}
	row.Attempts = int64(attempt)
	if attempt > tries {
		// The attempts before this one ended with the process, not with an error.
		return in.quarantine(ctx, row, "gagal diproses berulang kali")
	}
	if err := in.Store.OpenInbound(ctx, row); err != nil {
		return in.failed(ctx, row, attempt, err)
	}
	parsed, err := in.parse(row)
	if err != nil {
		return in.quarantine(ctx, row, err.Error())
	}
	if err := in.act(ctx, p, row, parsed); err != nil {
		return in.failed(ctx, row, attempt, err)
	}
	return nil
}

// failed returns err to be tried again, or puts the item aside after the last try.
// A database that is away or a case that an officer changes in the same moment is
// no fault of the item and costs it no try.
func (in *Intake) failed(ctx context.Context, row *store.Inbound, attempt int, err error) error {
	if store.Passing(err) {
		in.Log.Warn("inbound waits", "region", row.Region, "seq", row.Seq, "error", err)
		return job.Later(err)
	}
	if attempt < tries {
		return err
	}
	in.Log.Error("inbound put aside", "region", row.Region, "seq", row.Seq, "error", err)
	return in.quarantine(ctx, row, "kesalahan dalam program; lihat log server")
}

func (in *Intake) quarantine(ctx context.Context, row *store.Inbound, reason string) error {
	return in.Store.InTx(ctx, func(tx *store.Store) error {
		fresh, err := tx.Inbound(ctx, row.Region, row.Seq)
		if err != nil || fresh.State != store.InboundPending {
			return err
		}
		fresh.State, fresh.Reason, fresh.Attempts = store.InboundQuarantined, clear(reason), row.Attempts
		return tx.FinishInbound(ctx, fresh)
	})
}

// clear makes a reason fit to stand unsealed: a parser's error may quote its input.
func clear(reason string) string {
	if r := []rune(reason); len(r) > maxReason {
		reason = string(r[:maxReason])
	}
	return text.Mask(reason)
}

const maxReason = 200

// parse understands one item; a parser that panics is a reason for quarantine.
func (in *Intake) parse(row *store.Inbound) (parsed channel.Parsed, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("pembaca kiriman gagal: %v", p)
		}
	}()
	if row.Kind == string(channel.ItemUnknown) {
		return parsed, fmt.Errorf("kiriman tidak dapat dibaca")
	}
	return in.Readers[row.Channel].Parse(channel.Item{Kind: channel.ItemKind(row.Kind), Account: row.Account, Raw: row.Raw})
}

// act carries the item out in one transaction with its outcome.
func (in *Intake) act(ctx context.Context, p *region.Pack, row *store.Inbound, parsed channel.Parsed) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return in.Store.InTx(ctx, func(tx *store.Store) error {
		fresh, err := tx.Inbound(ctx, row.Region, row.Seq)
		if err != nil || fresh.State != store.InboundPending {
			return err // another worker was faster
		}
		fresh.Attempts = row.Attempts
		fresh.State = store.InboundDone
		switch {
		case parsed.Status != nil:
			fresh.Outcome = store.OutcomeStatus
			err = in.Status(ctx, tx, row.Region, *parsed.Status)
		case parsed.Identity != nil:
			fresh.Outcome = store.OutcomeIgnored
			fresh.Reason = "identitas berubah"
			err = changeIdentity(ctx, tx, fresh, parsed.Identity)
		case parsed.Message != nil:
			err = in.message(ctx, tx, p, fresh, parsed.Message)
		default:
			fresh.Outcome, fresh.Reason = store.OutcomeIgnored, "pemberitahuan penyedia"
		}
		if err != nil {
			return err
		}
		return tx.FinishInbound(ctx, fresh)
	})
}
