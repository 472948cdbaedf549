package text

import (
	"cmp"
	"slices"
	"sync"
)

// Model tells which label a message most likely has. It is immutable and safe for
// concurrent use.
type Model struct {
	labels     []string
	vocab      *vocabulary
	weights    matrix
	confidence confidence
	settings   string
	version    string
	packed     []byte
	scratch    sync.Pool // *work
}

// work is what one classification needs besides its result.
type work struct {
	counter counter
	reading Reading
	terms   []term
	coded   coded
	scores  []float64
}

// Candidate is a label and its calibrated probability, 0..1.
type Candidate struct {
	Label string
	P     float64
}

// Result of one classification. The weights of all reasons and Prior sum to Margin.
type Result struct {
	Top      []Candidate // all labels, most likely first; empty when there was nothing to read
	Set      []Candidate // those of Top among which the true label is with probability Coverage
	Coverage float64     // stated at training, 0..1; 0 for a model that could not measure it
	Reasons  []Reason    // in order of their strength
	Prior    float64     // what the best label leads by before a word is read
	Margin   float64     // score of the best label minus that of the second best
}

// Labels returns the labels the model knows, sorted.
func (m *Model) Labels() []string { return slices.Clone(m.labels) }

// Version names the exact model: a hash over weights, labels and settings.
func (m *Model) Version() string { return m.version }

// Curve returns what the held-out messages of training say about every threshold of
// confidence; empty for a model that held none out.
func (m *Model) Curve() Curve { return slices.Clone(m.confidence.Curve) }

// Classify reads at most the first 400 words of a message. Its time is linear in
// their length, well under a millisecond for an ordinary message.
func (m *Model) Classify(message string) Result {
	w := m.work()
	defer m.scratch.Put(w)
	w.reading.read(message, &w.counter)
	return m.classify(&w.reading, w, &m.confidence, nil, true)
}

// ClassifyReading is Classify for a message read before, so that several models share
// the work of reading.
func (m *Model) ClassifyReading(r *Reading) Result {
	w := m.work()
	defer m.scratch.Put(w)
	return m.classify(r, w, &m.confidence, nil, true)
}

// Rank is Classify without reasons.
func (m *Model) Rank(message string) Result {
	w := m.work()
	defer m.scratch.Put(w)
	w.reading.read(message, &w.counter)
	return m.classify(&w.reading, w, &m.confidence, nil, false)
}

func (m *Model) work() *work {
	if w, ok := m.scratch.Get().(*work); ok {
		return w
	}
	return new(work)
}

// classify ranks the labels by their scores, or by what mix makes of them.
func (m *Model) classify(r *Reading, w *work, c *confidence, mix func([]float64) []float64, explain bool) Result {
	if len(r.toks) == 0 {
		return Result{}
	}
	var norm [blocks]float32
	w.terms, norm = m.vocab.weigh(r, w.terms[:0])
	m.weights.code(w.terms, &w.coded)
	w.scores = m.weights.scores(&w.coded, w.scores[:0])
	scores := w.scores
	if mix != nil {
		scores = mix(scores)
	}
	top := c.rank(m.labels, scores)
	out := Result{Top: top.candidates, Set: c.set(top), Coverage: c.Coverage}
	best, second := top.order[0], top.order[1]
	out.Prior = float64(m.weights.bias[best] - m.weights.bias[second])
	out.Margin = w.scores[best] - w.scores[second]
	if explain {
		out.Reasons = m.reasons(r, w, norm, best, second)
	}
	return out
}

// ranked is all labels, most likely first.
type ranked struct {
	order      []int // label of each candidate
	candidates []Candidate
}

// rank turns scores into probabilities.
func (c *confidence) rank(labels []string, scores []float64) ranked {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(scores[b], scores[a]), cmp.Compare(a, b))
	})
	r := ranked{order, make([]Candidate, len(order))}
	p := c.probabilities(scores)
	for i, k := range order {
		r.candidates[i] = Candidate{labels[k], p[k]}
	}
	return r
}

func (c *confidence) probabilities(scores []float64) []float64 {
	sharp := make([]float64, len(scores))
	for k, s := range scores {
		sharp[k] = c.Sharpness * s
	}
	p := softmax(sharp)
	for k := range p {
		p[k] = (1-c.Noise)*p[k] + c.Noise/float64(len(p))
	}
	return p
}
