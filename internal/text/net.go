package text

import (
	"math"
	"slices"
)

const (
	netWidths  = 3  // convolutions over 1, 2 and 3 words
	netFilters = 64 // of each width
	netWords   = 64 // of a message; also bounds the time of reading one
	netPooled  = netWidths * netFilters
	netHidden  = netPooled + wordSize // pooled filters and the mean of the words
	meanScale  = 4                    // brings the mean of the words to the size of the filters
)

// net is a small convolutional reader of word vectors (Kim, EMNLP 2014), with the mean
// of the words beside the pooled filters. It sees word order, which the linear model
// does not, and gives words unlike any labelled one a meaning.
type net struct {
	labels  int
	vec     *vectors
	tuned   []float32            // known words x wordSize: their vectors, adapted to the task
	filters [netWidths][]float32 // netFilters x width*wordSize
	bias    [netWidths][]float32
	out     []float32 // labels x (netHidden+1), the last being the bias
}

// pass is one message on its way through a net.
type pass struct {
	words  int
	x      []float32 // words x wordSize
	id     []int32   // known word or -1
	hidden []float32
	at     []int32 // where each filter found most; -1 where it found nothing
	logit  []float64
	rows   []int32
}

func (n *net) newPass() *pass {
	return &pass{
		x: make([]float32, netWords*wordSize), hidden: make([]float32, netHidden),
		at: make([]int32, netPooled), logit: make([]float64, n.labels),
	}
}

// netWordsOf is a message as a net reads it; numbers are alike.
func netWordsOf(toks []Token) []string {
	toks = toks[:min(len(toks), netWords)]
	out := make([]string, len(toks))
	for i, t := range toks {
		b := []byte(t.Text)
		for k, c := range b {
			if isDigit(rune(c)) {
				b[k] = '0'
			}
		}
		out[i] = string(b)
	}
	return out
}

func (n *net) forward(words []string, s *pass) {
	words = words[:min(len(words), netWords)]
	s.words = max(len(words), netWidths)
	clear(s.x[:s.words*wordSize])
	clear(s.hidden)
	s.id = s.id[:0]
	mean := s.hidden[netPooled:]
	for i, w := range words {
		x := s.x[i*wordSize : (i+1)*wordSize]
		id, ok := n.vec.word[w]
		if ok {
			copy(x, n.tuned[int(id)*wordSize:])
		} else {
			id = -1
			s.rows = n.vec.rows(w, s.rows[:0])
			n.vec.mean(s.rows, x)
		}
		s.id = append(s.id, id)
		for j, v := range x {
			mean[j] += float32(v * meanScale / float32(len(words)))
		}
	}
	for w := range netWidths {
		size := (w + 1) * wordSize
		for f := range netFilters {
			filter := n.filters[w][f*size : (f+1)*size]
			best, at := float32(0), int32(-1)
			for t := 0; t+w < s.words; t++ {
				if y := inner(filter, s.x[t*wordSize:t*wordSize+size]) + n.bias[w][f]; y > best {
					best, at = y, int32(t)
				}
			}
			s.hidden[w*netFilters+f], s.at[w*netFilters+f] = best, at
		}
	}
}

// logits weighs what was found; hidden is that of the pass or a thinned copy of it.
func (n *net) logits(s *pass, hidden []float32) {
	for k := range s.logit {
		o := n.out[k*(netHidden+1) : (k+1)*(netHidden+1)]
		s.logit[k] = float64(inner(hidden, o[:netHidden]) + o[netHidden])
	}
}

const (
	netEpochs = 5
	netBatch  = 16
	netRate   = 0.02
	netDrop   = 0.4 // share of the findings that each message is taught without
	netSpread = 0.25
)

// netTeacher adapts a net by Adagrad: every number has its own falling rate.
type netTeacher struct {
	*net
	tunedSum, outSum   []float32 // squared gradients so far
	filterSum, biasSum [netWidths][]float32
	kept, owed, dx     []float32
	random             order
	weight             []float32 // by label
}

// learnNet learns vectors from all texts and the net from the labelled ones, which are
// the first.
func learnNet(texts [][]string, label []int, labels int) *net {
	n := &net{labels: labels, vec: learnVectors(texts)}
	t := &netTeacher{
		net: n, kept: make([]float32, netHidden), owed: make([]float32, netHidden),
		dx: make([]float32, netWords*wordSize), random: orderSeed + 1, weight: make([]float32, labels),
	}
	t.start()
	for _, k := range label {
		t.weight[k]++
	}
	for k, c := range t.weight { // milder than the linear model's, which needs no rate
		t.weight[k] = float32(math.Pow(float64(len(label))/(float64(labels)*float64(max(c, 1))), 0.25))
	}
	index := make([]int, len(label))
	for i := range index {
		index[i] = i
	}
	passes := make([]*pass, netBatch)
	for b := range passes {
		passes[b] = n.newPass()
	}
	for range netEpochs {
		for i := range index {
			j := i + t.random.next(len(index)-i)
			index[i], index[j] = index[j], index[i]
		}
		// A batch is read in parallel and then learned from one by one, so that the number
		// of cores changes nothing.
		for batch := range slices.Chunk(index, netBatch) {
			parallel(len(batch), func(b int) { n.forward(texts[batch[b]], passes[b]) })
			for b, i := range batch {
				t.learn(passes[b], label[i])
			}
		}
	}
	return n
}

// start fills a net with vectors of an even size and random filters.
func (t *netTeacher) start() {
	n := t.net
	n.tuned = make([]float32, len(n.vec.word)*wordSize)
	sum := 0.0
	for w, id := range n.vec.word {
		n.vec.mean(n.vec.rows(w, nil), n.tuned[int(id)*wordSize:int(id+1)*wordSize])
	}
	for _, x := range n.tuned {
		sum += float64(x) * float64(x)
	}
	scale := float32(netSpread / math.Sqrt(max(sum, 1e-9)/float64(max(len(n.tuned), 1))))
	for i := range n.tuned {
		n.tuned[i] *= scale
	}
	for i := range n.vec.in {
		n.vec.in[i] *= scale
	}
	for w := range netWidths {
		size := (w + 1) * wordSize
		n.filters[w] = make([]float32, netFilters*size)
		for i := range n.filters[w] {
			n.filters[w][i] = float32((2*t.random.share() - 1) * math.Sqrt(3/float64(size)))
		}
		n.bias[w] = make([]float32, netFilters)
		t.filterSum[w], t.biasSum[w] = make([]float32, netFilters*size), make([]float32, netFilters)
	}
	n.out = make([]float32, n.labels*(netHidden+1))
	t.tunedSum, t.outSum = make([]float32, len(n.tuned)), make([]float32, len(n.out))
}

func adagrad(w, sum []float32, i int, d float32) {
	sum[i] += float32(d * d)
	w[i] -= netRate * d / float32(math.Sqrt(float64(sum[i])+1e-6))
}

// learn corrects the net by one message that has just been read.
func (t *netTeacher) learn(s *pass, truth int) {
	for j, h := range s.hidden {
		t.kept[j] = 0
		if t.random.share() >= netDrop {
			t.kept[j] = h / (1 - netDrop)
		}
	}
	t.logits(s, t.kept)
	clear(t.owed)
	for k, p := range softmax(s.logit) {
		d := float32(p)
		if k == truth {
			d--
		}
		d *= t.weight[truth]
		at := k * (netHidden + 1)
		for j, h := range t.kept {
			if h != 0 {
				t.owed[j] += float32(d*t.out[at+j]) / (1 - netDrop)
				adagrad(t.out, t.outSum, at+j, d*h)
			}
		}
		adagrad(t.out, t.outSum, at+netHidden, d)
	}
	t.learnFilters(s)
	t.learnWords(s)
}

func (t *netTeacher) learnFilters(s *pass) {
	clear(t.dx[:s.words*wordSize])
	for w := range netWidths {
		size := (w + 1) * wordSize
		for f := range netFilters {
			j := w*netFilters + f
			if s.at[j] < 0 || t.kept[j] == 0 {
				continue
			}
			g, at := t.owed[j], int(s.at[j])*wordSize
			filter, sum := t.filters[w][f*size:(f+1)*size], t.filterSum[w][f*size:(f+1)*size]
			x, dx := s.x[at:at+size], t.dx[at:at+size]
			for i := range filter {
				dx[i] += float32(g * filter[i])
				adagrad(filter, sum, i, g*x[i])
			}
			adagrad(t.bias[w], t.biasSum[w], f, g)
		}
	}
}

func (t *netTeacher) learnWords(s *pass) {
	for i, id := range s.id {
		if id < 0 {
			continue
		}
		from, to := int(id)*wordSize, int(id+1)*wordSize
		row, sum := t.tuned[from:to], t.tunedSum[from:to]
		for j, d := range t.dx[i*wordSize : (i+1)*wordSize] {
			adagrad(row, sum, j, d+float32(meanScale/float32(len(s.id))*t.owed[netPooled+j]))
		}
	}
}

func softmax(logit []float64) []float64 {
	top, z := slices.Max(logit), 0.0
	p := make([]float64, len(logit))
	for k, x := range logit {
		p[k] = math.Exp(x - top)
		z += p[k]
	}
	for k := range p {
		p[k] /= z
	}
	return p
}
