package deadline

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestStepsEndWhereDueDoes: the last day shown is the due day, and it is the day on which
// the count is full.
func TestStepsEndWhereDueDoes(t *testing.T) {
	loc := time.FixedZone("WITA", 8*3600)
	rapid.Check(t, func(t *rapid.T) {
		c := &Calendar{Location: loc, Week: OfficeWeek(), Holidays: map[Date]string{}}
		for range rapid.IntRange(0, 12).Draw(t, "holidays") {
			c.Holidays[Date{2026, 3, 1}.AddDays(rapid.IntRange(0, 60).Draw(t, "holiday"))] = "libur"
		}
		r := Rule{Amount: rapid.IntRange(1, 20).Draw(t, "amount"), Unit: rapid.SampledFrom([]Unit{WorkingDay, CalendarDay}).Draw(t, "unit")}
		start := time.Date(2026, 3, 1, 0, rapid.IntRange(0, 30*24*60).Draw(t, "minute"), 0, 0, loc)
		steps, due, err := Steps(c, r, start)
		if err != nil {
			t.Fatal(err)
		}
		want, err := Due(c, r, start)
		if err != nil || !due.Equal(want) {
			t.Fatalf("due %v, want %v (%v)", due, want, err)
		}
		last := steps[len(steps)-1]
		if last.Date != DateOf(due, loc) || last.Count != r.Amount || last.Why != DayCounts || steps[0].Why != DayReceived {
			t.Fatalf("%+v for %v", last, due)
		}
		for _, x := range steps[1:] {
			if r.Unit == WorkingDay && (x.Why == DayCounts) != c.Open(x.Date) {
				t.Fatalf("%+v", x)
			}
		}
	})
}

// The cases of the reference calendar: five working days over Christmas 2026.
func TestStepsOverChristmas(t *testing.T) {
	loc := time.FixedZone("WITA", 8*3600)
	c := &Calendar{Location: loc, Week: OfficeWeek(), Holidays: map[Date]string{{2026, 12, 24}: "Cuti bersama", {2026, 12, 25}: "Natal"}}
	steps, due, err := Steps(c, Rule{Amount: 5, Unit: WorkingDay}, time.Date(2026, 12, 22, 15, 50, 0, 0, loc))
	if err != nil || DateOf(due, loc) != (Date{2026, 12, 31}) {
		t.Fatalf("%v, %v", due, err)
	}
	why := ""
	for _, x := range steps {
		why += x.Why[:2] + " "
	}
	if why != "re co ho ho cl cl co co co co " {
		t.Error(why)
	}
}
