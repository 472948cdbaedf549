package text

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The true label of fresh messages must be in the set as often as stated, and for no
// label much more seldom.
func TestConformalCoverage(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	draw := func(n int) (p []float64, truth []int) {
		for range n {
			k := random.IntN(3)
			x := random.Float64()
			if k == 2 {
				x *= x * x // a label the model is bad at
			}
			p, truth = append(p, x), append(truth, k)
		}
		return p, truth
	}
	p, truth := draw(6000)
	least, stated := conformal(p, truth, 4, 0.9)
	if stated != 0.9 {
		t.Fatalf("stated %v", stated)
	}
	p, truth = draw(30000)
	var in, all [3]float64
	for i, k := range truth {
		all[k]++
		if p[i] >= least[k] {
			in[k]++
		}
	}
	if c := (in[0] + in[1] + in[2]) / float64(len(p)); c < 0.89 {
		t.Errorf("covered %.3f", c)
	}
	for k := range in {
		if c := in[k] / all[k]; c < 0.9-slack-0.02 {
			t.Errorf("label %d: covered %.3f", k, c)
		}
	}
	if c := in[2] / all[2]; c > 0.9 {
		t.Errorf("the label the model is bad at is covered %.3f: sets are longer than stated", c)
	}
	if least[3] <= 0 {
		t.Errorf("a label without held-out messages has threshold %v", least[3])
	}
	if _, stated := conformal(p[:9], truth[:9], 3, 0.95); stated != 0 {
		t.Errorf("nine messages cannot support a statement, stated %v", stated)
	}
}

func TestSetHoldsTheBest(t *testing.T) {
	m := small(t)
	for _, text := range explained {
		r := m.Classify(text)
		if r.Coverage != 0.95 || len(r.Set) == 0 || r.Set[0] != r.Top[0] || len(r.Set) > len(r.Top) {
			t.Errorf("%q: set %v of %v, coverage %v", text, r.Set, r.Top, r.Coverage)
		}
	}
}

func TestCurve(t *testing.T) {
	c := NewCurve([]Judged{{0.95, true}, {0.9, true}, {0.8, false}, {0.6, true}, {0.3, false}})
	for _, want := range []Point{{0, 1, 0.4}, {0.5, 0.8, 0.25}, {0.85, 0.4, 0}, {1, 0, 0}} {
		got := c.At(want.Threshold)
		if got.Automatic != want.Automatic || math.Abs(got.Wrong-want.Wrong) > 1e-12 || math.Abs(got.Threshold-want.Threshold) > 1e-12 {
			t.Errorf("at %.2f: %+v, want %+v", want.Threshold, got, want)
		}
	}
	if p, ok := c.Safe(0.1); !ok || p.Threshold != 0.81 || p.Automatic != 0.4 {
		t.Errorf("safe at 10 %%: %+v %v", p, ok)
	}
	if p, ok := c.Safe(0.5); !ok || p.Threshold != 0 || p.Automatic != 1 {
		t.Errorf("safe at 50 %%: %+v %v", p, ok)
	}
	if _, ok := NewCurve([]Judged{{1, false}}).Safe(0.1); ok {
		t.Error("nothing is safe where the surest answer is wrong")
	}
	if p := Curve(nil).At(0.5); p.Automatic != 0 {
		t.Errorf("an unmeasured curve promises %v", p)
	}
}

func TestCalibrationError(t *testing.T) {
	answers := []Judged{{0.9, true}, {0.9, true}, {0.9, false}, {0.9, true}, {0.2, false}}
	// Bin of 0.9: confidence 3.6, right 3; bin of 0.2: 0.2, 0.
	if got := CalibrationError(answers, 10); math.Abs(got-0.8/5) > 1e-12 {
		t.Errorf("%v, want 0.16", got)
	}
	if CalibrationError(nil, 10) != 0 {
		t.Error("no answers, no error")
	}
}

// Messages in order of time are calibrated on the newest, which no weight knows.
func TestNewestAreHeldOut(t *testing.T) {
	m, err := Train(world(300, 3), Options{Newest: 0.3, Coverage: 0.9})
	if err != nil {
		t.Fatal(err)
	}
	if c := m.Curve(); len(c) != curveSteps+1 || c.At(0).Automatic != 1 {
		t.Errorf("curve %v", c)
	}
	if r := m.Classify("lampu jalan padam"); r.Coverage != 0.9 {
		t.Errorf("coverage %v", r.Coverage)
	}
}
