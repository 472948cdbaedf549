package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"sort"

	"tanggap/internal/access"
	"tanggap/internal/casework"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

// triageFilter selects the cases that wait for somebody to place them and that the
// officer may list.
func (s *Server) triageFilter(v *visit) store.CaseFilter {
	f := access.ListFilter(v.actor, v.pack, v.pack.Identity.Triage)
	f.States, f.Awake = []tanggap.State{tanggap.Triage}, s.Clock.Now()
	return f
}

// maxSkipped is how many cases one can put off in a row.
const maxSkipped = 40

func (s *Server) triage(w http.ResponseWriter, r *http.Request) error {
	v, ctx := at(r), r.Context()
	skipped := r.URL.Query()["lewati"]
	if len(skipped) > maxSkipped {
		skipped = nil // once round
	}
	base, err := s.staffBase(r)
	if err != nil {
		return err
	}
	f := s.triageFilter(v)
	f.Limit = int64(len(skipped) + 1)
	list, err := s.Store.Cases(ctx, f)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(c *store.Case) bool { return !slices.Contains(skipped, c.ID) })
	if i < 0 && len(list) > 0 {
		i = 0
	}
	page := &view.Triage{Base: base, Left: base.Officer.Triage, Done: doneNumber(r)}
	if page.Undo, err = s.undoable(ctx, v, page.Done); err != nil {
		return err
	}
	if i >= 0 {
		if page.Case, err = s.triageCase(ctx, v, list[i]); err != nil {
			return err
		}
		page.Case.Skipped = skipped
	}
	return s.render(w, r, http.StatusOK, "triage", page)
}

// undoable is the case with this number if the officer may still take back having placed it.
func (s *Server) undoable(ctx context.Context, v *visit, number string) (string, error) {
	if number == "" {
		return "", nil
	}
	c, err := s.Store.CaseByNumber(ctx, v.pack.Identity.Code, number)
	if tanggap.CodeOf(err) == tanggap.NotFound || err == nil && s.mayDo(v, c, access.CaseReply) != nil {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	events, err := s.Store.Events(ctx, c.Region, c.ID)
	if err != nil || !s.retractable(v, events) {
		return "", err
	}
	return c.ID, nil
}

// doneNumber is the number in the address of the case just forwarded; it is shown
// only in the form of a number.
func doneNumber(r *http.Request) string {
	n := r.URL.Query().Get("selesai")
	for _, x := range n {
		if x != '-' && (x < '0' || x > '9') && (x < 'A' || x > 'Z') {
			return ""
		}
	}
	return n[:min(len(n), 24)]
}

func (s *Server) triageCase(ctx context.Context, v *visit, c *store.Case) (*view.TriageCase, error) {
	names, err := s.names(ctx, c.Region)
	if err != nil {
		return nil, err
	}
	out := &view.TriageCase{ID: c.ID, Number: c.Number, Title: s.titleOf(v, c), Version: c.Version, Channel: channelName(c.Channel), Opened: c.OpenedAt,
		Due: moment(c.DueAt), Urgency: c.Urgency, Area: areaName(v.pack, c.Area), Place: s.words(v, c, c.Place),
		Services: serviceGroups(v.pack, v.lang, ""), Units: unitOptions(v.pack, nil, "")}
	if out.Messages, err = s.staffMessages(ctx, v, c, names); err != nil {
		return nil, err
	}
	decisions, err := s.Store.Decisions(ctx, c.Region, c.ID)
	if err != nil {
		return nil, err
	}
	out.Remarks = s.heads(v, decisions)
	if out.Similar, err = s.placed(ctx, v, c); err != nil {
		return nil, err
	}
	out.Why = s.View.T(v.lang, "notice.why_unsure")
	for _, d := range decisions {
		switch {
		case d.State != store.DecisionOpen && !casework.TakenBack(d):
		case d.Kind == casework.KindSensitive && d.Value != "":
			out.Why = s.View.T(v.lang, "notice.why_sensitive")
		case d.Kind == casework.KindService:
			out.Candidates = s.candidates(v, c, d)
			if casework.TakenBack(d) {
				out.Why = s.View.T(v.lang, "notice.why_undone")
			} else if d.Value != "" && out.Why == s.View.T(v.lang, "notice.why_unsure") {
				out.Why = s.View.T(v.lang, "notice.why_confirm")
			}
		}
	}
	if c.Service != "" {
		out.Why = s.View.T(v.lang, "notice.why_objected")
	}
	return out, nil
}

// candidates are the three likeliest services with where they would go.
func (s *Server) candidates(v *visit, c *store.Case, d *store.Decision) []view.Candidate {
	list := slices.Clone(d.Candidates)
	if d.Value != "" && !slices.ContainsFunc(list, func(x store.Candidate) bool { return x.Value == d.Value }) {
		list = append(list, store.Candidate{Value: d.Value, P: d.Confidence})
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].P > list[j].P })
	var out []view.Candidate
	for _, x := range list {
		service, ok := v.pack.Service(x.Value)
		if !ok || service.Technical || len(out) == 3 {
			continue
		}
		out = append(out, view.Candidate{Service: x.Value, Label: serviceName(v.pack, x.Value, v.lang), Unit: routeName(v.pack, x.Value, c.Area), Confidence: x.P})
	}
	return out
}

// triageDecide places a case, asks the citizen or puts the case off, and opens the
// next one.
func (s *Server) triageDecide(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v := at(r)
	next := url.Values{}
	for _, id := range r.PostForm["lewati"] {
		next.Add("lewati", id)
	}
	if r.PostForm.Get("aksi") == "lewati" {
		next.Add("lewati", v.opened.ID)
		return s.redirect(w, r, "/triase?"+next.Encode())
	}
	err := s.work(r, func(ctx context.Context, tx *store.Store, c *store.Case) error {
		if c.State != tanggap.Triage {
			return errStale
		}
		why, err := typed(r, "alasan", 500)
		if err != nil {
			return err
		}
		if r.PostForm.Get("aksi") == "tanya" {
			return s.Desk.Reply(ctx, tx, v.pack, c, v.actor.ID, why, tanggap.WaitingCitizen)
		}
		ch := casework.Choice{Service: r.PostForm.Get("layanan"), Unit: r.PostForm.Get("unit"), Why: why}
		if ch.Service == "" {
			ch.Service = r.PostForm.Get("layanan_lain")
		}
		if ch.Service == "" {
			return &tanggap.Error{Code: tanggap.Invalid, Field: "lain", Message: s.View.T(v.lang, view.MsgServiceEmpty)}
		}
		return s.Desk.Decide(ctx, tx, v.pack, c, v.actor.ID, ch)
	})
	code := tanggap.CodeOf(err)
	if code != "" && code != tanggap.Invalid && code != tanggap.Conflict {
		return err
	}
	if err == nil {
		next.Set("selesai", v.opened.Number)
		return s.redirect(w, r, "/triase?"+next.Encode())
	}
	return s.triageAgain(w, r, err)
}

// triageAgain shows the same case with what was wrong, or the next one when somebody
// else has placed it meanwhile.
func (s *Server) triageAgain(w http.ResponseWriter, r *http.Request, why error) error {
	v := at(r)
	c, err := s.Store.Case(r.Context(), v.pack.Identity.Code, r.PathValue("id"))
	if err != nil {
		return err
	}
	page := &view.Triage{}
	if page.Base, err = s.staffBase(r); err != nil {
		return err
	}
	page.Left = page.Officer.Triage
	page.Errors = append(page.Errors, errorOf(why, "alasan"))
	if c.State == tanggap.Triage && s.may(v, c) == nil {
		if page.Case, err = s.triageCase(r.Context(), v, c); err != nil {
			return err
		}
		page.Case.Skipped = r.PostForm["lewati"]
	}
	return s.renderPrivate(w, r, statusOf(why), "triage", page)
}
