package report_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tanggap/internal/report"
	"tanggap/internal/report/sample"
)

// TestWords holds the sentences of months of every kind against a golden file.
func TestWords(t *testing.T) {
	var b strings.Builder
	for _, kind := range sample.Kinds {
		w := report.Write(sample.Month(kind))
		fmt.Fprintf(&b, "== %s\n", kind)
		for _, p := range append(w.Paragraphs, w.Matters...) {
			text := ""
			for _, s := range p.Spans() {
				text += s.Text
			}
			fmt.Fprintf(&b, "%s: %q\n", p.Key, text)
		}
	}
	const golden = "testdata/words.txt"
	if os.Getenv("UPDATE") != "" {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("the sentences changed; read them and run UPDATE=1 go test:\n%s", diff)
	}
}

// TestEverySentenceKeepsItsFiguresLocked: no digit of a generated sentence stands outside
// of a locked value, and what the rules wrote passes its own check.
func TestEverySentenceKeepsItsFiguresLocked(t *testing.T) {
	for _, kind := range sample.Kinds {
		w := report.Write(sample.Month(kind))
		for _, p := range append(w.Paragraphs, w.Matters...) {
			for _, s := range p.Spans() {
				if !s.Locked && strings.ContainsFunc(s.Text, unicode.IsNumber) {
					t.Errorf("%s, %s: %q is not locked", kind, p.Key, s.Text)
				}
				if s.Locked && kind != sample.Hostile && strings.Contains(s.Text, "{") {
					t.Errorf("%s, %s: %s has no value", kind, p.Key, s.Text)
				}
			}
			if err := p.Edit("Menurut catatan kami: " + p.Source); err != nil {
				t.Errorf("%s, %s: %v", kind, p.Key, err)
			}
		}
	}
}

func TestFiguresCannotBeEdited(t *testing.T) {
	fresh := func() report.Paragraph {
		return report.Paragraph{Key: "x", Source: "{masuk} laporan, {tepat} tepat waktu.", Values: []report.Value{{Name: "masuk", Text: "4.812"}, {Name: "tepat", Text: "87%"}}}
	}
	for text, ok := range map[string]bool{
		"Ada {masuk} laporan; {tepat} tepat waktu, terima kasih.": true,
		"{tepat} tepat waktu dari {masuk} laporan.":               true,
		"":                                     true,
		"4.812 laporan, {tepat} tepat waktu.":  false, // typed instead of locked
		"{masuk} laporan.":                     false, // bad news left out
		"{masuk} {masuk} laporan, {tepat}.":    false,
		"{masuk} laporan, {tepat}, hampir 95%": false,
		"{masuk} laporan, {tepat} dan ½ lagi":  false,
		"{masuk} laporan, {tepat}, ٣ lagi":     false,
		"{masuk} {lain} {tepat}":               false,
		"{masuk {tepat} masuk}":                false,
		strings.Repeat("a", 2000):              false,
	} {
		p := fresh()
		if err := p.Edit(text); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		p := fresh()
		text := rapid.StringOf(rapid.RuneFrom([]rune("ab {}19²masuktepat.,"))).Draw(t, "text")
		if p.Edit(text) != nil || p.Edited == "" {
			return
		}
		var locked []string
		for _, s := range p.Spans() {
			if s.Locked {
				locked = append(locked, s.Text)
			} else if strings.ContainsFunc(s.Text, unicode.IsNumber) {
				t.Fatalf("%q got a digit in", text)
			}
		}
		if len(locked) != 2 || !strings.Contains("4.812 87%", locked[0]) {
			t.Fatalf("%q lost a figure: %v", text, locked)
		}
	})
}

func TestAllOrNothing(t *testing.T) {
	w := report.Write(sample.Month(sample.Usual))
	before := w.Paragraphs[0].Text()
	err := w.Edit(report.Edits{Paragraphs: map[string]string{report.Conclusion: "Kata baru: " + before, report.Load: "9 layanan"}, Remark: "baru"})
	if err == nil || w.Paragraphs[0].Text() != before || w.Remark != "" {
		t.Errorf("%v, %q, %q", err, w.Paragraphs[0].Text(), w.Remark)
	}
	if err := w.Edit(report.Edits{Remark: "Terima kasih 100 kali", Next: " satu \n\ndua\n", Results: []string{"selesai"}}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"satu", "dua"}, w.Next); diff != "" || w.Remark != "Terima kasih 100 kali" || w.Follow[0].Result != "selesai" {
		t.Error(diff, w.Remark, w.Follow)
	}
}

// TestChanceIsNoTrend: months drawn from the same city are called a rise or fall about
// once in twenty, not more.
func TestChanceIsNoTrend(t *testing.T) {
	called, months := 0, 400
	seed := uint64(7)
	draw := func(mean float64) int { // a Poisson count by adding up uniform draws
		n, sum := 0, 0.0
		for sum < mean*10 {
			seed = seed*6364136223846793005 + 1442695040888963407
			sum += 20 * float64(seed>>40) / float64(1<<24)
			n++
		}
		return n
	}
	for range months {
		m := sample.Month(sample.Usual)
		m.Received = report.Pair{}
		for i := range m.Daily {
			d := &m.Daily[i]
			d.N = draw(40)
			switch d.Day[:7] {
			case "2026-10":
				m.Received.Now += d.N
			case "2026-09":
				m.Received.Before += d.N
			}
		}
		w := report.Write(m)
		if !strings.Contains(w.Paragraphs[0].Source, "kira-kira sama") {
			called++
		}
	}
	if called > months/12 {
		t.Errorf("%d of %d months without change are called one", called, months)
	}
}
