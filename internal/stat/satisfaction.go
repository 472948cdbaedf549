package stat

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"tanggap/internal/survey"
)

// Enough is how many answers an index needs before it is shown; below, it says less about
// the service than about who happened to answer.
const Enough = 30

// Satisfaction is the nine-element index (IKM) of a unit or of a whole scope.
type Satisfaction struct {
	Unit   string // "" for the whole
	Index  survey.Index
	Half   float64 // half of the 95 % interval, in points of the index; 0 with fewer than two answers
	Served int64   // cases with an outcome in the period
	Needed int     // answers that the period should have (Krejcie and Morgan)
}

// Known reports whether there are answers enough to show an index.
func (s *Satisfaction) Known() bool {
	_, ok := s.Index.IKM()
	return ok && s.Index.Respondents >= Enough
}

// Indicative reports whether there are fewer answers than the survey's rules ask for.
func (s *Satisfaction) Indicative() bool { return s.Index.Respondents < s.Needed }

// Points is the index, 25 to 100; 0 without one.
func (s *Satisfaction) Points() float64 {
	n, _ := s.Index.IKM()
	return float64(n) / 100
}

// Satisfaction computes the index from the answers given in a period, of the whole scope
// first and then of each unit with an answer. Answers about secret cases count where the
// case does.
func (r *Reader) Satisfaction(ctx context.Context, s Scope, p Period, zone *time.Location, units []string) ([]Satisfaction, error) {
	from, to := p.Bounds(zone)
	rows, err := r.Store.SurveyAnswers(ctx, s.Region, s.Units, from, to)
	if err != nil {
		return nil, err
	}
	byUnit := map[string][]survey.Answers{}
	var all []survey.Answers
	for _, x := range rows {
		if x.Secret && !s.Secret && !slices.Contains(s.Secrets, x.Unit) {
			continue
		}
		byUnit[x.Unit] = append(byUnit[x.Unit], x.Scores)
		all = append(all, x.Scores)
	}
	served, err := r.CountsByUnit(ctx, s, p, Whole, units)
	if err != nil {
		return nil, err
	}
	total := int64(0)
	for _, x := range served {
		total += x.Resolved
	}
	out := make([]Satisfaction, 0, len(byUnit)+1)
	for unit, list := range byUnit {
		out = append(out, satisfaction(unit, list, served[unit].Resolved))
	}
	slices.SortFunc(out, func(a, b Satisfaction) int { return cmp.Compare(a.Unit, b.Unit) })
	return append([]Satisfaction{satisfaction("", all, total)}, out...), nil
}

func satisfaction(unit string, list []survey.Answers, served int64) Satisfaction {
	return Satisfaction{Unit: unit, Index: survey.Compute(list), Half: half(list), Served: served,
		Needed: survey.Sample(max(int(served), len(list)))}
}

// half is 1.96 standard errors of the respondents' own means, as points of the index.
func half(list []survey.Answers) float64 {
	n := float64(len(list))
	if n < 2 {
		return 0
	}
	var sum, squares float64
	for _, a := range list {
		own := 0
		for _, score := range a {
			own += score
		}
		v := 25 * float64(own) / float64(len(a))
		sum += v
		squares += v * v
	}
	mean := sum / n
	return z * math.Sqrt(max(0, squares/n-mean*mean)*n/(n-1)/n)
}

// Satisfied is the least score of a pulse that counts as satisfied, of 1 to 4.
const Satisfied = 3

// Pulse is the share of citizens who said in one tap that they are satisfied, among those
// who said anything in a period. It is no part of the index.
func (r *Reader) Pulse(ctx context.Context, s Scope, p Period, zone *time.Location) (share Share, err error) {
	from, to := p.Bounds(zone)
	rows, err := r.Store.PulseCounts(ctx, s.Region, s.Units, from, to)
	for _, x := range rows {
		if x.Secret && !s.Secret && !slices.Contains(s.Secrets, x.Unit) {
			continue
		}
		share.N += x.N
		if x.Score >= Satisfied {
			share.K += x.N
		}
	}
	return share, err
}
