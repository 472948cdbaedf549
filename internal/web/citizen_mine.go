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
	"tanggap/internal/seal"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

// "Urusan Saya": a citizen's own matters over all channels, opened by a one-time code to
// a contact that he has proved to be his. There is no account and no password.

const (
	minePath   = notify.PathMine
	visitLasts = 30 * time.Minute
	mostMine   = 100
	// visitCookie holds the token of a visit.
	visitCookie = "tanggap_urusan"
)

// me is the citizen of a visit: every verified identity with the contact by which he came.
type me struct {
	lead     *store.Identity
	until    time.Time
	contacts []*store.Identity
	citizens []string
	token    string
}

func (m *me) contact() string { return cmp.Or(m.lead.Phone, m.lead.Email) }

// visiting finds the visit of a request, nil without one.
func (s *Server) visiting(r *http.Request) (*me, error) {
	cookie, err := r.Cookie(visitCookie)
	if err != nil || cookie.Value == "" || len(cookie.Value) > 64 {
		return nil, nil
	}
	region := s.pack(r).Identity.Code
	lead, until, err := s.Store.Visit(r.Context(), region, cookie.Value)
	if err != nil || lead == nil || lead.VerifiedAt.IsZero() {
		return nil, err
	}
	m := &me{lead: lead, until: until, token: cookie.Value}
	if m.contacts, err = s.Store.VerifiedContacts(r.Context(), region, lead.Phone, lead.Email); err != nil {
		return nil, err
	}
	for _, i := range m.contacts {
		if !slices.Contains(m.citizens, i.CitizenID) {
			m.citizens = append(m.citizens, i.CitizenID)
		}
	}
	return m, nil
}

// errVisitOver leads back to the form that asks for a contact.
var errVisitOver = tanggap.Errorf(tanggap.Unauthorized, "kunjungan ini sudah berakhir; minta kode baru")

// visit is visiting for pages that need one.
func (s *Server) visit(r *http.Request) (*me, error) {
	m, err := s.visiting(r)
	if err == nil && m == nil {
		err = errVisitOver
	}
	return m, err
}

// mine shows the citizen's matters, or asks for the contact to which a code goes.
func (s *Server) mine(w http.ResponseWriter, r *http.Request) error {
	m, err := s.visiting(r)
	if err != nil {
		return err
	}
	if m == nil {
		page := &view.MineDoor{Base: s.base(r)}
		if r.URL.Query().Get("kabar") == "keluar" {
			page.Notice = &view.Notice{Tone: "ok", Text: s.View.T(lang(r), "mine.left")}
		}
		return s.renderPrivate(w, r, http.StatusOK, "mine_door", page)
	}
	page, err := s.minePage(r, m)
	if err != nil {
		return err
	}
	if key, ok := mineNotices[r.URL.Query().Get("kabar")]; ok {
		page.Notice = &view.Notice{Tone: "ok", Text: s.View.T(lang(r), key)}
	}
	return s.renderPrivate(w, r, http.StatusOK, "mine", page)
}

var mineNotices = map[string]string{"simpan": "mine.saved", "data": "mine.asked"}

// mineAsk sends a one-time code to a contact, if it is a verified one. Whether it is
// nobody learns: the answer, what is stored and what can be tried are the same.
func (s *Server) mineAsk(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	p, ctx, now := s.pack(r), r.Context(), s.Clock.Now()
	page := &view.MineDoor{Base: s.base(r), Contact: cut(strings.TrimSpace(r.PostForm.Get("kontak")), 254)}
	phone, email, key := "", "", ""
	var err error
	if strings.Contains(page.Contact, "@") {
		if email, err = seal.Email(page.Contact); err != nil {
			key = view.MsgEmailWrong
		}
	} else if phone, err = seal.Phone(page.Contact, "ID"); err != nil {
		key = view.MsgPhoneWrong
	}
	if key != "" {
		page.Errors = append(page.Errors, s.wrong(r, "kontak", key))
		return s.renderPrivate(w, r, http.StatusUnprocessableEntity, "mine_door", page)
	}
	// Nobody is pestered with codes that somebody else asks for, known or not.
	if !s.limits.codes.spend(now, s.clientIP(r)) || !s.limits.caseCodes.spend(now, p.Identity.Code+"/"+phone+email) {
		return errTooMany
	}
	digits, err := sixDigits()
	if err != nil {
		return err
	}
	secret := tanggap.NewToken()
	err = s.Store.InTx(ctx, func(tx *store.Store) error {
		row := &store.ContactCode{Region: p.Identity.Code, ID: tanggap.HashToken(secret), Purpose: store.CodeMine}
		known, err := tx.VerifiedContacts(ctx, row.Region, phone, email)
		if err != nil {
			return err
		}
		for _, i := range known {
			to, err := s.Intake.Outbox.CodeTo(ctx, tx, p, i, "code:"+row.ID, digits, codeLives)
			if err != nil {
				return err
			}
			if to != nil {
				row.IdentityID = to.ID
				break
			}
		}
		return tx.AddContactCode(ctx, row, digits, codeLives)
	})
	if err != nil {
		return err
	}
	s.wake()
	s.setCookie(w, r, codeCookie, secret, codeLives)
	return s.redirect(w, r, minePath+"/kode")
}

func (s *Server) setCookie(w http.ResponseWriter, r *http.Request, name, value string, lives time.Duration) {
	age := int(lives.Seconds())
	if value == "" {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure(r)})
}

// mineCode takes the code in the browser that asked for it, and begins a visit.
func (s *Server) mineCode(w http.ResponseWriter, r *http.Request) error {
	page := &view.MineCode{Base: s.base(r)}
	if r.Method != http.MethodPost {
		return s.renderPrivate(w, r, http.StatusOK, "mine_code", page)
	}
	if err := readFields(r); err != nil {
		return err
	}
	now, ip, region := s.Clock.Now(), s.clientIP(r), s.pack(r).Identity.Code
	if !s.limits.misses.left(now, ip) {
		return errTooMany
	}
	identity, err := s.useMineCode(r, region, strings.Join(strings.Fields(r.PostForm.Get("kode")), ""))
	if tanggap.CodeOf(err) == tanggap.NotFound {
		s.limits.misses.spend(now, ip)
		page.Errors = append(page.Errors, s.wrong(r, "kode", "open_code.wrong"))
		return s.renderPrivate(w, r, http.StatusUnprocessableEntity, "mine_code", page)
	}
	if err != nil {
		return err
	}
	token, err := s.Store.BeginVisit(r.Context(), region, identity, visitLasts)
	if err != nil {
		return err
	}
	s.setCookie(w, r, codeCookie, "", 0)
	s.setCookie(w, r, visitCookie, token, visitLasts)
	return s.redirect(w, r, minePath)
}

func (s *Server) useMineCode(r *http.Request, region, digits string) (string, error) {
	cookie, err := r.Cookie(codeCookie)
	if err != nil || len(cookie.Value) > 64 {
		return "", tanggap.Errorf(tanggap.NotFound, "kode ini diminta dari peramban lain")
	}
	row, err := s.Store.UseContactCode(r.Context(), region, tanggap.HashToken(cookie.Value), store.CodeMine, digits, codeTries)
	if err == nil && row.IdentityID == "" {
		err = tanggap.Errorf(tanggap.NotFound, "kode ini tidak cocok atau tidak berlaku lagi")
	}
	if err != nil {
		return "", err
	}
	return row.IdentityID, nil
}

// mineLeave ends the visit.
func (s *Server) mineLeave(w http.ResponseWriter, r *http.Request) error {
	if m, err := s.visiting(r); err != nil {
		return err
	} else if m != nil {
		if err := s.Store.EndVisit(r.Context(), m.lead.Region, m.token); err != nil {
			return err
		}
	}
	s.setCookie(w, r, visitCookie, "", 0)
	return s.redirect(w, r, minePath+"?kabar=keluar")
}

// minePage is everything that a visit shows.
func (s *Server) minePage(r *http.Request, m *me) (*view.Mine, error) {
	ctx, p, code := r.Context(), s.pack(r), m.lead.Region
	citizen, err := s.Store.Citizen(ctx, code, m.lead.CitizenID)
	if err != nil {
		return nil, err
	}
	page := &view.Mine{Base: s.base(r), Contact: m.contact(), Until: m.until, Name: citizen.Name, Speaks: citizenLang(citizen),
		News: m.lead.StoppedAt.IsZero(), Survey: true, Kinds: dataKinds}
	cases, err := s.Store.ContactCases(ctx, code, m.contacts, mostMine)
	if err != nil {
		return nil, err
	}
	for _, c := range cases {
		row := view.MineCase{Number: c.Number, State: c.State, Opened: c.OpenedAt, Due: moment(c.DueAt), Late: casework.IsLate(c, s.Clock.Now())}
		if !c.State.Open() || c.State.Paused() {
			row.Due = nil
		}
		// Of a secret case a screen shows the state and dates only; its own link opens it.
		if !c.Secret {
			row.Service, row.Link = serviceName(p, c.Service, lang(r)), "/l/"+c.Link
			files, err := s.Store.Attachments(ctx, code, c.ID)
			if err != nil {
				return nil, err
			}
			for _, a := range files {
				if a.State == store.AttachmentStored && len(page.Files) < mostMine {
					page.Files = append(page.Files, view.MineFile{Number: c.Number, URL: row.Link + "/berkas/" + a.ID, Kind: a.MIME, Bytes: a.Size, At: a.CreatedAt})
				}
			}
		}
		page.Cases = append(page.Cases, row)
	}
	if err := s.mineWishes(ctx, m, page); err != nil {
		return nil, err
	}
	asked, err := s.Store.CitizenDataRequests(ctx, code, m.citizens, 20)
	for _, x := range asked {
		page.Requests = append(page.Requests, view.DataRow{Kind: x.Kind, State: x.State, At: x.CreatedAt, Due: x.DueAt, Closed: moment(x.ClosedAt), Reason: x.Reason, Words: x.Words, Answer: x.Answer})
	}
	return page, err
}

// mineWishes fills in what the citizen allows and prefers, and what he changed.
func (s *Server) mineWishes(ctx context.Context, m *me, page *view.Mine) error {
	list, err := s.Store.Wishes(ctx, m.lead.Region, m.lead.CitizenID, 50)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, x := range list {
		if len(page.Changes) < 10 {
			page.Changes = append(page.Changes, view.Change{What: x.What, Value: x.Value, At: x.CreatedAt})
		}
		if seen[x.What] {
			continue
		}
		seen[x.What] = true
		switch x.What {
		case store.WishSurvey:
			page.Survey = x.Value != store.No
		case store.WishHistory:
			page.History = x.Value == store.Yes
		case store.WishWay:
			page.Way = x.Value
		}
	}
	all, err := s.Store.Identities(ctx, m.lead.Region, m.lead.CitizenID)
	for _, i := range all {
		if way := notify.WayTo(i); i.Reachable() && way != "" && !slices.Contains(page.Ways, way) {
			page.Ways = append(page.Ways, way)
		}
	}
	return err
}

// mineWish takes what the citizen allows and prefers. Each change is written down.
func (s *Server) mineWish(w http.ResponseWriter, r *http.Request) error {
	m, err := s.mineForm(r)
	if err != nil {
		return err
	}
	before, err := s.minePage(r, m)
	if err != nil {
		return err
	}
	yes := func(name string) string {
		if r.PostForm.Get(name) == "ya" {
			return store.Yes
		}
		return store.No
	}
	was := func(b bool) string {
		if b {
			return store.Yes
		}
		return store.No
	}
	speaks, way := r.PostForm.Get("bahasa"), r.PostForm.Get("saluran")
	if speaks != "id" && speaks != "en" {
		speaks = before.Speaks
	}
	if !slices.Contains(before.Ways, way) {
		way = before.Way
	}
	changes := []struct{ what, was, now string }{
		{store.WishNews, was(before.News), yes("kabar")}, {store.WishSurvey, was(before.Survey), yes("survei")}, {store.WishHistory, was(before.History), yes("riwayat")},
		{store.WishLang, before.Speaks, speaks}, {store.WishWay, before.Way, way},
	}
	ctx, now := r.Context(), s.Clock.Now()
	err = s.Store.InTx(ctx, func(tx *store.Store) error {
		for _, x := range changes {
			if x.was == x.now {
				continue
			}
			for _, id := range m.citizens {
				if err := tx.AddWish(ctx, &store.Wish{Region: m.lead.Region, CitizenID: id, What: x.what, Value: x.now, Way: "web"}); err != nil {
					return err
				}
				if err := tx.AddRegionEvent(ctx, m.lead.Region, casework.Citizen(id), "citizen.wish", map[string]any{"what": x.what, "value": x.now}); err != nil {
					return err
				}
				if x.what != store.WishLang {
					continue
				}
				if err := tx.ChangeCitizen(ctx, m.lead.Region, id, func(c *store.Citizen) { c.Lang = x.now }); err != nil {
					return err
				}
			}
			if x.what != store.WishNews {
				continue
			}
			for _, i := range m.contacts {
				if i.StoppedAt = now; x.now == store.Yes {
					i.StoppedAt = time.Time{}
				}
				if err := tx.SetIdentity(ctx, i); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.redirect(w, r, minePath+"?kabar=simpan")
}

// mineForm is the visit of a form that changes something.
func (s *Server) mineForm(r *http.Request) (*me, error) {
	if err := readFields(r); err != nil {
		return nil, err
	}
	if err := s.mayWrite(r); err != nil {
		return nil, err
	}
	return s.visit(r)
}

// mineName corrects the name, which harms nobody and so needs no officer.
func (s *Server) mineName(w http.ResponseWriter, r *http.Request) error {
	m, err := s.mineForm(r)
	if err != nil {
		return err
	}
	name, err := typed(r, "nama", 80)
	if err != nil {
		return s.mineAgain(w, r, m, errorOf(err, "nama"))
	}
	err = s.Store.InTx(r.Context(), func(tx *store.Store) error {
		for _, id := range m.citizens {
			if err := tx.ChangeCitizen(r.Context(), m.lead.Region, id, func(c *store.Citizen) { c.Name = name }); err != nil {
				return err
			}
			if err := tx.AddRegionEvent(r.Context(), m.lead.Region, casework.Citizen(id), "citizen.corrected", map[string]any{"field": "name"}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.redirect(w, r, minePath+"?kabar=simpan")
}

func (s *Server) mineAgain(w http.ResponseWriter, r *http.Request, m *me, wrong view.FieldError) error {
	page, err := s.minePage(r, m)
	if err != nil {
		return err
	}
	page.Errors, page.Draft = append(page.Errors, wrong), cut(r.PostForm.Get("keterangan"), 2000)
	return s.renderPrivate(w, r, http.StatusUnprocessableEntity, "mine", page)
}

// dataKinds are what a citizen can ask about his data.
var dataKinds = []string{store.DataCopy, store.DataCorrect, store.DataErase}

// dataTerm is the term of UU 27/2022 for access and correction, 3×24 hours (articles 30 and
// 32); a request to erase is held to the same.
const dataTerm = 72 * time.Hour

// mineData puts a request about personal data before the data-protection officer.
func (s *Server) mineData(w http.ResponseWriter, r *http.Request) error {
	m, err := s.mineForm(r)
	if err != nil {
		return err
	}
	kind := r.PostForm.Get("jenis")
	words, err := typed(r, "keterangan", 2000)
	switch {
	case err != nil:
		return s.mineAgain(w, r, m, errorOf(err, "keterangan"))
	case !slices.Contains(dataKinds, kind):
		return s.mineAgain(w, r, m, s.wrong(r, "jenis", "mine.kind_empty"))
	case kind == store.DataCorrect && words == "":
		return s.mineAgain(w, r, m, s.wrong(r, "keterangan", "mine.words_empty"))
	}
	ctx, p := r.Context(), s.pack(r)
	twice := false
	err = s.Store.InTx(ctx, func(tx *store.Store) error {
		asked, err := tx.CitizenDataRequests(ctx, m.lead.Region, m.citizens, 50)
		if err != nil {
			return err
		}
		if twice = slices.ContainsFunc(asked, func(x *store.DataRequest) bool { return x.State == store.DataOpen && x.Kind == kind }); twice {
			return nil
		}
		x := &store.DataRequest{Region: m.lead.Region, CitizenID: m.lead.CitizenID, IdentityID: m.lead.ID, Kind: kind, Words: words, DueAt: s.Clock.Now().Add(dataTerm)}
		if err := tx.AddDataRequest(ctx, x); err != nil {
			return err
		}
		return tx.AddRegionEvent(ctx, m.lead.Region, casework.Citizen(m.lead.CitizenID), "citizen.data_asked", map[string]any{"request": x.ID, "kind": kind, "region": p.Identity.Code})
	})
	if err != nil {
		return err
	}
	if twice {
		return s.mineAgain(w, r, m, s.wrong(r, "jenis", "mine.kind_twice"))
	}
	return s.redirect(w, r, minePath+"?kabar=data")
}

// mineReport begins a new report with what is known already.
func (s *Server) mineReport(w http.ResponseWriter, r *http.Request) error {
	m, err := s.mineForm(r)
	if err != nil {
		return err
	}
	citizen, err := s.Store.Citizen(r.Context(), m.lead.Region, m.lead.CitizenID)
	if err != nil {
		return err
	}
	cases, err := s.Store.ContactCases(r.Context(), m.lead.Region, m.contacts, 1)
	if err != nil {
		return err
	}
	d := s.newDraft(w, r)
	d.Name, d.Phone, d.Email, d.Identity, d.Known = citizen.Name, m.lead.Phone, "", m.lead.ID, m.contact()
	if d.Kind = "wa"; d.Phone == "" {
		d.Kind, d.Email = "email", m.lead.Email
	}
	if len(cases) > 0 && !cases[0].Secret {
		d.Area = cases[0].Area
	}
	if err := s.saveDraft(r.Context(), m.lead.Region, d); err != nil {
		return err
	}
	return s.redirect(w, r, "/lapor")
}
