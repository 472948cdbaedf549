package intake_test

import (
	"strings"
	"testing"

	"tanggap/internal/apptest"
	"tanggap/internal/casework"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Two matters in one message: the first is worked on as the case, the second becomes a
// case of its own when an officer says so, once.
func TestSecondMatterBecomesACase(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		in := d.say("wamid.two", "628110000001", "Lampu jalan mati di lorong kami kelurahan Lipu. Sampah juga menumpuk tidak diangkut sudah seminggu di dekat pasar.")
		split := func() ([]*store.Case, error) {
			var out []*store.Case
			err := s.InTx(t.Context(), func(tx *store.Store) error {
				c, err := tx.Case(t.Context(), apptest.Region, in.CaseID)
				if err != nil {
					return err
				}
				out, err = d.Desk.Split(t.Context(), tx, apptest.Pack(t), c, "officer-1")
				return err
			})
			return out, err
		}
		opened, err := split()
		if err != nil || len(opened) != 1 {
			t.Fatalf("%d cases, %v", len(opened), err)
		}
		c, err := s.Case(t.Context(), apptest.Region, opened[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(c.Service, "SMP-") && c.Service != "PJU-PADAM" || c.State != tanggap.Assigned || c.Follows != in.CaseID {
			t.Errorf("%+v", c)
		}
		said, err := s.Messages(t.Context(), apptest.Region, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(said[0].Body, "Lampu") == strings.Contains(said[0].Body, "Sampah") {
			t.Errorf("the new case says %q", said[0].Body)
		}
		list, err := s.Decisions(t.Context(), apptest.Region, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != 1 || list[0].Kind != casework.KindService || list[0].OfficerID != "officer-1" || list[0].FinalValue != c.Service {
			t.Errorf("decisions %+v", list)
		}
		if _, err := split(); tanggap.CodeOf(err) != tanggap.Conflict {
			t.Errorf("split twice: %v", err)
		}
	})
}
