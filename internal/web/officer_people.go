package web

import (
	"net/http"
	"strings"

	"tanggap/internal/access"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
	"tanggap/internal/web/view"
)

const peoplePath = "/petugas"

// people lists the officers of the region, with a form to invite one more.
func (s *Server) people(w http.ResponseWriter, r *http.Request) error {
	page, err := s.peoplePage(r)
	if err != nil {
		return err
	}
	if r.URL.Query().Has("tersimpan") {
		page.Notice = &view.Notice{Tone: "ok", Text: s.View.T(lang(r), view.MsgSaved)}
	}
	return s.renderPrivate(w, r, http.StatusOK, "people", page)
}

func (s *Server) peoplePage(r *http.Request) (*view.People, error) {
	v := at(r)
	base, err := s.staffBase(r)
	if err != nil {
		return nil, err
	}
	officers, err := s.Store.Officers(r.Context(), v.pack.Identity.Code)
	if err != nil {
		return nil, err
	}
	page := &view.People{Base: base, Roles: s.roleOptions(v, ""), Units: unitOptions(v.pack, nil, "")}
	for _, o := range officers {
		row := view.PersonRow{ID: o.ID, Name: o.Name, Email: o.Email, LastLogin: moment(o.LastLoginAt), Second: access.SecondOn(o),
			Must: s.Access.MustHaveSecond(o), Disabled: !o.DisabledAt.IsZero()}
		for _, x := range o.Roles {
			row.Roles = append(row.Roles, s.roleName(v, x.Role, x.Unit))
		}
		page.Rows = append(page.Rows, row)
	}
	return page, nil
}

func (s *Server) roleOptions(v *visit, selected string) []view.Option {
	var out []view.Option
	for _, x := range access.Roles {
		out = append(out, view.Option{Value: string(x), Label: s.View.T(v.lang, "role."+string(x)), Selected: string(x) == selected})
	}
	return out
}

func (s *Server) roleName(v *visit, role, unit string) string {
	name := s.View.T(v.lang, "role."+role)
	if unit != "" {
		name += ", " + v.pack.ShortUnit(unit)
	}
	return name
}

// grantOf is a role as the forms choose it. Whether its unit exists, only the pack knows.
func grantOf(p *region.Pack, role, unit string) (access.Grant, error) {
	g := access.Grant{Role: access.Role(role), Region: p.Identity.Code, Unit: unit}
	if _, ok := p.Unit(unit); !ok && unit != "" {
		return g, &tanggap.Error{Code: tanggap.Invalid, Field: "unit", Message: "Unit ini tidak ada di daerah ini."}
	}
	if err := g.Check(); err != nil {
		return g, &tanggap.Error{Code: tanggap.Invalid, Field: "unit", Message: errorOf(err, "").Message}
	}
	return g, nil
}

// peopleInvite adds an officer and shows, this once, the link by which he chooses his
// password.
func (s *Server) peopleInvite(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v, ctx := at(r), r.Context()
	form := view.PersonForm{Name: text.Clean(r.PostForm.Get("nama"), 200), Email: strings.TrimSpace(r.PostForm.Get("email")),
		Phone: strings.TrimSpace(r.PostForm.Get("telepon")), Role: r.PostForm.Get("peran"), Unit: r.PostForm.Get("unit")}
	g, err := grantOf(v.pack, form.Role, form.Unit)
	var o *store.Officer
	var token string
	if err == nil {
		o, token, err = s.Access.Invite(ctx, v.actor.ID, v.pack.Identity.Code,
			access.NewOfficer{Name: form.Name, Email: form.Email, Phone: form.Phone, Grants: []access.Grant{g}})
	}
	if status := statusOf(err); err != nil && status >= http.StatusInternalServerError {
		return err
	}
	page, readErr := s.peoplePage(r)
	if readErr != nil {
		return readErr
	}
	if err != nil {
		page.Form, page.Roles, page.Units = form, s.roleOptions(v, form.Role), unitOptions(v.pack, nil, form.Unit)
		page.Errors = append(page.Errors, errorOf(err, "email"))
		return s.renderPrivate(w, r, statusOf(err), "people", page)
	}
	page.Link, page.LinkFor = s.BaseURL(v.pack)+access.PathInvite+token, o.Name
	return s.renderPrivate(w, r, http.StatusOK, "people", page)
}

// person is one officer of the region: roles, link for a new password, account.
func (s *Server) person(w http.ResponseWriter, r *http.Request) error {
	page, err := s.personPage(r)
	if err != nil {
		return err
	}
	if r.URL.Query().Has("tersimpan") {
		page.Notice = &view.Notice{Tone: "ok", Text: s.View.T(lang(r), view.MsgSaved)}
	}
	return s.renderPrivate(w, r, http.StatusOK, "person", page)
}

func (s *Server) personPage(r *http.Request) (*view.Person, error) {
	v := at(r)
	base, err := s.staffBase(r)
	if err != nil {
		return nil, err
	}
	o, err := s.Store.Officer(r.Context(), r.PathValue("officer"))
	if err != nil {
		return nil, err
	}
	if !(access.Actor{Grants: access.GrantsOf(o)}).In(v.pack.Identity.Code) {
		return nil, tanggap.Errorf(tanggap.NotFound, "petugas tidak ditemukan")
	}
	page := &view.Person{Base: base, ID: o.ID, Name: o.Name, Email: o.Email, Phone: o.Phone, LastLogin: moment(o.LastLoginAt), Second: access.SecondOn(o),
		Disabled: !o.DisabledAt.IsZero(), Self: o.ID == v.actor.ID}
	for _, x := range o.Roles {
		if x.Region == v.pack.Identity.Code {
			page.Grants = append(page.Grants, view.PersonGrant{Name: s.roleName(v, x.Role, x.Unit), Value: x.Role + ":" + x.Unit})
		}
	}
	page.Roles, page.Units = s.roleOptions(v, ""), unitOptions(v.pack, nil, "")
	return page, nil
}

// personSave changes one officer of the region.
func (s *Server) personSave(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v, ctx, id, code := at(r), r.Context(), r.PathValue("officer"), at(r).pack.Identity.Code
	link, field := "", "peran"
	var err error
	switch r.PostForm.Get("aksi") {
	case "telepon":
		field = "telepon"
		err = s.Access.SetPhone(ctx, v.actor.ID, code, id, r.PostForm.Get("telepon"))
	case "peran":
		err = s.setRoles(r, id)
	case "nonaktif":
		err = s.Access.Disable(ctx, v.actor.ID, code, id, true)
	case "aktif":
		err = s.Access.Disable(ctx, v.actor.ID, code, id, false)
	case "tautan":
		var token string
		if token, err = s.Access.Link(ctx, v.actor.ID, code, id, r.PostForm.Get("kedua") == "ya"); err == nil {
			link = s.BaseURL(v.pack) + access.PathInvite + token
		}
	default:
		err = tanggap.Errorf(tanggap.Invalid, "pilih apa yang diubah")
	}
	if status := statusOf(err); err != nil && (status >= http.StatusInternalServerError || status == http.StatusNotFound) {
		return err
	}
	if err == nil && link == "" {
		return s.redirect(w, r, peoplePath+"/"+id+"?tersimpan")
	}
	page, readErr := s.personPage(r)
	if readErr != nil {
		return readErr
	}
	page.Link = link
	if err == nil {
		return s.renderPrivate(w, r, http.StatusOK, "person", page)
	}
	page.Errors = append(page.Errors, errorOf(err, field))
	if field == "telepon" {
		page.Phone = text.Clean(r.PostForm.Get("telepon"), 64)
	}
	return s.renderPrivate(w, r, statusOf(err), "person", page)
}

// setRoles replaces the officer's roles by those kept in the form and one added.
func (s *Server) setRoles(r *http.Request, id string) error {
	v := at(r)
	var grants []access.Grant
	kept := r.PostForm["punya"]
	if role := r.PostForm.Get("peran"); role != "" {
		kept = append(kept, role+":"+r.PostForm.Get("unit"))
	}
	for _, x := range kept {
		role, unit, _ := strings.Cut(x, ":")
		g, err := grantOf(v.pack, role, unit)
		if err != nil {
			return err
		}
		grants = append(grants, g)
	}
	return s.Access.SetGrants(r.Context(), v.actor.ID, v.pack.Identity.Code, id, grants)
}
