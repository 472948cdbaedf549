package text

import (
	"math"
	"slices"
)

// Model tells which label a message most likely has. It is immutable and safe for
// concurrent use.
type Model struct {
	labels    []string
	vocab     *vocabulary
	rows      []uint32 // bucket of each row
	weights   []int8   // row-major: rows x labels, in units of the label's scale
	scale     []float32
	bias      []float32
	sharpness float64
	settings  string
	version   string
	packed    []byte
}

// Candidate is a label and its calibrated probability, 0..1.
type Candidate struct {
	Label string
	P     float64
}

// Reason is what one word adds to the score of the best label over the second best;
// negative weights speak against it. Start and End are bytes of the message.
type Reason struct {
	Word       string
	Start, End int
	Weight     float64
}

// Result of one classification. The weights of all reasons and Prior sum to Margin.
type Result struct {
	Top     []Candidate // all labels, most likely first; empty when there was nothing to read
	Reasons []Reason    // in order of their strength
	Prior   float64     // what the best label leads by before a word is read
	Margin  float64     // score of the best label minus that of the second best
}

// newModel rounds the weights to 8 bits per label, so that the model is small and
// behaves the same before and after it was stored.
func newModel(labels []string, l linear) *Model {
	k, n := len(labels), len(l.vocab.idf)
	m := &Model{labels: labels, vocab: l.vocab, weights: make([]int8, n*k), scale: make([]float32, k), bias: make([]float32, k), rows: make([]uint32, n)}
	for b, r := range l.vocab.row {
		if r >= 0 {
			m.rows[r] = uint32(b)
		}
	}
	for j, w := range l.weights {
		top := float32(0)
		for _, x := range w[:n] {
			top = max(top, x, -x)
		}
		m.bias[j] = w[n]
		if m.scale[j] = top / 127; top == 0 {
			continue
		}
		for r, x := range w[:n] {
			m.weights[r*k+j] = int8(math.RoundToEven(float64(x / m.scale[j])))
		}
	}
	return m
}

// Labels returns the labels the model knows, sorted.
func (m *Model) Labels() []string { return slices.Clone(m.labels) }

// Version names the exact model: a hash over weights, labels and settings.
func (m *Model) Version() string { return m.version }

// Classify reads at most the first 400 words of a message. Its time is linear in
// their length, well under a millisecond for an ordinary message.
func (m *Model) Classify(message string) Result {
	message = head(message)
	toks := readable(message)
	if len(toks) == 0 {
		return Result{}
	}
	occ := occurrences(toks)
	feats := counted(occ)
	m.vocab.weigh(feats)
	scores := m.scores(feats)
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case scores[a] > scores[b]:
			return -1
		case scores[a] < scores[b]:
			return 1
		}
		return 0
	})
	best, second := order[0], order[1]
	z := 0.0
	for _, s := range scores {
		z += math.Exp(m.sharpness * (s - scores[best]))
	}
	r := Result{Prior: float64(m.bias[best] - m.bias[second]), Margin: scores[best] - scores[second]}
	for _, k := range order {
		r.Top = append(r.Top, Candidate{m.labels[k], math.Exp(m.sharpness*(scores[k]-scores[best])) / z})
	}
	r.Reasons = m.reasons(toks, occ, feats, best, second)
	return r
}

// maxRead bounds the bytes of a message that are looked at.
const maxRead = 16 << 10

func head(s string) string {
	if len(s) > maxRead {
		return s[:maxRead]
	}
	return s
}

func (m *Model) scores(feats []feature) []float64 {
	k := len(m.labels)
	sums := make([]float32, k)
	for _, f := range feats {
		if f.id < 0 {
			continue
		}
		w := m.weights[int(f.id)*k : int(f.id)*k+k]
		for j, x := range w {
			sums[j] += f.value * float32(x)
		}
	}
	out := make([]float64, k)
	for j, s := range sums {
		out[j] = float64(s)*float64(m.scale[j]) + float64(m.bias[j])
	}
	return out
}

// reasons shares the weight of every feature equally among the places it was read
// from, and that of a word pair between its two words: what the words say adds up to
// the margin exactly.
func (m *Model) reasons(toks []Token, occ []occurrence, feats []feature, best, second int) []Reason {
	k := len(m.labels)
	times := make([]int32, len(feats))
	at := make([]int, len(occ))
	for i, o := range occ {
		n, _ := slices.BinarySearchFunc(feats, o, func(f feature, o occurrence) int {
			if f.block != o.block {
				return int(f.block) - int(o.block)
			}
			return int(f.bucket) - int(o.bucket)
		})
		at[i] = n
		times[n]++
	}
	out := make([]Reason, len(toks))
	for i, t := range toks {
		out[i] = Reason{Word: t.Text, Start: t.Start, End: t.End}
	}
	for i, o := range occ {
		f := feats[at[i]]
		if f.id < 0 {
			continue
		}
		row := int(f.id) * k
		w := float64(m.scale[best])*float64(m.weights[row+best]) - float64(m.scale[second])*float64(m.weights[row+second])
		share := w * float64(f.value) / float64(times[at[i]])
		if o.pair {
			out[o.word].Weight += share / 2
			out[o.word+1].Weight += share / 2
		} else {
			out[o.word].Weight += share
		}
	}
	slices.SortStableFunc(out, func(a, b Reason) int {
		switch x, y := math.Abs(a.Weight), math.Abs(b.Weight); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	return out
}
