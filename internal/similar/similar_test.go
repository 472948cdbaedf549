package similar_test

import (
	"encoding/csv"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"tanggap/internal/apptest"
	"tanggap/internal/learn"
	"tanggap/internal/region"
	"tanggap/internal/similar"
	"tanggap/internal/triage"
)

type report struct {
	group int
	facts similar.Facts
	text  string
}

func reader(t *testing.T) (*region.Pack, *triage.Engine) {
	t.Helper()
	fsys, err := region.Embedded("baubau")
	if err != nil {
		t.Fatal(err)
	}
	p, err := region.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if dir := apptest.ModelsDir(); dir != "" {
		m, err := (&learn.Registry{Dir: dir, Log: apptest.Log()}).Seed(p)
		if err != nil {
			t.Fatal(err)
		}
		return p, triage.New(p, m)
	}
	m, err := triage.Train(p)
	if err != nil {
		t.Fatal(err)
	}
	return p, triage.New(p, m)
}

func incidents(t *testing.T, p *region.Pack, e *triage.Engine) []report {
	t.Helper()
	file, err := os.Open("testdata/incidents.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []report
	for _, r := range rows[1:] {
		group, err := strconv.Atoi(r[0])
		if err != nil {
			t.Fatal(err)
		}
		hours, err := strconv.ParseFloat(r[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		list := e.Decide(triage.Input{Text: r[2]})
		service, _ := list.Get(triage.Service)
		area, _ := list.Get(triage.Area)
		at := apptest.Start.Add(time.Duration(hours * float64(time.Hour)))
		kind, _ := p.Service(service.Value)
		f := similar.For(p, kind, r[2], area.Value, at)
		out = append(out, report{group, f, r[2]})
	}
	return out
}

// The reports of testdata/incidents.csv are read as they come in, by the real engine.
// Groups of one number are one matter; most single ones are near misses: another place,
// another week, another matter in the same street. Odd groups were used to choose the
// weights, even ones only to measure.
func TestSameMatter(t *testing.T) {
	p, e := reader(t)
	var usual []string
	for _, s := range p.Seeds {
		usual = append(usual, s.Text)
	}
	all := incidents(t, p, e)
	x := similar.New(usual)
	at := map[uuid.UUID]report{}
	var with, found, offered, right [2]int
	for i, r := range all {
		half := 1 - r.group%2
		mate := false
		for _, before := range all[:i] {
			mate = mate || before.group == r.group
		}
		hit := false
		for _, m := range x.Find(r.facts, similar.Window, 3) {
			if m.P < similar.SameFrom {
				continue
			}
			offered[half]++
			if at[m.ID].group == r.group {
				right[half]++
				hit = true
			} else {
				t.Logf("wrong %.2f: %q and %q %v", m.P, r.text, at[m.ID].text, m.Why)
			}
		}
		if mate {
			with[half]++
			if hit {
				found[half]++
			} else {
				t.Logf("missed: %q", r.text)
			}
		}
		id := uuid.New()
		at[id] = r
		x.Add(id, r.facts)
	}
	for half, name := range []string{"chosen on", "measured on"} {
		recall, precision := float64(found[half])/float64(with[half]), float64(right[half])/float64(offered[half])
		t.Logf("%s: recall %.3f of %d, precision %.3f of %d", name, recall, with[half], precision, offered[half])
		if recall < 0.85 || precision < 0.9 {
			t.Errorf("%s: recall %.3f, precision %.3f", name, recall, precision)
		}
	}
}
