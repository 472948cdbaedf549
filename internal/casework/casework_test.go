package casework_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/casework"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// bench is a desk with one citizen who can open cases.
type bench struct {
	*casework.Desk
	t     *testing.T
	s     *store.Store
	p     *region.Pack
	clock *apptest.Clock
	who   *store.Identity
}

const officer = "01900000-0000-7000-8000-000000000001"

func newBench(t *testing.T, s *store.Store) *bench {
	t.Helper()
	p := apptest.Pack(t)
	packs := region.NewRegistry(p)
	b := &bench{t: t, s: s, p: p, clock: s.Clock().(*apptest.Clock),
		Desk: &casework.Desk{Packs: packs, Outbox: notify.New(packs, func(*region.Pack) string { return "https://lapor.contoh.go.id" })}}
	b.tx(func(tx *store.Store) error {
		c := &store.Citizen{Region: apptest.Region, Name: "Warga Contoh", Lang: "id"}
		if err := tx.AddCitizen(t.Context(), c); err != nil {
			return err
		}
		b.who = &store.Identity{Region: apptest.Region, CitizenID: c.ID, Channel: "whatsapp", Account: "PN", External: "628110000001",
			Phone: "+628110000001", VerifiedAt: b.clock.Now(), LastInboundAt: b.clock.Now()}
		return tx.AddIdentity(t.Context(), b.who)
	})
	return b
}

func (b *bench) tx(fn func(tx *store.Store) error) {
	b.t.Helper()
	if err := b.s.InTx(b.t.Context(), fn); err != nil {
		b.t.Fatal(err)
	}
}

// open opens a case about a service; "" leaves it to triage.
func (b *bench) open(service string, more ...*store.Decision) *store.Case {
	b.t.Helper()
	var c *store.Case
	decisions := []*store.Decision{{Kind: casework.KindService, Value: service, Confidence: 0.9, State: store.DecisionOpen}}
	if service != "" {
		decisions[0].State = store.DecisionAuto
	}
	b.tx(func(tx *store.Store) (err error) {
		c, err = b.Open(b.t.Context(), tx, b.p, casework.New{CitizenID: b.who.CitizenID, IdentityID: b.who.ID, Channel: "whatsapp",
			OpenedAt: b.clock.Now(), Decisions: append(decisions, more...),
			Message: &store.Message{Channel: "whatsapp", Kind: "text", Body: "lampu jalan padam", Masked: "lampu jalan padam"}})
		return err
	})
	return c
}

// act changes a case in a transaction of its own and returns it as it now stands.
func (b *bench) act(id string, fn func(tx *store.Store, c *store.Case) error) *store.Case {
	b.t.Helper()
	c, err := b.try(id, fn)
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

func (b *bench) try(id string, fn func(tx *store.Store, c *store.Case) error) (*store.Case, error) {
	b.t.Helper()
	err := b.s.InTx(b.t.Context(), func(tx *store.Store) error {
		c, err := tx.Case(b.t.Context(), apptest.Region, id)
		if err != nil {
			return err
		}
		return fn(tx, c)
	})
	c, readErr := b.s.Case(b.t.Context(), apptest.Region, id)
	if readErr != nil {
		b.t.Fatal(readErr)
	}
	return c, err
}

func (b *bench) reply(id, words string, to tanggap.State) *store.Case {
	b.t.Helper()
	return b.act(id, func(tx *store.Store, c *store.Case) error {
		if to == tanggap.Answered {
			if err := apptest.Prove(b.t.Context(), tx, c); err != nil {
				return err
			}
		}
		return b.Reply(b.t.Context(), tx, b.p, c, officer, words, to)
	})
}

func (b *bench) step(id string) *store.Case {
	b.t.Helper()
	return b.act(id, func(tx *store.Store, c *store.Case) error { return b.Step(b.t.Context(), tx, b.p, c) })
}

func (b *bench) owed(id, key string) bool {
	b.t.Helper()
	list, err := b.s.Notifications(b.t.Context(), apptest.Region, id)
	if err != nil {
		b.t.Fatal(err)
	}
	return slices.ContainsFunc(list, func(n *store.Notification) bool { return n.Template == key })
}

func TestOpenedUnderTheRuleOfItsService(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBench(t, s)
		for _, c := range []struct{ service, rule, unit string }{{"", "TERUS-3HK", "KOMINFO"}, {"PJU-PADAM", "ADUAN-14HK", "DISHUB"}} {
			got := b.open(c.service)
			if got.Rule != c.rule || got.Unit != c.unit || got.DueAt.IsZero() {
				t.Errorf("%q: rule %s unit %s due %v", c.service, got.Rule, got.Unit, got.DueAt)
			}
		}
	})
}

func TestOnlyWaitingForTheCitizenPausesTheClock(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBench(t, s)
		c := b.open("PJU-PADAM")
		promised := c.DueAt
		b.clock.Advance(24 * time.Hour)
		c = b.reply(c.ID, "Di tiang nomor berapa?", tanggap.WaitingCitizen)
		if c.PausedAt.IsZero() || c.NextStep != tanggap.StepRemind || !b.owed(c.ID, region.TextAskedByOfficer) {
			t.Errorf("paused %v, next %s", c.PausedAt, c.NextStep)
		}
		b.clock.Advance(7 * 24 * time.Hour)
		c = b.act(c.ID, func(tx *store.Store, c *store.Case) error {
			return b.Hear(t.Context(), tx, b.p, c, &store.Message{Channel: "whatsapp", Kind: "text", Body: "tiang 7", Masked: "tiang 7"}, nil)
		})
		if c.State != tanggap.InProgress || !c.PausedAt.IsZero() {
			t.Errorf("state %s, paused %v", c.State, c.PausedAt)
		}
		if shift := c.DueAt.Sub(promised); shift < 6*24*time.Hour || shift > 9*24*time.Hour {
			t.Errorf("a week's pause moved the promise by %v", shift)
		}
	})
}

func TestAnswerThenSilenceCloses(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBench(t, s)
		c := b.reply(b.open("PJU-PADAM").ID, "Lampu sudah diganti.", tanggap.Answered)
		if c.NextStep != tanggap.StepAutoClose || !b.owed(c.ID, region.TextAnswered) {
			t.Fatalf("next step %s", c.NextStep)
		}
		if c = b.step(c.ID); c.State != tanggap.Answered {
			t.Fatalf("closed before its time: %s", c.State)
		}
		b.clock.Set(c.NextStepAt.Add(time.Minute))
		if c = b.step(c.ID); c.State != tanggap.Done || !b.owed(c.ID, region.TextClosedSilence) || !c.NextStepAt.IsZero() {
			t.Errorf("after the silence: %s, next %v", c.State, c.NextStepAt)
		}
		if c = b.step(c.ID); c.Version == 0 || c.State != tanggap.Done {
			t.Error("a second sweep must change nothing")
		}
	})
}

func TestReopening(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBench(t, s)
		c := b.reply(b.open("PJU-PADAM").ID, "Sudah menyala.", tanggap.Answered)
		why := func() *store.Message {
			return &store.Message{Channel: "whatsapp", Kind: "text", Body: "belum menyala", Masked: "belum menyala"}
		}
		b.clock.Advance(24 * time.Hour)
		c = b.act(c.ID, func(tx *store.Store, c *store.Case) error { return b.Reopen(t.Context(), tx, b.p, c, why()) })
		if c.State != tanggap.Reopened || c.Reopens != 1 || !c.DueAt.After(b.clock.Now()) || !c.AnsweredAt.IsZero() {
			t.Errorf("reopened: %+v", c)
		}
		c = b.reply(c.ID, "Kabel sudah diganti.", tanggap.Answered)
		b.clock.Advance(40 * 24 * time.Hour)
		if _, err := b.try(c.ID, func(tx *store.Store, c *store.Case) error { return b.Reopen(t.Context(), tx, b.p, c, why()) }); tanggap.CodeOf(err) != tanggap.Conflict {
			t.Errorf("reopened after %d working days: %v", tanggap.ReopenDays, err)
		}
	})
}

func TestAlarmClimbsTheLadder(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBench(t, s)
		var duty []string
		for _, email := range b.p.OnDuty("DAMKAR", b.clock.Now()) {
			o := &store.Officer{Email: email, Name: "Petugas Contoh", Roles: []store.Role{{Region: apptest.Region, Role: "unit-officer", Unit: "DAMKAR"}}}
			if err := s.AddOfficer(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			duty = append(duty, o.ID)
		}
		if len(duty) == 0 {
			t.Fatal("the pack has nobody on duty for fires")
		}
		c := b.open("BNC-KEBAKARAN", &store.Decision{Kind: casework.KindEmergency, Value: "BNC-KEBAKARAN", State: store.DecisionAuto})
		for n := range len(duty) + 1 {
			alarms, err := s.Alarms(t.Context(), apptest.Region, c.ID)
			if err != nil {
				t.Fatal(err)
			}
			if want := min(n+1, len(duty)); len(alarms) != want {
				t.Fatalf("after %d steps: %d alarms, want %d", n, len(alarms), want)
			}
			b.clock.Advance(10 * time.Minute)
			c = b.step(c.ID)
		}
		if c.NextStep == tanggap.StepAckOfficer {
			t.Error("everybody was told, and the alarm still rings")
		}
		c = b.act(c.ID, func(tx *store.Store, c *store.Case) error {
			return b.Acknowledge(t.Context(), tx, b.p, c, casework.Officer(officer))
		})
		alarms, err := s.Alarms(t.Context(), apptest.Region, c.ID)
		if err != nil || alarms[0].AckedAt.IsZero() || c.HumanAt.IsZero() {
			t.Errorf("not acknowledged: %v %v", alarms, err)
		}
	})
}

func TestOfficerDecides(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBench(t, s)
		c := b.open("", &store.Decision{Kind: casework.KindArea, Value: "74.72.01.1014", State: store.DecisionAuto})
		c = b.act(c.ID, func(tx *store.Store, c *store.Case) error {
			return b.Decide(t.Context(), tx, b.p, c, officer, casework.Choice{Service: "SMP-TUMPUK", Why: "kategori salah"})
		})
		if c.State != tanggap.Assigned || c.Unit != "DLH" || c.Rule != "ADUAN-14HK" || !b.owed(c.ID, region.TextAssigned) {
			t.Errorf("state %s unit %s rule %s", c.State, c.Unit, c.Rule)
		}
		list, err := s.Decisions(t.Context(), apptest.Region, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range list {
			if x.Kind == casework.KindService && (x.State != store.DecisionChanged || x.FinalValue != "SMP-TUMPUK" || x.OfficerID != officer) {
				t.Errorf("the correction is not recorded: %+v", x)
			}
		}
	})
}

func TestRefusals(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBench(t, s)
		c, other := b.open("PJU-PADAM"), b.open("SMP-TUMPUK")
		for name, fn := range map[string]func(tx *store.Store, c *store.Case) error{
			"external without a name": func(tx *store.Store, c *store.Case) error { return b.External(t.Context(), tx, b.p, c, officer, " ") },
			"rejected without reason": func(tx *store.Store, c *store.Case) error { return b.Reject(t.Context(), tx, b.p, c, officer, "") },
			"empty reply": func(tx *store.Store, c *store.Case) error {
				return b.Reply(t.Context(), tx, b.p, c, officer, "", tanggap.Answered)
			},
			"done without an answer": func(tx *store.Store, c *store.Case) error { return b.Confirm(t.Context(), tx, b.p, c) },
			"unknown service": func(tx *store.Store, c *store.Case) error {
				return b.Decide(t.Context(), tx, b.p, c, officer, casework.Choice{Service: "X"})
			},
			"merged with itself":        func(tx *store.Store, c *store.Case) error { return b.Merge(t.Context(), tx, b.p, c, c, officer) },
			"reopened while still open": func(tx *store.Store, c *store.Case) error { return b.Reopen(t.Context(), tx, b.p, c, nil) },
		} {
			after, err := b.try(c.ID, fn)
			if code := tanggap.CodeOf(err); code != tanggap.Invalid && code != tanggap.Conflict {
				t.Errorf("%s: %v", name, err)
			}
			if after.Version != c.Version {
				t.Errorf("%s changed the case", name)
			}
		}
		c = b.act(c.ID, func(tx *store.Store, c *store.Case) error { return b.Merge(t.Context(), tx, b.p, c, other, officer) })
		if end, err := s.FollowMerge(t.Context(), c); err != nil || end.ID != other.ID {
			t.Errorf("the merge pointer leads to %v, %v", end, err)
		}
	})
}

func TestSecretCaseHasNoClearCopy(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBench(t, s)
		c := b.open("PJU-PADAM")
		find := func() int {
			n, err := s.CountCases(t.Context(), store.CaseFilter{Region: apptest.Region, Text: "padam", Secret: true}, 10)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if find() != 1 {
			t.Fatal("the case is not found by its words")
		}
		c = b.act(c.ID, func(tx *store.Store, c *store.Case) error {
			return b.Flags(t.Context(), tx, b.p, c, officer, true, false)
		})
		masked, err := s.MaskedText(t.Context(), apptest.Region, c.ID)
		if err != nil || masked != "" || c.Summary != "" || find() != 0 {
			t.Errorf("secret case leaves masked %q, summary %q, found %d, %v", masked, c.Summary, find(), err)
		}
	})
}

func TestCalendarChangeNeverShortens(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBench(t, s)
		c := b.open("PJU-PADAM")
		promised := c.DueAt
		for i, change := range []struct {
			name string
			edit func(csv string) string
		}{
			{"a new holiday", func(csv string) string { return csv + "2026-03-06,Hari uji,local,official,uji\n" }},
			{"no holidays", func(csv string) string { return strings.SplitAfter(csv, "source\n")[0] }},
		} {
			name, p := change.name, packWithCalendar(t, change.edit)
			p.Version = b.p.Version + int64(i) + 1
			got := b.act(c.ID, func(tx *store.Store, c *store.Case) error { return b.Recalculate(t.Context(), tx, p, c) })
			if got.DueAt.Before(promised) {
				t.Errorf("%s shortened the promise from %v to %v", name, promised, got.DueAt)
			}
			if name == "a new holiday" && !got.DueAt.After(promised) {
				t.Errorf("%s did not lengthen the promise", name)
			}
		}
	})
}

// packWithCalendar is the Baubau pack with another calendar.csv.
func packWithCalendar(t *testing.T, edit func(csv string) string) *region.Pack {
	t.Helper()
	files, err := region.Embedded("baubau")
	if err != nil {
		t.Fatal(err)
	}
	changed := fstest.MapFS{}
	err = fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, path)
		if path == "calendar.csv" {
			data = []byte(edit(string(data)))
		}
		changed[path] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := region.Load(changed)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
