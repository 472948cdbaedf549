package main

import (
	"math/rand/v2"
	"slices"
)

// pairs holds two scores a task, by series.
type pairs struct {
	names []string
	sums  [][2]float64
	a, b  float64
	n     int
}

func (p *pairs) add(series string, a, b float64) {
	i := slices.Index(p.names, series)
	if i < 0 {
		i = len(p.names)
		p.names, p.sums = append(p.names, series), append(p.sums, [2]float64{})
	}
	p.sums[i][0] += a
	p.sums[i][1] += b
	p.a, p.b, p.n = p.a+a, p.b+b, p.n+1
}

// interval is where 95 % of b/a − 1 lie when series are drawn anew, all tasks of a series
// together.
func (p *pairs) interval() (low, high float64) {
	r := rand.New(rand.NewPCG(7, 7)) //nolint:gosec // draws that can be repeated
	out := make([]float64, 4000)
	for k := range out {
		a, b := 0.0, 0.0
		for range p.sums {
			s := p.sums[r.IntN(len(p.sums))]
			a, b = a+s[0], b+s[1]
		}
		out[k] = b/a - 1
	}
	slices.Sort(out)
	return out[len(out)/40], out[len(out)-len(out)/40-1]
}
