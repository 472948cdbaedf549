// Package forecast foresees counts: how many cases of a service, in a unit or an area,
// will come on each of the next days, weeks or months, with honest intervals, the reasons,
// and how wrong the same method was in the past. It also finds surges and silences, makes
// the forecasts of parts and wholes agree, and turns them into officer-hours.
//
// It is pure: numbers in, numbers out, the same bytes for the same input.
package forecast

import (
	"context"
	"math"
	"slices"
	"time"

	"tanggap/internal/tanggap"
)

// Period is how many values of a series make one round of its season.
type Period int

// The steps a series can have.
const (
	Daily   Period = 7
	Weekly  Period = 52
	Monthly Period = 12
)

// Levels are the probabilities of a forecast's quantiles.
var Levels = [13]float64{.025, .05, .1, .2, .3, .4, .5, .6, .7, .8, .9, .95, .975}

// Places of often used quantiles in Levels.
const (
	Low95, Low80, Median, High80, High95 = 0, 2, 6, 10, 12
)

// Series is a dated row of counts or amounts, without holes: a missing value is NaN.
type Series struct {
	Start  time.Time // date of the first value; for weeks the first day of the week, for months the first of the month
	Period Period
	Values []float64
}

// Limits of a series: longer ones are cut to their newest values, larger values refused.
const (
	maxLength = 12 * 366
	maxValue  = 1e12
)

// Quantiles are the 13 values at Levels of one step, never falling.
type Quantiles [len(Levels)]float64

// At gives the quantile at probability p between Levels by straight lines, and the
// outermost one beyond them.
func (q Quantiles) At(p float64) float64 {
	if !(p > Levels[0]) {
		return q[0]
	}
	for i := 1; i < len(Levels); i++ {
		if p <= Levels[i] {
			share := (p - Levels[i-1]) / (Levels[i] - Levels[i-1])
			return q[i-1] + share*(q[i]-q[i-1])
		}
	}
	return q[len(q)-1]
}

// Cold says why there is no forecast, or a rough one.
type Cold string

// Reasons for a missing forecast.
const (
	Warm     Cold = ""
	TooShort Cold = "short" // less than eight weeks of days, a year of weeks or two of months: nothing can be said
	TooThin  Cold = "thin"  // too few a day: forecast weeks, or a share of the whole
)

// Forecast is what Fit expects of the steps after the end of a series.
type Forecast struct {
	Start     time.Time // date of the first step
	Period    Period
	Mean      []float64   // one a step
	Quantiles []Quantiles // one a step
	Cold      Cold        // why there are no steps; "" when there are
	Members   []Member    // in a fixed order, weights adding up to 1
	Error     Error
	Calendar  string   // name of the calendar whose holidays explain the past best, or ""
	Reasons   []Reason // what raises or lowers which step

	// Common is the share of a step's variance that neighbouring steps have in common:
	// 0 when their errors are independent, 1 when they err together. Sums need it.
	Common float64
}

// Member is one model of the combination.
type Member struct {
	Name   string
	Weight float64
	MASE   float64 // in the backtest; NaN when it took no part
}

// Error is how the same method did in the past, forecasting from earlier days.
type Error struct {
	Origins  int     // from how many earlier days
	MASE     float64 // mean absolute error / that of repeating the last season, within the past
	WAPE     float64 // sum of absolute errors / sum of values
	Cover80  float64 // share of values inside the 80 % interval
	Cover95  float64
	Bias     float64 // sum of (forecast − value) / sum of values
	Measured bool    // false when the past was too short to try
}

// ReasonKind says what sort of thing moves a forecast.
type ReasonKind string

// Kinds of reasons.
const (
	ByWeekday ReasonKind = "weekday" // Key: "0" Sunday … "6" Saturday
	BySeason  ReasonKind = "season"  // Key: "", the time of year
	ByHoliday ReasonKind = "holiday" // Key: Holiday.Key
	ByEvent   ReasonKind = "event"   // Key: Event.Key
	ByOutside ReasonKind = "outside" // Key: Outside.Key, such as rain
	ByLevel   ReasonKind = "level"   // Key: "", the last weeks against the year before; Step −1
)

// Reason says that something multiplies the usual number of one step by Factor.
type Reason struct {
	Step   int // 0 is the first step; −1 means all of them
	Kind   ReasonKind
	Key    string
	Factor float64 // 1.2 is "20 % more than usual"
}

// Options of a forecast. The zero value is right for most.
type Options struct {
	Horizon int    // steps; 0: 28 days, 13 weeks or 12 months
	Group   *Group // what is known from similar series; nil: what is known in general
	Force   bool   // forecast even a cold or thin series, as benchmarks ask

	Settings *Settings // nil: Standard
}

// Default horizons by period.
func (p Period) horizon() int {
	switch p {
	case Daily:
		return 28
	case Monthly:
		return 12
	default:
		return 13
	}
}

const maxHorizon = 400

// least is how many values a forecast needs.
func (p Period) least() int {
	switch p {
	case Daily:
		return 56
	case Monthly:
		return 24
	default:
		return 52
	}
}

// thinDaily is the mean number a day below which days are not forecast one by one.
const thinDaily = 0.1

// Check reports the first fault of a series.
func (s Series) Check() error {
	if s.Period < 1 || s.Period > 366 {
		return tanggap.Errorf(tanggap.Invalid, "Musim deret %d di luar 1–366.", s.Period)
	}
	for i, v := range s.Values {
		if math.IsInf(v, 0) || math.Abs(v) > maxValue {
			return tanggap.Errorf(tanggap.Invalid, "Nilai ke-%d, %g, terlalu besar untuk diramal.", i+1, v)
		}
	}
	return nil
}

// Date of value or step i, counted from start.
func (p Period) Date(start time.Time, i int) time.Time {
	start = start.UTC()
	switch p {
	case Monthly:
		return time.Date(start.Year(), start.Month()+time.Month(i), 1, 0, 0, 0, 0, time.UTC)
	case Weekly:
		i *= 7
	}
	return time.Date(start.Year(), start.Month(), start.Day()+i, 0, 0, 0, 0, time.UTC)
}

// Fit forecasts the steps after a series. The same input gives the same bytes. A series
// that is too short or too thin gives a Forecast without steps whose Cold says so; an
// error means that the input makes no sense.
func Fit(ctx context.Context, s Series, d Drivers, o Options) (*Forecast, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if o.Horizon < 0 || o.Horizon > maxHorizon {
		return nil, tanggap.Errorf(tanggap.Invalid, "Langkah ramalan %d di luar 1–%d.", o.Horizon, maxHorizon)
	}
	if o.Horizon == 0 {
		o.Horizon = s.Period.horizon()
	}
	s = s.trim()
	f := &Forecast{Start: s.Period.Date(s.Start, len(s.Values)), Period: s.Period, Error: Error{MASE: math.NaN(), WAPE: math.NaN()}}
	known, sum := 0, 0.0
	for _, v := range s.Values {
		if !math.IsNaN(v) {
			known++
			sum += v
		}
	}
	switch {
	case known == 0, known < s.Period.least() && !o.Force:
		f.Cold = TooShort
		return f, nil
	case s.Period == Daily && sum < thinDaily*float64(known) && !o.Force:
		f.Cold = TooThin
		return f, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.Period == Daily {
		return f, fitDaily(ctx, f, s, d, o)
	}
	return f, fitSlow(ctx, f, s, o)
}

// tiny is what counts as nothing.
const tiny = 1e-9

// trim copies a series without the oldest values of one that is too long and without any
// before the first known one. A count of days below nothing is nothing.
func (s Series) trim() Series {
	from := max(0, len(s.Values)-maxLength)
	for from < len(s.Values) && math.IsNaN(s.Values[from]) {
		from++
	}
	s.Start, s.Values = s.Period.Date(s.Start, from), slices.Clone(s.Values[from:])
	for i, v := range s.Values {
		if math.Abs(v) < tiny || (s.Period == Daily && v < 0) {
			s.Values[i] = 0
		}
	}
	return s
}
