package region

import (
	"bytes"
	"encoding/csv"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tanggap/internal/apptest/race"
	"tanggap/internal/tanggap"
)

// sample are the files of a small pack of every kind of table.
func sample(t testing.TB) Files {
	t.Helper()
	files, err := ReadFiles(scaffolded(t))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func folder(f Files) fstest.MapFS {
	out := fstest.MapFS{}
	for name, data := range f {
		out[name] = &fstest.MapFile{Data: data}
	}
	return out
}

// byHand makes the same edit as a person with a spreadsheet: the whole table is read and
// written again, and comments are lost.
func byHand(t testing.TB, f Files, table Table, fn func(header []string, rows [][]string) ([]string, [][]string)) {
	r := csv.NewReader(bytes.NewReader(f[table.File]))
	r.Comment = '#'
	all, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	header, rows := fn(all[0], all[1:])
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.WriteAll(append([][]string{header}, rows...)); err != nil {
		t.Fatal(err)
	}
	f[table.File] = b.Bytes()
}

// TestEditIsTheFolderEdited: whatever is changed row by row, kept as an archive and
// loaded again is the pack that the same edits in the folder make, and the archive of the
// edited files has the hash of their folder.
func TestEditIsTheFolderEdited(t *testing.T) {
	race.Skip(t)
	base := sample(t)
	// What is large is cut, so that each of many rounds is quick.
	delete(base, fileComposed)
	for _, name := range []string{fileSeed, fileEmergency} {
		base[name] = []byte(strings.Join(strings.SplitAfter(string(base[name]), "\n")[:12], ""))
	}
	words := rapid.StringMatching(`([A-Za-z0-9 ,"'|;][A-Za-z0-9 ,"'#|;]{0,24})?`)
	rapid.Check(t, func(rt *rapid.T) {
		pages, hand := base.Clone(), base.Clone()
		for range rapid.IntRange(1, 6).Draw(rt, "edits") {
			table := rapid.SampledFrom(Tables).Draw(rt, "table")
			rows, err := pages.Rows(table)
			if err != nil {
				rt.Fatal(err)
			}
			cells := map[string]string{}
			for _, c := range table.Columns {
				if rapid.Bool().Draw(rt, "touch "+c.Name) {
					cells[c.Name] = strings.TrimLeft(strings.TrimSpace(words.Draw(rt, c.Name)), "# ") // a line of # is a comment
				}
			}
			kind := rapid.SampledFrom([]string{"set", "set", "add", "drop"}).Draw(rt, "kind")
			if len(rows) == 0 {
				kind = "add"
			}
			n := 0
			if kind != "add" {
				key := rows[rapid.IntRange(0, len(rows)-1).Draw(rt, "row")].Key(table)
				n = slices.IndexFunc(rows, func(x Line) bool { return x.Key(table) == key })
				if kind == "set" {
					err = pages.Set(table, key, cells)
				} else {
					err = pages.Drop(table, key)
				}
			} else {
				err = pages.Add(table, cells)
			}
			if err != nil {
				rt.Fatal(err)
			}
			byHand(t, hand, table, func(header []string, rows [][]string) ([]string, [][]string) {
				header = slices.Clone(header)
				for _, name := range slices.Sorted(maps.Keys(cells)) {
					if cells[name] != "" && !slices.Contains(header, name) && kind != "drop" {
						header = append(header, name)
						for i := range rows {
							rows[i] = append(rows[i], "")
						}
					}
				}
				if kind == "drop" {
					return header, slices.Delete(rows, n, n+1)
				}
				if kind == "add" {
					rows, n = append(rows, make([]string, len(header))), len(rows)
				}
				for i, name := range header {
					if v, ok := cells[name]; ok {
						rows[n][i] = v
					}
				}
				return header, rows
			})
		}
		archive, err := pages.Archive()
		if err != nil {
			rt.Fatal(err)
		}
		fsys, err := FromArchive(archive)
		if err != nil {
			rt.Fatal(err)
		}
		a, b, c := load(fsys), load(folder(hand)), load(folder(pages))
		if a.pack.Hash != c.pack.Hash {
			rt.Fatal("the archive is not the folder")
		}
		same := cmp.Options{cmpopts.IgnoreUnexported(Pack{}), cmpopts.IgnoreFields(Pack{}, "Hash"), cmpopts.EquateEmpty()}
		if diff := cmp.Diff(b.pack, a.pack, same); diff != "" {
			rt.Fatalf("by hand - by the pages +:\n%s", diff)
		}
		if len(a.problems) != len(b.problems) { // lines differ where comments were lost
			rt.Fatalf("%v\n%v", a.problems, b.problems)
		}
	})
}

// TestEditLeavesTheRest: only the row in question changes, and changing it back gives the
// same bytes.
func TestEditLeavesTheRest(t *testing.T) {
	files := sample(t)
	units, _ := TableOf(TableUnits)
	before := string(files[units.File])
	rows, err := files.Rows(units)
	if err != nil {
		t.Fatal(err)
	}
	key, old := rows[1].Key(units), rows[1].Cells["name"]
	mark := rows[1].Mark()
	if err := files.Set(units, key, map[string]string{"name": `Dinas "Baru", Contoh`}); err != nil {
		t.Fatal(err)
	}
	after := string(files[units.File])
	if a, b := strings.Split(before, "\n"), strings.Split(after, "\n"); len(a) != len(b) {
		t.Fatal("lines were lost")
	} else {
		changed := 0
		for i := range a {
			if a[i] != b[i] {
				changed++
			}
		}
		if changed != 1 {
			t.Errorf("%d lines changed", changed)
		}
	}
	row, err := files.Row(units, key)
	if err != nil || row.Mark() == mark || row.Cells["name"] != `Dinas "Baru", Contoh` {
		t.Errorf("%+v, %v", row, err)
	}
	if err := files.Set(units, key, map[string]string{"name": old}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, string(files[units.File])); diff != "" {
		t.Error(diff)
	}
	if err := files.Add(units, map[string]string{"code": "#BARU"}); err != nil {
		t.Fatal(err)
	}
	if _, err := files.Row(units, "#BARU"); err != nil {
		t.Error("a row that looks like a comment is lost")
	}
	if err := files.Set(units, "TIDAK-ADA", nil); tanggap.CodeOf(err) != tanggap.NotFound {
		t.Errorf("a row that is not there: %v", err)
	}
}

// TestRetired: a service that is merged teaches the one that took its place, one that is
// only retired teaches nothing, and what points at a retired unit is an error.
func TestRetired(t *testing.T) {
	files := sample(t)
	services, _ := TableOf(TableServices)
	units, _ := TableOf(TableUnits)
	before, err := files.Load()
	if err != nil {
		t.Fatal(err)
	}
	set := func(f Files, table Table, key string, cells ...string) {
		t.Helper()
		m := map[string]string{}
		for i := 0; i < len(cells); i += 2 {
			m[cells[i]] = cells[i+1]
		}
		if err := f.Set(table, key, m); err != nil {
			t.Fatal(err)
		}
	}
	count := func(p *Pack, code string) (n int) {
		for _, s := range p.Seeds {
			if s.Service == code {
				n++
			}
		}
		return n
	}
	merged := files.Clone()
	set(merged, services, "SRT-SKU", "retired", "ya", "into", "SRT-DOM")
	p, err := merged.Load()
	if err != nil {
		t.Fatal(err)
	}
	if a, b := count(before, "SRT-SKU")+count(before, "SRT-DOM"), count(p, "SRT-DOM"); a != b || count(p, "SRT-SKU") != 0 {
		t.Errorf("%d seeds became %d", a, b)
	}
	if p.Current("SRT-SKU") != "SRT-DOM" || p.Lesson == before.Lesson {
		t.Error("the merge is not felt")
	}
	alone := files.Clone()
	set(alone, services, "SRT-SKU", "retired", "ya")
	if p, err = alone.Load(); err != nil || count(p, "SRT-SKU") != 0 || p.Current("SRT-SKU") != "" {
		t.Errorf("retired alone: %v", err)
	}
	circle := merged.Clone()
	set(circle, services, "SRT-DOM", "retired", "ya", "into", "SRT-SKU")
	if _, err := circle.Load(); err == nil || !strings.Contains(err.Error(), "tidak dipakai juga") {
		t.Errorf("a circle: %v", err)
	}
	phone := files.Clone()
	set(phone, units, before.Units[0].Code, "phone", "0800-000-0000")
	if p, err := phone.Load(); err != nil || p.Hash == before.Hash || p.Lesson != before.Lesson {
		t.Errorf("a telephone number teaches the model something: %v", err)
	}
	closed := files.Clone()
	set(closed, units, before.Identity.Triage, "retired", "ya")
	_, problems := closed.Check(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
	where := map[string]bool{}
	for _, x := range problems {
		where[x.File] = where[x.File] || !x.Warning && strings.Contains(x.Message, "sudah tidak dipakai")
	}
	for _, file := range []string{fileRegion, fileDuty, fileRoutes} {
		if !where[file] {
			t.Errorf("%s may point at a closed unit", file)
		}
	}
}
