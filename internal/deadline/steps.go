package deadline

import "time"

// Why a day counts or does not.
const (
	DayReceived = "received" // day 0
	DayCounts   = "counts"
	DayHoliday  = "holiday"
	DayClosed   = "closed" // a weekday without hours
)

// Step is one day of the way to a due time.
type Step struct {
	Date    Date
	Why     string
	Holiday string // its name
	Count   int    // days counted up to and with this one
}

// Steps shows how Due comes to its result without pauses: every day from the one on which
// a case came in to the one on which it is due. Of a rule in hours there is only the first.
func Steps(c *Calendar, r Rule, start time.Time) ([]Step, time.Time, error) {
	due, err := Due(c, r, start)
	if err != nil {
		return nil, due, err
	}
	day, last := DateOf(start, c.Location), DateOf(due, c.Location)
	steps := []Step{{Date: day, Why: DayReceived}}
	if r.Unit == Hour {
		return steps, due, nil
	}
	for n := 0; day.Compare(last) < 0; {
		day = day.AddDays(1)
		x := Step{Date: day, Why: DayCounts}
		if holiday, ok := c.Holidays[day]; r.Unit == WorkingDay && !c.Open(day) {
			if x.Why = DayClosed; ok {
				x.Why, x.Holiday = DayHoliday, holiday
			}
		} else {
			n++
		}
		x.Count = n
		steps = append(steps, x)
	}
	return steps, due, nil
}
