package learn

import (
	"tanggap/internal/region"
	"tanggap/internal/text"
	"tanggap/internal/triage"
)

const (
	// rowWeight is how much a confirmed case counts beside a seed, which is made up.
	rowWeight = 2
	// maxOfficer and maxCitizen bound what one source adds to a service: its rows weigh at
	// most so much of what everybody else, the seeds included, says about that service.
	maxOfficer = 1.0 / 3
	maxCitizen = 1.0 / 10
)

// Examples are what a model of the region learns from: the pack's seeds, and the rows
// whose service the pack has, each of which names its group and carries a bounded
// weight. However many cases one officer confirms, or one citizen writes, a service
// cannot be moved by a single source. The same words from the same citizen count once.
func Examples(p *region.Pack, rows []Row) []text.Example {
	out := triage.Examples(p)
	base := map[string]float64{}
	for _, e := range out {
		base[e.Label]++
	}
	type said struct{ citizen, text, service string }
	seen := map[said]bool{}
	kept := make([]Row, 0, len(rows))
	for _, r := range rows {
		key := said{r.Citizen, r.Text, r.Service}
		if _, ok := p.Service(r.Service); !ok || seen[key] {
			continue
		}
		seen[key] = true
		kept = append(kept, r)
	}
	weights := make([]float64, len(kept))
	for i := range weights {
		weights[i] = rowWeight
	}
	bound(kept, weights, base, maxCitizen, func(r Row) string { return r.Citizen })
	bound(kept, weights, base, maxOfficer, func(r Row) string { return r.Officer })
	for i, r := range kept {
		if weights[i] > 0 {
			out = append(out, text.Example{Text: r.Text, Label: r.Service, Group: "citizen " + r.Citizen, Weight: weights[i]})
		}
	}
	return out
}

// bound scales the weights of each source's rows about a service down to share times
// what the others say about it. base is what the seeds weigh, by service.
func bound(rows []Row, weights []float64, base map[string]float64, share float64, source func(Row) string) {
	type claim struct{ source, service string }
	total, own := map[string]float64{}, map[claim]float64{}
	for i, r := range rows {
		total[r.Service] += weights[i]
		own[claim{source(r), r.Service}] += weights[i]
	}
	for i, r := range rows {
		mine := own[claim{source(r), r.Service}]
		most := share * (base[r.Service] + total[r.Service] - mine)
		if mine > most {
			weights[i] *= most / mine
		}
	}
}
