package forecast

import "math"

// The calendar member is a dynamic negative binomial regression (West, Harrison and Migon,
// 1985; the count model of Berry and West, 2020): the logarithm of the expected count is a
// sum of effects that drift, and each day's count moves them by conjugate updating. One
// pass over the past gives forecasts from every earlier day, so trying it out costs nothing
// more.
type dynamic struct {
	g        *design
	p        int
	m        []float64 // effects
	c        []float64 // p×p covariance, row by row
	discount [3]float64
	rf       []float64
	s1, s2   float64 // running sums of the dispersion's estimate
}

// drift is how much of its certainty a block keeps over a day.
type drift struct {
	level, weekday, season float64
}

func newDynamic(g *design, d drift, level float64) *dynamic {
	p := len(g.columns)
	y := &dynamic{g: g, p: p, m: make([]float64, p), c: make([]float64, p*p), rf: make([]float64, p)}
	for j, col := range g.columns {
		y.c[j*p+j] = col.prior
	}
	y.m[0] = math.Log(max(level, 1e-3))
	y.discount = [3]float64{d.level, math.Pow(d.weekday, 7), math.Pow(d.season, 7)}
	y.s1, y.s2 = 2, 20
	return y
}

// size is the estimate of r: variance mu + mu²/r.
func (y *dynamic) size() float64 {
	return max(.2, min(y.s2/max(y.s1, 1e-9), maxSize))
}

// expect is the expected count of day t as seen now, and the variance of its logarithm
// from uncertain effects.
func (y *dynamic) expect(t int) float64 {
	return math.Exp(min(y.g.rows[t].dot(y.m), 30))
}

// Values beyond clip standard deviations teach only as much as those at it, so that a
// surge does not become the new normal at once.
const clip = 3.0

// step lets the effects drift over night and learns from day t's count v; NaN teaches
// nothing. It returns what was expected, before it knew.
func (y *dynamic) step(t int, v float64) float64 {
	y.inflate(levelBlock, y.discount[0])
	if t%7 == 0 {
		y.inflate(weekdayBlock, y.discount[1])
		y.inflate(seasonBlock, y.discount[2])
	}
	r := &y.g.rows[t]
	f := r.dot(y.m)
	mu := math.Exp(max(-30, min(f, 30)))
	if math.IsNaN(v) {
		return mu
	}
	p := y.p
	q := 0.0
	for i := range y.rf {
		y.rf[i] = 0
	}
	for i, j := range r.at {
		x, from := r.val[i], y.c[int(j)*p:int(j)*p+p]
		for k, c := range from {
			y.rf[k] += x * c
		}
	}
	for i, j := range r.at {
		q += r.val[i] * y.rf[j]
	}
	if !(q > 1e-12) {
		return mu
	}
	size := y.size()
	sd := math.Sqrt(mu + mu*mu*(1/size+q))
	v = max(mu-clip*sd, min(v, mu+clip*sd+1))
	e := (v - mu) * (v - mu)
	y.s1 = .997*y.s1 + max(-.2*mu*mu, e-mu-mu*mu*q)/(mu*mu+.5)
	y.s2 = .997*y.s2 + mu*mu/(mu*mu+.5)
	w := 1 / (1 + mu/size)
	alpha := 1 / q
	beta := alpha / mu
	g := math.Log((alpha + w*max(v, 0)) / (beta + w))
	pv := 1 / (alpha + w*max(v, 0))
	a, b := (g-f)/q, (1-pv/q)/q
	for i := range p {
		y.m[i] += y.rf[i] * a
		x := y.rf[i] * b
		if x == 0 {
			continue
		}
		to := y.c[i*p : i*p+p]
		for k, rk := range y.rf {
			to[k] -= x * rk
		}
	}
	return mu
}

// inflate adds to the uncertainty of a block, within bounds.
func (y *dynamic) inflate(b block, discount float64) {
	if discount >= 1 {
		return
	}
	p := y.p
	from, to := -1, -1
	for j := range y.g.columns {
		if y.g.columns[j].block == b {
			if from < 0 {
				from = j
			}
			to = j + 1
		}
	}
	if from < 0 {
		return
	}
	up := 1 / discount
	for i := from; i < to; i++ {
		if y.c[i*p+i]*up > y.g.columns[i].prior {
			return
		}
	}
	for i := from; i < to; i++ {
		for k := from; k < to; k++ {
			y.c[i*p+k] *= up
		}
	}
}
