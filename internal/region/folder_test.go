package region

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"tanggap/internal/tanggap"
)

var update = flag.Bool("update", false, "write golden files")

// scaffolded returns a fresh pack in memory.
func scaffolded(t testing.TB) fstest.MapFS {
	t.Helper()
	dir := t.TempDir()
	if err := Scaffold(dir, "Kota Contoh"); err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, name := range allFiles() {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if name == BoundaryFile && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	return files
}

func TestScaffoldPasses(t *testing.T) {
	files := scaffolded(t)
	p, err := Load(files)
	if err != nil {
		t.Fatalf("scaffold has errors:\n%v", err)
	}
	if p.PublicName() != "Kota Contoh" || p.EmergencyNumbers() != "" {
		t.Errorf("name %q, numbers %q", p.PublicName(), p.EmergencyNumbers())
	}
	if unit, _, _ := p.Route("SRT-DOM", "99.99.01.1001"); unit != "KEL-CONTOH-BARU" {
		t.Errorf("letters of the kelurahan go to %s", unit)
	}
}

func TestScaffoldRefuses(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Scaffold(dir, "Kota Contoh"); tanggap.CodeOf(err) != tanggap.Conflict {
		t.Errorf("a full folder: %v", err)
	}
	if err := Scaffold(t.TempDir(), " "); tanggap.CodeOf(err) != tanggap.Invalid {
		t.Errorf("no name: %v", err)
	}
}

// Each archive in testdata/broken replaces files of a good pack, or removes those
// that it gives as empty with the name "-FILE"; its file "want" lists the problems.
// An edit "FILE:old=>new" in its file "edit" changes one place.
func TestBrokenPacks(t *testing.T) {
	paths, err := filepath.Glob("testdata/broken/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no broken packs: %v", err)
	}
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files, before := scaffolded(t), map[string]bool{}
			for _, p := range Check(files, now) {
				before[p.String()] = true
			}
			for _, f := range archive.Files {
				switch {
				case f.Name == "want":
				case f.Name == "edit":
					edit(t, files, string(f.Data))
				case strings.HasPrefix(f.Name, "-"):
					delete(files, f.Name[1:])
				default:
					files[f.Name] = &fstest.MapFile{Data: f.Data}
				}
			}
			var got strings.Builder
			for _, p := range Check(files, now) {
				if !before[p.String()] {
					got.WriteString(p.String() + "\n")
				}
			}
			compare(t, path, archive, got.String())
		})
	}
}

func edit(t *testing.T, files fstest.MapFS, script string) {
	for line := range strings.Lines(script) {
		name, change, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		old, now, ok := strings.Cut(change, "=>")
		data := string(files[name].Data)
		if !ok || !strings.Contains(data, old) {
			t.Fatalf("nothing to edit: %s", line)
		}
		files[name].Data = []byte(strings.Replace(data, old, now, 1))
	}
}

func compare(t *testing.T, path string, archive *txtar.Archive, got string) {
	for i, f := range archive.Files {
		if f.Name != "want" {
			continue
		}
		if string(f.Data) == got {
			return
		}
		if !*update {
			t.Errorf("problems:\n%swant:\n%s", got, f.Data)
			return
		}
		archive.Files[i].Data = []byte(got)
		if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatalf("%s has no file want", path)
}

func TestArchive(t *testing.T) {
	files := scaffolded(t)
	files["other.txt"] = &fstest.MapFile{Data: []byte("left out")}
	first, err := Archive(files)
	if err != nil {
		t.Fatal(err)
	}
	back, err := FromArchive(first)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Archive(back)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("the same content must give the same archive")
	}
	a, err := Load(files)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Load(back)
	if err != nil {
		t.Fatal(err)
	}
	if a.Hash != b.Hash || len(a.Hash) != 64 {
		t.Errorf("hash %s, from the archive %s", a.Hash, b.Hash)
	}
	if changes := Diff(a, b); len(changes) != 0 {
		t.Errorf("archive changed the pack: %v", changes)
	}
	if _, err := fs.Stat(back, "other.txt"); err == nil {
		t.Error("files that are no part of a pack must be left out")
	}
	if _, err := FromArchive([]byte("no zip")); tanggap.CodeOf(err) != tanggap.Invalid {
		t.Errorf("no zip: %v", err)
	}
}

func TestUnpack(t *testing.T) {
	files := scaffolded(t)
	archive, err := Archive(files)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "new")
	if err := Unpack(archive, dir); err != nil {
		t.Fatal(err)
	}
	again, err := Archive(os.DirFS(dir))
	if err != nil || !bytes.Equal(archive, again) {
		t.Errorf("a pack written to a folder is another one: %v", err)
	}
	if err := Unpack(archive, dir); tanggap.CodeOf(err) != tanggap.Conflict {
		t.Errorf("a full folder: %v", err)
	}
	if err := Unpack([]byte("no zip"), t.TempDir()); tanggap.CodeOf(err) != tanggap.Invalid {
		t.Errorf("no zip: %v", err)
	}
}

func TestHashIgnoresLineEnds(t *testing.T) {
	files := scaffolded(t)
	a, err := Load(files)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		f.Data = append([]byte("\uFEFF"), bytes.ReplaceAll(f.Data, []byte("\n"), []byte("\r\n"))...)
	}
	b, err := Load(files)
	if err != nil {
		t.Fatal(err)
	}
	if a.Hash != b.Hash {
		t.Error("a spreadsheet's line ends and byte order mark are no change")
	}
}

func TestDiff(t *testing.T) {
	files := scaffolded(t)
	a, err := Load(files)
	if err != nil {
		t.Fatal(err)
	}
	edit(t, files, "services.csv:ADUAN-14HK,T-2HK=>ADUAN-14HK,T-1HK\n"+
		"region.toml:auto_close_days = 10=>auto_close_days = 7\n"+
		"landmarks.csv:Pasar Contoh=>Pasar Baru\n"+
		"texts/id.toml:solved = \"Sudah beres\"=>solved = \"Beres\"\n")
	b, err := Load(files)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range Diff(a, b) {
		got = append(got, c.String())
	}
	want := []string{
		"region.toml: auto_close_days: 10 menjadi 7",
		"landmarks.csv: Pasar Contoh|99.99.01.1001: dihapus",
		"landmarks.csv: Pasar Baru|99.99.01.1001: ditambahkan",
		"services.csv: AIR-MATI: target: T-2HK menjadi T-1HK",
		`texts/id.toml: button.solved: "Sudah beres" menjadi "Beres"`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestCaps(t *testing.T) {
	files := scaffolded(t)
	files[fileSeed] = &fstest.MapFile{Data: bytes.Repeat([]byte("x"), maxFile+1)}
	if _, err := Load(files); err == nil || !strings.Contains(err.Error(), "5 MB") {
		t.Errorf("a file over the limit: %v", err)
	}
	files[fileSeed] = &fstest.MapFile{Data: []byte("text,service,voice\n" + strings.Repeat("x,SALAM,biasa\n", maxRows+1))}
	if _, err := Load(files); err == nil || !strings.Contains(err.Error(), "Lebih dari 20000 baris") {
		t.Error("too many rows must be reported")
	}
}

// Whatever one file of a pack contains, Load and Check return and never panic.
func FuzzLoad(f *testing.F) {
	base := scaffolded(f)
	base[fileSeed].Data = []byte("text,service,voice\nhalo,SALAM,biasa\n")
	for i, name := range packFiles {
		f.Add(uint8(i), []byte("code,name\n\"x"))
		if base[name] != nil && len(base[name].Data) < 4000 {
			f.Add(uint8(i), base[name].Data)
		}
	}
	f.Add(uint8(slices.Index(packFiles, BoundaryFile)), collection(outlined(`"code":"99.99.01.1001"`, square(1, 1))))
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		files := fstest.MapFS{}
		for name, file := range base {
			files[name] = file
		}
		files[packFiles[int(which)%len(packFiles)]] = &fstest.MapFile{Data: data}
		problems := Check(files, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		p, err := Load(files)
		if (p == nil) == (err == nil) {
			t.Fatalf("pack %v, error %v", p != nil, err)
		}
		if err != nil && len(problems) == 0 {
			t.Fatal("Load fails but Check is silent")
		}
		if p != nil {
			p.OnDuty(p.Identity.Triage, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
			p.Text("id", TextReceived, nil)
			p.AreaAt(1.5, 1.5)
		}
	})
}
