package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"tanggap/internal/deadline"
	"tanggap/internal/region"
	"tanggap/internal/stat"
	"tanggap/internal/store"
	"tanggap/internal/text"
	"tanggap/internal/web/view"
)

const baselinePath = boardPath + "/patokan"

// baseline shows what the city told of the time before the program, with a form for its
// old list.
func (s *Server) baseline(w http.ResponseWriter, r *http.Request) error {
	page, err := s.baselinePage(r)
	if err != nil {
		return err
	}
	if r.URL.Query().Has("tersimpan") {
		page.Notice = &view.Notice{Tone: "ok", Text: s.View.T(lang(r), view.MsgSaved)}
	}
	return s.renderPrivate(w, r, http.StatusOK, "baseline", page)
}

func (s *Server) baselinePage(r *http.Request) (*view.Baseline, error) {
	v := at(r)
	base, err := s.staffBase(r)
	if err != nil {
		return nil, err
	}
	list, err := s.Store.Baselines(r.Context(), v.pack.Identity.Code)
	if err != nil {
		return nil, err
	}
	page := &view.Baseline{Base: base, Kept: len(list) > 0}
	return page, s.baselineRows(v, page, list)
}

// baselineRows puts figures of the time before into words.
func (s *Server) baselineRows(v *visit, page *view.Baseline, list []*store.Baseline) error {
	b := &board{s: s, v: v, f: view.Format{Lang: v.lang, Zone: v.pack.Location()}}
	all, days, ok, err := stat.FiguresOf(list, nil)
	if err != nil || !ok {
		return err
	}
	row := func(name string, f *stat.Figures) {
		page.Rows = append(page.Rows, view.BaselineRow{Unit: name, Cases: b.num(f.Opened), Response: b.median(f.Response), Resolution: b.median(f.Resolution), Kept: b.share(f.Kept())})
	}
	page.Days, page.Rows = b.days(days), nil
	for _, x := range list {
		f, _, _, err := stat.FiguresOf(list, []string{x.Unit})
		if err != nil {
			return err
		}
		name := s.View.T(v.lang, "baseline.unnamed")
		if x.Unit != "" {
			name = v.pack.ShortUnit(x.Unit)
		}
		row(name, f)
	}
	if len(list) > 1 {
		row(v.pack.PublicName(), all)
	}
	return nil
}

// baselineSave looks at an old list and, once the officer has seen what it says, keeps its
// sums; or takes away what is kept.
func (s *Server) baselineSave(w http.ResponseWriter, r *http.Request) error {
	data, err := outsideFile(r)
	if err != nil {
		return err
	}
	page, err := s.baselinePage(r)
	if err != nil {
		return err
	}
	v := at(r)
	keep := func(list []*store.Baseline) error {
		err := s.Store.InTx(r.Context(), func(tx *store.Store) error { return keepBaselines(r.Context(), tx, v, list) })
		if err != nil {
			return err
		}
		return s.redirect(w, r, baselinePath+"?tersimpan")
	}
	if r.PostForm.Get("aksi") == "hapus" {
		return keep(nil)
	}
	wrong := func(key string, pairs ...any) error {
		page.Errors = []view.FieldError{{Field: "berkas", Message: s.View.T(v.lang, key, pairs...)}}
		return s.renderPrivate(w, r, http.StatusUnprocessableEntity, "baseline", page)
	}
	switch {
	case strings.TrimSpace(data) == "":
		return wrong("baseline.empty")
	case len(data) > maxOutsideFile:
		return wrong("baseline.large")
	}
	old, problems := readOld(v.pack, data, s.Clock.Now())
	if len(problems) > 0 {
		page.Problems = problems[:min(len(problems), problemsShown)]
		return wrong("baseline.wrong", "n", len(problems))
	}
	list := stat.Baselines(v.pack, old)
	if r.PostForm.Get("aksi") == "simpan" {
		return keep(list)
	}
	page.Preview, page.Data = true, data
	if err := s.baselineRows(v, page, list); err != nil {
		return err
	}
	return s.renderPrivate(w, r, http.StatusOK, "baseline", page)
}

func keepBaselines(ctx context.Context, tx *store.Store, v *visit, list []*store.Baseline) error {
	var cases int64
	for _, b := range list {
		b.MadeBy = v.actor.ID
		cases += b.Cases
	}
	if err := tx.PutBaselines(ctx, v.pack.Identity.Code, list); err != nil {
		return err
	}
	return tx.AddRegionEvent(ctx, v.pack.Identity.Code, "officer:"+v.actor.ID, "baseline.set", map[string]any{"units": len(list), "cases": cases})
}

// readOld reads the list that a city kept before: a line a case, its times and its unit.
func readOld(p *region.Pack, data string, now time.Time) (out []stat.Old, problems []string) {
	c, col, err := openSheet(data)
	if err != nil {
		return nil, []string{"baris 1: " + plainError(err)}
	}
	if _, ok := column(col, "masuk", "opened"); !ok {
		return nil, []string{"baris 1: kolom masuk tidak ada. Tulis judul kolom: masuk,tanggapan,selesai,batas,unit."}
	}
	units := map[string]string{"": ""}
	for _, u := range p.Units {
		for _, name := range []string{u.Code, u.Short, u.Name} {
			units[strings.ToLower(name)] = u.Code
		}
	}
	for {
		record, err := c.Read()
		if errors.Is(err, io.EOF) {
			if len(out)+len(problems) == 0 {
				problems = []string{"Berkas ini hanya berisi judul kolom."}
			}
			return out, problems
		}
		line := lineOf(c, err)
		if err != nil {
			return nil, append(problems, fmt.Sprintf("baris %d: %s", line, plainError(err)))
		}
		if len(out) >= maxOutsideRows {
			return nil, append(problems, fmt.Sprintf("baris %d: lebih dari %d baris. Ambil satu masa saja, misalnya setahun terakhir.", line, maxOutsideRows))
		}
		cell := func(names ...string) string {
			i, ok := column(col, names...)
			if !ok || i >= len(record) {
				return ""
			}
			return strings.TrimSpace(record[i])
		}
		x, problem := readOldLine(p, units, cell, now)
		if problem != "" {
			problems = append(problems, fmt.Sprintf("baris %d: %s", line, problem))
			continue
		}
		out = append(out, x)
	}
}

func readOldLine(p *region.Pack, units map[string]string, cell func(...string) string, now time.Time) (x stat.Old, problem string) {
	unit := cell("unit", "dinas", "opd")
	code, known := units[strings.ToLower(unit)]
	if !known {
		return x, fmt.Sprintf("unit %q tidak dikenal. Tulis kode atau nama singkat unit, atau kosongkan.", text.Clean(unit, 60))
	}
	x.Unit = code
	bare := map[*time.Time]bool{}
	for _, f := range []struct {
		into  *time.Time
		bare  time.Duration // what a day without a time stands for
		names []string
	}{{&x.Opened, midday, []string{"masuk", "opened"}}, {&x.Responded, midday, []string{"tanggapan", "responded"}}, {&x.Ended, midday, []string{"selesai", "ended"}}, {&x.DueAt, dayEnd, []string{"batas", "due"}}} {
		words := cell(f.names...)
		if words == "" || words == "-" {
			continue
		}
		at, whole, ok := readMoment(words, f.bare, p.Location())
		if !ok || at.Year() < 2000 {
			return x, fmt.Sprintf("%q bukan waktu. Tulis seperti 31/01/2025 14.30 atau 2025-01-31.", text.Clean(words, 40))
		}
		*f.into, bare[f.into] = at, whole
	}
	for _, later := range []*time.Time{&x.Responded, &x.Ended} {
		// Of a day alone and a time on that day nobody knows which came first.
		if (bare[later] || bare[&x.Opened]) && later.Before(x.Opened) && deadline.DateOf(*later, p.Location()) == deadline.DateOf(x.Opened, p.Location()) {
			*later = x.Opened
		}
	}
	switch {
	case x.Opened.IsZero():
		return x, "waktu masuk kosong."
	case x.Opened.After(now):
		return x, "waktu masuk belum tiba."
	case x.Responded.After(now) || x.Ended.After(now):
		return x, "waktu tanggapan atau selesai belum tiba. Kosongkan bila belum ada."
	case !x.Responded.IsZero() && x.Responded.Before(x.Opened):
		return x, "tanggapan lebih awal daripada masuk. Periksa tanggalnya."
	case !x.Ended.IsZero() && x.Ended.Before(x.Opened):
		return x, "selesai lebih awal daripada masuk. Periksa tanggalnya."
	}
	return x, ""
}

// A day without a time stands for its noon, so that one day later is one day of work; as
// the last day of a promise it counts in full.
const midday, dayEnd = 12 * time.Hour, 24*time.Hour - time.Minute

// readMoment reads a time as spreadsheets here write it; a whole day stands for so much of it.
func readMoment(words string, bare time.Duration, zone *time.Location) (at time.Time, whole, ok bool) {
	words = strings.Replace(words, "T", " ", 1)
	for _, day := range []string{"2006-01-02", "2/1/2006", "2-1-2006", "2/1/06"} {
		if at, err := time.ParseInLocation(day, words, zone); err == nil {
			return at.Add(bare), true, true
		}
		for _, clock := range []string{" 15:04", " 15.04", " 15:04:05"} {
			if at, err := time.ParseInLocation(day+clock, words, zone); err == nil {
				return at, false, true
			}
		}
	}
	return time.Time{}, false, false
}
