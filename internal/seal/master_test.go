package seal

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"tanggap/internal/tanggap"
)

func TestMasterFile(t *testing.T) {
	_, path := master(t)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v; want 0600", info.Mode(), err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := GenerateMaster(path); tanggap.CodeOf(err) != tanggap.Conflict {
		t.Errorf("overwriting: %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Error("the refused overwrite changed the file")
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o622, 0o666} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadMaster(path); tanggap.CodeOf(err) != tanggap.Forbidden {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadMaster(path); err != nil {
		t.Errorf("mode 0400: %v", err)
	}
}

func TestMasterFileErrors(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, tt := range map[string]struct {
		path string
		want tanggap.Code
	}{
		"missing":   {filepath.Join(dir, "missing"), tanggap.NotFound},
		"directory": {dir, tanggap.Invalid},
		"empty":     {write("empty", nil), tanggap.Invalid},
		"not JSON":  {write("text", []byte("rahasia")), tanggap.Invalid},
		"no keys":   {write("nokeys", []byte(`{"primaryKeyId":1,"key":[]}`)), tanggap.Invalid},
		"huge":      {write("huge", make([]byte, maxMasterFile+1)), tanggap.Invalid},
	} {
		if _, err := LoadMaster(tt.path); tanggap.CodeOf(err) != tt.want {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
	if err := GenerateMaster(filepath.Join(dir, "no", "such", "dir")); err == nil {
		t.Error("a key was written into a directory that does not exist")
	}
}

func TestRotation(t *testing.T) {
	old, path := master(t)
	wrapped, r, err := old.NewRegion("74.72")
	if err != nil {
		t.Fatal(err)
	}
	keyRow, key, err := r.NewKey("c1")
	if err != nil {
		t.Fatal(err)
	}
	delivery, name := seal(t, r, "kiriman"), seal(t, key, "Warga Contoh")
	blind := r.Blind(PurposePhone, "+628110000001")

	if _, err := old.Rotate(path); err != nil {
		t.Fatal(err)
	}
	m, err := LoadMaster(path) // as after a restart
	if err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("rotation leaves files behind: %v, %v", entries, err)
	}
	if _, err := m.OpenRegion("74.72", wrapped); err != nil {
		t.Fatalf("before re-wrapping: %v", err)
	}
	rewrapped, err := m.Rewrap("74.72", wrapped)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := old.OpenRegion("74.72", rewrapped); tanggap.CodeOf(err) != tanggap.Invalid {
		t.Errorf("the old master opens what the new key wrapped: %v", err)
	}

	rewrapped, next, err := m.RotateRegion("74.72", rewrapped)
	if err != nil {
		t.Fatal(err)
	}
	reopened, err := m.OpenRegion("74.72", rewrapped)
	if err != nil {
		t.Fatal(err)
	}
	for label, k := range map[string]*Region{"returned": next, "reopened": reopened} {
		if !opens(k, delivery, place, "kiriman") {
			t.Errorf("%s: an old delivery does not open", label)
		}
		if !bytes.Equal(k.Blind(PurposePhone, "+628110000001"), blind) {
			t.Errorf("%s: the blind index changed", label)
		}
		row, err := k.RewrapKey("c1", keyRow)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.OpenKey("c1", row); err == nil {
			t.Errorf("%s: the citizen key is still under the old region key", label)
		}
		again, err := k.OpenKey("c1", row)
		if err != nil || !opens(again, name, place, "Warga Contoh") {
			t.Errorf("%s: the citizen's data does not open: %v", label, err)
		}
	}
	if opens(r, seal(t, next, "baru"), place, "baru") {
		t.Error("the region still seals under its old key")
	}
}

func TestOpenRegionWithWrongKey(t *testing.T) {
	m, _ := master(t)
	other, _ := master(t)
	wrapped, _, err := m.NewRegion("74.72")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.OpenRegion("74.72", wrapped); tanggap.CodeOf(err) != tanggap.Invalid {
		t.Errorf("another master: %v", err)
	}
	if _, err := m.OpenRegion("74.71", wrapped); tanggap.CodeOf(err) != tanggap.Invalid {
		t.Errorf("another region: %v", err)
	}
	if _, err := m.Rewrap("74.71", wrapped); err == nil {
		t.Error("re-wrapped for another region")
	}
	if _, _, err := m.RotateRegion("74.71", wrapped); err == nil {
		t.Error("rotated for another region")
	}
}
