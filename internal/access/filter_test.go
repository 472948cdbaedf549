package access

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tanggap/internal/apptest"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// TestFiltersSelectWhatCanAllows lists one case of every sort by every filter: none
// that Can forbids is read, and none that it allows is hidden.
func TestFiltersSelectWhatCanAllows(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		p := &region.Pack{Identity: region.Identity{Code: apptest.Region, Triage: "T"}}
		cases := everySort(t, s)
		list := func(rt *rapid.T, f store.CaseFilter) []string {
			f.Limit = 100
			got, err := s.Cases(t.Context(), f)
			if err != nil {
				rt.Fatal(err)
			}
			var ids []string
			for _, c := range got {
				ids = append(ids, c.ID)
			}
			return ids
		}
		rapid.Check(t, func(rt *rapid.T) {
			actor := Actor{ID: rapid.SampledFrom([]string{me, me, me, ""}).Draw(rt, "who"), Grants: rapid.SliceOfN(genGrant(), 0, 4).Draw(rt, "grants")}
			for i, g := range actor.Grants {
				if g.Region == "R" {
					actor.Grants[i].Region = apptest.Region
				}
			}
			units := rapid.SampledFrom([][]string{nil, {"A"}, {"A", "B"}, {"T"}, {"X"}}).Draw(rt, "units")
			listed, mine := list(rt, ListFilter(actor, p, units...)), list(rt, AssignedFilter(actor, p))
			for _, c := range cases {
				may := Can(actor, CaseList, Of(p, c))
				if want := may && (units == nil || slices.Contains(units, c.Unit)); slices.Contains(listed, c.ID) != want {
					rt.Fatalf("%+v among %v: unit %s, secret %v, officer %q is listed: %v", actor, units, c.Unit, c.Secret, c.OfficerID, !want)
				}
				if want := may && c.OfficerID == me; slices.Contains(mine, c.ID) != want {
					rt.Fatalf("%+v: unit %s, secret %v, officer %q is his: %v", actor, c.Unit, c.Secret, c.OfficerID, !want)
				}
			}
		})
	})
}

// TestHeadOfOneUnitMemberOfAnother holds the mixed case in words.
func TestHeadOfOneUnitMemberOfAnother(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		p := &region.Pack{Identity: region.Identity{Code: apptest.Region, Triage: "T"}}
		everySort(t, s)
		actor := Actor{ID: me, Grants: []Grant{{Role: UnitOfficer, Region: apptest.Region, Unit: "A"}, {Role: UnitHead, Region: apptest.Region, Unit: "B"}}}
		got, err := s.Cases(t.Context(), ListFilter(actor, p))
		if err != nil {
			t.Fatal(err)
		}
		count := map[string]int{}
		for _, c := range got {
			if c.Secret {
				count[c.Unit+c.OfficerID]++
			}
		}
		if len(got) != 10 || count["B"] != 1 || count["B"+other] != 1 || count["A"+me] != 1 || count["A"] != 0 || count["A"+other] != 0 {
			t.Errorf("%d cases, secret ones %v", len(got), count)
		}
	})
}

// everySort adds a case of every unit, secret or not, of every officer.
func everySort(t *testing.T, s *store.Store) []*store.Case {
	t.Helper()
	var out []*store.Case
	err := s.InTx(t.Context(), func(tx *store.Store) error {
		out = nil
		who := &store.Citizen{Region: apptest.Region, Name: "Warga Contoh", Lang: "id"}
		if err := tx.AddCitizen(t.Context(), who); err != nil {
			return err
		}
		for _, unit := range []string{"A", "B", "T"} {
			for _, secret := range []bool{false, true} {
				for _, officer := range []string{"", me, other} {
					c := &store.Case{Region: apptest.Region, State: tanggap.Assigned, Urgency: tanggap.Normal, Channel: "web", CitizenID: who.ID,
						Unit: unit, Secret: secret, OfficerID: officer, OpenedAt: tx.Clock().Now()}
					if err := tx.AddCase(t.Context(), c, "BAU", time.UTC); err != nil {
						return err
					}
					out = append(out, c)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
