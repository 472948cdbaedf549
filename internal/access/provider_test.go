package access_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/coreos/go-oidc/v3/oidc/oidctest"

	"tanggap/internal/access"
	"tanggap/internal/apptest"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

const back = "https://lapor.contoh.go.id/masuk/sso/kembali"

// liar is an identity provider that says whatever a test wants it to say.
type liar struct {
	*httptest.Server
	t     *testing.T
	key   *rsa.PrivateKey
	clock tanggap.Clock
	token func(claims map[string]any) string // what it answers a code with; nil = an honest token
	calls int
	nonce string
}

func newLiar(t *testing.T, clock tanggap.Clock) *liar {
	t.Helper()
	l := &liar{t: t, clock: clock}
	var err error
	if l.key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	about := &oidctest.Server{PublicKeys: []oidctest.PublicKey{{PublicKey: l.key.Public(), KeyID: "k", Algorithm: oidc.RS256}}, Algorithms: []string{"RS256", "HS256", "none"}}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.calls++
		if r.URL.Path != "/token" {
			about.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if r.FormValue("code") != "kode" || r.FormValue("code_verifier") == "" {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":"invalid_grant"}`)
			return
		}
		if err := json.NewEncoder(w).Encode(map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": l.answer()}); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(l.Close)
	about.SetIssuer(l.URL)
	return l
}

func (l *liar) honest() map[string]any {
	now := l.clock.Now()
	return map[string]any{"iss": l.URL, "aud": "tanggap", "sub": "orang-1", "email": "Petugas@Contoh.example", "email_verified": true,
		"nonce": l.nonce, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix()}
}

func (l *liar) answer() string {
	if l.token == nil {
		return l.sign(l.honest())
	}
	return l.token(l.honest())
}

func (l *liar) sign(claims map[string]any) string {
	b, err := json.Marshal(claims)
	if err != nil {
		l.t.Fatal(err)
	}
	return oidctest.SignIDToken(l.key, "k", oidc.RS256, string(b))
}

func (l *liar) provider(domains ...string) *access.Provider {
	if len(domains) == 0 {
		domains = []string{"contoh.example"}
	}
	return access.NewProvider(access.Settings{Issuer: l.URL, ClientID: "tanggap", Secret: "rahasia", Label: "Akun dinas", Domains: domains}, l.clock)
}

// visit goes to the provider and comes back with a code; change spoils the answer's query.
func (l *liar) visit(p *access.Provider, change func(url.Values)) (access.Person, error) {
	l.t.Helper()
	address, state, err := p.Begin(l.t.Context(), back)
	if err != nil {
		return access.Person{}, err
	}
	u, err := url.Parse(address)
	if err != nil {
		l.t.Fatal(err)
	}
	q := u.Query()
	if q.Get("code_challenge_method") != "S256" || q.Get("redirect_uri") != back || q.Get("state") == "" || q.Get("nonce") == "" || q.Get("response_type") != "code" {
		l.t.Fatal(address)
	}
	l.nonce = q.Get("nonce")
	answer := url.Values{"code": {"kode"}, "state": {q.Get("state")}}
	if change != nil {
		change(answer)
	}
	return p.Finish(l.t.Context(), state, back, answer)
}

func TestProvider(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		a, ctx := desk(t, s), t.Context()
		l := newLiar(t, s.Clock())
		p := l.provider()
		who, err := l.visit(p, nil)
		if err != nil || who.Subject != "orang-1" || who.Email != email {
			t.Fatal(who, err)
		}
		o, err := a.EnterByProvider(ctx, p, apptest.Region, who)
		if err != nil || o.Email != email || !o.LastLoginAt.Equal(apptest.Start) {
			t.Fatal(o, err)
		}
		// From now on the subject counts and nothing else.
		who.Email = ""
		if again, err := a.EnterByProvider(ctx, p, apptest.Region, who); err != nil || again.ID != o.ID {
			t.Fatal(again, err)
		}
		_, err = a.EnterByProvider(ctx, p, apptest.Region, access.Person{Issuer: l.URL, Subject: "orang-2", Email: email})
		code(t, err, tanggap.Forbidden)
		// Unknown, foreign and unchecked addresses get no account, and are told what to do.
		for address, want := range map[string]string{"baru@contoh.example": "mengundang", "petugas@lain.example": "domain", "": "kata sandi"} {
			_, err := a.EnterByProvider(ctx, p, apptest.Region, access.Person{Issuer: l.URL, Subject: "x" + address, Email: address})
			code(t, err, tanggap.Forbidden)
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v", address, err)
			}
		}
		// Disabled wins over whatever the provider says.
		if err := a.SetDisabled(ctx, email, true); err != nil {
			t.Fatal(err)
		}
		_, err = a.EnterByProvider(ctx, p, apptest.Region, who)
		code(t, err, tanggap.Forbidden)
		if err := a.SetDisabled(ctx, email, false); err != nil {
			t.Fatal(err)
		}
		if err := a.Unlink(ctx, apptest.Region, o.ID); err != nil {
			t.Fatal(err)
		}
		_, err = a.EnterByProvider(ctx, p, apptest.Region, who)
		code(t, err, tanggap.Forbidden)
	})
}

// TestProviderThatLies holds that no answer counts but an honest one to our own question.
func TestProviderThatLies(t *testing.T) {
	clock := apptest.NewClock(apptest.Start)
	l := newLiar(t, clock)
	p := l.provider()
	with := func(change func(map[string]any)) func(map[string]any) string {
		return func(c map[string]any) string { change(c); return l.sign(c) }
	}
	set := func(key string, value any) func(map[string]any) string {
		return with(func(c map[string]any) { c[key] = value })
	}
	part := func(x any) string {
		b, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]func(map[string]any) string{
		"another nonce":    set("nonce", "milik-orang-lain"),
		"no nonce":         with(func(c map[string]any) { delete(c, "nonce") }),
		"another audience": set("aud", "aplikasi-lain"),
		"two audiences":    set("aud", []string{"tanggap", "aplikasi-lain"}),
		"another party":    with(func(c map[string]any) { c["aud"], c["azp"] = []string{"tanggap", "lain"}, "lain" }),
		"another issuer":   set("iss", "https://jahat.example"),
		"expired":          set("exp", clock.Now().Add(-time.Minute).Unix()),
		"not yet":          set("nbf", clock.Now().Add(time.Hour).Unix()),
		"no subject":       set("sub", ""),
		"no signature":     func(c map[string]any) string { return part(map[string]any{"alg": "none"}) + "." + part(c) + "." },
		"shared secret": func(c map[string]any) string {
			b, _ := json.Marshal(c) // plain values
			return oidctest.SignIDToken([]byte("rahasiarahasiarahasiarahasiarahasia"), "k", "HS256", string(b))
		},
		"another key": func(c map[string]any) string {
			b, _ := json.Marshal(c) // plain values
			return oidctest.SignIDToken(other, "k", oidc.RS256, string(b))
		},
		"changed after signing": func(c map[string]any) string {
			parts := strings.Split(l.sign(c), ".")
			c["sub"] = "orang-2"
			return parts[0] + "." + part(c) + "." + parts[2]
		},
		"no token": func(map[string]any) string { return "" },
		"rubbish":  func(map[string]any) string { return "a.b.c" },
	} {
		l.token = token
		if who, err := l.visit(p, nil); tanggap.CodeOf(err) != tanggap.Unauthorized {
			t.Errorf("%s: %+v, %v", name, who, err)
		}
	}
	l.token = nil
	for name, change := range map[string]func(url.Values){
		"another state":      func(q url.Values) { q.Set("state", "milik-orang-lain") },
		"no state":           func(q url.Values) { q.Del("state") },
		"another code":       func(q url.Values) { q.Set("code", "lain") },
		"no code":            func(q url.Values) { q.Del("code") },
		"another's answer":   func(q url.Values) { q.Set("iss", "https://jahat.example") },
		"somebody says no":   func(q url.Values) { q.Del("code"); q.Set("error", "access_denied") },
		"the provider fails": func(q url.Values) { q.Del("code"); q.Set("error", "server_error") },
	} {
		if who, err := l.visit(p, change); tanggap.CodeOf(err) != tanggap.Unauthorized {
			t.Errorf("%s: %+v, %v", name, who, err)
		}
	}
	if _, err := p.Finish(t.Context(), nil, back, url.Values{"code": {"kode"}, "state": {""}}); tanggap.CodeOf(err) != tanggap.Unauthorized {
		t.Error("an answer without a question:", err)
	}
	// An address that the provider has not checked is none.
	l.token = set("email_verified", false)
	if who, err := l.visit(p, nil); err != nil || who.Email != "" {
		t.Error(who, err)
	}
	l.token = nil
	if who, err := l.visit(p, nil); err != nil || who.Email != email {
		t.Error("the honest answer is refused:", who, err)
	}
}

// TestProviderIsAway holds that its absence costs nobody more than a moment: a clear
// answer, and no new question for a while.
func TestProviderIsAway(t *testing.T) {
	clock := apptest.NewClock(apptest.Start)
	l := newLiar(t, clock)
	p := access.NewProvider(access.Settings{Issuer: l.URL + "/tidak-ada", ClientID: "tanggap", Label: "Akun dinas", Domains: []string{"contoh.example"}}, clock)
	for range 5 {
		_, _, err := p.Begin(t.Context(), back)
		if tanggap.CodeOf(err) != tanggap.Unavailable || !strings.Contains(err.Error(), "kata sandi") {
			t.Fatal(err)
		}
	}
	if l.calls != 1 {
		t.Errorf("asked %d times", l.calls)
	}
	clock.Advance(11 * time.Second)
	if err := p.Check(t.Context()); tanggap.CodeOf(err) != tanggap.Unavailable || l.calls != 2 {
		t.Error(l.calls, err)
	}
}
