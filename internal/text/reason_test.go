package text

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

var explained = []string{
	"lampu jalan mati gelap sekali pak", "air air air tidak mengalir", "ktp", "jalan rusak jalan rusak",
	"sampah menumpuk bau di depan masjid", "mau urus ktp hilang", "tolong lampu lorong padam lampu lorong",
	"air tidak air tidak air", "qwxz lampu vvkk",
}

// between is the lead of one label over another; classify does not say it for any two.
func between(m *Model, message, best, second string) float64 {
	var r Reading
	var w work
	r.read(message, &w.counter)
	terms, _ := m.vocab.weigh(&r, nil)
	m.weights.code(terms, &w.coded)
	s := m.weights.scores(&w.coded, nil)
	return s[slices.Index(m.labels, best)] - s[slices.Index(m.labels, second)]
}

// Deleting a named word must change the margin by what the reason says.
func TestDropIsWhatDeletingTheWordDoes(t *testing.T) {
	m := small(t)
	for _, text := range explained {
		r := m.Classify(text)
		best, second := r.Top[0].Label, r.Top[1].Label
		for _, x := range r.Reasons {
			rest := text[:x.Start] + text[x.End:]
			// Weights are rounded to 8 bits and values to 8 bits of the largest, anew for
			// each text, so the two agree to about a hundredth of the margin.
			got, want := between(m, rest, best, second), r.Margin-x.Drop
			if math.Abs(got-want) > 0.01*max(1, math.Abs(r.Margin)) {
				t.Errorf("%q without %q: margin %.4f, reason says %.4f (of %.4f)", text, x.Word, got, want, r.Margin)
			}
		}
	}
}

// The named words that speak for a label must carry it: without them another label
// wins, or the lead is smaller.
func TestStrongestWordsCarryTheDecision(t *testing.T) {
	m := small(t)
	for _, text := range explained {
		r := m.Classify(text)
		rest := text
		for _, x := range r.Reasons {
			if x.Weight > 0 {
				rest = rest[:x.Start] + strings.Repeat(" ", x.End-x.Start) + rest[x.End:]
			}
		}
		if now := between(m, rest, r.Top[0].Label, r.Top[1].Label); now >= r.Margin {
			t.Errorf("%q: lead %.3f, still %.3f without the words for it", text, r.Margin, now)
		}
	}
}

func TestReadingIsShared(t *testing.T) {
	a := small(t)
	b, err := Train(world(150, 5), Options{Loss: Logistic})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range explained {
		r := Read(text)
		for _, m := range []*Model{a, b} {
			one, two := m.ClassifyReading(r), m.Classify(text)
			if fmt.Sprint(one) != fmt.Sprint(two) {
				t.Errorf("%q: %v from a reading, %v from the text", text, one, two)
			}
			if rank := m.Rank(text); fmt.Sprint(rank.Top) != fmt.Sprint(two.Top) || rank.Reasons != nil {
				t.Errorf("%q: ranked %v", text, rank)
			}
		}
	}
}
