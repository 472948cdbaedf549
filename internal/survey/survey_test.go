package survey

import (
	"testing"

	"pgregory.net/rapid"
)

func all(score int) Answers {
	a := Answers{}
	for _, k := range Elements {
		a[k] = score
	}
	return a
}

// totals makes respondents whose scores of each element add up to a published example.
func totals(respondents int, sums []int) []Answers {
	list := make([]Answers, respondents)
	for i := range list {
		list[i] = Answers{}
	}
	for e, sum := range sums {
		base, more := sum/respondents, sum%respondents
		for i := range list {
			list[i][Elements[e]] = base
			if i < more {
				list[i][Elements[e]]++
			}
		}
	}
	return list
}

func TestIndex(t *testing.T) {
	one := func(scores ...int) []Answers {
		a := Answers{}
		for i, s := range scores {
			a[Elements[i]] = s
		}
		return []Answers{a}
	}
	for _, x := range []struct {
		name  string
		list  []Answers
		ikm   int
		grade string
	}{
		{"all four", []Answers{all(4), all(4)}, 10000, "A"},
		{"all one", []Answers{all(1)}, 2500, "D"},
		{"all three", []Answers{all(3)}, 7500, "C"},
		{"published example of 29", totals(29, []int{105, 101, 100, 116, 102, 105, 106, 105, 115}), 9148, "A"},
		{"one of nine differs", one(3, 3, 3, 3, 3, 3, 3, 3, 4), 7778, "B"},
		{"a missing answer divides by those given", []Answers{all(4), {"waktu": 2}}, 9722, "A"},
	} {
		got := Compute(x.list)
		if ikm, ok := got.IKM(); !ok || ikm != x.ikm || got.Grade() != x.grade {
			t.Errorf("%s: %d %v grade %s, want %d %s", x.name, ikm, ok, got.Grade(), x.ikm, x.grade)
		}
	}
	for name, list := range map[string][]Answers{"nobody": nil, "an element that nobody answered": {{"waktu": 4}}} {
		if ikm, ok := Compute(list).IKM(); ok || Compute(list).Grade() != "" {
			t.Errorf("%s: an index of %d", name, ikm)
		}
	}
}

// Ties at half a hundredth are exact: 500 respondents whose scores add up to NI 3.0642 are
// rounded up into B, those with 3.0640 stay in C.
func TestTies(t *testing.T) {
	for _, x := range []struct {
		sum, ikm int // of all nine elements over 5,000 respondents
		grade    string
	}{{137889, 7661, "B"}, {137880, 7660, "C"}} {
		sums := make([]int, 9)
		for i := range sums {
			sums[i] = x.sum / 9
		}
		if sums[0]*9 != x.sum {
			t.Fatal("not divisible")
		}
		got := Compute(totals(5000, sums))
		if ikm, _ := got.IKM(); ikm != x.ikm || got.Grade() != x.grade {
			t.Errorf("NI %d/45000: %d %s, want %d %s", x.sum, ikm, got.Grade(), x.ikm, x.grade)
		}
	}
}

func TestSample(t *testing.T) {
	for served, want := range map[int]int{0: 0, 1: 1, 50: 44, 100: 80, 500: 217, 1000: 278, 5000: 357, 163_793: 383} {
		if got := Sample(served); got != want {
			t.Errorf("%d served: %d, want %d", served, got, want)
		}
	}
}

func TestAlwaysWithinBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(t, "respondents")
		var list []Answers
		for range n {
			a := Answers{}
			for _, k := range Elements {
				a[k] = rapid.IntRange(Lowest, Highest).Draw(t, k)
			}
			list = append(list, a)
		}
		ikm, ok := Compute(list).IKM()
		if !ok || ikm < 2500 || ikm > 10000 {
			t.Fatalf("%d %v", ikm, ok)
		}
	})
}
