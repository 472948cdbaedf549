// Package report makes the monthly report and the yearly planning book of a region.
//
// A Month holds figures and nothing else; rules turn it into sentences whose figures are
// locked, and both into a Document that is printed as HTML, PDF and XLSX. An Office keeps
// reports through their life: made by a job, edited, approved by a second person,
// published.
package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"tanggap/internal/survey"
)

// Place is what a report knows of its region.
type Place struct {
	Code       string // of Kemendagri
	Name       string // Kota Baubau
	Office     string // that makes the report
	Zone       string // IANA
	ZoneName   string // WITA
	Colour     string // #RRGGBB
	Population int
}

func (p Place) zone() *time.Location {
	l, err := time.LoadLocation(p.Zone)
	if err != nil {
		return time.UTC
	}
	return l
}

// Target is the share of promises that the region wants to keep.
const Target = 0.9

// Month is one month of a region in figures.
type Month struct {
	Place
	Month  string    // 2026-10
	DataTo time.Time // up to when the figures were read
	Model  string    // version of what reads the messages

	First bool // there is no month before to compare with

	Received    Pair
	OnTime      Kept          // promises that fell due in the month
	Before      Kept          // the same of the month before
	Answer      time.Duration // median until a person first acted
	Answered    int           // cases behind it
	Workday     time.Duration // length of an office day: times count while the office is open
	AnswerTrend Trend         // of the median: Rose is slower
	AnswerBy    time.Duration // the median of the month before, 0 if there is none

	Daily    []Daily    // up to the last day of the month, oldest first: 26 weeks where there are
	Forecast []Expected // of the days after; nil while there is none
	Error    float64    // of past forecasts: mean absolute percentage, 0 = unknown

	Services []Line
	Areas    []Line // kelurahan
	Channels []Line
	Units    []Unit
	Unplaced int // cases without a kelurahan

	Open    [4]int // at the end of the month, by age: to 2, 7, 14 days, older
	Reopen  int    // cases of the month that were opened again
	Survey  Survey
	Reader  []Taken // suggestions of the computer
	Promise []string
}

// Pair is a count and the one of the month before.
type Pair struct{ Now, Before int }

// Kept counts promises.
type Kept struct{ Kept, Due int }

// Share is the kept part; 0 without promises.
func (k Kept) Share() float64 {
	if k.Due == 0 {
		return 0
	}
	return float64(k.Kept) / float64(k.Due)
}

// Daily is one day.
type Daily struct {
	Day string // 2026-10-01
	N   int
}

// Expected is the forecast of one day.
type Expected struct {
	Day                                  string
	Median, Low80, High80, Low95, High95 float64
}

// Line is a service, an area or a channel.
type Line struct {
	Code, Name, Under string // Under: the kecamatan of a kelurahan
	N, Before         int
	Population        int // of an area, 0 = unknown
}

// Unit is one office.
type Unit struct {
	Code, Name, Short string
	Received          Pair
	OnTime, Before    Kept
	Resolve           time.Duration // median until the result, in working time, 0 = none
	Open, Late        int           // at the end of the month
}

// Survey is the satisfaction index of the month.
type Survey struct {
	Respondents, Served int
	IKM                 int // hundredths, 0 = none
	Low, High           int // 95 % interval in hundredths, 0 = too few answers for one
	Elements            []Element
}

// Element is one of the nine questions.
type Element struct {
	Key  string
	N    int
	Mean float64
}

// Taken is how often officers took a suggestion of one kind.
type Taken struct {
	Kind           string
	Decided, Taken int
}

// fewest is how many survey answers an index needs before it is told as one.
const fewest = 30

// Grade is the letter of the regulation's table for an index in hundredths, "" for none.
func (s Survey) Grade() string { return survey.GradeOf(s.IKM) }

// time parts of the month

func (m *Month) start() time.Time {
	t, err := time.ParseInLocation("2006-01", m.Month, m.zone())
	if err != nil {
		return time.Time{}
	}
	return t
}

func (m *Month) days() int { return m.start().AddDate(0, 1, -1).Day() }

// Period is October 2026 as people read it.
func (m *Month) Period() string { return period(m.start()) }

func period(t time.Time) string { return fmt.Sprintf("%s %d", monthNames[t.Month()-1], t.Year()) }

// previous is the month before, without its year unless it is another one.
func (m *Month) previous() string {
	p := m.start().AddDate(0, -1, 0)
	if p.Year() != m.start().Year() {
		return period(p)
	}
	return monthNames[p.Month()-1]
}

// normal is the 97.5 % point of the normal distribution.
const normal = 1.96

// Trend says whether something changed by more than chance.
type Trend int

// Trends.
const (
	Same Trend = iota
	Rose
	Fell
)

// spread is how much more the days scatter than chance alone would have them: the
// Pearson dispersion of daily counts around their weekday's mean, at least 1.
func (m *Month) spread() float64 {
	var sum [7]float64
	var n [7]int
	days := m.ofMonths()
	for _, d := range days {
		t := dayOf(d.Day)
		sum[t.Weekday()] += float64(d.N)
		n[t.Weekday()]++
	}
	x, free := 0.0, len(days)
	for _, d := range days {
		w := dayOf(d.Day).Weekday()
		if mean := sum[w] / float64(n[w]); mean > 0 {
			x += (float64(d.N) - mean) * (float64(d.N) - mean) / mean
		}
	}
	for _, k := range n {
		if k > 0 {
			free--
		}
	}
	if free < 14 {
		return 1
	}
	return math.Max(1, x/float64(free))
}

// ofMonths are the days of the month and of the one before.
func (m *Month) ofMonths() []Daily {
	from := m.start().AddDate(0, -1, 0).Format(time.DateOnly)
	i, _ := slices.BinarySearchFunc(m.Daily, from, func(d Daily, day string) int { return cmp.Compare(d.Day, day) })
	return m.Daily[i:]
}

func dayOf(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}
	}
	return t
}

// change compares a count with that of the month before by day, because months differ
// in length. of is how many are compared at once: among many, some would look changed by
// chance. It returns the trend and the relative change of the daily mean.
func (m *Month) change(now, before, of int, spread float64) (Trend, float64) {
	if m.First || before == 0 || now == 0 {
		return Same, 0
	}
	days, daysBefore := float64(m.days()), float64(m.start().AddDate(0, 0, -1).Day())
	r := (float64(now) / days) / (float64(before) / daysBefore)
	// The logarithm of a ratio of two counts has about this standard error.
	se := math.Sqrt(spread * (1/float64(now) + 1/float64(before)))
	if math.Abs(math.Log(r)) <= quantile(of)*se {
		return Same, r - 1
	}
	if r > 1 {
		return Rose, r - 1
	}
	return Fell, r - 1
}

// quantile is the point of the normal distribution that leaves 5 % outside of all
// comparisons together (Bonferroni).
func quantile(of int) float64 {
	p := 1 - 0.025/float64(max(1, of))
	return math.Sqrt2 * math.Erfinv(2*p-1)
}

// wilson is the 95 % interval of a share.
func wilson(k Kept) (low, high float64) {
	if k.Due == 0 {
		return 0, 1
	}
	n, p := float64(k.Due), k.Share()
	z2 := normal * normal
	mid, half := p+z2/(2*n), normal*math.Sqrt(p*(1-p)/n+z2/(4*n*n))
	return math.Max(0, (mid-half)/(1+z2/n)), math.Min(1, (mid+half)/(1+z2/n))
}

// moved compares two shares by Newcombe's interval of their difference.
func moved(now, before Kept) (Trend, float64) {
	if now.Due == 0 || before.Due == 0 {
		return Same, 0
	}
	p, q := now.Share(), before.Share()
	l1, u1 := wilson(now)
	l2, u2 := wilson(before)
	d := p - q
	switch {
	case d-math.Hypot(p-l1, u2-q) > 0:
		return Rose, d
	case d+math.Hypot(u1-p, q-l2) < 0:
		return Fell, d
	}
	return Same, d
}

// against says whether a share is certainly below or above the target.
func against(k Kept) Trend {
	low, high := wilson(k)
	switch {
	case k.Due == 0:
		return Same
	case high < Target:
		return Fell
	case low > Target:
		return Rose
	}
	return Same
}

// rate is cases per 1,000 inhabitants; ok is false where the population is unknown or the
// cases are too few for a rate that says something.
func (l Line) rate() (float64, bool) {
	if l.Population == 0 || l.N < 5 {
		return 0, false
	}
	return float64(l.N) / float64(l.Population) * 1000, true
}

// worst are the units with promises due, the least kept share first.
func (m *Month) worst() []Unit {
	units := slices.DeleteFunc(slices.Clone(m.Units), func(u Unit) bool { return u.OnTime.Due == 0 })
	slices.SortStableFunc(units, func(a, b Unit) int {
		return cmp.Or(cmp.Compare(a.OnTime.Share(), b.OnTime.Share()), cmp.Compare(b.OnTime.Due, a.OnTime.Due), cmp.Compare(a.Code, b.Code))
	})
	return units
}
