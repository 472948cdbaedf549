package casework_test

import (
	"testing"

	"tanggap/internal/apptest"
	"tanggap/internal/casework"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// A draft that is sent as it stood counts as taken, also where the message is of another
// kind than its service usually is and the draft begins accordingly.
func TestDrafted(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBench(t, s)
		c := b.open("PJU-PADAM")
		if err := s.AddDecision(t.Context(), &store.Decision{Region: c.Region, CaseID: c.ID, CitizenID: c.CitizenID, Kind: casework.KindMatter,
			Value: string(tanggap.KindInformation), State: store.DecisionAuto}); err != nil {
			t.Fatal(err)
		}
		usual := b.Draft(s, b.p, c, "", "id")
		asked := b.Draft(s, b.p, c, tanggap.KindInformation, "id")
		if usual == asked {
			t.Fatal("both kinds have one draft")
		}
		for _, x := range []struct{ words, state string }{{asked, store.DecisionAccepted}, {usual, store.DecisionChanged}, {asked + " Salam.", store.DecisionChanged}} {
			c = b.act(c.ID, func(tx *store.Store, c *store.Case) error {
				return b.Drafted(t.Context(), tx, b.p, c, officer, x.words)
			})
			list, err := s.Decisions(t.Context(), c.Region, c.ID)
			if err != nil {
				t.Fatal(err)
			}
			last := list[len(list)-1]
			for _, d := range list {
				if d.Kind == casework.KindDraft && !d.MadeAt.Before(last.MadeAt) && d.ID > last.ID {
					last = d
				}
			}
			if last.Kind != casework.KindDraft || last.State != x.state {
				t.Errorf("%q is recorded as %s %s, want %s", x.words, last.Kind, last.State, x.state)
			}
		}
	})
}
