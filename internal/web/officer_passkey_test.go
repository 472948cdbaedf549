package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/apptest"
	"tanggap/internal/store"
)

// asked posts a form as the script of passkeys does and returns the answer.
func (v *visitor) asked(path string, fields ...string) []byte {
	v.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	res, err := v.client.PostForm(v.http.URL+path, form)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.Header.Get("Content-Type") != "application/json" {
		v.t.Fatalf("%s: %d %s %v", path, res.StatusCode, body, err)
	}
	return body
}

// named is the town under a name, at which browsers make passkeys.
func named(o *office) *office {
	there := *o.town
	there.http = &httptest.Server{URL: strings.Replace(o.http.URL, "127.0.0.1", "localhost", 1)}
	x := *o
	x.town = &there
	return &x
}

func TestPasskeyOverHTTP(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		o.as("dlh").get("/akun").is(200).says("bukan dengan angka") // by its bare address
		o = named(o)
		d := &apptest.Authenticator{Verifies: true, Origin: o.http.URL}
		v := o.as("dlh")
		v.get("/akun").is(200).says("Belum ada kunci sandi", "Kunci hanya berlaku di localhost")
		if got := string(v.asked("/akun/kunci", "nama", "Ponsel", "sandi", "salah sama sekali")); !strings.Contains(got, "salah") {
			t.Error("a key can be added without the password:", got)
		}
		if got := string(v.asked("/akun/kunci", "nama", "", "sandi", secretWord)); !strings.Contains(got, "nama") {
			t.Error(got)
		}
		made := d.Make(t, v.asked("/akun/kunci", "nama", "Ponsel kantor", "sandi", secretWord))
		v.post("/akun", "aksi", "kunci", "kunci", made).is(200).says("Kode cadangan Anda", "Ponsel kantor")
		v.post("/akun", "aksi", "kunci", "kunci", made).is(401).says("Coba lagi") // a challenge is used once

		// Alone it opens everything.
		w := o.visitor()
		if p := w.post("/masuk/kunci", "kunci", d.Answer(t, w.asked("/masuk/kunci/minta")), "lanjut", "/kasus/"+o.dlh.ID).is(200); p.path != "/kasus/"+o.dlh.ID {
			t.Errorf("the key leads to %s", p.path)
		}
		w = o.visitor()
		w.asked("/masuk/kunci/minta")
		w.post("/masuk/kunci", "kunci", made).is(401).says("tidak diterima")
		w.post("/masuk/kunci").is(401)

		// After the password it is the second factor.
		w = o.visitor()
		w.post("/masuk", "nama", "dlh@contoh.example", "sandi", secretWord).is(200).says("Pakai kunci sandi", "Kode cadangan")
		if p := w.get("/kotak-masuk"); p.path != "/masuk" {
			t.Errorf("the password alone opens %s", p.path)
		}
		w.post("/masuk", "nama", "dlh@contoh.example", "sandi", secretWord)
		if p := w.post("/masuk/kode", "kunci", d.Answer(t, w.asked("/masuk/kunci/minta?kedua"))).is(200); p.path != inboxPath {
			t.Errorf("the second factor leads to %s", p.path)
		}

		// Removing it takes the password too; a role may forbid it.
		id := v.get("/akun").is(200).find(`type="radio" name="kunci" value="([^"]+)"`)
		v.post("/akun", "aksi", "hapus-kunci", "kunci", id, "sandi", "salah sama sekali").is(401)
		o.Access.Require = []access.Role{access.UnitOfficer}
		v.post("/akun", "aksi", "hapus-kunci", "kunci", id, "sandi", secretWord).is(409).says("yang terakhir")
		o.Access.Require = nil
		v.post("/akun", "aksi", "hapus-kunci", "kunci", id, "sandi", secretWord).is(200).says("Belum ada kunci sandi")
	})
}

// TestOwnSessions holds that an officer sees where he is logged in and who tried, and can
// end what he does not know.
func TestOwnSessions(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		v := o.as("dlh")
		phone := o.visitor()
		phone.client.Transport = calledBy("Mozilla/5.0 (Linux; Android 14) Chrome/126.0.0.0 Mobile Safari/537.36")
		phone.post("/masuk", "nama", "dlh@contoh.example", "sandi", "salah sama sekali").is(401)
		phone.post("/masuk", "nama", "dlh@contoh.example", "sandi", secretWord).is(200)
		third := o.as("dlh")
		o.as("pupr")
		o.clock.Advance(2 * time.Minute)
		page := v.get("/akun").is(200).says("Chrome, Android", "127.0.*.*", "Sesi ini", "Kata sandi", "Gagal")
		if n := strings.Count(page.body, `name="sesi"`); n != 3 {
			t.Errorf("%d sessions listed", n)
		}
		var id, foreign string
		list, err := st.OfficerSessions(o.ctx, o.id("dlh"))
		o.must(err)
		for _, x := range list {
			if x.Device == "Chrome, Android" {
				id = x.ID
			}
		}
		others, err := st.OfficerSessions(o.ctx, o.id("pupr"))
		o.must(err)
		foreign = others[0].ID
		v.post("/akun", "aksi", "akhiri", "sesi", foreign).is(404)
		v.post("/akun", "aksi", "akhiri", "sesi", id).is(200).hides("Akhiri sesi Chrome, Android")
		if p := phone.get("/kotak-masuk"); p.path != "/masuk" {
			t.Error("a session that was ended lives")
		}
		v.post("/akun", "aksi", "akhiri-lain").is(200)
		if p := third.get("/kotak-masuk"); p.path != "/masuk" {
			t.Error("another session lives")
		}
		v.get("/kotak-masuk").at(200, "/kotak-masuk")
		// Other roles, other rights: whoever was in logs in anew.
		o.as("admin").post("/petugas/"+o.id("dlh"), "aksi", "peran", "punya", "unit-officer:DLH", "peran", "auditor").is(200)
		if p := v.get("/kotak-masuk"); p.path != "/masuk" {
			t.Error("a session outlives a change of roles")
		}
	})
}

// calledBy sends what a browser calls itself.
type calledBy string

func (c calledBy) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("User-Agent", string(c))
	return http.DefaultTransport.RoundTrip(r)
}
