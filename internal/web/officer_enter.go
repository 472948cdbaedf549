package web

import (
	"net/http"
	"strings"

	"tanggap/internal/access"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

// enterAs logs an officer in who has proved himself in a way, or asks for his second
// factor.
func (s *Server) enterAs(w http.ResponseWriter, r *http.Request, o *store.Officer, next, way string) error {
	v := at(r)
	if access.SecondOn(o) {
		if err := s.sessions.Await(w, r, o, v.secure, way); err != nil {
			return err
		}
		page, err := s.secondPage(r, o, next)
		if err != nil {
			return err
		}
		return s.renderPrivate(w, r, http.StatusOK, "login", page)
	}
	return s.begin(w, r, o, next, way)
}

// begin opens the session of an officer who owes no proof any more.
func (s *Server) begin(w http.ResponseWriter, r *http.Request, o *store.Officer, next, way string) error {
	v := at(r)
	if err := s.sessions.Begin(w, r, o, v.secure, way); err != nil {
		return err
	}
	return s.redirect(w, r, landing(access.ActorOf(o), v.pack, next))
}

// secondPage asks an officer for his second factor: by the means that he has here.
func (s *Server) secondPage(r *http.Request, o *store.Officer, next string) (*view.Login, error) {
	page := &view.Login{Base: s.base(r), Next: next, NeedCode: true, App: !o.TotpAt.IsZero()}
	at := s.place(r)
	if !at.Possible() {
		return page, nil
	}
	var err error
	page.Key, err = s.Access.HasPasskey(r.Context(), at, o.ID)
	return page, err
}

// loginCode takes the second factor of somebody who has proved himself otherwise: a code,
// or the answer of a passkey.
func (s *Server) loginCode(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v := at(r)
	if !s.logins.spend(s.Clock.Now(), v.ip) {
		return errTooMany
	}
	next := safeNext(r.PostForm.Get("lanjut"))
	waiting, way, err := s.sessions.Awaited(r, v.secure)
	if err != nil {
		return err
	}
	if waiting == nil {
		return s.redirect(w, r, "/masuk")
	}
	o, err := s.second(r, waiting)
	if status := statusOf(err); err != nil && status < http.StatusInternalServerError {
		page, readErr := s.secondPage(r, waiting, next)
		if readErr != nil {
			return readErr
		}
		page.Errors = append(page.Errors, view.FieldError{Field: "kode", Message: errorOf(err, "kode").Message})
		return s.renderPrivate(w, r, status, "login", page)
	}
	if err != nil {
		return err
	}
	if !access.ActorOf(o).In(v.pack.Identity.Code) {
		return s.redirect(w, r, "/masuk")
	}
	return s.begin(w, r, o, next, way)
}

// second checks the second factor in a form: the answer of a passkey, or a code.
func (s *Server) second(r *http.Request, o *store.Officer) (*store.Officer, error) {
	if answer := r.PostForm.Get("kunci"); answer != "" {
		state, err := s.sessions.Kept(r, at(r).secure, keptAsked)
		if err != nil {
			return nil, err
		}
		return s.Access.SecondByPasskey(r.Context(), s.place(r), o.ID, state, []byte(answer))
	}
	return s.Access.Second(r.Context(), o.ID, strings.TrimSpace(r.PostForm.Get("kode")))
}

// loginKey logs in whoever a passkey proves to be.
func (s *Server) loginKey(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v := at(r)
	if !s.logins.spend(s.Clock.Now(), v.ip) {
		return errTooMany
	}
	next := safeNext(r.PostForm.Get("lanjut"))
	state, err := s.sessions.Kept(r, v.secure, keptAsked)
	if err != nil {
		return err
	}
	o, err := s.Access.EnterByPasskey(r.Context(), s.place(r), state, []byte(r.PostForm.Get("kunci")))
	if err == nil && !access.ActorOf(o).In(v.pack.Identity.Code) {
		err = noRoleHere(v)
	}
	if status := statusOf(err); err != nil && status < http.StatusInternalServerError {
		page := s.loginPage(r, "", next)
		page.Errors = append(page.Errors, errorOf(err, "kunci"))
		return s.renderPrivate(w, r, status, "login", page)
	}
	if err != nil {
		return err
	}
	return s.begin(w, r, o, next, access.ByPasskey)
}

func noRoleHere(v *visit) error {
	return tanggap.Errorf(tanggap.Forbidden, "Akun ini tidak punya peran di %s.", v.pack.PublicName())
}
