package forecast

import (
	"context"
	"math"
)

// Settings of the daily combination, chosen by `bench/forecast tune` from the training
// parts.
var (
	backSpacing = 8  // days between the origins of the backtest
	backOrigins = 46 // at most
	sharpness   = 6.0
	slowDrift   = drift{.995, .9995, .9998}
	fastDrift   = drift{.97, .998, .9995}
)

// leastBack is how many days a series has behind the first origin of its backtest.
const leastBack = 56

func fitDaily(ctx context.Context, f *Forecast, s Series, d Drivers, o Options) error {
	y := s.Values
	a := asks{n: len(y), horizon: o.Horizon}
	for k := backOrigins; k >= 1; k-- {
		if at := len(y) - k*backSpacing; at >= leastBack {
			a.origins = append(a.origins, at)
		}
	}
	g, name := chooseCalendar(s, y, o.Horizon, d)
	f.Calendar = name
	if err := ctx.Err(); err != nil {
		return err
	}
	slow, model, moved := a.runDynamic("calendar", y, g, slowDrift)
	fast, _, _ := a.runDynamic("calendar-fast", y, g, fastDrift)
	tracks := []track{
		slow,
		fast,
		a.runSmooth(y),
		a.runWeekday(y),
		a.runTheta(y),
	}
	b := newBacktest(y, a, tracks, seasonalError(y, 7))
	b.weigh(o.Group)
	f.Members = b.members()
	f.Mean = b.mix(func(k int) []float64 { return tracks[k].final })
	b.spread()
	f.Quantiles = make([]Quantiles, o.Horizon)
	for h := range f.Quantiles {
		f.Quantiles[h] = b.quantiles(f.Mean[h], h)
	}
	f.Error = b.err
	f.Common = b.common
	f.Reasons = model.reasons(moved)
	return nil
}

// chooseCalendar lays out the effects with the calendar that explains the past best, by
// the likelihood of each day given the days before it.
func chooseCalendar(s Series, y []float64, horizon int, d Drivers) (*design, string) {
	best, name := newDesign(s, horizon, nil, d), ""
	if len(d.Calendars) == 0 {
		return best, name
	}
	score := best.likelihood(y) + 2
	for i := range d.Calendars {
		g := newDesign(s, horizon, &d.Calendars[i], d)
		if l := g.likelihood(y); l > score {
			best, name, score = g, d.Calendars[i].Name, l
		}
	}
	return best, name
}

// likelihood is how likely each day after the first half year was, given the days before
// it, on a logarithmic scale: by a normal distribution with heavy tails, which is quick and
// lets no single day decide.
func (g *design) likelihood(y []float64) float64 {
	m := newDynamic(g, slowDrift, meanOf(y[:min(len(y), 56)]))
	sum := 0.0
	for t, v := range y {
		mu, variance := m.step(t, v)
		if t >= 180 && !math.IsNaN(v) {
			sum -= 3*math.Log1p((v-mu)*(v-mu)/(5*variance)) + math.Log(variance)/2
		}
	}
	return sum
}

// seasonalError is the mean absolute change from one season to the next.
func seasonalError(y []float64, period int) float64 {
	sum, n := 0.0, 0.0
	for t := period; t < len(y); t++ {
		if d := math.Abs(y[t] - y[t-period]); !math.IsNaN(d) {
			sum += d
			n++
		}
	}
	if n == 0 || sum == 0 {
		return 1
	}
	return sum / n
}
