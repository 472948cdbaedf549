package deadline

import (
	"cmp"
	"fmt"
	"time"

	"tanggap/internal/tanggap"
)

// Date is a day of the civil calendar, without time or zone.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf returns the date on which t falls in loc.
func DateOf(t time.Time, loc *time.Location) Date {
	y, m, d := t.In(loc).Date()
	return Date{y, m, d}
}

// ParseDate reads "2006-01-02".
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, tanggap.Errorf(tanggap.Invalid, "Tanggal %q tidak sah; tulis seperti 2026-08-17.", s)
	}
	return DateOf(t, time.UTC), nil
}

func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// AddDays returns the date n days later, or earlier when n is negative.
func (d Date) AddDays(n int) Date {
	return DateOf(time.Date(d.Year, d.Month, d.Day+n, 0, 0, 0, 0, time.UTC), time.UTC)
}

// Compare orders dates as cmp.Compare does.
func (d Date) Compare(e Date) int {
	return cmp.Or(cmp.Compare(d.Year, e.Year), cmp.Compare(d.Month, e.Month), cmp.Compare(d.Day, e.Day))
}

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Weekday()
}

// opening is the first instant at which clocks in loc show m on d.
func (d Date) opening(m Minute, loc *time.Location) time.Time {
	first, _ := d.instants(m, loc)
	return first
}

// closing is the last instant at which clocks in loc show m on d. Midnight at the
// end of the day is its last second, so that a due time always lies on its own day.
func (d Date) closing(m Minute, loc *time.Location) time.Time {
	if m >= endOfDay {
		return d.AddDays(1).opening(0, loc).Add(-time.Second)
	}
	_, last := d.instants(m, loc)
	return last
}

// instants returns the first and the last instant at which clocks in loc show m on
// d: two in the repeated hour of autumn, else one, and the instant of the change
// when the clock skips m. time.Date leaves the choice open, hence the work.
func (d Date) instants(m Minute, loc *time.Location) (first, last time.Time) {
	wall := time.Date(d.Year, d.Month, d.Day, 0, int(m), 0, 0, time.UTC)
	guess := time.Date(d.Year, d.Month, d.Day, 0, int(m), 0, 0, loc)
	start, end := guess.ZoneBounds()
	for _, near := range []time.Time{start.Add(-time.Second), guess, end} {
		_, offset := near.In(loc).Zone()
		t := wall.Add(-time.Duration(offset) * time.Second).In(loc)
		if _, o := t.Zone(); o != offset {
			continue // this offset does not hold at the time it leads to
		}
		if first.IsZero() || t.Before(first) {
			first = t
		}
		if last.IsZero() || t.After(last) {
			last = t
		}
	}
	if first.IsZero() {
		change := start
		if !end.IsZero() && end.Sub(guess) < guess.Sub(start) {
			change = end
		}
		return change, change
	}
	return first, last
}

// Minute is a time of day in minutes since local midnight, 0 to 1440 (24:00).
type Minute int

const endOfDay Minute = 24 * 60

// ParseMinute reads "07:30"; "24:00" is the end of the day.
func ParseMinute(s string) (Minute, error) {
	if s == "24:00" {
		return endOfDay, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") {
		return 0, tanggap.Errorf(tanggap.Invalid, "Jam %q tidak sah; tulis seperti 07:30.", s)
	}
	return minuteOf(t), nil
}

func (m Minute) String() string { return fmt.Sprintf("%02d:%02d", int(m)/60, int(m)%60) }

// minuteOf returns the time of day that t shows in its own location.
func minuteOf(t time.Time) Minute { return Minute(t.Hour()*60 + t.Minute()) }
