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
	mu      sync.Mutex
	pending chan *request // nil before the first delivery
	ended   chan struct{} // closed when the committing goroutine is done
	stopped bool
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
	if !in.enqueue(r) {
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

// enqueue hands r to the committing goroutine, which the first delivery starts; it
// reports false when the queue is full or Stop was called.
func (in *Intake) enqueue(r *request) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.stopped {
		return false
	}
	if in.pending == nil {
		in.pending, in.ended = make(chan *request, maxWaiting), make(chan struct{})
		go in.commitLoop()
	}
	select {
	case in.pending <- r:
		return true
	default:
		return false
	}
}

// commitLoop commits whatever waits, together, until Stop.
func (in *Intake) commitLoop() {
	defer close(in.ended)
	for first := range in.pending {
		batch := []*request{first}
	gather:
		for len(batch) < maxBatch {
			select {
			case r, open := <-in.pending:
				if !open {
					break gather
				}
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

// Stop commits what waits and ends the committing goroutine. What comes later is
// refused as Unavailable. It may be called again.
func (in *Intake) Stop() {
	in.mu.Lock()
	if !in.stopped && in.pending != nil {
		close(in.pending)
	}
	in.stopped = true
	ended := in.ended
	in.mu.Unlock()
	if ended != nil {
		<-ended
	}
}
