package casework_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tanggap/internal/apptest"
	"tanggap/internal/casework"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// TestLifeOfACase does random things, allowed and not, to one case and looks after
// each at what must always hold.
func TestLifeOfACase(t *testing.T) {
	s := apptest.SQLite(t)
	b := newBench(t, s)
	for _, email := range b.p.OnDuty("DAMKAR", b.clock.Now()) {
		o := &store.Officer{Email: email, Name: "Petugas Contoh", Roles: []store.Role{{Region: apptest.Region, Role: "unit-officer", Unit: "DAMKAR"}}}
		if err := s.AddOfficer(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	services := []string{"", "PJU-PADAM", "SMP-TUMPUK", "BNC-KEBAKARAN"}
	other := b.open("PJU-PADAM")
	rapid.Check(t, func(r *rapid.T) {
		b.clock.Set(apptest.Start)
		service := rapid.SampledFrom(services).Draw(r, "service")
		var more []*store.Decision
		if service == "BNC-KEBAKARAN" {
			more = append(more, &store.Decision{Kind: casework.KindEmergency, Value: service, State: store.DecisionAuto})
		}
		c := b.open(service, more...)
		said := func() *store.Message {
			return &store.Message{Channel: "whatsapp", Kind: "text", Body: "kata warga", Masked: "kata warga", SaidAt: b.clock.Now()}
		}
		ops := map[string]func(tx *store.Store, c *store.Case) error{
			"take": func(tx *store.Store, c *store.Case) error { return b.Take(t.Context(), tx, b.p, c, officer) },
			"answer": func(tx *store.Store, c *store.Case) error {
				if err := apptest.Prove(t.Context(), tx, c); err != nil {
					return err
				}
				return b.Reply(t.Context(), tx, b.p, c, officer, "Sudah.", tanggap.Answered)
			},
			"ask": func(tx *store.Store, c *store.Case) error {
				return b.Reply(t.Context(), tx, b.p, c, officer, "Di mana?", tanggap.WaitingCitizen)
			},
			"say": func(tx *store.Store, c *store.Case) error {
				return b.Reply(t.Context(), tx, b.p, c, officer, "Sedang.", tanggap.InProgress)
			},
			"decide": func(tx *store.Store, c *store.Case) error {
				return b.Decide(t.Context(), tx, b.p, c, officer, casework.Choice{Service: rapid.SampledFrom(services[1:]).Draw(r, "to")})
			},
			"external": func(tx *store.Store, c *store.Case) error {
				return b.External(t.Context(), tx, b.p, c, officer, "PLN")
			},
			"reject": func(tx *store.Store, c *store.Case) error {
				return b.Reject(t.Context(), tx, b.p, c, officer, "Bukan.")
			},
			"merge": func(tx *store.Store, c *store.Case) error { return b.Merge(t.Context(), tx, b.p, c, other, officer) },
			"secret": func(tx *store.Store, c *store.Case) error {
				return b.Flags(t.Context(), tx, b.p, c, officer, true, false)
			},
			"confirm": func(tx *store.Store, c *store.Case) error { return b.Confirm(t.Context(), tx, b.p, c) },
			"reopen":  func(tx *store.Store, c *store.Case) error { return b.Reopen(t.Context(), tx, b.p, c, said()) },
			"object":  func(tx *store.Store, c *store.Case) error { return b.Object(t.Context(), tx, b.p, c, said()) },
			"undo":    func(tx *store.Store, c *store.Case) error { return b.Undo(t.Context(), tx, b.p, c, officer) },
			"assign":  func(tx *store.Store, c *store.Case) error { return b.Assign(t.Context(), tx, b.p, c, officer, officer) },
			"note":    func(tx *store.Store, c *store.Case) error { return b.Note(t.Context(), tx, c, officer, "catatan") },
			"hear":    func(tx *store.Store, c *store.Case) error { return b.hear(tx, c, said()) },
			"danger": func(tx *store.Store, c *store.Case) error {
				return b.hear(tx, c, said(), &store.Decision{Kind: casework.KindEmergency, Value: "api", State: store.DecisionAuto})
			},
			"whisper": func(tx *store.Store, c *store.Case) error {
				return b.hear(tx, c, said(), &store.Decision{Kind: casework.KindSensitive, Value: "secret", State: store.DecisionAuto})
			},
			"ack": func(tx *store.Store, c *store.Case) error {
				return b.Acknowledge(t.Context(), tx, b.p, c, casework.Officer(officer))
			},
			"step": func(tx *store.Store, c *store.Case) error {
				if !c.NextStepAt.IsZero() {
					b.clock.Set(c.NextStepAt.Add(time.Second))
				}
				return b.Step(t.Context(), tx, b.p, c)
			},
			"wait": func(*store.Store, *store.Case) error {
				b.clock.Advance(time.Duration(rapid.IntRange(1, 200).Draw(r, "hours")) * time.Hour)
				return nil
			},
		}
		names := []string{"take", "answer", "ask", "say", "decide", "external", "reject", "merge", "secret", "confirm", "reopen",
			"object", "undo", "assign", "note", "hear", "danger", "whisper", "ack", "step", "step", "wait"}
		for range rapid.IntRange(1, 10).Draw(r, "length") {
			name := rapid.SampledFrom(names).Draw(r, "op")
			before := c
			var err error
			c, err = b.try(c.ID, ops[name])
			switch code := tanggap.CodeOf(err); {
			case err != nil && code != tanggap.Invalid && code != tanggap.Conflict:
				r.Fatalf("%s in state %s: %v", name, before.State, err)
			case err != nil && c.Version != before.Version:
				r.Fatalf("%s in state %s was refused and changed the case: %v", name, before.State, err)
			}
			if err := b.holds(before, c, name); err != nil {
				r.Fatalf("after %s in state %s: %v", name, before.State, err)
			}
		}
	})
}

func (b *bench) hear(tx *store.Store, c *store.Case, m *store.Message, decisions ...*store.Decision) error {
	if !c.State.Open() && c.State != tanggap.Answered && c.State != tanggap.External {
		return tanggap.Errorf(tanggap.Conflict, "closed")
	}
	return b.Hear(b.t.Context(), tx, b.p, c, m, decisions)
}

// holds says what is wrong with a case, if anything is.
func (b *bench) holds(before, c *store.Case, op string) error {
	ctx := b.t.Context()
	events, err := b.s.Events(ctx, c.Region, c.ID)
	if err != nil {
		return err
	}
	for i, e := range events {
		if e.CaseVersion != int64(i+1) {
			return fmt.Errorf("event %d (%s) has version %d", i+1, e.Type, e.CaseVersion)
		}
	}
	deadlines, err := b.s.Deadlines(ctx, c.Region, c.ID)
	if err != nil {
		return err
	}
	unmet := 0
	for _, x := range deadlines {
		if x.MetAt.IsZero() && x.Kind == store.Promise {
			unmet++
			if !x.DueAt.Equal(c.DueAt) {
				return fmt.Errorf("the case says %v, its promise %v", c.DueAt, x.DueAt)
			}
		}
	}
	alarms, err := b.s.Alarms(ctx, c.Region, c.ID)
	if err != nil {
		return err
	}
	masked, err := b.s.MaskedText(ctx, c.Region, c.ID)
	if err != nil {
		return err
	}
	words := strings.Trim(masked, "\n")
	told := map[string]bool{}
	for i, a := range alarms {
		if a.Step != i+1 || told[a.OfficerID] {
			return fmt.Errorf("alarm %d has step %d", i+1, a.Step)
		}
		told[a.OfficerID] = true
	}
	switch {
	case int64(len(events)) != c.Version:
		return fmt.Errorf("version %d after %d events", c.Version, len(events))
	case c.State.Open() && (c.DueAt.IsZero() || unmet != 1):
		return fmt.Errorf("open with due %v and %d open promises", c.DueAt, unmet)
	case !c.State.Open() && unmet != 0:
		return fmt.Errorf("%s with %d open promises", c.State, unmet)
	case !c.State.Open() && c.State != tanggap.Answered && (c.NextStep != tanggap.StepNone || !c.NextStepAt.IsZero()):
		return fmt.Errorf("%s has a next step %s", c.State, c.NextStep)
	case c.State.Paused() == c.PausedAt.IsZero():
		return fmt.Errorf("%s since %v", c.State, c.PausedAt)
	case c.State.Open() && !c.ClosedAt.IsZero():
		return fmt.Errorf("%s but closed at %v", c.State, c.ClosedAt)
	case c.Secret && (c.Summary != "" || words != ""):
		return fmt.Errorf("secret, with summary %q and masked words %q", c.Summary, words)
	case before.Secret && !c.Secret:
		return fmt.Errorf("%s lifted the secrecy", op)
	case c.Urgency < before.Urgency:
		return fmt.Errorf("%s lowered the urgency", op)
	case c.State != before.State && !before.State.CanBecome(c.State) && op != "hear" && op != "danger" && op != "whisper":
		return fmt.Errorf("%s became %s", before.State, c.State)
	case c.Urgency == tanggap.Emergency && c.State.Open() && c.HumanAt.IsZero() && c.NextStep != tanggap.StepAckOfficer && op == "danger":
		return fmt.Errorf("an emergency that nobody saw rings nowhere")
	}
	return nil
}

func TestThePauseIsGivenBackHoweverItEnds(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBench(t, s)
		for name, fn := range map[string]func(tx *store.Store, c *store.Case) error{
			"another unit": func(tx *store.Store, c *store.Case) error {
				return b.Decide(t.Context(), tx, b.p, c, officer, casework.Choice{Service: c.Service, Unit: "DLH"})
			},
			"a word": func(tx *store.Store, c *store.Case) error {
				return b.Reply(t.Context(), tx, b.p, c, officer, "Kami sudah tahu.", tanggap.InProgress)
			},
			"an objection": func(tx *store.Store, c *store.Case) error {
				return b.Object(t.Context(), tx, b.p, c, &store.Message{Channel: "web", Kind: "text", Body: "keliru"})
			},
			"a second question": func(tx *store.Store, c *store.Case) error {
				if err := b.Reply(t.Context(), tx, b.p, c, officer, "Dan jam berapa?", tanggap.WaitingCitizen); err != nil {
					return err
				}
				return b.Hear(t.Context(), tx, b.p, c, &store.Message{Channel: "whatsapp", Kind: "text", Body: "malam"}, nil)
			},
		} {
			b.clock.Set(apptest.Start)
			c := b.open("PJU-PADAM")
			promised := c.DueAt
			b.reply(c.ID, "Di mana?", tanggap.WaitingCitizen)
			b.clock.Advance(7 * 24 * time.Hour)
			if c = b.act(c.ID, fn); c.DueAt.Sub(promised) < 6*24*time.Hour || !c.PausedAt.IsZero() {
				t.Errorf("%s: a week's pause moved the promise by %v, paused %v", name, c.DueAt.Sub(promised), c.PausedAt)
			}
		}
	})
}

func TestMergeCarriesSecrecyAndUrgency(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBench(t, s)
		into := b.open("PJU-PADAM", &store.Decision{Kind: casework.KindSensitive, Value: "secret", State: store.DecisionAuto})
		c := b.open("PJU-PADAM", &store.Decision{Kind: casework.KindEmergency, Value: "api", State: store.DecisionAuto})
		c = b.act(c.ID, func(tx *store.Store, c *store.Case) error {
			other, err := tx.Case(t.Context(), into.Region, into.ID)
			if err != nil {
				return err
			}
			return b.Merge(t.Context(), tx, b.p, c, other, officer)
		})
		into = b.act(into.ID, func(*store.Store, *store.Case) error { return nil })
		masked, err := s.MaskedText(t.Context(), c.Region, c.ID)
		if err != nil || !c.Secret || c.Summary != "" || masked != "" || into.Urgency != tanggap.Emergency {
			t.Errorf("secret %v, summary %q, masked %q, urgency %d, %v", c.Secret, c.Summary, masked, into.Urgency, err)
		}
	})
}

func TestSilenceIsCountedFromTheLastWord(t *testing.T) {
	s := apptest.SQLite(t)
	b := newBench(t, s)
	c := b.reply(b.open("PJU-PADAM").ID, "Sudah.", tanggap.Answered)
	closes := c.NextStepAt
	b.clock.Advance(48 * time.Hour)
	c = b.act(c.ID, func(tx *store.Store, c *store.Case) error {
		return b.Hear(t.Context(), tx, b.p, c, &store.Message{Channel: "whatsapp", Kind: "text", Body: "saya cek nanti malam"}, nil)
	})
	if c.NextStep != tanggap.StepAutoClose || !c.NextStepAt.After(closes) {
		t.Errorf("closes at %v, did at %v before the citizen spoke", c.NextStepAt, closes)
	}
}

func TestServiceFoundLaterIsTold(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBench(t, s)
		c := b.open("")
		c = b.act(c.ID, func(tx *store.Store, c *store.Case) error {
			return b.Hear(t.Context(), tx, b.p, c, &store.Message{Channel: "whatsapp", Kind: "text", Body: "lampu jalan", Masked: "lampu jalan"},
				[]*store.Decision{{Kind: casework.KindService, Value: "PJU-PADAM", Confidence: 0.9, State: store.DecisionAuto}})
		})
		if c.State != tanggap.Assigned || c.Rule != "ADUAN-14HK" || !b.owed(c.ID, region.TextAssigned) {
			t.Errorf("state %s rule %s told %v", c.State, c.Rule, b.owed(c.ID, region.TextAssigned))
		}
	})
}

func TestOfficersWordsInClearAreMasked(t *testing.T) {
	s := apptest.SQLite(t)
	b := newBench(t, s)
	const phone = "081200001234"
	c := b.open("PJU-PADAM")
	b.act(c.ID, func(tx *store.Store, c *store.Case) error {
		return b.Decide(t.Context(), tx, b.p, c, officer, casework.Choice{Service: "SMP-TUMPUK", Why: "sudah ditelepon " + phone})
	})
	c = b.act(c.ID, func(tx *store.Store, c *store.Case) error {
		return b.External(t.Context(), tx, b.p, c, officer, "PLN, hubungi Bapak di "+phone)
	})
	list, err := s.Decisions(t.Context(), apptest.Region, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range list {
		if x.Why == "sudah ditelepon "+phone {
			t.Errorf("the reason stands in clear: %q", x.Why)
		}
	}
	if c.ExternalTo == "PLN, hubungi Bapak di "+phone {
		t.Errorf("the number stands in clear: %q", c.ExternalTo)
	}
}
