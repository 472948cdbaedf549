package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tanggap/internal/edition"
	"tanggap/internal/region"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
	"tanggap/internal/web/view"
)

const identityPath = settingsPath + "/identitas"

// identityFields are the values of region.toml that a form changes, in their order. Code,
// prefix and hosts stay: they are printed on what citizens hold, or known to the operator.
var identityFields = []struct{ table, name, kind string }{
	{"", "name", "words"}, {"", "zone", "zone"}, {"", "zone_name", "zone_name"}, {"", "population", "count"}, {"", "colour", "colour"},
	{"", "quiet_from", "clock"}, {"", "quiet_to", "clock"}, {"", "triage_unit", "unit"}, {"", "first_rule", "rule"}, {"", "auto_close_days", "count"},
	{"", "learning", "learning"}, {"threshold", "auto", "share"}, {"threshold", "suggest", "share"},
}

var zones = map[string]string{"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT", "Asia/Pontianak": "WIB"}

// identity is the form of who the region is and how it shows itself.
func (s *Server) identity(w http.ResponseWriter, r *http.Request) error {
	page, err := s.identityPage(r, nil)
	if err != nil {
		return err
	}
	if r.URL.Query().Has("tersimpan") {
		page.Notice = &view.Notice{Tone: "ok", Text: s.View.T(lang(r), "pack.saved")}
	}
	return s.renderPrivate(w, r, http.StatusOK, "identity", page)
}

func (s *Server) identityPage(r *http.Request, typed map[string]string) (*view.Identity, error) {
	v, ctx := at(r), r.Context()
	base, err := s.staffBase(r)
	if err != nil {
		return nil, err
	}
	d, err := edition.Open(ctx, s.Store, v.pack.Identity.Code)
	if err != nil {
		return nil, err
	}
	page := &view.Identity{Base: base}
	if page.Draft, err = s.draftOf(ctx, v, d); err != nil {
		return nil, err
	}
	p, problems := d.Files.Check(s.Clock.Now())
	page.Locked, page.Mark = page.Draft.Effective != nil, d.Files.IdentityMark()
	page.Code, page.Prefix, page.Hosts = p.Identity.Code, p.Identity.Prefix, p.Identity.Hosts
	if typed == nil {
		for _, x := range problems {
			if x.File == "region.toml" && !x.Warning {
				page.Errors = append(page.Errors, view.FieldError{Field: identityID(x.Field), Message: x.Message})
			}
		}
	}
	values := identityValues(p)
	for _, x := range identityFields {
		value, ok := typed[x.name]
		if !ok {
			value = values[x.name]
		}
		page.Fields = append(page.Fields, s.identityField(v, p, x.name, x.kind, value))
		if x.name == "colour" {
			page.Colour, page.Nearest = value, region.NearestColour(value)
			page.Palette = view.NewPalette(page.Nearest)
		}
		if x.name == "name" {
			page.Name = value
		}
	}
	for _, week := range p.Weeks() {
		if hours, ok := p.Identity.Hours[week]; ok {
			x := view.IdentityWeek{Name: week, Label: s.choiceWords(v, "units", "hours", week)}
			for _, day := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
				field := week + "-" + day
				value, ok := typed[field]
				if !ok {
					value = strings.Join(hours[day], ", ")
				}
				x.Days = append(x.Days, view.PackField{ID: "i-" + field, Label: s.View.T(v.lang, "identity.day_"+day), Value: value})
			}
			page.Weeks = append(page.Weeks, x)
		}
	}
	for _, n := range append(slices.Clone(p.Identity.Numbers), region.EmergencyNumber{}) {
		page.Numbers = append(page.Numbers, view.IdentityNumber{Name: n.Name, Number: n.Number, Source: n.Source, Verified: n.Verified})
	}
	return page, nil
}

func identityID(field string) string {
	field = strings.TrimPrefix(field, "hours.")
	return "i-" + strings.ReplaceAll(field, ".", "-")
}

func identityValues(p *region.Pack) map[string]string {
	id := p.Identity
	share := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	return map[string]string{"name": id.Name, "zone": id.Zone, "zone_name": id.ZoneName, "population": strconv.Itoa(id.Population), "colour": id.Colour,
		"quiet_from": id.QuietFrom, "quiet_to": id.QuietTo, "triage_unit": id.Triage, "first_rule": id.FirstRule, "auto_close_days": strconv.Itoa(id.AutoClose),
		"learning": string(id.Learning), "auto": share(id.Thresholds.Auto), "suggest": share(id.Thresholds.Suggest)}
}

func (s *Server) identityField(v *visit, p *region.Pack, name, kind, value string) view.PackField {
	f := view.PackField{ID: "i-" + name, Name: name, Label: s.View.T(v.lang, "identity."+name), Value: value, Kind: "words"}
	if hint := "identity_hint." + name; s.View.Has(v.lang, hint) {
		f.Hint = s.View.T(v.lang, hint)
	}
	option := func(code, label string) {
		f.Kind = "select"
		f.Options = append(f.Options, view.Option{Value: code, Label: label, Selected: code == value})
	}
	switch kind {
	case "count":
		f.Kind = "count"
	case "zone":
		for _, z := range []string{"Asia/Jakarta", "Asia/Pontianak", "Asia/Makassar", "Asia/Jayapura"} {
			option(z, z+" ("+zones[z]+")")
		}
	case "zone_name":
		for _, z := range []string{"WIB", "WITA", "WIT"} {
			option(z, z)
		}
	case "unit":
		for _, x := range p.Codes(region.TableUnits) {
			option(x[0], x[1])
		}
	case "rule":
		for _, x := range p.Rules {
			if x.Promise {
				option(x.Code, x.Name)
			}
		}
	case "learning":
		for _, x := range []region.Learning{region.LearnAuto, region.LearnSuggest, region.LearnNever} {
			option(string(x), s.View.T(v.lang, "reader.learning_"+string(x)))
		}
	}
	return f
}

// identitySave changes what the form says in the draft, or with aksi=lihat only shows the
// colour.
func (s *Server) identitySave(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v := at(r)
	typed := map[string]string{}
	for name := range r.PostForm {
		if field, ok := strings.CutPrefix(name, "i-"); ok {
			typed[field] = strings.TrimSpace(text.Clean(r.PostForm.Get(name), 300))
		}
	}
	var wrong rowProblems
	err := error(nil)
	if r.PostForm.Get("aksi") != "lihat" {
		err = edition.Edit(r.Context(), s.Store, v.pack.Identity.Code, v.actor.ID, edition.Edited, map[string]any{"identity": true}, func(f region.Files) error {
			if f.IdentityMark() != r.PostForm.Get("sidik") {
				return tanggap.Errorf(tanggap.Conflict, "orang lain mengubah identitas sejak Anda membukanya; isian Anda masih di bawah, bandingkan lalu simpan lagi")
			}
			return s.setIdentity(f, typed, r.PostForm["nomor-nama"], r.PostForm["nomor-nomor"], r.PostForm["nomor-sumber"], r.PostForm["nomor-pasti"])
		})
		if err == nil {
			return s.redirect(w, r, identityPath+"?tersimpan")
		}
	}
	isWrong := errors.As(err, &wrong)
	if err != nil && !isWrong && statusOf(err) >= http.StatusInternalServerError {
		return err
	}
	page, readErr := s.identityPage(r, typed)
	if readErr != nil {
		return readErr
	}
	status := http.StatusOK
	if isWrong {
		status = http.StatusUnprocessableEntity
	} else if err != nil {
		status = statusOf(err)
		page.Errors = append(page.Errors, errorOf(err, "i-name"))
	}
	page.Errors = append(page.Errors, wrong...)
	return s.renderPrivate(w, r, status, "identity", page)
}

// setIdentity writes what changed. Faults of region.toml refuse it all.
func (s *Server) setIdentity(f region.Files, typed map[string]string, names, numbers, sources, sure []string) error {
	p, _ := f.Check(s.Clock.Now())
	old := identityValues(p)
	for _, x := range identityFields {
		value, ok := typed[x.name]
		if !ok || value == old[x.name] {
			continue
		}
		var v any = value
		var err error
		switch x.kind {
		case "count":
			v, err = strconv.Atoi(value)
		case "share":
			v, err = strconv.ParseFloat(strings.ReplaceAll(value, ",", "."), 64)
		}
		if err != nil {
			return rowProblems{{Field: "i-" + x.name, Message: "Tulis sebuah angka."}}
		}
		if err := f.SetIdentity(x.table, x.name, v); err != nil {
			return err
		}
	}
	for week, hours := range p.Identity.Hours {
		for _, day := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
			value, ok := typed[week+"-"+day]
			list := []string{}
			for part := range strings.SplitSeq(value, ",") {
				if part = strings.ReplaceAll(strings.TrimSpace(part), ".", ":"); part != "" {
					list = append(list, part)
				}
			}
			if !ok || slices.Equal(list, hours[day]) || len(list) == 0 && len(hours[day]) == 0 {
				continue
			}
			if err := f.SetIdentity("hours."+week, day, list); err != nil {
				return err
			}
		}
	}
	if len(names) > 0 && len(names) == len(numbers) && len(names) == len(sources) {
		var list []region.EmergencyNumber
		for i, name := range names {
			x := region.EmergencyNumber{Name: strings.TrimSpace(text.Clean(name, 100)), Number: strings.TrimSpace(text.Clean(numbers[i], 30)),
				Source: strings.TrimSpace(text.Clean(sources[i], 300)), Verified: slices.Contains(sure, strconv.Itoa(i))}
			if x.Name != "" || x.Number != "" {
				list = append(list, x)
			}
		}
		if !slices.Equal(list, p.Identity.Numbers) {
			if err := f.SetNumbers(list); err != nil {
				return err
			}
		}
	}
	var wrong rowProblems
	_, problems := f.Check(s.Clock.Now())
	for _, x := range problems {
		if x.File == "region.toml" && !x.Warning {
			wrong = append(wrong, view.FieldError{Field: identityID(x.Field), Message: x.Message})
		}
	}
	if len(wrong) > 0 {
		return wrong
	}
	return nil
}
