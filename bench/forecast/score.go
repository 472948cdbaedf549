package main

import (
	"math"
	"strings"

	"tanggap/internal/forecast"
)

// A score is how one method did on one task, as eval.R counts it.
type score struct {
	id, group  string
	mase, crps float64
	smape      float64
	in80, in95 float64
}

// scoreOf compares quantiles with what came, scaled by the past's seasonal naive error.
func scoreOf(t forecast.Task, q []forecast.Quantiles) score {
	x := t.Series.Values
	p := int(t.Series.Period)
	scale, n := 0.0, 0.0
	for i := p; i < len(x); i++ {
		scale += math.Abs(x[i] - x[i-p])
		n++
	}
	scale /= n
	s := score{id: t.ID, group: groupOf(t.ID)}
	absolute := 0.0
	civic := strings.Contains(t.ID, "@")
	pin := 0.0
	for h, y := range t.Actual {
		v := q[h]
		if civic {
			for i := range v {
				v[i] = max(0, v[i])
			}
		}
		for i := forecast.Low80; i <= forecast.High80; i++ {
			e := y - v[i]
			pin += 2 * max(forecast.Levels[i]*e, (forecast.Levels[i]-1)*e) / 9
		}
		if y >= v[forecast.Low80]-1e-9 && y <= v[forecast.High80]+1e-9 {
			s.in80++
		}
		if y >= v[forecast.Low95]-1e-9 && y <= v[forecast.High95]+1e-9 {
			s.in95++
		}
		absolute += math.Abs(y - v[forecast.Median])
		if y != 0 || v[forecast.Median] != 0 {
			s.smape += 200 * math.Abs(y-v[forecast.Median]) / (math.Abs(y) + math.Abs(v[forecast.Median]))
		}
	}
	k := float64(len(t.Actual))
	s.mase, s.crps, s.smape, s.in80, s.in95 = absolute/k/scale, pin/k/scale, s.smape/k, s.in80/k, s.in95/k
	return s
}

func groupOf(id string) string {
	g, _, _ := strings.Cut(id, "@")
	if strings.HasPrefix(g, "chi_ward") {
		return "chi_ward"
	}
	g, _, _ = strings.Cut(g, "_")
	return g
}
