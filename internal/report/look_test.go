package report_test

import (
	"os"
	"testing"

	"tanggap/internal/report"
	"tanggap/internal/report/sample"
)

func TestLook(t *testing.T) {
	dir := os.Getenv("LOOK")
	if dir == "" {
		t.Skip()
	}
	for _, k := range sample.Kinds {
		m := sample.Month(k)
		w := report.Write(m)
		d, err := report.Monthly(m, &w)
		if err != nil {
			t.Fatal(err)
		}
		d.Draft, d.Version, d.Hash, d.Made, d.Link = k == "sedikit", 1, "8f14e45fceea167a5a36dedd4bea2543aabbccddeeff00112233445566778899", m.DataTo, "https://lapor.contoh.go.id/dokumen/8f14e45fceea167a5a36dedd4bea2543"
		b, err := d.PDF()
		if err != nil {
			t.Fatal(err)
		}
		os.WriteFile(dir+"/"+k+".pdf", b, 0o644)
		if b, err = d.XLSX(); err != nil {
			t.Fatal(err)
		}
		os.WriteFile(dir+"/"+k+".xlsx", b, 0o644)
		if b, err = d.HTML(); err != nil {
			t.Fatal(err)
		}
		os.WriteFile(dir+"/"+k+".html", b, 0o644)
	}
}
