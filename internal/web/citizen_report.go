package web

import (
	"cmp"
	"net/http"
	"strconv"
	"unicode/utf8"

	"tanggap/internal/region"
	"tanggap/internal/seal"
	"tanggap/internal/tanggap"
	"tanggap/internal/triage"
	"tanggap/internal/web/view"
)

// The report form: four pages, each a POST that answers 303. What was typed is kept
// in the draft as soon as it is right, and shown again when it is not.

// home is the first page.
func (s *Server) home(w http.ResponseWriter, r *http.Request) error {
	return s.render(w, r, http.StatusOK, "home", &view.Home{Base: s.base(r)})
}

// reportText is step 1: what happened, with photos.
func (s *Server) reportText(w http.ResponseWriter, r *http.Request) error {
	d, err := s.draft(r)
	if err != nil {
		return err
	}
	if d != nil && d.caseID != "" {
		d = nil // that one was sent; this is the next
	}
	if r.Method != http.MethodPost {
		page := &view.ReportText{Base: s.base(r)}
		if a, ok := s.pack(r).Area(r.URL.Query().Get("dekat")); ok {
			page.Area = a.Code
		}
		if d != nil {
			page.Text, page.Photos = d.Text, d.photos()
		}
		return s.renderPrivate(w, r, http.StatusOK, "report_text", page)
	}
	if err := s.mayWrite(r); err != nil {
		return err
	}
	room := view.MaxPhotos
	if d != nil {
		room -= len(d.Photos)
	}
	f, err := s.readForm(w, r, room)
	if err != nil {
		return err
	}
	if f.Get(honeypot) != "" {
		return errRobot
	}
	if d == nil {
		d = s.newDraft(w, r)
	}
	region := s.pack(r).Identity.Code
	page := &view.ReportText{Base: s.base(r), Text: f.typed("teks", view.MaxText+1)}
	if a, ok := s.pack(r).Area(f.Get("dekat")); ok {
		page.Area, d.Area = a.Code, a.Code
	}
	switch {
	case page.Text == "":
		page.Errors = append(page.Errors, s.wrong(r, "teks", view.MsgTextEmpty))
	case utf8.RuneCountInString(page.Text) > view.MaxText:
		page.Errors = append(page.Errors, s.wrong(r, "teks", view.MsgTextLong, "max", view.MaxText))
	default:
		d.Text = page.Text
	}
	for _, u := range f.uploads {
		if err := s.addPhoto(r.Context(), region, d, u); err != nil {
			return err
		}
	}
	gone := f.Get("hapus")
	removed := gone != "" && d.removePhoto(gone)
	if removed {
		if err := s.emptyPhoto(r.Context(), region, gone); err != nil {
			return err
		}
	}
	if err := s.saveDraft(r.Context(), region, d); err != nil {
		return err
	}
	if removed {
		return s.redirect(w, r, "/lapor")
	}
	page.Errors = append(page.Errors, f.wrong...)
	if len(page.Errors) > 0 {
		page.Photos = d.photos()
		return s.renderPrivate(w, r, http.StatusUnprocessableEntity, "report_text", page)
	}
	return s.redirect(w, r, "/lapor/lokasi")
}

// reportPlace is step 2: where, and whether it endangers people.
func (s *Server) reportPlace(w http.ResponseWriter, r *http.Request) error {
	d, err := s.draft(r)
	if err != nil {
		return err
	}
	if d.missing() == "/lapor" {
		return s.redirect(w, r, "/lapor")
	}
	p := s.pack(r)
	if r.Method != http.MethodPost {
		return s.renderPrivate(w, r, http.StatusOK, "report_place", s.placePage(r, d))
	}
	if err := s.mayWrite(r); err != nil {
		return err
	}
	f, err := s.readForm(w, r, 0)
	if err != nil {
		return err
	}
	d.Area, d.Place = "", f.typed("patokan", 300)
	if a, ok := p.Area(f.Get("kelurahan")); ok {
		d.Area = a.Code
	}
	d.Lat, d.Lon = point(f.Get("lat"), f.Get("lon"))
	d.Danger = ""
	switch v := f.Get("bahaya"); v {
	case "ya", "tidak", "ragu":
		d.Danger = v
	}
	if err := s.saveDraft(r.Context(), p.Identity.Code, d); err != nil {
		return err
	}
	page := s.placePage(r, d)
	if d.Area == "" && d.Place == "" && d.Lat == "" {
		page.Errors = append(page.Errors, s.wrong(r, "kelurahan", view.MsgPlaceEmpty))
	}
	if d.Danger == "" {
		page.Errors = append(page.Errors, s.wrong(r, "bahaya", view.MsgDangerEmpty))
	}
	if len(page.Errors) > 0 {
		return s.renderPrivate(w, r, http.StatusUnprocessableEntity, "report_place", page)
	}
	return s.redirect(w, r, "/lapor/kontak")
}

func (s *Server) placePage(r *http.Request, d *draft) *view.ReportPlace {
	return &view.ReportPlace{Base: s.base(r), Areas: areaGroups(s.pack(r), d.Area), Place: d.Place, Lat: d.Lat, Lon: d.Lon, Danger: d.Danger}
}

// areaGroups lists the kelurahan under their kecamatan.
func areaGroups(p *region.Pack, selected string) []view.Group {
	var out []view.Group
	for _, district := range p.Areas {
		if district.Parent != "" {
			continue
		}
		g := view.Group{Label: district.Name}
		for _, a := range p.Areas {
			if a.Parent == district.Code {
				g.Options = append(g.Options, view.Option{Value: a.Code, Label: a.Name, Selected: a.Code == selected})
			}
		}
		out = append(out, g)
	}
	return out
}

// point returns a position as the browser wrote it, or nothing when it is none.
func point(lat, lon string) (string, string) {
	y, err1 := strconv.ParseFloat(lat, 64)
	x, err2 := strconv.ParseFloat(lon, 64)
	if err1 != nil || err2 != nil || len(lat) > 24 || len(lon) > 24 || !(y >= -90 && y <= 90 && x >= -180 && x <= 180) {
		return "", ""
	}
	return lat, lon
}

// reportContact is step 3: where news should go, if anywhere.
func (s *Server) reportContact(w http.ResponseWriter, r *http.Request) error {
	d, err := s.draft(r)
	if err != nil {
		return err
	}
	if m := d.missing(); m != "" && m != "/lapor/kontak" {
		return s.redirect(w, r, d.missing())
	}
	page := &view.ReportContact{Base: s.base(r), Kind: d.Kind, Phone: d.Phone, Email: d.Email, Name: d.Name, ShowName: d.ShowName}
	s.warnDanger(r, d, &page.Base)
	if r.Method != http.MethodPost {
		return s.renderPrivate(w, r, http.StatusOK, "report_contact", page)
	}
	if err := s.mayWrite(r); err != nil {
		return err
	}
	f, err := s.readForm(w, r, 0)
	if err != nil {
		return err
	}
	page.Kind, page.Phone, page.Email = f.Get("kontak"), f.typed("wa", 24), f.typed("email", 254)
	page.Name, page.ShowName = f.typed("nama", 80), f.Get("tampil") != ""
	d.Kind, d.Phone, d.Email, d.Name, d.ShowName = page.Kind, "", "", page.Name, page.ShowName
	switch page.Kind {
	case "wa":
		if d.Phone, err = seal.Phone(page.Phone, "ID"); err != nil {
			page.Errors = append(page.Errors, s.wrong(r, "wa", view.MsgPhoneWrong))
		}
	case "email":
		if d.Email, err = seal.Email(page.Email); err != nil {
			page.Errors = append(page.Errors, s.wrong(r, "email", view.MsgEmailWrong))
		}
	case "tanpa":
	default:
		page.Kind = ""
		page.Errors = append(page.Errors, s.wrong(r, "kontak", view.MsgContactEmpty))
	}
	if len(page.Errors) > 0 {
		return s.renderPrivate(w, r, http.StatusUnprocessableEntity, "report_contact", page)
	}
	if err := s.saveDraft(r.Context(), s.pack(r).Identity.Code, d); err != nil {
		return err
	}
	return s.redirect(w, r, "/lapor/periksa")
}

// checkPage is step 4: everything once more, with the computer's suggestion.
func (s *Server) checkPage(r *http.Request, d *draft) *view.ReportCheck {
	p := s.pack(r)
	page := &view.ReportCheck{Base: s.base(r), Text: d.Text, Photos: d.photos(), Place: d.Place, Point: d.Lat != "", Danger: d.Danger,
		Kind: d.Kind, Contact: cmp.Or(d.Phone, d.Email), Name: d.Name, ShowName: d.ShowName, Key: d.id}
	s.warnDanger(r, d, &page.Base)
	if a, ok := p.Area(d.Area); ok {
		page.Area = a.Name
	}
	suggested := s.Intake.Engine(p).Decide(triage.Input{Text: d.Text, Danger: d.Danger == "ya", Area: d.Area})
	if x, ok := suggested.Get(triage.Service); ok {
		page.Service = serviceName(p, x.Value, lang(r))
	}
	return page
}

// warnDanger names the emergency number to whoever says that people are in danger,
// before the report is finished: a call is faster than a form.
func (s *Server) warnDanger(r *http.Request, d *draft, page *view.Base) {
	if d.Danger == "ya" && page.Site.Emergency != "" {
		page.Notice = &view.Notice{Tone: "bad", Text: s.View.T(lang(r), "home.emergency") + " " + page.Site.Emergency + "."}
	}
}

func serviceName(p *region.Pack, code, lang string) string {
	x, ok := p.Service(code)
	if ok && lang == "en" && x.NameEn != "" {
		return x.NameEn
	}
	return x.Name
}

// honeypot is a field that people do not see and programs like to fill in.
const honeypot = "situs"

var errRobot = tanggap.Errorf(tanggap.Invalid, "formulir ini terisi seperti oleh program; muat ulang halaman lalu isi lagi")

// mayWrite limits how fast a visitor fills in pages.
func (s *Server) mayWrite(r *http.Request) error {
	if s.limits.writes.spend(s.Clock.Now(), s.clientIP(r)) {
		return nil
	}
	return errTooMany
}

var errTooMany = tanggap.Errorf(tanggap.TooMany, "terlalu banyak permintaan dari sambungan ini; tunggu beberapa menit lalu coba lagi")

// wrong is one thing to correct, in the visitor's words.
func (s *Server) wrong(r *http.Request, field, key string, pairs ...any) view.FieldError {
	return view.FieldError{Field: field, Message: s.View.T(lang(r), key, pairs...)}
}

// renderPrivate renders a page that is one visitor's own: no cache keeps it. That no
// other site hears its address is the server's rule for all pages (same-origin); the
// stricter no-referrer would make browsers send forms with "Origin: null", which on
// plain HTTP cannot be told from a foreign form.
func (s *Server) renderPrivate(w http.ResponseWriter, r *http.Request, status int, name string, page view.Page) error {
	w.Header().Set("Cache-Control", "no-store")
	return s.render(w, r, status, name, page)
}

// redirect answers a POST: 303 to a page of ours in the visitor's language. The path
// is made of our own words and of codes that were checked.
func (s *Server) redirect(w http.ResponseWriter, r *http.Request, path string) error {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, localPath(r, path), http.StatusSeeOther)
	return nil
}
