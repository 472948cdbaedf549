package text

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
)

// Example is one labelled message. Group names what should be held out together when
// the model's confidence is measured (a voice, a template, a month); "" is a group
// of its own.
type Example struct {
	Text, Label, Group string
}

// Options of training. The zero value is the default.
type Options struct {
	Cost  float64 // penalty of an error; default 1
	Floor int     // messages a feature must occur in; default 2
	Folds int     // for calibration; default 4
}

const (
	maxExamples = 200_000
	maxLabels   = 500
)

// Train learns a model: tf-idf of hashed word 1-2-grams and character 2-5-grams,
// one L2 SVM per label with square-root class weights, and a softmax whose
// temperature is fitted to scores of messages held out by group. Equal examples and
// options give equal models, whatever the machine's number of cores.
func Train(examples []Example, opt Options) (*Model, error) {
	if opt.Cost == 0 {
		opt.Cost = 1
	}
	if opt.Floor == 0 {
		opt.Floor = 2
	}
	if opt.Folds == 0 {
		opt.Folds = 4
	}
	if opt.Cost < 0 || opt.Floor < 1 || opt.Folds < 2 {
		return nil, errors.New("text: cost must be positive, the floor at least 1 and the folds at least 2")
	}
	if len(examples) > maxExamples {
		return nil, fmt.Errorf("text: %d examples, at most %d", len(examples), maxExamples)
	}
	c := newCorpus(examples)
	if len(c.labels) < 2 || len(c.labels) > maxLabels {
		return nil, fmt.Errorf("text: %d labels, need 2 to %d", len(c.labels), maxLabels)
	}
	all := make([]int, len(c.label))
	for i := range all {
		all[i] = i
	}
	m := newModel(c.labels, c.fit(all, opt))
	m.settings = fmt.Sprintf("svm word1-2 char2-5 cost=%g floor=%d folds=%d examples=%d", opt.Cost, opt.Floor, opt.Folds, len(all))
	m.sharpness = c.calibrate(opt)
	m.seal()
	return m, nil
}

// corpus is the examples as counts, read once.
type corpus struct {
	labels []string
	label  []int
	group  []string
	docs   [][]feature
}

func newCorpus(examples []Example) *corpus {
	c := &corpus{}
	for _, e := range examples {
		c.labels = append(c.labels, e.Label)
	}
	slices.Sort(c.labels)
	c.labels = slices.Compact(c.labels)
	c.docs = make([][]feature, len(examples))
	parallel(len(examples), func(i int) { c.docs[i] = counted(occurrences(readable(examples[i].Text))) })
	for i, e := range examples {
		n, _ := slices.BinarySearch(c.labels, e.Label)
		c.label = append(c.label, n)
		if e.Group == "" {
			e.Group = fmt.Sprintf("#%d", i)
		}
		c.group = append(c.group, e.Group)
	}
	return c
}

// linear is what fit learns: the vocabulary and one weight vector per label, the
// last weight of each being the bias.
type linear struct {
	vocab   *vocabulary
	weights [][]float32
}

func (c *corpus) fit(rows []int, opt Options) linear {
	docs := make([][]feature, len(rows))
	for i, r := range rows {
		docs[i] = c.docs[r]
	}
	l := linear{vocab: newVocabulary(docs, opt.Floor), weights: make([][]float32, len(c.labels))}
	data := make([]sparse, len(rows))
	count := make([]int, len(c.labels))
	for i, r := range rows {
		data[i] = l.vocab.sparse(docs[i])
		count[c.label[r]]++
	}
	parallel(len(c.labels), func(k int) {
		if count[k] == 0 {
			return
		}
		positive := make([]bool, len(rows))
		for i, r := range rows {
			positive[i] = c.label[r] == k
		}
		// Square-root class weights: a rare label's errors cost more, but not so much
		// that one odd example rules.
		rare := math.Sqrt(float64(len(rows)) / float64(len(c.labels)*count[k]))
		l.weights[k] = learn(data, positive, len(l.vocab.idf), opt.Cost*rare, opt.Cost)
	})
	return l
}

func (v *vocabulary) sparse(counts []feature) sparse {
	feats := slices.Clone(counts)
	v.weigh(feats)
	s := sparse{norm: 1}
	for _, f := range feats {
		if f.id >= 0 {
			s.id = append(s.id, f.id)
			s.value = append(s.value, f.value)
			s.norm += float64(f.value) * float64(f.value)
		}
	}
	return s
}

// calibrate returns the factor on the scores that makes the softmax of held-out
// messages most likely.
func (c *corpus) calibrate(opt Options) float64 {
	fold := c.folds(opt.Folds)
	var scores [][]float64
	var truth []int
	for f := range opt.Folds {
		var in, out []int
		for i := range c.label {
			if fold[i] == f {
				out = append(out, i)
			} else {
				in = append(in, i)
			}
		}
		if len(in) == 0 || len(out) == 0 {
			continue
		}
		l := c.fit(in, opt)
		for _, i := range out {
			if l.weights[c.label[i]] == nil {
				continue // the label lives in this fold alone: nothing can be learned from a miss
			}
			scores = append(scores, l.scores(c.docs[i]))
			truth = append(truth, c.label[i])
		}
	}
	return sharpest(scores, truth)
}

func (l linear) scores(counts []feature) []float64 {
	d := l.vocab.sparse(counts)
	out := make([]float64, len(l.weights))
	for k, w := range l.weights {
		if out[k] = -1; w != nil {
			out[k] = dot(w, &d)
		}
	}
	return out
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

// defaultSharpness serves where nothing could be held out.
const defaultSharpness = 4

// sharpest finds the factor in [0.25, 64] with the least negative log-likelihood by
// golden section over its logarithm; the loss is convex in the factor.
func sharpest(scores [][]float64, truth []int) float64 {
	if len(scores) == 0 {
		return defaultSharpness
	}
	loss := func(logB float64) float64 {
		b, sum := math.Exp(logB), 0.0
		for i, s := range scores {
			top := slices.Max(s)
			z := 0.0
			for _, x := range s {
				z += math.Exp(b * (x - top))
			}
			sum += math.Log(z) - b*(s[truth[i]]-top)
		}
		return sum
	}
	const ratio = 0.6180339887498949
	lo, hi := math.Log(0.25), math.Log(64)
	a, b := hi-ratio*(hi-lo), lo+ratio*(hi-lo)
	fa, fb := loss(a), loss(b)
	for range 30 {
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
	return math.Exp((lo + hi) / 2)
}

// parallel runs work(0..n-1) on all cores; the items must not depend on each other.
func parallel(n int, work func(i int)) {
	workers := min(n, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n; i += workers {
				work(i)
			}
		})
	}
	wg.Wait()
}
