package learn

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"tanggap/internal/region"
	"tanggap/internal/text"
)

// Drift says how far real messages are from the made-up ones that a model began with.
type Drift struct {
	N          int     `json:"n"`          // newest messages looked at
	Unknown    float64 `json:"unknown"`    // share of their words that no seed has, 0..1
	Confidence float64 `json:"confidence"` // mean confidence of the model in them
	// Shift is the distance between the services of the messages, as officers see them, and
	// those of the seeds: half the sum of the differences, 0 alike, 1 apart.
	Shift float64 `json:"shift"`
	// Words are the commonest of the unknown words: what seeds should be written about.
	Words []string `json:"words,omitempty"`
}

const (
	driftRows  = 500
	driftWords = 12
	minSeen    = 3 // messages an unknown word must stand in before it is named; rarer ones may be names
)

// Measure looks at the newest rows.
func Measure(p *region.Pack, m *text.Model, rows []Row) Drift {
	rows = rows[max(0, len(rows)-driftRows):]
	d := Drift{N: len(rows)}
	if len(rows) == 0 {
		return d
	}
	known := map[string]bool{}
	labels := map[string]float64{}
	seeds := 0.0
	for _, s := range p.Seeds {
		for _, w := range words(s.Text) {
			known[w] = true
		}
		labels[s.Service]--
		seeds++
	}
	for k := range labels {
		labels[k] /= seeds // a share below zero: what the messages have is added to it
	}
	strange := map[string]int{}
	total, unknown := 0, 0
	for _, r := range rows {
		here := map[string]bool{}
		for _, w := range words(r.Text) {
			total++
			if !known[w] {
				unknown++
				here[w] = true
			}
		}
		for w := range here {
			strange[w]++
		}
		if top := m.Rank(r.Text).Top; len(top) > 0 {
			d.Confidence += top[0].P / float64(len(rows))
		}
		labels[r.Service] += 1 / float64(len(rows))
	}
	if total > 0 {
		d.Unknown = float64(unknown) / float64(total)
	}
	for _, service := range slices.Sorted(maps.Keys(labels)) { // in order, so that equal input gives equal figures
		d.Shift += math.Abs(labels[service]) / 2
	}
	for w, n := range strange {
		if n >= minSeen {
			d.Words = append(d.Words, w)
		}
	}
	slices.SortFunc(d.Words, func(a, b string) int { return cmp.Or(cmp.Compare(strange[b], strange[a]), cmp.Compare(a, b)) })
	d.Words = d.Words[:min(len(d.Words), driftWords)]
	return d
}

// words of a message as the model reads them, without numbers and what masking left.
func words(s string) []string {
	var out []string
	for _, t := range text.Tokens(s) {
		if t.Kind == text.Word && t.Text[0] > '9' {
			out = append(out, t.Text)
		}
	}
	return out
}
