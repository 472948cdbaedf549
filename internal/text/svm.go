package text

import "math"

// sparse is one training message: rows of the model and their values.
type sparse struct {
	id    []int32
	value []float32
	norm  float64 // squared length, with the bias
}

const (
	svmEpochs = 40
	svmStop   = 0.05 // spread of projected gradients at which a class is learned
)

// learn fits one class against the rest: an L2-regularised, L2-loss linear SVM by
// dual coordinate descent with shrinking (Hsieh et al., ICML 2008). cost is the
// penalty of an error on a positive and on a negative example. The last weight is
// the bias. The result depends on nothing but the input.
func learn(docs []sparse, positive []bool, rows int, costPos, costNeg float64) []float32 {
	w := make([]float32, rows+1)
	alpha := make([]float64, len(docs))
	active := make([]int, len(docs))
	for i := range active {
		active[i] = i
	}
	seed := uint64(88172645463325252)
	next := func(n int) int { // xorshift: the order must be the same on every machine
		seed ^= seed << 13
		seed ^= seed >> 7
		seed ^= seed << 17
		return int(seed % uint64(n))
	}
	size := len(docs)
	bound := math.Inf(1) // of the projected gradient, above which a resting example is set aside
	for range svmEpochs {
		high, low := math.Inf(-1), math.Inf(1)
		for i := range size {
			j := i + next(size-i)
			active[i], active[j] = active[j], active[i]
		}
		for s := 0; s < size; s++ {
			i := active[s]
			d := &docs[i]
			y, c := -1.0, costNeg
			if positive[i] {
				y, c = 1, costPos
			}
			slack := 1 / (2 * c)
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
			alpha[i] = max(before-g/(d.norm+slack), 0)
			step := float32((alpha[i] - before) * y)
			for k, id := range d.id {
				w[id] += step * d.value[k]
			}
			w[rows] += step
		}
		if high-low <= svmStop {
			if size == len(docs) {
				break
			}
			size, bound = len(docs), math.Inf(1)
			continue
		}
		if bound = high; high <= 0 {
			bound = math.Inf(1)
		}
	}
	return w
}

func dot(w []float32, d *sparse) float64 {
	sum := float64(w[len(w)-1])
	for k, id := range d.id {
		sum += float64(w[id] * d.value[k])
	}
	return sum
}
