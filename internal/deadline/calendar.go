package deadline

import (
	"slices"
	"time"

	"tanggap/internal/tanggap"
)

// Interval is one stretch of office hours within a day; To is not included.
type Interval struct {
	From, To Minute
}

// Week holds the office hours of each weekday, indexed by time.Weekday (Sunday is
// 0), in order of time. A weekday without hours is closed.
type Week [7][]Interval

// OfficeWeek is the usual week of Indonesian civil servants: Monday to Thursday
// 07:30–16:00, Friday 07:30–16:30. It is what a region pack gets that names no
// hours of its own.
func OfficeWeek() Week {
	day := []Interval{{7*60 + 30, 16 * 60}}
	friday := []Interval{{7*60 + 30, 16*60 + 30}}
	return Week{time.Monday: day, time.Tuesday: day, time.Wednesday: day, time.Thursday: day, time.Friday: friday}
}

// Calendar says when an office is open.
type Calendar struct {
	Location *time.Location
	Week     Week
	// Holidays maps every closed day, national, joint leave or local, to its name.
	Holidays map[Date]string
	// KnownUntil is the last date for which Holidays is official. Due times after
	// it are estimates and are recomputed when the list is published.
	KnownUntil Date
}

// Validate reports the first fault that would make arithmetic meaningless.
func (c *Calendar) Validate() error {
	if c.Location == nil {
		return tanggap.Errorf(tanggap.Invalid, "Kalender tidak memiliki zona waktu.")
	}
	for weekday, hours := range c.Week {
		var last Minute
		for _, h := range hours {
			if h.From < last || h.To <= h.From || h.To > endOfDay {
				return tanggap.Errorf(tanggap.Invalid,
					"Jam kerja %s–%s (hari ke-%d) tidak berurutan atau melewati tengah malam.", h.From, h.To, weekday)
			}
			last = h.To
		}
	}
	return nil
}

// Open reports whether d is a working day.
func (c *Calendar) Open(d Date) bool {
	_, holiday := c.Holidays[d]
	return !holiday && len(c.Week[d.Weekday()]) > 0
}

// Known reports whether the holidays up to t are official.
func (c *Calendar) Known(t time.Time) bool {
	return DateOf(t, c.Location).Compare(c.KnownUntil) <= 0
}

// Within reports whether the office is open at t.
func (c *Calendar) Within(t time.Time) bool {
	d := DateOf(t, c.Location)
	return c.Open(d) && slices.ContainsFunc(c.Week[d.Weekday()], func(h Interval) bool {
		from, to := c.span(d, h)
		return !t.Before(from) && t.Before(to)
	})
}

// span returns the instants between which h lasts on d; they are equal when the
// clock skips all of h.
func (c *Calendar) span(d Date, h Interval) (from, to time.Time) {
	if h.To == endOfDay {
		return d.opening(h.From, c.Location), d.AddDays(1).opening(0, c.Location)
	}
	return d.opening(h.From, c.Location), d.closing(h.To, c.Location)
}

// NextOpening returns t itself when the office is open at t, else the next instant
// at which it opens. It fails when the office does not open within ten years.
func (c *Calendar) NextOpening(t time.Time) (time.Time, error) {
	if err := c.Validate(); err != nil {
		return time.Time{}, err
	}
	if c.Within(t) {
		return t, nil
	}
	day := DateOf(t, c.Location)
	for range horizon {
		if c.Open(day) {
			for _, h := range c.Week[day.Weekday()] {
				if from, to := c.span(day, h); from.After(t) && to.After(from) {
					return from, nil
				}
			}
		}
		day = day.AddDays(1)
	}
	return time.Time{}, errNeverOpens
}

// AddWorkingDays returns the n-th working day after d, n ≥ 1.
func (c *Calendar) AddWorkingDays(d Date, n int) (Date, error) {
	if n < 1 {
		return Date{}, errAmount
	}
	for range horizon {
		d = d.AddDays(1)
		if c.Open(d) {
			if n--; n == 0 {
				return d, nil
			}
		}
	}
	return Date{}, errNeverOpens
}

// WorkingDaysBetween counts the working days after from, up to and including to;
// it is negative when to lies before from.
func (c *Calendar) WorkingDaysBetween(from, to Date) int {
	if to.Compare(from) < 0 {
		return -c.WorkingDaysBetween(to, from)
	}
	n := 0
	for from.Compare(to) < 0 {
		from = from.AddDays(1)
		if c.Open(from) {
			n++
		}
	}
	return n
}

// QuietHours is the daily stretch in which nobody is written to without need; it
// wraps midnight when From is later than To. Equal ends mean no quiet hours.
type QuietHours struct {
	From, To Minute
}

// Contain reports whether t falls into the quiet hours of loc.
func (q QuietHours) Contain(t time.Time, loc *time.Location) bool {
	m := minuteOf(t.In(loc))
	if q.From <= q.To {
		return q.From <= m && m < q.To
	}
	return m >= q.From || m < q.To
}

// After returns t when it is not quiet at t, else the instant at which the quiet
// hours end.
func (q QuietHours) After(t time.Time, loc *time.Location) time.Time {
	if !q.Contain(t, loc) {
		return t
	}
	day := DateOf(t, loc)
	if end := day.opening(q.To, loc); end.After(t) {
		return end
	}
	return day.AddDays(1).opening(q.To, loc)
}
