package forecast

import (
	"context"
	"math"
)

// fitSlow forecasts weeks, months and anything else that is not a day: the season is taken
// out, what remains is forecast by three kinds of smoothing, and the season put back.
func fitSlow(ctx context.Context, f *Forecast, s Series, _ Drivers, o Options) error {
	y := fill(s.Values)
	names := []string{"ets", "damped", "theta"}
	point := func(y []float64, h int) [][]float64 {
		adjusted, season := deseason(y, s.Period, h)
		rows := [][]float64{simpleSmooth(adjusted, h), dampedTrend(adjusted, h), thetaLine(adjusted, h)}
		for _, r := range rows {
			for i := range r {
				r[i] *= season[i]
			}
		}
		return rows
	}
	scale := seasonalError(y, max(1, int(s.Period)))
	n, h := len(y), o.Horizon
	weights := []float64{1. / 3, 1. / 3, 1. / 3}
	mix := func(rows [][]float64) []float64 {
		out := make([]float64, len(rows[0]))
		for k, r := range rows {
			for i, v := range r {
				out[i] += weights[k] * v
			}
		}
		return out
	}
	loss := make([]float64, len(names))
	square, counted, absolute, sum, bias := make([]float64, h), make([]float64, h), 0.0, 0.0, 0.0
	var back [][]float64
	var at []int
	for k := 8; k >= 1; k-- {
		from := n - h*k/4
		if from < max(int(s.Period)*2+4, n/2) || from >= n {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		rows := point(y[:from], min(h, n-from))
		m := mix(rows)
		back, at = append(back, m), append(at, from)
		for i, v := range m {
			e := y[from+i] - v
			square[i] += e * e
			counted[i]++
			absolute += math.Abs(e)
			sum += math.Abs(y[from+i])
			bias -= e
			for k := range rows {
				loss[k] += math.Abs(rows[k][i] - y[from+i])
			}
		}
	}
	// A variance that grows with the step, from all steps together.
	a, b := 0.0, 0.0
	for i := range square {
		g := 1 + .35*float64(i)
		a += square[i] / g
		b += counted[i]
	}
	sd := scale
	if b > 0 {
		sd = math.Sqrt(a/b) * 1.1
	}
	floor := 0.0
	for _, v := range y {
		floor = min(floor, v)
	}
	interval := func(mu float64, i int) Quantiles {
		var q Quantiles
		for j, p := range Levels {
			q[j] = mu + sd*math.Sqrt(1+.35*float64(i))*normQuantile(p)
			if floor >= 0 {
				q[j] = max(0, q[j])
			}
		}
		return q
	}
	f.Mean = mix(point(y, h))
	f.Quantiles = make([]Quantiles, h)
	for i, v := range f.Mean {
		if floor >= 0 {
			f.Mean[i] = max(0, v)
		}
		f.Quantiles[i] = interval(f.Mean[i], i)
	}
	f.Common = .5
	for k, name := range names {
		m := Member{name, weights[k], math.NaN()}
		if b > 0 {
			m.MASE = loss[k] / b / scale
		}
		f.Members = append(f.Members, m)
	}
	if b > 0 {
		in80, in95 := 0.0, 0.0
		for k, m := range back {
			for i, v := range m {
				q, x := interval(v, i), y[at[k]+i]
				if x >= q[Low80] && x <= q[High80] {
					in80++
				}
				if x >= q[Low95] && x <= q[High95] {
					in95++
				}
			}
		}
		f.Error = Error{Origins: len(back), MASE: absolute / b / scale, WAPE: absolute / max(sum, 1e-9), Cover80: in80 / b, Cover95: in95 / b,
			Bias: bias / max(sum, 1e-9), Measured: true}
	}
	return nil
}

// fill puts the last known value of the season, else the last known, in place of what is
// missing.
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

// deseason takes a multiplicative season out of positive values when the past shows one,
// and gives its factors for the h steps that follow.
func deseason(y []float64, p Period, h int) ([]float64, []float64) {
	season := make([]float64, h)
	for i := range season {
		season[i] = 1
	}
	n, m := len(y), int(p)
	if m < 2 || n < 2*m+2 || meanOf(y) <= 0 {
		return y, season
	}
	for _, v := range y {
		if v <= 0 {
			return y, season
		}
	}
	factor, count := make([]float64, m), make([]float64, m)
	for t := m / 2; t < n-m/2; t++ {
		sum := 0.0
		for k := -m / 2; k <= m/2; k++ {
			w := 1.0
			if m%2 == 0 && (k == -m/2 || k == m/2) {
				w = .5
			}
			sum += w * y[t+k]
		}
		factor[t%m] += y[t] * float64(m) / sum
		count[t%m]++
	}
	all := 0.0
	for j := range factor {
		factor[j] /= max(1, count[j])
		all += factor[j] / float64(m)
	}
	out := make([]float64, n)
	for t, v := range y {
		out[t] = v / (factor[t%m] / all)
	}
	for i := range season {
		season[i] = factor[(n+i)%m] / all
	}
	return out, season
}

func simpleSmooth(y []float64, h int) []float64 {
	_, l := bestSmooth(y)
	out := make([]float64, h)
	for i := range out {
		out[i] = l
	}
	return out
}

// bestSmooth is the parameter and the last level of simple smoothing.
func bestSmooth(y []float64) (alpha, level float64) {
	run := func(a float64) (float64, float64) {
		l, sse := meanOf(y[:min(len(y), 3)]), 0.0
		for _, v := range y {
			sse += (v - l) * (v - l)
			l += a * (v - l)
		}
		return sse, l
	}
	best := math.Inf(1)
	for i := 1; i <= 40; i++ {
		a := float64(i) / 40 * .995
		if sse, l := run(a); sse < best {
			best, alpha, level = sse, a, l
		}
	}
	return alpha, level
}

func dampedTrend(y []float64, h int) []float64 {
	n := len(y)
	b0 := 0.0
	if k := min(n-1, 6); k > 0 {
		b0 = (y[k] - y[0]) / float64(k)
	}
	run := func(p []float64) (sse, l, b float64) {
		l, b = y[0], b0
		for _, v := range y {
			e := v - l - p[2]*b
			sse += e * e
			l += p[2]*b + p[0]*e
			b = p[2]*b + p[0]*p[1]*e
		}
		return
	}
	p, _ := minimise(func(p []float64) float64 {
		if p[0] < .01 || p[0] > 1 || p[1] < 0 || p[1] > 1 || p[2] < .8 || p[2] > .98 {
			return 1e300
		}
		sse, _, _ := run(p)
		return sse
	}, []float64{.5, .1, .9}, .08, 120)
	_, l, b := run(p)
	out, phi := make([]float64, h), 0.0
	for i := range out {
		phi = p[2] * (1 + phi)
		out[i] = l + phi*b
	}
	return out
}

func thetaLine(y []float64, h int) []float64 {
	alpha, l := bestSmooth(y)
	n := float64(len(y))
	mean, cov := meanOf(y), 0.0
	for t, v := range y {
		cov += (float64(t) - (n-1)/2) * (v - mean)
	}
	slope := 0.0
	if n > 1 {
		slope = cov / (n * (n*n - 1) / 12)
	}
	out := make([]float64, h)
	for i := range out {
		out[i] = l + slope/2*(float64(i)+(1-math.Pow(1-alpha, n))/alpha)
	}
	return out
}
