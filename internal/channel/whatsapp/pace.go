package whatsapp

import (
	"sync"
	"time"
)

// PairGap is the spacing that Meta's pair rate limit asks for between two messages
// to the same person (error 131056 otherwise).
const PairGap = 6 * time.Second

// Pace spaces messages to the same person. It lives in memory and only advises: a
// restart or a second node forgets, and then Meta's own limit answers FaultSlow.
type Pace struct {
	gap time.Duration
	max int

	mu    sync.Mutex
	free  map[string]time.Time // when the person may be written to again
	sweep time.Time            // sweeping before is not worth it
}

// NewPace returns a Pace that keeps gap between messages and remembers at most max
// people.
func NewPace(gap time.Duration, max int) *Pace {
	return &Pace{gap: gap, max: max, free: map[string]time.Time{}}
}

// Next reserves and returns the earliest time, not before now, at which the
// recipient may be sent one more message.
func (p *Pace) Next(recipient string, now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.free[recipient]
	if at.Before(now) {
		at = now
	}
	if _, known := p.free[recipient]; !known && len(p.free) >= p.max {
		p.makeRoom(now)
	}
	p.free[recipient] = at.Add(p.gap)
	return at
}

// makeRoom forgets everybody who may be written to anyway and, if that is nobody,
// one person at random: advice may be lost, memory may not.
func (p *Pace) makeRoom(now time.Time) {
	if !now.Before(p.sweep) {
		p.sweep = now.Add(p.gap)
		for who, at := range p.free {
			if !at.After(now) {
				delete(p.free, who)
			}
		}
	}
	for who := range p.free {
		if len(p.free) < p.max {
			return
		}
		delete(p.free, who)
	}
}
