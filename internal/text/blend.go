package text

import (
	"errors"
	"math"
	"slices"
)

// Blend is a linear model with a second opinion: a small neural net over word vectors
// learned from the same and from unlabelled messages. The two are mixed half and half
// where the second proves worth its cost on held-out messages; else the linear model
// decides alone.
type Blend struct {
	linear     *Model
	net        *net    // nil when it did not help
	unit       float64 // factor that brings linear scores to log-odds
	confidence confidence
	ablation   Ablation
}

// Ablation is the held-out accuracy, 0..1, of both parts and of the mix.
type Ablation struct {
	Messages              int
	Linear, Neural, Mixed float64
}

const (
	// blendShare is the part of the net in the mix. It is set, not tuned, so that the
	// held-out messages can say whether the mix helps.
	blendShare = 0.5
	// Worthwhile is the gain in accuracy, 0..1, that a second opinion should bring.
	Worthwhile = 0.01
)

// TrainBlend trains a linear model as Train does and a net beside it, which takes
// about a minute for ten thousand messages. The net is used if it gains at least gain,
// usually Worthwhile, in accuracy on the held-out messages. unlabelled are further
// messages to learn the meaning of words from.
func TrainBlend(examples []Example, unlabelled []string, opt Options, gain float64) (*Blend, error) {
	m, err := Train(examples, opt)
	if err != nil {
		return nil, err
	}
	if err := opt.fill(); err != nil {
		return nil, err
	}
	c := newCorpus(examples)
	in, out := c.split(opt)
	if len(in) == 0 || len(out) == 0 {
		return nil, errors.New("text: too few examples to hold any out")
	}
	texts := make([][]string, len(examples), len(examples)+len(unlabelled))
	read := func(s string) []string {
		f := fold(head(s))
		return netWordsOf(readable(&f, nil))
	}
	for i, e := range examples {
		texts[i] = read(e.Text)
	}
	for _, s := range unlabelled {
		texts = append(texts, read(s))
	}
	b := &Blend{linear: m, unit: m.confidence.Sharpness}
	// The net of the messages in is kept, rather than one of all learned anew: what was
	// measured is then what is used.
	second := learnNet(pickTexts(texts, in, len(examples)), pickLabels(c.label, in), len(c.labels))
	linear := c.judge(in, out, opt)
	neural := second.judge(texts, linear.rows)
	mixed := heldOut{truth: linear.truth}
	for i, s := range linear.scores {
		mixed.scores = append(mixed.scores, b.mix(s, neural[i]))
	}
	b.ablation = Ablation{len(linear.truth), linear.accuracy(), heldOut{scores: neural, truth: linear.truth}.accuracy(), mixed.accuracy()}
	if b.confidence = m.confidence; b.ablation.Mixed-b.ablation.Linear >= gain {
		b.net = second
		s := second.newPass()
		second.forward(nil, s)
		second.logits(s, s.hidden)
		b.confidence = measure(mixed, b.mix(m.weights.scores(new(coded), nil), s.logit), opt.Coverage)
	}
	return b, nil
}

// Ablation tells what each part was worth on the held-out messages of training.
func (b *Blend) Ablation() Ablation { return b.ablation }

// Neural reports whether the second opinion is used.
func (b *Blend) Neural() bool { return b.net != nil }

// Classify is that of a Model. The reasons, Prior and Margin are those of the linear
// part, between the best two labels of the mix.
func (b *Blend) Classify(message string) Result {
	if b.net == nil {
		return b.linear.Classify(message)
	}
	m := b.linear
	w := m.work()
	defer m.scratch.Put(w)
	w.reading.read(message, &w.counter)
	if len(w.reading.toks) == 0 {
		return Result{}
	}
	s := b.net.newPass()
	b.net.forward(netWordsOf(w.reading.toks), s)
	b.net.logits(s, s.hidden)
	return m.classify(&w.reading, w, &b.confidence, func(scores []float64) []float64 { return b.mix(scores, s.logit) }, true)
}

func (b *Blend) mix(linear, neural []float64) []float64 {
	out := make([]float64, len(linear))
	for k := range out {
		out[k] = (1-blendShare)*b.unit*linear[k] + blendShare*neural[k]
	}
	return out
}

// split holds out the newest examples, or the first fold.
func (c *corpus) split(opt Options) (in, out []int) {
	if opt.Newest > 0 {
		all := c.all()
		cut := len(all) - int(opt.Newest*float64(len(all)))
		return all[:cut], all[cut:]
	}
	for i, f := range c.folds(opt.Folds) {
		if f == 0 {
			out = append(out, i)
		} else {
			in = append(in, i)
		}
	}
	return in, out
}

// pickTexts returns the labelled texts with the given indices and all unlabelled ones.
func pickTexts(texts [][]string, in []int, labelled int) [][]string {
	var out [][]string
	for _, i := range in {
		out = append(out, texts[i])
	}
	return append(out, texts[labelled:]...)
}

func pickLabels(label, in []int) []int {
	out := make([]int, len(in))
	for n, i := range in {
		out[n] = label[i]
	}
	return out
}

func (n *net) judge(texts [][]string, rows []int) [][]float64 {
	out := make([][]float64, len(rows))
	parallel(len(rows), func(i int) {
		s := n.newPass()
		n.forward(texts[rows[i]], s)
		n.logits(s, s.hidden)
		out[i] = s.logit
	})
	return out
}

func (h heldOut) accuracy() float64 {
	right := 0
	for i, s := range h.scores {
		if s[h.truth[i]] == slices.Max(s) {
			right++
		}
	}
	return float64(right) / math.Max(1, float64(len(h.truth)))
}
