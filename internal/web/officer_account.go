package web

import (
	"net/http"

	"tanggap/internal/access"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

const accountPath = "/akun"

// account is the officer's own page: password and second factor.
func (s *Server) account(w http.ResponseWriter, r *http.Request) error {
	page, err := s.accountPage(r)
	if err != nil {
		return err
	}
	if r.URL.Query().Has("tersimpan") {
		page.Notice = &view.Notice{Tone: "ok", Text: s.View.T(lang(r), view.MsgSaved)}
	}
	return s.renderPrivate(w, r, http.StatusOK, "account", page)
}

func (s *Server) accountPage(r *http.Request) (*view.Account, error) {
	v := at(r)
	base, err := s.staffBase(r)
	if err != nil {
		return nil, err
	}
	o, err := s.Store.Officer(r.Context(), v.officer.ID)
	if err != nil {
		return nil, err
	}
	page := &view.Account{Base: base, Email: o.Email, Phone: o.Phone, Second: moment(o.TotpAt), Must: s.Access.MustHaveSecond(o)}
	for _, x := range o.Roles {
		if x.Region == v.pack.Identity.Code {
			page.Roles = append(page.Roles, s.roleName(v, x.Role, x.Unit))
		}
	}
	if page.Secret, page.Address, err = s.Access.PendingSecond(r.Context(), o, s.issuer(v)); err != nil {
		return nil, err
	}
	if s.Provider != nil {
		page.Provider = s.Provider.Label
	}
	links, err := s.Store.OfficerIdentities(r.Context(), o.ID)
	if err != nil {
		return nil, err
	}
	if len(links) > 0 {
		page.Linked = &links[0].LinkedAt
	}
	if err := s.ownKeys(r, page); err != nil {
		return nil, err
	}
	return page, s.ownSessions(r, page)
}

// issuer is the name under which an authenticator app keeps the code.
func (s *Server) issuer(v *visit) string { return "Tanggap " + v.pack.PublicName() }

// accountSave changes the officer's own password or second factor.
func (s *Server) accountSave(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v, ctx := at(r), r.Context()
	var codes []string
	var err error
	field := "sandi"
	switch r.PostForm.Get("aksi") {
	case "sandi":
		err = s.ownPassword(w, r)
	case "siapkan":
		err = s.Access.PrepareSecond(ctx, v.actor.ID, v.pack.Identity.Code)
	case "nyalakan":
		field = "kode"
		if codes, err = s.Access.ConfirmSecond(ctx, v.actor.ID, r.PostForm.Get("kode")); err == nil {
			err = s.ownEvent(r, access.SecondSet, map[string]any{"on": true})
		}
	case "matikan":
		field = "sandi-matikan"
		if _, err = s.Access.LogIn(ctx, v.officer.Email, r.PostForm.Get("sandi")); err == nil {
			if err = s.Access.DropTOTP(ctx, v.actor.ID); err == nil {
				err = s.ownEvent(r, access.SecondSet, map[string]any{"on": false})
			}
		}
	case "kunci":
		field = "kunci"
		codes, err = s.keyAdd(r)
	case "hapus-kunci":
		field = "sandi-kunci"
		if _, err = s.Access.LogIn(ctx, v.officer.Email, r.PostForm.Get("sandi")); err == nil {
			err = s.Access.RemovePasskey(ctx, v.pack.Identity.Code, v.actor.ID, r.PostForm.Get("kunci"))
		}
	case "lepas":
		err = s.Access.Unlink(ctx, v.pack.Identity.Code, v.actor.ID)
	case "akhiri":
		field = "sesi"
		err = s.Store.EndSession(ctx, v.actor.ID, r.PostForm.Get("sesi"))
	case "akhiri-lain":
		field = "sesi"
		err = s.sessions.EndOthers(r, v.secure, v.actor.ID)
	default:
		return tanggap.Errorf(tanggap.Invalid, "pilih apa yang diubah")
	}
	if status := statusOf(err); err != nil && status >= http.StatusInternalServerError {
		return err
	}
	if err == nil && codes == nil {
		return s.redirect(w, r, accountPath+"?tersimpan")
	}
	page, readErr := s.accountPage(r)
	if readErr != nil {
		return readErr
	}
	page.Codes = codes
	if err == nil {
		return s.renderPrivate(w, r, http.StatusOK, "account", page)
	}
	wrong := errorOf(err, field)
	if field != "sandi" { // a password asked for elsewhere on the page
		wrong.Field = field
	}
	page.Errors = append(page.Errors, wrong)
	return s.renderPrivate(w, r, statusOf(err), "account", page)
}

// ownPassword replaces the officer's password. Every other session of his ends.
func (s *Server) ownPassword(w http.ResponseWriter, r *http.Request) error {
	v, ctx := at(r), r.Context()
	if _, err := s.Access.LogIn(ctx, v.officer.Email, r.PostForm.Get("lama")); err != nil {
		wrong := errorOf(err, "lama")
		return &tanggap.Error{Code: tanggap.CodeOf(err), Field: "lama", Message: wrong.Message}
	}
	if err := s.Access.ResetPassword(ctx, v.officer.Email, r.PostForm.Get("sandi")); err != nil {
		return err
	}
	o, err := s.Store.Officer(ctx, v.actor.ID)
	if err != nil {
		return err
	}
	if err := s.ownEvent(r, access.PasswordSet, nil); err != nil {
		return err
	}
	return s.sessions.Begin(w, r, o, v.secure, access.ByPassword)
}

func (s *Server) ownEvent(r *http.Request, kind string, facts map[string]any) error {
	v := at(r)
	return s.Store.InTx(r.Context(), func(tx *store.Store) error {
		return tx.AddRegionEvent(r.Context(), v.pack.Identity.Code, "officer:"+v.actor.ID, kind, facts)
	})
}

// invite lets an officer choose a password by the link that an admin gave him.
func (s *Server) invite(w http.ResponseWriter, r *http.Request) error {
	v, ctx := at(r), r.Context()
	w.Header().Set("Cache-Control", "no-store")
	if !s.logins.spend(s.Clock.Now(), v.ip) {
		return errTooMany
	}
	t, err := s.Store.OfficerToken(ctx, r.PathValue("token"))
	if tanggap.CodeOf(err) == tanggap.NotFound {
		return s.renderPrivate(w, r, http.StatusNotFound, "invite", &view.Invite{Base: s.base(r)})
	}
	if err != nil {
		return err
	}
	o, err := s.Store.Officer(ctx, t.OfficerID)
	if err != nil {
		return err
	}
	if !access.ActorOf(o).In(v.pack.Identity.Code) {
		return s.renderPrivate(w, r, http.StatusNotFound, "invite", &view.Invite{Base: s.base(r)})
	}
	page := &view.Invite{Base: s.base(r), Token: r.PathValue("token"), Name: o.Name, Email: o.Email}
	if r.Method != http.MethodPost {
		return s.renderPrivate(w, r, http.StatusOK, "invite", page)
	}
	if err := readFields(r); err != nil {
		return err
	}
	o, err = s.Access.Accept(ctx, page.Token, r.PostForm.Get("sandi"))
	if tanggap.CodeOf(err) == tanggap.Invalid {
		page.Errors = append(page.Errors, errorOf(err, "sandi"))
		return s.renderPrivate(w, r, http.StatusUnprocessableEntity, "invite", page)
	}
	if err != nil {
		return err
	}
	return s.enterAs(w, r, o, inboxPath, access.ByLink)
}
