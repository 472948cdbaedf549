package text

import (
	"math"
	"slices"
)

// confidence is what held-out messages taught about the scores: how sharply they
// part right from wrong, and which labels to show so that the right one is among them.
type confidence struct {
	Sharpness float64   // factor on the scores before the softmax
	Noise     float64   // share of messages whose label no text foretells, spread evenly
	Coverage  float64   // stated for Set; 0 when nothing could be held out
	Least     []float64 // probability from which a label belongs to the set, by label
	Curve     Curve
}

// heldOut is the scores of messages no weight was learned from.
type heldOut struct {
	scores [][]float64
	truth  []int
	rows   []int // which examples they are
}

// defaultSharpness serves where nothing could be held out.
const defaultSharpness = 4

// measure fits the confidence to held-out messages. strange is the scores of a message
// of which the model knows no word.
func measure(h heldOut, strange []float64, coverage float64) confidence {
	labels := len(strange)
	c := confidence{Sharpness: defaultSharpness, Least: make([]float64, labels)}
	if len(h.truth) == 0 {
		return c
	}
	c.Sharpness, c.Noise = fitSoftmax(h, strange)
	of := make([]float64, len(h.truth)) // probability of the true label
	judged := make([]Judged, len(h.truth))
	for i, s := range h.scores {
		p := c.probabilities(s)
		of[i] = p[h.truth[i]]
		top := slices.Max(p)
		judged[i] = Judged{P: top, Right: of[i] == top}
	}
	c.Curve = NewCurve(judged)
	c.Least, c.Coverage = conformal(of, h.truth, labels, coverage)
	return c
}

const (
	// ownThreshold is how many held-out messages a label needs for a threshold of its own.
	ownThreshold = 40
	// slack is how much lower than the stated coverage that of a single label may be:
	// at the full coverage for each, the sets would grow half as long again for everyone.
	slack = 0.04
)

// conformal returns, for every label, the probability from which it is shown: split
// conformal prediction (Vovk, Gammerman and Shafer 2005). One threshold for all makes the
// true label be shown as often as stated; a label that would be shown more seldom than
// slack below that gets a lower one of its own (Vovk 2012, "Conditional validity of
// inductive conformal predictors"), and the labels with few held-out messages share
// one. p[i] is the probability given to the true label of held-out message i.
func conformal(p []float64, truth []int, labels int, coverage float64) (least []float64, stated float64) {
	by := make([][]float64, labels)
	for i, k := range truth {
		by[k] = append(by[k], p[i])
	}
	var rest []float64
	for _, own := range by {
		if len(own) < ownThreshold {
			rest = append(rest, own...)
		}
	}
	few, _ := quantile(rest, coverage-slack)
	if len(rest) < ownThreshold {
		few, _ = quantile(slices.Clone(p), coverage)
	}
	least = make([]float64, labels)
	for k, own := range by {
		if least[k] = few; len(own) >= ownThreshold {
			least[k], _ = quantile(own, coverage-slack)
		}
	}
	var below []float64 // what only the threshold for all can still let in
	for i, k := range truth {
		if p[i] < least[k] {
			below = append(below, p[i])
		}
	}
	slices.Sort(below)
	// As in quantile, of all messages n may stay outside.
	n := int(math.Floor(float64(len(p)+1) * (1 - coverage)))
	if n < 1 {
		return least, 0
	}
	if n <= len(below) {
		for k := range least {
			least[k] = min(least[k], below[n-1])
		}
	}
	return least, coverage
}

// quantile returns the largest threshold that, by exchangeability, a further value
// reaches with at least the given probability, and whether there are enough values
// to say so.
func quantile(p []float64, coverage float64) (float64, bool) {
	slices.Sort(p)
	n := int(math.Floor(float64(len(p)+1) * (1 - coverage)))
	if n < 1 {
		return 0, false
	}
	return p[n-1], true
}

// set returns the candidates to show: all that reach their label's threshold, and the
// most likely one in any case.
func (c *confidence) set(r ranked) []Candidate {
	if c.Coverage == 0 {
		return nil
	}
	n := 0
	out := make([]Candidate, 0, 4)
	for i, k := range r.order {
		if r.candidates[i].P >= c.Least[k] || i == 0 {
			out = append(out, r.candidates[i])
			n++
		}
	}
	return out[:n:n]
}

// strangeShare is how many strange messages, of all, are reckoned with.
const strangeShare = 0.02

// fitSoftmax finds the sharpness and the noise that make the held-out labels most
// likely. Labels are chosen by people, and about one in eight of a pair of like
// messages differs; without the noise the surest answers would be promised too much
// and, to make up for it, the middling ones too little.
func fitSoftmax(h heldOut, strange []float64) (sharpness, noise float64) {
	least := math.Inf(1)
	for _, n := range []float64{0, 0.005, 0.01, 0.02, 0.03, 0.04} {
		if b, loss := sharpest(h, strange, n); loss < least {
			sharpness, noise, least = b, n, loss
		}
	}
	return sharpness, noise
}

// sharpest finds the factor in [0.25, 64] with the least negative log-likelihood, given
// the noise, by golden section over its logarithm. Some strange messages of any label
// stand among the others: where the held-out ones are easy, a model without them would
// learn to be sure of what it cannot read.
func sharpest(h heldOut, strange []float64, noise float64) (factor, least float64) {
	one := func(b float64, s []float64, truth int) float64 {
		top, z := slices.Max(s), 0.0
		for _, x := range s {
			z += math.Exp(b * (x - top))
		}
		p := math.Exp(b*(s[truth]-top)) / z
		return -math.Log((1-noise)*p + noise/float64(len(s)) + 1e-12)
	}
	strangers := math.Max(1, strangeShare*float64(len(h.truth))/float64(len(strange)))
	loss := func(logB float64) float64 {
		b, sum := math.Exp(logB), 0.0
		for i, s := range h.scores {
			sum += one(b, s, h.truth[i])
		}
		for k := range strange {
			sum += strangers * one(b, strange, k)
		}
		return sum
	}
	const ratio = 0.6180339887498949
	lo, hi := math.Log(0.25), math.Log(64)
	a, b := hi-ratio*(hi-lo), lo+ratio*(hi-lo)
	fa, fb := loss(a), loss(b)
	for range 24 {
		if fa < fb {
			hi, b, fb = b, a, fa
			a = hi - ratio*(hi-lo)
			fa = loss(a)
		} else {
			lo, a, fa = a, b, fb
			b = lo + ratio*(hi-lo)
			fb = loss(b)
		}
	}
	return math.Exp((lo + hi) / 2), min(fa, fb)
}
