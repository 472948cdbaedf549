package text

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestBlend(t *testing.T) {
	examples := world(150, 8)
	a, err := TrainBlend(examples, []string{"lampu jalan di lorong mati total"}, Options{}, -1)
	if err != nil {
		t.Fatal(err)
	}
	b, err := TrainBlend(examples, []string{"lampu jalan di lorong mati total"}, Options{}, -1)
	if err != nil {
		t.Fatal(err)
	}
	if !a.Neural() || a.Ablation() != b.Ablation() || a.Ablation().Messages == 0 {
		t.Errorf("ablation %+v and %+v", a.Ablation(), b.Ablation())
	}
	for _, text := range []string{"lampu jalannya mati mi di lorong", "", "🔥", strings.Repeat("sampah ", 20_000), "qwxz"} {
		x, y := a.Classify(text), b.Classify(text)
		if fmt.Sprint(x) != fmt.Sprint(y) {
			t.Errorf("%.20q: equal examples gave %v and %v", text, x.Top, y.Top)
		}
		sum := 0.0
		for _, c := range x.Top {
			sum += c.P
		}
		if len(x.Top) > 0 && math.Abs(sum-1) > 1e-9 {
			t.Errorf("%.20q: probabilities sum to %v", text, sum)
		}
		margin := x.Prior
		for _, r := range x.Reasons {
			margin += r.Weight
		}
		if math.Abs(margin-x.Margin) > 1e-3 {
			t.Errorf("%.20q: reasons sum to %v of %v", text, margin, x.Margin)
		}
	}
	if top := a.Classify("sampah menumpuk belum diangkut").Top[0].Label; top != "SAMPAH" {
		t.Errorf("rubbish is %s", top)
	}
}

// A second opinion that does not help must not be asked.
func TestBlendDropsAUselessNet(t *testing.T) {
	b, err := TrainBlend(world(150, 8), nil, Options{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if b.Neural() {
		t.Error("the net is used although it gained less than asked")
	}
	const text = "air pdam tidak mengalir"
	if got, want := b.Classify(text), b.linear.Classify(text); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, the linear model says %v", got, want)
	}
	if _, err := TrainBlend(nil, nil, Options{}, 0); err == nil {
		t.Error("no examples, no error")
	}
}

func TestVectorsReadUnknownWords(t *testing.T) {
	var texts [][]string
	for _, e := range world(400, 4) {
		texts = append(texts, strings.Fields(e.Text))
	}
	v := learnVectors(texts)
	cosine := func(a, b string) float64 {
		x, y := make([]float32, wordSize), make([]float32, wordSize)
		v.mean(v.rows(a, nil), x)
		v.mean(v.rows(b, nil), y)
		return float64(inner(x, y)) / math.Sqrt(float64(inner(x, x))*float64(inner(y, y)))
	}
	if near, far := cosine("sampah", "sampahh"), cosine("sampah", "pdaam"); near <= far {
		t.Errorf("a slip of the same word is at %.2f, another word at %.2f", near, far)
	}
}
