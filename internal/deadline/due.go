package deadline

import (
	"slices"
	"time"

	"tanggap/internal/tanggap"
)

// Unit says what a Rule counts.
type Unit string

const (
	WorkingDay  Unit = "working_day"
	CalendarDay Unit = "calendar_day"
	Hour        Unit = "hour"
)

// Rule is a published promise, such as 5 working days.
type Rule struct {
	Code   string
	Amount int
	Unit   Unit
}

// Pause is a stretch in which the clock stood still because the citizen was asked
// something. For a pause that is still running, To is the present.
type Pause struct {
	From, To time.Time
}

// horizon bounds every search, in days: ten years.
const horizon = 3653

var (
	errAmount     = tanggap.Errorf(tanggap.Invalid, "Jumlah pada aturan tenggat harus paling sedikit 1 dan tidak melampaui sepuluh tahun.")
	errNeverOpens = tanggap.Errorf(tanggap.Invalid, "Tidak ada cukup hari kerja dalam sepuluh tahun; periksa kalender.")
)

// Due returns when a case received at start is due under rule r and calendar c.
//
// Pauses may overlap, come in any order and begin before start. They never make
// the result earlier, and the result never lies inside a pause:
//   - Hours: the paused time up to the due moment is added.
//   - Working days: a working day whose office hours lie wholly in pauses does not
//     count. A half-paused day counts, so that a question asked at closing time
//     wins nobody a day; but when the clock stands still at closing time of day N,
//     the case is due at the first closing time after that at which it runs.
//   - Calendar days: the same with whole local days, midnight to midnight.
//
// Errors are tanggap.Invalid: a bad amount or unit, a bad calendar, or one that
// does not open often enough within ten years.
func Due(c *Calendar, r Rule, start time.Time, pauses ...Pause) (time.Time, error) {
	if r.Amount < 1 || r.Amount > horizon*24 {
		return time.Time{}, errAmount
	}
	if err := c.Validate(); err != nil {
		return time.Time{}, err
	}
	pauses = merge(pauses, start)
	switch r.Unit {
	case Hour:
		return dueHours(r.Amount, start, pauses), nil
	case WorkingDay, CalendarDay:
		return dueDays(c, r, start, pauses)
	}
	return time.Time{}, tanggap.Errorf(tanggap.Invalid, "Satuan tenggat %q tidak dikenal.", r.Unit)
}

// Recompute returns the due time after a change of calendar, rule data or pauses:
// the later of what was promised and what Due now says, because a promise made to
// a citizen is never shortened.
func Recompute(promised time.Time, c *Calendar, r Rule, start time.Time, pauses ...Pause) (time.Time, error) {
	due, err := Due(c, r, start, pauses...)
	if err != nil {
		return time.Time{}, err
	}
	if promised.After(due) {
		return promised, nil
	}
	return due, nil
}

func dueHours(hours int, start time.Time, pauses []Pause) time.Time {
	due := start.Add(time.Duration(hours) * time.Hour)
	for _, p := range pauses {
		if !p.From.Before(due) {
			break
		}
		due = due.Add(p.To.Sub(p.From))
	}
	return due
}

func dueDays(c *Calendar, r Rule, start time.Time, pauses []Pause) (time.Time, error) {
	day, counted := DateOf(start, c.Location), 0
	for range horizon {
		day = day.AddDays(1)
		hours := []Interval{{0, endOfDay}}
		if r.Unit == WorkingDay {
			if !c.Open(day) {
				continue
			}
			hours = c.Week[day.Weekday()]
		}
		if !lost(day, hours, c.Location, pauses) {
			counted++
		}
		closing := day.closing(hours[len(hours)-1].To, c.Location)
		if counted >= r.Amount && !standing(closing, pauses) {
			return closing, nil
		}
	}
	return time.Time{}, errNeverOpens
}

// lost reports whether every stretch of hours on day lies within a pause.
func lost(day Date, hours []Interval, loc *time.Location, pauses []Pause) bool {
	if len(pauses) == 0 {
		return false
	}
	for _, h := range hours {
		from, to := day.opening(h.From, loc), day.closing(h.To, loc)
		if !slices.ContainsFunc(pauses, func(p Pause) bool { return !p.From.After(from) && !p.To.Before(to) }) {
			return false
		}
	}
	return true
}

// standing reports whether the clock stands still at t. A pause that begins
// exactly at t comes too late to help, one that ends at t leaves no time to act.
func standing(t time.Time, pauses []Pause) bool {
	return slices.ContainsFunc(pauses, func(p Pause) bool { return p.From.Before(t) && !p.To.Before(t) })
}

// merge returns the pauses after start in order, overlapping ones joined and empty
// ones dropped, so that no time is counted twice.
func merge(pauses []Pause, start time.Time) []Pause {
	var sorted []Pause
	for _, p := range pauses {
		if p.From.Before(start) {
			p.From = start
		}
		if p.To.After(p.From) {
			sorted = append(sorted, p)
		}
	}
	slices.SortFunc(sorted, func(a, b Pause) int { return a.From.Compare(b.From) })
	var joined []Pause
	for _, p := range sorted {
		if n := len(joined); n > 0 && !p.From.After(joined[n-1].To) {
			if p.To.After(joined[n-1].To) {
				joined[n-1].To = p.To
			}
			continue
		}
		joined = append(joined, p)
	}
	return joined
}
