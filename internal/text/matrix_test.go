package text

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Four weights multiplied at once must give what one at a time gives.
func TestScoresAreSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		labels := rapid.IntRange(1, 20).Draw(t, "labels")
		rows := rapid.IntRange(1, 30).Draw(t, "rows")
		weights := make([][]float32, labels)
		for k := range weights {
			weights[k] = rapid.SliceOfN(rapid.Float32Range(-3, 3), rows+1, rows+1).Draw(t, "weights")
		}
		m := newMatrix(weights, rows)
		var terms []term
		for range rapid.IntRange(0, 60).Draw(t, "terms") {
			terms = append(terms, term{int32(rapid.IntRange(-1, rows-1).Draw(t, "row")), rapid.Float32Range(0, 1).Draw(t, "value")})
		}
		var c coded
		m.code(terms, &c)
		got := m.scores(&c, nil)
		for k := range labels {
			want, exact := float64(m.bias[k]), float64(weights[k][rows])
			for i, row := range c.row {
				want += float64(c.value[i]) * float64(c.step) * float64(m.at(int(row)/m.words, k)) * float64(m.scale[k])
			}
			for _, x := range terms {
				if x.row >= 0 {
					exact += float64(x.value * weights[k][x.row])
				}
			}
			if math.Abs(got[k]-want) > 1e-6*(1+math.Abs(want)) {
				t.Fatalf("label %d: %v, want %v", k, got[k], want)
			}
			if math.Abs(got[k]-exact) > 0.05*(1+float64(len(terms))) {
				t.Fatalf("label %d: %v, before rounding %v", k, got[k], exact)
			}
		}
	})
}
