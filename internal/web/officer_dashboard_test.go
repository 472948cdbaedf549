package web

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/apptest"
	"tanggap/internal/stat"
	"tanggap/internal/store"
)

func (o *office) count() {
	o.t.Helper()
	_, err := (&stat.Keeper{Store: o.Store}).Update(o.ctx, apptest.Pack(o.t))
	o.must(err)
}

// The dashboard counts what its officer may read, and every number of it leads to the
// list of just those cases.
func TestDashboard(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		o.as("wali").get("/dasbor").is(200).says("Belum ada laporan")
		for i := range 3 {
			o.open("SMP-TUMPUK", fmt.Sprintf("sampah menumpuk lagi %d", i))
		}
		secret := o.change(o.open("SMP-LIAR", "rahasia pasar wameo"), func(c *store.Case) { c.Secret, c.Summary = true, "" })
		o.open("", "sesuatu di pasar wameo")
		head := o.id("kepala")
		o.must(o.Store.InTx(o.ctx, func(tx *store.Store) error {
			c, err := tx.Case(o.ctx, apptest.Region, o.dlh.ID)
			if err != nil {
				return err
			}
			return o.Desk.Reject(o.ctx, tx, apptest.Pack(t), c, head, "Tempat itu milik pribadi.")
		}))
		o.clock.Advance(30 * 24 * time.Hour) // what is open is late by now
		o.count()

		wali, kepala := o.as("wali"), o.as("kepala")
		o.as("dlh").get("/dasbor").is(403)
		o.as("admin").get("/dasbor").is(403)
		for who, want := range map[*visitor]struct{ opened, hidden string }{
			wali:   {`>6</a>`, secret.ID},
			kepala: {`>5</a>`, ""}, // its own secret case, too
		} {
			p := who.get("/dasbor?jangka=90").is(200).says("Laporan masuk", "Data sampai", "Selesai tepat waktu", "Lihat tabel", want.opened)
			if want.hidden != "" {
				p.hides(want.hidden)
			}
			followLinks(t, who, p)
		}
		// Where all may be seen, the list holds as many cases as the figure says.
		for path, n := range map[string]int{
			"/kotak-masuk?hitung=opened&dari=2026-03-01&sampai=2026-03-31":                           6,
			"/kotak-masuk?hitung=opened&dari=2026-03-05&sampai=2026-03-31":                           0,
			"/kotak-masuk?hitung=resolved&dari=2026-03-01&sampai=2026-03-31":                         1,
			"/kotak-masuk?hitung=responded&dari=2026-03-01&sampai=2026-03-31&unit=PUPR":              0,
			"/kotak-masuk?hitung=late&dari=2026-03-01&sampai=2026-04-30":                             5,
			"/kotak-masuk?hitung=reopened&dari=2026-03-01&sampai=2026-04-30":                         0,
			"/kotak-masuk?tampil=terbuka&hitung=no_place":                                            5,
			"/kotak-masuk?tampil=terbuka&hitung=stale":                                               5,
			"/kotak-masuk?tampil=terbuka&hitung=twins":                                               0,
			"/kotak-masuk?hitung=moved&dari=2026-03-01&sampai=2026-04-30&dari_unit=DLH&ke_unit=PUPR": 0,
			"/kotak-masuk?hitung=changed&dari=2026-03-01&sampai=2026-04-30&jenis=service":            0,
			"/kotak-masuk?hitung=opened&dari=2026-03-01&sampai=2026-03-31&bahasa=en":                 0,
			"/kotak-masuk?hitung=opened&dari=x&sampai=2026-03-31":                                    0,
			"/kotak-masuk?hitung=tidak-ada&tampil=semua":                                             6,
		} {
			if got := strings.Count(wali.get(path).is(200).body, "data-row>"); got != n {
				t.Errorf("%s: %d cases, want %d", path, got, n)
			}
		}
		for c, score := range map[*store.Case]int{o.dlh: 4, secret: 1} {
			o.must(st.PutPulse(o.ctx, &store.Pulse{Region: apptest.Region, CaseID: c.ID, CitizenID: c.CitizenID, Unit: "DLH", Service: c.Service, Score: score, Way: "web"}))
		}
		wali.get("/dasbor?jangka=7").says("Puas, dalam sekali ketuk", "100% (n = 1)")
		kepala.get("/dasbor?jangka=7").says("50% (n = 2)")
		wali.get("/kotak-masuk?hitung=late&dari=2026-03-01&sampai=2026-03-31").is(200).says("janji yang lewat, 1–31 Maret 2026", `name="hitung" value="late"`)
		wali.get("/dasbor/angka?jangka=7").is(200).says("Data sampai").hides("<html")
		wali.get("/dasbor/layar?jangka=7").is(200).says("Data sampai")
		wali.get("/dasbor?layar=1").is(200).says("data-screen", "Tutup mode layar").hides(`type="date"`)
		wali.get("/dasbor?dari=2026-04-09&sampai=2026-04-01").is(200).says("Tanggal itu tidak bisa dipakai")
		wali.get("/dasbor?dari=2026-03-01&sampai=2026-03-09").is(200).says("1–9 Maret 2026", `value="2026-03-09"`)
		wali.get("/en/dasbor?jangka=tahun&unit=DLH").is(200).says("Cases received", "1 January")
		// Another unit than one's own shows nothing of it.
		kepala.get("/dasbor?jangka=90&unit=PUPR").is(200).says(`>0</a>`)
	})
}

var ours = regexp.MustCompile(`href="(/(?:kotak-masuk|dasbor)[^"]*)"`)

// followLinks opens the links of a dashboard: each is a list or a page that he may open.
func followLinks(t *testing.T, who *visitor, p *page) {
	t.Helper()
	seen := map[string]bool{}
	for _, m := range ours.FindAllStringSubmatch(p.body, -1) {
		path := html.UnescapeString(m[1])
		u, err := url.Parse(path)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		kind := u.Path + q.Get("hitung") + q.Get("tampil") + q.Get("tanpa")
		if seen[kind] {
			continue
		}
		seen[kind] = true
		if got := who.get(path); got.status != 200 {
			t.Errorf("%s answers %d", path, got.status)
		}
	}
	if len(seen) < 8 {
		t.Errorf("only %d kinds of links: %v", len(seen), seen)
	}
}

// A dashboard hears of new figures, and of nothing else; who may not read it hears nothing.
func TestDashboardHearsOfFigures(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	res, err := o.as("wali").client.Get(o.http.URL + "/alir?topik=dasbor")
	o.must(err)
	defer res.Body.Close()
	o.open("SMP-TUMPUK", "sampah lagi")
	o.Hub.Publish([]store.Change{{Region: apptest.Region, Type: stat.Changed}})
	buf := make([]byte, 4096)
	text := ""
	for !strings.Contains(text, "event: change") {
		n, err := res.Body.Read(buf)
		o.must(err)
		text += string(buf[:n])
	}
	if !strings.Contains(text, `"type":"figures"`) || strings.Contains(text, "case.opened") {
		t.Errorf("heard %q", text)
	}
	if !access.CanIn(access.Actor{ID: "x", Grants: []access.Grant{{Role: access.Leader, Region: apptest.Region}}}, access.FiguresRead, apptest.Region) {
		t.Error("a leader may not read figures")
	}
}
