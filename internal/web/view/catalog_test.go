package view

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

var (
	literal     = regexp.MustCompile(`"([a-z_]+\.[a-z0-9_%]*)"`)
	asked       = regexp.MustCompile(`\bT "([^"%]+)"|\.[Tt]\([^"\n]*"([a-z_]+\.[a-z0-9_]*[a-z0-9])"`)
	placeholder = regexp.MustCompile(`\{[a-z]+\}`)
)

func words(t *testing.T) *catalog {
	t.Helper()
	c, err := loadCatalog(embedded)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// sources are the files that may name a key: templates, this package and the handlers.
func sources(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, pattern := range []string{"templates/*.html", "*.go", "../*.go"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			texts[path] = string(text)
		}
	}
	return texts
}

func TestBothLanguagesHaveTheSameKeysAndPlaceholders(t *testing.T) {
	c := words(t)
	shape := func(lang string) map[string][]string {
		out := map[string][]string{}
		for key, line := range c.words[lang] {
			found := placeholder.FindAllString(line, -1)
			slices.Sort(found)
			out[key] = slices.Compact(found)
		}
		return out
	}
	if diff := cmp.Diff(shape("id"), shape("en")); diff != "" {
		t.Error(diff)
	}
}

func TestNoKeyIsMissingOrUnused(t *testing.T) {
	c := words(t)
	tables := map[string]bool{}
	for key := range c.words["id"] {
		table, _, _ := strings.Cut(key, ".")
		tables[table] = true
	}
	used := map[string]bool{}
	var prefixes []string
	for path, text := range sources(t) {
		for _, m := range asked.FindAllStringSubmatch(text, -1) {
			if key := m[1] + m[2]; c.words["id"][key] == "" {
				t.Errorf("%s: no words for %q", path, key)
			}
		}
		for _, m := range literal.FindAllStringSubmatch(text, -1) {
			key := m[1]
			if table, _, _ := strings.Cut(key, "."); !tables[table] {
				continue
			}
			stem, _, cut := strings.Cut(key, "%")
			switch {
			case cut || strings.HasSuffix(key, ".") || strings.HasSuffix(key, "_"):
				prefixes = append(prefixes, stem)
			default:
				used[key] = true
			}
		}
	}
	for key := range c.words["id"] {
		if !used[key] && !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) }) {
			t.Errorf("nothing uses %q", key)
		}
	}
}

// TestWordsFollowTheVoice: buttons and errors say what happens, never these.
func TestWordsFollowTheVoice(t *testing.T) {
	forbidden := regexp.MustCompile(`(?i)\b(submit|ok|terjadi kesalahan|mohon maaf|silahkan|di proses|kedinasan terkait)\b`)
	for key, line := range words(t).words["id"] {
		if line == "" || strings.TrimSpace(line) != line {
			t.Errorf("%s is empty or has spaces at its ends", key)
		}
		if found := forbidden.FindString(line); found != "" {
			t.Errorf("%s says %q", key, found)
		}
	}
}

func TestUnknownKeyIsAnError(t *testing.T) {
	c := words(t)
	if _, err := c.text("id", "home.nonsense"); err == nil {
		t.Error("an unknown key gave words")
	}
	if _, err := c.text("id", "report.step", "n"); err == nil {
		t.Error("an odd pair was accepted")
	}
	if got, err := c.text("en", "report.step", "n", 2); err != nil || got != "Step 2 of 4" {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestWithoutAssets: a plain go build, before any asset was made, is no error.
func TestWithoutAssets(t *testing.T) {
	a, err := loadAssets(fstest.MapFS{"dist/.keep": {}})
	if err != nil || a.address("staff.css") != "" || a.inline("citizen.css") != "" {
		t.Errorf("%v %v", a, err)
	}
}
