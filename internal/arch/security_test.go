package arch

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var named = regexp.MustCompile("`(?:([a-z]+)\\.(Test[A-Za-z]+)|(Fuzz[A-Za-z]+))`")

// TestSecurityNamesRealTests holds docs/security.md to tests that exist: a promise whose
// test was renamed or deleted is none.
func TestSecurityNamesRealTests(t *testing.T) {
	page, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	var sources strings.Builder
	in := map[string]string{} // package -> its tests
	for _, root := range []string{"..", "../../fault", "../../cmd"} {
		err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			in[filepath.Base(filepath.Dir(path))] += string(text)
			sources.Write(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	found := named.FindAllStringSubmatch(string(page), -1)
	if len(found) < 100 {
		t.Errorf("only %d tests named", len(found))
	}
	for _, m := range found {
		where, name := in[m[1]], m[2]
		if m[3] != "" {
			where, name = sources.String(), m[3]
		}
		if !strings.Contains(where, "func "+name+"(") {
			t.Errorf("%s names no test", m[0])
		}
	}
}
