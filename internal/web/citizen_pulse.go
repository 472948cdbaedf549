package web

import (
	"context"
	"net/http"
	"strconv"

	"tanggap/internal/casework"
	"tanggap/internal/channel"
	"tanggap/internal/store"
	"tanggap/internal/web/view"
)

// pulse asks in one tap how satisfied the citizen is. Opening its address, which stands
// in mails, only shows the chosen answer: programs open links, so a person presses the
// button.
func (s *Server) pulse(w http.ResponseWriter, r *http.Request) error {
	p, c, err := s.linked(r)
	if err != nil {
		return err
	}
	if !casework.CanRate(c) {
		return s.redirect(w, r, "/l/"+c.Link)
	}
	given, err := s.Store.Pulse(r.Context(), c.Region, c.ID)
	if err != nil {
		return err
	}
	page := &view.Pulse{Base: s.base(r), Token: c.Link, Number: c.Number, Reopen: s.reopenUntil(p, c) != nil}
	if given != nil {
		page.Score, page.Comment = given.Score, given.Comment
	}
	if r.Method != http.MethodPost {
		if n, err := strconv.Atoi(r.URL.Query().Get("nilai")); err == nil && n >= 1 && n <= 4 {
			page.Score = n
		}
		return s.renderPrivate(w, r, http.StatusOK, "pulse", page)
	}
	if err := s.mayWrite(r); err != nil {
		return err
	}
	if err := readFields(r); err != nil {
		return err
	}
	if r.PostForm.Has("komentar") {
		if page.Comment, err = typed(r, "komentar", 1000); err != nil {
			page.Errors = append(page.Errors, errorOf(err, "komentar"))
		}
	}
	page.Score, _ = strconv.Atoi(r.PostForm.Get("nilai"))
	if len(page.Errors) == 0 {
		err = s.onCase(r, c, func(ctx context.Context, tx *store.Store, c *store.Case) error {
			return s.Desk.Rate(ctx, tx, c, channel.Web, page.Score, page.Comment)
		})
		if err == nil {
			return s.redirect(w, r, "/l/"+c.Link+"?kabar=nilai")
		}
		if statusOf(err) != http.StatusUnprocessableEntity {
			return err
		}
		page.Errors = append(page.Errors, errorOf(err, "nilai"))
	}
	return s.renderPrivate(w, r, http.StatusUnprocessableEntity, "pulse", page)
}
