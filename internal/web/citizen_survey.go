package web

import (
	"context"
	"net/http"
	"strconv"

	"tanggap/internal/store"
	"tanggap/internal/survey"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

// canRate reports whether there is an outcome that the citizen can judge.
func canRate(c *store.Case) bool { return !c.AnsweredAt.IsZero() && c.State != tanggap.Merged }

// surveyForm asks the nine questions of the satisfaction survey about a case.
func (s *Server) surveyForm(w http.ResponseWriter, r *http.Request) error {
	_, c, err := s.linked(r)
	if err != nil {
		return err
	}
	if !canRate(c) {
		return s.redirect(w, r, "/l/"+c.Link)
	}
	given, err := s.Store.Survey(r.Context(), c.Region, c.ID)
	if err != nil {
		return err
	}
	page := s.surveyPage(r, c)
	if given != nil {
		page.Scores, page.Comment, page.Given = given.Scores, given.Comment, true
	}
	return s.renderPrivate(w, r, http.StatusOK, "survey", page)
}

func (s *Server) surveyPage(r *http.Request, c *store.Case) *view.Survey {
	return &view.Survey{Base: s.base(r), Token: c.Link, Number: c.Number, Elements: survey.Elements, Scores: survey.Answers{}}
}

// surveySave keeps the answers. Questions may be left out, not all of them.
func (s *Server) surveySave(w http.ResponseWriter, r *http.Request) error {
	_, c, err := s.linked(r)
	if err != nil {
		return err
	}
	if err := s.mayWrite(r); err != nil {
		return err
	}
	if err := readFields(r); err != nil {
		return err
	}
	if !canRate(c) {
		return s.redirect(w, r, "/l/"+c.Link)
	}
	page := s.surveyPage(r, c)
	comment, err := typed(r, "komentar", 1000)
	if err != nil {
		page.Errors = append(page.Errors, errorOf(err, "komentar"))
	}
	for _, key := range survey.Elements {
		if n, err := strconv.Atoi(r.PostForm.Get(key)); err == nil {
			page.Scores[key] = n
		}
	}
	if !survey.Answers(page.Scores).Valid() {
		page.Errors = append(page.Errors, view.FieldError{Field: survey.Elements[0], Message: s.View.T(lang(r), "survey.empty")})
	}
	if len(page.Errors) > 0 {
		page.Comment = comment
		return s.renderPrivate(w, r, http.StatusUnprocessableEntity, "survey", page)
	}
	err = s.onCase(r, c, func(ctx context.Context, tx *store.Store, c *store.Case) error {
		return tx.PutSurvey(ctx, &store.Survey{Region: c.Region, CaseID: c.ID, CitizenID: c.CitizenID, Unit: c.Unit, Service: c.Service, Scores: page.Scores, Comment: comment})
	})
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/l/"+c.Link+"?kabar=survei")
}
