package web

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"tanggap/internal/access"
	"tanggap/internal/apptest"
	"tanggap/internal/edition"
	"tanggap/internal/region"
	"tanggap/internal/store"
)

// cabinet is an office whose pack stands in the database, so that it can be edited.
func cabinet(t *testing.T, st *store.Store) *office {
	t.Helper()
	fsys, err := region.Embedded("baubau")
	if err != nil {
		t.Fatal(err)
	}
	files, err := region.ReadFiles(fsys)
	if err != nil {
		t.Fatal(err)
	}
	delete(files, "composed.csv") // large, and not edited here
	p, err := files.Load()
	if err != nil {
		t.Fatal(err)
	}
	archive, err := files.Archive()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := edition.Put(t.Context(), st, p, archive, "mulai"); err != nil {
		t.Fatal(err)
	}
	return newOffice(t, st)
}

const unitRow = tablePath + "units/baris?kunci="

// row opens the form of a row and returns what it must send back.
func (v *visitor) row(path string) (mark string) {
	v.t.Helper()
	return v.get(path).is(200).find(`name="sidik" value="([0-9a-f]*)"`)
}

func TestSettingsEditAndEnforce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := cabinet(t, st)
		admin := o.as("admin")
		admin.get(settingsPath).is(200).says("Unit", "Layanan", "Versi 1 berlaku")
		admin.get(tablePath + "units?cari=DLH").is(200).says("Dinas Lingkungan Hidup").hides("Dinas Perhubungan")
		admin.get(tablePath + "tidak-ada").is(404)
		admin.get(unitRow + "TIDAK-ADA").is(404)
		mark := admin.row(unitRow + "DLH")
		save := func(v *visitor, mark string, fields ...string) *page {
			return v.post(tablePath+"units/baris", append([]string{"kunci", "DLH", "sidik", mark, "c-name", "Dinas Lingkungan Hidup", "c-short", "DLH", "c-kind", "opd", "c-area", "",
				"c-hours", "office", "c-phone", "", "c-does", "sampah"}, fields...)...)
		}
		save(admin, mark, "c-email", "bukan surel").is(422).says("bukan alamat surel", `value="bukan surel"`)
		if admin.get(draftPath).is(200); draftOf(t, st) != nil {
			t.Fatal("a wrong row began a draft")
		}
		save(admin, mark, "c-email", "dlh@kota.example").is(200).says("Tersimpan dalam konsep")
		admin.get(draftPath).is(200).says("dlh@kota.example", "Tidak ada tenggat yang dimajukan", "Berlakukan sekarang")
		// Another administrator who still has the old form is told, and loses nothing.
		o.hire("kedua", grantAdmin())
		second := o.as("kedua")
		p := save(second, mark, "c-email", "lain@kota.example").is(409).says("Orang lain mengubah baris ini", `value="lain@kota.example"`, "Dalam konsep sekarang: dlh@kota.example")
		save(second, p.find(`name="sidik" value="([0-9a-f]*)"`), "c-email", "lain@kota.example").is(200)
		old := draftOf(t, st).Version - 1
		admin.post(draftPath, "aksi", "berlakukan", "versi", itoa(old)).is(409).says("berubah sejak")
		admin.post(draftPath, "aksi", "berlakukan", "versi", itoa(draftOf(t, st).Version)).is(200).says("Konsep berlaku")
		if u, _ := o.Packs.All()[0].Unit("DLH"); u.Email != "lain@kota.example" || o.Packs.All()[0].Version != 2 {
			t.Errorf("in force: %q of version %d", u.Email, o.Packs.All()[0].Version)
		}
		admin.get(versionsPath+"?lihat=2").is(200).says("lain@kota.example", "Kembalikan")
		admin.post(versionsPath, "versi", "1").is(200).says("Versi lama menjadi konsep")
		admin.post(draftPath, "aksi", "jadwalkan", "versi", itoa(draftOf(t, st).Version), "tanggal", "").is(422).says("Pilih tanggal")
		admin.post(draftPath, "aksi", "jadwalkan", "versi", itoa(draftOf(t, st).Version), "tanggal", "2026-03-06").is(200).says("berlaku dengan sendirinya", "6 Maret 2026")
		admin.get(unitRow + "DLH").is(200).says("sudah dijadwalkan").hides("Simpan ke konsep")
		admin.post(draftPath, "aksi", "batal").is(200).says("Jadwal dibatalkan")
		admin.post(draftPath, "aksi", "buang").is(200).says("Tidak ada konsep")
		o.as("koord").get(settingsPath).is(403)
	})
}

func TestSettingsOfServices(t *testing.T) {
	o := cabinet(t, apptest.SQLite(t))
	admin := o.as("admin")
	form := func(code string, fields ...string) *page {
		path := tablePath + "services/baris?kunci=" + code
		body := admin.get(path).is(200)
		x := []string{"kunci", code, "sidik", body.find(`name="sidik" value="([0-9a-f]*)"`)}
		return admin.post(tablePath+"services/baris", append(x, fields...)...)
	}
	admin.get(tablePath+"services/baris?kunci=SMP-TUMPUK").is(200).says("Contoh pesan", "Laporan terbuka")
	form("SMP-TUMPUK", "c-retired", "ya", "c-into", "SMP-LIAR").is(200)
	admin.get(draftPath).is(200).says("1 laporan terbuka tentang", "ikut pindah ke", "belajar ulang")
	admin.post(draftPath, "aksi", "berlakukan", "versi", itoa(draftOf(t, o.Store).Version)).is(200).says("Konsep berlaku")
	p := o.Packs.All()[0]
	if p.Current("SMP-TUMPUK") != "SMP-LIAR" {
		t.Fatal("not merged")
	}
	due := o.now(o.dlh).DueAt
	o.must(o.Store.InTx(o.ctx, func(tx *store.Store) error {
		c, err := tx.Case(o.ctx, o.dlh.Region, o.dlh.ID)
		if err != nil {
			return err
		}
		return o.Desk.Succeed(o.ctx, tx, p, c)
	}))
	if c := o.now(o.dlh); c.Service != "SMP-LIAR" || c.DueAt.Before(due) {
		t.Errorf("the case is about %s, due %v", c.Service, c.DueAt)
	}
	// A code that cases use is not dropped.
	mark := admin.row(tablePath + "services/baris?kunci=JLN-RUSAK")
	admin.post(tablePath+"services/baris", "kunci", "JLN-RUSAK", "sidik", mark, "aksi", "hapus").is(200)
	if p := admin.get(draftPath).is(200); !strings.Contains(p.body, "JLN-RUSAK") || strings.Contains(p.body, "Berlakukan sekarang") {
		t.Error("a service in use may be dropped")
	}
	admin.post(draftPath, "aksi", "berlakukan", "versi", itoa(draftOf(t, o.Store).Version)).is(422)
	// A zip of the draft brought back is the same draft.
	zip := admin.raw(packFilePath)
	if !strings.HasPrefix(zip, "PK") {
		t.Fatal("no zip")
	}
	before := draftOf(t, o.Store).Archive
	admin.sendFile(uploadPath, "arsip", []byte(zip)).is(200).says("diunggah")
	if string(draftOf(t, o.Store).Archive) != string(before) {
		t.Error("what was downloaded is not what was uploaded")
	}
	admin.sendFile(uploadPath, "arsip", []byte("bukan zip")).is(422)
}

// A retired unit hands over its routes and duties in the same step.
func TestSettingsRetireUnit(t *testing.T) {
	o := cabinet(t, apptest.SQLite(t))
	admin := o.as("admin")
	mark := admin.row(unitRow + "DLH")
	admin.post(tablePath+"units/baris", "kunci", "DLH", "sidik", mark, "c-retired", "ya", "c-into", "PUPR").is(200).says("ikut diarahkan")
	admin.get(draftPath).is(200).says("Berlakukan sekarang", "ikut pindah ke")
	admin.post(draftPath, "aksi", "berlakukan", "versi", itoa(draftOf(t, o.Store).Version)).is(200)
	if unit, _, _ := o.Packs.All()[0].Route("SMP-TUMPUK", ""); unit != "PUPR" {
		t.Errorf("new cases go to %s", unit)
	}
}

func draftOf(t *testing.T, st *store.Store) *store.PackDraft {
	t.Helper()
	d, err := st.PackDraft(t.Context(), apptest.Region)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func grantAdmin() access.Grant { return access.Grant{Role: access.Admin, Region: apptest.Region} }

// sendFile posts one file as a form does.
func (v *visitor) sendFile(path, field string, data []byte) *page {
	v.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	f, err := m.CreateFormFile(field, "paket.zip")
	if err == nil {
		_, err = f.Write(data)
	}
	if err == nil {
		err = m.Close()
	}
	if err != nil {
		v.t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, v.http.URL+path, &body)
	if err == nil {
		r.Header.Set("Content-Type", m.FormDataContentType())
	}
	return v.do(r, err)
}

func TestSettingsOfDeadlinesTextsAndIdentity(t *testing.T) {
	o := cabinet(t, apptest.SQLite(t))
	admin := o.as("admin")
	// Received on a Friday afternoon before the holidays of March 2026.
	admin.get(simulatorPath+"?layanan=JLN-RUSAK&waktu=2026-03-13T15:50").is(200).says("laporan masuk, belum dihitung", "libur: ", "Batas: ")
	admin.get(simulatorPath + "?layanan=JLN-RUSAK&waktu=kemarin").is(200).says("Waktu tidak terbaca")
	admin.get(yearPath+"?tahun=2026").is(200).says("Cuti bersama", "Agustus")
	admin.get(yearPath + "?tahun=x").is(404)
	greeting := admin.get(wordsPath+"?kunci=citizen.code").is(200).says("{code}", "123456")
	mark := greeting.find(`name="sidik" value="([0-9a-f]+)"`)
	admin.post(wordsPath, "kunci", "citizen.code", "sidik", mark, "teks-id", "Tanpa isian", "teks-en", "Nothing").is(422).says("harus memuat {code}")
	admin.post(wordsPath, "kunci", "citizen.code", "sidik", mark, "aksi", "lihat", "teks-id", "Kode {code}", "teks-en", "Code {code}").is(200).says("Kode 123456")
	words := "Kode \"Anda\":\n*{code}*\n\nBerlaku {minutes} menit."
	admin.post(wordsPath, "kunci", "citizen.code", "sidik", mark, "teks-id", words, "teks-en", "Code {code}, {minutes}").is(200).says("Tersimpan")
	admin.post(wordsPath, "kunci", "citizen.code", "sidik", mark, "teks-id", words+"!", "teks-en", "Code {code}, {minutes}").is(409)
	mark = admin.get(identityPath).is(200).says("Awalan nomor").find(`name="sidik" value="([0-9a-f]+)"`)
	admin.post(identityPath, "sidik", mark, "i-colour", "#FFC53D").is(422).says("yang terdekat #")
	admin.post(identityPath, "sidik", mark, "i-population", "banyak").is(422).says("Tulis sebuah angka")
	admin.post(identityPath, "sidik", mark, "i-colour", "#123456", "i-name", "Kota Bau-Bau", "i-office-sat", "08.00-12.00", "i-auto", "0,9").is(200).says("Tersimpan")
	admin.get(draftPath).is(200).says("#123456", "Kota Bau-Bau", "citizen.code", "Berlakukan sekarang")
	admin.post(draftPath, "aksi", "berlakukan", "versi", itoa(draftOf(t, o.Store).Version)).is(200)
	p := o.Packs.All()[0]
	if p.Text("id", region.TextCode, map[string]string{"code": "1", "minutes": "2"}) != "Kode \"Anda\":\n*1*\n\nBerlaku 2 menit." {
		t.Errorf("%q", p.Texts[region.TextCode]["id"])
	}
	if p.Identity.Colour != "#123456" || p.Identity.Thresholds.Auto != 0.9 || len(p.Identity.Hours["office"]["sat"]) != 1 || len(p.Identity.Numbers) != 9 {
		t.Errorf("%+v", p.Identity)
	}
	o.visitor().get("/lapor").is(200).says("Kota Bau-Bau", "#123456")
}
