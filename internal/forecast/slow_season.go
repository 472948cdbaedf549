package forecast

import "math"

// scaled is a series on the scale on which its season is added: logarithms where all
// values are positive.
func scaled(y []float64) (x []float64, logs bool) {
	logs = true
	for _, v := range y {
		logs = logs && v > 0
	}
	x = make([]float64, len(y))
	for t, v := range y {
		if x[t] = v; logs {
			x[t] = math.Log(v)
		}
	}
	return x, logs
}

// winters is exponential smoothing with a trend that fades and a season that moves
// (Winters, 1960; Gardner and McKenzie, 1989). Short series have no season of their own.
func winters(y []float64, m, h int) []float64 {
	n := len(y)
	if m < 2 || n < 2*m+2 {
		return dampedTrend(y, h)
	}
	x, logs := scaled(y)
	first := places(detrend(x, m), m, m)
	if first == nil {
		first = make([]float64, m)
	}
	season := make([]float64, m)
	run := func(p []float64) (sse, l, b float64) {
		copy(season, first)
		l = meanOf(x[:m])
		for t, v := range x {
			e := v - l - p[2]*b - season[t%m]
			sse += e * e
			l += p[2]*b + p[0]*e
			b = p[2]*b + p[0]*p[1]*e
			season[t%m] += p[3] * (1 - p[0]) * e
		}
		return
	}
	p, _ := minimise(func(p []float64) float64 {
		if p[0] < .01 || p[0] > .99 || p[1] < 0 || p[1] > 1 || p[2] < .8 || p[2] > .98 || p[3] < 0 || p[3] > .6 {
			return 1e300
		}
		sse, _, _ := run(p)
		return sse
	}, []float64{.3, .05, .9, .1}, .08, 140)
	_, l, b := run(p)
	out, phi := make([]float64, h), 0.0
	for i := range out {
		phi = p[2] * (1 + phi)
		out[i] = l + phi*b + season[(n+i)%m]
		if logs {
			out[i] = math.Exp(out[i])
		}
	}
	return out
}

// airline is the seasonal moving average of changes, ARIMA (0,1,1)(0,1,1), by which Box and
// Jenkins (1970) foresaw air passengers; by least squares.
func airline(y []float64, m, h int) []float64 {
	n := len(y)
	if m < 2 || n < 3*m {
		return thetaLine(y, h)
	}
	x, logs := scaled(y)
	w := make([]float64, n-m-1) // changes of the changes from a round before
	for t := range w {
		w[t] = x[t+m+1] - x[t+m] - x[t+1] + x[t]
	}
	e := make([]float64, len(w))
	errorAt := func(t int) float64 {
		if t < 0 || t >= len(e) {
			return 0
		}
		return e[t]
	}
	run := func(p []float64) (sse float64) {
		for t, v := range w {
			e[t] = v + p[0]*errorAt(t-1) + p[1]*errorAt(t-m) - p[0]*p[1]*errorAt(t-m-1)
			sse += e[t] * e[t]
		}
		return sse
	}
	p, _ := minimise(func(p []float64) float64 {
		if p[0] < -.9 || p[0] > .98 || p[1] < -.2 || p[1] > .95 {
			return 1e300
		}
		return run(p)
	}, []float64{.5, .5}, .1, 80)
	run(p)
	out := make([]float64, h)
	for i := range out {
		t := len(w) + i
		v := -p[0]*errorAt(t-1) - p[1]*errorAt(t-m) + p[0]*p[1]*errorAt(t-m-1)
		x = append(x, v+x[n+i-1]+x[n+i-m]-x[n+i-m-1])
		if out[i] = x[n+i]; logs {
			out[i] = math.Exp(out[i])
		}
	}
	return out
}

// coarser foresees the means of k neighbouring values by the Theta method and draws a line
// through them: what is noise from month to month is not from half-year to half-year
// (Kourentzes, Petropoulos and Trapero, 2014).
func coarser(y []float64, k, h int) []float64 {
	n := len(y) / k
	if n < 4 {
		return thetaLine(y, h)
	}
	x := make([]float64, n)
	for i := range x {
		from := len(y) - (n-i)*k
		x[i] = meanOf(y[from : from+k])
	}
	f := thetaLine(x, (h+k-1)/k+1)
	out := make([]float64, h)
	for i := range out {
		at := (float64(i)+.5)/float64(k) - .5 // in means, from the middle of the first to come
		j := max(0, min(int(at), len(f)-2))
		out[i] = f[j] + (at-float64(j))*(f[j+1]-f[j])
	}
	return out
}
