package web

import (
	"net/http"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/stat"
	"tanggap/internal/store"
	"tanggap/internal/survey"
	"tanggap/internal/web/view"
)

const (
	surveysPath = "/survei"
	surveyed    = 365 * 24 * time.Hour
	mostServed  = 10_000 // beyond it the sample hardly grows
)

// surveys shows the satisfaction index of every unit whose cases the officer may list,
// over the last year.
func (s *Server) surveys(w http.ResponseWriter, r *http.Request) error {
	v, ctx := at(r), r.Context()
	base, err := s.staffBase(r)
	if err != nil {
		return err
	}
	page := &view.Surveys{Base: base, Elements: survey.Elements}
	since := s.Clock.Now().Add(-surveyed)
	for _, u := range v.pack.Units {
		if !access.Can(v.actor, access.SurveyRead, access.Object{Region: v.pack.Identity.Code, Unit: u.Code}) {
			continue
		}
		rows, err := s.Store.PulseCounts(ctx, v.pack.Identity.Code, []string{u.Code}, since, s.Clock.Now().Add(time.Second))
		if err != nil {
			return err
		}
		pulse, satisfied := view.PulseRow{Unit: v.pack.ShortUnit(u.Code)}, 0
		for _, x := range rows {
			pulse.N += int(x.N)
			pulse.By[4-x.Score] += int(x.N)
			if x.Score >= stat.Satisfied {
				satisfied += int(x.N)
			}
		}
		if pulse.N > 0 {
			pulse.Share = float64(satisfied) / float64(pulse.N)
			page.Pulses = append(page.Pulses, pulse)
		}
		scores, err := s.Store.SurveyScores(ctx, v.pack.Identity.Code, u.Code, since)
		if err != nil {
			return err
		}
		if len(scores) == 0 {
			continue
		}
		row, err := s.surveyRow(r, u.Code, since, scores)
		if err != nil {
			return err
		}
		page.Rows = append(page.Rows, row)
	}
	return s.render(w, r, http.StatusOK, "surveys", page)
}

func (s *Server) surveyRow(r *http.Request, unit string, since time.Time, scores []survey.Answers) (view.SurveyRow, error) {
	v := at(r)
	served, err := s.Store.CountAnswered(r.Context(), v.pack.Identity.Code, unit, since, mostServed)
	if err != nil {
		return view.SurveyRow{}, err
	}
	x := survey.Compute(scores)
	row := view.SurveyRow{Unit: v.pack.ShortUnit(unit), N: x.Respondents, Needed: survey.Sample(max(served, x.Respondents)), Grade: x.Grade()}
	if n, ok := x.IKM(); ok {
		row.IKM = float64(n) / 100
	}
	for _, e := range x.Elements {
		row.Means = append(row.Means, e.Mean())
	}
	return row, nil
}

// heardByCitizen leaves out what an officer said so lately that he may still take it back.
func (s *Server) heardByCitizen(said []*store.Message) []*store.Message {
	until := s.Clock.Now().Add(-s.Desk.Hold)
	var out []*store.Message
	for _, m := range said {
		if s.Desk.Hold > 0 && m.Direction == store.Out && len(m.Author) > 8 && m.Author[:8] == "officer:" && m.CreatedAt.After(until) {
			continue
		}
		out = append(out, m)
	}
	return out
}
