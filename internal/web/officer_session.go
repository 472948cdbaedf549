package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tanggap/internal/access"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

func (s *Server) loginForm(w http.ResponseWriter, r *http.Request) error {
	v := at(r)
	next := safeNext(r.URL.Query().Get("lanjut"))
	o, err := s.sessions.Officer(r, v.secure, true)
	if err != nil {
		return err
	}
	if o != nil && access.ActorOf(o).In(v.pack.Identity.Code) {
		return s.redirect(w, r, landing(access.ActorOf(o), v.pack, next))
	}
	page := s.loginPage(r, "", next)
	if s.Provider != nil && r.URL.Query().Get("keluar") == access.ByProvider {
		page.Out = s.Provider.Out(r.Context(), s.BaseURL(v.pack)+"/masuk")
	}
	return s.renderPrivate(w, r, http.StatusOK, "login", page)
}

func (s *Server) loginPage(r *http.Request, name, next string) *view.Login {
	page := &view.Login{Base: s.base(r), Name: name, Next: next, Key: s.place(r).Possible()}
	if s.Provider != nil {
		page.Provider = s.Provider.Label
	}
	if d := s.Demos[at(r).pack.Identity.Code]; d != nil {
		page.Demo = append(page.Demo, d.Officers...)
	}
	return page
}

func (s *Server) login(w http.ResponseWriter, r *http.Request) error {
	v := at(r)
	if err := readFields(r); err != nil {
		return err
	}
	if !s.logins.spend(s.Clock.Now(), v.ip) {
		return errTooMany
	}
	name, next := r.PostForm.Get("nama"), safeNext(r.PostForm.Get("lanjut"))
	page := s.loginPage(r, name, next)
	if name == "" || r.PostForm.Get("sandi") == "" {
		page.Errors = append(page.Errors, s.wrong(r, "nama", view.MsgLoginEmpty))
		return s.renderPrivate(w, r, http.StatusUnprocessableEntity, "login", page)
	}
	o, err := s.Access.LogIn(r.Context(), name, r.PostForm.Get("sandi"))
	if err == nil && !access.ActorOf(o).In(v.pack.Identity.Code) {
		err = noRoleHere(v)
	}
	if status := statusOf(err); err != nil && status != http.StatusInternalServerError {
		page.Errors = append(page.Errors, errorOf(err, "sandi"))
		return s.renderPrivate(w, r, status, "login", page)
	}
	if err != nil {
		return err
	}
	return s.enterAs(w, r, o, next, access.ByPassword)
}

// landing keeps whoever reads no cases from landing on a page that is closed to him.
func landing(a access.Actor, p *region.Pack, next string) string {
	if f := access.ListFilter(a, p); next != inboxPath || f.Units == nil || len(f.Units) > 0 {
		return next
	}
	switch {
	case access.CanIn(a, access.ChannelRead, p.Identity.Code):
		return channelsPath
	case access.CanIn(a, access.AuditRead, p.Identity.Code):
		return notify.PathOpened
	}
	return next
}

func (s *Server) logout(w http.ResponseWriter, r *http.Request) error {
	way, err := s.sessions.Way(r, at(r).secure)
	if err != nil {
		return err
	}
	if err := s.sessions.End(w, r, at(r).secure); err != nil {
		return err
	}
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	if way == access.ByProvider { // where he is still logged in
		return s.redirect(w, r, "/masuk?keluar="+way)
	}
	return s.redirect(w, r, "/masuk")
}

const inboxPath = "/kotak-masuk"

// safeNext keeps to officers' pages of this server.
func safeNext(next string) string {
	for _, start := range []string{inboxPath, "/kasus/", "/triase", "/baru", quarantinePath, channelsPath, readerPath, repliesPath, accountPath, peoplePath, tasksPath, surveysPath, notify.PathOpened, unsealPath} {
		if strings.HasPrefix(next, start) && !strings.ContainsAny(next, "\\\r\n") {
			return next
		}
	}
	return inboxPath
}

// errorOf puts an error beside the form field it belongs to, or beside field.
func errorOf(err error, field string) view.FieldError {
	var e *tanggap.Error
	if !errors.As(err, &e) {
		return view.FieldError{Field: field, Message: string(tanggap.Internal)} // its text never leaves the log
	}
	if e.Field != "" {
		field = e.Field
	}
	first, size := utf8.DecodeRuneInString(e.Message)
	return view.FieldError{Field: field, Message: string(unicode.ToUpper(first)) + e.Message[size:]}
}

// staffBase is what every officers' page has, with the counts of the side bar.
func (s *Server) staffBase(r *http.Request) (view.Base, error) {
	v := at(r)
	b := s.base(r)
	b.Elsewhere = s.elsewhere(v)
	b.Officer = &view.Officer{ID: v.officer.ID, Name: v.officer.Name, Unit: workplace(v.pack, v.officer)}
	open := access.ListFilter(v.actor, v.pack)
	open.States, open.Awake = openStates, s.Clock.Now()
	region, queue := v.pack.Identity.Code, access.TriageOf(v.pack)
	b.Officer.CanList = open.Units == nil || len(open.Units) > 0
	b.Officer.CanOpen = access.CanIn(v.actor, access.CaseOpen, region)
	b.Officer.CanField = access.CanIn(v.actor, access.CaseTake, region)
	b.Officer.CanSurveys = access.CanIn(v.actor, access.SurveyRead, region)
	b.Officer.CanForesee = access.CanIn(v.actor, access.ForecastRead, region)
	b.Officer.CanReports = access.CanIn(v.actor, access.ReportRead, region)
	if b.Officer.CanData = access.CanIn(v.actor, access.CitizenData, region); b.Officer.CanData {
		n, err := s.Store.CountDataRequests(r.Context(), region)
		if err != nil {
			return b, err
		}
		b.Officer.DataAsked = n
	}
	b.Officer.CanFigures = access.CanIn(v.actor, access.FiguresRead, region)
	b.Officer.CanPeople = access.CanIn(v.actor, access.AdminOfficers, region)
	b.Officer.CanSettings = access.CanIn(v.actor, access.AdminRegion, region)
	b.Officer.CanReplies = access.CanIn(v.actor, access.ReplyEdit, region)
	b.Officer.CanReader = access.CanIn(v.actor, access.ReaderRead, region)
	b.Officer.CanOpened = access.CanIn(v.actor, access.AuditRead, region)
	b.Officer.CanUnseal = access.CanIn(v.actor, access.CaseUnseal, region)
	b.Officer.CanChannels = access.CanIn(v.actor, access.ChannelRead, region)
	if b.Officer.CanQuarantine = access.Can(v.actor, access.QuarantineWork, queue); b.Officer.CanQuarantine {
		aside, err := s.Store.CountQuarantine(r.Context(), region, asideCount)
		if err != nil {
			return b, err
		}
		for _, x := range aside {
			b.Officer.Quarantined += int(x.N)
		}
	}
	asked := []store.CaseFilter{open}
	if b.Officer.CanTriage = access.Can(v.actor, access.TriageWork, queue); b.Officer.CanTriage {
		asked = append(asked, s.triageFilter(v))
	}
	n, err := s.Store.CountEach(r.Context(), asked, maxCount)
	if err != nil {
		return b, err
	}
	if b.Officer.Inbox = n[0]; b.Officer.CanTriage {
		b.Officer.Triage = n[1]
	}
	return b, nil
}

// asideCount is where the count of the quarantine in the side bar stops.
const asideCount = 100

// elsewhere are the other regions of this server in which the officer has a role.
// Each has a log-in of its own: a session is good for one host.
func (s *Server) elsewhere(v *visit) []view.Option {
	var out []view.Option
	for _, p := range s.Packs.All() {
		if p.Identity.Code != v.pack.Identity.Code && v.actor.In(p.Identity.Code) {
			out = append(out, view.Option{Value: s.BaseURL(p) + inboxPath, Label: p.PublicName()})
		}
	}
	return out
}

// workplace names where an officer works in a region: his first unit, or the region.
func workplace(p *region.Pack, o *store.Officer) string {
	i := slices.IndexFunc(o.Roles, func(x store.Role) bool { return x.Region == p.Identity.Code && x.Unit != "" })
	if i < 0 {
		return p.PublicName()
	}
	return p.ShortUnit(o.Roles[i].Unit)
}
