package web

import (
	"container/list"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"
)

// budget limits how often something may happen for each of many keys. It remembers
// a bounded number of keys and forgets the one unused for the longest time; what a
// forgotten key may do again is bounded by the budgets above it.
type budget struct {
	every time.Duration // one more after each
	burst int           // at once
	keys  int           // remembered; 0 means 20,000

	mu    sync.Mutex
	byKey map[string]*list.Element
	order list.List // most recently used first
}

type allowance struct {
	key string
	*rate.Limiter
}

// of returns the allowance of a key. The caller holds mu.
func (b *budget) of(key string) *allowance {
	if e, ok := b.byKey[key]; ok {
		b.order.MoveToFront(e)
		return e.Value.(*allowance)
	}
	if b.byKey == nil {
		b.byKey = map[string]*list.Element{}
	}
	most := b.keys
	if most == 0 {
		most = 20_000
	}
	if b.order.Len() >= most {
		delete(b.byKey, b.order.Remove(b.order.Back()).(*allowance).key)
	}
	a := &allowance{key, rate.NewLimiter(rate.Every(b.every), b.burst)}
	b.byKey[key] = b.order.PushFront(a)
	return a
}

// left reports whether key may do it once more at now.
func (b *budget) left(now time.Time, key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.of(key).TokensAt(now) >= 1
}

// spend takes one from key's budget if there is one.
func (b *budget) spend(now time.Time, key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.of(key).AllowN(now, 1)
}

// visitorBudget limits one thing that visitors do: by address, by the network
// around it and for everybody together. Whole villages share one address behind
// their provider, so the first two are generous and the third protects the service.
type visitorBudget struct{ address, network, all *budget }

func newVisitorBudget(address, network, all *budget) *visitorBudget {
	return &visitorBudget{address, network, all}
}

func networkOf(ip netip.Addr) string {
	ip = ip.Unmap()
	bits := 48
	if ip.Is4() {
		bits = 24
	}
	p, err := ip.Prefix(bits)
	if err != nil {
		return "" // no address at all: all such share one budget
	}
	return p.String()
}

// left reports whether a visitor may do it once more, without counting it.
func (b *visitorBudget) left(now time.Time, ip netip.Addr) bool {
	return b.address.left(now, ip.Unmap().String()) && b.network.left(now, networkOf(ip)) && b.all.left(now, "")
}

// spend counts it once and reports whether it was within the budget.
func (b *visitorBudget) spend(now time.Time, ip netip.Addr) bool {
	// Narrow before wide: whoever is over his own budget costs the others nothing.
	return b.address.spend(now, ip.Unmap().String()) && b.network.spend(now, networkOf(ip)) && b.all.spend(now, "")
}

// budgets are the limits of the citizens' pages.
type budgets struct {
	reports   *visitorBudget      // finished reports
	writes    *visitorBudget      // pages of the form, with their photos, and replies
	misses    *visitorBudget      // tracking codes that do not exist
	codes     *visitorBudget      // one-time codes asked for
	contact   *budget             // reports by the contact they name, so that nobody is pestered
	caseCodes *budget             // codes and new contacts by case, for the same
	uploads   *semaphore.Weighted // bytes of photos being read at a time
}

// uploadMemory bounds the memory, in bytes, of forms with photos that are being read.
const uploadMemory = 256 << 20

func newBudgets() *budgets {
	return &budgets{
		reports: newVisitorBudget(
			&budget{every: 30 * time.Second, burst: 10},
			&budget{every: 5 * time.Second, burst: 60},
			&budget{every: 200 * time.Millisecond, burst: 300}),
		writes: newVisitorBudget(
			&budget{every: 2 * time.Second, burst: 60},
			&budget{every: 500 * time.Millisecond, burst: 300},
			&budget{every: 20 * time.Millisecond, burst: 1000}),
		// 20 misses a second together keep a guesser at 12 characters busy for 1,800
		// years with a million live codes.
		misses: newVisitorBudget(
			&budget{every: 10 * time.Second, burst: 20},
			&budget{every: 2 * time.Second, burst: 100},
			&budget{every: 50 * time.Millisecond, burst: 200}),
		codes: newVisitorBudget(
			&budget{every: time.Minute, burst: 6},
			&budget{every: 10 * time.Second, burst: 30},
			&budget{every: time.Second, burst: 100}),
		caseCodes: &budget{every: 10 * time.Minute, burst: 3},
		contact:   &budget{every: 20 * time.Minute, burst: 3},
		uploads:   semaphore.NewWeighted(uploadMemory),
	}
}
