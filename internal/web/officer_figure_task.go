package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tanggap/internal/access"
	"tanggap/internal/casework"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
	"tanggap/internal/web/view"
)

const askPath = tasksPath + "/baru"

// askAddress is the form that asks a unit about what stands on a page of ours.
func askAddress(unit, about, page string) string {
	return askPath + "?" + url.Values{"unit": {unit}, "perihal": {about}, "halaman": {page}}.Encode()
}

// figurePage keeps to pages that figures stand on.
func figurePage(path string) string {
	for _, start := range []string{boardPath, foresightPath, inboxPath, surveysPath} {
		rest, ok := strings.CutPrefix(path, start)
		if ok && (rest == "" || strings.IndexByte("?/#", rest[0]) >= 0) && !strings.ContainsAny(path, "\\\r\n") {
			return path
		}
	}
	return ""
}

// askForm asks a unit about a figure, or to do something about it.
func (s *Server) askForm(w http.ResponseWriter, r *http.Request) error {
	page, err := s.askPage(r, r.URL.Query())
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "ask", page)
}

func (s *Server) askPage(r *http.Request, q url.Values) (*view.Ask, error) {
	v := at(r)
	base, err := s.staffBase(r)
	if err != nil {
		return nil, err
	}
	page := &view.Ask{Base: base, Kind: q.Get("jenis"), About: text.Clean(q.Get("perihal"), 300), Page: figurePage(q.Get("halaman")), Words: text.Clean(q.Get("tugas"), 9000)}
	if page.Kind != store.TaskDisposition {
		page.Kind = store.TaskExplanation
	}
	for _, u := range v.pack.Units {
		if !u.Retired && access.Can(v.actor, access.TaskGive, access.Object{Region: v.pack.Identity.Code, Unit: u.Code}) {
			page.Units = append(page.Units, view.Option{Value: u.Code, Label: u.Name, Selected: u.Code == q.Get("unit")})
		}
	}
	days, _ := strconv.Atoi(q.Get("hari"))
	if !slices.Contains(casework.TaskDays, days) {
		days = 3
	}
	page.Days = s.taskDays(v, days)
	return page, nil
}

// taskDays are the days by which a task may be due.
func (s *Server) taskDays(v *visit, selected int) (out []view.Option) {
	for _, d := range casework.TaskDays {
		due := casework.TaskDue(s.Clock.Now(), v.pack.Location(), d)
		out = append(out, view.Option{Value: strconv.Itoa(d), Label: s.View.Moment(v.lang, v.pack.Location(), due), Selected: d == selected})
	}
	return out
}

func (s *Server) ask(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v, q := at(r), r.PostForm
	page, err := s.askPage(r, q)
	if err != nil {
		return err
	}
	t := &store.Task{Kind: q.Get("jenis"), Unit: q.Get("unit"), About: page.About, Page: page.Page, Words: page.Words}
	if days, err := strconv.Atoi(q.Get("hari")); err == nil && slices.Contains(casework.TaskDays, days) {
		t.DueAt = casework.TaskDue(s.Clock.Now(), v.pack.Location(), days)
	}
	if _, known := v.pack.Unit(t.Unit); known && !access.Can(v.actor, access.TaskGive, access.Object{Region: v.pack.Identity.Code, Unit: t.Unit}) {
		return tanggap.Errorf(tanggap.Forbidden, "Anda tidak memberi tugas kepada unit ini")
	}
	err = s.Store.InTx(r.Context(), func(tx *store.Store) error { return s.Desk.Ask(r.Context(), tx, v.pack, v.officer, t) })
	if tanggap.CodeOf(err) == tanggap.Invalid {
		page.Errors = []view.FieldError{errorOf(err, "tugas")}
		return s.render(w, r, http.StatusUnprocessableEntity, "ask", page)
	}
	if err != nil {
		return err
	}
	s.wake()
	return s.redirect(w, r, tasksPath)
}

// figureTaskEnd answers what a unit was asked about a figure, or takes it back.
func (s *Server) figureTaskEnd(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v, ctx := at(r), r.Context()
	words, err := typed(r, "jawaban", 2000)
	if err != nil {
		return err
	}
	err = s.Store.InTx(ctx, func(tx *store.Store) error {
		t, err := tx.Task(ctx, v.pack.Identity.Code, r.PathValue("task"))
		if err == nil && (t.CaseID != "" || !mayRead(v, t)) {
			err = tanggap.Errorf(tanggap.NotFound, "tugas tidak ditemukan")
		}
		if err != nil {
			return err
		}
		if r.PostForm.Get("aksi") == "batal" {
			return s.Desk.TakeBack(ctx, tx, t, v.actor.ID)
		}
		if !mayAnswer(v, t) {
			return tanggap.Errorf(tanggap.Forbidden, "hanya unit yang ditanya yang menjawab")
		}
		return s.Desk.Explain(ctx, tx, v.pack, t, v.officer, words)
	})
	if code := tanggap.CodeOf(err); code == tanggap.Invalid || code == tanggap.Conflict {
		page, again := s.tasksPage(r)
		if again != nil {
			return again
		}
		wrong := errorOf(err, "")
		if code == tanggap.Invalid {
			wrong.Field = "jawaban-" + r.PathValue("task")
			page.Errors = []view.FieldError{wrong}
		} else {
			page.Notice = &view.Notice{Tone: "bad", Text: wrong.Message}
		}
		return s.render(w, r, statusOf(err), "tasks", page)
	}
	if err != nil {
		return err
	}
	s.wake()
	return s.redirect(w, r, tasksPath)
}

// mayOpen is a page of figures, "" where the officer may not open it.
func mayOpen(v *visit, page string) string {
	verb := access.CaseList
	for start, x := range map[string]access.Verb{boardPath: access.FiguresRead, foresightPath: access.ForecastRead, surveysPath: access.SurveyRead} {
		if strings.HasPrefix(page, start) {
			verb = x
		}
	}
	if !access.CanIn(v.actor, verb, v.pack.Identity.Code) {
		return ""
	}
	return page
}

// mayRead reports whether the officer may read what a unit was asked about a figure, and
// mayAnswer whether he answers for that unit.
func mayRead(v *visit, t *store.Task) bool {
	return t.MadeBy == v.actor.ID || access.Can(v.actor, access.CaseList, access.Object{Region: t.Region, Unit: t.Unit})
}

func mayAnswer(v *visit, t *store.Task) bool {
	return access.Can(v.actor, access.CaseReply, access.Object{Region: t.Region, Unit: t.Unit})
}
