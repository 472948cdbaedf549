package view

import (
	"strings"
	"testing"
	"time"
)

var (
	wib  = time.FixedZone("", 7*3600)
	wita = time.FixedZone("", 8*3600)
	wit  = time.FixedZone("", 9*3600)
)

func TestTimes(t *testing.T) {
	at := time.Date(2026, 11, 23, 7, 4, 0, 0, time.UTC)
	for _, c := range []struct {
		f         Format
		got, want string
	}{
		{f: Format{"id", wita}, want: "Senin, 23 November 2026 pukul 15.04 WITA"},
		{f: Format{"id", wib}, want: "Senin, 23 November 2026 pukul 14.04 WIB"},
		{f: Format{"id", wit}, want: "Senin, 23 November 2026 pukul 16.04 WIT"},
		{f: Format{"en", wita}, want: "Monday, 23 November 2026 at 15:04 WITA"},
		{f: Format{"id", nil}, want: "Senin, 23 November 2026 pukul 07.04 UTC"},
	} {
		if got := c.f.Moment(at); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	f := Format{"id", wita}
	for got, want := range map[string]string{
		f.Medium(at): "23 Nov 2026, 15.04 WITA",
		f.Medium(time.Date(2026, 8, 17, 20, 0, 0, 0, time.UTC)): "18 Agu 2026, 04.00 WITA",
		f.Clock(at):                       "15.04 WITA",
		f.Month(at):                       "November 2026",
		f.ISO(at):                         "2026-11-23T15:04:00+08:00",
		f.Days(at, at.AddDate(0, 0, 3)):   "23–26 November 2026",
		f.Days(at, at.AddDate(0, 0, 9)):   "23 November–2 Desember 2026",
		f.Days(at, at.AddDate(0, 2, 0)):   "23 November 2026–23 Januari 2027",
		f.Days(at, at):                    "23 November 2026",
		f.Ago(at.Add(2*time.Hour), at):    "2 jam lalu",
		f.Ago(at.Add(20*time.Second), at): "baru saja",
		f.Ago(at.Add(24*time.Hour), at):   "23 Nov 2026, 15.04 WITA",
		f.Ago(at.Add(-time.Hour), at):     "23 Nov 2026, 15.04 WITA",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestLengths(t *testing.T) {
	for _, c := range []struct {
		d             time.Duration
		id, brief, en string
	}{
		{30 * time.Second, "30 detik", "30 detik", "30 seconds"},
		{time.Minute, "1 menit", "1 mnt", "1 minute"},
		{119 * time.Minute, "119 menit", "119 mnt", "119 minutes"},
		{2 * time.Hour, "2 jam", "2 jam", "2 hours"},
		{47 * time.Hour, "47 jam", "47 jam", "47 hours"},
		{48 * time.Hour, "2 hari", "2 hari", "2 days"},
		{-50 * time.Hour, "2 hari", "2 hari", "2 days"},
	} {
		id, en := Format{"id", wita}, Format{"en", wita}
		if got := id.Duration(c.d); got != c.id {
			t.Errorf("%v: got %q, want %q", c.d, got, c.id)
		}
		if got := id.Brief(c.d); got != c.brief {
			t.Errorf("%v: got %q, want %q", c.d, got, c.brief)
		}
		if got := en.Duration(c.d); got != c.en {
			t.Errorf("%v: got %q, want %q", c.d, got, c.en)
		}
	}
}

func TestNumbers(t *testing.T) {
	id, en := Format{"id", wita}, Format{"en", wita}
	for got, want := range map[string]string{
		id.Number(1234567.891, 2): "1.234.567,89", en.Number(1234567.891, 2): "1,234,567.89",
		id.Number(999, 0): "999", id.Number(1000, 0): "1.000", id.Number(-1250, 0): "−1.250", id.Number(-.001, 1): "0,0",
		id.Percent(.125): "12,5%", id.Percent(.94): "94%", en.Percent(.125): "12.5%", id.Percent(1): "100%", id.Percent(0): "0%",
		GroupCode("7K3F92QXM4TD5"): "7K3F-92QX-M4TD5", GroupCode("short"): "short",
		phone("6281100000001"): "+62 811-0000-0001", phone("628110000"): "+628110000", phone("62811000000"): "+62 811-0000-00",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestDeadlineTone(t *testing.T) {
	opened := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	due := opened.Add(100 * time.Minute)
	for minute, want := range map[int]string{0: "grey", 49: "grey", 50: "warn", 74: "warn", 75: "bad", 100: "bad", 200: "bad"} {
		if got := deadlineTone(opened.Add(time.Duration(minute)*time.Minute), opened, due); got != want {
			t.Errorf("after %d of 100 minutes: %s, want %s", minute, got, want)
		}
	}
}

func TestConfidenceWords(t *testing.T) {
	for p, want := range map[float64]string{1: "confidence.sure", .9: "confidence.sure", .899: "confidence.fair", .7: "confidence.fair", .69: "confidence.doubtful", 0: "confidence.doubtful"} {
		if got := confidenceKey(p); got != want {
			t.Errorf("%v: %s, want %s", p, got, want)
		}
	}
}

func TestChatText(t *testing.T) {
	for in, want := range map[string]string{
		"a *tebal* b":                     "a <strong>tebal</strong> b",
		"satu\ndua":                       "satu<br>dua",
		"<script>alert(1)</script>":       "&lt;script&gt;alert(1)&lt;/script&gt;",
		"lihat https://contoh.go.id/l/A.": `lihat <a href="https://contoh.go.id/l/A">https://contoh.go.id/l/A</a>.`,
		`https://a.id/?x=1&y="onload=1`:   `<a href="https://a.id/?x=1&amp;y=">https://a.id/?x=1&amp;y=</a>&#34;onload=1`,
		"https://a.id/*b* *c*":            `<a href="https://a.id/*b*">https://a.id/*b*</a> <strong>c</strong>`,
		"javascript:alert(1) http://":     "javascript:alert(1) http://",
	} {
		if got := string(chatText(in)); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// FuzzChatText: nothing a citizen types becomes a tag other than ours.
func FuzzChatText(f *testing.F) {
	for _, s := range []string{"*a*", "https://x.id/<b>", "*<i>*", "*https://a.id/*", "http://\"'>", "\x00\xff"} {
		f.Add(s)
	}
	ours := strings.NewReplacer("<strong>", "", "</strong>", "", "<br>", "", "</a>", "")
	f.Fuzz(func(t *testing.T, s string) {
		out := ours.Replace(string(chatText(s)))
		for _, part := range strings.Split(out, "<")[1:] {
			link, _, ok := strings.Cut(part, `">`)
			if !ok || !strings.HasPrefix(link, `a href="http`) || strings.ContainsAny(link[len(`a href="`):], `"'<> `) {
				t.Fatalf("%q became %q", s, out)
			}
		}
	})
}
