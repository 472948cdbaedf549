package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"tanggap/internal/casework"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
	"tanggap/internal/web/view"
)

const (
	dataPath = "/data-warga"
	// dataShown is how long requests that ended stay in the list.
	dataShown = 90 * 24 * time.Hour
)

// dataReasons are the codes of the legal reasons for which a request is refused.
var dataReasons = []string{"identity", "public", "others", "archive", "repeated"}

// dataQueue lists what citizens ask about their personal data, for the officer who answers for it.
func (s *Server) dataQueue(w http.ResponseWriter, r *http.Request) error {
	page, err := s.dataPage(r)
	if err != nil {
		return err
	}
	if r.URL.Query().Has("tersimpan") {
		page.Notice = &view.Notice{Tone: "ok", Text: s.View.T(lang(r), "data.told")}
	}
	return s.renderPrivate(w, r, http.StatusOK, "data_queue", page)
}

func (s *Server) dataPage(r *http.Request) (*view.DataQueue, error) {
	v, ctx := at(r), r.Context()
	base, err := s.staffBase(r)
	if err != nil {
		return nil, err
	}
	page := &view.DataQueue{Base: base, Reasons: dataReasons}
	list, err := s.Store.DataRequests(ctx, v.pack.Identity.Code, s.Clock.Now().Add(-dataShown), 200)
	if err != nil {
		return nil, err
	}
	names, err := s.names(ctx, v.pack.Identity.Code)
	if err != nil {
		return nil, err
	}
	for _, x := range list {
		row := view.DataRow{ID: x.ID, Kind: x.Kind, State: x.State, At: x.CreatedAt, Due: x.DueAt, Closed: moment(x.ClosedAt), Reason: x.Reason, Words: x.Words, Answer: x.Answer,
			By: names[x.OfficerID], Late: x.State == store.DataOpen && s.Clock.Now().After(x.DueAt)}
		citizen, err := s.Store.Citizen(ctx, x.Region, x.CitizenID)
		if err != nil {
			return nil, err
		}
		to, err := s.Store.Identity(ctx, x.Region, x.IdentityID)
		if err != nil {
			return nil, err
		}
		row.Who = strings.TrimSpace(maskName(citizen.Name) + " " + maskContact(cmp.Or(to.Phone, to.Email)))
		if x.State == store.DataOpen {
			page.Waiting = append(page.Waiting, row)
		} else {
			page.Done = append(page.Done, row)
		}
	}
	return page, nil
}

func maskContact(address string) string {
	if strings.Contains(address, "@") {
		return text.MaskEmail(address)
	}
	if address == "" {
		return ""
	}
	return text.MaskPhone(address)
}

// dataAnswer ends a request: done, or refused with a legal reason. The citizen is told.
func (s *Server) dataAnswer(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v, ctx := at(r), r.Context()
	if _, err := s.Store.DataRequest(ctx, v.pack.Identity.Code, r.PathValue("id")); err != nil {
		return err
	}
	answer, err := typed(r, "jawaban", 2000)
	refuse, reason := r.PostForm.Get("aksi") == "tolak", r.PostForm.Get("dasar")
	switch {
	case err != nil:
	case answer == "":
		err = &tanggap.Error{Code: tanggap.Invalid, Field: "jawaban", Message: s.View.T(v.lang, "data.answer_empty")}
	case refuse && !slices.Contains(dataReasons, reason):
		err = &tanggap.Error{Code: tanggap.Invalid, Field: "dasar", Message: s.View.T(v.lang, "data.reason_empty")}
	}
	if err == nil {
		err = s.Store.InTx(ctx, func(tx *store.Store) error {
			return s.endRequest(ctx, tx, v, r.PathValue("id"), refuse, reason, answer)
		})
	}
	if code := tanggap.CodeOf(err); code == tanggap.Invalid || code == tanggap.Conflict {
		page, readErr := s.dataPage(r)
		if readErr != nil {
			return readErr
		}
		wrong := errorOf(err, "jawaban")
		wrong.Field += "-" + r.PathValue("id")
		page.Errors, page.At, page.Draft = append(page.Errors, wrong), r.PathValue("id"), answer
		return s.renderPrivate(w, r, statusOf(err), "data_queue", page)
	}
	if err != nil {
		return err
	}
	s.wake()
	return s.redirect(w, r, dataPath+"?tersimpan")
}

func (s *Server) endRequest(ctx context.Context, tx *store.Store, v *visit, id string, refuse bool, reason, answer string) error {
	x, err := tx.DataRequest(ctx, v.pack.Identity.Code, id)
	if err != nil {
		return err
	}
	citizen, err := tx.Citizen(ctx, x.Region, x.CitizenID)
	if err != nil {
		return err
	}
	x.State, x.Reason, x.Answer, x.OfficerID = store.DataDone, "", answer, v.actor.ID
	words := answer
	if refuse {
		x.State, x.Reason = store.DataRefused, reason
		words = s.View.T(citizenLang(citizen), "data.why_"+reason) + "\n" + answer
	}
	if err := tx.CloseDataRequest(ctx, x); err != nil {
		return err
	}
	if err := tx.AddRegionEvent(ctx, x.Region, casework.Officer(v.actor.ID), "citizen.data_answered", map[string]any{"request": x.ID, "state": x.State, "reason": x.Reason}); err != nil {
		return err
	}
	to, err := tx.Identity(ctx, x.Region, x.IdentityID)
	if err != nil {
		return err
	}
	return s.Intake.Outbox.Answer(ctx, tx, v.pack, to, "data:"+x.ID, region.TextDataAnswered,
		notify.Options{Args: map[string]string{"answer": words, "link": s.BaseURL(v.pack) + minePath}})
}
