package access_test

import (
	"encoding/json"
	"net/netip"
	"testing"

	"tanggap/internal/access"
	"tanggap/internal/apptest"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

var here = access.Place{Region: apptest.Region, Name: "Tanggap Contoh", Host: "lapor.contoh.go.id", Origin: "https://lapor.contoh.go.id"}

// keys drives the passkeys of the test officer.
type keys struct {
	t  *testing.T
	a  *access.Access
	id string
	at access.Place
}

func asJSON(t *testing.T, x any) []byte {
	t.Helper()
	b, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (k keys) add(d *apptest.Authenticator, name string) ([]string, error) {
	k.t.Helper()
	options, state, err := k.a.NewPasskey(k.t.Context(), k.at, k.id)
	if err != nil {
		return nil, err
	}
	return k.a.AddPasskey(k.t.Context(), k.at, k.id, name, state, []byte(d.Make(k.t, asJSON(k.t, options))))
}

// use asks for a key, of the officer or of anybody, and lets a device answer; change, if
// there is one, spoils the answer.
func (k keys) use(d *apptest.Authenticator, officer string, change func(string) string) (*store.Officer, error) {
	k.t.Helper()
	options, state, err := k.a.AskPasskey(k.t.Context(), k.at, officer)
	if err != nil {
		k.t.Fatal(err)
	}
	answer := d.Answer(k.t, asJSON(k.t, options))
	if change != nil {
		answer = change(answer)
	}
	if officer == "" {
		return k.a.EnterByPasskey(k.t.Context(), k.at, state, []byte(answer))
	}
	return k.a.SecondByPasskey(k.t.Context(), k.at, officer, state, []byte(answer))
}

func TestPasskeys(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		a, ctx := desk(t, s), t.Context()
		o, err := a.LogIn(ctx, email, password)
		if err != nil {
			t.Fatal(err)
		}
		k := keys{t, a, o.ID, here}
		phone, usb := &apptest.Authenticator{Verifies: true, Origin: here.Origin}, &apptest.Authenticator{Origin: here.Origin}
		_, err = k.add(phone, " ")
		code(t, err, tanggap.Invalid)
		codes, err := k.add(phone, "Ponsel kantor")
		if err != nil || len(codes) != 8 {
			t.Fatal("the first second factor brings backup codes:", codes, err)
		}
		if codes, err = k.add(usb, "Kunci USB"); err != nil || codes != nil {
			t.Fatal(codes, err)
		}
		if o, err = s.Officer(ctx, o.ID); err != nil || !access.SecondOn(o) || o.Keys != 2 {
			t.Fatal(o.Keys, err)
		}
		// A key that makes sure who holds it stands for password and second factor.
		if got, err := k.use(phone, "", nil); err != nil || got.ID != o.ID {
			t.Fatal(got, err)
		}
		// One that does not, is only a second factor.
		_, err = k.use(usb, "", nil)
		code(t, err, tanggap.Unauthorized)
		if got, err := k.use(usb, o.ID, nil); err != nil || got.ID != o.ID {
			t.Fatal(got, err)
		}
		list, err := s.Passkeys(ctx, o.ID)
		if err != nil || len(list) != 2 || list[0].Name != "Ponsel kantor" || !list[0].UsedAt.Equal(apptest.Start) || list[0].Host != here.Host {
			t.Fatalf("%+v %v", list, err)
		}
		// A disabled account stays closed.
		if err := a.SetDisabled(ctx, email, true); err != nil {
			t.Fatal(err)
		}
		_, err = k.use(phone, "", nil)
		code(t, err, tanggap.Forbidden)
		if err := a.SetDisabled(ctx, email, false); err != nil {
			t.Fatal(err)
		}
		// A stranger who guesses passwords keeps nobody out who has a key.
		for range 5 {
			if _, err := a.LogIn(ctx, email, "salah sama sekali"); err == nil {
				t.Fatal("logged in")
			}
		}
		_, err = a.LogIn(ctx, email, password)
		code(t, err, tanggap.TooMany)
		if _, err := k.use(phone, "", nil); err != nil {
			t.Error(err)
		}
	})
}

// TestPasskeysThatLie holds what is refused: a foreign origin, a changed or repeated
// answer, the challenge of somebody else, and a key that is good at another host.
func TestPasskeysThatLie(t *testing.T) {
	s := apptest.SQLite(t)
	a, ctx := desk(t, s), t.Context()
	o, err := s.OfficerByEmail(ctx, email)
	if err != nil {
		t.Fatal(err)
	}
	k := keys{t, a, o.ID, here}
	d := &apptest.Authenticator{Verifies: true, Origin: here.Origin}
	if _, err := k.add(d, "Ponsel"); err != nil {
		t.Fatal(err)
	}
	other, err := a.AddOfficer(ctx, access.NewOfficer{Email: "lain@contoh.example", Name: "Petugas Lain", Password: password,
		Grants: []access.Grant{{Role: access.Auditor, Region: apptest.Region}}})
	if err != nil {
		t.Fatal(err)
	}
	stranger := &apptest.Authenticator{Verifies: true, Origin: here.Origin}
	if _, err := (keys{t, a, other.ID, here}).add(stranger, "Ponsel lain"); err != nil {
		t.Fatal(err)
	}
	_, err = k.use(stranger, o.ID, nil)
	code(t, err, tanggap.Unauthorized)
	evil := *d
	evil.Origin = "https://lapor-contoh.go.id.example"
	_, err = k.use(&evil, "", nil)
	code(t, err, tanggap.Unauthorized)
	_, err = k.use(d, "", func(string) string { return "{}" })
	code(t, err, tanggap.Unauthorized)
	// An answer fits its own challenge only.
	first, _, err := a.AskPasskey(ctx, here, "")
	if err != nil {
		t.Fatal(err)
	}
	_, state, err := a.AskPasskey(ctx, here, "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.EnterByPasskey(ctx, here, state, []byte(d.Answer(t, asJSON(t, first))))
	code(t, err, tanggap.Unauthorized)
	_, err = a.EnterByPasskey(ctx, here, nil, []byte(d.Answer(t, asJSON(t, first))))
	code(t, err, tanggap.Unauthorized)
	// At another host of the same server the key is unknown.
	there := here
	there.Host, there.Origin = "lapor.lain.go.id", "https://lapor.lain.go.id"
	elsewhere := *d
	elsewhere.Origin = there.Origin
	_, err = keys{t, a, o.ID, there}.use(&elsewhere, "", nil)
	code(t, err, tanggap.Unauthorized)
	if ok, err := a.HasPasskey(ctx, there, o.ID); ok || err != nil {
		t.Error(ok, err)
	}
	// Attempts that failed with a key that is his stand in his list.
	logins, err := s.OfficerLogins(ctx, o.ID, 50)
	if err != nil || len(logins) == 0 {
		t.Fatal(logins, err)
	}
	for _, l := range logins {
		if !l.Failed || l.Way != access.ByPasskey {
			t.Errorf("%+v", l)
		}
	}
	_, _, err = a.NewPasskey(ctx, access.Place{Region: apptest.Region, Host: "127.0.0.1", Origin: "http://127.0.0.1"}, o.ID)
	code(t, err, tanggap.Invalid)
}

// TestCopiedPasskeyIsRefused holds that a counter that goes back ends the key, for both
// devices, and that the account still opens otherwise.
func TestCopiedPasskeyIsRefused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		a, ctx := desk(t, s), t.Context()
		o, err := s.OfficerByEmail(ctx, email)
		if err != nil {
			t.Fatal(err)
		}
		k := keys{t, a, o.ID, here}
		d := &apptest.Authenticator{Verifies: true, Origin: here.Origin}
		codes, err := k.add(d, "Ponsel")
		if err != nil {
			t.Fatal(err)
		}
		copied := *d
		for range 3 {
			if _, err := k.use(d, "", nil); err != nil {
				t.Fatal(err)
			}
		}
		_, err = k.use(&copied, "", nil)
		code(t, err, tanggap.Forbidden)
		_, err = k.use(d, "", nil)
		code(t, err, tanggap.Forbidden)
		list, err := s.Passkeys(ctx, o.ID)
		if err != nil || list[0].ClonedAt.IsZero() {
			t.Fatalf("%+v %v", list, err)
		}
		if o, err = a.LogIn(ctx, email, password); err != nil || !access.SecondOn(o) {
			t.Fatal("a copied key opens the account to who knows the password:", err)
		}
		if _, err := a.Second(ctx, o.ID, codes[0]); err != nil {
			t.Error(err)
		}
	})
}

func TestLastSecondFactorStays(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		a, ctx := desk(t, s), t.Context()
		o, err := s.OfficerByEmail(ctx, email)
		if err != nil {
			t.Fatal(err)
		}
		k := keys{t, a, o.ID, here}
		for _, name := range []string{"Satu", "Dua"} {
			if _, err := k.add(&apptest.Authenticator{Origin: here.Origin}, name); err != nil {
				t.Fatal(err)
			}
		}
		list, err := s.Passkeys(ctx, o.ID)
		if err != nil {
			t.Fatal(err)
		}
		a.Require = []access.Role{access.UnitOfficer}
		if err := a.RemovePasskey(ctx, apptest.Region, o.ID, list[0].ID); err != nil {
			t.Fatal(err)
		}
		code(t, a.RemovePasskey(ctx, apptest.Region, o.ID, list[1].ID), tanggap.Conflict)
		code(t, a.RemovePasskey(ctx, apptest.Region, o.ID, list[0].ID), tanggap.NotFound)
		if o, err = s.Officer(ctx, o.ID); err != nil || o.Keys != 1 {
			t.Error(o.Keys, err)
		}
		a.Require = nil
		if err := a.RemovePasskey(ctx, apptest.Region, o.ID, list[1].ID); err != nil {
			t.Fatal(err)
		}
	})
}

func TestDeviceAndNetwork(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Linux; Android 14; SM-A145F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36":                     "Chrome, Android",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0":              "Edge, Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1":    "Safari, iPhone",
		"Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0":                                                                     "Firefox, Linux",
		"Mozilla/5.0 (Linux; Android 13; SM-S901B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36": "Samsung Internet, Android",
		"curl/8.5.0": "", "": "",
	} {
		if got := access.Device(agent); got != want {
			t.Errorf("%s: %q, want %q", agent, got, want)
		}
	}
	for ip, want := range map[string]string{"203.0.113.7": "203.0.*.*", "::ffff:203.0.113.7": "203.0.*.*", "2001:db8::1": "2001:0db8:*", "fe80::1%eth0": "fe80:0000:*"} {
		if got := access.Network(netip.MustParseAddr(ip)); got != want {
			t.Errorf("%s: %q, want %q", ip, got, want)
		}
	}
	if got := access.Network(netip.Addr{}); got != "" {
		t.Error(got)
	}
}
