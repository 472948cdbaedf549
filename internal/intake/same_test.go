package intake_test

import (
	"slices"
	"testing"

	"tanggap/internal/apptest"
	"tanggap/internal/casework"
	"tanggap/internal/similar"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Three citizens report one fallen tree, a fourth another one elsewhere. The computer
// offers what is the same; an officer joins it; the event moves its cases forward, and
// each citizen keeps his own.
func TestReportsOfOneEvent(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		d.Similar = similar.NewBook()
		first := d.say("wamid.1", "628110000001", "lampu jalan mati di kelurahan Lamangga dekat pos ronda sudah tiga hari")
		second := d.say("wamid.2", "628110000002", "dekat pos ronda kelurahan Lamangga lampu jalannya mati gelap sekali")
		other := d.say("wamid.3", "628110000003", "lampu jalan mati di kelurahan Tarafu dekat pos ronda sudah tiga hari")
		offered := func(caseID string) *store.Decision {
			list, err := s.Decisions(t.Context(), apptest.Region, caseID)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(list, func(x *store.Decision) bool { return x.Kind == casework.KindSame })
			if i < 0 {
				return nil
			}
			return list[i]
		}
		if x := offered(first.CaseID); x != nil {
			t.Errorf("the first report resembles %+v", x)
		}
		if x := offered(other.CaseID); x != nil {
			t.Errorf("the other kelurahan resembles %+v", x)
		}
		x := offered(second.CaseID)
		if x == nil || x.Value != first.CaseID || x.State != store.DecisionOpen || len(x.Reasons) == 0 {
			t.Fatalf("the second report: %+v", x)
		}
		read := func(id string) *store.Case {
			c, err := s.Case(t.Context(), apptest.Region, id)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		do := func(fn func(tx *store.Store, a, b *store.Case) error) error {
			return s.InTx(t.Context(), func(tx *store.Store) error {
				a, err := tx.Case(t.Context(), apptest.Region, second.CaseID)
				if err != nil {
					return err
				}
				b, err := tx.Case(t.Context(), apptest.Region, first.CaseID)
				if err != nil {
					return err
				}
				return fn(tx, a, b)
			})
		}
		join := func(tx *store.Store, a, b *store.Case) error { return d.Desk.Join(t.Context(), tx, a, b, "officer-1") }
		if err := do(join); err != nil {
			t.Fatal(err)
		}
		a, b := read(first.CaseID), read(second.CaseID)
		if a.Incident != a.ID || b.Incident != a.ID || a.Number == b.Number {
			t.Errorf("incidents %q and %q of %q", a.Incident, b.Incident, a.ID)
		}
		if a.Lead != 4 || b.Lead != 4 || !a.RankAt.Equal(a.DueAt.Add(-4*60*60*1e9)) {
			t.Errorf("two citizens move it %d and %d hours, rank %s of due %s", a.Lead, b.Lead, a.RankAt, a.DueAt)
		}
		if x := offered(second.CaseID); x.State != store.DecisionAccepted || x.OfficerID != "officer-1" {
			t.Errorf("the suggestion is %+v", x)
		}
		if err := do(join); tanggap.CodeOf(err) != tanggap.Conflict {
			t.Errorf("joined twice: %v", err)
		}
		if err := do(func(tx *store.Store, a, _ *store.Case) error { return d.Desk.Part(t.Context(), tx, a, "officer-1") }); err != nil {
			t.Fatal(err)
		}
		if a, b := read(first.CaseID), read(second.CaseID); b.Incident != "" || a.Lead != 0 || b.Lead != 0 {
			t.Errorf("parted: %+v, leads %d and %d", b.Incident, a.Lead, b.Lead)
		}
	})
}

// Where a citizen wrote from before is a hint for the officer, and decides nothing.
func TestEarlierPlaceIsAHint(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		d.say("wamid.1", "628110000001", "lampu jalan mati di kelurahan Lamangga sudah tiga hari")
		in := d.say("wamid.2", "628110000001", "air pdam keruh kuning tidak bisa diminum, mohon dicek")
		c, err := s.Case(t.Context(), apptest.Region, in.CaseID)
		if err != nil {
			t.Fatal(err)
		}
		list, err := s.Decisions(t.Context(), apptest.Region, in.CaseID)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(list, func(x *store.Decision) bool {
			return x.Kind == casework.KindArea && x.CaseID == in.CaseID && x.Value == ""
		})
		if i < 0 || c.Area != "" || len(list[i].Candidates) != 1 || list[i].Candidates[0].Value != "74.72.06.1008" {
			t.Errorf("area %q, decisions %+v", c.Area, list)
		}
	})
}
