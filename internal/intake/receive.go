package intake

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"

	"tanggap/internal/channel"
	"tanggap/internal/job"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Limits of the receiving side, for each channel of each region: a flood that fills
// its own lane leaves the others free. A delivery that finds its lane full is refused
// before anything was promised: every provider sends it again.
const (
	maxWaiting      = 512      // deliveries waiting for a commit
	maxWaitingBytes = 16 << 20 // their bodies; one that is alone may be larger
)

// Limits of one commit.
const (
	maxBatch      = maxWaiting // deliveries
	maxBatchItems = 1024
	maxBatchBytes = 8 << 20
)

// receiver shares one commit, and so one wait for the disk, between the deliveries
// that arrive together.
type receiver struct {
	mu      sync.Mutex
	lanes   map[channel.Way]*lane
	wake    chan struct{} // holds one token while deliveries may wait
	ended   chan struct{} // closed when the committing goroutine is done; nil before the first delivery
	stopped bool
}

// lane is the line of one channel of one region.
type lane struct {
	Waiting
	line []*request // what the committing goroutine has not taken yet
}

// Waiting is how full the lane of a channel is.
type Waiting struct {
	Way        channel.Way
	Deliveries int   // not yet on disk
	Bytes      int64 // of their bodies
	Shed       int64 // refused since the start because the lane was full
}

type request struct {
	store.Arrival
	way  channel.Way
	seqs []int64
	done chan error
}

func (r *request) size() int64 { return int64(len(r.Delivery.Body)) }

// Receive stores a verified delivery with its items and the jobs that will process
// them in one transaction, and returns once that is on disk. seqs are the items
// never seen before. An error means that nothing was stored, or that it is not
// known whether it was: the sender must send it again, which does no harm.
func (in *Intake) Receive(ctx context.Context, region, channelName string, body []byte) (seqs []int64, err error) {
	way := channel.Way{Region: region, Channel: channelName}
	reader, ok := in.Readers[way]
	if !ok {
		return nil, tanggap.Errorf(tanggap.NotFound, "saluran %s tidak ada di server ini", channelName)
	}
	r := &request{way: way, done: make(chan error, 1)}
	r.Delivery = &store.Delivery{Region: region, Channel: channelName, Body: body}
	if !in.admit(r) {
		return nil, busy(channelName)
	}
	if err := in.prepare(ctx, r, reader); err != nil {
		in.leave([]*request{r})
		return nil, err
	}
	if !in.enqueue(r) {
		in.leave([]*request{r})
		return nil, busy(channelName)
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

// prepare cuts and seals a delivery, in the goroutine of its sender: the committing
// one has enough to do.
func (in *Intake) prepare(ctx context.Context, r *request, reader channel.Reader) error {
	hash := sha256.Sum256(r.Delivery.Body)
	r.Delivery.Hash = hex.EncodeToString(hash[:])
	for _, item := range reader.Split(r.Delivery.Body) {
		r.Items = append(r.Items, &store.Inbound{Account: item.Account, External: item.ExternalID, Kind: string(item.Kind), Raw: item.Raw})
	}
	return in.Store.SealArrival(ctx, &r.Arrival)
}

// busy tells a provider that we are not available, and a person to slow down.
func busy(channelName string) error {
	code := tanggap.Unavailable
	if channelName == channel.Web {
		code = tanggap.TooMany
	}
	return tanggap.Errorf(code, "terlalu banyak kiriman sekaligus; coba lagi sebentar lagi")
}

// admit takes a place in the lane of r, if there is one.
func (in *Intake) admit(r *request) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.lanes == nil {
		in.lanes = map[channel.Way]*lane{}
	}
	l := in.lanes[r.way]
	if l == nil {
		l = &lane{Waiting: Waiting{Way: r.way}}
		in.lanes[r.way] = l
	}
	if l.Deliveries >= maxWaiting || l.Deliveries > 0 && l.Bytes+r.size() > maxWaitingBytes {
		l.Shed++
		return false
	}
	l.Deliveries++
	l.Bytes += r.size()
	return true
}

// leave gives the places of a batch back.
func (in *Intake) leave(batch []*request) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, r := range batch {
		l := in.lanes[r.way]
		l.Deliveries--
		l.Bytes -= r.size()
	}
}

// enqueue hands r to the committing goroutine, which the first delivery starts; it
// reports false after Stop.
func (in *Intake) enqueue(r *request) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.stopped {
		return false
	}
	if in.ended == nil {
		in.wake, in.ended = make(chan struct{}, 1), make(chan struct{})
		go in.commitLoop()
	}
	l := in.lanes[r.way]
	l.line = append(l.line, r)
	in.signal()
	return true
}

func (in *Intake) signal() {
	select {
	case in.wake <- struct{}{}:
	default:
	}
}

// Lanes tells how full each lane is, in the order of regions and channels.
func (in *Intake) Lanes() []Waiting {
	in.mu.Lock()
	defer in.mu.Unlock()
	out := make([]Waiting, 0, len(in.lanes))
	for _, way := range in.ways() {
		out = append(out, in.lanes[way].Waiting)
	}
	return out
}

func (in *Intake) ways() []channel.Way {
	return slices.SortedFunc(maps.Keys(in.lanes), func(a, b channel.Way) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Channel, b.Channel))
	})
}

// gather takes what waits, one delivery of each lane in turn, up to the size of a
// commit. more reports that some were left.
func (in *Intake) gather() (batch []*request, more, stopped bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	ways, items, bytes := in.ways(), 0, int64(0)
	for taken := true; taken; {
		taken = false
		for _, way := range ways {
			l := in.lanes[way]
			if len(l.line) == 0 {
				continue
			}
			r := l.line[0]
			if len(batch) == maxBatch || len(batch) > 0 && (items+len(r.Items) > maxBatchItems || bytes+r.size() > maxBatchBytes) {
				return batch, true, in.stopped
			}
			l.line = l.line[1:]
			batch, items, bytes, taken = append(batch, r), items+len(r.Items), bytes+r.size(), true
		}
	}
	return batch, false, in.stopped
}

// commitLoop commits whatever waits, together, until Stop.
func (in *Intake) commitLoop() {
	defer close(in.ended)
	for range in.wake {
		for {
			// Who is about to hand a delivery in does so first: a commit costs the same for one
			// as for many.
			runtime.Gosched()
			batch, more, stopped := in.gather()
			in.settle(batch)
			if !more && stopped {
				return
			}
			if !more {
				break
			}
		}
	}
}

// settle commits a batch and tells everybody how it ended.
func (in *Intake) settle(batch []*request) {
	err := in.commit(batch)
	for _, r := range batch {
		if err != nil && len(batch) > 1 {
			// One bad delivery must not take the others down with it.
			r.done <- in.commit([]*request{r})
		} else {
			r.done <- err
		}
	}
	in.leave(batch)
}

func (in *Intake) commit(batch []*request) (err error) {
	if len(batch) == 0 {
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("receive: panic: %v", p)
		}
	}()
	// The senders' own contexts may end; what they sent is stored all the same.
	ctx := context.Background()
	return in.Store.InShared(ctx, func(tx *store.Store) error {
		arrivals := make([]*store.Arrival, len(batch))
		for i, r := range batch {
			arrivals[i] = &r.Arrival
		}
		if err := tx.AddArrivals(ctx, arrivals...); err != nil {
			return err
		}
		for _, r := range batch {
			r.seqs = make([]int64, len(r.Fresh))
			for i, x := range r.Fresh {
				r.seqs[i] = x.Seq
			}
		}
		jobs := jobsFor(arrivals)
		if len(jobs) == 0 {
			return nil
		}
		return in.Queue.Add(ctx, tx, jobs...)
	})
}

// perJob is how many items that came together share a job: queueing costs about as
// much as storing. So few that they do not keep other workers idle.
const perJob = 8

// jobsFor makes the jobs for the fresh items of a commit. Statuses wait on nobody's
// behalf and have a line of their own.
func jobsFor(arrivals []*store.Arrival) (jobs []job.Job) {
	type line struct {
		region string
		status bool
	}
	open := map[line]*ProcessArgs{}
	put := func(l line, a *ProcessArgs) {
		j := job.Job{Args: *a}
		if l.status {
			j.Queue = job.Slow
		}
		jobs = append(jobs, j)
	}
	for _, a := range arrivals {
		for _, x := range a.Fresh {
			l := line{x.Region, x.Kind == string(channel.ItemStatus)}
			args := open[l]
			if args != nil && (args.Last+1 != x.Seq || x.Seq-args.Seq >= perJob) {
				put(l, args)
				args = nil
			}
			if args == nil {
				args = &ProcessArgs{Region: x.Region, Seq: x.Seq}
				open[l] = args
			}
			args.Last = x.Seq
		}
	}
	for l, args := range open {
		put(l, args)
	}
	return jobs
}

// Stop commits what waits and ends the committing goroutine. What comes later is
// refused as busy. It may be called again.
func (in *Intake) Stop() {
	in.mu.Lock()
	in.stopped = true
	ended := in.ended
	if ended != nil {
		in.signal()
	}
	in.mu.Unlock()
	if ended != nil {
		<-ended
	}
}
