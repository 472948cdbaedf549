package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tanggap/internal/edition"
	"tanggap/internal/region"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

const (
	settingsPath = "/pengaturan"
	draftPath    = settingsPath + "/konsep"
	versionsPath = settingsPath + "/versi"
	packFilePath = settingsPath + "/paket"
	uploadPath   = settingsPath + "/unggah"
	tablePath    = settingsPath + "/tabel/"
)

const (
	maxArchive   = 8 << 20 // bytes of an uploaded pack
	shownChanges = 60      // of one file
	shownSteps   = 20
)

// settings is where an administrator begins: the tables of the pack, and the draft.
func (s *Server) settings(w http.ResponseWriter, r *http.Request) error {
	v := at(r)
	base, err := s.staffBase(r)
	if err != nil {
		return err
	}
	d, err := edition.Open(r.Context(), s.Store, v.pack.Identity.Code)
	if err != nil {
		return err
	}
	page := &view.Settings{Base: base}
	if page.Draft, err = s.draftOf(r.Context(), v, d); err != nil {
		return err
	}
	for _, t := range region.Tables {
		rows, err := d.Files.Rows(t)
		if err != nil && tanggap.CodeOf(err) != tanggap.Invalid {
			return err
		}
		page.Tables = append(page.Tables, view.SettingsTable{Name: t.Name, Rows: len(rows)})
	}
	return s.renderPrivate(w, r, http.StatusOK, "settings", page)
}

// draftOf is what every settings page says about the draft.
func (s *Server) draftOf(ctx context.Context, v *visit, d *edition.Draft) (view.PackDraft, error) {
	x := view.PackDraft{InForce: d.InForce, Moved: d.Moved()}
	if d.Row == nil {
		return x, nil
	}
	names, err := s.names(ctx, v.pack.Identity.Code)
	if err != nil {
		return x, err
	}
	x.Exists, x.Version, x.At, x.Effective = true, d.Row.Version, d.Row.ChangedAt, moment(d.Row.EffectiveAt)
	x.By = s.who(v, "officer:"+d.Row.ChangedBy, names)
	return x, nil
}

// packDraft shows what the draft would change, what is wrong with it, and what would
// become of the region's cases.
func (s *Server) packDraft(w http.ResponseWriter, r *http.Request) error {
	page, err := s.changesPage(r)
	if err != nil {
		return err
	}
	for _, done := range []string{"berlaku", "dijadwalkan", "batal", "buang", "unggah", "kembali", "banding"} {
		if r.URL.Query().Has(done) {
			page.Notice = &view.Notice{Tone: "ok", Text: s.View.T(lang(r), "pack.done_"+done)}
		}
	}
	return s.renderPrivate(w, r, http.StatusOK, "pack_draft", page)
}

func (s *Server) changesPage(r *http.Request) (*view.PackChanges, error) {
	v, ctx := at(r), r.Context()
	base, err := s.staffBase(r)
	if err != nil {
		return nil, err
	}
	code := v.pack.Identity.Code
	d, err := edition.Open(ctx, s.Store, code)
	if err != nil {
		return nil, err
	}
	page := &view.PackChanges{Base: base, Tomorrow: s.Clock.Now().In(v.pack.Location()).AddDate(0, 0, 1).Format(time.DateOnly)}
	if page.Draft, err = s.draftOf(ctx, v, d); err != nil {
		return nil, err
	}
	if page.History, err = s.packSteps(ctx, v); err != nil || d.Row == nil {
		return page, err
	}
	page.Reason = d.Row.Note
	old, err := edition.Version(ctx, s.Store, code, d.InForce)
	if err != nil {
		return nil, err
	}
	p, problems := d.Files.Check(s.Clock.Now())
	faulty := slices.ContainsFunc(problems, func(x region.Problem) bool { return !x.Warning })
	if !faulty {
		more, err := edition.Obstacles(ctx, s.Store, old, p)
		if err != nil {
			return nil, err
		}
		problems = append(more, problems...)
		effect, err := edition.Dry(ctx, s.Store, old, p)
		if err != nil {
			return nil, err
		}
		page.Effect = effectOf(old, p, effect)
		for _, x := range edition.Loosened(old, p, s.Clock.Now()) {
			name := s.View.T(v.lang, "pack.first_rule")
			if x.Service != "" {
				name = serviceName(p, x.Service, v.lang)
			}
			page.Looser = append(page.Looser, view.PackLooser{Service: name, Old: s.ruleWords(v, x.Old), New: s.ruleWords(v, x.New)})
		}
	}
	for _, x := range problems {
		where := s.problemOf(v, d.Files, x)
		if x.Warning {
			page.Warnings = append(page.Warnings, where)
		} else {
			page.Problems = append(page.Problems, where)
		}
	}
	changes := region.Diff(old, p)
	page.Total, page.Changes = len(changes), s.changeGroups(v, changes)
	return page, nil
}

func effectOf(old, p *region.Pack, e *edition.Effect) *view.PackEffect {
	out := &view.PackEffect{Later: e.Later, Same: e.Same, More: e.More, Relearn: e.Relearn}
	for _, m := range e.Moves {
		x := view.PackMove{Unit: m.Unit, Open: m.Open, Officers: m.Officers}
		if m.Unit {
			a, _ := old.Unit(m.Code)
			b, _ := p.Unit(m.Into)
			x.Name, x.Into = a.Name, b.Name
		} else {
			a, _ := old.Service(m.Code)
			b, _ := p.Service(m.Into)
			x.Name, x.Into = a.Name, b.Name
		}
		out.Moves = append(out.Moves, x)
	}
	return out
}

// ruleWords is a rule as people say it: 5 hari kerja.
func (s *Server) ruleWords(v *visit, r region.Rule) string {
	return s.View.T(v.lang, "pack.amount_"+string(r.Unit), "n", r.Amount)
}

// problemOf finds the page on which a fault can be corrected.
func (s *Server) problemOf(v *visit, files region.Files, x region.Problem) view.PackProblem {
	out := view.PackProblem{Where: x.File, Message: x.Message}
	i := slices.IndexFunc(region.Tables, func(t region.Table) bool { return t.File == x.File })
	if i < 0 {
		if out.URL = fileAddress(x.File, x.Field); out.URL != "" {
			out.Where = s.View.T(v.lang, "pack.file_"+fileWords.Replace(x.File))
		}
		if x.Field != "" {
			out.Where += " (" + x.Field + ")"
		}
		return out
	}
	t := region.Tables[i]
	out.Where, out.URL = s.View.T(v.lang, "pack.table_"+t.Name), tablePath+t.Name
	if rows, err := files.Rows(t); err == nil {
		if n := slices.IndexFunc(rows, func(row region.Line) bool { return row.Number == x.Line }); n >= 0 {
			out.URL = rowAddress(t, rows[n].Key(t))
			out.Where += ": " + rows[n].Key(t)
		}
	}
	return out
}

var fileWords = strings.NewReplacer("/", "_", ".toml", "")

// fileAddress is the page that edits a file which is no table.
func fileAddress(file, key string) string {
	switch {
	case file == "region.toml":
		return identityPath
	case strings.HasPrefix(file, "texts/") && key != "":
		return wordsPath + "?kunci=" + url.QueryEscape(key)
	}
	return ""
}

func rowAddress(t region.Table, key string) string {
	return tablePath + t.Name + "/baris?kunci=" + url.QueryEscape(key)
}

// changeGroups sorts differences by the table or file that they are in.
func (s *Server) changeGroups(v *visit, list []region.Change) []view.PackChangeGroup {
	var out []view.PackChangeGroup
	for _, c := range list {
		name := c.File
		var table *region.Table
		for i := range region.Tables {
			if region.Tables[i].File == c.File {
				table = &region.Tables[i]
				name = s.View.T(v.lang, "pack.table_"+table.Name)
			}
		}
		if table == nil {
			name = s.View.T(v.lang, "pack.file_"+fileWords.Replace(c.File))
		}
		if n := len(out); n == 0 || out[n-1].Name != name {
			out = append(out, view.PackChangeGroup{Name: name})
		}
		g := &out[len(out)-1]
		if len(g.Rows) == shownChanges {
			g.More++
			continue
		}
		x := view.PackChange{Kind: c.Kind, Key: c.Key, Field: c.Field, Old: c.Old, New: c.New}
		if table == nil {
			x.URL = fileAddress(c.File, c.Key)
		} else {
			if table.Name == region.TableSeed {
				x.Key = ""
			} else if c.Kind != region.Dropped {
				x.URL = rowAddress(*table, c.Key)
			}
			if c.Field != "" {
				x.Field = s.View.T(v.lang, "pack."+table.Name+"_"+c.Field)
			}
		}
		g.Rows = append(g.Rows, x)
	}
	return out
}

// packSteps is what administrators did with the pack lately.
func (s *Server) packSteps(ctx context.Context, v *visit) ([]view.PackStep, error) {
	events, err := s.Store.RegionEvents(ctx, v.pack.Identity.Code, edition.Events, shownSteps)
	if err != nil {
		return nil, err
	}
	names, err := s.names(ctx, v.pack.Identity.Code)
	if err != nil {
		return nil, err
	}
	var out []view.PackStep
	for _, e := range events {
		facts, err := packFacts(e)
		if err != nil {
			return nil, err
		}
		what := s.View.T(v.lang, "pack.step_"+strings.TrimPrefix(e.Type, "pack."), "version", facts.Version, "row", facts.Row)
		if facts.Table != "" {
			what += ": " + s.View.T(v.lang, "pack.table_"+facts.Table)
			if facts.Row != "" {
				what += ", " + facts.Row
			}
		}
		out = append(out, view.PackStep{At: e.HappenedAt, Who: s.who(v, e.Actor, names), What: what})
	}
	return out, nil
}

// packDraftDo puts the draft in force, now or on a day, or puts it away.
func (s *Server) packDraftDo(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v, ctx := at(r), r.Context()
	code, by := v.pack.Identity.Code, v.actor.ID
	version, _ := strconv.ParseInt(r.PostForm.Get("versi"), 10, 64)
	reason, err := typed(r, "alasan", 500)
	if err != nil {
		return s.draftAgain(w, r, err)
	}
	done := ""
	switch r.PostForm.Get("aksi") {
	case "berlakukan":
		var p *region.Pack
		if p, err = edition.Enforce(ctx, s.Store, code, by, version, reason); err == nil {
			done = "berlaku"
			s.use(p)
		}
	case "jadwalkan":
		day, bad := time.ParseInLocation(time.DateOnly, r.PostForm.Get("tanggal"), v.pack.Location())
		if bad != nil {
			err = &tanggap.Error{Code: tanggap.Invalid, Field: "tanggal", Message: "Pilih tanggal mulai berlaku."}
			break
		}
		done, err = "dijadwalkan", edition.Schedule(ctx, s.Store, code, by, version, reason, day)
	case "batal":
		done, err = "batal", edition.Unschedule(ctx, s.Store, code, by)
	case "banding":
		done, err = "banding", edition.Rebase(ctx, s.Store, code, by, version)
	case "buang":
		done, err = "buang", edition.Discard(ctx, s.Store, code, by)
	default:
		err = tanggap.Errorf(tanggap.Invalid, "pilih apa yang dilakukan dengan konsep ini")
	}
	if err != nil {
		return s.draftAgain(w, r, err)
	}
	return s.redirect(w, r, draftPath+"?"+done)
}

// use lets this process answer by a version at once; the others follow in seconds.
func (s *Server) use(p *region.Pack) {
	if s.Packs.Clash(p) == nil {
		s.Packs.Set(p)
	}
}

func (s *Server) draftAgain(w http.ResponseWriter, r *http.Request, why error) error {
	if statusOf(why) >= http.StatusInternalServerError {
		return why
	}
	page, err := s.changesPage(r)
	if err != nil {
		return err
	}
	page.Reason = r.PostForm.Get("alasan")
	page.Errors = append(page.Errors, errorOf(why, "tanggal"))
	return s.renderPrivate(w, r, statusOf(why), "pack_draft", page)
}

// packUpload replaces the draft by a zip of a pack's folder.
func (s *Server) packUpload(w http.ResponseWriter, r *http.Request) error {
	v := at(r)
	archive, err := uploaded(r, "arsip")
	if err == nil {
		err = edition.Upload(r.Context(), s.Store, v.pack.Identity.Code, v.actor.ID, archive)
	}
	if err != nil {
		return s.draftAgain(w, r, err)
	}
	return s.redirect(w, r, draftPath+"?unggah")
}

// uploaded reads the one file of a form.
func uploaded(r *http.Request, field string) ([]byte, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, &tanggap.Error{Code: tanggap.Invalid, Field: field, Message: "Pilih berkas zip dari paket daerah."}
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, &tanggap.Error{Code: tanggap.Invalid, Field: field, Message: "Pilih berkas zip dari paket daerah."}
		}
		if err != nil {
			return nil, tooLarge(err)
		}
		if part.FormName() != field {
			continue
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return nil, tooLarge(err)
		}
		return data, nil
	}
}

// packFile gives a version, or the draft, as a zip of its folder.
func (s *Server) packFile(w http.ResponseWriter, r *http.Request) error {
	v, ctx := at(r), r.Context()
	var archive []byte
	name := "konsep"
	if n := r.URL.Query().Get("versi"); n != "" {
		version, err := strconv.ParseInt(n, 10, 64)
		if err != nil {
			return tanggap.Errorf(tanggap.NotFound, "versi ini tidak ada")
		}
		row, err := s.Store.PackVersion(ctx, v.pack.Identity.Code, version)
		if err != nil {
			return err
		}
		archive, name = row.Archive, "versi-"+strconv.FormatInt(row.Version, 10)
	} else {
		d, err := edition.Open(ctx, s.Store, v.pack.Identity.Code)
		if err != nil {
			return err
		}
		if archive, err = d.Files.Archive(); err != nil {
			return err
		}
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="paket-`+v.pack.Identity.Code+"-"+name+`.zip"`)
	_, err := w.Write(archive)
	return err
}

// packVersions lists earlier versions, and with ?lihat= what one of them changed.
func (s *Server) packVersions(w http.ResponseWriter, r *http.Request) error {
	page, err := s.versionsPage(r)
	if err != nil {
		return err
	}
	return s.renderPrivate(w, r, http.StatusOK, "pack_versions", page)
}

func (s *Server) versionsPage(r *http.Request) (*view.PackVersions, error) {
	v, ctx := at(r), r.Context()
	base, err := s.staffBase(r)
	if err != nil {
		return nil, err
	}
	code := v.pack.Identity.Code
	d, err := edition.Open(ctx, s.Store, code)
	if err != nil {
		return nil, err
	}
	page := &view.PackVersions{Base: base}
	if page.Draft, err = s.draftOf(ctx, v, d); err != nil {
		return nil, err
	}
	rows, err := s.Store.Packs(ctx, code)
	if err != nil {
		return nil, err
	}
	shown, _ := strconv.ParseInt(r.URL.Query().Get("lihat"), 10, 64)
	for i, row := range rows {
		page.Rows = append(page.Rows, view.PackVersion{Version: row.Version, At: row.CreatedAt, Note: row.Note, InForce: row.Version == d.InForce})
		if row.Version != shown || i+1 == len(rows) {
			continue
		}
		page.Shown, page.Before = shown, rows[i+1].Version
		b, err := edition.Version(ctx, s.Store, code, page.Shown)
		if err != nil {
			return nil, err
		}
		a, err := edition.Version(ctx, s.Store, code, page.Before)
		if err != nil {
			return nil, err
		}
		page.Changes = s.changeGroups(v, region.Diff(a, b))
	}
	return page, nil
}

// packRestore makes an earlier version the draft.
func (s *Server) packRestore(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v := at(r)
	version, err := strconv.ParseInt(r.PostForm.Get("versi"), 10, 64)
	if err != nil {
		return tanggap.Errorf(tanggap.NotFound, "versi ini tidak ada")
	}
	err = edition.Restore(r.Context(), s.Store, v.pack.Identity.Code, v.actor.ID, version)
	if err == nil {
		return s.redirect(w, r, draftPath+"?kembali")
	}
	if statusOf(err) != http.StatusConflict {
		return err
	}
	page, readErr := s.versionsPage(r)
	if readErr != nil {
		return readErr
	}
	page.Errors = append(page.Errors, errorOf(err, "versi"))
	return s.renderPrivate(w, r, statusOf(err), "pack_versions", page)
}
