package view_test

import (
	"bytes"
	"io"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"tanggap/internal/web/view"
	"tanggap/internal/web/view/fixture"
)

func renderer(t *testing.T) *view.Renderer {
	t.Helper()
	r, err := view.New(false)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var (
	id     = regexp.MustCompile(`\sid="([^"]+)"`)
	target = regexp.MustCompile(`\s(?:for|aria-labelledby|href)="#?([^"/:]+)"`)
)

// TestEveryPageRenders renders each page in each state and language: no word is
// missing, nothing was refused by the template's escaping, and ids are unique and
// found by what points at them.
func TestEveryPageRenders(t *testing.T) {
	r := renderer(t)
	for _, p := range fixture.Pages() {
		for _, lang := range view.Languages {
			var b bytes.Buffer
			if err := r.Render(&b, p.Template, lang, "NONCE", p.Make()); err != nil {
				t.Errorf("%s %s: %v", lang, p.Path, err)
				continue
			}
			page := b.String()
			for _, bad := range []string{"ZgotmplZ", "%!", "<no value>", "<nil>"} {
				if strings.Contains(page, bad) {
					t.Errorf("%s %s: holds %s", lang, p.Path, bad)
				}
			}
			if p.Fragment {
				continue
			}
			if !strings.Contains(page, `<html lang="`+lang+`">`) || !strings.HasSuffix(page, "</html>") {
				t.Errorf("%s %s: not a whole page", lang, p.Path)
			}
			ids := map[string]bool{}
			for _, m := range id.FindAllStringSubmatch(page, -1) {
				if ids[m[1]] {
					t.Errorf("%s %s: id %s twice", lang, p.Path, m[1])
				}
				ids[m[1]] = true
			}
			for _, m := range target.FindAllStringSubmatch(page, -1) {
				if strings.Contains(m[0], "href") && !strings.Contains(m[0], "#") {
					continue
				}
				if !ids[m[1]] {
					t.Errorf("%s %s:%s points at nothing", lang, p.Path, m[0])
				}
			}
		}
	}
}

func TestEveryTemplateHasAFixture(t *testing.T) {
	shown := map[string]bool{}
	for _, p := range fixture.Pages() {
		shown[p.Template] = true
	}
	// A page is a template that begins with a layout; all others are parts of one.
	pages := regexp.MustCompile(`(?s){{define "([a-z_]+)"}}(?:{{\$[^}]*}})*{{template "(?:top|staff-top|staff-head)"`)
	entries, err := os.ReadDir("templates")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile("templates/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range pages.FindAllStringSubmatch(string(text), -1) {
			if !shown[m[1]] {
				t.Errorf("%s: page %s is in no fixture", e.Name(), m[1])
			}
		}
	}
}

// TestRenderIsWholeOrNothing: a page that fails writes nothing at all.
func TestRenderIsWholeOrNothing(t *testing.T) {
	var b bytes.Buffer
	if err := renderer(t).Render(&b, "inbox", "id", "N", &view.Track{}); err == nil {
		t.Error("a page of the wrong kind rendered")
	}
	if b.Len() > 0 {
		t.Errorf("%d bytes were written", b.Len())
	}
}

func TestCitizensTextIsEscaped(t *testing.T) {
	var b bytes.Buffer
	page := &view.ReportText{Text: `</textarea><script>alert(1)</script>`}
	if err := renderer(t).Render(&b, "report_text", "id", "N", page); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "<script>alert") {
		t.Error("text became markup")
	}
}

func TestCSPAllowsNothingForeign(t *testing.T) {
	nonce := view.NewNonce()
	if again := view.NewNonce(); again == nonce || len(nonce) < 20 {
		t.Errorf("nonces %q and %q", nonce, again)
	}
	policy := view.CSP(nonce)
	for _, want := range []string{"default-src 'none'", "'nonce-" + nonce + "'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("no %s in %s", want, policy)
		}
	}
	for _, bad := range []string{"unsafe", "http", "*"} {
		if strings.Contains(policy, bad) {
			t.Errorf("%s in %s", bad, policy)
		}
	}
}

func TestAssets(t *testing.T) {
	r := renderer(t)
	get := func(path, accept string) *httptest.ResponseRecorder {
		req := httptest.NewRequest("GET", path, nil)
		req.Header.Set("Accept-Encoding", accept)
		w := httptest.NewRecorder()
		r.Assets().ServeHTTP(w, req)
		return w
	}
	for _, path := range []string{"/aset/manifest.json", "/aset/.keep", "/aset/..%2fview.go", "/aset/none.css"} {
		if w := get(path, ""); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if !r.HasAssets() {
		return // nothing was built; pages work unstyled
	}
	var b bytes.Buffer
	if err := r.Render(&b, "inbox", "id", "N", &view.Inbox{}); err != nil {
		t.Fatal(err)
	}
	sheet := regexp.MustCompile(`/aset/staff\.[A-Z0-9]+\.css`).FindString(b.String())
	plain, packed := get(sheet, ""), get(sheet, "gzip, br")
	if plain.Code != 200 || !strings.Contains(plain.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("%s: %d %v", sheet, plain.Code, plain.Header())
	}
	if packed.Header().Get("Content-Encoding") != "gzip" || packed.Body.Len() >= plain.Body.Len() {
		t.Errorf("%s: no smaller gzip copy", sheet)
	}
}

func TestWithPathsPrefixedByLanguage(t *testing.T) {
	r := renderer(t)
	var b bytes.Buffer
	if err := r.Render(&b, "track", "en", "N", &view.Track{Base: view.Base{Path: "/lacak"}}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`action="/en/lacak"`, `href="/lacak" lang="id"`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s", want)
		}
	}
}

func BenchmarkInbox(b *testing.B) {
	r, err := view.New(false)
	if err != nil {
		b.Fatal(err)
	}
	for _, p := range fixture.Pages() {
		if p.Path != "/kotak-masuk" {
			continue
		}
		page := p.Make()
		for b.Loop() {
			if err := r.Render(io.Discard, p.Template, "id", "N", page); err != nil {
				b.Fatal(err)
			}
		}
	}
}
