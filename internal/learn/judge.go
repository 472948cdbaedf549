package learn

import (
	"maps"
	"math"
	"slices"

	"tanggap/internal/text"
)

const (
	// maxJudged is how many of the newest judging rows are asked.
	maxJudged = 2000
	// MinJudged is from how many judged rows on a comparison says anything.
	MinJudged = 30
	// ownService is how many rows a service needs to be judged alone; the services with
	// fewer are judged together.
	ownService = 5
	// MaxLoss is how much of a single service's accuracy a new model may lose, 0..1.
	MaxLoss = 0.03
)

// Score is how often a model's first guess, and one of its first three, was right.
type Score struct {
	N    int     `json:"n"`
	Top1 float64 `json:"top1"` // 0..1
	Top3 float64 `json:"top3"`
	// Low and High are the 95 % interval of Top1 (Wilson 1927).
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Rest stands for the services with too few rows to be judged alone.
const Rest = "*"

// Comparison is a new model beside the one in use, on the same rows.
type Comparison struct {
	Old, New Score
	// Services are those judged alone, and Rest: rows, and the right guesses of both.
	Services map[string]Pair
	Verdict  Verdict
	Worse    []string // services for which the new one is worse by more than MaxLoss
}

// Pair counts the right first guesses of two models about the same rows.
type Pair struct{ N, Old, New int }

// Verdict of a comparison.
type Verdict string

const (
	Better  Verdict = "better"  // no worse overall, and for no service by more than MaxLoss
	Worse   Verdict = "worse"   // worse overall, or for some service
	TooFew  Verdict = "too_few" // not enough rows to say
	NoModel Verdict = "none"    // there was no model before
)

// Compare asks both models about the newest of the rows, none of which they may have
// learned from. old may be nil.
func Compare(old, fresh *text.Model, rows []Row) Comparison {
	rows = rows[max(0, len(rows)-maxJudged):]
	of := map[string]int{}
	for _, r := range rows {
		of[r.Service]++
	}
	c := Comparison{Services: map[string]Pair{}}
	var before, after tally
	for _, r := range rows {
		name := r.Service
		if of[name] < ownService {
			name = Rest
		}
		p := c.Services[name]
		p.N++
		if after.add(fresh, r) {
			p.New++
		}
		if old != nil && before.add(old, r) {
			p.Old++
		}
		c.Services[name] = p
	}
	c.New = after.score()
	if old == nil {
		c.Verdict = NoModel
		return c
	}
	c.Old = before.score()
	for _, name := range slices.Sorted(maps.Keys(c.Services)) {
		if p := c.Services[name]; float64(p.Old-p.New) > MaxLoss*float64(p.N) {
			c.Worse = append(c.Worse, name)
		}
	}
	switch {
	case len(rows) < MinJudged:
		c.Verdict = TooFew
	case after.first < before.first || len(c.Worse) > 0:
		c.Verdict = Worse
	default:
		c.Verdict = Better
	}
	return c
}

// Judge asks one model about rows.
func Judge(m *text.Model, rows []Row) Score {
	var t tally
	for _, r := range rows {
		t.add(m, r)
	}
	return t.score()
}

type tally struct{ n, first, three int }

// add reports whether the first guess about a row is right.
func (t *tally) add(m *text.Model, r Row) bool {
	top := m.Rank(r.Text).Top
	t.n++
	at := slices.IndexFunc(top[:min(3, len(top))], func(c text.Candidate) bool { return c.Label == r.Service })
	if at >= 0 {
		t.three++
	}
	if at == 0 {
		t.first++
	}
	return at == 0
}

func (t *tally) score() Score {
	s := Score{N: t.n}
	if t.n == 0 {
		return s
	}
	n := float64(t.n)
	s.Top1, s.Top3 = float64(t.first)/n, float64(t.three)/n
	s.Low, s.High = wilson(s.Top1, n)
	return s
}

// wilson is the 95 % score interval of a share p of n.
func wilson(p, n float64) (low, high float64) {
	const z = 1.959964
	mid := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, mid-half), min(1, mid+half)
}
