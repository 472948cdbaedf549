package forecast

import (
	"context"
	"math"
)

// leastBack is how many days a series has behind the first origin of its backtest.
const leastBack = 56

func fitDaily(ctx context.Context, f *Forecast, s Series, d Drivers, o Options) error {
	y := s.Values
	set := Standard()
	if o.Settings != nil {
		set = *o.Settings
	}
	a := asks{n: len(y), horizon: o.Horizon}
	for k := set.Origins; k >= 1; k-- {
		if at := len(y) - k*set.Spacing; at >= leastBack {
			a.origins = append(a.origins, at)
		}
	}
	c := chooseCalendar(s, d)
	if c.sure {
		c.prior = known
		f.Calendar = c.calendar.Name
	}
	g := newDesign(s, o.Horizon, d, c)
	tracks := make([]track, 0, len(memberNames))
	var effect, doubt []float64
	for i, drift := range drifts {
		if err := ctx.Err(); err != nil {
			return err
		}
		tr, model, moved := a.runDynamic(memberNames[i], y, g, drift)
		tracks = append(tracks, tr)
		if drift == judging {
			effect, doubt, f.Reasons = model.rare(), model.doubt(set.Yearly), model.reasons(moved)
		}
	}
	tracks = append(tracks, a.without(y, effect, a.runSmooth), a.without(y, effect, a.runWeekday), a.without(y, effect, a.runTheta))
	b := newBacktest(y, a, tracks, seasonalError(y, 7), set)
	b.weigh(o.Group)
	f.Members = b.members()
	f.Mean = b.mix(func(k int) []float64 { return tracks[k].final })
	b.spread(doubt)
	f.Quantiles = make([]Quantiles, o.Horizon)
	for h := range f.Quantiles {
		f.Quantiles[h] = b.quantiles(f.Mean[h], h, doubt[len(y)+h])
	}
	f.Error = b.err
	f.Common = b.common
	return nil
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
