package view

// Survey is the page "survey" at /l/{token}/survei: nine questions about how a case was
// handled. Field ids: the keys of the elements, komentar.
type Survey struct {
	Base
	Token, Number string
	Elements      []string
	Scores        map[string]int
	Comment       string
	Given         bool // answered before; sending again replaces it
}

// Choices are the scores, best first.
func (p *Survey) Choices() []int { return []int{4, 3, 2, 1} }

// Scores are the one-tap answers, best first.
var scores = []int{4, 3, 2, 1}

// Scores are the one-tap answers of the page "private".
func (p *Private) Scores() []int { return scores }

// Pulse is the page "pulse" at /l/{token}/nilai: one tap, and why if the citizen says so.
// Field ids: nilai, komentar.
type Pulse struct {
	Base
	Token, Number string
	Score         int // chosen, 0 before
	Comment       string
	Reopen        bool // may still say that it is not solved
}

// Scores are the answers.
func (p *Pulse) Scores() []int { return scores }

// Surveys is the page "surveys" at /survei: the satisfaction index of units.
type Surveys struct {
	Base
	Elements []string
	Rows     []SurveyRow
	Pulses   []PulseRow
}

// PulseRow is how satisfied citizens were with the handling of a unit's cases in a year.
// It is no part of the index.
type PulseRow struct {
	Unit  string
	N     int
	Share float64 // who said 3 or 4
	By    [4]int  // 4, 3, 2, 1
}

// SurveyRow is one unit's year. Means are 1 to 4 by element, 0 without an answer; Grade
// is "" while an element has none.
type SurveyRow struct {
	Unit      string
	N, Needed int
	IKM       float64
	Grade     string
	Means     []float64
}

// Few reports whether fewer answered than the sample needs.
func (r SurveyRow) Few() bool { return r.N < r.Needed }
