package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
	"sync/atomic"

	"tanggap/internal/channel"
	"tanggap/internal/job"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Limits of the receiving side. A delivery that finds the queue full is refused
// with Unavailable, before anything was promised: every provider sends it again.
const (
	maxWaiting      = 512      // deliveries waiting for a commit
	maxWaitingBytes = 64 << 20 // their bodies
	maxBatch        = 128      // deliveries in one commit
)

// receiver shares one commit, and so one wait for the disk, between the deliveries
// that arrive together.
type receiver struct {
	once    sync.Once
	pending chan *request
	bytes   atomic.Int64
}

type request struct {
	delivery *store.Delivery
	items    []*store.Inbound
	seqs     []int64
	done     chan error
}

// Receive stores a verified delivery with its items and the jobs that will process
// them in one transaction, and returns once that is on disk. seqs are the items
// never seen before. An error means that nothing was stored, or that it is not
// known whether it was: the sender must send it again, which does no harm.
func (in *Intake) Receive(ctx context.Context, region, channelName string, body []byte) (seqs []int64, err error) {
	reader, ok := in.Readers[channelName]
	if !ok {
		return nil, tanggap.Errorf(tanggap.NotFound, "saluran %s tidak ada di server ini", channelName)
	}
	in.once.Do(func() {
		in.pending = make(chan *request, maxWaiting)
		go in.commitLoop()
	})
	if in.bytes.Add(int64(len(body))) > maxWaitingBytes {
		in.bytes.Add(-int64(len(body)))
		return nil, errBusy
	}
	defer in.bytes.Add(-int64(len(body)))

	hash := sha256.Sum256(body)
	r := &request{
		delivery: &store.Delivery{Region: region, Channel: channelName, Hash: hex.EncodeToString(hash[:]), Body: body},
		done:     make(chan error, 1),
	}
	for _, item := range reader.Split(body) {
		r.items = append(r.items, &store.Inbound{Account: item.Account, External: item.ExternalID, Kind: string(item.Kind), Raw: item.Raw})
	}
	select {
	case in.pending <- r:
	default:
		return nil, errBusy
	}
	if acknowledgeFirst {
		return nil, nil
	}
	select {
	case err = <-r.done:
		return r.seqs, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

var errBusy = tanggap.Errorf(tanggap.Unavailable, "terlalu banyak kiriman sekaligus; coba lagi sebentar lagi")

// commitLoop commits whatever waits, together. It lives as long as the process.
func (in *Intake) commitLoop() {
	for first := range in.pending {
		batch := []*request{first}
	gather:
		for len(batch) < maxBatch {
			select {
			case r := <-in.pending:
				batch = append(batch, r)
			default:
				break gather
			}
		}
		if err := in.commit(batch); err == nil {
			finish(batch, nil)
		} else if len(batch) == 1 {
			finish(batch, err)
		} else {
			// One bad delivery must not take the others down with it.
			for _, r := range batch {
				finish([]*request{r}, in.commit([]*request{r}))
			}
		}
	}
}

func finish(batch []*request, err error) {
	for _, r := range batch {
		r.done <- err
	}
}

func (in *Intake) commit(batch []*request) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("receive: panic: %v", p)
		}
	}()
	// The senders' own contexts may end; what they sent is stored all the same.
	ctx := context.Background()
	return in.Store.InTx(ctx, func(tx *store.Store) error {
		for _, r := range batch {
			fresh, err := tx.AddDelivery(ctx, r.delivery, r.items)
			if err != nil {
				return err
			}
			r.seqs = make([]int64, len(fresh))
			jobs := make([]job.Job, len(fresh))
			for i, x := range fresh {
				r.seqs[i] = x.Seq
				jobs[i] = job.Job{Args: ProcessArgs{Region: x.Region, Seq: x.Seq}}
				if x.Kind == string(channel.ItemStatus) {
					jobs[i].Queue = job.Slow
				}
			}
			if len(jobs) == 0 {
				continue
			}
			if err := in.Queue.Add(ctx, tx, jobs...); err != nil {
				return err
			}
		}
		return nil
	})
}

// Stop ends the committing goroutine. Nothing may be received after it.
func (in *Intake) Stop() {
	if in.pending != nil {
		close(in.pending)
	}
}
