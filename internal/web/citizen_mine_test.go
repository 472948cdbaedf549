package web

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/apptest"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// codeSent is the one-time code that waits in the outbox; "" when none does.
func (o *office) codeSent() string {
	o.t.Helper()
	list, err := o.Store.LeaseNotifications(o.ctx, apptest.Region, "test"+tanggap.NewID(), 100)
	o.must(err)
	for _, n := range list {
		var c notify.Content
		if n.Template == region.TextCode {
			o.must(json.Unmarshal([]byte(n.Body), &c))
			return c.Args["code"]
		}
	}
	return ""
}

func (o *office) letIn() *visitor {
	o.t.Helper()
	v := o.visitor()
	v.post("/urusan", "kontak", "0811 0000 001").at(200, "/urusan/kode")
	v.post("/urusan/kode", "kode", o.codeSent()).at(200, "/urusan")
	return v
}

func TestMineByOneTimeCode(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		v := o.visitor()
		v.get("/urusan").is(200).says("Tidak perlu akun").hides(o.dlh.Number)
		v.post("/urusan", "kontak", "bukan nomor").is(422)
		// Known or not, the answer is the same.
		known, unknown := v.post("/urusan", "kontak", "0811 0000 001").at(200, "/urusan/kode"), o.visitor().post("/urusan", "kontak", "0811 0000 777").at(200, "/urusan/kode")
		nonce := regexp.MustCompile(`nonce="[^"]+"`)
		if nonce.ReplaceAllString(known.body, "") != nonce.ReplaceAllString(unknown.body, "") {
			t.Error("the page tells a known contact from an unknown one")
		}
		code := o.codeSent()
		if code == "" || o.codeSent() != "" {
			t.Fatal("not exactly one code was sent")
		}
		o.visitor().post("/urusan/kode", "kode", code).is(422) // another browser
		v.post("/urusan/kode", "kode", "000000x").is(422)
		p := v.post("/urusan/kode", "kode", code[:3]+" "+code[3:]).at(200, "/urusan").says(o.dlh.Number, o.other.Number, "/l/"+o.dlh.Link, "application/pdf")
		if p.header.Get("Cache-Control") != "no-store" {
			t.Error("the page may be cached")
		}
		v.post("/urusan/kode", "kode", code).is(422) // once

		o.change(o.dlh, func(c *store.Case) { c.Secret = true })
		v.get("/urusan").is(200).says(o.dlh.Number, "Rahasia").hides(o.dlh.Link)

		v.post("/urusan/keluar").at(200, "/urusan").says("Anda sudah keluar").hides(o.other.Number)
		v = o.letIn()
		o.clock.Advance(31 * time.Minute)
		v.get("/urusan").is(200).hides(o.other.Number)
		v.post("/urusan/nama", "nama", "Lain").at(200, "/urusan").hides("Lain\"")
		for range 3 {
			v.post("/urusan", "kontak", "0811 0000 002")
		}
		v.post("/urusan", "kontak", "0811 0000 002").is(429)
	})
}

func TestMineWishesAndData(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		v := o.letIn()
		v.post("/urusan/izin", "survei", "ya", "riwayat", "ya", "bahasa", "en", "saluran", "").is(200).says("Perubahan tersimpan", "kabar laporan", "tidak diizinkan")
		who, err := o.Store.Identity(o.ctx, o.who.Region, o.who.ID)
		o.must(err)
		if who.StoppedAt.IsZero() {
			t.Error("news still go out")
		}
		list, err := o.Store.Wishes(o.ctx, o.who.Region, o.who.CitizenID, 10)
		o.must(err)
		if len(list) != 3 { // news, history, language; the survey stayed as it was
			t.Errorf("%d changes were written down", len(list))
		}
		v.post("/urusan/izin", "kabar", "ya", "riwayat", "ya", "bahasa", "id").is(200)
		if wish, err := o.Store.Wish(o.ctx, o.who.Region, o.who.CitizenID, store.WishSurvey); err != nil || wish != store.No {
			t.Errorf("survey: %q, %v", wish, err)
		}
		// Whoever does not want to be asked is not asked.
		o.change(o.dlh, func(c *store.Case) { c.Service = "SMP-ANGKUT" }) // which asks for no photo of the work
		o.as("dlh").on(o, o.dlh, "balas", "tab", "balasan", "lalu", "answered", "teks", "Sudah diangkut.").is(200)
		o.visitor().post("/l/" + o.dlh.Link + "/beres").is(200)
		said, err := o.Store.Messages(o.ctx, o.dlh.Region, o.dlh.ID)
		o.must(err)
		if last := said[len(said)-1].Body; strings.Contains(last, "puas") {
			t.Errorf("asked: %s", last)
		}

		v.post("/urusan/nama", "nama", "Warga Baru Contoh").is(200).says("Warga Baru Contoh")
		v.post("/urusan/data").is(422).says("Pilih apa yang Anda minta")
		v.post("/urusan/data", "jenis", "correct").is(422).says("Tulis apa yang keliru")
		v.post("/urusan/data", "jenis", "copy").is(200).says("Menunggu jawaban")
		v.post("/urusan/data", "jenis", "copy").is(422).says("sudah ada")
		v.post("/urusan/data", "jenis", "erase", "keterangan", "Hapus laporan lama").is(200)

		o.hire("pdp", access.Grant{Role: access.DPO, Region: apptest.Region})
		o.as("admin").get("/data-warga").is(403)
		dpo := o.as("pdp")
		p := dpo.get("/data-warga").is(200).says("Salinan data", "Hapus laporan lama", "3×24 jam", "W*** B*** C***").hides("+628110000001", "Warga Baru Contoh")
		id := p.find(`action="/data-warga/([0-9a-f-]+)"`)
		dpo.post("/data-warga/"+id, "aksi", "tolak").is(422).says("Tulis jawabannya")
		dpo.post("/data-warga/"+id, "aksi", "tolak", "jawaban", "Tidak bisa.").is(422).says("Pilih dasar hukum")
		dpo.post("/data-warga/"+id, "aksi", "tolak", "jawaban", "Disimpan lima tahun.", "dasar", "archive").is(200).says("Jawaban dikirim")
		dpo.post("/data-warga/"+id, "aksi", "selesai", "jawaban", "Lain.").is(409)
		v.get("/urusan").is(200).says("Ditolak", "UU 43/2009", "Disimpan lima tahun.")
		o.clock.Advance(73 * time.Hour)
		o.as("pdp").get("/data-warga").is(200).says("tag bad")
	})
}

// A report that begins here needs no second proof of the contact.
func TestMinePrefillsAReport(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	area := o.anyArea()
	o.change(o.other, func(c *store.Case) { c.Area = area.Code })
	v := o.letIn()
	v.post("/urusan/lapor").at(200, "/lapor")
	v.send("/lapor", nil, "teks", said).at(200, "/lapor/lokasi").says(`value="` + area.Code + `" selected`)
	v.post("/lapor/lokasi", "kelurahan", area.Code, "bahaya", "tidak").at(200, "/lapor/kontak").says("+628110000001")
	o.clock.Advance(time.Minute)
	check := v.post("/lapor/kontak", "kontak", "wa", "wa", "+628110000001", "nama", "Warga Contoh", "tampil", "ya").at(200, "/lapor/periksa")
	sent := v.post("/lapor/periksa", "kunci", check.find(`name="kunci" value="([^"]+)"`)).at(200, "/lapor/terkirim/.+")
	c := o.caseOf(sent.find(`class="huge">(BAU-[0-9-]+)<`))
	if c.IdentityID != o.who.ID || c.CitizenID != o.who.CitizenID {
		t.Error("the report belongs to somebody else")
	}
	// Another number in the form is a claim again.
	v.post("/urusan/lapor").at(200, "/lapor")
	v.send("/lapor", nil, "teks", said).at(200, "/lapor/lokasi")
	v.post("/lapor/lokasi", "kelurahan", area.Code, "bahaya", "tidak")
	o.clock.Advance(time.Minute)
	check = v.post("/lapor/kontak", "kontak", "wa", "wa", "0811 0000 0555").at(200, "/lapor/periksa")
	sent = v.post("/lapor/periksa", "kunci", check.find(`name="kunci" value="([^"]+)"`)).at(200, "/lapor/terkirim/.+")
	if c := o.caseOf(sent.find(`class="huge">(BAU-[0-9-]+)<`)); c.IdentityID == o.who.ID {
		t.Error("an unproved number counts as proved")
	}
}

func TestReportNearby(t *testing.T) {
	w := newTown(t)
	_, c := w.visitor().report("kontak", "tanpa")
	v := w.visitor()
	near := v.get("/lacak/" + c.Code).is(200).find(`href="(/lapor\?dekat=[^"]+)"`)
	v.get(near).is(200).says(`name="dekat" value="` + c.Area + `"`)
	v.send("/lapor", nil, "teks", said, "dekat", c.Area).at(200, "/lapor/lokasi").says(`value="` + c.Area + `" selected`)
}
