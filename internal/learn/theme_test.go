package learn

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/store"
)

// A new need grows among talk that has nothing in common: it is found, once, with its
// words; one citizen who writes ten times makes no theme.
func TestThemesFindANewNeed(t *testing.T) {
	p := small(t)
	now := apptest.Start
	since := now.Add(-60 * 24 * time.Hour)
	var rows []*store.Unexplained
	add := func(citizen, words string, days int) {
		rows = append(rows, &store.Unexplained{CitizenID: citizen, Summary: words, Area: "74.72.08.1003", OpenedAt: now.Add(-time.Duration(days) * 24 * time.Hour)})
	}
	for i, words := range []string{
		"sinyal internet gratis di taman kota hilang", "wifi publik di taman tidak bisa tersambung", "wifi taman kota mati terus", "internet wifi gratis taman lemot",
		"password wifi taman kota apa", "wifi gratis di taman tidak konek",
	} {
		add(fmt.Sprint("warga-", i), words, 10-i)
	}
	for i := range 10 {
		add("seorang", "drone terbang rendah di atas rumah saya lagi", 20-i)
	}
	for i, words := range []string{"tolong", "apa kabar bapak", "permisi numpang lewat", "besok hari apa", "saya mau cerita panjang", "entah bagaimana ini"} {
		add(fmt.Sprint("lain-", i), words, 30-i)
	}
	slices.SortFunc(rows, func(a, b *store.Unexplained) int { return a.OpenedAt.Compare(b.OpenedAt) })
	got := Themes(p, rows, since, now)
	if len(got) != 1 {
		t.Fatalf("%d themes: %+v", len(got), got)
	}
	th := got[0]
	if !slices.Contains(th.Words, "wifi") || !slices.Contains(th.Words, "taman") || th.Citizens < 5 || th.Recent < 5 || th.Growth() < 2 || th.Areas["74.72.08.1003"] != th.Cases {
		t.Errorf("%+v", th)
	}
	service, seeds := th.Draft()
	if !strings.HasPrefix(service, "BARU-") || strings.Count(seeds, "\n") != len(th.Examples) {
		t.Errorf("draft %q, %q", service, seeds)
	}
	if again := Themes(p, rows, since, now); fmt.Sprint(again) != fmt.Sprint(got) {
		t.Errorf("another answer to the same question: %+v", again)
	}
	if Themes(p, nil, since, now) != nil {
		t.Error("themes of nothing")
	}
}
