package region

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// row is one line of a table. Its methods read a cell and report what is wrong.
type row struct {
	l     *loader
	file  string
	line  int
	cells map[string]string
}

// table reads the CSV file and calls read for each row. Every column must be
// there, in any order, and no other; one that is named with "?" behind it came later and
// may be missing in packs that are older, where its cells are empty. Lines that begin with # are comments.
func (l *loader) table(file string, columns []string, read func(row)) {
	data, ok := l.files[file]
	if !ok {
		return
	}
	if !utf8.Valid(data) {
		l.add(file, 0, "", "File bukan UTF-8, sehingga huruf bisa rusak. Simpan ulang sebagai CSV UTF-8.")
		return
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.Comment = '#'
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	var header []string
	for {
		record, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			var parse *csv.ParseError
			line := 0
			if errors.As(err, &parse) {
				line = parse.Line
			}
			l.add(file, line, "", "Tanda kutip tidak lengkap atau salah tempat, sehingga baris ini dan sesudahnya tidak terbaca. Periksa tanda \" pada baris ini.")
			return
		}
		line, _ := r.FieldPos(0)
		if header == nil {
			if header = l.header(file, line, slices.Clone(record), columns); header == nil {
				return
			}
			continue
		}
		if len(record) != len(header) {
			l.add(file, line, "", "Baris ini punya %d kolom, seharusnya %d. Periksa koma dan tanda kutip.", len(record), len(header))
			continue
		}
		if len(l.lines[file]) >= maxRows {
			l.add(file, line, "", "Lebih dari %d baris. Hapus baris yang tidak perlu.", maxRows)
			return
		}
		cells := make(map[string]string, len(header))
		for i, name := range header {
			cells[name] = strings.TrimSpace(record[i])
		}
		l.lines[file] = append(l.lines[file], line)
		read(row{l, file, line, cells})
	}
	if header == nil {
		l.add(file, 0, "", "File kosong. Tulis baris judul: %s.", strings.ReplaceAll(strings.Join(columns, ","), "?", ""))
	}
}

// header returns the column names of a table, or nil after reporting what is wrong.
func (l *loader) header(file string, line int, record, columns []string) []string {
	bad := false
	var needed []string
	columns = slices.Clone(columns)
	for i, name := range columns {
		var later bool
		if columns[i], later = strings.CutSuffix(name, "?"); !later {
			needed = append(needed, name)
		}
	}
	for i, name := range record {
		record[i] = strings.TrimSpace(name)
		if !slices.Contains(columns, record[i]) {
			l.add(file, line, record[i], "Kolom ini tidak dikenal. Hapus, atau perbaiki ejaannya; kolom yang ada: %s.", strings.Join(columns, ", "))
			bad = true
		} else if slices.Contains(record[:i], record[i]) {
			l.add(file, line, record[i], "Kolom ini ditulis dua kali. Hapus salah satu.")
			bad = true
		}
	}
	for _, name := range needed {
		if !slices.Contains(record, name) {
			l.add(file, line, name, "Kolom ini tidak ada. Tambahkan pada baris judul; isinya boleh kosong bila petunjuk mengizinkan.")
			bad = true
		}
	}
	if bad {
		return nil
	}
	return record
}

func (r row) add(field, format string, args ...any) { r.l.add(r.file, r.line, field, format, args...) }

// text reads a cell that may be empty.
func (r row) text(field string) string { return r.cells[field] }

// need reads a cell that must not be empty.
func (r row) need(field string) string {
	s := r.cells[field]
	if s == "" {
		r.add(field, "Kolom ini kosong, padahal wajib diisi. Isi kolom ini.")
	}
	return s
}

// yes reads "ya" or "tidak"; an empty cell means tidak.
func (r row) yes(field string) bool {
	switch r.cells[field] {
	case "ya":
		return true
	case "", "tidak":
	default:
		r.add(field, "%q tidak dikenal. Tulis ya atau tidak.", r.cells[field])
	}
	return false
}

// count reads a whole number between low and high; an empty cell means 0.
func (r row) count(field string, low, high int) int {
	s := r.cells[field]
	if s == "" && low <= 0 {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < low || n > high {
		r.add(field, "%q bukan bilangan bulat antara %d dan %d. Perbaiki angkanya.", s, low, high)
		return low
	}
	return n
}

// oneOf reads one of the words.
func (r row) oneOf(field string, words ...string) string {
	s := r.cells[field]
	if !slices.Contains(words, s) {
		r.add(field, "%q tidak dikenal. Pilih salah satu: %s.", s, strings.Join(words, ", "))
	}
	return s
}

// list reads parts divided by "|".
func (r row) list(field string) []string {
	var out []string
	for part := range strings.SplitSeq(r.cells[field], "|") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
