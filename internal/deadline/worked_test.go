package deadline

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestWorkingTime(t *testing.T) {
	c := baubau(t)
	for _, x := range []struct {
		name, from, to string
		want           time.Duration
		pauses         []Pause
	}{
		{name: "within a morning", from: "2026-03-04 09:00", to: "2026-03-04 10:30", want: 90 * time.Minute},
		{name: "over a night", from: "2026-03-04 15:00", to: "2026-03-05 08:30", want: 2 * time.Hour},
		{name: "on a weekend", from: "2026-03-07 09:00", to: "2026-03-08 20:00", want: 0},
		{name: "backwards", from: "2026-03-05 09:00", to: "2026-03-04 09:00", want: 0},
		{name: "less a pause that reaches into the night", from: "2026-03-04 09:00", to: "2026-03-05 09:00", want: 3*time.Hour + 90*time.Minute,
			pauses: []Pause{{at(t, c.Location, "2026-03-04 12:00"), at(t, c.Location, "2026-03-05 07:00")}}},
	} {
		if got := c.WorkingTime(at(t, c.Location, x.from), at(t, c.Location, x.to), x.pauses...); got != x.want {
			t.Errorf("%s: %v, want %v", x.name, got, x.want)
		}
	}
}

// Minute by minute, the office is open or it is not.
func TestWorkingTimeAgainstOracle(t *testing.T) {
	check(t, 300, func(t *rapid.T) {
		c, _, from, pauses := situation(t)
		to := from.Add(time.Duration(rapid.IntRange(0, 4*1440).Draw(t, "minutes")) * time.Minute)
		var want time.Duration
		for m := from; m.Before(to); m = m.Add(time.Minute) {
			still := slices.ContainsFunc(pauses, func(p Pause) bool { return !m.Before(p.From) && m.Before(p.To) })
			if !still && c.Within(m) {
				want += time.Minute
			}
		}
		if got := c.WorkingTime(from, to, pauses...); got != want {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}
