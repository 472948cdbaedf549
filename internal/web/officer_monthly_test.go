package web

import (
	"bytes"
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/apptest"
	"tanggap/internal/job"
	"tanggap/internal/region"
	"tanggap/internal/report"
	"tanggap/internal/report/sample"
	"tanggap/internal/store"
)

// figures are those of a sample month, with the units of the pack.
type figures struct{}

func (figures) Month(_ context.Context, p *region.Pack, month string) (*report.Month, error) {
	m := sample.Month(sample.Usual)
	m.Month = month
	m.Units[0].Code, m.Units[0].Name = "DLH", "Dinas Lingkungan Hidup Contoh"
	m.Units[1].Code, m.Units[1].Name = "PUPR", "Dinas Pekerjaan Umum Contoh"
	return m, nil
}

func (figures) Book(_ context.Context, _ *region.Pack, year int, _ string) (*report.Book, error) {
	return &report.Book{Place: sample.Place, Year: year, Area: "Kelurahan Melati", From: "2025-01-01", To: "2025-12-31", Received: report.Pair{Now: 120}}, nil
}

// makeReports works on what was asked for, as a worker would.
func (o *office) makeReports(names ...string) {
	o.t.Helper()
	h := job.NewHandlers()
	o.Reports.Register(h)
	q, err := job.New(o.Store, h, job.Config{Workers: 1, Poll: 20 * time.Millisecond}, apptest.Log())
	o.must(err)
	o.must(q.Start(o.ctx))
	defer func() { o.must(q.Stop(context.WithoutCancel(o.ctx))) }()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for _, name := range names {
		for {
			r, err := o.Store.Report(o.ctx, apptest.Region, name)
			o.must(err)
			if !r.Busy() {
				break
			}
			select {
			case <-tick.C:
			case <-o.ctx.Done():
				o.t.Fatal("not made")
			}
		}
	}
}

func TestMonthlyReportOverHTTP(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		koord, wali := o.as("koord"), o.as("wali")
		koord.get("/laporan").is(200).says("Belum ada laporan", `name="bulan"`)
		koord.post("/laporan", "bulan", "2099-01").is(422).says("belum selesai")
		koord.post("/laporan", "bulan", "bukan bulan").is(422)
		koord.post("/laporan", "tahun", "2026", "wilayah", "99.99").is(422).says("tidak ada di daerah ini")
		const name = "2025-10"
		p := koord.post("/laporan", "bulan", name).is(200)
		if p.path != "/laporan/"+name {
			t.Fatalf("asked for, and at %s", p.path)
		}
		p.says("sedang dibuat", `hx-trigger="every 2s"`, "Muat ulang")
		o.makeReports(name)
		koord.get("/laporan/"+name).is(200).says("Draf", "laporan diterima", "Setujui", "Ubah kata-kata", "Dinas Lingkungan Hidup Contoh")

		// Words change, figures do not.
		koord.get("/laporan/"+name+"?ubah=1").is(200).says("{masuk}", "Angka terkunci")
		koord.post("/laporan/"+name+"/kata", "versi", "1", "kesimpulan", "Ada 9.999 laporan.").is(422).says("Ada 9.999 laporan.")
		koord.post("/laporan/"+name+"/kata", "versi", "9", "catatan", "hilang?").is(409).says("hilang?")
		koord.post("/laporan/"+name+"/kata", "versi", "1", "catatan", "Terima kasih, warga.").is(200).says("Terima kasih, warga.", "orang kedua")
		wali.post("/laporan/"+name+"/kata", "versi", "2", "catatan", "x").is(403)

		// A second person approves and publishes.
		koord.post("/laporan/"+name+"/setujui", "versi", "2").is(403)
		koord.post("/laporan/"+name+"/terbitkan", "versi", "2").is(409)
		wali.post("/laporan/"+name+"/setujui", "versi", "2").is(200).says("Disetujui", "SHA-256 berkas")
		for format, start := range map[string]string{"pdf": "%PDF", "xlsx": "PK", "html": "<!doctype html>"} {
			f := wali.get("/laporan/" + name + "/berkas/" + format).is(200)
			if !strings.HasPrefix(f.body, start) || !strings.HasPrefix(f.header.Get("Content-Disposition"), "attachment") || !strings.Contains(f.header.Get("Content-Security-Policy"), "sandbox") {
				t.Errorf("%s: %q %v", format, firstOf(f.body, 20), f.header)
			}
			if again := wali.get("/laporan/" + name + "/berkas/" + format); !bytes.Equal([]byte(f.body), []byte(again.body)) {
				t.Errorf("%s differs from itself", format)
			}
		}
		wali.get("/laporan/" + name + "/berkas/exe").is(404)
		r, err := o.Store.Report(o.ctx, apptest.Region, name)
		o.must(err)
		o.visitor().get("/dokumen/"+r.Hash).is(200).says("belum terbit").hides("Terima kasih, warga", "laporan diterima")
		wali.postForm("/laporan/penerima", url.Values{"penerima": {o.id("wali"), o.id("dlh")}}).is(200)
		readers, err := o.Store.ReportReaders(o.ctx, apptest.Region)
		o.must(err)
		if len(readers) != 1 || readers[0] != o.id("wali") {
			t.Errorf("readers: %v; who may not read a report is not mailed", readers)
		}
		wali.post("/laporan/"+name+"/terbitkan", "versi", "2").is(200).says("Terbit")
		o.visitor().get("/dokumen/"+strings.ToUpper(r.Hash)).is(200).says("sudah terbit", "laporan diterima")
		o.visitor().get("/dokumen/" + strings.Repeat("0", 64)).is(404)

		// Others read what is theirs, and only what is published.
		head := o.as("kepala")
		head.get("/laporan").is(200).says("Angka unit Anda").hides(`name="bulan"`)
		head.get("/laporan/"+name).is(200).says("Dinas Lingkungan Hidup Contoh").hides("Dinas Pekerjaan Umum Contoh", "Terima kasih, warga")
		head.get("/laporan/" + name + "/berkas/pdf").is(404)
		head.post("/laporan/"+name+"/hitung", "x", "y").is(403)
		for _, other := range []string{"dlh", "admin", "meja"} {
			o.as(other).get("/laporan/" + name).is(403)
		}
		wali.post("/laporan/"+name+"/kembali", "versi", "2", "alasan", "").is(422)
		wali.post("/laporan/"+name+"/kembali", "versi", "2", "alasan", "angka unit salah").is(200).says("Draf")
		o.visitor().get("/dokumen/" + r.Hash).is(200).says("sudah diganti")
		head.get("/laporan/" + name).is(404)
	})
}

// TestBookOfOnesOwnArea: the head of a kelurahan reads the planning book of his area and
// of no other.
func TestBookOfOnesOwnArea(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	p := apptest.Pack(t)
	var mine, other region.Area
	var unit string
	for _, a := range p.Areas {
		switch u := p.AreaOffice(a.Code); {
		case a.Parent == "" || u == "":
		case unit == "":
			mine, unit = a, u
		case a.Parent != mine.Parent:
			other = a
		}
	}
	koord := o.as("koord")
	for _, a := range []region.Area{mine, other} {
		koord.post("/laporan", "tahun", "2026", "wilayah", a.Code).is(200)
		o.makeReports("2026-" + a.Code)
	}
	koord.get("/laporan/2026-"+mine.Code).is(200).says("Buku Perencanaan", "Draf")
	o.hire("lurah", access.Grant{Role: access.UnitHead, Region: apptest.Region, Unit: unit})
	v := o.visitor()
	v.post("/masuk", "nama", "lurah@contoh.example", "sandi", secretWord)
	v.get("/laporan/2026-" + mine.Code).is(200).says("Buku Perencanaan")
	v.get("/laporan/2026-" + mine.Code + "/berkas/pdf").is(200)
	v.get("/laporan/2026-" + other.Code).is(404)
	v.get("/laporan").is(200).hides("2026-" + other.Code)
}

func TestFailedReportShowsWhyAndHowToGoOn(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	koord := o.as("koord")
	koord.post("/laporan", "bulan", "2025-09").is(200)
	o.must(o.Store.InTx(o.ctx, func(tx *store.Store) error {
		r, err := tx.Report(o.ctx, apptest.Region, "2025-09")
		if err != nil {
			return err
		}
		r.State, r.Error = store.ReportFailed, "Angka tidak dapat dibaca."
		return tx.SetReport(o.ctx, r, 0, store.ReportQueued)
	}))
	koord.get("/laporan/2025-09").is(200).says("Angka tidak dapat dibaca.", "Ulangi")
	koord.get("/laporan/2025-09/berkas/pdf").is(404)
	koord.post("/laporan/2025-09/hitung").is(200).says("sedang dibuat")
	o.makeReports("2025-09")
	koord.get("/laporan/2025-09").is(200).says("Draf")
	if r, err := o.Store.Report(o.ctx, apptest.Region, "2025-09"); err != nil || r.State != store.ReportDraft {
		t.Errorf("%v, %v", r.State, err)
	}
	koord.get("/laporan/1999-01").is(404)
}
