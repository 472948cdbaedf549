// Package survey computes the Indeks Kepuasan Masyarakat (IKM) from answers to the nine
// elements of the Survei Kepuasan Masyarakat (PermenPANRB 14/2017), exactly: in rational
// numbers, because grades change at the second decimal.
package survey

import (
	"math/big"
	"slices"
)

// Elements are the keys of the nine questions. They are kept by key: sources number the
// last two differently.
var Elements = []string{"persyaratan", "prosedur", "waktu", "biaya", "produk", "kompetensi", "perilaku", "pengaduan", "sarpras"}

// Scores run from Lowest, tidak baik, to Highest, sangat baik.
const (
	Lowest  = 1
	Highest = 4
)

// Answers are the scores of one respondent by element; a missing one was not answered.
type Answers map[string]int

// Valid reports whether a has at least one answer, only of known elements and scores.
func (a Answers) Valid() bool {
	for k, v := range a {
		if !slices.Contains(Elements, k) || v < Lowest || v > Highest {
			return false
		}
	}
	return len(a) > 0
}

// Element is what the respondents said about one element.
type Element struct {
	Key string
	N   int // how many answered it
	Sum int // of their scores
}

// Mean is the element's score, 1 to 4; 0 without answers.
func (e Element) Mean() float64 {
	if e.N == 0 {
		return 0
	}
	return float64(e.Sum) / float64(e.N)
}

// Index is the result of a survey.
type Index struct {
	Respondents int
	Elements    []Element
	ikm         *big.Rat // nil while an element has no answer at all
}

// Compute adds up the answers. Each element weighs one ninth and is divided by the number
// of those who answered it.
func Compute(list []Answers) Index {
	x := Index{Respondents: len(list)}
	sum := new(big.Rat)
	whole := true
	for _, key := range Elements {
		e := Element{Key: key}
		for _, a := range list {
			if v, ok := a[key]; ok {
				e.N++
				e.Sum += v
			}
		}
		x.Elements = append(x.Elements, e)
		if e.N == 0 {
			whole = false
			continue
		}
		sum.Add(sum, big.NewRat(int64(e.Sum), int64(e.N)))
	}
	if whole {
		x.ikm = sum.Mul(sum, big.NewRat(25, int64(len(Elements))))
	}
	return x
}

// IKM is the index in hundredths, 2500 to 10000, rounded half up; ok is false while there
// is none: no respondents, or an element that nobody answered.
func (x Index) IKM() (hundredths int, ok bool) {
	if x.ikm == nil {
		return 0, false
	}
	n := new(big.Rat).Mul(x.ikm, big.NewRat(100, 1))
	n.Add(n, big.NewRat(1, 2))
	return int(new(big.Int).Div(n.Num(), n.Denom()).Int64()), true
}

// Grade is the quality A to D of the regulation's table; "" without an index.
func (x Index) Grade() string {
	n, ok := x.IKM()
	if !ok {
		return ""
	}
	return GradeOf(n)
}

// GradeOf is the grade of an index in hundredths, compared after rounding, so that
// nothing falls between the table's printed bounds; "" for 0, no index.
func GradeOf(n int) string {
	switch {
	case n == 0:
		return ""
	case n >= 8831:
		return "A"
	case n >= 7661:
		return "B"
	case n >= 6500:
		return "C"
	}
	return "D"
}

// Sample is how many respondents are needed for so many people served, by Krejcie and
// Morgan with 95 % confidence and 5 % error: rounded to the nearest whole.
func Sample(served int) int {
	if served <= 0 {
		return 0
	}
	// n = 3.841·N·0.25 / (0.0025·(N-1) + 3.841·0.25)
	n := big.NewRat(int64(served)*384100, 400000)
	d := new(big.Rat).Add(big.NewRat(int64(served-1)*25, 10000), big.NewRat(3841, 4000))
	n.Quo(n, d)
	n.Add(n, big.NewRat(1, 2))
	return int(new(big.Int).Div(n.Num(), n.Denom()).Int64())
}
