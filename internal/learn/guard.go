package learn

import (
	"strings"
	"time"

	"tanggap/internal/region"
	"tanggap/internal/text"
	"tanggap/internal/triage"
)

const (
	// rowWeight is how much a confirmed case of today counts beside a seed, which is made up.
	rowWeight = 2
	// maxOfficer and maxCitizen bound what one source adds to a service: its rows weigh at
	// most so much of what everybody else, the seeds included, says about that service.
	maxOfficer = 1.0 / 3
	maxCitizen = 1.0 / 10
	// overrulers is how many officers must give a service where the model would suggest
	// another, before anybody's doing so is learned from.
	overrulers = 2
)

// Examples are what a model of the region learns from: the pack's seeds, and the rows
// whose service the pack has, each of which names its group and carries a bounded
// weight. Against what the model in use would suggest (nil for no model), only several
// officers together teach anything. However many cases one officer confirms, or one citizen writes, a service
// cannot be moved by a single source. What the same officer confirms, or the same citizen
// writes, in the same words, numbers aside, counts once.
func Examples(p *region.Pack, rows []Row, using *text.Model) []text.Example {
	out := triage.Examples(p)
	base := map[string]float64{}
	for _, e := range out {
		base[e.Label]++
	}
	type said struct{ source, words, service string }
	seen := map[said]bool{}
	kept := make([]Row, 0, len(rows))
	for _, r := range rows {
		words := strings.Join(words(r.Text), " ")
		officer, citizen := said{"officer " + r.Officer, words, r.Service}, said{"citizen " + r.Citizen, words, r.Service}
		if _, ok := p.Service(r.Service); !ok || seen[officer] || seen[citizen] {
			continue
		}
		seen[officer], seen[citizen] = true, true
		kept = append(kept, r)
	}
	if using != nil {
		kept = agreed(kept, using, p.Identity.Thresholds.Suggest)
	}
	newest := time.Time{}
	for _, r := range kept {
		if r.At.After(newest) {
			newest = r.At
		}
	}
	weights := make([]float64, len(kept))
	for i, r := range kept {
		weights[i] = rowWeight * text.Recent(newest.Sub(r.At))
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

// agreed leaves out the rows in which too few officers overrule the model in the same
// way: from the same service, which it would suggest, to the same other one.
func agreed(rows []Row, using *text.Model, suggest float64) []Row {
	type way struct{ from, to string }
	ways := make([]way, len(rows))
	who := map[way]map[string]bool{}
	for i, r := range rows {
		top := using.Rank(r.Text).Top
		if len(top) == 0 || top[0].P < suggest || top[0].Label == r.Service {
			continue
		}
		ways[i] = way{top[0].Label, r.Service}
		if who[ways[i]] == nil {
			who[ways[i]] = map[string]bool{}
		}
		who[ways[i]][r.Officer] = true
	}
	var out []Row
	for i, r := range rows {
		if ways[i] == (way{}) || len(who[ways[i]]) >= overrulers {
			out = append(out, r)
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
