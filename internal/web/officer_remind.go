package web

import (
	"context"
	"net/http"
	"net/url"

	"tanggap/internal/access"
	"tanggap/internal/casework"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

// latestShown is how many late cases stand on the dashboard; the list has the rest.
const latestShown = 20

// late lists the cases beyond their promise that the officer may ask about, the most
// pressing first.
func (b *board) late(ctx context.Context) ([]view.LateCase, error) {
	v, q := b.v, query{url.Values{"tampil": {viewLate}}}
	if b.unit != "" {
		q.Set("unit", b.unit)
	}
	f := b.s.caseFilter(v, q)
	f.Limit = latestShown
	list, err := b.s.Store.Cases(ctx, f)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, c := range list {
		ids = append(ids, c.ID)
	}
	asked, err := b.s.Store.Asked(ctx, v.pack.Identity.Code, store.TaskExplanation, ids)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	names, err := b.s.names(ctx, v.pack.Identity.Code)
	if err != nil {
		return nil, err
	}
	var out []view.LateCase
	for _, c := range list {
		obj := access.Of(v.pack, c)
		if !access.Can(v.actor, access.TaskGive, obj) || !casework.IsLate(c, b.s.Clock.Now()) {
			continue // a case that waits for its citizen is in the list of late ones too
		}
		out = append(out, view.LateCase{ID: c.ID, Number: c.Number, Service: serviceName(v.pack, c.Service, v.lang), Unit: v.pack.ShortUnit(c.Unit), Due: c.DueAt,
			Officer: names[c.OfficerID], Asked: asked[c.ID], CanAssign: access.Can(v.actor, access.CaseAssign, obj), Back: b.query().Encode()})
	}
	return out, nil
}

// caseRemind asks the unit of a late case to settle it or to explain itself by the end of
// the next day, with words that are always the same, and goes back to the dashboard. Who was
// asked already is not asked twice.
func (s *Server) caseRemind(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v := at(r)
	err := s.locked(r, func(ctx context.Context, tx *store.Store, c *store.Case) error {
		if !casework.IsLate(c, s.Clock.Now()) {
			return tanggap.Errorf(tanggap.Conflict, "laporan %s tidak lagi melewati batas waktunya", c.Number)
		}
		asked, err := tx.Asked(ctx, c.Region, store.TaskExplanation, []string{c.ID})
		if err != nil || !asked[c.ID].IsZero() {
			return err
		}
		_, err = s.Desk.Give(ctx, tx, v.pack, c, v.actor.ID, &store.Task{Kind: store.TaskExplanation, Words: s.View.T(view.Languages[0], "dashboard.reminder"),
			DueAt: casework.TaskDue(s.Clock.Now(), v.pack.Location(), casework.TaskDays[0])})
		return err
	})
	if err != nil {
		return err
	}
	back := boardPath
	if q, err := url.ParseQuery(r.PostForm.Get("dasbor")); err == nil && len(q) > 0 {
		back += "?" + q.Encode()
	}
	return s.redirect(w, r, back+"#terlambat")
}
