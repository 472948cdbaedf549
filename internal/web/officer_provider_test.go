package web

import (
	"bufio"
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tanggap/internal/access"
	"tanggap/internal/apptest"
	"tanggap/internal/region"
	"tanggap/internal/store"
)

// providerEnv names the variable with the path of the identity provider for tests;
// `make .cache/tools/oidc` builds it from tools/oidc.
const providerEnv = "TANGGAP_TEST_OIDC"

// startProvider starts an identity provider as a process of its own, whose people have the
// password "sangat-rahasia", and returns its issuer.
func startProvider(t *testing.T, redirect string, people map[string]string) string {
	t.Helper()
	program := os.Getenv(providerEnv)
	if program == "" {
		const how = "needs an identity provider: make .cache/tools/oidc, export " + providerEnv + "=$PWD/.cache/tools/oidc"
		if os.Getenv("CI") == "true" {
			t.Fatal(how)
		}
		t.Skip(how)
	}
	users := map[string]any{}
	for id, email := range people {
		users[id] = map[string]any{"ID": id, "Username": id, "Password": "sangat-rahasia", "Email": email, "EmailVerified": true}
	}
	b, err := json.Marshal(users)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "people.json")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "tanggap", "rahasia-klien", redirect, file)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // it ends with its input
		_ = cmd.Wait()
	})
	issuer, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(issuer)
}

var formID = regexp.MustCompile(`name="id" value="([^"]+)"`)

// provider fills in the provider's log-in, where the visitor has been sent.
func (v *visitor) provider(issuer, next, user string) *page {
	v.t.Helper()
	p := v.get("/masuk/sso?lanjut=" + url.QueryEscape(next)).is(200)
	id := formID.FindStringSubmatch(p.body)
	if id == nil {
		v.t.Fatalf("no log-in at the provider:\n%s", firstOf(p.body, 800))
	}
	there := *v.town
	there.http = &httptest.Server{URL: strings.TrimSuffix(issuer, "/")}
	return (&visitor{&there, v.client}).post("/login/username", "id", id[1], "username", user, "password", "sangat-rahasia")
}

// TestRealProvider logs officers in by a real identity provider in its own process.
func TestRealProvider(t *testing.T) {
	apptest.Each(t, func(t *testing.T, st *store.Store) {
		o := newOffice(t, st)
		o.BaseURL = func(*region.Pack) string { return o.http.URL }
		issuer := startProvider(t, o.http.URL+providerBack, map[string]string{"satu": "dlh@contoh.example", "dua": "tamu@contoh.example", "tiga": "wali@lain.example"})
		o.Provider = access.NewProvider(access.Settings{Issuer: issuer, ClientID: "tanggap", Secret: "rahasia-klien", Label: "Akun dinas", Domains: []string{"contoh.example"}}, st.Clock())
		o.id("dlh")
		v := o.visitor()
		v.get("/masuk").is(200).says("Masuk dengan Akun dinas")
		if p := v.provider(issuer, "/kasus/"+o.dlh.ID, "satu").is(200); p.path != "/kasus/"+o.dlh.ID {
			t.Errorf("the provider leads to %s:\n%s", p.path, firstOf(p.body, 800))
		}
		v.get("/akun").is(200).says("Tertaut ke Akun dinas", "Masuk tunggal")
		p := v.post("/keluar").is(200).says("Anda sudah keluar dari Tanggap", "Keluar juga dari Akun dinas")
		if out := p.find(`href="([^"]*post_logout_redirect_uri[^"]*)"`); !strings.HasPrefix(out, issuer) {
			t.Error(out)
		}
		o.visitor().provider(issuer, "", "dua").is(403).says("mengundang alamat ini")
		o.visitor().provider(issuer, "", "tiga").is(403).says("domain")
		// The same answer twice, or in another browser, opens nothing.
		o.visitor().get(providerBack + "?code=x&state=y").is(401).says("tidak bisa dipercaya")
	})
}

// TestProviderIsNotNeeded holds that passwords work while the provider is away, and that
// its buttons show only where there is one.
func TestProviderIsNotNeeded(t *testing.T) {
	o := newOffice(t, apptest.SQLite(t))
	o.visitor().get("/masuk").is(200).hides("/masuk/sso")
	o.visitor().get("/masuk/sso").is(404)
	o.visitor().get(providerBack).is(404)
	gone := httptest.NewServer(nil)
	gone.Close()
	o.Provider = access.NewProvider(access.Settings{Issuer: gone.URL, ClientID: "tanggap", Label: "Akun dinas", Domains: []string{"contoh.example"}}, o.clock)
	o.visitor().get("/masuk/sso").is(503).says("Akun dinas tidak menjawab", `name="sandi"`)
	o.as("dlh").get("/kotak-masuk").at(200, "/kotak-masuk")
}
