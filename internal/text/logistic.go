package text

import "math"

const logisticEpochs = 30

// learnLogistic fits one class against the rest by L2-regularised logistic regression
// in the dual (Yu, Huang and Lin, Machine Learning 2011). It is slower than learnSVM
// and better where there are only some hundred messages.
func learnLogistic(docs *dataset, positive []bool, rows int, cost []float64) []float32 {
	w := make([]float32, rows+1)
	n := len(positive)
	alpha := make([]float64, n)
	sign := func(i int) float64 {
		if positive[i] {
			return 1
		}
		return -1
	}
	for i := range alpha {
		alpha[i] = min(1e-3*cost[i], 1e-8)
		step(w, docs.doc(i), float32(alpha[i]*sign(i)))
	}
	index := make([]int, n)
	for i := range index {
		index[i] = i
	}
	random := orderSeed
	for range logisticEpochs {
		moved := 0.0
		for i := range n {
			j := i + random.next(n-i)
			index[i], index[j] = index[j], index[i]
		}
		for _, i := range index {
			y := sign(i)
			d := docs.doc(i)
			now := logisticStep(alpha[i], y*dot(w, d), docs.norm[i], cost[i])
			if change := now - alpha[i]; change != 0 {
				step(w, d, float32(change*y))
				moved = max(moved, math.Abs(change))
				alpha[i] = now
			}
		}
		if moved < 1e-3 {
			break
		}
	}
	return w
}

// logisticStep minimises a log a + (c-a) log(c-a) + q/2 (a-old)^2 + g (a-old) over
// 0 < a < c by Newton's method, kept inside by halving the way to the border.
func logisticStep(old, g, q, c float64) float64 {
	a := old
	for range 20 {
		slope := g + q*(a-old) + math.Log(a/(c-a))
		curve := q + c/(a*(c-a))
		next := a - slope/curve
		if next <= 0 {
			next = a / 10
		} else if next >= c {
			next = c - (c-a)/10
		}
		if math.Abs(next-a) < 1e-9*c {
			return next
		}
		a = next
	}
	return a
}
