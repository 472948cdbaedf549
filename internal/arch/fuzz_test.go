package arch

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var fuzzForm = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`)

// TestFuzzTargetsHaveCorpora wants for every fuzz target some inputs in the
// repository, which every test run tries, and that tools/fuzz.sh knows the target.
func TestFuzzTargetsHaveCorpora(t *testing.T) {
	var found []string
	for _, top := range []string{"internal", "cmd"} {
		err := filepath.WalkDir(root+top, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, m := range fuzzForm.FindAllSubmatch(b, -1) {
				name, folder := string(m[1]), filepath.Dir(path)
				found = append(found, strings.TrimPrefix(folder, root)+" "+name)
				corpus, err := os.ReadDir(filepath.Join(folder, "testdata", "fuzz", name))
				if err != nil || len(corpus) == 0 {
					t.Errorf("%s in %s has no corpus in testdata/fuzz/%s", name, folder, name)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(found)
	out, err := exec.Command(root+"tools/fuzz.sh", "list").Output()
	if err != nil {
		t.Fatal(err)
	}
	listed := strings.Split(strings.TrimSpace(string(out)), "\n")
	slices.Sort(listed)
	if diff := cmp.Diff(found, listed); diff != "" {
		t.Errorf("tools/fuzz.sh: -there +listed\n%s", diff)
	}
}
