package forecast

import "slices"

// minimise walks downhill from x by the simplex of Nelder and Mead (1965) and returns the
// lowest point it found after at most rounds evaluations. Bounds are f's business: it
// returns a large number outside. Deterministic.
func minimise(f func([]float64) float64, x []float64, step float64, rounds int) ([]float64, float64) {
	n := len(x)
	type corner struct {
		x []float64
		f float64
	}
	s := make([]corner, n+1)
	for i := range s {
		at := slices.Clone(x)
		if i > 0 {
			at[i-1] += step
			if f(at) >= 1e300 {
				at[i-1] -= 2 * step
			}
		}
		s[i] = corner{at, f(at)}
	}
	mid, try, far := make([]float64, n), make([]float64, n), make([]float64, n)
	for used := 0; used < rounds; {
		slices.SortStableFunc(s, func(a, b corner) int {
			switch {
			case a.f < b.f:
				return -1
			case a.f > b.f:
				return 1
			}
			return 0
		})
		if s[n].f-s[0].f <= 1e-7*(1e-7+abs(s[0].f)) {
			break
		}
		for j := range mid {
			mid[j] = 0
			for i := range n {
				mid[j] += s[i].x[j] / float64(n)
			}
		}
		point := func(to []float64, k float64) float64 {
			for j := range to {
				to[j] = mid[j] + k*(s[n].x[j]-mid[j])
			}
			used++
			return f(to)
		}
		worst := &s[n]
		switch v := point(try, -1); {
		case v < s[0].f:
			if w := point(far, -2); w < v {
				copy(worst.x, far)
				worst.f = w
			} else {
				copy(worst.x, try)
				worst.f = v
			}
		case v < s[n-1].f:
			copy(worst.x, try)
			worst.f = v
		default:
			k := .5
			if v < worst.f {
				k = -.5
			}
			if w := point(far, k); w < min(v, worst.f) {
				copy(worst.x, far)
				worst.f = w
				continue
			}
			for i := 1; i <= n; i++ {
				for j := range s[i].x {
					s[i].x[j] = s[0].x[j] + .5*(s[i].x[j]-s[0].x[j])
				}
				s[i].f = f(s[i].x)
				used++
			}
		}
	}
	best := 0
	for i := range s {
		if s[i].f < s[best].f {
			best = i
		}
	}
	return s[best].x, s[best].f
}

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}
