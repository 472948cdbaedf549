package forecast

import (
	"math"
)

// A season that was taken out of a series can be put back.
type season struct {
	logs   bool
	factor []float64 // for past and future: to add on the scale
}

// decompose finds the season of a slow series: none, one effect for each of the period's
// places (months), or waves (weeks of a year). It returns the adjusted past.
func decompose(y []float64, p Period, h int) ([]float64, season) {
	n := len(y)
	s := season{factor: make([]float64, n+h)}
	m := float64(p)
	wavesOf := 0
	if p.weekly() {
		m, wavesOf = daysAYear/7, 12
	}
	if m < 2 || float64(n) < 2*m+2 {
		return y, s
	}
	s.logs = true
	for _, v := range y {
		if v <= 0 {
			s.logs = false
		}
	}
	x := make([]float64, n)
	for t, v := range y {
		if s.logs {
			v = math.Log(v)
		}
		x[t] = v
	}
	detrended := detrend(x, int(math.Round(m)))
	var eff []float64
	if wavesOf > 0 {
		eff = harmonic(detrended, m, wavesOf, n+h)
	} else {
		eff = places(detrended, int(p), n+h)
	}
	if eff == nil {
		return y, s
	}
	s.factor = eff
	out := make([]float64, n)
	for t := range y {
		out[t] = x[t] - eff[t]
		if s.logs {
			out[t] = math.Exp(out[t])
		}
	}
	return out, s
}

func (s season) restore(row []float64, from int) []float64 {
	for i := range row {
		if s.logs {
			row[i] *= math.Exp(s.factor[from+i])
		} else {
			row[i] += s.factor[from+i]
		}
	}
	return row
}

// detrend takes off the centred mean of one round; NaN at the ends.
func detrend(x []float64, m int) []float64 {
	out := make([]float64, len(x))
	for t := range x {
		out[t] = math.NaN()
		if t < m/2 || t+m/2 >= len(x) {
			continue
		}
		sum, w := 0.0, 0.0
		for k := -m / 2; k <= m/2; k++ {
			u := 1.0
			if m%2 == 0 && (k == -m/2 || k == m/2) {
				u = .5
			}
			sum += u * x[t+k]
			w += u
		}
		out[t] = x[t] - sum/w
	}
	return out
}

// places gives each place of the period its mean deviation, shrunk by how sure it is; nil
// when the places differ no more than chance.
func places(d []float64, m, total int) []float64 {
	mean, count := make([]float64, m), make([]float64, m)
	for t, v := range d {
		if !math.IsNaN(v) {
			mean[t%m] += v
			count[t%m]++
		}
	}
	all := 0.0
	for j := range mean {
		if count[j] == 0 {
			return nil
		}
		mean[j] /= count[j]
		all += mean[j] / float64(m)
	}
	between, within, n := 0.0, 0.0, 0.0
	for t, v := range d {
		if !math.IsNaN(v) {
			e := v - mean[t%m]
			within += e * e
			n++
		}
	}
	for j := range mean {
		mean[j] -= all
		between += count[j] * mean[j] * mean[j]
	}
	f := between / float64(m-1) / max(within/max(1, n-float64(m)), 1e-300)
	shrink := max(0, 1-placeShrink/f)
	if shrink == 0 {
		return nil
	}
	out := make([]float64, total)
	for t := range out {
		out[t] = mean[t%m] * shrink
	}
	return out
}

// placeShrink is how many times chance a season of places must exceed to count in full.
const placeShrink = 1.0

// harmonic fits waves to d by least squares, as many as AICc finds worth it. Waves are
// nearly orthogonal over whole rounds, so each is fitted by itself in turn.
func harmonic(d []float64, m float64, most, total int) []float64 {
	n, sse := 0.0, 0.0
	res := make([]float64, len(d))
	for t, v := range d {
		res[t] = v
		if !math.IsNaN(v) {
			n++
			sse += v * v
		}
	}
	if n < 1.2*m || sse <= 0 {
		return nil
	}
	type wave struct{ a, b float64 }
	var ws []wave
	used := 0
	best := n * math.Log(sse/n)
	start := best
	for k := 1; k <= most; k++ {
		ss, sc, cc, sy, cy := 0.0, 0.0, 0.0, 0.0, 0.0
		for t, v := range res {
			if math.IsNaN(v) {
				continue
			}
			s, c := math.Sincos(2 * math.Pi * float64(k) * float64(t) / m)
			ss += s * s
			sc += s * c
			cc += c * c
			sy += s * v
			cy += c * v
		}
		det := ss*cc - sc*sc
		if det <= 0 {
			break
		}
		w := wave{(sy*cc - cy*sc) / det, (cy*ss - sy*sc) / det}
		sse = 0
		for t, v := range res {
			if math.IsNaN(v) {
				continue
			}
			s, c := math.Sincos(2 * math.Pi * float64(k) * float64(t) / m)
			res[t] = v - w.a*s - w.b*c
			sse += res[t] * res[t]
		}
		ws = append(ws, w)
		// Neighbouring values deviate together, so a wave needs more than one of white noise.
		if ic := n*math.Log(max(sse, 1e-300)/n) + waveCost*2*float64(k); ic < best {
			best, used = ic, k
		}
	}
	if used == 0 || start-best < 2 {
		return nil
	}
	out := make([]float64, total)
	for t := range out {
		for k, w := range ws[:used] {
			s, c := math.Sincos(2 * math.Pi * float64(k+1) * float64(t) / m)
			out[t] += w.a*s + w.b*c
		}
	}
	return out
}

// waveCost is how much more a wave costs than AIC charges: neighbouring values deviate
// together.
const waveCost = 3.0
