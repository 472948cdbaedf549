package forecast

import (
	"math"

	"tanggap/internal/tanggap"
)

// Node is one forecast in a tree of parts and wholes: areas in units, units in a region.
// Parent is the place of its whole in the list, −1 for the top; a whole comes before its
// parts. All forecasts of a tree have the same start, period and number of steps.
type Node struct {
	Parent   int
	Forecast *Forecast
}

// Reconcile makes parts add up to their wholes, each giving way as its own uncertainty
// allows: weighted least squares with the variances of the forecasts (MinT with a diagonal,
// Wickramasuriya and others, 2019), exact on a tree. Quantiles move with their mean and keep
// their shape. A whole without parts in the list stays as it is; so does a node without
// steps, whose whole is then not bound by its parts.
func Reconcile(tree []Node) error {
	steps := -1
	for i, n := range tree {
		if n.Parent >= i || n.Parent < -1 {
			return tanggap.Errorf(tanggap.Invalid, "Simpul %d mendahului induknya.", i)
		}
		if n.Forecast == nil || n.Forecast.Cold != Warm {
			continue
		}
		switch {
		case steps < 0:
			steps = len(n.Forecast.Mean)
		case steps != len(n.Forecast.Mean):
			return tanggap.Errorf(tanggap.Invalid, "Ramalan simpul %d punya %d langkah, bukan %d.", i, len(n.Forecast.Mean), steps)
		}
	}
	// A whole one of whose parts is unknown is not the sum of the others.
	parts := make([]int, len(tree))
	whole := make([]bool, len(tree))
	for i := range whole {
		whole[i] = true
	}
	for i := len(tree) - 1; i >= 0; i-- {
		n := tree[i]
		if n.Parent < 0 {
			continue
		}
		parts[n.Parent]++
		if n.Forecast == nil || n.Forecast.Cold != Warm {
			whole[n.Parent] = false
		}
	}
	type state struct{ own, v, sum, sumV, final float64 }
	st := make([]state, len(tree))
	for h := range max(0, steps) {
		for i := len(tree) - 1; i >= 0; i-- {
			f := tree[i].Forecast
			if f == nil || f.Cold != Warm {
				continue
			}
			s := &st[i]
			s.own, s.v = f.Mean[h], variance(f, h)
			if parts[i] > 0 && whole[i] && s.sumV > 0 {
				w := s.sumV / (s.sumV + s.v)
				s.own, s.v = s.sum+w*(s.own-s.sum), s.v*s.sumV/(s.v+s.sumV)
			}
			if p := tree[i].Parent; p >= 0 {
				st[p].sum += s.own
				st[p].sumV += s.v
			}
		}
		for i, n := range tree {
			f := n.Forecast
			if f == nil || f.Cold != Warm {
				continue
			}
			s := &st[i]
			s.final = s.own
			if p := n.Parent; p >= 0 && whole[p] && tree[p].Forecast != nil && tree[p].Forecast.Cold == Warm {
				s.final += s.v / st[p].sumV * (st[p].final - st[p].sum)
			}
		}
		settle(tree, whole, h, func(i int) *float64 { return &st[i].final })
		for i, n := range tree {
			if n.Forecast != nil && n.Forecast.Cold == Warm {
				n.Forecast.move(h, st[i].final)
			}
			st[i] = state{}
		}
	}
	return nil
}

// settle lifts parts that fell below nothing to nothing and takes what that adds from
// their siblings in proportion, from the top down.
func settle(tree []Node, whole []bool, h int, final func(int) *float64) {
	if h < 0 {
		return
	}
	for p := range tree {
		if tree[p].Forecast == nil || tree[p].Forecast.Cold != Warm || !whole[p] {
			continue
		}
		sum, negative, parts := 0.0, false, 0
		for i := p + 1; i < len(tree); i++ {
			if tree[i].Parent == p {
				parts++
				v := final(i)
				negative = negative || *v < 0
				*v = max(0, *v)
				sum += *v
			}
		}
		if parts == 0 || !negative || sum == 0 {
			continue
		}
		share := max(0, *final(p)) / sum
		for i := p + 1; i < len(tree); i++ {
			if tree[i].Parent == p {
				*final(i) *= share
			}
		}
	}
}

// variance of a step by the width of its 80 % interval; never nothing, so that weights
// exist.
func variance(f *Forecast, h int) float64 {
	sd := (f.Quantiles[h][High80] - f.Quantiles[h][Low80]) / 2.5631
	return max(sd*sd, .05*math.Abs(f.Mean[h])+1e-9)
}

// move puts the mean of a step to m and its quantiles along: in proportion for counts, and
// by the difference where the mean was nothing.
func (f *Forecast) move(h int, m float64) {
	m = max(0, m)
	old := f.Mean[h]
	f.Mean[h] = m
	q := &f.Quantiles[h]
	for i := range q {
		if old > 1e-9 {
			q[i] *= m / old
		} else {
			q[i] = max(0, q[i]+m-old)
		}
	}
}
