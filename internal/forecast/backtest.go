package forecast

import "math"

// backtest compares what the members would have said with what came.
type backtest struct {
	y       []float64
	a       asks
	tracks  []track
	scale   float64
	set     Settings
	weights []float64
	mase    []float64
	sizes   [4]float64 // by week of the horizon
	pit     []float64  // recalibration: knots of the distribution of the PIT
	err     Error
	common  float64
}

func newBacktest(y []float64, a asks, tracks []track, scale float64, set Settings) *backtest {
	return &backtest{y: y, a: a, tracks: tracks, scale: scale, set: set}
}

// each visits every known day of every origin in order.
func (b *backtest) each(visit func(k, h int, v float64)) {
	for k, o := range b.a.origins {
		for h := range b.a.steps(o) {
			if v := b.y[o+h]; !math.IsNaN(v) {
				visit(k, h, v)
			}
		}
	}
}

// weigh gives each member a weight by its error.
func (b *backtest) weigh(group *Group) {
	b.weights = make([]float64, len(b.tracks))
	b.mase = make([]float64, len(b.tracks))
	n := 0.0
	b.each(func(k, h int, v float64) {
		n++
		for i := range b.tracks {
			b.mase[i] += math.Abs(b.tracks[i].back[k][h] - v)
		}
	})
	sum := 0.0
	for i := range b.tracks {
		loss := 1.0
		if n > 0 {
			b.mase[i] /= n * b.scale
			loss = b.mase[i] + 1e-9
		} else {
			b.mase[i] = math.NaN()
		}
		if group != nil && group.Loss[b.tracks[i].name] > 0 {
			loss *= math.Pow(group.Loss[b.tracks[i].name], 2)
		}
		b.weights[i] = b.set.Members[i] * math.Pow(loss, -b.set.Sharpness)
		sum += b.weights[i]
	}
	for i := range b.weights {
		b.weights[i] /= sum
	}
}

func (b *backtest) members() []Member {
	out := make([]Member, len(b.tracks))
	for i, t := range b.tracks {
		out[i] = Member{t.name, b.weights[i], b.mase[i]}
	}
	return out
}

// mix is the weighted mean of the members' rows.
func (b *backtest) mix(row func(k int) []float64) []float64 {
	out := make([]float64, len(row(0)))
	for i, w := range b.weights {
		for h, v := range row(i) {
			out[h] += w * v
		}
	}
	return out
}

func (b *backtest) combined(k, h int) float64 {
	mu := 0.0
	for i, w := range b.weights {
		mu += w * b.tracks[i].back[k][h]
	}
	return mu
}

const pitBins = 40

// spread learns how far values lie from what was expected: the size of the negative
// binomial by week of the horizon, and the distribution of where in it values fell.
func (b *backtest) spread(doubt []float64) {
	var s1, s2 [4]float64
	b.each(func(k, h int, v float64) {
		mu := b.combined(k, h)
		e := (v - mu) * (v - mu)
		w := 1 / (mu*mu + .5)
		s1[min(h/7, 3)] += w * (min(e, 25*(mu+mu*mu/5)) - mu)
		s2[min(h/7, 3)] += w * mu * mu
	})
	a1, a2 := 0.0, 0.0
	for i := range s1 {
		a1 += s1[i]
		a2 += s2[i]
	}
	for i := range b.sizes {
		x := (s1[i] + .3*a1 + 1) / (s2[i] + .3*a2 + 10)
		b.sizes[i] = 1 / max(x, 1e-7)
	}
	var hist [pitBins]float64
	n, absolute, sum, bias := 0.0, 0.0, 0.0, 0.0
	b.each(func(k, h int, v float64) {
		mu := b.combined(k, h)
		r := b.size(h, doubt[b.a.origins[k]+h])
		hi := nbCDF(v, mu, r)
		lo := 0.0
		if v >= 1 {
			lo = max(0, hi-math.Exp(nbLogPMF(math.Floor(v), mu, r)))
		}
		spreadMass(hist[:], lo, hi)
		n++
		absolute += math.Abs(v - mu)
		bias += mu - v
		sum += v
	})
	b.pit = make([]float64, pitBins+1)
	for i := range hist {
		b.pit[i+1] = b.pit[i] + (hist[i]+b.set.PITWeight/pitBins)/(n+b.set.PITWeight)
	}
	if n == 0 {
		return
	}
	b.err.Measured, b.err.Origins = true, len(b.a.origins)
	b.err.MASE, b.err.WAPE, b.err.Bias = absolute/n/b.scale, absolute/max(sum, 1e-9), bias/max(sum, 1e-9)
	in80, in95 := 0.0, 0.0
	b.each(func(k, h int, v float64) {
		q := b.quantiles(b.combined(k, h), h, doubt[b.a.origins[k]+h])
		if v >= q[Low80] && v <= q[High80] {
			in80++
		}
		if v >= q[Low95] && v <= q[High95] {
			in95++
		}
	})
	b.err.Cover80, b.err.Cover95 = in80/n, in95/n
}

// spreadMass puts one unit evenly over the bins between lo and hi.
func spreadMass(hist []float64, lo, hi float64) {
	bins := float64(len(hist))
	if hi-lo < 1e-9 {
		hist[min(int(hi*bins), len(hist)-1)]++
		return
	}
	for i := int(lo * bins); i < len(hist) && float64(i) < hi*bins; i++ {
		part := min(hi, float64(i+1)/bins) - max(lo, float64(i)/bins)
		hist[i] += part / (hi - lo)
	}
}

// level is the probability at which the uncorrected distribution has to be read so that
// p of the values lie below.
func (b *backtest) level(p float64) float64 {
	for i := range pitBins {
		if b.pit[i+1] >= p {
			return (float64(i) + (p-b.pit[i])/(b.pit[i+1]-b.pit[i])) / pitBins
		}
	}
	return p
}

// size is the size of the negative binomial h steps ahead, on a day whose effects are in
// doubt by a variance on the logarithmic scale.
func (b *backtest) size(h int, doubt float64) float64 {
	return 1 / (1/b.sizes[min(h/7, 3)] + doubt)
}

func (b *backtest) quantiles(mu float64, h int, doubt float64) Quantiles {
	var q Quantiles
	r := b.size(h, doubt)
	for i, p := range Levels {
		q[i] = nbQuantile(b.level(p), mu, r)
		if i > 0 {
			q[i] = max(q[i], q[i-1])
		}
	}
	return q
}
