package report_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/apptest"
	"tanggap/internal/job"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/report"
	"tanggap/internal/report/sample"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// source gives a sample month, or fails.
type source struct{ fail error }

func (s *source) Month(_ context.Context, p *region.Pack, month string) (*report.Month, error) {
	if s.fail != nil {
		return nil, s.fail
	}
	m := sample.Month(sample.Usual)
	m.Month, m.Code = month, p.Identity.Code
	return m, nil
}

func (s *source) Book(_ context.Context, _ *region.Pack, year int, _ string) (*report.Book, error) {
	return &report.Book{Place: sample.Place, Year: year, Area: "Kelurahan Melati", From: "2025-11-01", To: "2026-10-31", Received: report.Pair{Now: 120, Before: 80}, Comparable: true,
		Services: []report.Line{{Code: "A", Name: "Drainase", N: 160, Before: 80}, {Code: "B", Name: "Jarang sekali", N: 3, Before: 1}, {Code: "C", Name: "Hampir tidak", N: 1}},
		Wishes:   []report.Line{{Code: "D", Name: "Taman", N: 7, Before: 9}}, Examples: []string{"mohon ada taman", "ingin wifi"}}, nil
}

// kit is an office on a real queue.
type kit struct {
	*report.Office
	t     *testing.T
	src   *source
	clock *apptest.Clock
	pack  *region.Pack
	ids   map[string]string
}

func newKit(t *testing.T, st *store.Store) *kit {
	t.Helper()
	p := apptest.Pack(t)
	packs := region.NewRegistry(p)
	base := func(*region.Pack) string { return "https://lapor.contoh.go.id" }
	k := &kit{t: t, src: &source{}, clock: st.Clock().(*apptest.Clock), pack: p, ids: map[string]string{}}
	k.Office = &report.Office{Store: st, Packs: packs, Source: k.src, Outbox: notify.New(packs, base), BaseURL: base, Log: apptest.Log()}
	h := job.NewHandlers()
	k.Register(h)
	var err error
	if k.Queue, err = job.New(st, h, job.Config{Workers: 1, Poll: 20 * time.Millisecond}, apptest.Log()); err != nil {
		t.Fatal(err)
	}
	for name, role := range map[string]access.Role{"koord": access.Coordinator, "wali": access.Leader} {
		o := &store.Officer{Email: name + "@contoh.example", Name: "Petugas " + name, Roles: []store.Role{{Region: apptest.Region, Role: string(role)}}}
		if err := st.AddOfficer(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		k.ids[name] = o.ID
	}
	return k
}

func (k *kit) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k *kit) order(name, by string) error {
	n, err := report.ParseName(name)
	k.must(err)
	return k.Store.InTx(k.t.Context(), func(tx *store.Store) error { return k.Order(k.t.Context(), tx, k.pack, n, by) })
}

// made lets the job run until the report is no longer being made.
func (k *kit) made(name string) *store.Report {
	k.t.Helper()
	k.must(k.Queue.Start(k.t.Context()))
	defer func() { k.must(k.Queue.Stop(context.WithoutCancel(k.t.Context()))) }()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		r, err := k.Store.Report(k.t.Context(), apptest.Region, name)
		k.must(err)
		if !r.Busy() {
			return r
		}
		select {
		case <-tick.C:
		case <-k.t.Context().Done():
			k.t.Fatal("not made")
		}
	}
}

func (k *kit) now(name string) *store.Report {
	k.t.Helper()
	r, err := k.Store.Report(k.t.Context(), apptest.Region, name)
	k.must(err)
	return r
}

const october = "2025-10" // before apptest.Start, whenever in 2026 that is

func TestLifeOfAReport(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		k, ctx := newKit(t, st), t.Context()
		k.must(k.order(october, report.System))
		k.must(k.order(october, report.System)) // asking twice makes one
		r := k.made(october)
		if r.State != store.ReportDraft || r.Version != 1 || len(r.Hash) != 64 || r.Author != report.System {
			t.Fatalf("made: %+v", r)
		}
		names := map[string]string{k.ids["koord"]: "Petugas Koord", k.ids["wali"]: "Petugas Wali"}
		koord, wali := k.ids["koord"], k.ids["wali"]

		edits := report.Edits{Paragraphs: map[string]string{report.Conclusion: "Ringkasnya: " + wordsOf(t, r).Paragraphs[0].Source}, Remark: "Terima kasih.", Next: "Bersihkan drainase"}
		if err := k.Edit(ctx, r.Region, october, 7, koord, edits); tanggap.CodeOf(err) != tanggap.Conflict {
			t.Errorf("an old version was edited: %v", err)
		}
		if err := k.Edit(ctx, r.Region, october, 1, koord, report.Edits{Paragraphs: map[string]string{report.Load: "Layanan terbanyak: 5"}}); tanggap.CodeOf(err) != tanggap.Invalid {
			t.Errorf("a typed figure was taken: %v", err)
		}
		k.must(k.Edit(ctx, r.Region, october, 1, koord, edits))
		first := r.Hash
		if r = k.now(october); r.Version != 2 || r.Author != koord || r.Hash == first {
			t.Fatalf("edited: %+v", r)
		}

		// Who wrote does not approve while another can.
		if err := k.Approve(ctx, r.Region, october, 2, koord); tanggap.CodeOf(err) != tanggap.Forbidden {
			t.Errorf("approved by the author: %v", err)
		}
		k.must(k.Approve(ctx, r.Region, october, 2, wali))
		r = k.now(october)
		if r.State != store.ReportApproved || r.Alone || r.ApprovedBy != wali {
			t.Fatalf("approved: %+v", r)
		}
		for _, format := range report.Formats {
			f, err := st.ReportFile(ctx, r.Region, october, 2, format)
			k.must(err)
			again, err := k.Render(r, names, format)
			k.must(err)
			if f == nil || f.Hash == "" || format != report.FormatHTML && !bytes.Equal(f.Body, mustRender(t, k, r, format)) || len(again) == 0 {
				t.Errorf("%s of the approved version is not what it was", format)
			}
		}
		if err := k.Edit(ctx, r.Region, october, 2, koord, edits); tanggap.CodeOf(err) != tanggap.Conflict {
			t.Errorf("an approved report was edited: %v", err)
		}

		k.must(st.InTx(ctx, func(tx *store.Store) error { return tx.SetReportReaders(ctx, r.Region, []string{koord, wali}) }))
		k.must(k.Publish(ctx, r.Region, october, 2, wali))
		if r = k.now(october); r.State != store.ReportPublished || r.PublishedAt.IsZero() {
			t.Fatalf("published: %+v", r)
		}
		owed, err := st.LeaseNotifications(ctx, r.Region, "test", 10)
		k.must(err)
		if len(owed) != 2 || owed[0].Template != region.OfficerReport {
			t.Errorf("%d mails are owed", len(owed))
		}

		// Every version can be checked by its hash, and knows whether it is the newest.
		if x, v, err := st.ReportByHash(ctx, r.Region, first); err != nil || v.Version != 1 || x.Version != 2 {
			t.Errorf("first hash: %+v, %v", v, err)
		}
		if err := k.Reopen(ctx, r.Region, october, 2, wali, ""); tanggap.CodeOf(err) != tanggap.Invalid {
			t.Errorf("opened again without a reason: %v", err)
		}
		k.must(k.Reopen(ctx, r.Region, october, 2, wali, "angka unit salah"))
		if r = k.now(october); r.State != store.ReportDraft || r.Version != 3 || r.ApprovedBy != "" {
			t.Fatalf("reopened: %+v", r)
		}

		// Figures read anew keep the words that people wrote.
		k.must(k.order(october, koord))
		if r = k.made(october); r.Version != 4 || wordsOf(t, r).Remark != "Terima kasih." || !strings.HasPrefix(wordsOf(t, r).Paragraphs[0].Text(), "Ringkasnya") {
			t.Errorf("read anew: version %d, %q", r.Version, wordsOf(t, r).Remark)
		}

		// The next month asks what came of the promise.
		k.must(k.order("2025-11", report.System))
		if follow := wordsOf(t, k.made("2025-11")).Follow; len(follow) != 1 || follow[0].Promise != "Bersihkan drainase" {
			t.Errorf("promises: %+v", follow)
		}

		events, err := st.Events(ctx, r.Region, "")
		k.must(err)
		seen := map[string]int{}
		for _, e := range events {
			seen[e.Type]++
			if strings.Contains(e.Payload, "angka unit salah") || strings.Contains(e.Payload, "Terima kasih") {
				t.Errorf("%s tells words: %s", e.Type, e.Payload)
			}
		}
		for _, want := range []string{"report.asked", "report.made", "report.edited", "report.approved", "report.published", "report.reopened"} {
			if seen[want] == 0 {
				t.Errorf("no event %s", want)
			}
		}
	})
}

func mustRender(t *testing.T, k *kit, r *store.Report, format string) []byte {
	t.Helper()
	officers, err := k.Store.Officers(t.Context(), r.Region)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, o := range officers {
		names[o.ID] = o.Name
	}
	b, err := k.Render(r, names, format)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func wordsOf(t *testing.T, r *store.Report) *report.Words {
	t.Helper()
	w, err := report.WordsOf(r)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestAloneIsRecorded: where only one person may approve, he may approve what he wrote,
// and the report says so.
func TestAloneIsRecorded(t *testing.T) {
	k, ctx := newKit(t, apptest.SQLite(t)), t.Context()
	wali, err := k.Store.Officer(ctx, k.ids["wali"])
	k.must(err)
	who, err := access.New(k.Store, k.clock)
	k.must(err)
	k.must(who.SetDisabled(ctx, wali.Email, true))
	k.must(k.order(october, k.ids["koord"]))
	r := k.made(october)
	k.must(k.Edit(ctx, r.Region, october, 1, k.ids["koord"], report.Edits{Remark: "sendiri"}))
	k.must(k.Approve(ctx, r.Region, october, 2, k.ids["koord"]))
	if r = k.now(october); !r.Alone {
		t.Error("nobody else stood for it, and it does not say so")
	}
	d, err := k.Document(r, map[string]string{})
	k.must(err)
	if !d.Sign.Alone {
		t.Error("the document does not say so")
	}
}

func TestFailureSaysWhyAndCanBeTriedAgain(t *testing.T) {
	k := newKit(t, apptest.SQLite(t))
	k.src.fail = tanggap.Errorf(tanggap.Invalid, "penduduk tidak terbaca")
	k.must(k.order(october, report.System))
	if r := k.made(october); r.State != store.ReportFailed || r.Error != "penduduk tidak terbaca" {
		t.Fatalf("%s, %q", r.State, r.Error)
	}
	k.src.fail = nil
	k.must(k.order(october, k.ids["koord"]))
	if r := k.made(october); r.State != store.ReportDraft || r.Error != "" {
		t.Errorf("%s, %q", r.State, r.Error)
	}
	if err := k.order("2099-01", report.System); tanggap.CodeOf(err) != tanggap.Invalid {
		t.Errorf("a month to come: %v", err)
	}
}

// TestBookHidesFew: no count below five stands in a planning book, in any format, and no
// example that nobody released.
func TestBookHidesFew(t *testing.T) {
	k, ctx := newKit(t, apptest.SQLite(t)), t.Context()
	area := k.pack.Areas[0].Code
	name := "2026-" + area
	k.must(k.order(name, k.ids["koord"]))
	r := k.made(name)
	if r.State != store.ReportDraft {
		t.Fatalf("%s %s", r.State, r.Error)
	}
	html := string(mustRender(t, k, r, report.FormatHTML))
	for _, hidden := range []string{"Jarang sekali", "Hampir tidak", "mohon ada taman", "ingin wifi"} {
		if strings.Contains(html, hidden) {
			t.Errorf("the book tells %q", hidden)
		}
	}
	if !strings.Contains(html, "&lt; 5") || !strings.Contains(html, "naik 100%") {
		t.Error("few are not marked, or the trend is missing")
	}
	k.must(k.Edit(ctx, r.Region, name, 1, k.ids["koord"], report.Edits{Shown: []int{1}}))
	html = string(mustRender(t, k, k.now(name), report.FormatHTML))
	if !strings.Contains(html, "ingin wifi") || strings.Contains(html, "mohon ada taman") {
		t.Error("not exactly the released example is shown")
	}
	for _, format := range []string{report.FormatPDF, report.FormatXLSX} {
		if len(mustRender(t, k, k.now(name), format)) < 5000 {
			t.Errorf("%s is too small", format)
		}
	}
}

// TestDue: the report of the month before is due from the first working day on, on the
// region's calendar.
func TestDue(t *testing.T) {
	p := apptest.Pack(t)
	at := func(day, hour int, month time.Month) time.Time {
		return time.Date(2026, month, day, hour, 0, 0, 0, p.Location())
	}
	for _, x := range []struct {
		now  time.Time
		want string
	}{
		{at(1, 9, time.January), ""}, // a holiday
		{at(2, 7, time.January), ""}, // before the office opens
		{at(2, 9, time.January), "2025-12"},
		{at(31, 12, time.January), "2025-12"},
		{at(1, 12, time.February), ""}, // a Sunday
		{at(2, 12, time.February), "2026-01"},
	} {
		if got := report.Due(p, x.now); got != x.want {
			t.Errorf("%s: %q, want %q", x.now, got, x.want)
		}
	}
}

func TestNames(t *testing.T) {
	for s, ok := range map[string]bool{"2026-10": true, "2027-74.72.01": true, "2027-74.72.01.1001": true, "2026-13": false, "": false, "2026-1a": false,
		"../../etc": false, "2026-10-01": false, "20260-1": false, "2026-": false} {
		n, err := report.ParseName(s)
		if (err == nil) != ok || ok && n.String() != s {
			t.Errorf("%q: %v, %v", s, n, err)
		}
	}
}
