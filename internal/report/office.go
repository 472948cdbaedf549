package report

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/job"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Source reads the figures of reports.
type Source interface {
	Month(ctx context.Context, p *region.Pack, month string) (*Month, error)
	Book(ctx context.Context, p *region.Pack, year int, area string) (*Book, error)
}

// Office keeps reports through their life. Queue may be set after the job handlers were
// registered.
type Office struct {
	Store   *store.Store
	Packs   *region.Registry
	Source  Source
	Outbox  *notify.Outbox
	Queue   *job.Queue
	BaseURL func(p *region.Pack) string
	Log     *slog.Logger
}

// PathCheck is where anybody can check a document by its hash.
const PathCheck = "/dokumen/"

// System stands for the program where a person's id would.
const System = "system"

// MakeArgs name one report to make.
type MakeArgs struct {
	Region string `json:"region"`
	Name   string `json:"name"`
}

// Kind implements job.Args.
func (MakeArgs) Kind() string { return "report.make" }

// Register lets jobs make reports.
func (o *Office) Register(h *job.Handlers) { job.Handle(h, o.make) }

// tries is how often making is tried before the reason is shown to people.
const tries = 3

// mostCases is how many cases the list of a report holds.
const mostCases = 200_000

// Order asks for a report. One that exists is left as it is; one that failed, or a draft
// that is asked for anew, is made again. It works in the caller's transaction.
func (o *Office) Order(ctx context.Context, tx *store.Store, p *region.Pack, n Name, by string) error {
	if err := n.Check(p, tx.Clock().Now()); err != nil {
		return err
	}
	r := &store.Report{Region: p.Identity.Code, Name: n.String(), State: store.ReportQueued, AskedBy: by, Author: System, Figures: "{}", Words: "{}"}
	added, err := tx.AddReport(ctx, r)
	if err != nil {
		return err
	}
	if !added {
		old, err := tx.Report(ctx, r.Region, r.Name)
		if err != nil || old.Busy() {
			return err
		}
		if old.State != store.ReportFailed && old.State != store.ReportDraft {
			return tanggap.Errorf(tanggap.Conflict, "laporan ini sudah disetujui; kembalikan ke draf dulu bila angkanya harus dihitung ulang")
		}
		state := old.State
		old.State, old.Progress, old.Error, old.AskedBy = store.ReportQueued, 0, "", by
		if err := tx.SetReport(ctx, old, old.Version, state); err != nil {
			return err
		}
	}
	if err := o.event(ctx, tx, r, by, "report.asked", nil); err != nil {
		return err
	}
	return o.Queue.Add(ctx, tx, job.Job{Args: MakeArgs{r.Region, r.Name}, Queue: job.Slow})
}

func (o *Office) event(ctx context.Context, tx *store.Store, r *store.Report, by, kind string, more map[string]any) error {
	payload := map[string]any{"report": r.Name, "version": r.Version}
	for k, v := range more {
		payload[k] = v
	}
	actor := by
	if by != System {
		actor = "officer:" + by
	}
	return tx.AddRegionEvent(ctx, r.Region, actor, kind, payload)
}

// make is the job. It may run more than once: what is made already is left alone.
func (o *Office) make(ctx context.Context, a MakeArgs, attempt int) error {
	r, err := o.Store.Report(ctx, a.Region, a.Name)
	if tanggap.CodeOf(err) == tanggap.NotFound {
		return nil
	}
	if err != nil || !r.Busy() {
		return err
	}
	if r.State == store.ReportQueued {
		r.State, r.Progress = store.ReportMaking, 5
		if err := o.Store.SetReport(ctx, r, r.Version, store.ReportQueued); err != nil {
			return err
		}
	}
	err = o.fill(ctx, r)
	if err == nil || store.Passing(err) || ctx.Err() != nil {
		return err
	}
	o.Log.Error("report not made", "region", r.Region, "report", r.Name, "attempt", attempt, "error", err)
	if attempt < tries && tanggap.CodeOf(err) == tanggap.Internal {
		return err
	}
	return o.Store.InTx(ctx, func(tx *store.Store) error {
		now, err2 := tx.Report(ctx, r.Region, r.Name)
		if err2 != nil || !now.Busy() {
			return err2
		}
		state := now.State
		now.State, now.Error = store.ReportFailed, reasonOf(err)
		if err := tx.SetReport(ctx, now, now.Version, state); err != nil {
			return err
		}
		return o.event(ctx, tx, now, System, "report.failed", nil)
	})
}

// reasonOf is what a person reads of a failure.
func reasonOf(err error) string {
	var e *tanggap.Error
	if errors.As(err, &e) && e.Code != tanggap.Internal {
		return e.Message
	}
	return "Angka tidak dapat dibaca. Catatan program menyebut sebabnya; coba lagi atau hubungi pengelola."
}

// fill reads the figures, writes the sentences and makes the report a draft.
func (o *Office) fill(ctx context.Context, r *store.Report) error {
	n, err := ParseName(r.Name)
	if err != nil {
		return err
	}
	p, err := o.Packs.Get(r.Region)
	if err != nil {
		return err
	}
	fresh, words, err := o.read(ctx, p, n, func(percent int64) error { return o.Store.SetReportProgress(ctx, r.Region, r.Name, percent) })
	if err != nil {
		return err
	}
	return o.Store.InTx(ctx, func(tx *store.Store) error {
		now, err := tx.Report(ctx, r.Region, r.Name)
		if err != nil || now.State != store.ReportMaking {
			return err
		}
		var before Words
		if err := json.Unmarshal([]byte(now.Words), &before); err != nil {
			return err
		}
		words.keep(before)
		now.State, now.Progress, now.Figures, now.Cases = store.ReportDraft, 100, fresh.Figures, fresh.Cases
		if err := o.version(ctx, tx, now, words, now.Version, store.ReportMaking, now.Author, ""); err != nil {
			return err
		}
		return o.event(ctx, tx, now, System, "report.made", nil)
	})
}

// read reads figures and writes sentences; told hears how far it is, in percent.
func (o *Office) read(ctx context.Context, p *region.Pack, n Name, told func(percent int64) error) (*store.Report, *Words, error) {
	r := &store.Report{Region: p.Identity.Code, Name: n.String(), State: store.ReportDraft, Author: System}
	var figures any
	var words Words
	if n.Month != "" {
		m, err := o.Source.Month(ctx, p, n.Month)
		if err != nil {
			return nil, nil, err
		}
		if err := told(50); err != nil {
			return nil, nil, err
		}
		if m.Promise, err = o.promised(ctx, r.Region, m); err != nil {
			return nil, nil, err
		}
		if r.Cases, err = o.list(ctx, p, m); err != nil {
			return nil, nil, err
		}
		figures, words = m, Write(m)
	} else {
		b, err := o.Source.Book(ctx, p, n.Year, n.Area)
		if err != nil {
			return nil, nil, err
		}
		figures, words = b, WriteBook(b)
	}
	body, err := json.Marshal(figures)
	if err != nil {
		return nil, nil, err
	}
	r.Figures = string(body)
	return r, &words, told(80)
}

// Peek is a report as it stands, or, where nobody asked for it yet, as it would be made
// now; that one is kept nowhere.
func (o *Office) Peek(ctx context.Context, p *region.Pack, n Name) (*store.Report, error) {
	r, err := o.Store.Report(ctx, p.Identity.Code, n.String())
	if err == nil && r.Version > 0 || err != nil && tanggap.CodeOf(err) != tanggap.NotFound {
		return r, err
	}
	if err := n.Check(p, o.Store.Clock().Now()); err != nil {
		return nil, err
	}
	r, words, err := o.read(ctx, p, n, func(int64) error { return nil })
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(words)
	if err != nil {
		return nil, err
	}
	r.Words = string(body)
	r.Hash = hashOf(r)
	return r, nil
}

// keep carries over what people wrote before the figures were read anew, where it still
// fits the sentences.
func (w *Words) keep(before Words) {
	for _, list := range []struct{ now, old []Paragraph }{{w.Paragraphs, before.Paragraphs}} {
		for i := range list.now {
			for _, old := range list.old {
				if old.Key == list.now[i].Key && old.Edited != "" {
					_ = list.now[i].Edit(old.Edited) // what does not fit any more gives way to the new sentence
				}
			}
		}
	}
	w.Remark, w.Next = before.Remark, before.Next
	for i := range w.Follow {
		for _, f := range before.Follow {
			if f.Promise == w.Follow[i].Promise {
				w.Follow[i].Result = f.Result
			}
		}
	}
	for i := range w.Examples {
		for _, e := range before.Examples {
			if e.Text == w.Examples[i].Text {
				w.Examples[i].Shown = e.Shown
			}
		}
	}
}

// promised is what the report of the month before promised.
func (o *Office) promised(ctx context.Context, code string, m *Month) ([]string, error) {
	r, err := o.Store.Report(ctx, code, m.start().AddDate(0, -1, 0).Format("2006-01"))
	if tanggap.CodeOf(err) == tanggap.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var w Words
	err = json.Unmarshal([]byte(r.Words), &w)
	return w.Next, err
}

// version keeps words as the next version of a report that was read in a version and
// state, and gives it its hash.
func (o *Office) version(ctx context.Context, tx *store.Store, r *store.Report, w *Words, version int64, state, by, note string) error {
	words, err := json.Marshal(w)
	if err != nil {
		return err
	}
	r.Words, r.Version, r.Author = string(words), version+1, by
	r.Hash = hashOf(r)
	if err := tx.SetReport(ctx, r, version, state); err != nil {
		return err
	}
	return tx.AddReportVersion(ctx, &store.ReportVersion{Region: r.Region, Name: r.Name, Version: r.Version, Hash: r.Hash, Words: r.Words, Note: note, ChangedBy: by})
}

// hashOf is the SHA-256 of what a version says.
func hashOf(r *store.Report) string {
	h := sha256.New()
	for _, s := range []string{"tanggap report 1", r.Region, r.Name, fmt.Sprint(r.Version), r.Figures, r.Words} {
		fmt.Fprintf(h, "%d:%s\n", len(s), s)
	}
	h.Write(r.Cases)
	return hex.EncodeToString(h.Sum(nil))
}

// Edit changes the words of a draft that the editor read in a version.
func (o *Office) Edit(ctx context.Context, code, name string, version int64, by string, e Edits) error {
	return o.change(ctx, code, name, version, []string{store.ReportDraft}, func(tx *store.Store, r *store.Report) error {
		w, err := WordsOf(r)
		if err != nil {
			return err
		}
		if err := w.Edit(e); err != nil {
			return err
		}
		if err := o.version(ctx, tx, r, w, version, store.ReportDraft, by, ""); err != nil {
			return err
		}
		return o.event(ctx, tx, r, by, "report.edited", nil)
	})
}

// change runs fn on a report that is in one of the states and in the version that a
// person saw.
func (o *Office) change(ctx context.Context, code, name string, version int64, states []string, fn func(tx *store.Store, r *store.Report) error) error {
	return o.Store.InTx(ctx, func(tx *store.Store) error {
		r, err := tx.Report(ctx, code, name)
		if err != nil {
			return err
		}
		if r.Version != version || !slices.Contains(states, r.State) {
			return tanggap.Errorf(tanggap.Conflict, "laporan ini sudah diubah orang lain; lihat versi sekarang di bawah")
		}
		return fn(tx, r)
	})
}

// Approve lets a second person stand for a draft. Who wrote its words last may do so only
// where nobody else can; that is written down and printed. The files are made now and are
// never made anew.
func (o *Office) Approve(ctx context.Context, code, name string, version int64, by string) error {
	officers, err := o.Store.Officers(ctx, code)
	if err != nil {
		return err
	}
	return o.change(ctx, code, name, version, []string{store.ReportDraft}, func(tx *store.Store, r *store.Report) error {
		if r.Author == by {
			other := slices.ContainsFunc(officers, func(x *store.Officer) bool {
				return x.ID != by && access.Can(access.ActorOf(x), access.ReportApprove, access.Object{Region: code})
			})
			if other {
				return tanggap.Errorf(tanggap.Forbidden, "Anda yang terakhir mengubah kata-katanya. Mintalah orang kedua menyetujui.")
			}
			r.Alone = true
		}
		r.State, r.ApprovedBy, r.ApprovedAt = store.ReportApproved, by, tx.Clock().Now()
		if err := tx.SetReport(ctx, r, version, store.ReportDraft); err != nil {
			return err
		}
		names := map[string]string{}
		for _, x := range officers {
			names[x.ID] = x.Name
		}
		for _, format := range Formats {
			body, err := o.Render(r, names, format)
			if err != nil {
				return err
			}
			sum := sha256.Sum256(body)
			if err := tx.PutReportFile(ctx, &store.ReportFile{Region: code, Name: name, Version: r.Version, Format: format, Hash: hex.EncodeToString(sum[:]), Body: body}); err != nil {
				return err
			}
		}
		return o.event(ctx, tx, r, by, "report.approved", map[string]any{"alone": r.Alone})
	})
}

// Reopen makes an approved or published report a draft of a new version. The files of the
// old one stay, and its hash says that a newer one exists.
func (o *Office) Reopen(ctx context.Context, code, name string, version int64, by, why string) error {
	if why = cut(why, maxPromise); len(why) < 5 {
		return &tanggap.Error{Code: tanggap.Invalid, Field: "alasan", Message: "Tulis alasannya: apa yang harus diperbaiki."}
	}
	return o.change(ctx, code, name, version, []string{store.ReportApproved, store.ReportPublished}, func(tx *store.Store, r *store.Report) error {
		w, err := WordsOf(r)
		if err != nil {
			return err
		}
		state := r.State
		r.State, r.ApprovedBy, r.PublishedBy, r.Alone, r.ApprovedAt, r.PublishedAt = store.ReportDraft, "", "", false, time.Time{}, time.Time{}
		if err := o.version(ctx, tx, r, w, version, state, by, why); err != nil {
			return err
		}
		return o.event(ctx, tx, r, by, "report.reopened", nil)
	})
}

// Publish gives an approved report out and mails the officers on the list.
func (o *Office) Publish(ctx context.Context, code, name string, version int64, by string) error {
	p, err := o.Packs.Get(code)
	if err != nil {
		return err
	}
	return o.change(ctx, code, name, version, []string{store.ReportApproved}, func(tx *store.Store, r *store.Report) error {
		r.State, r.PublishedBy, r.PublishedAt = store.ReportPublished, by, tx.Clock().Now()
		if err := tx.SetReport(ctx, r, version, store.ReportApproved); err != nil {
			return err
		}
		readers, err := tx.ReportReaders(ctx, code)
		if err != nil {
			return err
		}
		if err := o.event(ctx, tx, r, by, "report.published", map[string]any{"mailed": len(readers)}); err != nil {
			return err
		}
		return o.Outbox.Report(ctx, tx, p, readers, name, r.Version)
	})
}

// WordsOf opens the words of a report.
func WordsOf(r *store.Report) (*Words, error) {
	w := &Words{}
	if err := json.Unmarshal([]byte(r.Words), w); err != nil {
		return nil, fmt.Errorf("words of report %s: %w", r.Name, err)
	}
	return w, nil
}

// MonthOf opens the figures of a monthly report.
func MonthOf(r *store.Report) (*Month, error) {
	m := &Month{}
	if err := json.Unmarshal([]byte(r.Figures), m); err != nil {
		return nil, fmt.Errorf("figures of report %s: %w", r.Name, err)
	}
	return m, nil
}

// SummaryOf is the conclusion of a report in letters.
func SummaryOf(r *store.Report) (string, error) {
	w, err := WordsOf(r)
	if err != nil {
		return "", err
	}
	return w.Paragraph(Conclusion).plain(), nil
}
