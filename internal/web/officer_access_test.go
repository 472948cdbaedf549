package web

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tanggap/internal/access"
	"tanggap/internal/apptest"
	"tanggap/internal/casework"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

func TestLogInOverHTTP(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		o.id("dlh")
		v := o.visitor()
		v.get("/kasus/"+o.dlh.ID).is(200).says("Masuk petugas", `value="/kasus/`+o.dlh.ID+`"`)
		v.post("/masuk", "nama", "", "sandi", "").is(422)
		v.post("/masuk", "nama", "dlh@contoh.example", "sandi", "salah sama sekali").is(401).says("salah")
		p := v.post("/masuk", "nama", "dlh@contoh.example", "sandi", secretWord, "lanjut", "/kasus/"+o.dlh.ID).is(200)
		if p.path != "/kasus/"+o.dlh.ID {
			t.Errorf("log-in leads to %s", p.path)
		}
		if p = v.post("/keluar").is(200); p.path != "/masuk" || v.get("/kotak-masuk").path != "/masuk" {
			t.Error("still in after logging out")
		}
		for range 5 {
			p = v.post("/masuk", "nama", "dlh@contoh.example", "sandi", "salah sama sekali")
		}
		p.is(429).says("15 menit")
		v.post("/masuk", "nama", "dlh@contoh.example", "sandi", secretWord).is(429)
		o.clock.Advance(15 * time.Minute)
		for _, evil := range []string{"https://jahat.example/", "//jahat.example", `/\jahat.example`, "/kotak-masuk\\..", ""} {
			if p := v.post("/masuk", "nama", "dlh@contoh.example", "sandi", secretWord, "lanjut", evil).is(200); p.path != inboxPath {
				t.Errorf("%q leads to %s", evil, p.path)
			}
		}
		o.hire("jauh", access.Grant{Role: access.Coordinator, Region: "73.71"})
		o.visitor().post("/masuk", "nama", "jauh@contoh.example", "sandi", secretWord).is(403)
		o.clock.Advance(31 * time.Minute)
		if p := v.get("/kotak-masuk"); p.path != "/masuk" {
			t.Error("an idle session lives")
		}
	})
}

// TestOthersCasesDoNotExist walks every way to a case with the officer of another
// unit: each must say that there is no such case.
func TestOthersCasesDoNotExist(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		hidden := map[string]*store.Case{"other unit": o.other, "triage": o.open("", "sesuatu di pasar wameo")}
		secret := o.open("SMP-LIAR", "rahasia pasar wameo")
		hidden["secret"] = o.change(secret, func(c *store.Case) { c.Secret, c.Summary = true, "" })
		if hidden["secret"].Unit != "DLH" {
			t.Fatalf("the secret case lies in %s", secret.Unit)
		}
		hidden["other region"] = foreign(t, o)
		files := map[string]string{"other unit": o.far, "secret": o.attach(secret)}
		v := o.as("dlh")
		for name, c := range hidden {
			for _, x := range o.routes() {
				if x.who != onCase && x.who != quietCase {
					continue
				}
				method, path, _ := strings.Cut(x.pattern, " ")
				file := files[name]
				if file == "" {
					file = o.file
				}
				path = strings.NewReplacer("{id}", c.ID, "{file}", file).Replace(path)
				var p *page
				if method == http.MethodGet {
					p = v.get(path)
				} else {
					p = v.post(path, "versi", version(c), "teks", "halo", "unit", "DLH", "layanan", "SMP-TUMPUK", "alasan", "alasan panjang", "kepada", "x", "nomor", o.dlh.Number)
				}
				if p.status != http.StatusNotFound {
					t.Errorf("%s: %s answers %d", name, x.pattern, p.status)
				}
				p.hides(c.Number, "jalan berlubang", "rahasia pasar")
			}
			if after := c; c.Region == apptest.Region && o.now(after).Version != after.Version {
				t.Errorf("%s was changed", name)
			}
			for _, list := range []string{"/kotak-masuk", "/kotak-masuk?tampil=semua", "/kotak-masuk?unit=PUPR&tampil=semua", "/kotak-masuk?unit=KOMINFO",
				"/kotak-masuk?cari=wameo", "/kotak-masuk?cari=" + c.Number, "/kotak-masuk?tampil=saya"} {
				v.get(list).is(200).hides(c.ID, "jalan berlubang", "sesuatu di pasar")
			}
			v.get("/kasus/" + o.dlh.ID).is(200).hides(c.ID)
		}
		// Not by a file of another case, nor by merging into it.
		v.get("/kasus/" + o.dlh.ID + "/berkas/" + o.far).is(404)
		v.get("/kasus/" + o.dlh.ID + "/berkas/" + o.file).is(200)
		v.on(o, o.dlh, "gabung", "nomor", o.other.Number).is(422)
		state(t, o.now(o.dlh), tanggap.Assigned)
		v.get("/triase").is(403)
		// Whoever was given the secret case sees it, and so does the unit's head.
		rekan := o.id("rekan")
		o.change(secret, func(c *store.Case) { c.OfficerID = rekan })
		o.as("rekan").get("/kasus/" + secret.ID).is(200)
		o.as("rekan").get("/kotak-masuk?tampil=saya").is(200).says(secret.ID)
		o.as("kepala").get("/kotak-masuk").is(200).says(secret.ID)
		o.as("koord").get("/kasus/" + secret.ID).is(404)
		o.as("wali").get("/kasus/"+o.dlh.ID).is(200).hides("Warga C", "/balas", "/buka-kontak", o.file)
	})
}

// foreign is a case of a region that this server does not serve.
func foreign(t *testing.T, o *office) *store.Case {
	t.Helper()
	const region = "73.71"
	o.must(o.Store.AddRegion(o.ctx, region))
	c := &store.Case{Region: region, State: tanggap.Assigned, Unit: "DLH", Urgency: tanggap.Normal, Channel: "web", OpenedAt: o.clock.Now(), Pack: 1}
	o.must(o.Store.InTx(o.ctx, func(tx *store.Store) error {
		who := &store.Citizen{Region: region, Name: "Warga Jauh", Lang: "id"}
		if err := tx.AddCitizen(o.ctx, who); err != nil {
			return err
		}
		c.CitizenID = who.ID
		return tx.AddCase(o.ctx, c, "MKS", apptest.Pack(t).Location())
	}))
	return c
}

func TestStreamTellsOnlyWhatMayBeSeen(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	v := o.as("dlh")
	res, err := v.client.Get(o.http.URL + "/alir?topik=antrean")
	o.must(err)
	defer res.Body.Close()
	if got := res.Header.Get("Content-Type"); res.StatusCode != 200 || got != "text/event-stream" {
		t.Fatalf("%d %s", res.StatusCode, got)
	}
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() && lines.Text() != "" { // the greeting
	}
	koord := o.id("koord")
	note := func(c *store.Case) {
		o.must(o.Store.InTx(o.ctx, func(tx *store.Store) error {
			x, err := tx.Case(o.ctx, c.Region, c.ID)
			if err != nil {
				return err
			}
			return o.Desk.Note(o.ctx, tx, x, koord, "catatan")
		}))
	}
	note(o.other)
	note(o.open("", "tidak jelas apa ini"))
	note(o.open("SMP-TUMPUK", "rahasia pasar wameo", &store.Decision{Kind: casework.KindSensitive, Value: "secret", State: store.DecisionAuto}))
	note(o.dlh)
	for lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			if !strings.Contains(data, o.dlh.ID) {
				t.Fatalf("heard %s", data)
			}
			return
		}
	}
	t.Fatal("heard nothing")
}

// TestEveryRouteHasARule fails for a route that does not say whom it serves, or that
// serves somebody it should not.
func TestEveryRouteHasARule(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	leader, admin, head, stranger := o.as("wali"), o.as("admin"), o.as("kepala"), o.visitor()
	stranger.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	fill := strings.NewReplacer("{id}", o.dlh.ID, "{file}", o.file, "{$}", "", "{token}", "x", "{code}", "x", "{number}", "x", "{rest...}", "")
	for _, x := range o.routes() {
		method, path, ok := strings.Cut(x.pattern, " ")
		if !ok {
			method, path = http.MethodGet, "/tidak-ada"
		}
		path = fill.Replace(path)
		ask := func(v *visitor, body string) *page {
			r, err := http.NewRequest(method, o.http.URL+path, strings.NewReader(body))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			return v.do(r, err)
		}
		switch {
		case x.who == nobody:
			t.Errorf("%s serves nobody: give it a rule", x.pattern)
		case x.who == anyone && x.verb != "":
			t.Errorf("%s serves anyone and has a verb", x.pattern)
		case x.who != anyone && !slices.Contains(access.Verbs, x.verb):
			t.Errorf("%s has no verb of the matrix", x.pattern)
		}
		if strings.HasPrefix(path, "/kasus") || strings.HasPrefix(path, "/triase") || strings.HasPrefix(path, "/kotak") || path == "/alir" {
			if x.who == anyone {
				t.Errorf("%s is an officers' address and serves anyone", x.pattern)
			}
		}
		p := ask(stranger, "")
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY"} {
			if got := p.header.Get(name); got != want {
				t.Errorf("%s: %s is %q", x.pattern, name, got)
			}
		}
		if csp := p.header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", x.pattern, csp)
		}
		if x.who == anyone {
			if method == http.MethodPost && x.body == 0 {
				if got := ask(stranger, "a="+strings.Repeat("x", maxForm)).status; got != 413 && got != 303 && got != 404 {
					t.Errorf("%s takes a body of any size: %d", x.pattern, got)
				}
			}
			continue
		}
		if p.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be cached", x.pattern)
		}
		if p.status != http.StatusSeeOther && p.status != http.StatusUnauthorized || strings.Contains(p.body, o.dlh.Number) {
			t.Errorf("%s answers a stranger with %d", x.pattern, p.status)
		}
		if x.verb == access.OwnAccount {
			continue // every officer has it
		}
		without := admin
		if access.CanIn(access.Actor{ID: "x", Grants: []access.Grant{{Role: access.Admin, Region: apptest.Region}}}, x.verb, apptest.Region) {
			without = leader
		}
		if got := ask(without, "").status; got != 403 && got != 404 {
			t.Errorf("%s answers an officer without the verb with %d", x.pattern, got)
		}
		if method == http.MethodPost {
			if got := ask(head, "a="+strings.Repeat("x", maxForm)).status; got != 413 && got != 403 {
				t.Errorf("%s takes a body of any size: %d", x.pattern, got)
			}
		}
	}
}

// TestRolesAndRoutes holds who may use which route, for every role, against a golden
// table: on a case of the officer's own unit, of another unit, in triage, and secret.
func TestRolesAndRoutes(t *testing.T) {
	apptest.Each(t, rolesAndRoutes)
}

func rolesAndRoutes(t *testing.T, st *store.Store) {
	o := newOffice(t, st)
	secret := o.open("SMP-LIAR", "rahasia pasar wameo")
	secret = o.change(secret, func(c *store.Case) { c.Secret, c.Summary = true, "" })
	cases := []struct {
		name string
		c    *store.Case
	}{{"own", o.dlh}, {"other", o.other}, {"triage", o.open("", "sesuatu di pasar wameo")}, {"secret", secret}}
	var b strings.Builder
	for _, x := range o.routes() {
		if x.who == anyone {
			continue
		}
		fmt.Fprintf(&b, "%s (%s)\n", x.pattern, x.verb)
		for _, role := range access.Roles {
			g := access.Grant{Role: role, Region: apptest.Region}
			if role.Bound() {
				g.Unit = "DLH"
			}
			v := &visit{pack: apptest.Pack(t), actor: access.Actor{ID: "x", Grants: []access.Grant{g}}, verb: x.verb}
			var may []string
			for _, one := range cases {
				err := o.allow(t.Context(), v, x, one.c.ID)
				if code := tanggap.CodeOf(err); err != nil && code != tanggap.NotFound && code != tanggap.Forbidden {
					t.Fatal(err)
				}
				if err == nil {
					may = append(may, one.name)
				}
			}
			if x.who != onCase && x.who != quietCase && len(may) > 0 {
				may = []string{"yes"}
			}
			if len(may) > 0 {
				fmt.Fprintf(&b, "  %-13s %s\n", role, strings.Join(may, " "))
			}
		}
	}
	const golden = "testdata/routes.txt"
	if os.Getenv("UPDATE") != "" {
		o.must(os.WriteFile(golden, []byte(b.String()), 0o644))
	}
	want, err := os.ReadFile(golden)
	o.must(err)
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("the matrix changed; look at it and run UPDATE=1 go test:\n%s", diff)
	}
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	v := o.as("dlh")
	r, err := http.NewRequest(http.MethodPost, o.http.URL+"/kasus/"+o.dlh.ID+"/ambil", strings.NewReader("versi="+version(o.dlh)))
	o.must(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	v.do(r, nil).is(403)
	state(t, o.now(o.dlh), tanggap.Assigned)
}

// TestRefusalsAreLogged holds that whoever tries what he may not leaves a line: who, which
// route, but neither the path nor anything he sent.
func TestRefusalsAreLogged(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	var log bytes.Buffer
	o.Log = slog.New(slog.NewJSONHandler(&log, nil))
	v := o.as("dlh")
	v.get("/kasus/" + o.dlh.ID).is(200)
	if log.Len() > 0 {
		t.Fatalf("a page that he may see is told of: %s", log.String())
	}
	v.get("/kasus/" + o.other.ID).is(404)
	v.get("/pengguna").is(404) // no such page
	v.get("/petugas").is(403)
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines:\n%s", len(lines), log.String())
	}
	for i, route := range []string{"GET /kasus/{id}", "GET /petugas"} {
		var got struct{ Msg, Route, Officer string }
		if err := json.Unmarshal([]byte(lines[i]), &got); err != nil {
			t.Fatal(err)
		}
		if got.Msg != "refused" || got.Route != route || got.Officer == "" || strings.Contains(lines[i], o.other.ID) {
			t.Error(lines[i])
		}
	}
}

func TestFilesAreServedSafely(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	p := o.as("dlh").get("/kasus/" + o.dlh.ID + "/berkas/" + o.file).is(200).says("%PDF")
	if got := p.header.Get("Content-Security-Policy"); !strings.Contains(got, "sandbox") {
		t.Error(got)
	}
	if got := p.header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment") {
		t.Error(got)
	}
	if p.header.Get("X-Content-Type-Options") != "nosniff" || p.header.Get("Cache-Control") != "no-store" {
		t.Error(p.header)
	}
}

// TestRightsEndAtOnce holds that a role taken away counts with the next request.
func TestRightsEndAtOnce(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	v := o.as("dlh")
	v.get("/kasus/" + o.dlh.ID).is(200)
	o.must(o.Access.SetDisabled(o.ctx, "dlh@contoh.example", true))
	if p := v.get("/kasus/" + o.dlh.ID); p.path != "/masuk" {
		t.Errorf("a disabled officer sees %s", p.path)
	}
}

func TestAlarm(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		c := o.open("PHN-TUMBANG", "pohon tumbang menimpa rumah di wameo", &store.Decision{Kind: casework.KindEmergency, Value: "PHN-TUMBANG", Confidence: 1, State: store.DecisionAuto})
		const token = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		unit := o.now(c).Unit
		x := o.hire("jaga", access.Grant{Role: access.UnitOfficer, Region: apptest.Region, Unit: unit})
		o.must(o.Store.AddAlarm(o.ctx, &store.Alarm{Region: c.Region, CaseID: c.ID, OfficerID: x.ID, Step: 9, TokenHash: tanggap.HashToken(token)}))
		v := o.visitor()
		path := "/ack/" + token
		v.get(path).is(200).says(c.Number, "darurat").hides("menimpa rumah", "+62811")
		v.get(path).is(200)
		if !o.now(c).HumanAt.IsZero() {
			t.Fatal("opening the link acknowledged the alarm")
		}
		v.post(path).is(200).says("Sudah ditangani")
		if o.now(c).HumanAt.IsZero() {
			t.Fatal("not acknowledged")
		}
		version := o.now(c).Version
		v.post(path).is(200)
		if o.now(c).Version != version {
			t.Error("acknowledged twice")
		}
		v.get("/ack/TIDAKADA").is(404)
		o.must(o.Access.SetDisabled(o.ctx, x.Email, true))
		v.get(path).is(404)
	})
}
