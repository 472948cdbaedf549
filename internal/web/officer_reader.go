package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/learn"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
	"tanggap/internal/web/view"
)

const (
	readerPath  = "/pembaca"
	modelsShown = 12
	themesBack  = 90 * 24 * time.Hour
	mostThemed  = 2000
	fewWrong    = 0.03 // of what goes its way without a person, for the threshold that is advised
)

// curveAt are the thresholds that the table of doubt shows.
var curveAt = []float64{0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98}

// reader shows how the computer reads: the model in force, how often it is right at
// which threshold, how far the city's words are from the made-up ones, which needs no
// service names, and the models before and beside.
func (s *Server) reader(w http.ResponseWriter, r *http.Request) error {
	page, err := s.readerPage(r)
	if err != nil {
		return err
	}
	if r.URL.Query().Has("tersimpan") {
		page.Notice = &view.Notice{Tone: "ok", Text: s.View.T(lang(r), view.MsgSaved)}
	}
	return s.renderPrivate(w, r, http.StatusOK, "reader", page)
}

func (s *Server) readerPage(r *http.Request) (*view.Reader, error) {
	v, ctx := at(r), r.Context()
	base, err := s.staffBase(r)
	if err != nil {
		return nil, err
	}
	page := &view.Reader{Base: base, Auto: v.pack.Identity.Thresholds.Auto, Suggest: v.pack.Identity.Thresholds.Suggest, Seeds: len(v.pack.Seeds),
		CanChange: access.CanIn(v.actor, access.AdminRegion, v.pack.Identity.Code), Learning: string(v.pack.Identity.Learning)}
	if err := s.readerModel(ctx, v, page); err != nil {
		return nil, err
	}
	since := s.Clock.Now().Add(-themesBack)
	rows, err := s.Store.UnexplainedCases(ctx, v.pack.Identity.Code, since, v.pack.Identity.Thresholds.Suggest, mostThemed)
	if err != nil {
		return nil, err
	}
	// What citizens say with their ratings may hold a theme as well.
	comments, err := s.Store.PulseComments(ctx, v.pack.Identity.Code, since, mostThemed)
	if err != nil {
		return nil, err
	}
	rows = append(rows, comments...)
	slices.SortStableFunc(rows, func(a, b *store.Unexplained) int { return a.OpenedAt.Compare(b.OpenedAt) })
	taken, err := s.Store.TakenSuggestions(ctx, v.pack.Identity.Code, since)
	if err != nil {
		return nil, err
	}
	for _, x := range taken {
		if n := x.Accepted + x.Changed; n > 0 {
			page.Taken = append(page.Taken, view.Taken{Kind: x.Kind, Decided: int(n), Share: float64(x.Accepted) / float64(n)})
		}
	}
	for _, t := range learn.Themes(v.pack, rows, since, s.Clock.Now()) {
		x := view.Theme{Words: strings.Join(t.Words, ", "), Cases: t.Cases, Citizens: t.Citizens, Recent: t.Recent, Before: t.Before, Examples: t.Examples}
		x.Service, x.SeedLines = t.Draft()
		page.Themes = append(page.Themes, x)
	}
	return page, nil
}

// readerModel fills in the model in force and those beside it.
func (s *Server) readerModel(ctx context.Context, v *visit, page *view.Reader) error {
	if s.Models == nil {
		return nil
	}
	m, err := s.Models.Current(ctx, v.pack)
	if err != nil {
		return err
	}
	page.Version = m.Version()
	curve := m.Curve()
	for _, t := range curveAt {
		if len(curve) == 0 {
			break
		}
		page.Curve = append(page.Curve, doubt(curve.At(t), page.Auto))
	}
	if len(curve) > 0 {
		x := doubt(curve.At(page.Auto), page.Auto)
		page.Now = &x
		if safe, ok := curve.Safe(fewWrong); ok {
			x := doubt(safe, page.Auto)
			page.Safe = &x
		}
	}
	names, err := s.names(ctx, v.pack.Identity.Code)
	if err != nil {
		return err
	}
	list, err := s.Store.Models(ctx, v.pack.Identity.Code, modelsShown)
	if err != nil {
		return err
	}
	for _, row := range list {
		report, err := learn.ReportOf(row)
		if err != nil {
			return err
		}
		x := view.Model{Version: row.Version, State: row.State, Learned: int(row.Learned), Trained: row.TrainedAt, Why: row.ChangedWhy, By: row.ChangedBy,
			Right: report.Compared.New.Top1, Before: report.Compared.Old.Top1, Judged: report.Compared.New.N, Verdict: string(report.Compared.Verdict)}
		if name := names[row.ChangedBy]; name != "" {
			x.By = name
		}
		x.CanUse = row.State == store.ModelShadow || row.State == store.ModelRetired
		if row.State == store.ModelActive {
			page.Learned, page.Drift = int(row.Learned), &report.Drift
		}
		page.Models = append(page.Models, x)
	}
	rows, err := s.Models.Rows(ctx, v.pack, time.Time{})
	if err != nil {
		return err
	}
	page.Confirmed = len(rows)
	if len(rows) > 0 {
		d := learn.Measure(v.pack, m, rows)
		page.Drift = &d
	}
	return nil
}

func doubt(p text.Point, auto float64) view.Doubt {
	return view.Doubt{Threshold: p.Threshold, Automatic: p.Automatic, Wrong: p.Wrong, Current: p.Threshold > auto-0.005 && p.Threshold < auto+0.005}
}

// readerUse puts a model in force, or goes back to the one before.
func (s *Server) readerUse(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v, ctx := at(r), r.Context()
	err := func() error {
		why, err := typed(r, "alasan", 300)
		if err != nil {
			return err
		}
		if why == "" {
			return &tanggap.Error{Code: tanggap.Invalid, Field: "alasan", Message: s.View.T(v.lang, "reader.why_empty")}
		}
		why = text.Mask(why)
		if version := r.PostForm.Get("versi"); version != "" {
			return s.Models.Promote(ctx, v.pack, version, v.actor.ID, why)
		}
		_, err = s.Models.Rollback(ctx, v.pack, v.actor.ID, why)
		return err
	}()
	if err == nil {
		return s.redirect(w, r, readerPath+"?tersimpan")
	}
	if code := tanggap.CodeOf(err); code != tanggap.Invalid && code != tanggap.Conflict && code != tanggap.NotFound {
		return err
	}
	page, readErr := s.readerPage(r)
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	page.Errors = append(page.Errors, errorOf(err, "alasan"))
	return s.renderPrivate(w, r, statusOf(err), "reader", page)
}
