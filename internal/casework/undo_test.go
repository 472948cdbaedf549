package casework_test

import (
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/casework"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

func (b *bench) decision(id, kind string) *store.Decision {
	b.t.Helper()
	list, err := b.s.Decisions(b.t.Context(), apptest.Region, id)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, x := range list {
		if x.Kind == kind {
			return x
		}
	}
	b.t.Fatalf("no decision about %s", kind)
	return nil
}

func TestUndo(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBench(t, s)
		c := b.open("PJU-PADAM")
		promised, rule := c.DueAt, c.Rule
		b.clock.Advance(time.Hour)
		undo := func(tx *store.Store, c *store.Case) error { return b.Undo(t.Context(), tx, b.p, c, officer) }
		c = b.act(c.ID, undo)
		if c.State != tanggap.Triage || c.Unit != b.p.Identity.Triage || c.Service != "" || c.HumanAt.IsZero() {
			t.Errorf("state %s, unit %s, service %q, seen %v", c.State, c.Unit, c.Service, c.HumanAt)
		}
		if !c.DueAt.Equal(promised) || c.Rule != rule || c.NextStep != tanggap.StepEscalate {
			t.Errorf("the promise %v under %s became %v under %s, next %s", promised, rule, c.DueAt, c.Rule, c.NextStep)
		}
		if x := b.decision(c.ID, casework.KindService); x.State != store.DecisionChanged || x.OfficerID != officer || x.Why != "dibatalkan" || x.FinalValue != "" {
			t.Errorf("decision %s by %q because %q: %q", x.State, x.OfficerID, x.Why, x.FinalValue)
		}
		events, err := s.Events(t.Context(), c.Region, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if last := events[len(events)-1]; last.Type != casework.Undone || last.Actor != casework.Officer(officer) {
			t.Errorf("event %s by %s", last.Type, last.Actor)
		}
		if b.owed(c.ID, region.TextAssigned) {
			t.Error("the citizen was told of what nobody has decided")
		}
		// What the citizen adds now is read by a person, not routed again.
		c = b.act(c.ID, func(tx *store.Store, c *store.Case) error {
			return b.Hear(t.Context(), tx, b.p, c, &store.Message{Channel: "whatsapp", Kind: "text", Body: "lampu", Masked: "lampu"},
				[]*store.Decision{{Kind: casework.KindService, Value: "PJU-PADAM", Confidence: 0.99, State: store.DecisionAuto}})
		})
		if c.State != tanggap.Triage || c.Service != "" {
			t.Errorf("routed again: %s %s", c.State, c.Service)
		}
		if _, err := b.try(c.ID, undo); tanggap.CodeOf(err) != tanggap.Conflict {
			t.Errorf("undone twice: %v", err)
		}
		c = b.act(c.ID, func(tx *store.Store, c *store.Case) error {
			return b.Decide(t.Context(), tx, b.p, c, officer, casework.Choice{Service: "SMP-TUMPUK"})
		})
		if x := b.decision(c.ID, casework.KindService); x.State != store.DecisionChanged || x.FinalValue != "SMP-TUMPUK" {
			t.Errorf("the new choice is not kept: %s %q", x.State, x.FinalValue)
		}
		if c.State != tanggap.Assigned || c.Unit != "DLH" || !b.owed(c.ID, region.TextAssigned) {
			t.Errorf("state %s, unit %s, told %v", c.State, c.Unit, b.owed(c.ID, region.TextAssigned))
		}
	})
}

func TestWhatCannotBeUndone(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBench(t, s)
		after := func(fn func(tx *store.Store, c *store.Case) error) *store.Case {
			return b.act(b.open("PJU-PADAM").ID, fn)
		}
		for name, c := range map[string]*store.Case{
			"in triage": b.open(""),
			"danger":    b.open("PJU-PADAM", &store.Decision{Kind: casework.KindEmergency, Value: "api", State: store.DecisionAuto}),
			"taken":     after(func(tx *store.Store, c *store.Case) error { return b.Take(t.Context(), tx, b.p, c, officer) }),
			"given":     after(func(tx *store.Store, c *store.Case) error { return b.Assign(t.Context(), tx, b.p, c, officer, officer) }),
			"decided": after(func(tx *store.Store, c *store.Case) error {
				return b.Decide(t.Context(), tx, b.p, c, officer, casework.Choice{Unit: "DLH"})
			}),
		} {
			now, err := b.try(c.ID, func(tx *store.Store, c *store.Case) error { return b.Undo(t.Context(), tx, b.p, c, officer) })
			if tanggap.CodeOf(err) != tanggap.Conflict || now.Version != c.Version {
				t.Errorf("%s: %v, version %d became %d", name, err, c.Version, now.Version)
			}
		}
	})
}

func TestAssign(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBench(t, s)
		give := func(tx *store.Store, c *store.Case) error { return b.Assign(t.Context(), tx, b.p, c, "head", officer) }
		c := b.act(b.open("PJU-PADAM").ID, give)
		if c.OfficerID != officer || c.State != tanggap.Assigned || c.HumanAt.IsZero() || c.NextStep == tanggap.StepNone {
			t.Errorf("officer %q, state %s, seen %v, next %q", c.OfficerID, c.State, c.HumanAt, c.NextStep)
		}
		c = b.act(c.ID, func(tx *store.Store, c *store.Case) error {
			return b.Reject(t.Context(), tx, b.p, c, officer, "Bukan.")
		})
		if _, err := b.try(c.ID, give); tanggap.CodeOf(err) != tanggap.Conflict {
			t.Errorf("a closed case was given: %v", err)
		}
	})
}
