package text

import "math"

// dataset is training messages as weighed terms, one after another in one array so
// that learning walks through memory in order.
type dataset struct {
	start []int // of each message's terms, and the end
	terms []term
	norm  []float64 // squared length of each message, with the bias
}

func (d *dataset) doc(i int) []term { return d.terms[d.start[i]:d.start[i+1]] }

const (
	svmEpochs = 40
	svmStop   = 0.3 // spread of projected gradients at which a class is learned
)

// order deals out random indices by xorshift: the same on every machine.
type order uint64

func (o *order) next(n int) int {
	x := uint64(*o)
	x ^= x << 13
	x ^= x >> 7
	x ^= x << 17
	*o = order(x)
	return int(x % uint64(n))
}

const orderSeed order = 88172645463325252

// learnSVM fits one class against the rest: an L2-regularised, L2-loss linear SVM by
// dual coordinate descent with shrinking (Hsieh et al., ICML 2008). cost is the penalty
// of an error on each message. The last weight is the bias. The result depends on
// nothing but the input.
func learnSVM(docs *dataset, positive []bool, rows int, cost []float64) []float32 {
	w := make([]float32, rows+1)
	n := len(positive)
	alpha := make([]float64, n)
	active := make([]int, n)
	for i := range active {
		active[i] = i
	}
	random := orderSeed
	size := n
	bound := math.Inf(1) // of the projected gradient, above which a resting example is set aside
	for range svmEpochs {
		high, low := math.Inf(-1), math.Inf(1)
		for i := range size {
			j := i + random.next(size-i)
			active[i], active[j] = active[j], active[i]
		}
		for s := 0; s < size; s++ {
			i := active[s]
			d := docs.doc(i)
			y := -1.0
			if positive[i] {
				y = 1
			}
			slack := 1 / (2 * cost[i])
			g := y*dot(w, d) - 1 + alpha[i]*slack
			if alpha[i] == 0 && g > bound {
				size--
				active[s], active[size] = active[size], active[s]
				s--
				continue
			}
			pg := g
			if alpha[i] == 0 {
				pg = min(g, 0)
			}
			high, low = max(high, pg), min(low, pg)
			if math.Abs(pg) < 1e-12 {
				continue
			}
			before := alpha[i]
			alpha[i] = max(before-g/(docs.norm[i]+slack), 0)
			step(w, d, float32((alpha[i]-before)*y))
		}
		if high-low <= svmStop {
			if size == n {
				break
			}
			size, bound = n, math.Inf(1)
			continue
		}
		if bound = high; high <= 0 {
			bound = math.Inf(1)
		}
	}
	return w
}

func step(w []float32, d []term, by float32) {
	for _, t := range d {
		w[t.row] += float32(by * t.value)
	}
	w[len(w)-1] += by
}

// dot keeps four sums, because one addition must wait for the one before it.
func dot(w []float32, d []term) float64 {
	var a, b, c, e float32
	for ; len(d) >= 4; d = d[4:] {
		a += float32(w[d[0].row] * d[0].value)
		b += float32(w[d[1].row] * d[1].value)
		c += float32(w[d[2].row] * d[2].value)
		e += float32(w[d[3].row] * d[3].value)
	}
	for _, t := range d {
		a += float32(w[t.row] * t.value)
	}
	return float64((a + b) + (c + e) + w[len(w)-1])
}
