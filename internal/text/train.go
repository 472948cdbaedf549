package text

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Example is one labelled message. Group names what should be held out together when
// the model's confidence is measured (a voice, a template, a month); "" is a group
// of its own. Weight says how much the example counts, 0 standing for 1: a rumour or
// an old message may count less than what an officer confirmed yesterday.
type Example struct {
	Text, Label, Group string
	Weight             float64
}

const (
	halfLife  = 365 * 24 * time.Hour
	leastLeft = 0.25 // of the oldest: what an office once did is still the best guess for rare matters
)

// Recent is the weight of an example by its age. Offices, and who answers for what, change:
// after a year an example counts half.
func Recent(age time.Duration) float64 {
	return max(leastLeft, math.Exp2(-max(age, 0).Hours()/halfLife.Hours()))
}

// Loss is what a model minimises.
type Loss uint8

const (
	Hinge    Loss = iota // a support vector machine: best from a thousand messages on
	Logistic             // better with fewer
)

// Options of training. The zero value is the default.
type Options struct {
	Loss     Loss
	Cost     float64 // penalty of an error; default 1
	Floor    int     // messages a feature must occur in; default 2
	Folds    int     // for calibration; default 4
	Newest   float64 // share of the examples at the end, held out for calibration in place of folds: for examples in order of time
	Coverage float64 // of the shown set; default 0.95
}

const (
	maxExamples = 200_000
	maxLabels   = 500
)

func (o *Options) fill() error {
	if o.Cost == 0 {
		o.Cost = 1
	}
	if o.Floor == 0 {
		o.Floor = 2
	}
	if o.Folds == 0 {
		o.Folds = 4
	}
	if o.Coverage == 0 {
		o.Coverage = 0.95
	}
	switch {
	case !(o.Cost > 0) || o.Floor < 1 || o.Folds < 2:
		return errors.New("text: cost must be positive, the floor at least 1 and the folds at least 2")
	case !(o.Newest >= 0 && o.Newest <= 0.5) || !(o.Coverage > 0.5 && o.Coverage < 1):
		return errors.New("text: the held-out share must be within 0..0.5 and the coverage within 0.5..1")
	}
	return nil
}

// Train learns a model: tf-idf of hashed word 1-2-grams and character 2-5-grams, one
// linear classifier per label with square-root class weights, and a softmax whose
// temperature and shown sets are fitted to messages held out. Equal examples and
// options give equal models, whatever the machine's number of cores.
func Train(examples []Example, opt Options) (*Model, error) {
	if err := opt.fill(); err != nil {
		return nil, err
	}
	if len(examples) > maxExamples {
		return nil, fmt.Errorf("text: %d examples, at most %d", len(examples), maxExamples)
	}
	for _, e := range examples {
		if !(e.Weight >= 0 && e.Weight <= 1000) {
			return nil, errors.New("text: an example's weight must be within 0..1000")
		}
	}
	c := newCorpus(examples)
	if len(c.labels) < 2 || len(c.labels) > maxLabels {
		return nil, fmt.Errorf("text: %d labels, need 2 to %d", len(c.labels), maxLabels)
	}
	l := c.fit(c.all(), opt)
	m := &Model{
		labels: c.labels, vocab: l.vocab, weights: newMatrix(l.weights, len(l.vocab.idf)),
		settings: fmt.Sprintf("%+v examples=%d", opt, len(examples)),
	}
	m.confidence = measure(c.holdOut(opt), m.weights.scores(new(coded), nil), opt.Coverage)
	m.seal()
	return m, nil
}

// corpus is the examples as counts, read once.
type corpus struct {
	labels []string
	label  []int
	group  []string
	weight []float64
	docs   []*Reading // features only
}

func newCorpus(examples []Example) *corpus {
	c := &corpus{}
	for _, e := range examples {
		c.labels = append(c.labels, e.Label)
	}
	slices.Sort(c.labels)
	c.labels = slices.Compact(c.labels)
	c.docs = make([]*Reading, len(examples))
	works := sync.Pool{New: func() any { return new(work) }}
	parallel(len(examples), func(i int) {
		w := works.Get().(*work)
		w.reading.read(examples[i].Text, &w.counter)
		c.docs[i] = &Reading{feat: slices.Clone(w.reading.feat)}
		works.Put(w)
	})
	for i, e := range examples {
		n, _ := slices.BinarySearch(c.labels, e.Label)
		c.label = append(c.label, n)
		if e.Group == "" {
			e.Group = fmt.Sprintf("#%d", i)
		}
		c.group = append(c.group, e.Group)
		if e.Weight == 0 {
			e.Weight = 1
		}
		c.weight = append(c.weight, e.Weight)
	}
	return c
}

func (c *corpus) all() []int {
	all := make([]int, len(c.label))
	for i := range all {
		all[i] = i
	}
	return all
}

// linear is what fit learns: the vocabulary and one weight vector per label, the
// last weight of each being the bias; nil for a label without examples.
type linear struct {
	vocab   *vocabulary
	weights [][]float32
}

func (c *corpus) fit(rows []int, opt Options) linear {
	docs := make([]*Reading, len(rows))
	for i, r := range rows {
		docs[i] = c.docs[r]
	}
	l := linear{vocab: newVocabulary(docs, opt.Floor), weights: make([][]float32, len(c.labels))}
	data := l.vocab.dataset(docs)
	count := make([]int, len(c.labels))
	for _, r := range rows {
		count[c.label[r]]++
	}
	learn := learnSVM
	if opt.Loss == Logistic {
		learn = learnLogistic
	}
	parallel(len(c.labels), func(k int) {
		if count[k] == 0 {
			return
		}
		// Square-root class weights: a rare label's errors cost more, but not so much
		// that one odd example rules.
		rare := math.Sqrt(float64(len(rows)) / float64(len(c.labels)*count[k]))
		positive := make([]bool, len(rows))
		cost := make([]float64, len(rows))
		for i, r := range rows {
			cost[i] = opt.Cost * c.weight[r]
			if positive[i] = c.label[r] == k; positive[i] {
				cost[i] *= rare
			}
		}
		l.weights[k] = learn(data, positive, len(l.vocab.idf), cost)
	})
	return l
}

func (v *vocabulary) dataset(docs []*Reading) *dataset {
	total := 0
	for _, d := range docs {
		total += len(d.feat)
	}
	s := &dataset{start: make([]int, 1, len(docs)+1), terms: make([]term, 0, total), norm: make([]float64, len(docs))}
	for i, d := range docs {
		from := len(s.terms)
		s.terms, _ = v.weigh(d, s.terms)
		s.terms = append(s.terms[:from], slices.DeleteFunc(s.terms[from:], func(t term) bool { return t.row < 0 })...)
		s.norm[i] = 1
		for _, t := range s.terms[from:] {
			s.norm[i] += float64(t.value) * float64(t.value)
		}
		s.start = append(s.start, len(s.terms))
	}
	return s
}

// holdOut scores messages by models that have not learned from them: the newest ones
// by a model of those before, or each fold by a model of the others.
func (c *corpus) holdOut(opt Options) heldOut {
	if opt.Newest > 0 {
		in, out := c.split(opt)
		return c.judge(in, out, opt)
	}
	var h heldOut
	fold := c.folds(opt.Folds)
	for f := range opt.Folds {
		var in, out []int
		for i := range c.label {
			if fold[i] == f {
				out = append(out, i)
			} else {
				in = append(in, i)
			}
		}
		part := c.judge(in, out, opt)
		h.scores = append(h.scores, part.scores...)
		h.truth = append(h.truth, part.truth...)
		h.rows = append(h.rows, part.rows...)
	}
	return h
}

// judge scores the messages out by a model of the messages in.
func (c *corpus) judge(in, out []int, opt Options) heldOut {
	if len(in) == 0 || len(out) == 0 {
		return heldOut{}
	}
	l := c.fit(in, opt)
	m := newMatrix(l.weights, len(l.vocab.idf))
	var h heldOut
	var terms []term
	var code coded
	for _, i := range out {
		if l.weights[c.label[i]] == nil {
			continue // the label lives among these alone: nothing can be learned from a miss
		}
		terms, _ = l.vocab.weigh(c.docs[i], terms[:0])
		m.code(terms, &code)
		h.scores = append(h.scores, m.scores(&code, nil))
		h.truth = append(h.truth, c.label[i])
		h.rows = append(h.rows, i)
	}
	return h
}

// folds deals whole groups to the folds, the largest first, each to the emptiest.
func (c *corpus) folds(n int) []int {
	size := map[string]int{}
	var names []string
	for _, g := range c.group {
		if size[g] == 0 {
			names = append(names, g)
		}
		size[g]++
	}
	slices.SortStableFunc(names, func(a, b string) int { return size[b] - size[a] })
	filled := make([]int, n)
	of := map[string]int{}
	for _, g := range names {
		best := 0
		for f := range filled {
			if filled[f] < filled[best] {
				best = f
			}
		}
		of[g] = best
		filled[best] += size[g]
	}
	out := make([]int, len(c.group))
	for i, g := range c.group {
		out[i] = of[g]
	}
	return out
}

// parallel runs work(0..n-1) on all cores; the items must not depend on each other.
func parallel(n int, work func(i int)) {
	workers := min(n, runtime.GOMAXPROCS(0))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				work(i)
			}
		})
	}
	wg.Wait()
}
