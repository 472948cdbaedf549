package deadline

import (
	"flag"
	"os"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tanggap/internal/apptest/race"
)

// The oracle answers the same question as Due in the slowest, plainest way: it
// walks through time in small steps and looks at the clock on the wall. It shares
// no arithmetic with the package.

// oracleDue walks from start. Days without pauses nearby are found hour by hour,
// everything else minute by minute. It returns false when it gives up.
func oracleDue(c *Calendar, r Rule, start time.Time, pauses []Pause) (time.Time, bool) {
	if r.Unit == Hour {
		t, left := start, r.Amount*60
		for left > 0 {
			if !oraclePaused(t, pauses) {
				left--
			}
			t = t.Add(time.Minute)
		}
		return t, true
	}
	seen, counted := start.In(c.Location).Format(time.DateOnly), 0
	for t := start; t.Sub(start) < 400*24*time.Hour; t = t.Add(time.Hour) {
		today := t.In(c.Location).Format(time.DateOnly)
		if today == seen {
			continue
		}
		seen = today
		var hours []Interval
		if r.Unit == CalendarDay {
			hours = []Interval{{0, 1440}}
		} else {
			y, m, d := t.In(c.Location).Date()
			if _, holiday := c.Holidays[Date{y, m, d}]; !holiday {
				hours = c.Week[t.In(c.Location).Weekday()]
			}
		}
		if len(hours) == 0 {
			continue
		}
		var closing time.Time
		exists, running := false, false
		for m := t.Add(-2 * time.Hour).Truncate(time.Minute); m.Before(t.Add(28 * time.Hour)); m = m.Add(time.Minute) {
			local := m.In(c.Location)
			if local.Format(time.DateOnly) != today {
				continue
			}
			wall := local.Hour()*60 + local.Minute()
			for i, h := range hours {
				if wall >= int(h.From) && wall < int(h.To) {
					exists = true
					running = running || !oraclePaused(m, pauses)
				}
				if i == len(hours)-1 && wall <= int(h.To) {
					closing = m
					switch {
					case h.To == 1440:
						closing = m.Add(59 * time.Second)
					case wall < int(h.To):
						closing = m.Add(time.Minute)
					}
				}
			}
		}
		if !exists {
			return time.Time{}, false // the clock skipped all office hours of this day
		}
		if running {
			counted++
		}
		if counted >= r.Amount && !oraclePaused(closing.Add(-time.Second), pauses) {
			return closing, true
		}
	}
	return time.Time{}, false
}

// oraclePaused reports whether the minute that begins at t lies in a pause.
func oraclePaused(t time.Time, pauses []Pause) bool {
	for _, p := range pauses {
		if !t.Before(p.From) && t.Before(p.To) {
			return true
		}
	}
	return false
}

var zones = []string{
	"Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "Europe/London", "America/Santiago", "Australia/Lord_Howe", "UTC",
}

// situation draws a calendar, a rule, a start and pauses. Starts crowd around
// changes of the clock and of the year, where mistakes live.
func situation(t *rapid.T) (*Calendar, Rule, time.Time, []Pause) {
	loc, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
	if err != nil {
		t.Fatal(err)
	}
	c := &Calendar{Location: loc, Holidays: map[Date]string{}, Week: OfficeWeek()}
	switch rapid.IntRange(0, 3).Draw(t, "week") {
	case 1: // round the clock
		for i := range c.Week {
			c.Week[i] = []Interval{{0, 1440}}
		}
	case 2: // odd hours, in the night of the change as well
		for i := range c.Week {
			if rapid.Bool().Draw(t, "open") || i == 3 {
				a := rapid.IntRange(0, 400).Draw(t, "from")
				b := rapid.IntRange(a+1, 700).Draw(t, "noon")
				d := rapid.IntRange(b+1, 1439).Draw(t, "to")
				c.Week[i] = []Interval{{Minute(a), Minute(b)}, {Minute(b), Minute(d)}}
			}
		}
	case 3: // closes in the small hours
		for i := range c.Week {
			c.Week[i] = []Interval{{0, Minute(rapid.IntRange(30, 200).Draw(t, "to"))}}
		}
	}
	year := rapid.IntRange(2001, 2039).Draw(t, "year")
	month := rapid.SampledFrom([]time.Month{1, 3, 4, 5, 9, 10, 12}).Draw(t, "month")
	start := time.Date(year, month, rapid.IntRange(1, 31).Draw(t, "day"), 0, rapid.IntRange(0, 1439).Draw(t, "minute"), 0, 0, time.UTC)
	if _, change := start.In(loc).ZoneBounds(); rapid.Bool().Draw(t, "near a change") && !change.IsZero() {
		start = change.Add(-time.Duration(rapid.IntRange(0, 16*1440).Draw(t, "before")) * time.Minute).UTC().Truncate(time.Minute)
	}
	for range rapid.IntRange(0, 12).Draw(t, "holidays") {
		d := DateOf(start.AddDate(0, 0, rapid.IntRange(0, 20).Draw(t, "holiday")), loc)
		c.Holidays[d] = "libur"
	}
	unit := rapid.SampledFrom([]Unit{WorkingDay, WorkingDay, WorkingDay, CalendarDay, Hour}).Draw(t, "unit")
	rule := Rule{"X", rapid.IntRange(1, 14).Draw(t, "amount"), unit}
	var pauses []Pause
	for range max(0, rapid.IntRange(-2, 3).Draw(t, "pauses")) {
		from := start.Add(time.Duration(rapid.IntRange(-600, 10*1440).Draw(t, "pause")) * time.Minute)
		length := rapid.SampledFrom([]int{30, 600, 1440, 3 * 1440}).Draw(t, "scale")
		pauses = append(pauses, Pause{from, from.Add(time.Duration(rapid.IntRange(0, length).Draw(t, "length")) * time.Minute)})
	}
	return c, rule, start, pauses
}

// check runs a property n times, a tenth of that with -short, twenty times as
// often in a campaign.
func check(t *testing.T, n int, property func(*rapid.T)) {
	t.Helper()
	if os.Getenv("TANGGAP_CAMPAIGN") == "1" {
		n *= 20
	} else if testing.Short() {
		n /= 10
	}
	before := flag.Lookup("rapid.checks").Value.String()
	if err := flag.Set("rapid.checks", strconv.Itoa(n)); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = flag.Set("rapid.checks", before) }()
	rapid.Check(t, property)
}

func TestDueAgainstOracle(t *testing.T) {
	race.Skip(t)
	check(t, 5000, func(t *rapid.T) {
		c, rule, start, pauses := situation(t)
		want, ok := oracleDue(c, rule, start, pauses)
		if !ok {
			t.Skip("the oracle gave up")
		}
		got, err := Due(c, rule, start, pauses...)
		if err != nil {
			t.Fatal(err)
		}
		if !got.Equal(want) {
			t.Fatalf("due %v, oracle %v (start %v)", got.In(c.Location), want.In(c.Location), start.In(c.Location))
		}
	})
}

func TestDueIsMonotonic(t *testing.T) {
	check(t, 2000, func(t *rapid.T) {
		c, rule, start, pauses := situation(t)
		due, err := Due(c, rule, start, pauses...)
		if err != nil {
			t.Fatal(err)
		}
		if !due.After(start) {
			t.Fatalf("due %v is not after %v", due, start)
		}
		if rule.Unit != Hour && DateOf(due, c.Location).Compare(DateOf(start, c.Location)) <= 0 {
			t.Fatalf("due %v on the day of receipt", due)
		}
		for _, p := range pauses {
			if p.From.Before(due) && p.To.After(due) {
				t.Fatalf("due %v inside pause %v", due, p)
			}
		}
		again := func(what string, start time.Time, pauses []Pause) {
			later, err := Due(c, rule, start, pauses...)
			if err != nil {
				t.Fatal(err)
			}
			if later.Before(due) {
				t.Fatalf("%s: due %v, before %v", what, later, due)
			}
		}
		again("later start", start.Add(time.Duration(rapid.IntRange(0, 5000).Draw(t, "later"))*time.Minute), pauses)
		from := start.Add(time.Duration(rapid.IntRange(0, 20000).Draw(t, "extra pause")) * time.Minute)
		again("one more pause", start, append([]Pause{{from, from.Add(time.Duration(rapid.IntRange(0, 5000).Draw(t, "length")) * time.Minute)}}, pauses...))
		c.Holidays[DateOf(start, c.Location).AddDays(rapid.IntRange(0, 40).Draw(t, "extra holiday"))] = "libur"
		again("one more holiday", start, pauses)
	})
}

func TestNextOpeningAgainstSteps(t *testing.T) {
	check(t, 300, func(t *rapid.T) {
		c, _, start, _ := situation(t)
		got, err := c.NextOpening(start)
		if err != nil {
			t.Fatal(err)
		}
		step := start
		for !c.Within(step) {
			step = step.Add(time.Minute)
		}
		if !got.Equal(step) {
			t.Fatalf("next opening %v, by steps %v", got.In(c.Location), step.In(c.Location))
		}
	})
}

func BenchmarkDue(b *testing.B) {
	c := baubau(b)
	start := at(b, c.Location, "2026-03-13 10:00")
	for b.Loop() {
		if _, err := Due(c, Rule{"X", 5, WorkingDay}, start); err != nil {
			b.Fatal(err)
		}
	}
}
