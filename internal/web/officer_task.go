package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/casework"
	"tanggap/internal/notify"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
	"tanggap/internal/web/view"
)

const (
	tasksPath   = notify.PathTasks
	outsidePath = "/bantu/"
	// doneShown is how long finished tasks stay in the list.
	doneShown = 14 * 24 * time.Hour
	mostTasks = 200
)

// taskGive asks for something about a case: the unit's work or its explanation, or the
// help of hands outside, whose link is shown this once.
func (s *Server) taskGive(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v, ctx := at(r), r.Context()
	t := &store.Task{Kind: r.PostForm.Get("jenis"), Outside: text.Clean(r.PostForm.Get("pihak"), 120), Words: text.Clean(r.PostForm.Get("tugas"), 9000)}
	if days, err := strconv.Atoi(r.PostForm.Get("hari")); err == nil && slices.Contains(casework.TaskDays, days) {
		t.DueAt = casework.TaskDue(s.Clock.Now(), v.pack.Location(), days)
	}
	verb := access.TaskGive
	if t.Kind == store.TaskOutside {
		verb = access.CaseReply
	}
	token := ""
	err := s.Store.InTx(ctx, func(tx *store.Store) error {
		c, err := tx.Case(ctx, v.pack.Identity.Code, r.PathValue("id"))
		if err != nil {
			return err
		}
		if err := s.mayDo(v, c, verb); err != nil {
			return err
		}
		token, err = s.Desk.Give(ctx, tx, v.pack, c, v.actor.ID, t)
		return err
	})
	if err == nil && token == "" {
		return s.afterAct(w, r)
	}
	if tanggap.CodeOf(err) == tanggap.Invalid {
		return s.caseAgain(w, r, err, "tugas")
	}
	if err != nil {
		return err
	}
	c, err := s.Store.Case(ctx, v.pack.Identity.Code, r.PathValue("id"))
	if err != nil {
		return err
	}
	page, err := s.staffCase(r, c)
	if err != nil {
		return err
	}
	page.OutsideLink = s.BaseURL(v.pack) + outsidePath + token
	return s.renderPrivate(w, r, http.StatusOK, "case", page)
}

// taskEnd answers a task of a case, or takes it back.
func (s *Server) taskEnd(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v, ctx := at(r), r.Context()
	words, err := typed(r, "jawaban", 2000)
	if err != nil {
		return err
	}
	err = s.Store.InTx(ctx, func(tx *store.Store) error {
		c, err := tx.Case(ctx, v.pack.Identity.Code, r.PathValue("id"))
		if err != nil {
			return err
		}
		t, err := tx.Task(ctx, c.Region, r.PathValue("task"))
		if err == nil && t.CaseID != c.ID {
			err = tanggap.Errorf(tanggap.NotFound, "tugas tidak ditemukan")
		}
		if err != nil {
			return err
		}
		if r.PostForm.Get("aksi") == "batal" {
			return s.Desk.Cancel(ctx, tx, c, t, v.actor.ID)
		}
		if err := s.mayDo(v, c, access.CaseReply); err != nil {
			return err
		}
		_, err = s.Desk.Answer(ctx, tx, v.pack, c, t, v.actor.ID, words)
		return err
	})
	switch tanggap.CodeOf(err) {
	case tanggap.Invalid:
		return s.caseAgain(w, r, err, "jawaban")
	case tanggap.Conflict:
		return s.caseAgain(w, r, err, "")
	}
	if err != nil {
		return err
	}
	return s.afterAct(w, r)
}

// tasks lists what was asked about cases that the officer may list, and of units that are
// his or that he asked.
func (s *Server) tasks(w http.ResponseWriter, r *http.Request) error {
	page, err := s.tasksPage(r)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "tasks", page)
}

func (s *Server) tasksPage(r *http.Request) (*view.Tasks, error) {
	v, ctx := at(r), r.Context()
	base, err := s.staffBase(r)
	if err != nil {
		return nil, err
	}
	list, err := s.Store.OpenTasks(ctx, v.pack.Identity.Code, s.Clock.Now().Add(-doneShown), mostTasks)
	if err != nil {
		return nil, err
	}
	names, err := s.names(ctx, v.pack.Identity.Code)
	if err != nil {
		return nil, err
	}
	page := &view.Tasks{Base: base}
	if access.CanIn(v.actor, access.TaskGive, v.pack.Identity.Code) {
		page.Ask = askPath
	}
	for _, t := range list {
		x := s.taskRow(v, t, names)
		if t.CaseID == "" {
			if !mayRead(v, t) {
				continue
			}
			x.Title, x.Page, x.Unit, x.CanAnswer = t.About, mayOpen(v, t.Page), v.pack.ShortUnit(t.Unit), t.Open() && mayAnswer(v, t)
		} else {
			c, err := s.Store.Case(ctx, t.Region, t.CaseID)
			if err != nil {
				return nil, err
			}
			if !access.Can(v.actor, access.CaseRead, access.Of(v.pack, c)) {
				continue
			}
			x.CaseID, x.Number, x.Title, x.Unit = c.ID, c.Number, s.titleOf(v, c), v.pack.ShortUnit(c.Unit)
		}
		if t.Open() {
			page.Waiting = append(page.Waiting, x)
		} else {
			page.Done = append(page.Done, x)
		}
	}
	return page, nil
}

func (s *Server) taskRow(v *visit, t *store.Task, names map[string]string) view.Task {
	from := names[t.MadeBy]
	if t.Kind == store.TaskObjection {
		from = s.View.T(v.lang, "history.citizen")
	}
	return view.Task{ID: t.ID, Kind: t.Kind, From: from, Mine: t.MadeBy == v.actor.ID, Outside: t.Outside, Words: t.Words, Answer: t.Answer,
		AnsweredBy: names[t.AnsweredBy], Due: t.DueAt, Late: t.Open() && t.DueAt.Before(s.Clock.Now()), Accepted: moment(t.AcceptedAt), Done: moment(t.DoneAt), Open: t.Open()}
}

// caseTasks fills in what was asked about a case.
func (s *Server) caseTasks(ctx context.Context, v *visit, c *store.Case, page *view.StaffCase, names map[string]string) error {
	list, err := s.Store.CaseTasks(ctx, c.Region, c.ID)
	if err != nil {
		return err
	}
	for _, t := range list {
		if t.CancelledAt.IsZero() {
			page.Tasks = append(page.Tasks, s.taskRow(v, t, names))
		}
	}
	obj := access.Of(v.pack, c)
	page.CanTask = access.Can(v.actor, access.TaskGive, obj) && c.State.Open()
	page.CanOutside = page.CanReply && !c.Secret && c.State.Open()
	page.TaskDays = s.taskDays(v, 3)
	return nil
}

// outside is the page of hands without an account: what they are asked, and how to say
// that they take it and that it is done. It says nothing of the citizen.
func (s *Server) outside(w http.ResponseWriter, r *http.Request) error {
	t, c, err := s.outsideTask(r)
	if err != nil {
		return err
	}
	return s.renderPrivate(w, r, http.StatusOK, "outside", s.outsidePage(r, t, c))
}

func (s *Server) outsidePage(r *http.Request, t *store.Task, c *store.Case) *view.Outside {
	v := at(r)
	return &view.Outside{Base: s.base(r), Token: r.PathValue("token"), Number: c.Number, Service: serviceName(v.pack, c.Service, v.lang), Area: areaName(v.pack, c.Area),
		Unit: unitName(v.pack, c.Unit), For: t.Outside, Words: t.Words, Due: t.DueAt, Accepted: moment(t.AcceptedAt), Done: moment(t.DoneAt)}
}

// outsideTask finds the task of a link. One that is long over, or whose case became
// secret, is none.
func (s *Server) outsideTask(r *http.Request) (*store.Task, *store.Case, error) {
	v := at(r)
	if err := s.mayWrite(r); err != nil {
		return nil, nil, err
	}
	gone := tanggap.Errorf(tanggap.NotFound, "tautan ini tidak berlaku lagi")
	t, err := s.Store.TaskByToken(r.Context(), v.pack.Identity.Code, r.PathValue("token"))
	if err != nil {
		return nil, nil, err
	}
	if !t.CancelledAt.IsZero() || s.Clock.Now().After(t.DueAt.Add(doneShown)) {
		return nil, nil, gone
	}
	c, err := s.Store.Case(r.Context(), t.Region, t.CaseID)
	if err == nil && c.Secret {
		err = gone
	}
	return t, c, err
}

// outsideDo takes what hands outside say: that they accept, or that it is done, with
// photos.
func (s *Server) outsideDo(w http.ResponseWriter, r *http.Request) error {
	v := at(r)
	t, c, err := s.outsideTask(r)
	if err != nil {
		return err
	}
	f, err := s.readForm(w, r, view.MaxPhotos)
	if err != nil {
		return err
	}
	again := func(wrong ...view.FieldError) error {
		page := s.outsidePage(r, t, c)
		page.Errors, page.Draft = wrong, f.typed("jawaban", 2000)
		return s.renderPrivate(w, r, http.StatusUnprocessableEntity, "outside", page)
	}
	if len(f.wrong) > 0 {
		return again(f.wrong...)
	}
	files, err := s.storeUploads(r.Context(), c, f.uploads)
	if err != nil {
		return err
	}
	kept := false
	err = s.onCase(r, c, func(ctx context.Context, tx *store.Store, c *store.Case) error {
		kept = false
		fresh, err := tx.Task(ctx, t.Region, t.ID)
		if err != nil {
			return err
		}
		if f.Get("aksi") != "selesai" {
			return s.Desk.Accept(ctx, tx, c, fresh)
		}
		m, err := s.Desk.Answer(ctx, tx, at(r).pack, c, fresh, "", f.typed("jawaban", 2000))
		if err != nil {
			return err
		}
		if len(files) > 0 {
			err = s.Desk.Prove(ctx, tx, v.pack, c, "", casework.Proof{Moment: store.EvidenceAfter, Photos: files}, m)
		}
		kept = err == nil
		return err
	})
	if !kept {
		err = errors.Join(err, s.dropFiles(r.Context(), files))
	}
	if code := tanggap.CodeOf(err); code == tanggap.Invalid {
		return again(errorOf(err, "jawaban"))
	}
	if err != nil && tanggap.CodeOf(err) != tanggap.Conflict {
		return err
	}
	return s.redirect(w, r, outsidePath+r.PathValue("token"))
}
