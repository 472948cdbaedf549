package forecast

import "math"

// A track is what one member would have said: from each day of the past that the backtest
// asks about, and from the end.
type track struct {
	name  string
	back  [][]float64 // [origin][step] expected counts; shorter near the end
	final []float64
}

// asks are the questions put to every member.
type asks struct {
	origins []int // ascending numbers of the first unknown day, each < n
	horizon int
	n       int
}

// steps is how many steps after origin o are known by now.
func (a asks) steps(o int) int { return min(a.horizon, a.n-o) }

// run feeds y to a sequential member: learn is given day t's value, ahead the expected
// count t days ahead of a state that has seen everything before day at.
func (a asks) run(name string, y []float64, learn func(t int, v float64), ahead func(at, h int) float64) track {
	tr := track{name: name, back: make([][]float64, len(a.origins)), final: make([]float64, a.horizon)}
	k := 0
	for t, v := range y {
		if k < len(a.origins) && a.origins[k] == t {
			row := make([]float64, a.steps(t))
			for h := range row {
				row[h] = ahead(t, h)
			}
			tr.back[k] = row
			k++
		}
		learn(t, v)
	}
	for h := range tr.final {
		tr.final[h] = ahead(len(y), h)
	}
	return tr
}

// runDynamic is the calendar member. It also returns the model as it is at the end, and
// how far the level then lies from its mean over the year before, on the logarithmic scale.
func (a asks) runDynamic(name string, y []float64, g *design, d drift) (track, *dynamic, float64) {
	m := newDynamic(g, d, meanOf(y[:min(len(y), 56)]))
	levels := make([]float64, 0, len(y))
	tr := a.run(name, y, func(t int, v float64) {
		m.step(t, v)
		levels = append(levels, m.m[0])
	}, func(at, h int) float64 { return m.expect(at + h) })
	return tr, m, m.m[0] - meanOf(levels[max(0, len(levels)-365):])
}

// runWeekday repeats the mean of each weekday over the last eight weeks.
func (a asks) runWeekday(y []float64) track {
	return a.run("weekday", y, func(int, float64) {}, func(at, h int) float64 {
		sum, n := 0.0, 0.0
		for t := at + h%7 - 7; t >= 0 && t >= at-56; t -= 7 {
			if !math.IsNaN(y[t]) {
				sum += y[t]
				n++
			}
		}
		if n == 0 {
			return meanOf(y[:at])
		}
		return sum / n
	})
}

// runSmooth is exponential smoothing with a weekly season on the square root, whose
// parameters minimise the squared one-day errors.
func (a asks) runSmooth(y []float64) track {
	x := make([]float64, len(y))
	for t, v := range y {
		x[t] = math.Sqrt(max(v, 0))
	}
	start := newSmooth(x)
	from := max(0, len(x)-800)
	best, _ := minimise(func(p []float64) float64 {
		if p[0] < .001 || p[0] > .9 || p[1] < .0005 || p[1] > .5 {
			return 1e300
		}
		s, sse := start, 0.0
		for t := range x[from:] {
			sse += s.step(x[from+t], p[0], p[1], from+t)
		}
		return sse
	}, []float64{.1, .05}, .04, 60)
	s := start
	variance := 0.0
	return a.run("ets", y, func(t int, _ float64) {
		e := s.step(x[t], best[0], best[1], t)
		variance += .02 * (min(e, 9*variance+1) - variance)
	}, func(at, h int) float64 {
		m := max(0, s.level+s.season[(at+h)%7])
		return m*m + variance // the mean of a square
	})
}

type smooth struct {
	level  float64
	season [7]float64
}

func newSmooth(x []float64) smooth {
	first := x[:min(len(x), 8*7)]
	s := smooth{level: meanOf(first)}
	for w := range s.season {
		sum, n := 0.0, 0.0
		for t := w; t < len(first); t += 7 {
			if !math.IsNaN(first[t]) {
				sum += first[t] - s.level
				n++
			}
		}
		if n > 0 {
			s.season[w] = sum / n
		}
	}
	return s
}

// step learns from v and returns the squared error.
func (s *smooth) step(v, alpha, gamma float64, t int) float64 {
	if math.IsNaN(v) {
		return 0
	}
	e := v - s.level - s.season[t%7]
	s.level += alpha * e
	s.season[t%7] += gamma * e
	return e * e
}

// runTheta is the Theta method (Assimakopoulos and Nikolopoulos, 2000) on values without
// their weekday factors: simple smoothing with half the slope of the past.
func (a asks) runTheta(y []float64) track {
	factor := weekdayFactors(y)
	x := make([]float64, len(y))
	for t, v := range y {
		x[t] = v / factor[t%7]
	}
	level0 := meanOf(x[:min(len(x), 28)])
	run := func(alpha float64) float64 {
		l, sse := level0, 0.0
		for _, v := range x {
			if !math.IsNaN(v) {
				sse += (v - l) * (v - l)
				l += alpha * (v - l)
			}
		}
		return sse
	}
	alpha, best := .1, math.Inf(1)
	for _, try := range []float64{.01, .02, .04, .07, .1, .15, .2, .3, .45, .7} {
		if sse := run(try); sse < best {
			alpha, best = try, sse
		}
	}
	l := level0
	var n, st, sv, stt, stv float64
	return a.run("theta", y, func(t int, _ float64) {
		v := x[t]
		if math.IsNaN(v) {
			return
		}
		l += alpha * (v - l)
		ft := float64(t)
		n++
		st += ft
		sv += v
		stt += ft * ft
		stv += ft * v
	}, func(at, h int) float64 {
		slope := 0.0
		if d := n*stt - st*st; d > 0 {
			slope = (n*stv - st*sv) / d
		}
		return max(0, (l+slope/2*(float64(h)+1/alpha))*factor[(at+h)%7])
	})
}

// weekdayFactors are multiplicative, averaging 1, and never so small that dividing by them
// blows a value up.
func weekdayFactors(y []float64) [7]float64 {
	var f [7]float64
	all := meanOf(y)
	for w := range f {
		sum, n := 0.0, 0.0
		for t := w; t < len(y); t += 7 {
			if !math.IsNaN(y[t]) {
				sum += y[t]
				n++
			}
		}
		f[w] = 1
		if n > 0 && all > 0 {
			f[w] = max(.05, sum/n/all)
		}
	}
	return f
}

// without takes the known effects of holidays and events out of the past, so that members
// which know no calendar are not misled, and with puts them back. effect has a factor for
// each day of the past and the horizon.
func (a asks) without(y, effect []float64, member func(y []float64) track) track {
	x := make([]float64, len(y))
	for t, v := range y {
		x[t] = v / effect[t]
	}
	tr := member(x)
	for k, o := range a.origins {
		for h := range tr.back[k] {
			tr.back[k][h] *= effect[o+h]
		}
	}
	for h := range tr.final {
		tr.final[h] *= effect[len(y)+h]
	}
	return tr
}

// meanOf is the mean of the known values, 0 when there are none.
func meanOf(y []float64) float64 {
	sum, n := 0.0, 0.0
	for _, v := range y {
		if !math.IsNaN(v) {
			sum += v
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return sum / n
}
