package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/report"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

const monthlyPath = "/laporan"

// onReports asks about the reports of the whole region.
func (v *visit) onReports(verb access.Verb) bool {
	return access.Can(v.actor, verb, access.Object{Region: v.pack.Identity.Code})
}

// wholeReport reports whether the officer reads all of a report: of the whole region, or
// the planning book of the area that his unit serves.
func (v *visit) wholeReport(n report.Name) bool {
	if v.onReports(access.ReportRead) {
		return true
	}
	if n.Month != "" {
		return false
	}
	area, _ := v.pack.Area(n.Area)
	for _, code := range []string{area.Code, area.Parent} {
		unit := v.pack.AreaOffice(code)
		if unit != "" && access.Can(v.actor, access.ReportRead, access.Object{Region: v.pack.Identity.Code, Unit: unit}) {
			return true
		}
	}
	return false
}

// monthlies lists the reports and planning books, with forms to ask for more.
func (s *Server) monthlies(w http.ResponseWriter, r *http.Request) error {
	page, err := s.monthliesPage(r)
	if err != nil {
		return err
	}
	if r.URL.Query().Has("tersimpan") {
		page.Notice = &view.Notice{Tone: "ok", Text: s.View.T(lang(r), view.MsgSaved)}
	}
	return s.renderPrivate(w, r, http.StatusOK, "monthlies", page)
}

func (s *Server) monthliesPage(r *http.Request) (*view.Monthlies, error) {
	v, ctx := at(r), r.Context()
	base, err := s.staffBase(r)
	if err != nil {
		return nil, err
	}
	page := &view.Monthlies{Base: base, Whole: v.onReports(access.ReportRead), CanWrite: v.onReports(access.ReportWrite), CanApprove: v.onReports(access.ReportApprove)}
	list, err := s.Store.Reports(ctx, v.pack.Identity.Code)
	if err != nil {
		return nil, err
	}
	have := map[string]bool{}
	for _, x := range list {
		n, err := report.ParseName(x.Name)
		if err != nil {
			return nil, err
		}
		have[x.Name] = true
		if !v.wholeReport(n) && (n.Month == "" || x.State != store.ReportPublished) {
			continue
		}
		row := view.MonthlyRow{Name: x.Name, Title: n.Title(v.pack), State: x.State, Progress: int(x.Progress), Error: x.Error, Version: int(x.Version), Changed: x.ChangedAt}
		if n.Month != "" {
			page.Months = append(page.Months, row)
		} else {
			page.Books = append(page.Books, row)
		}
	}
	now := s.Clock.Now().In(v.pack.Location())
	month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, v.pack.Location())
	if next, err := v.pack.Calendar().NextOpening(month.AddDate(0, 1, 0)); err == nil {
		page.Next = view.Format{Lang: v.lang, Zone: v.pack.Location()}.Day(next)
	}
	if !page.CanWrite {
		return page, s.monthlyReaders(r, page)
	}
	for i := 1; i <= 36; i++ {
		m := month.AddDate(0, -i, 0)
		if name := m.Format("2006-01"); !have[name] {
			page.Choices = append(page.Choices, view.Option{Value: name, Label: view.Format{Lang: v.lang, Zone: v.pack.Location()}.Month(m)})
		}
	}
	for y := now.Year() + 1; y >= now.Year(); y-- {
		page.Years = append(page.Years, view.Option{Value: strconv.Itoa(y), Label: strconv.Itoa(y)})
	}
	var districts view.Group
	for _, a := range v.pack.Areas {
		if a.Parent == "" {
			districts.Options = append(districts.Options, view.Option{Value: a.Code, Label: a.Name})
		}
	}
	districts.Label = s.View.T(v.lang, "monthly.districts")
	page.Areas = append([]view.Group{districts}, areaGroups(v.pack, "")...)
	return page, s.monthlyReaders(r, page)
}

// monthlyReaders lists the officers who can be mailed: those who may read reports.
func (s *Server) monthlyReaders(r *http.Request, page *view.Monthlies) error {
	v, ctx := at(r), r.Context()
	if !page.CanApprove {
		return nil
	}
	on, err := s.Store.ReportReaders(ctx, v.pack.Identity.Code)
	if err != nil {
		return err
	}
	officers, err := s.Store.Officers(ctx, v.pack.Identity.Code)
	if err != nil {
		return err
	}
	for _, o := range officers {
		if access.Can(access.ActorOf(o), access.ReportRead, access.Object{Region: v.pack.Identity.Code}) {
			page.Readers = append(page.Readers, view.Option{Value: o.ID, Label: o.Name + ", " + o.Email, Selected: slices.Contains(on, o.ID)})
		}
	}
	return nil
}

// monthlyMail keeps the list of officers who are mailed. Only officers who may read
// reports can be on it.
func (s *Server) monthlyMail(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v, ctx := at(r), r.Context()
	if !v.onReports(access.ReportApprove) {
		return errNotYours
	}
	page := &view.Monthlies{CanApprove: true}
	if err := s.monthlyReaders(r, page); err != nil {
		return err
	}
	var chosen []string
	for _, o := range page.Readers {
		if slices.Contains(r.PostForm["penerima"], o.Value) {
			chosen = append(chosen, o.Value)
		}
	}
	err := s.Store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.SetReportReaders(ctx, v.pack.Identity.Code, chosen); err != nil {
			return err
		}
		return tx.AddRegionEvent(ctx, v.pack.Identity.Code, "officer:"+v.actor.ID, "report.readers", map[string]any{"count": len(chosen)})
	})
	if err != nil {
		return err
	}
	return s.redirect(w, r, monthlyPath+"?tersimpan")
}

// monthlyAsk asks for a report of a past month or for a planning book.
func (s *Server) monthlyAsk(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	name := r.PostForm.Get("bulan")
	if name == "" {
		name = r.PostForm.Get("tahun") + "-" + r.PostForm.Get("wilayah")
	}
	n, err := report.ParseName(name)
	if err == nil {
		err = s.orderReport(r, n)
	}
	if err == nil {
		return s.redirect(w, r, monthlyPath+"/"+n.String())
	}
	status := statusOf(err)
	if status >= http.StatusInternalServerError || status == http.StatusForbidden {
		return err
	}
	page, readErr := s.monthliesPage(r)
	if readErr != nil {
		return readErr
	}
	page.Errors = append(page.Errors, errorOf(err, "bulan"))
	return s.renderPrivate(w, r, http.StatusUnprocessableEntity, "monthlies", page)
}

func (s *Server) orderReport(r *http.Request, n report.Name) error {
	v, ctx := at(r), r.Context()
	if !v.onReports(access.ReportWrite) {
		return errNotYours
	}
	return s.Store.InTx(ctx, func(tx *store.Store) error { return s.Reports.Order(ctx, tx, v.pack, n, v.actor.ID) })
}

// errNotYours is the answer to an officer whose role ends before what he asked for.
var errNotYours = tanggap.Errorf(tanggap.Forbidden, "peran Anda tidak mencakup halaman ini")

// reportNamed is the report that the address names, if the officer may see anything of it.
func (s *Server) reportNamed(r *http.Request) (*store.Report, report.Name, error) {
	v := at(r)
	n, err := report.ParseName(r.PathValue("report"))
	if err != nil {
		return nil, n, err
	}
	x, err := s.Store.Report(r.Context(), v.pack.Identity.Code, n.String())
	if err == nil && !v.wholeReport(n) && (n.Month == "" || x.State != store.ReportPublished) {
		err = tanggap.Errorf(tanggap.NotFound, "laporan tidak ditemukan")
	}
	return x, n, err
}

// monthly shows one report: how far its making is, or what it says.
func (s *Server) monthly(w http.ResponseWriter, r *http.Request) error {
	page, err := s.monthlyPage(r)
	if err != nil {
		return err
	}
	if r.URL.Query().Has("tersimpan") {
		page.Notice = &view.Notice{Tone: "ok", Text: s.View.T(lang(r), view.MsgSaved)}
	}
	return s.renderPrivate(w, r, http.StatusOK, "monthly", page)
}

func (s *Server) monthlyPage(r *http.Request) (*view.Monthly, error) {
	v, ctx := at(r), r.Context()
	x, n, err := s.reportNamed(r)
	if err != nil {
		return nil, err
	}
	base, err := s.staffBase(r)
	if err != nil {
		return nil, err
	}
	page := &view.Monthly{Base: base, Name: x.Name, Title: titleOf(s, v, n), State: x.State, Failure: x.Error, Progress: int(x.Progress), Version: int(x.Version), Hash: x.Hash,
		Whole: v.wholeReport(n), CanWrite: v.onReports(access.ReportWrite), CanApprove: v.onReports(access.ReportApprove),
		Approved: moment(x.ApprovedAt), Published: moment(x.PublishedAt), Alone: x.Alone}
	if page.Busy() || x.State == store.ReportFailed {
		return page, nil
	}
	if !page.Whole {
		page.Units, err = s.monthlyUnits(v, x)
		return page, err
	}
	names, err := s.names(ctx, x.Region)
	if err != nil {
		return nil, err
	}
	d, err := s.Reports.Document(x, names)
	if err != nil {
		return nil, err
	}
	if page.Body, err = d.Article(); err != nil {
		return nil, err
	}
	page.Author, page.Approver, page.Publisher = names[x.Author], names[x.ApprovedBy], names[x.PublishedBy]
	if x.Author == v.actor.ID {
		page.Own = s.anotherApproves(r, v)
	}
	if page.Editing = page.CanWrite && x.State == store.ReportDraft && r.URL.Query().Has("ubah"); page.Editing {
		if err := s.monthlyParts(v, x, page); err != nil {
			return nil, err
		}
	}
	return page, s.monthlyRecord(r, x, names, page)
}

func titleOf(s *Server, v *visit, n report.Name) string {
	if n.Month == "" {
		return n.Title(v.pack)
	}
	return s.View.T(v.lang, "monthly.of", "month", n.Title(v.pack))
}

// anotherApproves reports whether somebody else than the reader may approve.
func (s *Server) anotherApproves(r *http.Request, v *visit) bool {
	officers, err := s.Store.Officers(r.Context(), v.pack.Identity.Code)
	return err == nil && slices.ContainsFunc(officers, func(o *store.Officer) bool {
		return o.ID != v.actor.ID && access.Can(access.ActorOf(o), access.ReportApprove, access.Object{Region: v.pack.Identity.Code})
	})
}

// monthlyRecord fills in files and versions.
func (s *Server) monthlyRecord(r *http.Request, x *store.Report, names map[string]string, page *view.Monthly) error {
	kept, err := s.Store.ReportFiles(r.Context(), x.Region, x.Name, x.Version)
	if err != nil {
		return err
	}
	for _, format := range report.Formats {
		f := view.MonthlyFile{Format: format}
		for _, k := range kept {
			if k.Format == format {
				f.Hash = k.Hash
			}
		}
		page.Files = append(page.Files, f)
	}
	versions, err := s.Store.ReportVersions(r.Context(), x.Region, x.Name)
	for _, y := range versions {
		page.Versions = append(page.Versions, view.MonthlyVersion{Version: int(y.Version), Who: names[y.ChangedBy], Note: y.Note, Hash: y.Hash, At: y.ChangedAt})
	}
	return err
}

// monthlyUnits are the figures of the units that the officer reads.
func (s *Server) monthlyUnits(v *visit, x *store.Report) ([]view.MonthlyUnit, error) {
	m, err := report.MonthOf(x)
	if err != nil {
		return nil, err
	}
	var out []view.MonthlyUnit
	for _, u := range m.Units {
		if !access.Can(v.actor, access.ReportRead, access.Object{Region: x.Region, Unit: u.Code}) {
			continue
		}
		kept := "–"
		if u.OnTime.Due > 0 {
			kept = view.Format{Lang: v.lang}.Percent(u.OnTime.Share())
		}
		out = append(out, view.MonthlyUnit{Name: u.Name, Received: u.Received.Now, Before: u.Received.Before, Kept: kept, Open: u.Open, Late: u.Late, First: m.First})
	}
	return out, nil
}

// monthlyParts opens the words for editing.
func (s *Server) monthlyParts(v *visit, x *store.Report, page *view.Monthly) error {
	w, err := report.WordsOf(x)
	if err != nil {
		return err
	}
	for _, list := range [][]report.Paragraph{w.Paragraphs, w.Matters} {
		for _, p := range list {
			label := s.View.T(v.lang, "monthly.part_"+p.Key)
			if n, ok := strings.CutPrefix(p.Key, "hal-"); ok {
				label = s.View.T(v.lang, "monthly.matter", "n", n)
			}
			part := view.MonthlyPart{Key: p.Key, Label: label, Text: p.Text(), Made: p.Source}
			for _, val := range p.Values {
				part.Values = append(part.Values, view.MonthlyValue{Name: val.Name, Text: val.Text})
			}
			page.Parts = append(page.Parts, part)
		}
	}
	for _, f := range w.Follow {
		page.Follow = append(page.Follow, view.MonthlyFollow{Promise: f.Promise, Result: f.Result})
	}
	for _, e := range w.Examples {
		page.Examples = append(page.Examples, view.MonthlyExample{Text: e.Text, Shown: e.Shown})
	}
	page.Remark, page.Next = w.Remark, strings.Join(w.Next, "\n")
	return nil
}

// monthlyWords keeps edited words. What does not fit is shown again beside its reason.
func (s *Server) monthlyWords(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v := at(r)
	e := report.Edits{Paragraphs: map[string]string{}, Remark: r.PostForm.Get("catatan"), Results: r.PostForm["hasil"], Next: r.PostForm.Get("tindak")}
	for key, values := range r.PostForm {
		e.Paragraphs[key] = values[0]
	}
	for _, x := range r.PostForm["contoh"] {
		if n, err := strconv.Atoi(x); err == nil {
			e.Shown = append(e.Shown, n)
		}
	}
	err := errNotYours
	if v.onReports(access.ReportWrite) {
		err = s.Reports.Edit(r.Context(), v.pack.Identity.Code, r.PathValue("report"), version64(r), v.actor.ID, e)
	}
	return s.monthlyDone(w, r, err, func(page *view.Monthly) {
		page.Editing = page.CanWrite && page.State == store.ReportDraft
		if x, _, readErr := s.reportNamed(r); readErr == nil && page.Editing && page.Parts == nil {
			if s.monthlyParts(v, x, page) != nil {
				page.Editing = false
			}
		}
		for i := range page.Parts {
			page.Parts[i].Text = cmp.Or(e.Paragraphs[page.Parts[i].Key], page.Parts[i].Text)
		}
		page.Remark, page.Next = e.Remark, e.Next
		for i := range page.Follow {
			if i < len(e.Results) {
				page.Follow[i].Result = e.Results[i]
			}
		}
		for i := range page.Examples {
			page.Examples[i].Shown = slices.Contains(e.Shown, i)
		}
	})
}

func version64(r *http.Request) int64 {
	n, err := strconv.ParseInt(r.PostForm.Get("versi"), 10, 64)
	if err != nil {
		return -1 // no version has it
	}
	return n
}

// monthlyDone leads back to the report, or shows it with what went wrong.
func (s *Server) monthlyDone(w http.ResponseWriter, r *http.Request, err error, change func(page *view.Monthly)) error {
	if err == nil {
		return s.redirect(w, r, monthlyPath+"/"+r.PathValue("report")+"?tersimpan")
	}
	if status := statusOf(err); status >= http.StatusInternalServerError || status == http.StatusNotFound || status == http.StatusForbidden && errors.Is(err, errNotYours) {
		return err
	}
	page, readErr := s.monthlyPage(r)
	if readErr != nil {
		return readErr
	}
	if change != nil {
		change(page)
	}
	page.Errors = append(page.Errors, errorOf(err, "isi"))
	return s.renderPrivate(w, r, statusOf(err), "monthly", page)
}

// monthlyCount has the figures read anew, after a failure or for a draft.
func (s *Server) monthlyCount(w http.ResponseWriter, r *http.Request) error {
	n, err := report.ParseName(r.PathValue("report"))
	if err == nil {
		err = s.orderReport(r, n)
	}
	if err == nil {
		return s.redirect(w, r, monthlyPath+"/"+n.String())
	}
	return s.monthlyDone(w, r, err, nil)
}

// monthlyApprove, monthlyPublish and monthlyReopen move a report on and back.
func (s *Server) monthlyApprove(w http.ResponseWriter, r *http.Request) error {
	return s.monthlyMove(w, r, func(code, name string, version int64, by string) error {
		return s.Reports.Approve(r.Context(), code, name, version, by)
	})
}

func (s *Server) monthlyPublish(w http.ResponseWriter, r *http.Request) error {
	return s.monthlyMove(w, r, func(code, name string, version int64, by string) error {
		defer s.wake()
		return s.Reports.Publish(r.Context(), code, name, version, by)
	})
}

func (s *Server) monthlyReopen(w http.ResponseWriter, r *http.Request) error {
	return s.monthlyMove(w, r, func(code, name string, version int64, by string) error {
		return s.Reports.Reopen(r.Context(), code, name, version, by, r.PostForm.Get("alasan"))
	})
}

func (s *Server) monthlyMove(w http.ResponseWriter, r *http.Request, fn func(code, name string, version int64, by string) error) error {
	if err := readFields(r); err != nil {
		return err
	}
	v := at(r)
	err := errNotYours
	if v.onReports(access.ReportApprove) {
		err = fn(v.pack.Identity.Code, r.PathValue("report"), version64(r), v.actor.ID)
	}
	return s.monthlyDone(w, r, err, nil)
}

// types of the files.
var monthlyTypes = map[string]string{report.FormatPDF: "application/pdf", report.FormatHTML: "text/html; charset=utf-8",
	report.FormatXLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}

// monthlyFile sends a file: of an approved version as it was made then, of a draft as it
// is now.
func (s *Server) monthlyFile(w http.ResponseWriter, r *http.Request) error {
	v, ctx, format := at(r), r.Context(), r.PathValue("format")
	x, n, err := s.reportNamed(r)
	if err != nil {
		return err
	}
	kind, ok := monthlyTypes[format]
	if !ok || !v.wholeReport(n) || x.Version == 0 || x.Busy() {
		return tanggap.Errorf(tanggap.NotFound, "berkas ini tidak ada")
	}
	names, err := s.names(ctx, x.Region)
	if err != nil {
		return err
	}
	body, err := s.Reports.File(ctx, x, names, format)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-v%d.%s"`, "laporan-"+x.Name, x.Version, format))
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, err = w.Write(body)
	return err
}

// monthlyCheck tells anybody who holds a document whether its hash is one of ours. Of what
// is not published it tells no content.
func (s *Server) monthlyCheck(w http.ResponseWriter, r *http.Request) error {
	v, ctx := at(r), r.Context()
	x, y, err := s.Store.ReportByHash(ctx, v.pack.Identity.Code, strings.ToLower(r.PathValue("hash")))
	if err != nil {
		return err
	}
	n, err := report.ParseName(x.Name)
	if err != nil {
		return err
	}
	page := &view.MonthlyCheck{Base: s.base(r), Title: titleOf(s, v, n), Name: x.Name, Hash: y.Hash, Version: int(y.Version), State: x.State}
	if y.Version != x.Version {
		page.Replaced = int(x.Version)
	} else {
		page.Approved = moment(x.ApprovedAt)
	}
	files, err := s.Store.ReportFiles(ctx, x.Region, x.Name, y.Version)
	if err != nil {
		return err
	}
	for _, f := range files {
		page.Files = append(page.Files, view.MonthlyFile{Format: f.Format, Hash: f.Hash})
	}
	if page.Replaced == 0 && x.State == store.ReportPublished {
		if page.Summary, err = report.SummaryOf(x); err != nil {
			return err
		}
	}
	return s.renderPrivate(w, r, http.StatusOK, "monthly_check", page)
}
