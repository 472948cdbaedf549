package forecast

import "math"

// simpleSmooth is exponential smoothing without trend.
func simpleSmooth(y []float64, h int) []float64 {
	_, l := bestSmooth(y)
	out := make([]float64, h)
	for i := range out {
		out[i] = l
	}
	return out
}

// bestSmooth is the parameter of simple smoothing and its last level.
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
	for i := 1; i <= 25; i++ {
		a := float64(i) / 25 * .999
		if sse, l := run(a); sse < best {
			best, alpha, level = sse, a, l
		}
	}
	return alpha, level
}

// dampedTrend is exponential smoothing with a trend that fades (Gardner and McKenzie, 1985).
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
	}, []float64{.5, .1, .9}, .08, 90)
	_, l, b := run(p)
	out, phi := make([]float64, h), 0.0
	for i := range out {
		phi = p[2] * (1 + phi)
		out[i] = l + phi*b
	}
	return out
}

// thetaLine is the Theta method (Assimakopoulos and Nikolopoulos, 2000): simple smoothing
// with half the slope of the past.
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

// autoregress is an autoregression of the changes, of the order up to most that AICc finds
// best, by least squares.
func autoregress(y []float64, h, most int) []float64 {
	out := make([]float64, h)
	for i := range out {
		out[i] = y[len(y)-1]
	}
	n := len(y) - 1
	if n < 4*most || n < 12 {
		return out
	}
	x := make([]float64, n)
	sd := 0.0
	for t := range x {
		x[t] = y[t+1] - y[t]
		sd += abs(x[t]) / float64(n)
	}
	if sd == 0 {
		return out
	}
	z := make([]float64, n)
	for t, v := range x {
		z[t] = max(-6*sd, min(v, 6*sd))
	}
	// Levinson and Durbin's recursion on the autocovariances.
	r := make([]float64, most+1)
	for k := range r {
		for t := k; t < n; t++ {
			r[k] += z[t] * z[t-k] / float64(n)
		}
	}
	phi, best := []float64{}, []float64{}
	e := r[0]
	bestIC := float64(n) * math.Log(e)
	for k := 1; k <= most && e > 0; k++ {
		acc := r[k]
		for j, p := range phi {
			acc -= p * r[k-1-j]
		}
		ref := acc / e
		next := make([]float64, k)
		for j, p := range phi {
			next[j] = p - ref*phi[k-2-j]
		}
		next[k-1] = ref
		phi = next
		e *= 1 - ref*ref
		if e <= 0 {
			break
		}
		if ic := float64(n)*math.Log(e) + 2*float64(k)*float64(n)/float64(n-k-2); ic < bestIC {
			bestIC, best = ic, phi
		}
	}
	last, hist := y[len(y)-1], append([]float64{}, z...)
	for i := range out {
		v := 0.0
		for j, p := range best {
			v += p * hist[len(hist)-1-j]
		}
		hist = append(hist, v)
		last += v
		out[i] = last
	}
	return out
}

// trend is exponential smoothing with a lasting trend (Holt, 1957).
func trend(y []float64, h int) []float64 {
	n := len(y)
	b0 := 0.0
	if k := min(n-1, 6); k > 0 {
		b0 = (y[k] - y[0]) / float64(k)
	}
	run := func(p []float64) (sse, l, b float64) {
		l, b = y[0], b0
		for _, v := range y {
			e := v - l - b
			sse += e * e
			l += b + p[0]*e
			b = b + p[0]*p[1]*e
		}
		return
	}
	p, _ := minimise(func(p []float64) float64 {
		if p[0] < .01 || p[0] > 1 || p[1] < 0 || p[1] > 1 {
			return 1e300
		}
		sse, _, _ := run(p)
		return sse
	}, []float64{.5, .1}, .08, 60)
	_, l, b := run(p)
	out := make([]float64, h)
	for i := range out {
		out[i] = l + float64(i+1)*b
	}
	return out
}
