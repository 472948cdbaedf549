package forecast

import (
	"context"
	"math"
)

// slowest is how many of its newest values a series of weeks or months is judged by.
const slowest = 800

// A slowMember foresees h steps of a series of weeks or months with m of them in a round.
type slowMember struct {
	name     string
	weight   float64
	adjusted bool // on the series without its season, which is put back
	run      func(y []float64, m, h int) []float64
}

// plain is a method that knows no season.
func plain(run func(y []float64, h int) []float64) func(y []float64, m, h int) []float64 {
	return func(y []float64, _, h int) []float64 { return run(y, h) }
}

var (
	simpleMember = plain(simpleSmooth)
	dampedMember = plain(dampedTrend)
	thetaMember  = plain(thetaLine)
	trendMember  = plain(trend)
	arMember     = plain(func(y []float64, h int) []float64 { return autoregress(y, h, 8) })
	halfYears    = plain(func(y []float64, h int) []float64 { return coarser(y, 6, h) })
)

// weeklyMembers are for weeks, whose season of a year is long and weak; monthlyMembers for
// months and quarters. Both, and the weights, were chosen on what lies before the last steps
// of the training parts, which `bench/forecast tune` measures.
var (
	weeklyMembers = []slowMember{
		{"simple", 1, false, simpleMember}, {"damped", 1, false, dampedMember}, {"theta", 1, false, thetaMember}, {"ar", 1, false, arMember}, {"trend", 1, false, trendMember},
		{"season+simple", 1, true, simpleMember}, {"season+damped", 1, true, dampedMember}, {"season+theta", 1, true, thetaMember}, {"season+ar", 1, true, arMember}, {"season+trend", 1, true, trendMember},
	}
	monthlyMembers = []slowMember{
		{"season+simple", .5, true, simpleMember}, {"season+damped", .5, true, dampedMember}, {"season+theta", 1, true, thetaMember}, {"season+half-years", 1, true, halfYears},
		{"winters", 1, false, winters}, {"airline", 1, false, airline},
	}
)

// weekly tells whether the season is the year of a series of weeks: waves rather than an
// effect for each place.
func (p Period) weekly() bool { return p == Weekly || p == 1 }

func (p Period) members() []slowMember {
	if p.weekly() {
		return weeklyMembers
	}
	return monthlyMembers
}

// slowForecasts foresees h steps by every member.
func slowForecasts(y []float64, p Period, h int) [][]float64 {
	if len(y) > slowest {
		y = y[len(y)-slowest:]
	}
	adjusted, season := decompose(y, p, h)
	var rows [][]float64
	for _, m := range p.members() {
		if m.adjusted {
			rows = append(rows, season.restore(m.run(adjusted, int(p), h), len(y)))
		} else {
			rows = append(rows, m.run(y, int(p), h))
		}
	}
	return rows
}

// fitSlow forecasts weeks, months and anything else that is not a day: the mean of the
// members, weighted by how they did from earlier origins, with intervals as wide as the
// errors were.
func fitSlow(ctx context.Context, f *Forecast, s Series, o Options) error {
	set := Standard()
	if o.Settings != nil {
		set = *o.Settings
	}
	y := fill(s.Values)
	n, h := len(y), o.Horizon
	b := &slowback{y: y, h: h, scale: seasonalError(y, max(1, int(s.Period))), set: set, period: s.Period}
	space := max(1, h/2)
	for k := set.SlowOrigins; k >= 1; k-- {
		at := n - space*k - (h - space)
		if k == 1 && at < b.least() { // a short series is tried over a shorter way
			at = n - space
		}
		if at < b.least() {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		b.at = append(b.at, at)
		b.rows = append(b.rows, slowForecasts(y[:at], s.Period, min(h, n-at)))
	}
	b.weigh(o.Group)
	final := slowForecasts(y, s.Period, h)
	f.Mean = b.mix(final)
	b.spread()
	f.Quantiles = make([]Quantiles, h)
	for i := range f.Mean {
		if b.positive {
			f.Mean[i] = max(0, f.Mean[i])
		}
		f.Quantiles[i] = b.quantiles(f.Mean[i], i)
	}
	f.Members, f.Error, f.Common = b.members(), b.measure(), .5
	return nil
}

// slowback compares what the members would have said with what came.
type slowback struct {
	y        []float64
	h        int
	period   Period
	set      Settings
	scale    float64
	at       []int
	rows     [][][]float64 // [origin][member][step]
	weights  []float64
	loss     []float64
	count    float64
	sd       float64 // of one step, relative to unit
	positive bool    // no value is negative
}

// least is how many values an origin needs behind it.
func (b *slowback) least() int { return max(12, 2*int(b.period)+6) }

func (b *slowback) weigh(group *Group) {
	all := b.period.members()
	b.weights, b.loss = make([]float64, len(all)), make([]float64, len(all))
	for k, at := range b.at {
		for i := range b.rows[k][0] {
			b.count++
			for m, r := range b.rows[k] {
				b.loss[m] += math.Abs(r[i] - b.y[at+i])
			}
		}
	}
	sharp := b.set.MonthlySharpness
	if b.period.weekly() {
		sharp = b.set.WeeklySharpness
	}
	sum := 0.0
	for m := range b.weights {
		loss := 1.0
		if b.count > 0 {
			b.loss[m] /= b.count * b.scale
			loss = b.loss[m] + 1e-9
		}
		if group != nil && group.Loss[all[m].name] > 0 {
			loss *= group.Loss[all[m].name]
		}
		b.weights[m] = all[m].weight * math.Pow(loss, -sharp)
		sum += b.weights[m]
	}
	for m := range b.weights {
		b.weights[m] /= sum
	}
}

func (b *slowback) mix(rows [][]float64) []float64 {
	out := make([]float64, len(rows[0]))
	for m, r := range rows {
		for i, v := range r {
			out[i] += b.weights[m] * v
		}
	}
	return out
}

// growth is how the variance grows with the step.
func (b *slowback) growth(i int) float64 { return math.Sqrt(1 + b.set.SlowGrowth*float64(i)) }

// spread learns the typical error of one step. It leans on the seasonal naive error while
// the past is short.
func (b *slowback) spread() {
	b.positive = true
	for _, v := range b.y {
		b.positive = b.positive && v >= 0
	}
	sum, n := 0.0, 0.0
	for k, at := range b.at {
		for i, v := range b.mix(b.rows[k]) {
			e := (b.y[at+i] - v) / b.growth(i)
			sum += e * e
			n++
		}
	}
	lean := b.set.SlowLean
	prior := b.scale * .8
	b.sd = math.Sqrt((sum + lean*prior*prior) / (n + lean))
}

func (b *slowback) quantiles(mu float64, i int) Quantiles {
	var q Quantiles
	for j, p := range Levels {
		z := normQuantile(p)
		z *= b.set.SlowWidth + b.set.SlowTail*z*z // errors from few origins are too small, and their tails too thin
		q[j] = mu + b.sd*b.growth(i)*z
		if b.positive {
			q[j] = max(0, q[j])
		}
	}
	return q
}

func (b *slowback) members() []Member {
	all := b.period.members()
	out := make([]Member, len(all))
	for m, x := range all {
		out[m] = Member{x.name, b.weights[m], math.NaN()}
		if b.count > 0 {
			out[m].MASE = b.loss[m]
		}
	}
	return out
}

func (b *slowback) measure() Error {
	e := Error{Origins: len(b.at), MASE: math.NaN(), WAPE: math.NaN()}
	if b.count == 0 {
		return e
	}
	e.Measured = true
	absolute, sum, bias := 0.0, 0.0, 0.0
	for k, at := range b.at {
		for i, v := range b.mix(b.rows[k]) {
			x, q := b.y[at+i], b.quantiles(v, i)
			absolute += math.Abs(x - v)
			bias += v - x
			sum += math.Abs(x)
			if x >= q[Low80] && x <= q[High80] {
				e.Cover80 += 1 / b.count
			}
			if x >= q[Low95] && x <= q[High95] {
				e.Cover95 += 1 / b.count
			}
		}
	}
	e.MASE, e.WAPE, e.Bias = absolute/b.count/b.scale, absolute/max(sum, 1e-9), bias/max(sum, 1e-9)
	return e
}

// fill puts the last known value in place of what is missing.
func fill(y []float64) []float64 {
	out := make([]float64, len(y))
	last := meanOf(y)
	for t, v := range y {
		if math.IsNaN(v) {
			v = last
		}
		out[t], last = v, v
	}
	return out
}
