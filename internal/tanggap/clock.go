package tanggap

import "time"

// Clock tells the time. Everything that depends on the present takes one, so that
// tests, the simulated city and replays run at any moment they like.
type Clock interface {
	Now() time.Time
}

// SystemClock is the computer's clock. It is the only caller of time.Now.
type SystemClock struct{}

// Now returns the present in UTC, cut to microseconds: the resolution that both
// database engines keep, so that a stored time equals the time in memory.
func (SystemClock) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
