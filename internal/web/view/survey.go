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

// Surveys is the page "surveys" at /survei: the satisfaction index of units.
type Surveys struct {
	Base
	Elements []string
	Rows     []SurveyRow
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
