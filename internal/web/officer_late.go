package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"tanggap/internal/casework"
	"tanggap/internal/store"
	"tanggap/internal/text"
	"tanggap/internal/web/view"
)

// mayDelay fills in what an officer may tell the citizen of a case about being late.
func (s *Server) mayDelay(v *visit, c *store.Case, page *view.StaffCase) {
	now := s.Clock.Now()
	page.CanDelay, page.AskLate, page.LateReasons = true, casework.AskLate(c, now), casework.LateReasons
	page.Late, page.Expected = s.lateReason(c, v.lang, false), moment(c.ExpectedAt)
	page.LateFrom = latestOf(now, c.DueAt).In(v.pack.Location()).AddDate(0, 0, 1).Format(time.DateOnly)
}

func latestOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// caseDelay tells the citizen why his case runs late and when it is expected instead.
func (s *Server) caseDelay(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "sebab-terlambat", func(ctx context.Context, tx *store.Store, c *store.Case) error {
		v := at(r)
		own, err := typed(r, "sebab_lain", 200)
		if err != nil {
			return err
		}
		citizen, err := tx.Citizen(ctx, c.Region, c.CitizenID)
		if err != nil {
			return err
		}
		reason, words := text.Clean(own, maxForm), own
		if code := r.PostForm.Get("sebab"); own == "" && slices.Contains(casework.LateReasons, code) {
			reason, words = casework.LateCode+code, s.View.T(citizenLang(citizen), "late.why_"+code)
		}
		// A day is over in the evening of the region.
		until, err := time.ParseInLocation(time.DateOnly, r.PostForm.Get("perkiraan"), v.pack.Location())
		if err == nil {
			until = until.Add(16 * time.Hour)
		}
		return s.Desk.Delay(ctx, tx, v.pack, c, v.actor.ID, reason, words, until)
	})
}

func citizenLang(c *store.Citizen) string {
	if c.Lang == "en" {
		return "en"
	}
	return "id"
}
