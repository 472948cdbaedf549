package web

import (
	"encoding/json"
	"net/http"

	"tanggap/internal/access"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

const (
	providerPath = "/masuk/sso"
	providerBack = providerPath + "/kembali"
	keptProvider = "provider"
)

// away is where somebody was going when he was sent to the identity provider.
type away struct {
	State      json.RawMessage
	Next, Lang string
}

// loginProvider sends somebody to the identity provider. That it does not answer is said
// on the page of passwords, which works without it.
func (s *Server) loginProvider(w http.ResponseWriter, r *http.Request) error {
	v := at(r)
	if s.Provider == nil {
		return tanggap.Errorf(tanggap.NotFound, "halaman ini tidak ada")
	}
	if !s.logins.spend(s.Clock.Now(), v.ip) {
		return errTooMany
	}
	next := safeNext(r.URL.Query().Get("lanjut"))
	address, state, err := s.Provider.Begin(r.Context(), s.BaseURL(v.pack)+providerBack)
	if err != nil {
		return s.providerFailed(w, r, next, err)
	}
	kept, err := json.Marshal(away{State: state, Next: next, Lang: v.lang})
	if err != nil {
		return err
	}
	if err := s.sessions.Keep(w, r, v.secure, keptProvider, kept); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, address, http.StatusSeeOther)
	return nil
}

// loginReturn takes the answer of the identity provider.
func (s *Server) loginReturn(w http.ResponseWriter, r *http.Request) error {
	v, ctx := at(r), r.Context()
	if s.Provider == nil {
		return tanggap.Errorf(tanggap.NotFound, "halaman ini tidak ada")
	}
	if !s.logins.spend(s.Clock.Now(), v.ip) {
		return errTooMany
	}
	kept, err := s.sessions.Kept(r, v.secure, keptProvider)
	if err != nil {
		return err
	}
	f := away{Next: inboxPath}
	if kept != nil {
		if err := json.Unmarshal(kept, &f); err != nil {
			return err
		}
		v.lang = f.Lang // the provider brings everybody back to one address
	}
	person, err := s.Provider.Finish(ctx, f.State, s.BaseURL(v.pack)+providerBack, r.URL.Query())
	if err != nil {
		return s.providerFailed(w, r, f.Next, err)
	}
	o, err := s.Access.EnterByProvider(ctx, s.Provider, v.pack.Identity.Code, person)
	if err == nil && !access.ActorOf(o).In(v.pack.Identity.Code) {
		err = noRoleHere(v)
	}
	if err != nil {
		return s.providerFailed(w, r, f.Next, err)
	}
	return s.enterAs(w, r, o, f.Next, access.ByProvider)
}

// providerFailed says on the log-in page why the provider was of no help.
func (s *Server) providerFailed(w http.ResponseWriter, r *http.Request, next string, err error) error {
	status := statusOf(err)
	if status == http.StatusInternalServerError {
		return err
	}
	s.Log.InfoContext(r.Context(), "identity provider", "request", at(r).id, "status", status)
	page := s.loginPage(r, "", next)
	page.Notice = &view.Notice{Tone: "warn", Text: errorOf(err, "").Message}
	return s.renderPrivate(w, r, status, "login", page)
}
