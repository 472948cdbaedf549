package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"tanggap/internal/text"
)

// answer is what a system said about one row.
type answer struct {
	Group string // rows are measured by group and the groups averaged
	Truth string
	Top   []text.Candidate
}

func (a answer) right() bool { return len(a.Top) > 0 && a.Top[0].Label == a.Truth }

func (a answer) best() text.Candidate {
	if len(a.Top) == 0 {
		return text.Candidate{}
	}
	return a.Top[0]
}

// figures of one system on one set, in percent.
type figures struct{ Accuracy, MacroF1, Top3, Auto, ECE float64 }

func (f figures) list() []float64 { return []float64{f.Accuracy, f.MacroF1, f.Top3, f.Auto, f.ECE} }

const eceBins = 15

// measured computes the figures of the answers with the given indices, which stand for
// a resample of them.
func measured(answers []answer, pick []int) figures {
	groups := map[string][]int{}
	var names []string
	for _, i := range pick {
		g := answers[i].Group
		if groups[g] == nil {
			names = append(names, g)
		}
		groups[g] = append(groups[g], i)
	}
	var sum figures
	for _, g := range names {
		f := measuredGroup(answers, groups[g])
		sum.Accuracy += f.Accuracy
		sum.MacroF1 += f.MacroF1
		sum.Top3 += f.Top3
		sum.Auto += f.Auto
		sum.ECE += f.ECE
	}
	n := float64(len(names))
	return figures{sum.Accuracy / n, sum.MacroF1 / n, sum.Top3 / n, sum.Auto / n, sum.ECE / n}
}

func measuredGroup(answers []answer, pick []int) figures {
	type tally struct{ hit, said, is float64 }
	by := map[string]*tally{}
	at := func(label string) *tally {
		if by[label] == nil {
			by[label] = new(tally)
		}
		return by[label]
	}
	right, near := 0.0, 0.0
	judged := make([]text.Judged, 0, len(pick))
	for _, i := range pick {
		a := answers[i]
		best := a.best()
		at(a.Truth).is++
		at(best.Label).said++
		if a.right() {
			right++
			at(a.Truth).hit++
		}
		for _, c := range a.Top[:min(3, len(a.Top))] {
			if c.Label == a.Truth {
				near++
			}
		}
		judged = append(judged, text.Judged{P: min(best.P, 1), Right: a.right()})
	}
	f1 := 0.0
	for _, t := range by {
		f1 += 2 * t.hit / (t.said + t.is)
	}
	n := float64(len(pick))
	return figures{
		Accuracy: 100 * right / n, MacroF1: 100 * f1 / float64(len(by)), Top3: 100 * near / n,
		Auto: 100 * automatic(judged, 0.95), ECE: 100 * text.CalibrationError(judged, eceBins),
	}
}

// automatic returns the largest share that can be answered without a person, most
// confident first, while the given share of the answers is right.
func automatic(judged []text.Judged, precision float64) float64 {
	sorted := slices.Clone(judged)
	slices.SortStableFunc(sorted, func(a, b text.Judged) int {
		switch {
		case a.P > b.P:
			return -1
		case a.P < b.P:
			return 1
		}
		return 0
	})
	best, right := 0, 0
	for i, j := range sorted {
		if j.Right {
			right++
		}
		if float64(right) >= precision*float64(i+1) && (i+1 == len(sorted) || sorted[i+1].P < j.P) {
			best = i + 1
		}
	}
	return float64(best) / float64(len(sorted))
}

const resamples = 1000

// interval is a figure with the 2.5 and 97.5 percentiles of its bootstrap.
type interval struct{ value, low, high float64 }

func (i interval) String() string { return fmt.Sprintf("%.1f [%.1f, %.1f]", i.value, i.low, i.high) }

// span makes the interval of a value from its resampled values.
func span(value float64, resampled []float64) interval {
	slices.Sort(resampled)
	at := func(q float64) float64 { return resampled[int(q*float64(len(resampled)-1))] }
	return interval{value, at(0.025), at(0.975)}
}

// bootstrap gives the interval of every figure of answers, and of how far they are
// above those of base (the same rows in the same order) when base is given.
func bootstrap(answers, base []answer) (own, ahead []interval) {
	all := make([]int, len(answers))
	groups := map[string][]int{}
	for i := range all {
		all[i] = i
		groups[answers[i].Group] = append(groups[answers[i].Group], i)
	}
	value := measured(answers, all).list()
	var baseValue []float64
	if base != nil {
		baseValue = measured(base, all).list()
	}
	samples := make([][]float64, len(value))
	diffs := make([][]float64, len(value))
	random := rand.New(rand.NewPCG(7, 11)) //nolint:gosec // must repeat, need not be secret
	pick := make([]int, len(answers))
	for range resamples {
		for i := range pick { // within its group, so that every group keeps its size
			g := groups[answers[i].Group]
			pick[i] = g[random.IntN(len(g))]
		}
		f := measured(answers, pick).list()
		var b []float64
		if base != nil {
			b = measured(base, pick).list()
		}
		for j := range f {
			samples[j] = append(samples[j], f[j])
			if b != nil {
				diffs[j] = append(diffs[j], f[j]-b[j])
			}
		}
	}
	for j := range value {
		own = append(own, span(value[j], samples[j]))
		if base != nil {
			ahead = append(ahead, span(value[j]-baseValue[j], diffs[j]))
		}
	}
	return own, ahead
}

// wilson is the 95 % interval of a share, in percent.
func wilson(hits, n int) interval {
	const z = 1.96
	p, m := float64(hits)/float64(n), float64(n)
	mid := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return interval{100 * p, 100 * (mid - half), 100 * (mid + half)}
}
