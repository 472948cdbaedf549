package deadline

import "time"

// WorkingTime is how long the office was open between two instants, less the pauses; 0
// when to is not after from.
func (c *Calendar) WorkingTime(from, to time.Time, pauses ...Pause) time.Duration {
	if !to.After(from) {
		return 0
	}
	still := merge(pauses, from)
	counted := from // so that hours which meet in a repeated hour are not counted twice
	var sum time.Duration
	last := DateOf(to, c.Location)
	for d := DateOf(from, c.Location).AddDays(-1); d.Compare(last) <= 0; d = d.AddDays(1) {
		if !c.Open(d) {
			continue
		}
		for _, h := range c.Week[d.Weekday()] {
			open, shut := c.span(d, h)
			open, shut = latest(open, counted), earliest(shut, to)
			if !shut.After(open) {
				continue
			}
			sum += shut.Sub(open)
			for _, p := range still {
				sum -= max(0, earliest(shut, p.To).Sub(latest(open, p.From)))
			}
			counted = shut
		}
	}
	return sum
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
