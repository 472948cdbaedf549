package web

import (
	"net/http"
	"strings"

	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

// trackForm asks for a tracking code, and sends whoever typed one to its page.
func (s *Server) trackForm(w http.ResponseWriter, r *http.Request) error {
	typed := strings.TrimSpace(r.URL.Query().Get("kode"))
	page := &view.Track{Base: s.base(r), Code: cut(typed, 64)}
	if !r.URL.Query().Has("kode") {
		return s.render(w, r, http.StatusOK, "track", page)
	}
	if typed == "" {
		page.Errors = append(page.Errors, s.wrong(r, "kode", view.MsgCodeEmpty))
		return s.renderPrivate(w, r, http.StatusUnprocessableEntity, "track", page)
	}
	code, err := parseCode(s.pack(r), typed)
	if err != nil {
		key := view.MsgCodeWrong
		if looksLikeNumber(s.pack(r), typed) {
			key = msgCodeNumber
		}
		page.Errors = append(page.Errors, s.wrong(r, "kode", key))
		return s.renderPrivate(w, r, http.StatusUnprocessableEntity, "track", page)
	}
	return s.redirect(w, r, "/lacak/"+code)
}

// msgCodeNumber says that a case's number is its name and opens nothing.
const msgCodeNumber = "message.code_number"

// parseCode reads a tracking code as people type it, with or without the city's
// prefix in front.
func parseCode(p *region.Pack, typed string) (string, error) {
	code, err := tanggap.ParseTrackingCode(typed)
	if err == nil {
		return code, nil
	}
	if rest, ok := strings.CutPrefix(strings.ToUpper(typed), p.Identity.Prefix); ok {
		return tanggap.ParseTrackingCode(rest)
	}
	return "", err
}

func looksLikeNumber(p *region.Pack, typed string) bool {
	rest, ok := strings.CutPrefix(strings.ToUpper(typed), p.Identity.Prefix)
	return ok && strings.Trim(rest, "0123456789- ") == ""
}

func cut(text string, max int) string {
	if r := []rune(text); len(r) > max {
		return string(r[:max])
	}
	return text
}

// trackCode is the public status of a case.
func (s *Server) trackCode(w http.ResponseWriter, r *http.Request) error {
	p := s.pack(r)
	code, err := parseCode(p, r.PathValue("code"))
	if err == nil && code != r.PathValue("code") {
		return s.redirect(w, r, "/lacak/"+code)
	}
	var c *store.Case
	if err == nil {
		c, err = s.guessed(r, code)
	}
	switch tanggap.CodeOf(err) {
	case "":
	case tanggap.NotFound, tanggap.Invalid:
		page := &view.Track{Base: s.base(r), Code: cut(r.PathValue("code"), 64)}
		page.Errors = append(page.Errors, s.wrong(r, "kode", view.MsgCodeWrong))
		return s.renderPrivate(w, r, http.StatusNotFound, "track", page)
	default:
		return err
	}
	card, err := s.card(r.Context(), p, c, lang(r), true)
	if err != nil {
		return err
	}
	return s.renderPrivate(w, r, http.StatusOK, "case_status", &view.CaseStatus{Base: s.base(r), CaseCard: *card})
}

// guessed finds a case by a tracking code. Misses are counted; whoever has none left
// is not even answered whether this one would have hit. Links and tokens need no such
// limit: their 128 bits cannot be guessed.
func (s *Server) guessed(r *http.Request, code string) (*store.Case, error) {
	now, ip := s.Clock.Now(), s.clientIP(r)
	if !s.limits.misses.left(now, ip) {
		return nil, errTooMany
	}
	c, err := s.Store.CaseByCode(r.Context(), s.pack(r).Identity.Code, code)
	if tanggap.CodeOf(err) == tanggap.NotFound {
		s.limits.misses.spend(now, ip)
	}
	return c, err
}
