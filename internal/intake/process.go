package intake

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tanggap/internal/channel"
	"tanggap/internal/job"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// tries is how often an item is worked on before it is put aside for a person.
const tries = 3

// oldest is how late an item may arrive. Providers give up after seven days, so
// anything older is a replay or a broken clock and a person should look at it. The
// date of a mail is its sender's word, and says nothing.
const oldest = 8 * 24 * time.Hour

// deaths is how often the process may end over an item before it is put aside. A
// try is counted before it begins (job.Handle) and an error in good order after it
// (store.FailInbound); what is missing between the two ended with the process.
const deaths = 2

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
		return in.failed(ctx, p, &store.Inbound{Region: regionCode, Seq: seq}, 1, err, nil)
	}
	if row.State != store.InboundPending {
		return nil
	}
	died := attempt - 1 - int(row.Attempts)
	row.Attempts = int64(attempt)
	if died >= deaths {
		return in.quarantine(ctx, p, row, putAside{ReasonCrash, "program berhenti dua kali saat memprosesnya"}, nil)
	}
	if err := in.Store.OpenInbound(ctx, row); err != nil {
		return in.failed(ctx, p, row, attempt, err, nil)
	}
	parsed, err := in.parse(row)
	if tanggap.CodeOf(err) == tanggap.Unavailable {
		return in.failed(ctx, p, row, attempt, err, nil) // no child process could be started: not the item's fault
	}
	if err != nil {
		return in.quarantine(ctx, p, row, asReason(err), parsed.Message)
	}
	if m := parsed.Message; m != nil && !in.ours(row) {
		return in.quarantine(ctx, p, row, putAside{ReasonAccount, "dikirim ke nomor atau kotak surat yang bukan milik daerah ini"}, nil)
	} else if m != nil && m.Mail == nil && !m.At.IsZero() && row.ReceivedAt.Sub(m.At) > oldest {
		return in.quarantine(ctx, p, row, putAside{ReasonOld, "dikirim lebih dari delapan hari sebelum diterima"}, m)
	}
	if err := in.act(ctx, p, row, parsed); err != nil {
		return in.failed(ctx, p, row, attempt, err, parsed.Message)
	}
	return nil
}

// ours reports whether an item was sent to an account of the region. Ids of accounts
// change, so a way may have several, and one for which none is named takes all.
func (in *Intake) ours(row *store.Inbound) bool {
	known := in.Accounts[channel.Way{Region: row.Region, Channel: row.Channel}]
	return len(known) == 0 || slices.Contains(known, row.Account)
}

func asReason(err error) putAside {
	var known putAside
	if errors.As(err, &known) {
		return known
	}
	return putAside{ReasonMalformed, err.Error()}
}

// failed returns err to be tried again, or puts the item aside after the last try.
// A database that is away or a case that an officer changes in the same moment is
// no fault of the item and costs it no try.
func (in *Intake) failed(ctx context.Context, p *region.Pack, row *store.Inbound, attempt int, err error, m *channel.Message) error {
	if store.Passing(err) {
		in.Log.Warn("inbound waits", "region", row.Region, "seq", row.Seq, "error", err)
		return job.Later(err)
	}
	if attempt < tries {
		if counted := in.Store.FailInbound(ctx, row.Region, row.Seq); counted != nil {
			return errors.Join(err, counted)
		}
		return err
	}
	in.Log.Error("inbound put aside", "region", row.Region, "seq", row.Seq, "error", err)
	return in.quarantine(ctx, p, row, putAside{ReasonFault, "kesalahan dalam program; lihat log server"}, m)
}

// parse understands one item; a parser that panics is a reason for quarantine.
func (in *Intake) parse(row *store.Inbound) (parsed channel.Parsed, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("pembaca kiriman gagal: %v", p)
		}
	}()
	if row.Kind == string(channel.ItemUnknown) {
		return parsed, putAside{ReasonUnreadable, "kiriman tidak dapat dibaca"}
	}
	reader, ok := in.Readers[channel.Way{Region: row.Region, Channel: row.Channel}]
	if !ok {
		return parsed, putAside{ReasonAccount, "saluran " + row.Channel + " tidak ada di server ini"}
	}
	return reader.Parse(channel.Item{Kind: channel.ItemKind(row.Kind), Account: row.Account, Raw: row.Raw})
}

// act carries the item out in one transaction with its outcome.
func (in *Intake) act(ctx context.Context, p *region.Pack, row *store.Inbound, parsed channel.Parsed) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return in.Store.InShared(ctx, func(tx *store.Store) error {
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
		case parsed.Sign != nil:
			fresh.Outcome, fresh.Reason = store.OutcomeIgnored, "kabar penyedia tentang akun"
			err = in.Sign(ctx, tx, row.Region, row.Channel, *parsed.Sign)
		case parsed.Identity != nil:
			fresh.Outcome = store.OutcomeIgnored
			fresh.Reason = "identitas berubah"
			err = changeIdentity(ctx, tx, fresh, parsed.Identity)
		case parsed.Message != nil:
			err = in.message(ctx, tx, p, fresh, parsed.Message, nil)
		default:
			fresh.Outcome, fresh.Reason = store.OutcomeIgnored, "pemberitahuan penyedia"
		}
		if err != nil {
			return err
		}
		return tx.FinishInbound(ctx, fresh)
	})
}
