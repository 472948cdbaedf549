package forecast

import (
	"math"
	"time"

	"tanggap/internal/tanggap"
)

// Coarsen adds the days of a series up to whole weeks, from the weekday of first, or to
// whole months. A week or month with more than a seventh of its days missing is missing;
// other gaps count as its mean day.
func (s Series) Coarsen(to Period, first time.Weekday) (Series, error) {
	if s.Period != Daily || (to != Weekly && to != Monthly) {
		return Series{}, tanggap.Errorf(tanggap.Invalid, "Hanya deret harian yang dijumlahkan ke minggu atau bulan.")
	}
	out := Series{Period: to}
	for t := 0; t < len(s.Values); {
		at := Daily.Date(s.Start, t)
		begins, days := bucket(to, first, at)
		if !begins {
			t++
			continue
		}
		if t+days > len(s.Values) {
			break
		}
		if len(out.Values) == 0 {
			out.Start = at
		}
		sum, known := 0.0, 0
		for _, v := range s.Values[t : t+days] {
			if !math.IsNaN(v) {
				sum += v
				known++
			}
		}
		v := math.NaN()
		if days-known <= days/7 {
			v = sum * float64(days) / float64(known)
		}
		out.Values = append(out.Values, v)
		t += days
	}
	return out, nil
}

// bucket tells whether a week or month begins at a date, and its days.
func bucket(to Period, first time.Weekday, at time.Time) (begins bool, days int) {
	if to == Weekly {
		return at.Weekday() == first, 7
	}
	return at.Day() == 1, time.Date(at.Year(), at.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// Sum is the distribution of the sum of steps from to to (not included): the means add up,
// and so do the variances but for what the steps' errors have in common.
func (f *Forecast) Sum(from, to int) (mean float64, q Quantiles) {
	own, together := 0.0, 0.0
	for h := from; h < to; h++ {
		mean += f.Mean[h]
		sd := math.Sqrt(variance(f, h))
		own += sd * sd
		together += sd
	}
	sd := math.Sqrt((1-f.Common)*own + f.Common*together*together)
	for i, p := range Levels {
		q[i] = around(mean, sd, p)
	}
	return mean, q
}

// Coarsen adds a daily forecast up to the weeks or months that lie wholly inside it, so
// that days, weeks and months tell the same story.
func (f *Forecast) Coarsen(to Period, first time.Weekday) (*Forecast, error) {
	if f.Period != Daily || (to != Weekly && to != Monthly) {
		return nil, tanggap.Errorf(tanggap.Invalid, "Hanya ramalan harian yang dijumlahkan ke minggu atau bulan.")
	}
	out := &Forecast{Period: to, Cold: f.Cold, Members: f.Members, Error: f.Error, Calendar: f.Calendar, Common: f.Common}
	for h := 0; h < len(f.Mean); {
		at := Daily.Date(f.Start, h)
		begins, days := bucket(to, first, at)
		if !begins {
			h++
			continue
		}
		if h+days > len(f.Mean) {
			break
		}
		if len(out.Mean) == 0 {
			out.Start = at
		}
		mean, q := f.Sum(h, h+days)
		out.Mean, out.Quantiles = append(out.Mean, mean), append(out.Quantiles, q)
		h += days
	}
	return out, nil
}

// Align moves the days of a forecast so that each week or month of coarse that lies wholly
// inside it is what its days add up to, both giving way as their uncertainty allows. What
// coarse says beyond the days stays.
func Align(days, coarse *Forecast) error {
	if days.Cold != Warm || coarse.Cold != Warm {
		return nil
	}
	if days.Period != Daily || (coarse.Period != Weekly && coarse.Period != Monthly) {
		return tanggap.Errorf(tanggap.Invalid, "Hanya hari yang diselaraskan dengan minggu atau bulan.")
	}
	for i := range coarse.Mean {
		from := dayNumber(coarse.Period.Date(coarse.Start, i)) - dayNumber(days.Start)
		to := dayNumber(coarse.Period.Date(coarse.Start, i+1)) - dayNumber(days.Start)
		if from < 0 || to > len(days.Mean) {
			continue
		}
		sum, q := days.Sum(from, to)
		sd := (q[High80] - q[Low80]) / 2.5631
		v, w := variance(coarse, i), max(sd*sd, 1e-9)
		m := (sum/w + coarse.Mean[i]/v) / (1/w + 1/v)
		coarse.move(i, m)
		for h := from; h < to; h++ {
			if sum > 0 {
				days.move(h, days.Mean[h]*m/sum)
			} else {
				days.move(h, m/float64(to-from))
			}
		}
	}
	return nil
}

// Share forecasts a thin part of a whole: its share of the whole's last year, or of all
// there is, times the whole's forecast. Both series end on the same day.
func Share(whole *Forecast, wholePast, part Series) *Forecast {
	span := map[Period]int{Daily: 365, Weekly: 52, Monthly: 12}[whole.Period]
	if span == 0 {
		span = 52
	}
	have := min(span, len(part.Values), len(wholePast.Values))
	a, b := 0.0, 0.0
	for i := 1; i <= have; i++ {
		x, y := part.Values[len(part.Values)-i], wholePast.Values[len(wholePast.Values)-i]
		if !math.IsNaN(x) && !math.IsNaN(y) {
			a, b = a+max(x, 0), b+max(y, 0)
		}
	}
	out := &Forecast{Start: whole.Start, Period: whole.Period, Cold: whole.Cold, Calendar: whole.Calendar, Reasons: whole.Reasons, Common: whole.Common,
		Members: []Member{{"share", 1, math.NaN()}}, Error: Error{MASE: math.NaN(), WAPE: math.NaN()}}
	share := 0.0
	if b > 0 {
		share = min(1, (a+.5)/(b+.5))
	}
	for h, m := range whole.Mean {
		mean := m * share
		// The part varies with the whole, by chance, and by the doubt about its share.
		rel := math.Sqrt(variance(whole, h))/max(m, 1e-9) + 1/math.Sqrt(a+1)
		var q Quantiles
		for i, p := range Levels {
			q[i] = nbQuantile(p, mean, 1/max(rel*rel, 1e-7))
		}
		out.Mean, out.Quantiles = append(out.Mean, mean), append(out.Quantiles, q)
	}
	return out
}
