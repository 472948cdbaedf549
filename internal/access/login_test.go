package access_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/apptest"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

const (
	email    = "petugas@contoh.example"
	password = "kuda lepas di pantai"
)

func desk(t *testing.T, s *store.Store) *access.Access {
	t.Helper()
	a, err := access.New(s, s.Clock())
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.AddOfficer(t.Context(), access.NewOfficer{Email: " Petugas@Contoh.example", Name: "Petugas Contoh", Password: password,
		Grants: []access.Grant{{Role: access.UnitOfficer, Region: apptest.Region, Unit: "DLH"}}})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func code(t *testing.T, err error, want tanggap.Code) {
	t.Helper()
	if got := tanggap.CodeOf(err); got != want {
		t.Fatalf("%v: code %q, want %q", err, got, want)
	}
}

func TestLogIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		a, ctx := desk(t, s), t.Context()
		o, err := a.LogIn(ctx, "PETUGAS@contoh.example ", password)
		if err != nil || o.Name != "Petugas Contoh" || !o.LastLoginAt.Equal(apptest.Start) {
			t.Fatal(o, err)
		}
		// A known and an unknown e-mail are answered alike, also when they are locked.
		for _, who := range []string{email, "siapa@contoh.example"} {
			for range 4 {
				_, err := a.LogIn(ctx, who, "salah sama sekali")
				code(t, err, tanggap.Unauthorized)
			}
			_, err := a.LogIn(ctx, who, "salah sama sekali")
			code(t, err, tanggap.TooMany)
			if !strings.Contains(err.Error(), "15 menit") {
				t.Error(err)
			}
		}
		clock := s.Clock().(*apptest.Clock)
		clock.Advance(10*time.Minute + time.Second)
		_, err = a.LogIn(ctx, email, password)
		code(t, err, tanggap.TooMany)
		if !strings.Contains(err.Error(), "5 menit") {
			t.Error(err)
		}
		clock.Advance(5 * time.Minute)
		if _, err = a.LogIn(ctx, email, password); err != nil {
			t.Fatal(err)
		}
		if err := a.SetDisabled(ctx, email, true); err != nil {
			t.Fatal(err)
		}
		_, err = a.LogIn(ctx, email, password)
		code(t, err, tanggap.Forbidden)
		_, err = a.LogIn(ctx, email, "salah sama sekali")
		code(t, err, tanggap.Unauthorized)
	})
}

func TestResetUnlocks(t *testing.T) {
	a, ctx := desk(t, apptest.SQLite(t)), t.Context()
	for range 5 {
		if _, err := a.LogIn(ctx, email, "salah sama sekali"); err == nil {
			t.Fatal("logged in")
		}
	}
	code(t, a.ResetPassword(ctx, email, "pendek"), tanggap.Invalid)
	if err := a.ResetPassword(ctx, email, "perahu hijau tujuh"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.LogIn(ctx, email, "perahu hijau tujuh"); err != nil {
		t.Fatal(err)
	}
	_, err := a.LogIn(ctx, email, password)
	code(t, err, tanggap.Unauthorized)
}

func TestPasswordRules(t *testing.T) {
	for password, ok := range map[string]bool{
		"kuda lepas di pantai": true, strings.Repeat("panjang sekali ", 6): true, "Жар-птица на крыше": true,
		"": false, "sebelas ka!": false, "petugas@contoh.example": false, "ini petugas saya": false, "password1234": false,
		"Bismillah12345": false, "aaaaaaaaaaaaaa": false, "123456789012": false, "qwertyuiop!!!": false, strings.Repeat("ab cd ef ", 40): false, "\xff\xfe kuda lepas pantai": false,
	} {
		if err := access.CheckPassword(password, email); (err == nil) != ok {
			t.Errorf("%q: %v", password, err)
		}
	}
}

func TestAddOfficerRefuses(t *testing.T) {
	a, ctx := desk(t, apptest.SQLite(t)), t.Context()
	good := access.NewOfficer{Email: "baru@contoh.example", Name: "Petugas Baru", Password: password,
		Grants: []access.Grant{{Role: access.Auditor, Region: apptest.Region}}}
	for name, change := range map[string]func(*access.NewOfficer){
		"mail":   func(n *access.NewOfficer) { n.Email = "bukan surel" },
		"name":   func(n *access.NewOfficer) { n.Name = " " },
		"roles":  func(n *access.NewOfficer) { n.Grants = nil },
		"role":   func(n *access.NewOfficer) { n.Grants = []access.Grant{{Role: "raja", Region: apptest.Region}} },
		"unit":   func(n *access.NewOfficer) { n.Grants = []access.Grant{{Role: access.UnitHead, Region: apptest.Region}} },
		"region": func(n *access.NewOfficer) { n.Grants = []access.Grant{{Role: access.Auditor}} },
		"secret": func(n *access.NewOfficer) { n.Password = "password1234" },
	} {
		n := good
		change(&n)
		if _, err := a.AddOfficer(ctx, n); tanggap.CodeOf(err) != tanggap.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := a.AddOfficer(ctx, good); err != nil {
		t.Fatal(err)
	}
	_, err := a.AddOfficer(ctx, good)
	code(t, err, tanggap.Conflict)
}

// browser keeps the cookie of a session.
type browser struct{ cookie *http.Cookie }

func (b *browser) request() *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/kotak-masuk", nil)
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	return r
}

func TestSessions(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		a := desk(t, s)
		clock, sessions := s.Clock().(*apptest.Clock), a.Sessions()
		o, err := s.OfficerByEmail(t.Context(), email)
		if err != nil {
			t.Fatal(err)
		}
		begin := func(b *browser) {
			t.Helper()
			w := httptest.NewRecorder()
			if err := sessions.Begin(w, b.request(), o, true, access.ByPassword); err != nil {
				t.Fatal(err)
			}
			b.cookie = w.Result().Cookies()[0]
		}
		in := func(b *browser) bool {
			t.Helper()
			got, err := sessions.Officer(b.request(), true, true)
			if err != nil {
				t.Fatal(err)
			}
			return got != nil
		}
		b := &browser{}
		if in(b) {
			t.Fatal("in without a session")
		}
		begin(b)
		c := b.cookie
		if c.Name != "__Host-tanggap" || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("cookie %v", c)
		}
		old := *b
		begin(b)
		if b.cookie.Value == old.cookie.Value || in(&old) || !in(b) {
			t.Error("the token was not renewed at log-in")
		}
		if in(&browser{&http.Cookie{Name: "__Host-tanggap", Value: "chosen-by-somebody-else"}}) {
			t.Error("a made-up token is a session")
		}
		for range 23 { // 11.5 hours of work
			clock.Advance(29 * time.Minute)
			if !in(b) {
				t.Fatal("a session in use ended")
			}
		}
		if clock.Advance(29 * time.Minute); !in(b) {
			t.Fatal("a session in use ended before twelve hours")
		}
		if clock.Advance(25 * time.Minute); in(b) {
			t.Error("a session outlived twelve hours")
		}
		begin(b)
		clock.Advance(30 * time.Minute)
		if in(b) {
			t.Error("an idle session lives")
		}
		begin(b)
		if err := a.ResetPassword(t.Context(), email, "perahu hijau tujuh"); err != nil {
			t.Fatal(err)
		}
		if in(b) {
			t.Error("a session outlived the password")
		}
		if o, err = s.OfficerByEmail(t.Context(), email); err != nil {
			t.Fatal(err)
		}
		begin(b)
		if err := a.SetDisabled(t.Context(), email, true); err != nil {
			t.Fatal(err)
		}
		if in(b) {
			t.Error("a disabled officer is in")
		}
		begin(b)
		if err := errors.Join(a.SetDisabled(t.Context(), email, false), sessions.End(httptest.NewRecorder(), b.request(), true)); err != nil {
			t.Fatal(err)
		}
		if in(b) {
			t.Error("in after logging out")
		}
	})
}
