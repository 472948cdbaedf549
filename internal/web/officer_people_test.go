package web

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"tanggap/internal/access"
	"tanggap/internal/apptest"
	"tanggap/internal/store"
)

var linkForm = regexp.MustCompile(`http[^<" ]*(/undangan/[^<" ]+)`)

func TestInviteOverHTTP(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		admin := o.as("admin")
		admin.post("/petugas", "nama", "Petugas Baru", "email", "bukan surel", "peran", "unit-officer", "unit", "DLH").is(422).says("bukan alamat surel", "Petugas Baru")
		admin.post("/petugas", "nama", "Petugas Baru", "email", "baru@contoh.example", "peran", "unit-officer", "unit", "").is(422).says("sebutkan unitnya")
		admin.post("/petugas", "nama", "Petugas Baru", "email", "baru@contoh.example", "peran", "unit-officer", "unit", "TIDAK").is(422)
		p := admin.post("/petugas", "nama", "Petugas Baru", "email", "baru@contoh.example", "peran", "unit-officer", "unit", "DLH").is(200).says("Tautan untuk Petugas Baru")
		m := linkForm.FindStringSubmatch(p.body)
		if m == nil {
			t.Fatal("no link")
		}
		admin.get("/petugas").is(200).says("baru@contoh.example").hides(m[1])
		v := o.visitor()
		v.get(m[1]).is(200).says("Selamat datang, Petugas Baru")
		v.post(m[1], "sandi", "pendek").is(422)
		if p := v.post(m[1], "sandi", secretWord).is(200); p.path != inboxPath {
			t.Errorf("the new officer lands on %s", p.path)
		}
		o.visitor().get(m[1]).is(404).says("sudah dipakai")
		id := o.id("baru")
		admin.get("/petugas/" + id).is(200).says("Petugas unit")
		admin.post("/petugas/"+id, "aksi", "nonaktif").is(200).says("Nonaktif")
		if p := v.get("/kotak-masuk"); p.path != "/masuk" {
			t.Errorf("a disabled officer sees %s", p.path)
		}
		admin.post("/petugas/"+o.id("admin"), "aksi", "nonaktif").is(409).says("satu admin")
		o.hire("jauh", access.Grant{Role: access.Coordinator, Region: "73.71"})
		admin.get("/petugas").is(200).hides("jauh@contoh.example")
		admin.get("/petugas/" + o.id("jauh")).is(404)
		admin.post("/petugas/"+o.id("jauh"), "aksi", "tautan").is(404)
		o.as("koord").get("/petugas").is(403)
	})
}

func TestSecondFactorOverHTTP(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		v := o.as("dlh")
		v.post("/akun", "aksi", "siapkan").is(200).says("Pindai gambar ini")
		x, err := st.OfficerByEmail(o.ctx, "dlh@contoh.example")
		o.must(err)
		o.must(st.OpenSecondFactor(o.ctx, x))
		fresh := func() string {
			c, err := totp.GenerateCode(x.Totp, o.clock.Now())
			o.must(err)
			return c
		}
		v.post("/akun", "aksi", "nyalakan", "kode", "123").is(401)
		v.post("/akun", "aksi", "nyalakan", "kode", fresh()).is(200).says("Kode cadangan Anda")
		v.get("/akun").is(200).says("Menyala sejak").hides("Kode cadangan Anda", x.Totp)
		o.clock.Advance(time.Minute)
		w := o.visitor()
		p := w.post("/masuk", "nama", "dlh@contoh.example", "sandi", secretWord, "lanjut", "/kasus/"+o.dlh.ID).is(200).says("Kode sekali pakai")
		p.hides("Kotak masuk")
		// A right password alone opens nothing.
		if p := w.get("/kotak-masuk"); p.path != "/masuk" {
			t.Errorf("without the code one sees %s", p.path)
		}
		w.post("/masuk/kode", "kode", "000000", "lanjut", "/kasus/"+o.dlh.ID).is(401).says("tidak cocok")
		if p := w.post("/masuk/kode", "kode", fresh(), "lanjut", "/kasus/"+o.dlh.ID).is(200); p.path != "/kasus/"+o.dlh.ID {
			t.Errorf("the code leads to %s", p.path)
		}
		// It must come soon, and only after the password.
		w = o.visitor()
		if p := w.post("/masuk/kode", "kode", fresh()); p.path != "/masuk" {
			t.Error("a code alone leads somewhere")
		}
		w.post("/masuk", "nama", "dlh@contoh.example", "sandi", secretWord)
		o.clock.Advance(6 * time.Minute)
		if p := w.post("/masuk/kode", "kode", fresh()); p.path != "/masuk" || strings.Contains(p.body, `name="kode"`) {
			t.Error("a code that comes late leads somewhere")
		}
		v = o.visitor()
		v.post("/masuk", "nama", "dlh@contoh.example", "sandi", secretWord)
		v.post("/masuk/kode", "kode", fresh()).is(200)
		v.post("/akun", "aksi", "matikan", "sandi", "salah sama sekali").is(401)
		v.post("/akun", "aksi", "matikan", "sandi", secretWord).is(200).hides("Menyala sejak")
		v.post("/akun", "aksi", "sandi", "lama", "salah sama sekali", "sandi", "empat gunung kuning").is(401)
		v.post("/akun", "aksi", "sandi", "lama", secretWord, "sandi", "pendek").is(422)
		other := o.as("dlh")
		v.post("/akun", "aksi", "sandi", "lama", secretWord, "sandi", "empat gunung kuning").is(200)
		v.get("/kotak-masuk").is(200).says("Kotak masuk")
		if p := other.get("/kotak-masuk"); p.path != "/masuk" {
			t.Error("another session outlives the old password")
		}
	})
}

// Where a role must have a second factor, nothing else opens before it.
func TestSecondFactorIsRequired(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	o.Access.Require = []access.Role{access.Admin}
	admin := o.as("admin")
	for _, path := range []string{"/petugas", "/saluran", "/karantina"} {
		if p := admin.get(path); p.path != "/akun" {
			t.Errorf("%s opens %s", path, p.path)
		}
	}
	admin.get("/akun").is(200).says("memerlukan faktor kedua")
	if p := o.as("dlh").get("/kotak-masuk"); p.path != "/kotak-masuk" {
		t.Error("asked of others too")
	}
}
