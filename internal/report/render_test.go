package report_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"tanggap/internal/report"
	"tanggap/internal/report/sample"
)

func document(t *testing.T, kind string) *report.Document {
	t.Helper()
	m := sample.Month(kind)
	w := report.Write(m)
	d, err := report.Monthly(m, &w)
	if err != nil {
		t.Fatal(err)
	}
	d.State, d.Draft, d.Version, d.Made = "Draf", true, 2, m.DataTo
	d.Hash, d.Link = strings.Repeat("8f14e45f", 8), "https://lapor.contoh.go.id/dokumen/8f14e45f"
	rows := make([][]report.Cell, 0, len(sample.Nasty))
	for _, s := range sample.Nasty {
		rows = append(rows, []report.Cell{report.Str(s), report.Day(m.DataTo), report.Num(1)})
	}
	d.Cases = &report.Table{Sheet: "Daftar laporan", Columns: []report.Column{{Name: "Nomor"}, {Name: "Tanggal"}, {Name: "Jumlah", Number: true}}, Rows: rows}
	return d
}

// TestListOfCasesCanBeFiltered holds that the filter survives the streaming of the rows.
func TestListOfCasesCanBeFiltered(t *testing.T) {
	d := document(t, sample.Usual)
	b, err := d.XLSX()
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`<autoFilter ref="$A$1:$C$%d">`, len(d.Cases.Rows)+1)
	for _, f := range z.File {
		body, err := fs.ReadFile(z, f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(body), want) && strings.HasPrefix(f.Name, "xl/worksheets/") {
			return
		}
	}
	t.Errorf("no sheet has %s", want)
}

// TestEveryFormat makes every format of every kind of month twice: the same bytes, without
// what a clock or a map would change. With TANGGAP_LOOK set to a folder, it leaves the
// files there to be looked at.
func TestEveryFormat(t *testing.T) {
	for _, kind := range sample.Kinds {
		for format, render := range map[string]func(*report.Document) ([]byte, error){"pdf": (*report.Document).PDF, "xlsx": (*report.Document).XLSX, "html": (*report.Document).HTML} {
			a, err := render(document(t, kind))
			if err != nil {
				t.Fatalf("%s as %s: %v", kind, format, err)
			}
			b, err := render(document(t, kind))
			if err != nil || !bytes.Equal(a, b) {
				t.Errorf("%s as %s differs from itself (%v)", kind, format, err)
			}
			if dir := os.Getenv("TANGGAP_LOOK"); dir != "" {
				if err := os.WriteFile(filepath.Join(dir, kind+"."+format), a, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// TestNoCellIsAFormula reads the spreadsheet of hostile names again: every cell of words
// is text, none would be a formula after a way through CSV either.
func TestNoCellIsAFormula(t *testing.T) {
	b, err := document(t, sample.Hostile).XLSX()
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(b), excelize.Options{UnzipSizeLimit: 20 << 20, UnzipXMLSizeLimit: 20 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, want := range []string{"Ringkasan", "Data harian", "Per unit", "Per kelurahan", "Daftar laporan", "Keterangan"} {
		if i, err := f.GetSheetIndex(want); err != nil || i < 0 {
			t.Errorf("no sheet %s in %v", want, f.GetSheetList())
		}
	}
	cells, guarded := 0, 0
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		for r, row := range rows {
			for c, text := range row {
				cells++
				at, err := excelize.CoordinatesToCellName(c+1, r+1)
				if err != nil {
					t.Fatal(err)
				}
				formula, err := f.GetCellFormula(sheet, at)
				if err != nil || formula != "" {
					t.Errorf("%s!%s is a formula: %q, %v", sheet, at, formula, err)
				}
				kind, err := f.GetCellType(sheet, at)
				if err != nil {
					t.Fatal(err)
				}
				isText := kind == excelize.CellTypeSharedString || kind == excelize.CellTypeInlineString
				if isText && strings.ContainsAny(strings.TrimLeft(text, " ")[:min(1, len(strings.TrimLeft(text, " ")))], "=+-@\t\r") {
					t.Errorf("%s!%s begins like a formula: %q", sheet, at, text)
				}
				if strings.HasPrefix(text, "'") {
					guarded++
				}
			}
		}
	}
	if cells < 300 || guarded < 10 {
		t.Errorf("only %d cells looked at, %d of them guarded", cells, guarded)
	}
}

func TestHostileNamesAreNoMarkup(t *testing.T) {
	b, err := document(t, sample.Hostile).HTML()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(b, []byte("<script>alert")) || !bytes.Contains(b, []byte("&lt;script&gt;alert")) {
		t.Error("a name became markup")
	}
	if bytes.Contains(b, []byte(`href="javascript`)) || bytes.Contains(b, []byte("ZgotmplZ")) {
		t.Error("an address was not understood")
	}
}

// TestFirstPageIsComplete: whatever the month, the summary ends on page 1 (the second
// section begins on page 2, which a bookmark tells).
func TestFirstPageIsComplete(t *testing.T) {
	for _, kind := range sample.Kinds {
		if kind == sample.Hostile {
			continue
		}
		d := document(t, kind)
		d.Sections = d.Sections[:1]
		b, err := d.PDF()
		if err != nil {
			t.Fatal(err)
		}
		// One page of summary and the one of the signature at most.
		if n := bytes.Count(b, []byte("/Type /Page\n")); n < 1 || n > 2 {
			t.Errorf("%s: the summary takes %d pages", kind, n)
		}
	}
}

// TestOfAThousandKelurahan: long tables and many tiles neither fail nor take long.
func TestOfAThousandKelurahan(t *testing.T) {
	m := sample.Month(sample.Usual)
	for len(m.Areas) < 1000 {
		m.Areas = append(m.Areas, m.Areas[:34]...)
	}
	w := report.Write(m)
	d, err := report.Monthly(m, &w)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, err := d.PDF(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
}
