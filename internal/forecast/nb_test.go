package forecast

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestQuantileAgainstASlowSum adds probabilities one by one until p is reached.
func TestQuantileAgainstASlowSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mu := math.Exp(rapid.Float64Range(-5, 6.6).Draw(t, "log mu"))
		r := math.Exp(rapid.Float64Range(-1.5, 17).Draw(t, "log size"))
		p := rapid.Float64Range(.001, .999).Draw(t, "p")
		off := 1e-6
		if uncountable(mu, r) {
			off = 3e-3 // an amount's distribution takes its place
		}
		sum, want := 0.0, 0.0
		for k := 0.0; ; k++ {
			sum += math.Exp(nbLogPMF(k, mu, r))
			if c := nbCDF(k, mu, r); math.Abs(c-sum) > off {
				t.Fatalf("nbCDF(%g, %g, %g) = %.10f, the sum is %.10f", k, mu, r, c, sum)
			}
			if sum >= p || k > 200000 {
				want = k
				break
			}
		}
		got := nbQuantile(p, mu, r)
		if got != want && math.Abs(sum-p) > off && math.Abs(nbCDF(got, mu, r)-p) > off {
			t.Fatalf("nbQuantile(%g, %g, %g) = %g, the sum says %g", p, mu, r, got, want)
		}
	})
}
