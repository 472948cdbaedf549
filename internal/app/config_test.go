package app

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"tanggap/internal/tanggap"
)

const exampleFile = "../../deploy/tanggap.example.toml"

// Every key of the configuration stands in the example with a comment above it, and
// the example holds nothing else.
func TestExampleExplainsEveryKey(t *testing.T) {
	b, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	c := Default()
	if err := decode("example", b, &c); err != nil {
		t.Errorf("the example has keys that the program does not know: %v", err)
	}
	keys := keysOf(reflect.TypeFor[Config](), nil)
	for _, key := range keys {
		form := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(key) + ` =`)
		if strings.HasPrefix(key, "[") {
			form = regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(key) + `$`)
		}
		if !form.Match(b) {
			t.Errorf("key %q is not explained in %s", key, exampleFile)
		}
	}
	if len(keys) < 25 {
		t.Errorf("only %d keys found", len(keys))
	}
}

func keysOf(x reflect.Type, out []string) []string {
	for i := range x.NumField() {
		f := x.Field(i)
		name := f.Tag.Get("toml")
		if name == "-" || name == "" {
			continue
		}
		switch inner := f.Type; {
		case inner == reflect.TypeFor[TLS]():
			out = keysOf(inner, append(out, "[tls]"))
		case inner == reflect.TypeFor[*OIDC]():
			out = keysOf(inner.Elem(), append(out, "[oidc]"))
		case inner == reflect.TypeFor[[]Region]():
			out = keysOf(inner.Elem(), append(out, "[[region]]"))
		case inner == reflect.TypeFor[*WhatsApp]():
			out = keysOf(inner.Elem(), append(out, "[region.whatsapp]"))
		case inner == reflect.TypeFor[*Email]():
			out = keysOf(inner.Elem(), append(out, "[region.email]"))
		case inner == reflect.TypeFor[IMAP]():
			out = keysOf(inner, append(out, "[region.email.imap]"))
		case inner == reflect.TypeFor[SMTP]():
			out = keysOf(inner, append(out, "[region.email.smtp]"))
		case inner.Kind() == reflect.Map:
			out = keysOf(inner.Elem(), append(out, "[region.whatsapp.templates.default]"))
		default:
			out = append(out, name)
		}
	}
	return out
}

func TestWrongConfigurations(t *testing.T) {
	const (
		region  = "[[region]]\npack = \"baubau\"\n"
		email   = "[region.email]\n"
		servers = "[region.email.smtp]\nhost = \"mail.contoh.go.id:465\"\n[region.email.imap]\nhost = \"mail.contoh.go.id:993\"\n"
		login   = "user = \"lapor\"\npassword = \"env:PATH\"\n"
	)
	for name, c := range map[string]struct{ toml, want string }{
		"unknown key":         {"a = 1\n" + region, ":1: kunci \"a\" tidak dikenal"},
		"unknown nested key":  {"[tls]\nmode = \"off\"\nhost = 1\n" + region, ":3: kunci \"tls.host\""},
		"broken":              {"listen = \n", ":1:"},
		"no region":           {"", "Belum ada daerah"},
		"listen":              {"listen = \"8080\"\n" + region, "bukan alamat"},
		"base url":            {"base_url = \"lapor\"\n" + region, "base_url"},
		"role":                {"role = [\"boss\"]\n" + region, "role"},
		"public metrics":      {"metrics = \":9464\"\n" + region, "loopback"},
		"outbound":            {"outbound = \"maybe\"\n" + region, "outbound"},
		"workers":             {"workers = 0\n" + region, "workers"},
		"acme without hosts":  {region + "[tls]\nmode = \"acme\"\n", "tls.hosts"},
		"files without files": {region + "[tls]\nmode = \"files\"\n", "tls.cert"},
		"provider in clear":   {region + "[oidc]\nissuer = \"http://masuk.contoh.go.id\"\n", "oidc.issuer"},
		"provider incomplete": {region + "[oidc]\nissuer = \"https://masuk.contoh.go.id\"\nclient_id = \"tanggap\"\n", "client_secret"},
		"provider of anybody": {region + "[oidc]\nissuer = \"https://masuk.contoh.go.id\"\nclient_id = \"tanggap\"\nclient_secret = \"env:PATH\"\nlabel = \"Akun dinas\"\n", "oidc.domains"},
		"whatsapp incomplete": {region + "[region.whatsapp]\nphone_number_id = \"1\"\n", "verify_token"},
		"mail address":        {region + email + "address = \"lapor\"\n", "alamat surel"},
		"mail without port":   {region + email + "address = \"lapor@contoh.go.id\"\n[region.email.imap]\nhost = \"mail\"\n", "imap.host"},
		"mail in clear":       {region + email + "address = \"lapor@contoh.go.id\"\n[region.email.imap]\nhost = \"mail.contoh.go.id:143\"\nsecurity = \"none\"\n", "loopback"},
		"mail without user":   {region + email + "address = \"lapor@contoh.go.id\"\n" + servers, "user dan password"},
		"mail of two regions": {strings.Repeat(region+email+"address = \"lapor@contoh.go.id\"\n"+servers+login, 2), "dua daerah"},
		"mail into itself":    {region + email + "address = \"lapor@contoh.go.id\"\n" + servers + login + "done = \"inbox\"\n", "Folder selesai"},
		"secret in clear":     {region + "[region.whatsapp]\ntoken = \"EAAG\"\n", "rahasia tidak ditulis"},
		"secret file missing": {region + "[region.whatsapp]\nphone_number_id = \"1\"\ntoken = \"file:/none\"\napp_secret = \"env:X\"\nverify_token = \"env:X\"\n", "/none"},
		"empty variable":      {region + "[region.whatsapp]\nphone_number_id = \"1\"\ntoken = \"env:TANGGAP_NO_SUCH\"\napp_secret = \"env:X\"\nverify_token = \"env:X\"\n", "kosong"},
	} {
		path := filepath.Join(t.TempDir(), "t.toml")
		if err := os.WriteFile(path, []byte(c.toml), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path, Overrides{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestOverridesWin(t *testing.T) {
	data, region, role := "elsewhere", "baubau", "web"
	c, err := Load("", Overrides{Data: &data, Region: &region, Role: &role})
	if err != nil {
		t.Fatal(err)
	}
	if c.Database != filepath.Join("elsewhere", "tanggap.db") || c.Has(RoleWorker) || c.Regions[0].Pack != "baubau" {
		t.Errorf("%+v", c)
	}
	if _, err := Load("no-such.toml", Overrides{}); tanggap.CodeOf(err) != tanggap.NotFound {
		t.Errorf("missing file: %v", err)
	}
}

func TestSecretsAreNeverPrinted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte("sangat-rahasia\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var s Secret
	if err := s.UnmarshalText([]byte("file:" + path)); err != nil {
		t.Fatal(err)
	}
	if err := s.read(); err != nil || s.Reveal() != "sangat-rahasia" {
		t.Fatalf("%v", err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s, "within", struct{ S Secret }{s})
	text, err := s.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	all := fmt.Sprintf("%v %+v %#v %s %q %v", s, s, s, s, s, struct{ S Secret }{s}) + log.String() + string(text)
	if strings.Contains(all, "sangat-rahasia") {
		t.Errorf("printed: %s", all)
	}
}
