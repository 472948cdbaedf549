package forecast

import "math"

// Group is what series of one kind have taught, such as all services of a unit: how good
// each member was among them. A series' own past outweighs it as it grows.
type Group struct {
	Loss map[string]float64 // member to its mean loss, relative to the best
	N    int                // series behind it
}

// Pool makes the group of the given forecasts; those without a backtest count nothing.
func Pool(fs []*Forecast) *Group {
	g := &Group{Loss: map[string]float64{}}
	count := map[string]int{}
	for _, f := range fs {
		if f == nil || !f.Error.Measured {
			continue
		}
		best := math.Inf(1)
		for _, m := range f.Members {
			if !math.IsNaN(m.MASE) {
				best = min(best, m.MASE)
			}
		}
		if !(best > 0) || math.IsInf(best, 1) {
			continue
		}
		g.N++
		for _, m := range f.Members {
			if !math.IsNaN(m.MASE) {
				g.Loss[m.Name] += m.MASE / best
				count[m.Name]++
			}
		}
	}
	for name, n := range count {
		g.Loss[name] /= float64(n)
	}
	if g.N == 0 {
		return nil
	}
	return g
}
