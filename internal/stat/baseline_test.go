package stat_test

import (
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/deadline"
	"tanggap/internal/stat"
	"tanggap/internal/store"
)

// The time before is counted in the working hours of the unit, as the program's own is.
func TestBaselines(t *testing.T) {
	p := apptest.Pack(t)
	at := func(day, hour int) time.Time { return time.Date(2026, 1, day, hour, 0, 0, 0, p.Location()) }
	// 9 January 2026 is a Friday.
	list := stat.Baselines(p, []stat.Old{
		{Unit: "PUPR", Opened: at(9, 9), Responded: at(9, 10), Ended: at(12, 9), DueAt: at(12, 16)},
		{Unit: "PUPR", Opened: at(8, 9), Responded: at(8, 10), Ended: at(14, 9), DueAt: at(13, 16)},
		{Unit: "PUPR", Opened: at(7, 9)},
		{Opened: at(20, 9), Ended: at(20, 11)},
	})
	if len(list) != 2 || list[0].Unit != "" || list[1].Unit != "PUPR" || list[1].FromDay != "2026-01-07" || list[1].ToDay != "2026-01-09" {
		t.Fatalf("%+v", list)
	}
	f, days, ok, err := stat.FiguresOf(list, []string{"PUPR"})
	if err != nil || !ok || f.Opened != 3 || f.Response.N != 2 || f.Resolution.N != 2 || f.OnTime != 1 || f.Late != 1 || days.To != (deadline.Date{Year: 2026, Month: 1, Day: 9}) {
		t.Errorf("%+v, %v, %v, %v", f, days, ok, err)
	}
	if m, _ := f.Response.Median(); m < 58 || m > 62 {
		t.Errorf("median response %v minutes, one hour was worked", m)
	}
	all, days, ok, err := stat.FiguresOf(list, nil)
	if err != nil || !ok || all.Opened != 4 || days.To.Day != 20 {
		t.Errorf("%+v, %v, %v, %v", all, days, ok, err)
	}
	if _, _, ok, err := stat.FiguresOf(list, []string{"DLH"}); ok || err != nil {
		t.Errorf("a unit of which nothing is known: %v, %v", ok, err)
	}
	weekend := stat.Baselines(p, []stat.Old{{Unit: "PUPR", Opened: at(9, 16), Responded: at(12, 8)}})
	if f, _, _, _ := stat.FiguresOf(weekend, nil); f.Response.N != 1 {
		t.Errorf("%+v", f)
	} else if m, _ := f.Response.Median(); m > 120 {
		t.Errorf("a weekend was counted as %v minutes of work", m)
	}
}

func TestEarlier(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		p, ctx := apptest.Pack(t), t.Context()
		r := &stat.Reader{Store: s}
		scope := stat.Scope{Region: apptest.Region, Units: []string{"DLH"}}
		if _, _, ok, err := r.Earlier(ctx, scope); ok || err != nil {
			t.Errorf("before anything was told: %v, %v", ok, err)
		}
		at := time.Date(2026, 1, 6, 9, 0, 0, 0, p.Location())
		put := func(old ...stat.Old) {
			t.Helper()
			if err := s.InTx(ctx, func(tx *store.Store) error { return tx.PutBaselines(ctx, apptest.Region, stat.Baselines(p, old)) }); err != nil {
				t.Fatal(err)
			}
		}
		put(stat.Old{Unit: "DLH", Opened: at, Ended: at.Add(2 * time.Hour)}, stat.Old{Unit: "PUPR", Opened: at})
		if f, _, ok, err := r.Earlier(ctx, scope); err != nil || !ok || f.Opened != 1 || f.Resolution.N != 1 {
			t.Errorf("%+v, %v, %v", f, ok, err)
		}
		put(stat.Old{Unit: "PUPR", Opened: at}) // replaces, and does not add
		if _, _, ok, err := r.Earlier(ctx, scope); ok || err != nil {
			t.Errorf("after another list: %v, %v", ok, err)
		}
	})
}
