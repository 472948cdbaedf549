package forecast

import "math"

// The calendar member is a dynamic negative binomial regression (West, Harrison and Migon,
// 1985; the count model of Berry and West, 2020): the logarithm of the expected count is a
// sum of effects that drift, and each day's count moves them by conjugate updating. One
// pass over the past gives forecasts from every earlier day, so trying it out costs nothing
// more.
type dynamic struct {
	g        *design
	m        []float64 // effects
	c        []float64 // core×core covariance, row by row
	v        []float64 // variances of the effects that are learned alone, by column
	rf       []float64
	blocks   [3]span
	discount [3]float64
	s1, s2   float64 // running sums of the dispersion's estimate
}

// span is a run of columns of one block.
type span struct{ from, to int }

// drift is how much of its certainty a block keeps over a day.
type drift struct {
	level, weekday, season float64
}

func newDynamic(g *design, d drift, level float64) *dynamic {
	p := len(g.columns)
	y := &dynamic{g: g, m: make([]float64, p), c: make([]float64, g.core*g.core), v: make([]float64, p), rf: make([]float64, p)}
	for j, col := range g.columns {
		y.v[j] = col.prior
		if j < g.core {
			y.c[j*g.core+j] = col.prior
		}
		if b := int(col.block); b < len(y.blocks) {
			if y.blocks[b].to == 0 {
				y.blocks[b].from = j
			}
			y.blocks[b].to = j + 1
		}
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

// expect is the expected count of day t as seen now.
func (y *dynamic) expect(t int) float64 {
	return math.Exp(max(-30, min(y.g.rows[t].dot(y.m), 30)))
}

// Values beyond clip standard deviations teach only as much as those at it, so that a
// surge does not become the new normal at once.
const clip = 3.0

// step lets the effects drift over night and learns from day t's count v; NaN teaches
// nothing. It returns what was expected before, and the variance of that expectation.
func (y *dynamic) step(t int, v float64) (mu, variance float64) {
	y.inflate(0)
	if t%7 == 0 {
		y.inflate(1)
		y.inflate(2)
	}
	r := &y.g.rows[t]
	f := max(-30, min(r.dot(y.m), 30))
	mu = math.Exp(f)
	p := y.g.core
	rf := y.rf[:p]
	for i := range rf {
		rf[i] = 0
	}
	q := 0.0
	for i, j := range r.at {
		x := r.val[i]
		if int(j) >= p {
			q += x * x * y.v[j]
			continue
		}
		for k, c := range y.c[int(j)*p : int(j)*p+p] {
			rf[k] += x * c
		}
	}
	for i, j := range r.at {
		if int(j) < p {
			q += r.val[i] * rf[j]
		}
	}
	size := y.size()
	variance = mu + mu*mu*(1/size+q)
	if math.IsNaN(v) || !(q > 1e-12) {
		return mu, variance
	}
	sd := math.Sqrt(variance)
	k := clip
	if int(r.at[len(r.at)-1]) >= p {
		k = 2 * clip // a rare day has much to teach
	}
	v = max(0, mu-k*sd, min(v, mu+k*sd+1))
	e := (v - mu) * (v - mu)
	y.s1 = .997*y.s1 + max(-.2*mu*mu, e-mu-mu*mu*q)/(mu*mu+.5)
	y.s2 = .997*y.s2 + mu*mu/(mu*mu+.5)
	w := 1 / (1 + mu/size) // a count tells the less of its mean the more it varies
	alpha := 1 / q
	g := math.Log((alpha + w*v) / (alpha/mu + w))
	a, b := (g-f)/q, (1-1/((alpha+w*v)*q))/q
	for i, x := range rf {
		y.m[i] += x * a
		if x *= b; x != 0 {
			for k, to := range y.c[i*p : i*p+p] {
				y.c[i*p+k] = to - x*rf[k]
			}
		}
	}
	for i, j := range r.at {
		if int(j) >= p {
			x := r.val[i] * y.v[j]
			y.m[j] += x * a
			y.v[j] -= x * x * b
		}
	}
	return mu, variance
}

// inflate adds to the uncertainty of a block, up to what it was before anything was known.
func (y *dynamic) inflate(b int) {
	p, s := y.g.core, y.blocks[b]
	up := 1 / y.discount[b]
	if up <= 1 {
		return
	}
	for i := s.from; i < s.to; i++ {
		if y.c[i*p+i]*up > y.g.columns[i].prior {
			return
		}
	}
	for i := s.from; i < s.to; i++ {
		for k := s.from; k < s.to; k++ {
			y.c[i*p+k] *= up
		}
	}
}

// rare is the factor by which holidays and events move each day, as known at the end.
func (y *dynamic) rare() []float64 {
	out := make([]float64, len(y.g.rows))
	for t := range out {
		r, sum := &y.g.rows[t], 0.0
		for i, j := range r.at {
			if b := y.g.columns[j].block; b == holidayBlock || b == eventBlock {
				sum += r.val[i] * y.m[j]
			}
		}
		out[t] = math.Exp(max(-3, min(sum, 3)))
	}
	return out
}

// doubt is the variance of what holidays and events are said to do to each day, on the
// logarithmic scale: what is not known of it yet, and what differs from year to year.
func (y *dynamic) doubt(yearly float64) []float64 {
	out := make([]float64, len(y.g.rows))
	for t := range out {
		r, acts := &y.g.rows[t], false
		for i, j := range r.at {
			if b := y.g.columns[j].block; b != holidayBlock && b != eventBlock {
				continue
			}
			acts = true
			v := y.v[j]
			if int(j) < y.g.core {
				v = y.c[int(j)*y.g.core+int(j)]
			}
			out[t] += r.val[i] * r.val[i] * v
		}
		if acts {
			out[t] += yearly
		}
	}
	return out
}
