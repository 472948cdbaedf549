package main

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// row is one labelled text.
type row struct {
	ID, Text, Label string
	Detail          string // a finer label, where the set has one
	Date            string // ISO, where the set has one; rows are in its order
	Split           string
}

// table reads a CSV or TSV file with a header, gzipped or not, into one map a line.
func table(name string) ([]map[string]string, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var in io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	r := csv.NewReader(in)
	r.LazyQuotes = true
	r.FieldsPerRecord = -1
	if strings.Contains(name, ".tsv") {
		r.Comma = '\t'
	}
	lines, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	columns := []string{"text", "label"} // SmSA has no header
	if len(lines) > 0 && (len(lines[0]) > 2 || lines[0][0] == "label") {
		columns, lines = lines[0], lines[1:]
	}
	var out []map[string]string
	for _, line := range lines {
		m := map[string]string{}
		for i, c := range columns {
			if i < len(line) {
				m[c] = line[i]
			}
		}
		out = append(out, m)
	}
	return out, nil
}

// rows reads a file of any of the sets' formats.
func rows(name string) ([]row, error) {
	lines, err := table(name)
	if err != nil {
		return nil, err
	}
	first := func(m map[string]string, keys ...string) string {
		for _, k := range keys {
			if m[k] != "" {
				return m[k]
			}
		}
		return ""
	}
	var out []row
	for _, m := range lines {
		out = append(out, row{
			ID: m["id"], Text: first(m, "text", "text_stemmed", "tweet"), Label: first(m, "unit", "category", "label"),
			Detail: m["topik"], Date: m["date"], Split: m["split"],
		})
	}
	return out, nil
}

// testRows reads the part of a set that is kept apart: the file of the same folder
// under dir, named "test" where the known file is named "train" or "valid".
func testRows(dir, known string) ([]row, error) {
	folder, base := filepath.Split(known)
	for _, name := range []string{
		strings.Replace(base, "train_valid", "test", 1), strings.Replace(base, "train", "test", 1),
		strings.Replace(base, "valid", "test", 1), base,
	} {
		for _, name := range []string{name, strings.TrimSuffix(name, ".gz")} {
			all, err := rows(filepath.Join(dir, folder, name))
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if all = splitOf(all, "test"); len(all) == 0 {
				return nil, fmt.Errorf("%s holds no rows: %w", name, fs.ErrNotExist)
			}
			return all, nil
		}
	}
	return nil, fmt.Errorf("no test part of %s in %s: %w", known, dir, fs.ErrNotExist)
}

// splitOf returns the rows of a split; a file without splits is one split.
func splitOf(all []row, split string) []row {
	var out []row
	marked := false
	for _, r := range all {
		marked = marked || r.Split == split
	}
	for _, r := range all {
		if r.Split == split || !marked {
			out = append(out, r)
		}
	}
	return out
}

// same is a text as far as two copies of it agree: its letters and digits.
func same(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// without drops the rows whose text occurs in the other sets.
func without(all []row, others ...[]row) []row {
	seen := map[string]bool{}
	for _, o := range others {
		for _, r := range o {
			seen[same(r.Text)] = true
		}
	}
	var out []row
	for _, r := range all {
		if !seen[same(r.Text)] {
			out = append(out, r)
		}
	}
	return out
}
