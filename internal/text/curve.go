package text

import (
	"math"
	"slices"
)

// Judged is one answer whose truth is known.
type Judged struct {
	P     float64 // confidence in the answer, 0..1
	Right bool
}

// Point says what happens when answers from a confidence on are acted on without a
// person: which share of all messages that is, and which share of these is wrong.
type Point struct {
	Threshold float64
	Automatic float64 // 0..1 of all
	Wrong     float64 // 0..1 of the automatic ones
}

// Curve is the coverage-accuracy curve, by rising threshold in steps of 0.01.
type Curve []Point

const curveSteps = 100

// NewCurve measures the curve; it is nil without answers.
func NewCurve(answers []Judged) Curve {
	if len(answers) == 0 {
		return nil
	}
	c := make(Curve, curveSteps+1)
	for s := range c {
		t := float64(s) / curveSteps
		taken, wrong := 0, 0
		for _, a := range answers {
			if a.P >= t {
				taken++
				if !a.Right {
					wrong++
				}
			}
		}
		c[s] = Point{Threshold: t, Automatic: float64(taken) / float64(len(answers))}
		if taken > 0 {
			c[s].Wrong = float64(wrong) / float64(taken)
		}
	}
	return c
}

// At returns the point of the largest step that is no higher than threshold.
func (c Curve) At(threshold float64) Point {
	if len(c) == 0 {
		return Point{Threshold: threshold}
	}
	return c[min(max(int(threshold*curveSteps+1e-9), 0), len(c)-1)]
}

// Safe returns the point with the most automatic answers of which at most the given
// share is wrong at it and at every higher threshold, so that a lucky dip in the curve
// is not taken. ok is false when no threshold is safe.
func (c Curve) Safe(wrong float64) (p Point, ok bool) {
	for _, p := range slices.Backward(c) {
		if p.Wrong > wrong {
			break
		}
		if p.Automatic > 0 {
			return c.safest(p, wrong), true
		}
	}
	return Point{}, false
}

// safest walks down from p while the answers stay right enough.
func (c Curve) safest(p Point, wrong float64) Point {
	for i := int(math.Round(p.Threshold*curveSteps)) - 1; i >= 0 && c[i].Wrong <= wrong; i-- {
		p = c[i]
	}
	return p
}

// CalibrationError is the expected calibration error in 0..1: the mean distance
// between confidence and accuracy over equally wide bins, weighed by their answers
// (Guo et al., ICML 2017).
func CalibrationError(answers []Judged, bins int) float64 {
	if len(answers) == 0 || bins < 1 {
		return 0
	}
	confidence, right := make([]float64, bins), make([]float64, bins)
	for _, a := range answers {
		b := min(int(a.P*float64(bins)), bins-1)
		confidence[b] += a.P
		if a.Right {
			right[b]++
		}
	}
	sum := 0.0
	for b := range bins {
		sum += math.Abs(confidence[b] - right[b])
	}
	return sum / float64(len(answers))
}
