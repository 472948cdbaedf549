package notify

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"tanggap/internal/channel"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Pacer spaces messages to one person; whatsapp.Pace is one.
type Pacer interface {
	// Next reserves and returns the earliest time, not before now, at which the
	// recipient may be sent one more message.
	Next(recipient string, now time.Time) time.Time
}

// Dispatcher sends what the Outbox owes. Any number of them may share a database.
// Fields are set before Run; those marked optional may stay nil.
type Dispatcher struct {
	Store   *store.Store
	Outbox  *Outbox
	Senders map[channel.Way]channel.Sender // a notice that goes another way fails, visibly
	Pacers  map[channel.Way]Pacer          // optional
	Limits  map[channel.Way]Limit          // optional; WhatsApp only

	// Template returns the template that stands for a notice where free text is not
	// allowed, nil if the region has none. It goes out only with the provider's
	// approval. Optional.
	Template func(p *region.Pack, c Content) *channel.Template
	// Off reports that nothing may leave, as after a restore. Optional.
	Off func() bool
	// Stopped reports that a person stopped a channel of a region. Optional.
	Stopped func(region, channel string) bool

	Log  *slog.Logger
	Tick <-chan time.Time // how often to look without a Signal; nil = every second

	Parallel int // recipients served at once

	signal chan struct{}

	mu       sync.Mutex
	reserved map[string]time.Time      // by notice: the time its Pacer gave
	closed   map[channel.Way]time.Time // when to try a faulty account again
	swept    map[string]time.Time      // by region: when stale leases were last returned
}

// NewDispatcher returns a Dispatcher without senders, for the regions of o.
func NewDispatcher(s *store.Store, o *Outbox, log *slog.Logger) *Dispatcher {
	return &Dispatcher{Store: s, Outbox: o, Log: log, Parallel: parallel,
		Senders: map[channel.Way]channel.Sender{}, Pacers: map[channel.Way]Pacer{}, Limits: map[channel.Way]Limit{}, signal: make(chan struct{}, 1),
		reserved: map[string]time.Time{}, closed: map[channel.Way]time.Time{}, swept: map[string]time.Time{}}
}

const (
	leaseFor    = 60 * time.Second // a holder that is silent for longer is dead
	sweepEvery  = 10 * time.Second
	sendWithin  = 30 * time.Second // less than half of leaseFor, so that a batch of one recipient fits
	batch       = 32
	parallel    = 8
	accountWait = 5 * time.Minute // between tries of an account the provider refuses
	stoppedWait = time.Minute
	turnWithin  = time.Minute // a notice that is due within it goes before younger ones
)

// Signal says that something may be owed. It never blocks.
func (d *Dispatcher) Signal() {
	select {
	case d.signal <- struct{}{}:
	default:
	}
}

// Run sends until ctx ends, and finishes the calls it has begun. A pass that fails,
// as when the database is away, is logged here, at the end of the line, and tried
// again at the next tick.
func (d *Dispatcher) Run(ctx context.Context) error {
	tick := d.Tick
	if tick == nil {
		t := time.NewTicker(time.Second)
		defer t.Stop()
		tick = t.C
	}
	for {
		n, err := d.Step(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			d.Log.Error("sending notices failed", "error", err)
		} else if n == batch {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-d.signal:
		case <-tick:
		}
	}
}

// Step leases and handles at most one batch per region. It returns the size of the
// largest one.
func (d *Dispatcher) Step(ctx context.Context) (int, error) {
	if d.Off != nil && d.Off() {
		return 0, nil
	}
	most := 0
	for _, p := range d.Outbox.packs.All() {
		n, err := d.stepRegion(ctx, p)
		if err != nil {
			return most, err
		}
		most = max(most, n)
	}
	return most, nil
}

func (d *Dispatcher) stepRegion(ctx context.Context, p *region.Pack) (int, error) {
	code, now := p.Identity.Code, d.now()
	if d.sweepDue(code, now) {
		if err := d.Store.ReturnStale(ctx, code, now.Add(-leaseFor)); err != nil {
			return 0, err
		}
		// Two copies of a mail have one Message-ID, so a second try does no harm.
		if err := d.Store.RepeatUnknown(ctx, code, channel.Email, now.Add(-repeatWithin), now.Add(-repeatAfter)); err != nil {
			return 0, err
		}
	}
	if due, err := d.Store.DueNotification(ctx, code); err != nil || !due {
		return 0, err
	}
	// Every batch is a holder of its own, so that an old batch of this very process
	// cannot touch a row that was returned and leased again.
	notices, err := d.Store.LeaseNotifications(ctx, code, tanggap.NewID(), batch)
	if err != nil {
		return 0, err
	}
	// One recipient's notices go out one after the other.
	var who []string
	byRecipient := map[string][]*store.Notification{}
	for _, n := range notices {
		if byRecipient[n.Recipient] == nil {
			who = append(who, n.Recipient)
		}
		byRecipient[n.Recipient] = append(byRecipient[n.Recipient], n)
	}
	var g errgroup.Group
	g.SetLimit(d.Parallel)
	for _, r := range who {
		g.Go(func() error {
			for _, n := range byRecipient[r] {
				if err := d.handle(ctx, p, n); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return len(notices), g.Wait()
}

func (d *Dispatcher) now() time.Time { return d.Store.Clock().Now() }

func (d *Dispatcher) sweepDue(code string, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if last, ok := d.swept[code]; ok && now.Sub(last) < sweepEvery {
		return false
	}
	d.swept[code] = now
	for id, at := range d.reserved { // of notices that another node sent
		if now.Sub(at) > leaseFor {
			delete(d.reserved, id)
		}
	}
	return true
}

// wait returns when n may be tried, for reasons that lie with its channel; the zero
// time means now.
func (d *Dispatcher) wait(n *store.Notification, now time.Time) time.Time {
	if d.Stopped != nil && d.Stopped(n.Region, n.Channel) {
		return now.Add(stoppedWait)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if until := d.closed[way(n)]; until.After(now) {
		return until
	}
	return time.Time{}
}

func way(n *store.Notification) channel.Way { return channel.Way{Region: n.Region, Channel: n.Channel} }

// closeAccount stops a channel because the provider refuses our account.
func (d *Dispatcher) closeAccount(n *store.Notification, until time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed[way(n)] = until
}

// pace returns when the recipient may be written to. A notice that waited for its
// reserved time does not queue again.
func (d *Dispatcher) pace(n *store.Notification, now time.Time) time.Time {
	pacer := d.Pacers[way(n)]
	if pacer == nil {
		return now
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	at, ok := d.reserved[n.ID]
	if !ok {
		at = pacer.Next(n.Region+"/"+n.IdentityID, now)
	}
	if at.After(now) {
		d.reserved[n.ID] = at
	} else {
		delete(d.reserved, n.ID)
	}
	return at
}

// ahead returns until when an older notice to the same recipient about the same case
// holds n back, so that what was said first arrives first; the zero time means it
// does not. One that merely waits for the morning holds nothing back; one that waits
// for its turn, as another node may have told it to, does.
func ahead(all []*store.Notification, n *store.Notification, now time.Time) time.Time {
	var until time.Time
	for _, x := range all {
		if x.ID >= n.ID || x.Recipient != n.Recipient || isAgain(x) {
			continue
		}
		trying := x.State == store.NoticeReady && (x.Error != "" || x.NotBeforeAt.Before(now.Add(turnWithin)))
		if trying || slices.Contains([]string{store.NoticeLeased, store.NoticeSending}, x.State) {
			until = latest(until, latest(x.NotBeforeAt, now).Add(2*time.Second))
		}
	}
	return until
}
