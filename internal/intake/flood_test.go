package intake_test

import (
	"fmt"
	"testing"

	"tanggap/internal/apptest"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// However much one citizen writes into one case, every word is kept, what the computer
// reads stays bounded, and a danger still rings.
func TestManyMessagesInOneCaseStayCheap(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		sent := 0
		last := func(n int) *store.Inbound {
			var in *store.Inbound
			for range n {
				sent++
				in = d.say(fmt.Sprintf("wamid.%d", sent), "628110000001", fmt.Sprintf("semen genteng %d seng", sent))
			}
			return in
		}
		count := func(in *store.Inbound) (messages, decisions int) {
			t.Helper()
			said, err := s.Messages(t.Context(), apptest.Region, in.CaseID)
			if err != nil {
				t.Fatal(err)
			}
			list, err := s.Decisions(t.Context(), apptest.Region, in.CaseID)
			if err != nil {
				t.Fatal(err)
			}
			return len(said), len(list)
		}
		_, early := count(last(45))
		in := last(15)
		if messages, late := count(in); messages < 60 || late != early {
			t.Errorf("%d messages, %d decisions after 45 and %d after 60", messages, early, late)
		}
		danger := d.say("wamid.danger", "628110000001", "kebakaran di Wameo, rumah terbakar, tolong")
		c, err := s.Case(t.Context(), apptest.Region, danger.CaseID)
		if err != nil {
			t.Fatal(err)
		}
		if c.Urgency != tanggap.Emergency {
			t.Errorf("the danger behind 60 messages has urgency %d", c.Urgency)
		}
	})
}
