package web

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/outlook"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
	"tanggap/internal/web/view"
)

const (
	behindRead  = 300 // newest cases that are looked through
	behindShown = 50
)

// warnings lists those that stand and those of the last weeks, as far as the officer may
// see their series.
func (s *Server) warnings(ctx context.Context, v *visit) ([]view.Warning, error) {
	since := s.Clock.Now().Add(-warningsBack).Format(time.DateOnly)
	list, err := s.Store.Surges(ctx, v.pack.Identity.Code, since, mostWarnings)
	if err != nil {
		return nil, err
	}
	var out []view.Warning
	for _, x := range list {
		if !mayForesee(v, access.ForecastRead, x.Series) {
			continue
		}
		w, err := s.viewWarning(ctx, v, x)
		if tanggap.CodeOf(err) == tanggap.NotFound {
			continue // of a series that is not in use any more
		}
		if err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, nil
}

func (s *Server) viewWarning(ctx context.Context, v *visit, x *store.Surge) (view.Warning, error) {
	title, err := s.Outlook.Title(ctx, v.pack, x.Series)
	if err != nil {
		return view.Warning{}, err
	}
	w := view.Warning{ID: x.ID, Title: title, Gap: x.Kind == store.SurgeGap, State: x.State, Observed: x.Observed, Expected: x.Expected, Severity: 1, Note: x.Note}
	w.From, _ = time.Parse(time.DateOnly, x.FromDay)
	w.To, _ = time.Parse(time.DateOnly, x.ToDay)
	switch {
	case x.Severity >= 8:
		w.Severity = 3
	case x.Severity >= 5:
		w.Severity = 2
	}
	q := url.Values{"tampil": {viewAll}, "urut": {"baru"}}
	switch kind, code := outlook.Split(x.Series); kind {
	case outlook.OfService:
		q.Set("layanan", code)
	case outlook.OfArea:
		q.Set("wilayah", code)
	case outlook.OfUnit:
		q.Set("unit", code)
	}
	w.Link = inboxPath + "?" + q.Encode()
	if x.DecidedBy != "" {
		names, err := s.names(ctx, x.Region)
		if err != nil {
			return w, err
		}
		w.Decided = names[x.DecidedBy]
	}
	return w, nil
}

// warning shows one warning: the cases behind it, and what the region's playbook says.
func (s *Server) warning(w http.ResponseWriter, r *http.Request) error {
	page, _, err := s.warningOf(r)
	if err != nil {
		return err
	}
	if r.URL.Query().Has("tersimpan") {
		page.Notice = &view.Notice{Tone: "ok", Text: s.View.T(lang(r), view.MsgSaved)}
	}
	return s.renderPrivate(w, r, http.StatusOK, "warning", page)
}

func (s *Server) warningOf(r *http.Request) (*view.WarningPage, []*store.Case, error) {
	v, ctx := at(r), r.Context()
	x, err := s.Store.Surge(ctx, v.pack.Identity.Code, r.PathValue("surge"))
	if err != nil {
		return nil, nil, err
	}
	if !mayForesee(v, access.ForecastRead, x.Series) {
		return nil, nil, tanggap.Errorf(tanggap.NotFound, "peringatan tidak ditemukan")
	}
	base, err := s.staffBase(r)
	if err != nil {
		return nil, nil, err
	}
	page := &view.WarningPage{Base: base, CanWork: mayForesee(v, access.ForecastWork, x.Series), Note: x.Note}
	if page.Warning, err = s.viewWarning(ctx, v, x); err != nil {
		return nil, nil, err
	}
	_, service := outlook.Split(x.Series)
	for _, step := range v.pack.Plays(service) {
		page.Steps = append(page.Steps, view.PlayStep{Kind: step.Kind, Words: step.Words})
	}
	behind, err := s.behind(ctx, v, x)
	if err != nil {
		return nil, nil, err
	}
	incidents := map[string]bool{}
	for _, c := range behind {
		page.Cases = append(page.Cases, view.WarningCase{ID: c.ID, Number: c.Number, Summary: s.titleOf(v, c), Area: areaName(v.pack, c.Area), Opened: c.OpenedAt, Joined: c.Incident != ""})
		incidents[c.Incident] = true
	}
	page.CanJoin = page.CanWork && len(behind) > 1 && (len(incidents) > 1 || incidents[""])
	return page, behind, nil
}

// behind are the cases that a warning counts and the officer may list, newest first.
func (s *Server) behind(ctx context.Context, v *visit, x *store.Surge) ([]*store.Case, error) {
	f := access.ListFilter(v.actor, v.pack)
	f.Sort, f.Limit = "new", behindRead
	switch kind, code := outlook.Split(x.Series); kind {
	case outlook.OfService:
		f.Service = code
	case outlook.OfArea:
		f.Area = code
	case outlook.OfChannel:
		f.Channel = code
	case outlook.OfUnit:
		f = access.ListFilter(v.actor, v.pack, code)
		f.Sort, f.Limit = "new", behindRead
	case outlook.OfOutside:
		return nil, nil
	}
	if f.Units != nil && len(f.Units) == 0 || x.Kind == store.SurgeGap {
		return nil, nil
	}
	list, err := s.Store.Cases(ctx, f)
	if err != nil {
		return nil, err
	}
	var out []*store.Case
	for _, c := range list {
		day := c.OpenedAt.In(v.pack.Location()).Format(time.DateOnly)
		if !c.Secret && day >= x.FromDay && day <= x.ToDay && len(out) < behindShown {
			out = append(out, c)
		}
	}
	return out, nil
}

// warningDecide is what a person makes of a warning: a surge, none, over, or one event.
func (s *Server) warningDecide(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	page, behind, err := s.warningOf(r)
	if err != nil {
		return err
	}
	v, ctx := at(r), r.Context()
	if !page.CanWork {
		return tanggap.Errorf(tanggap.Forbidden, "peringatan ini milik unit lain")
	}
	err = func() error {
		note, err := typed(r, "catatan", 1000)
		if err != nil {
			return err
		}
		action := r.PostForm.Get("aksi")
		return s.Store.InTx(ctx, func(tx *store.Store) error {
			x, err := tx.Surge(ctx, v.pack.Identity.Code, r.PathValue("surge"))
			if err != nil {
				return err
			}
			if action == "satukan" {
				return s.joinBehind(ctx, tx, v, x, behind)
			}
			return s.judge(ctx, tx, v, x, action, text.Mask(note))
		})
	}()
	if code := tanggap.CodeOf(err); code == tanggap.Invalid || code == tanggap.Conflict {
		page.Errors = append(page.Errors, errorOf(err, "catatan"))
		page.Note = r.PostForm.Get("catatan")
		return s.renderPrivate(w, r, statusOf(err), "warning", page)
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, warningPath+r.PathValue("surge")+"?tersimpan")
}

// judge writes down what an officer said of a warning.
func (s *Server) judge(ctx context.Context, tx *store.Store, v *visit, x *store.Surge, action, note string) error {
	if !x.Running() {
		return tanggap.Errorf(tanggap.Conflict, "%s", s.View.T(v.lang, "foresight.warning_over"))
	}
	now := s.Clock.Now().UTC()
	switch action {
	case "benar":
		x.State = store.SurgeConfirmed
	case "bukan", "selesai":
		if note == "" { // the next reader must understand why nothing more was done
			return &tanggap.Error{Code: tanggap.Invalid, Field: "catatan", Message: s.View.T(v.lang, "foresight.note_empty")}
		}
		x.State, x.EndedAt = store.SurgeDismissed, now
		if action == "selesai" {
			x.State = store.SurgeEnded
		}
	default:
		return tanggap.Errorf(tanggap.Invalid, "tindakan ini tidak dikenal")
	}
	x.DecidedBy, x.DecidedAt, x.Note = v.actor.ID, now, note
	if err := tx.SetSurge(ctx, x); err != nil {
		return err
	}
	return tx.AddRegionEvent(ctx, x.Region, "officer:"+v.actor.ID, "surge."+x.State, map[string]any{"surge": x.ID, "series": x.Series})
}

// joinBehind makes one event of the open cases behind a warning that the officer may
// decide about; those that belong to another event already are left alone.
func (s *Server) joinBehind(ctx context.Context, tx *store.Store, v *visit, x *store.Surge, behind []*store.Case) error {
	var parent *store.Case
	joined := 0
	for i := len(behind) - 1; i >= 0; i-- { // the oldest is the parent
		c, err := tx.Case(ctx, x.Region, behind[i].ID)
		if err != nil {
			return err
		}
		if !c.State.Open() || c.Secret || !access.Can(v.actor, access.CaseDecide, access.Of(v.pack, c)) {
			continue
		}
		if parent == nil {
			parent = c
			continue
		}
		if c.Incident != "" {
			continue
		}
		if err := s.Desk.Join(ctx, tx, c, parent, v.actor.ID); err != nil {
			return err
		}
		if parent, err = tx.Case(ctx, x.Region, parent.ID); err != nil {
			return err
		}
		joined++
	}
	if joined == 0 {
		return tanggap.Errorf(tanggap.Conflict, "%s", s.View.T(v.lang, "foresight.nothing_to_join"))
	}
	x.Incident = parent.Incident
	return tx.SetSurge(ctx, x)
}
