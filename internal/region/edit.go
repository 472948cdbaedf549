package region

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"tanggap/internal/tanggap"
)

// Files are the files of a pack while people work on them. A change touches the row it
// is about and leaves every other byte, comments too, as it is: the same edit in a
// folder gives the same pack.
type Files map[string][]byte

// ReadFiles reads the files of a pack without judging them. Others are left out.
func ReadFiles(fsys fs.FS) (Files, error) {
	files := Files{}
	for _, name := range allFiles() {
		data, err := readFile(fsys, name)
		switch {
		case errors.Is(err, fs.ErrNotExist): // Check says so where it matters
		case errors.Is(err, errTooLarge):
			return nil, tanggap.Errorf(tanggap.Invalid, "File %s lebih besar dari 5 MB. Kurangi isinya.", name)
		case errors.Is(err, zip.ErrFormat), errors.Is(err, zip.ErrAlgorithm), errors.Is(err, zip.ErrChecksum):
			return nil, tanggap.Errorf(tanggap.Invalid, "File %s di dalam arsip tidak terbaca. Buat ulang zip-nya dari folder paket.", name)
		case err != nil:
			return nil, fmt.Errorf("read %s: %w", name, err)
		default:
			files[name] = data
		}
	}
	return files, nil
}

// Clone returns a copy that can be changed alone.
func (f Files) Clone() Files { return maps.Clone(f) }

// Load reads and validates the pack that the files make; see Load.
func (f Files) Load() (*Pack, error) {
	l := newLoader(f.read())
	l.missing(f)
	l.read()
	if len(l.problems) > 0 {
		return l.pack, Problems(l.problems)
	}
	return l.pack, nil
}

// Check reports errors or, when there are none, warnings; see Check. The pack is
// returned as far as it could be read.
func (f Files) Check(now time.Time) (*Pack, []Problem) {
	l := newLoader(f.read())
	l.missing(f)
	l.read()
	if len(l.problems) == 0 {
		l.warn(now)
		l.sort()
	}
	return l.pack, l.problems
}

// read are the files that a loader reads.
func (f Files) read() Files {
	out := Files{}
	for _, name := range packFiles {
		if data, ok := f[name]; ok {
			out[name] = data
		}
	}
	return out
}

// missing reports files that must be there and are not.
func (l *loader) missing(f Files) {
	for _, name := range packFiles {
		if _, ok := f[name]; !ok && !optional(name) {
			l.add(name, 0, "", msgMissing)
		}
	}
}

// Line is one row of a table with the place where it stands.
type Line struct {
	Number int // line of the file
	Cells  map[string]string
	raw    string // as it is written
}

// Key names a row by the columns of Table.Key.
func (x Line) Key(t Table) string {
	parts := make([]string, len(t.Key))
	for i, name := range t.Key {
		parts[i] = x.Cells[name]
	}
	return strings.Join(parts, "|")
}

// Mark changes whenever somebody changes the row.
func (x Line) Mark() string {
	sum := sha256.Sum256([]byte(strings.TrimSpace(x.raw)))
	return hex.EncodeToString(sum[:8])
}

// Rows returns the rows of a table. A file that is no CSV is an error (Invalid).
func (f Files) Rows(t Table) ([]Line, error) {
	s, err := f.sheet(t)
	if err != nil {
		return nil, err
	}
	return s.rows, nil
}

// Row returns the first row with a key (NotFound if there is none).
func (f Files) Row(t Table, key string) (Line, error) {
	rows, err := f.Rows(t)
	if err != nil {
		return Line{}, err
	}
	row, ok := find(rows, func(x Line) bool { return x.Key(t) == key })
	if !ok {
		return Line{}, tanggap.Errorf(tanggap.NotFound, "baris ini tidak ada lagi")
	}
	return row, nil
}

// Set changes cells of the row with a key; cells that are not named stay.
func (f Files) Set(t Table, key string, cells map[string]string) error {
	return f.change(t, key, func(s *sheet, i int) error { return s.set(i, cells) })
}

// Drop takes the row with a key away.
func (f Files) Drop(t Table, key string) error {
	return f.change(t, key, func(s *sheet, i int) error {
		s.rows = slices.Delete(s.rows, i, i+1)
		s.before[i+1] = s.before[i] + s.before[i+1]
		s.before = slices.Delete(s.before, i, i+1)
		return nil
	})
}

// Add puts a row at the end of a table.
func (f Files) Add(t Table, cells map[string]string) error {
	s, err := f.sheet(t)
	if err != nil {
		return err
	}
	n := len(s.rows)
	tail := s.before[n]
	if n == 0 && tail != "" && !strings.HasSuffix(tail, "\n") {
		tail += "\n"
	}
	s.rows = append(s.rows, Line{Cells: map[string]string{}})
	s.before = append(s.before[:n], tail, "")
	if n > 0 && !strings.HasSuffix(s.rows[n-1].raw, "\n") {
		s.rows[n-1].raw += "\n"
	}
	if err := s.set(n, cells); err != nil {
		return err
	}
	f[t.File] = s.bytes()
	return nil
}

func (f Files) change(t Table, key string, fn func(s *sheet, i int) error) error {
	s, err := f.sheet(t)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(s.rows, func(x Line) bool { return x.Key(t) == key })
	if i < 0 {
		return tanggap.Errorf(tanggap.NotFound, "baris ini tidak ada lagi")
	}
	if err := fn(s, i); err != nil {
		return err
	}
	f[t.File] = s.bytes()
	return nil
}

// sheet is a table's file in pieces: what stands before each row, the rows, and what
// stands behind the last one.
type sheet struct {
	head   string // up to and including the line of titles
	header []string
	rows   []Line
	before []string // comments and empty lines before row i; the last is behind them all
}

func (f Files) sheet(t Table) (*sheet, error) {
	data, ok := f[t.File]
	if !ok {
		return nil, tanggap.Errorf(tanggap.Invalid, "File %s tidak ada dalam konsep ini. Unggah paket yang lengkap.", t.File)
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.Comment = '#'
	r.FieldsPerRecord = -1
	starts := lineStarts(data)
	s := &sheet{}
	last := 0
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, tanggap.Errorf(tanggap.Invalid, "File %s tidak terbaca sebagai tabel. Perbaiki tanda kutipnya, lalu unggah lagi.", t.File)
		}
		line, _ := r.FieldPos(0)
		begin, end := starts[line-1], int(r.InputOffset())
		if s.header == nil {
			for _, name := range record {
				s.header = append(s.header, strings.TrimSpace(name))
			}
			s.head = string(data[:end])
		} else {
			s.before = append(s.before, string(data[last:begin]))
			cells := map[string]string{}
			for i, name := range s.header {
				if i < len(record) {
					cells[name] = strings.TrimSpace(record[i])
				}
			}
			s.rows = append(s.rows, Line{Number: line, Cells: cells, raw: string(data[begin:end])})
		}
		last = end
	}
	s.before = append(s.before, string(data[last:]))
	return s, nil
}

func lineStarts(data []byte) []int {
	starts := []int{0}
	for i, b := range data {
		if b == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// set writes cells into row i. A column that the file does not have yet is added to it
// once something stands in it.
func (s *sheet) set(i int, cells map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(cells)) {
		if !slices.Contains(s.header, name) && cells[name] != "" {
			s.widen(name)
		}
	}
	for name, value := range cells {
		s.rows[i].Cells[name] = strings.TrimSpace(value)
	}
	s.rows[i].raw = s.encode(s.rows[i].Cells)
	return nil
}

// widen adds a column behind the others, empty in every row.
func (s *sheet) widen(name string) {
	s.header = append(s.header, name)
	body, end := strings.CutSuffix(s.head, "\n")
	s.head = body + "," + name
	if end {
		s.head += "\n"
	}
	for i := range s.rows {
		body, end := strings.CutSuffix(s.rows[i].raw, "\n")
		s.rows[i].raw = body + ","
		if end {
			s.rows[i].raw += "\n"
		}
	}
}

func (s *sheet) encode(cells map[string]string) string {
	record := make([]string, len(s.header))
	for i, name := range s.header {
		record[i] = strings.Join(strings.FieldsFunc(cells[name], func(r rune) bool { return r == '\n' || r == '\r' }), " ")
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	// Writing to memory does not fail, and the separator is the usual one.
	_ = w.Write(record)
	w.Flush()
	line := b.String()
	if strings.HasPrefix(line, "#") { // else it would be a comment
		first, rest, _ := strings.Cut(line, ",")
		line = `"` + first + `",` + rest
	}
	return line
}

func (s *sheet) bytes() []byte {
	var b strings.Builder
	b.WriteString(s.head)
	if len(s.rows) > 0 && !strings.HasSuffix(s.head, "\n") {
		b.WriteString("\n")
	}
	for i, x := range s.rows {
		b.WriteString(s.before[i])
		b.WriteString(x.raw)
	}
	b.WriteString(s.before[len(s.rows)])
	return []byte(b.String())
}

// Repoint lets everything that points at a unit point at another: routes, duties and the
// unit that reads what nobody else can place. It returns how many rows that were.
func (f Files) Repoint(from, to string) (n int, err error) {
	for _, name := range []string{TableRoutes, TableDuty} {
		t, _ := TableOf(name)
		s, err := f.sheet(t)
		if err != nil {
			return n, err
		}
		for i, x := range s.rows {
			cells := map[string]string{}
			if x.Cells["unit"] == from {
				cells["unit"] = to
			}
			if also := strings.Split(x.Cells["also"], "|"); slices.Contains(also, from) {
				also = slices.DeleteFunc(also, func(u string) bool { return u == from || u == to })
				cells["also"] = strings.Join(append(also, to), "|")
			}
			if len(cells) == 0 {
				continue
			}
			n++
			if err := s.set(i, cells); err != nil {
				return n, err
			}
		}
		f[t.File] = s.bytes()
	}
	var id Identity
	if _, err := toml.Decode(string(f[fileRegion]), &id); err == nil && id.Triage == from {
		n++
		return n, f.SetIdentity("", "triage_unit", to)
	}
	return n, nil
}
