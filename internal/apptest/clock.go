package apptest

import (
	"sync"
	"time"
)

// Start is the moment at which every test begins: a Wednesday, 10:00 in Baubau.
var Start = time.Date(2026, 3, 4, 2, 0, 0, 0, time.UTC)

// Clock is a clock that moves only when told to. It is safe for concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that stands at t.
func NewClock(t time.Time) *Clock { return &Clock{now: t} }

// Now implements tanggap.Clock: UTC, cut to microseconds as the databases keep it.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now.UTC().Truncate(time.Microsecond)
}

// Set moves the clock to t, back as well as forth.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// Advance moves the clock on by d.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
