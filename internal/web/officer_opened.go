package web

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"tanggap/internal/access"
	"tanggap/internal/casework"
	"tanggap/internal/intake"
	"tanggap/internal/notify"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
	"tanggap/internal/web/view"
)

const (
	openedShown   = 100    // rows on the page
	openedSaved   = 10_000 // rows in a file
	openingsShown = 30
)

// opened lists who saw what is hidden, and which closed cases were opened.
func (s *Server) opened(w http.ResponseWriter, r *http.Request) error {
	page, err := s.openedPage(r)
	if err != nil {
		return err
	}
	if r.URL.Query().Has("tersimpan") {
		page.Notice = &view.Notice{Tone: "ok", Text: s.View.T(lang(r), view.MsgSaved)}
	}
	return s.renderPrivate(w, r, http.StatusOK, "opened", page)
}

// openedKinds are what can be filtered by, with the type of their events.
var openedKinds = []struct{ name, event string }{{"contact", casework.Revealed}, {"words", casework.Revealed}, {"quarantine", intake.RawViewed}, {"unsealed", casework.Unsealed}}

// openedFilter reads a filter from an address. What cannot be read does not filter.
func (s *Server) openedFilter(r *http.Request) (f store.OpenedFilter, kind string) {
	v, q := at(r), r.URL.Query()
	f = store.OpenedFilter{Region: v.pack.Identity.Code, Officer: q.Get("petugas"), Limit: openedShown + 1}
	for _, k := range openedKinds {
		if k.name == q.Get("apa") {
			kind, f.Type = k.name, k.event
		}
	}
	if t, err := time.ParseInLocation(time.DateOnly, q.Get("dari"), v.pack.Location()); err == nil {
		f.From = t
	}
	if t, err := time.ParseInLocation(time.DateOnly, q.Get("sampai"), v.pack.Location()); err == nil {
		f.To = t.AddDate(0, 0, 1)
	}
	return f, kind
}

func (s *Server) openedPage(r *http.Request) (*view.Opened, error) {
	v, ctx := at(r), r.Context()
	base, err := s.staffBase(r)
	if err != nil {
		return nil, err
	}
	f, kind := s.openedFilter(r)
	page := &view.Opened{Base: base, From: r.URL.Query().Get("dari"), To: r.URL.Query().Get("sampai"), Filtered: f.Officer != "" || kind != "" || !f.From.IsZero() || !f.To.IsZero()}
	if i := strings.IndexByte(v.path, '?'); i >= 0 {
		page.Query = v.path[i:]
	}
	officers, err := s.Store.Officers(ctx, f.Region)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, o := range officers {
		names[o.ID] = o.Name
		page.Officers = append(page.Officers, view.Option{Value: o.ID, Label: o.Name, Selected: o.ID == f.Officer})
	}
	for _, k := range openedKinds {
		page.Kinds = append(page.Kinds, view.Option{Value: k.name, Label: s.View.T(v.lang, "opened.what_"+k.name), Selected: k.name == kind})
	}
	if page.Rows, err = s.openedRows(ctx, v, f, kind, names); err != nil {
		return nil, err
	}
	if len(page.Rows) > openedShown {
		page.Rows, page.More = page.Rows[:openedShown], true
	}
	return page, s.openings(ctx, v, page, names)
}

// openedRows reads who saw what. Of a case only its number is told: who watches over
// openings need not read cases.
func (s *Server) openedRows(ctx context.Context, v *visit, f store.OpenedFilter, kind string, names map[string]string) ([]view.OpenedRow, error) {
	events, err := s.Store.Opened(ctx, f)
	if err != nil {
		return nil, err
	}
	numbers := map[string]string{}
	var out []view.OpenedRow
	for _, e := range events {
		var facts struct{ Purpose, What, Why string }
		if err := json.Unmarshal([]byte(e.Payload), &facts); err != nil {
			return nil, err
		}
		what := map[string]string{casework.Revealed: "contact", intake.RawViewed: "quarantine", casework.Unsealed: "unsealed", casework.Sealed: "sealed"}[e.Type]
		if e.Type == casework.Revealed && facts.What != "" {
			what = facts.What
		}
		if kind != "" && kind != what {
			continue
		}
		number, ok := numbers[e.CaseID]
		if !ok && e.CaseID != "" {
			c, err := s.Store.Case(ctx, e.Region, e.CaseID)
			if err != nil && tanggap.CodeOf(err) != tanggap.NotFound {
				return nil, err
			}
			if err == nil {
				number = c.Number
			}
			numbers[e.CaseID] = number
		}
		row := view.OpenedRow{At: e.HappenedAt, Who: s.who(v, e.Actor, names), What: s.View.T(v.lang, "opened.what_"+what), Number: number}
		switch {
		case slices.Contains((&view.StaffCase{}).Purposes(), facts.Purpose):
			row.Why = s.View.T(v.lang, "case_staff.purpose_"+facts.Purpose)
		case slices.Contains((&view.QuarantineItem{}).Purposes(), facts.Why):
			row.Why = s.View.T(v.lang, "quarantine.purpose_"+facts.Why)
		}
		out = append(out, row)
	}
	return out, nil
}

// openings fills in which closed cases were opened, with reasons and remarks.
func (s *Server) openings(ctx context.Context, v *visit, page *view.Opened, names map[string]string) error {
	list, err := s.Store.Openings(ctx, v.pack.Identity.Code, openingsShown)
	if err != nil {
		return err
	}
	review := access.CanIn(v.actor, access.OpeningReview, v.pack.Identity.Code)
	for _, o := range list {
		c, err := s.Store.Case(ctx, o.Region, o.CaseID)
		if err != nil {
			return err
		}
		x := view.Opening{ID: o.ID, Number: c.Number, Who: names[o.OfficerID], Reason: o.Reason, At: o.OpenedAt, Until: o.ExpiresAt, Open: o.Open(s.Clock.Now()),
			Remark: o.Remark, Reviewed: moment(o.ReviewedAt), ReviewedBy: names[o.ReviewedBy], CanReview: review && o.OfficerID != v.actor.ID}
		if !o.EndedAt.IsZero() {
			x.Until, x.EndedBy = o.EndedAt, names[o.EndedBy]
		}
		page.Openings = append(page.Openings, x)
	}
	return nil
}

// openingReview ends an opening, or keeps what a reviewer thinks of it. Nobody reviews
// himself.
func (s *Server) openingReview(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v, ctx := at(r), r.Context()
	remark, err := typed(r, "catatan", 500)
	if err == nil {
		err = s.Store.InTx(ctx, func(tx *store.Store) error {
			o, err := tx.Opening(ctx, v.pack.Identity.Code, r.PathValue("opening"))
			if err != nil {
				return err
			}
			if o.OfficerID == v.actor.ID {
				return tanggap.Errorf(tanggap.Forbidden, "yang membuka laporan tidak meninjau dirinya sendiri")
			}
			c, err := tx.Case(ctx, o.Region, o.CaseID)
			if err != nil {
				return err
			}
			if r.PostForm.Get("aksi") == "akhiri" {
				return s.Desk.Seal(ctx, tx, c, o, v.actor.ID)
			}
			return s.Desk.ReviewOpening(ctx, tx, c, o, v.actor.ID, remark)
		})
	}
	if code := tanggap.CodeOf(err); code == tanggap.Invalid || code == tanggap.Conflict {
		page, readErr := s.openedPage(r)
		if readErr != nil {
			return readErr
		}
		page.Errors = append(page.Errors, errorOf(err, "catatan-"+r.PathValue("opening")))
		return s.renderPrivate(w, r, statusOf(err), "opened", page)
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, notify.PathOpened+"?tersimpan")
}

// openedCSV sends the list as a file for a spreadsheet. That it was taken is recorded too.
func (s *Server) openedCSV(w http.ResponseWriter, r *http.Request) error {
	v, ctx := at(r), r.Context()
	f, kind := s.openedFilter(r)
	f.Limit = openedSaved
	names, err := s.names(ctx, f.Region)
	if err != nil {
		return err
	}
	rows, err := s.openedRows(ctx, v, f, kind, names)
	if err != nil {
		return err
	}
	if err := s.ownEvent(r, openedTaken, map[string]any{"rows": len(rows)}); err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteString("\ufeff") // spreadsheets take it for UTF-8 only with this mark
	out := csv.NewWriter(&b)
	head := []string{"opened.at", "opened.who", "opened.what", "opened.number", "opened.why"}
	for i, key := range head {
		head[i] = s.View.T(v.lang, key)
	}
	if err := out.Write(head); err != nil {
		return err
	}
	for _, x := range rows {
		cells := []string{x.At.In(v.pack.Location()).Format("2006-01-02 15:04"), x.Who, x.What, x.Number, x.Why}
		for i := range cells {
			cells[i] = inert(cells[i])
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	if out.Flush(); out.Error() != nil {
		return out.Error()
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="siapa-membuka-apa.csv"`)
	_, err = w.Write(b.Bytes())
	return err
}

// openedTaken is the event of taking the list of openings away as a file.
const openedTaken = "opened.taken"

// inert makes a cell that no spreadsheet takes for a formula: what begins with = + - @ or
// their full-width forms, blanks and control characters before it left out, gets an
// apostrophe in front.
func inert(cell string) string {
	cell = text.Clean(cell, 4000)
	first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(cell, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }))
	if first != utf8.RuneError && strings.ContainsAny(width.Narrow.String(string(first)), "=+-@|") {
		return "'" + cell
	}
	return cell
}
