package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tanggap/internal/edition"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
	"tanggap/internal/web/view"
)

// listed are the columns of each table that its list shows; the first leads to the row.
var listed = map[string][]string{
	region.TableAreas:     {"name", "code", "kind", "aliases", "population"},
	region.TableLandmarks: {"name", "area", "verified"},
	region.TableUnits:     {"name", "code", "hours", "phone", "verified"},
	region.TableDuty:      {"unit", "order", "officer", "weekdays", "from"},
	region.TableServices:  {"name", "code", "kind", "urgency", "rule"},
	region.TableRoutes:    {"service", "area", "unit", "also"},
	region.TableRules:     {"name", "code", "amount", "unit", "from", "promise"},
	region.TableCalendar:  {"name", "date", "kind", "status"},
	region.TableEmergency: {"phrase", "kind", "group", "service"},
	region.TableSeed:      {"text", "service", "voice"},
}

// grouped are the tables whose list can be narrowed by a column.
var grouped = map[string]string{region.TableServices: "kind", region.TableUnits: "kind", region.TableSeed: "service", region.TableEmergency: "group"}

const tableRows = 100 // on one page

// packTable lists the rows of one table of the draft.
func (s *Server) packTable(w http.ResponseWriter, r *http.Request) error {
	v, ctx := at(r), r.Context()
	t, ok := region.TableOf(r.PathValue("table"))
	if !ok {
		return tanggap.Errorf(tanggap.NotFound, "tabel ini tidak ada")
	}
	base, err := s.staffBase(r)
	if err != nil {
		return err
	}
	d, err := edition.Open(ctx, s.Store, v.pack.Identity.Code)
	if err != nil {
		return err
	}
	rows, err := d.Files.Rows(t)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	page := &view.PackTable{Base: base, Name: t.Name, Columns: listed[t.Name], Find: text.Clean(q.Get("cari"), 100)}
	if page.Draft, err = s.draftOf(ctx, v, d); err != nil {
		return err
	}
	page.Locked = page.Draft.Effective != nil
	if r.URL.Query().Has("tersimpan") {
		page.Notice = &view.Notice{Tone: "ok", Text: s.View.T(v.lang, "pack.saved")}
	}
	by, only := grouped[t.Name], q.Get("hanya")
	from, _ := strconv.Atoi(q.Get("mulai"))
	seen := map[string]bool{}
	for _, x := range rows {
		if value := x.Cells[by]; by != "" && value != "" && !seen[value] {
			seen[value] = true
			page.Groups = append(page.Groups, view.Option{Value: value, Label: s.choiceWords(v, t.Name, by, value), Selected: value == only})
		}
		if only != "" && x.Cells[by] != only || !finds(x, page.Find) {
			continue
		}
		if page.Total++; page.Total <= from {
			continue
		}
		if len(page.Rows) == tableRows {
			page.Older = t.Name
			continue
		}
		row := view.PackRow{Key: x.Key(t), Address: rowAddress(t, x.Key(t)), Retired: x.Cells["retired"] == "ya"}
		for _, name := range page.Columns {
			c, _ := t.Column(name)
			value := x.Cells[name]
			if c.Kind == region.Choice || c.Kind == region.YesNo {
				value = s.choiceWords(v, t.Name, name, value)
			}
			row.Cells = append(row.Cells, value)
		}
		page.Rows = append(page.Rows, row)
	}
	if page.Older != "" {
		q.Set("mulai", strconv.Itoa(from+tableRows))
		page.Older = tablePath + t.Name + "?" + q.Encode()
	}
	return s.renderPrivate(w, r, http.StatusOK, "pack_table", page)
}

func finds(x region.Line, words string) bool {
	if words = strings.ToLower(strings.TrimSpace(words)); words == "" {
		return true
	}
	for _, cell := range x.Cells {
		if strings.Contains(strings.ToLower(cell), words) {
			return true
		}
	}
	return false
}

// choiceWords is a choice as people read it, the code itself where it has no words.
func (s *Server) choiceWords(v *visit, table, column, value string) string {
	for _, key := range []string{"pack_choice." + table + "_" + column + "_" + value, "pack_choice." + value} {
		if s.View.Has(v.lang, key) {
			return s.View.T(v.lang, key)
		}
	}
	return value
}

// packRow is the form of one row, or of a new one.
func (s *Server) packRow(w http.ResponseWriter, r *http.Request) error {
	t, ok := region.TableOf(r.PathValue("table"))
	if !ok {
		return tanggap.Errorf(tanggap.NotFound, "tabel ini tidak ada")
	}
	q := r.URL.Query()
	page, err := s.rowPage(r, t, q.Get("kunci"), nil)
	if err != nil {
		return err
	}
	if q.Has("tersimpan") {
		page.Notice = &view.Notice{Tone: "ok", Text: s.View.T(lang(r), "pack.saved")}
		if n := q.Get("ikut"); n != "" && n != "0" {
			page.Notice.Text += " " + s.View.T(lang(r), "pack.followed", "n", text.Clean(n, 6))
		}
	}
	if page.Key == "" { // what the address suggests for a new row
		for i, f := range page.Fields {
			if x := q.Get(f.Name); x != "" {
				page.Fields[i].Value = text.Clean(x, 200)
				for j, o := range f.Options {
					page.Fields[i].Options[j].Selected = o.Value == page.Fields[i].Value
				}
			}
		}
	}
	return s.renderPrivate(w, r, http.StatusOK, "pack_row", page)
}

// rowPage is the form of the row with a key; "" is a new one. typed replaces what stands
// in the draft, after an error.
func (s *Server) rowPage(r *http.Request, t region.Table, key string, typed map[string]string) (*view.PackForm, error) {
	v, ctx := at(r), r.Context()
	base, err := s.staffBase(r)
	if err != nil {
		return nil, err
	}
	d, err := edition.Open(ctx, s.Store, v.pack.Identity.Code)
	if err != nil {
		return nil, err
	}
	page := &view.PackForm{Base: base, Name: t.Name, Key: key, CanDrop: key != ""}
	if page.Draft, err = s.draftOf(ctx, v, d); err != nil {
		return nil, err
	}
	page.Locked = page.Draft.Effective != nil
	row := region.Line{Cells: map[string]string{}}
	if key != "" {
		if row, err = d.Files.Row(t, key); err != nil {
			return nil, err
		}
		page.Mark = row.Mark()
		page.Title = row.Cells[listed[t.Name][0]]
	}
	p, problems := d.Files.Check(s.Clock.Now())
	for _, x := range problems {
		if key != "" && x.File == t.File && x.Line == row.Number {
			if x.Warning {
				page.Warnings = append(page.Warnings, x.Message)
			} else if typed == nil {
				page.Errors = append(page.Errors, view.FieldError{Field: "c-" + x.Field, Message: x.Message})
			}
		}
	}
	for _, c := range t.Columns {
		value, ok := typed[c.Name]
		if !ok {
			value = row.Cells[c.Name]
		}
		f := s.packField(v, p, t, c, value, key != "")
		f.Stored = row.Cells[c.Name]
		page.Fields = append(page.Fields, f)
	}
	switch {
	case key == "":
	case t.Name == region.TableUnits:
		page.Uses, err = s.unitUses(r, d.Files, key)
	case t.Name == region.TableServices:
		page.Uses, err = s.serviceUses(r, d.Files, p, key, page)
	}
	return page, err
}

// fixed are the tables whose codes stand in cases: a code that exists does not change.
var fixed = []string{region.TableAreas, region.TableUnits, region.TableServices}

const longWords = 80 // characters from which a field gets several lines

func (s *Server) packField(v *visit, p *region.Pack, t region.Table, c region.Column, value string, old bool) view.PackField {
	f := view.PackField{ID: "c-" + c.Name, Name: c.Name, Label: s.View.T(v.lang, "pack."+t.Name+"_"+c.Name), Value: value, Kind: "words",
		Fixed: old && t.Keyed(c.Name) && slices.Contains(fixed, t.Name), Optional: !c.Need && c.Kind != region.Choice && c.Kind != region.YesNo}
	if hint := "pack_hint." + t.Name + "_" + c.Name; s.View.Has(v.lang, hint) {
		f.Hint = s.View.T(v.lang, hint)
	}
	option := func(code, label string) {
		f.Options = append(f.Options, view.Option{Value: code, Label: label, Selected: code == value})
	}
	switch c.Kind {
	case region.YesNo:
		f.Kind = "yes"
	case region.Count:
		f.Kind = "count"
	case region.Day:
		f.Kind = "day"
	case region.Choice:
		f.Kind = "select"
		for _, x := range c.Choices {
			option(x, s.choiceWords(v, t.Name, c.Name, x))
		}
	case region.Week:
		f.Kind = "select"
		for _, x := range p.Weeks() {
			option(x, s.choiceWords(v, t.Name, c.Name, x))
		}
	case region.Ref:
		f.Kind = "select"
		if !c.Need {
			option("", "–")
		}
		for _, x := range c.Choices {
			option(x, s.choiceWords(v, t.Name, c.Name, x))
		}
		for _, x := range p.Codes(c.Ref) {
			option(x[0], x[0]+", "+x[1])
		}
	default:
		if len(value) > longWords || t.Name == region.TableSeed && c.Name == "text" {
			f.Kind = "long"
		}
	}
	if f.Kind == "select" && value != "" && !slices.ContainsFunc(f.Options, func(o view.Option) bool { return o.Selected }) {
		option(value, value) // what is wrong stays to be seen
	}
	return f
}

// rowProblems are faults of the row that a form has changed, by field.
type rowProblems []view.FieldError

func (rowProblems) Error() string { return "baris ini salah" }

// packRowSave changes, adds or drops a row of the draft.
func (s *Server) packRowSave(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	t, ok := region.TableOf(r.PathValue("table"))
	if !ok {
		return tanggap.Errorf(tanggap.NotFound, "tabel ini tidak ada")
	}
	v, ctx := at(r), r.Context()
	key, drop := r.PostForm.Get("kunci"), r.PostForm.Get("aksi") == "hapus"
	typed := map[string]string{}
	for _, c := range t.Columns {
		if c.Kind == region.YesNo {
			typed[c.Name] = map[bool]string{true: "ya", false: "tidak"}[r.PostForm.Get("c-"+c.Name) == "ya"]
		} else if _, sent := r.PostForm["c-"+c.Name]; sent {
			typed[c.Name] = strings.Join(strings.Fields(text.Clean(r.PostForm.Get("c-"+c.Name), 2000)), " ")
		}
	}
	next, followed := key, 0
	facts := map[string]any{"table": t.Name}
	err := edition.Edit(ctx, s.Store, v.pack.Identity.Code, v.actor.ID, edition.Edited, facts, func(f region.Files) error {
		old := region.Line{Cells: map[string]string{}}
		if key != "" {
			var err error
			if old, err = f.Row(t, key); err != nil {
				return err
			}
			if old.Mark() != r.PostForm.Get("sidik") {
				return tanggap.Errorf(tanggap.Conflict, "orang lain mengubah baris ini sejak Anda membukanya; isian Anda masih di bawah, bandingkan lalu simpan lagi")
			}
		}
		if drop {
			facts["what"] = region.Dropped
			next = ""
			nameRow(facts, t, key)
			return f.Drop(t, key)
		}
		cells := changed(t, old.Cells, typed, key != "")
		facts["columns"] = columnsOf(t, cells)
		if next = after(t, old.Cells, cells); next != key {
			if _, err := f.Row(t, next); err == nil {
				return rowProblems{{Field: "c-" + t.Key[0], Message: s.View.T(v.lang, "pack.twice")}}
			}
		}
		nameRow(facts, t, next)
		var err error
		if key == "" {
			facts["what"], err = region.Added, f.Add(t, cells)
		} else {
			facts["what"], err = region.Changed, f.Set(t, key, cells)
		}
		if err != nil {
			return err
		}
		if to := cells["into"]; t.Name == region.TableUnits && to != "" && typed["retired"] == "ya" {
			if followed, err = f.Repoint(key, to); err != nil {
				return err
			}
		}
		return s.wrongRow(v, f, t, next)
	})
	var wrong rowProblems
	if errors.As(err, &wrong) {
		// they stand at their fields
	} else if statusOf(err) >= http.StatusInternalServerError && err != nil {
		return err
	}
	switch {
	case err == nil && next == "":
		return s.redirect(w, r, tablePath+t.Name+"?tersimpan")
	case err == nil:
		return s.redirect(w, r, rowAddress(t, next)+"&tersimpan&ikut="+strconv.Itoa(followed))
	}
	page, readErr := s.rowPage(r, t, key, typed)
	if readErr != nil {
		return readErr
	}
	status := http.StatusUnprocessableEntity
	if wrong == nil {
		status = statusOf(err)
		page.Collided = status == http.StatusConflict
		page.Errors = append(page.Errors, errorOf(err, "c-"+t.Key[0]))
	}
	page.Errors = append(page.Errors, wrong...)
	return s.renderPrivate(w, r, status, "pack_row", page)
}

// nameRow puts into the facts of an event which row it is about.
func nameRow(facts map[string]any, t region.Table, key string) {
	if !t.Private {
		facts["row"] = key
	}
}

// changed are the cells that a form has changed. An empty cell that means "tidak" stays
// empty.
func changed(t region.Table, old, typed map[string]string, exists bool) map[string]string {
	out := map[string]string{}
	for _, c := range t.Columns {
		value, ok := typed[c.Name]
		if !ok || exists && t.Keyed(c.Name) && slices.Contains(fixed, t.Name) {
			continue
		}
		if c.Kind == region.YesNo && value == "tidak" && old[c.Name] == "" && (exists || c.Optional) {
			continue
		}
		if value != old[c.Name] {
			out[c.Name] = value
		}
	}
	return out
}

func columnsOf(t region.Table, cells map[string]string) (out []string) {
	for _, c := range t.Columns {
		if _, ok := cells[c.Name]; ok {
			out = append(out, c.Name)
		}
	}
	return out
}

// after is the key of a row once its cells are written.
func after(t region.Table, old, cells map[string]string) string {
	x := region.Line{Cells: map[string]string{}}
	for _, name := range t.Key {
		x.Cells[name] = old[name]
		if value, ok := cells[name]; ok {
			x.Cells[name] = value
		}
	}
	return x.Key(t)
}

// wrongRow reports the faults of one row as errors of its fields. Faults elsewhere that it
// causes stand on the page of the draft.
func (s *Server) wrongRow(v *visit, f region.Files, t region.Table, key string) error {
	row, err := f.Row(t, key)
	if err != nil {
		return err
	}
	var wrong rowProblems
	_, problems := f.Check(s.Clock.Now())
	for _, x := range problems {
		if x.File == t.File && x.Line == row.Number && !x.Warning {
			wrong = append(wrong, view.FieldError{Field: "c-" + x.Field, Message: x.Message})
		}
	}
	if len(wrong) > 0 {
		return wrong
	}
	return nil
}

// unitUses is what points at a unit.
func (s *Server) unitUses(r *http.Request, f region.Files, code string) ([]view.PackUse, error) {
	v := at(r)
	u, err := s.Store.UseOfUnit(r.Context(), v.pack.Identity.Code, code)
	if err != nil {
		return nil, err
	}
	out := []view.PackUse{
		{Label: s.View.T(v.lang, "pack.use_open"), Count: u.Open}, {Label: s.View.T(v.lang, "pack.use_all"), Count: u.All},
		{Label: s.View.T(v.lang, "pack.use_officers"), Count: u.Officers, URL: peoplePath}}
	for _, name := range []string{region.TableRoutes, region.TableDuty} {
		n, err := pointing(f, name, "unit", code)
		if err != nil {
			return nil, err
		}
		out = append(out, view.PackUse{Label: s.View.T(v.lang, "pack.table_"+name), Count: n, URL: tablePath + name + "?cari=" + url.QueryEscape(code)})
	}
	return out, nil
}

// pointing counts the rows of a table whose column holds a code.
func pointing(f region.Files, table, column, code string) (n int, err error) {
	t, _ := region.TableOf(table)
	rows, err := f.Rows(t)
	for _, x := range rows {
		if x.Cells[column] == code || slices.Contains(strings.Split(x.Cells["also"], "|"), code) {
			n++
		}
	}
	return n, err
}

// serviceUses is what points at a service, and its examples.
func (s *Server) serviceUses(r *http.Request, f region.Files, p *region.Pack, code string, page *view.PackForm) ([]view.PackUse, error) {
	v := at(r)
	u, err := s.Store.UseOfService(r.Context(), v.pack.Identity.Code, code)
	if err != nil {
		return nil, err
	}
	out := []view.PackUse{{Label: s.View.T(v.lang, "pack.use_open"), Count: u.Open}, {Label: s.View.T(v.lang, "pack.use_all"), Count: u.All}}
	for _, name := range []string{region.TableRoutes, region.TableEmergency} {
		n, err := pointing(f, name, "service", code)
		if err != nil {
			return nil, err
		}
		out = append(out, view.PackUse{Label: s.View.T(v.lang, "pack.table_"+name), Count: n, URL: tablePath + name + "?cari=" + url.QueryEscape(code)})
	}
	t, _ := region.TableOf(region.TableSeed)
	rows, err := f.Rows(t)
	if err != nil {
		return nil, err
	}
	page.Examples = &view.PackExamples{}
	for _, x := range rows {
		if x.Cells["service"] == code {
			page.Examples.Rows = append(page.Examples.Rows, view.PackRow{Address: rowAddress(t, x.Key(t)), Cells: []string{x.Cells["text"], x.Cells["voice"]}})
		}
	}
	for _, x := range p.Seeds {
		if x.Service == code && x.Core != "" {
			page.Examples.Composed++
		}
	}
	return out, nil
}

// packFacts are the payload of an event about the pack.
func packFacts(e *store.Event) (x struct {
	Table, Row string
	Version    int64
}, err error) {
	return x, json.Unmarshal([]byte(e.Payload), &x)
}
