package web

import (
	"context"
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

const repliesPath = "/balasan"

// replyUnits are the units whose saved replies an officer may change; nil means all of
// them and those of the whole region.
func replyUnits(v *visit) []string {
	units := []string{}
	for _, u := range v.pack.Units {
		if access.Can(v.actor, access.ReplyEdit, access.Object{Region: v.pack.Identity.Code, Unit: u.Code}) {
			units = append(units, u.Code)
		}
	}
	if len(units) == len(v.pack.Units) {
		return nil
	}
	return units
}

// savedReplies lists the replies that officers keep ready, and with ?ubah= one of them
// in the form.
func (s *Server) savedReplies(w http.ResponseWriter, r *http.Request) error {
	page, err := s.repliesPage(r)
	if err != nil {
		return err
	}
	if id := r.URL.Query().Get("ubah"); id != "" {
		x, err := s.Store.SavedReply(r.Context(), at(r).pack.Identity.Code, id)
		if err != nil {
			return err
		}
		page.Form = formOf(x)
		page.Units = unitOptions(at(r).pack, replyUnits(at(r)), x.Unit)
	}
	if r.URL.Query().Has("tersimpan") {
		page.Notice = &view.Notice{Tone: "ok", Text: s.View.T(lang(r), view.MsgSaved)}
	}
	return s.render(w, r, http.StatusOK, "replies", page)
}

func formOf(x *store.SavedReply) view.ReplyForm {
	return view.ReplyForm{ID: x.ID, Name: x.Name, Body: x.Body, Unit: x.Unit, Next: string(x.NextState),
		Take: x.Take, Urgency: int(x.Urgency), Days: x.SnoozeDays, Note: x.Note}
}

func (s *Server) repliesPage(r *http.Request) (*view.Replies, error) {
	v := at(r)
	base, err := s.staffBase(r)
	if err != nil {
		return nil, err
	}
	list, err := s.Store.SavedReplies(r.Context(), v.pack.Identity.Code, "*")
	if err != nil {
		return nil, err
	}
	units := replyUnits(v)
	page := &view.Replies{Base: base, Variables: casework.Variables, Units: unitOptions(v.pack, units, ""), Everywhere: units == nil}
	for _, x := range list {
		if units != nil && x.Unit != "" && !slices.Contains(units, x.Unit) {
			continue
		}
		page.Rows = append(page.Rows, view.ReplyRow{ID: x.ID, Name: x.Name, Body: x.Body, Unit: v.pack.ShortUnit(x.Unit), Next: x.NextState, Steps: s.stepNames(v, x),
			CanChange: units == nil || slices.Contains(units, x.Unit)})
	}
	return page, nil
}

// replySave adds or changes a reply, or takes one out of use.
func (s *Server) replySave(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v, ctx := at(r), r.Context()
	x := &store.SavedReply{Region: v.pack.Identity.Code}
	if id := r.PostForm.Get("id"); id != "" {
		old, err := s.Store.SavedReply(ctx, x.Region, id)
		if err != nil {
			return err
		}
		if err := mayReply(v, old.Unit); err != nil {
			return err
		}
		x = old
	}
	if r.PostForm.Get("aksi") == "hapus" && x.ID != "" {
		x.RetiredAt = s.Clock.Now().UTC()
	} else {
		x.Name, x.Body = text.Clean(r.PostForm.Get("nama"), 120), text.Clean(r.PostForm.Get("balasan"), 4000)
		x.Unit, x.NextState = r.PostForm.Get("unit"), tanggap.State(r.PostForm.Get("lalu"))
		x.Take, x.Note = r.PostForm.Get("ambil") == "ya", text.Clean(r.PostForm.Get("catatan"), 1000)
		urgency, days := r.PostForm.Get("urgensi"), r.PostForm.Get("tunda")
		x.Urgency, x.SnoozeDays = tanggap.Urgency(whole(urgency)), whole(days)
		if err := mayReply(v, x.Unit); err != nil {
			return err
		}
		if err := casework.CheckSavedReply(v.pack, x); err != nil {
			page, readErr := s.repliesPage(r)
			if readErr != nil {
				return readErr
			}
			page.Form, page.Errors = formOf(x), append(page.Errors, errorOf(err, "balasan"))
			page.Units = unitOptions(v.pack, replyUnits(v), x.Unit)
			return s.render(w, r, statusOf(err), "replies", page)
		}
	}
	x.ChangedBy = v.actor.ID
	if err := s.Store.PutSavedReply(ctx, x); err != nil {
		return err
	}
	return s.redirect(w, r, repliesPath+"?tersimpan")
}

// mayReply asks for the right to change the replies of a unit; those of all units need
// it in all of them.
func mayReply(v *visit, unit string) error {
	units := replyUnits(v)
	if units == nil || unit != "" && slices.Contains(units, unit) {
		return nil
	}
	return tanggap.Errorf(tanggap.Forbidden, "balasan ini milik unit lain")
}

// ready puts a saved reply into the reply box of a case.
func (s *Server) ready(r *http.Request, c *store.Case, page *view.StaffCase) error {
	id := r.URL.Query().Get("siap")
	if id == "" || !page.CanReply {
		return nil
	}
	x, err := s.Store.SavedReply(r.Context(), c.Region, id)
	if err != nil {
		return err
	}
	if x.Unit != "" && x.Unit != c.Unit || !x.RetiredAt.IsZero() {
		return nil
	}
	citizen, err := s.Store.Citizen(r.Context(), c.Region, c.CitizenID)
	if err != nil {
		return err
	}
	v := at(r)
	page.Begin(casework.FillSavedReply(s.Store, v.pack, c, x.Body, v.officer.Name, citizen.Lang))
	page.ReplyNext = x.NextState
	return s.offerSteps(v, c, x, page, nil)
}

// whole reads a whole number of a form; an empty field is none, and what is no number is
// one that no check lets pass.
func whole(field string) int {
	if field = strings.TrimSpace(field); field == "" {
		return 0
	}
	n, err := strconv.Atoi(field)
	if err != nil {
		return -1
	}
	return n
}

// stepNames are the steps of a saved reply in words.
func (s *Server) stepNames(v *visit, x *store.SavedReply) []string {
	var out []string
	if x.Take {
		out = append(out, s.View.T(v.lang, "replies.step_take"))
	}
	if x.Urgency != 0 {
		out = append(out, s.View.T(v.lang, "replies.step_urgency", "urgency", s.View.T(v.lang, urgencyNames[x.Urgency])))
	}
	if x.SnoozeDays > 0 {
		out = append(out, s.View.T(v.lang, "replies.step_snooze", "n", strconv.Itoa(x.SnoozeDays)))
	}
	if x.Note != "" {
		out = append(out, s.View.T(v.lang, "replies.step_note", "note", x.Note))
	}
	return out
}

// stepVerbs say what an officer must be allowed to do for each step.
var stepVerbs = map[string]access.Verb{casework.StepTake: access.CaseTake, casework.StepUrgency: access.CaseDecide,
	casework.StepNote: access.CaseNote, casework.StepSnooze: access.CaseTake}

// urgencyNames are those that a saved reply may set.
var urgencyNames = map[tanggap.Urgency]string{tanggap.Normal: "urgency.normal", tanggap.High: "urgency.high"}

// offerSteps puts the steps of a saved reply beside the words: those that the officer may
// do now, chosen unless he has left them out, and those that do not go, with why.
func (s *Server) offerSteps(v *visit, c *store.Case, x *store.SavedReply, page *view.StaffCase, chosen []string) error {
	steps, err := casework.MacroSteps(v.pack, c, v.actor.ID, x, s.Clock.Now())
	if err != nil {
		return err
	}
	t := func(key string, args ...any) string { return s.View.T(v.lang, key, args...) }
	page.Macro = x.ID
	for _, step := range steps {
		if step.Not != "" {
			page.MacroNot = append(page.MacroNot, t("replies.not_"+step.Name+"_"+step.Not, "n", strconv.Itoa(x.SnoozeDays)))
			continue
		}
		if !access.Can(v.actor, stepVerbs[step.Name], access.Of(v.pack, c)) {
			continue
		}
		words := ""
		switch step.Name {
		case casework.StepTake:
			words = t("replies.step_take")
		case casework.StepUrgency:
			words = t("replies.step_urgency", "urgency", t(urgencyNames[x.Urgency]))
		case casework.StepNote:
			words = t("replies.step_note", "note", casework.FillSavedReply(s.Store, v.pack, c, x.Note, v.officer.Name, "id"))
		case casework.StepSnooze:
			words = t("replies.step_until", "moment", s.View.Moment(v.lang, v.pack.Location(), step.Until))
		}
		page.MacroSteps = append(page.MacroSteps, view.Option{Value: step.Name, Label: words, Selected: chosen == nil || slices.Contains(chosen, step.Name)})
	}
	return nil
}

// runSteps does the chosen steps of the saved reply that a reply began with.
func (s *Server) runSteps(ctx context.Context, tx *store.Store, v *visit, c *store.Case, id string, chosen []string) error {
	if id == "" || len(chosen) == 0 {
		return nil
	}
	x, err := tx.SavedReply(ctx, c.Region, id)
	if err != nil {
		return err
	}
	if x.Unit != "" && x.Unit != c.Unit || !x.RetiredAt.IsZero() {
		return tanggap.Errorf(tanggap.Conflict, "balasan siap pakai ini sudah tidak berlaku untuk laporan ini; kirim tanpa langkahnya")
	}
	for _, step := range chosen {
		verb, known := stepVerbs[step]
		if !known {
			return tanggap.Errorf(tanggap.Invalid, "langkah %q tidak ada", step)
		}
		if err := s.mayDo(v, c, verb); err != nil {
			return err
		}
	}
	return s.Desk.RunSteps(ctx, tx, v.pack, c, v.actor.ID, v.officer.Name, x, chosen)
}

// stepsAgain offers the steps once more, as the officer had left them.
func (s *Server) stepsAgain(r *http.Request, c *store.Case, page *view.StaffCase) error {
	id := r.PostForm.Get("makro")
	if id == "" {
		return nil
	}
	x, err := s.Store.SavedReply(r.Context(), c.Region, id)
	if tanggap.CodeOf(err) == tanggap.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	page.ReplyNext = x.NextState
	return s.offerSteps(at(r), c, x, page, append([]string{}, r.PostForm["langkah"]...))
}

// viewSave gives the present filter of the inbox a name, or forgets one.
func (s *Server) viewSave(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v := at(r)
	region := v.pack.Identity.Code
	if id := r.PostForm.Get("hapus"); id != "" {
		if err := s.Store.DropInboxView(r.Context(), region, v.actor.ID, id); err != nil {
			return err
		}
		return s.redirect(w, r, inboxPath)
	}
	name, err := typed(r, "nama", 40)
	if err != nil {
		return err
	}
	chosen, err := url.ParseQuery(r.PostForm.Get("saringan"))
	if err != nil {
		return tanggap.Errorf(tanggap.Invalid, "saringan ini tidak terbaca")
	}
	q := query{url.Values{}}
	for _, field := range filterFields {
		if x := chosen.Get(field); x != "" && len(x) <= 200 {
			q.Set(field, x)
		}
	}
	if name = strings.TrimSpace(name); name == "" {
		err = tanggap.Errorf(tanggap.Invalid, "%s", s.View.T(v.lang, "notice.view_name"))
	} else if !q.filtered() {
		err = tanggap.Errorf(tanggap.Invalid, "%s", s.View.T(v.lang, "notice.view_empty"))
	} else {
		err = s.Store.AddInboxView(r.Context(), &store.InboxView{Region: region, OfficerID: v.actor.ID, Name: name, Query: q.Encode()})
	}
	if tanggap.CodeOf(err) == tanggap.Invalid {
		return s.inboxAgain(w, r, statusOf(err), &view.Notice{Tone: "bad", Text: errorOf(err, "").Message})
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, q.with("", ""))
}
