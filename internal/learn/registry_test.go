package learn_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/learn"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

func TestSeedIsKeptAndTheSameAgain(t *testing.T) {
	for _, name := range region.Names() {
		fsys, err := region.Embedded(name)
		if err != nil {
			t.Fatal(err)
		}
		p, err := region.Load(fsys)
		if err != nil {
			t.Fatal(err)
		}
		dir := apptest.ModelsDir()
		if dir == "" {
			dir = t.TempDir()
		}
		r := learn.Registry{Dir: dir, Log: apptest.Log()}
		first, err := r.Seed(p)
		if err != nil {
			t.Fatal(err)
		}
		again, err := r.Seed(p)
		if err != nil || again.Version() != first.Version() {
			t.Errorf("%s: kept %v: %v", name, again, err)
		}
		// A torn file is no model: it is learned again.
		torn := t.TempDir()
		if err := os.WriteFile(filepath.Join(torn, p.Lesson+".model"), first.Save()[:1000], 0o600); err != nil {
			t.Fatal(err)
		}
		anew, err := (&learn.Registry{Dir: torn, Log: apptest.Log()}).Seed(p)
		if err != nil || anew.Version() != first.Version() {
			t.Errorf("%s: learned anew %v: %v", name, anew, err)
		}
	}
}

// town confirms cases and learns from them.
type town struct {
	*learn.Registry
	t     *testing.T
	p     *region.Pack
	clock *apptest.Clock
	n     int
}

func newTown(t *testing.T, s *store.Store) *town {
	p := *apptest.Pack(t)
	var seeds []region.Seed
	for _, x := range p.Seeds {
		switch x.Service {
		case "AIR-MATI", "PJU-PADAM", "SMP-TUMPUK", "SPAM":
			seeds = append(seeds, x)
		}
	}
	p.Seeds, p.Version = seeds, 1
	return &town{Registry: &learn.Registry{Store: s, Dir: t.TempDir(), Log: apptest.Log()}, t: t, p: &p, clock: s.Clock().(*apptest.Clock)}
}

// confirm has n citizens write, each once, and an officer give each case its service.
func (b *town) confirm(n int, words, suggested, service string, secret bool) {
	b.t.Helper()
	for range n {
		b.n++
		b.clock.Advance(time.Minute)
		err := b.Store.InTx(b.t.Context(), func(tx *store.Store) error {
			ctx := b.t.Context()
			who := &store.Citizen{Region: apptest.Region, Name: "Warga Contoh", Lang: "id"}
			if err := tx.AddCitizen(ctx, who); err != nil {
				return err
			}
			by := &store.Identity{Region: apptest.Region, CitizenID: who.ID, Channel: "web", External: fmt.Sprint("w", b.n)}
			if err := tx.AddIdentity(ctx, by); err != nil {
				return err
			}
			c := &store.Case{Region: apptest.Region, State: tanggap.Triage, Unit: "KOMINFO", Urgency: tanggap.Normal, Channel: "web", Secret: secret,
				CitizenID: who.ID, IdentityID: by.ID, OpenedAt: b.clock.Now(), Pack: 1}
			if err := tx.AddCase(ctx, c, "BAU", b.p.Location()); err != nil {
				return err
			}
			for _, text := range []string{fmt.Sprintf(words, b.n), "kalimat kedua"} {
				m := &store.Message{Region: apptest.Region, CaseID: c.ID, CitizenID: who.ID, IdentityID: by.ID, Direction: store.In, Channel: "web",
					Kind: "text", Author: "citizen", Body: text, Masked: text, SaidAt: b.clock.Now()}
				if err := tx.AddMessage(ctx, m); err != nil {
					return err
				}
				b.clock.Advance(time.Second)
			}
			d := &store.Decision{Region: apptest.Region, CaseID: c.ID, CitizenID: who.ID, Kind: "service", Value: suggested, State: store.DecisionOpen, Pack: 1}
			if err := tx.AddDecision(ctx, d); err != nil {
				return err
			}
			d.State, d.FinalValue, d.OfficerID = store.DecisionAccepted, service, fmt.Sprint("officer", b.n%4)
			if suggested != service {
				d.State = store.DecisionChanged
			}
			return tx.Decide(ctx, d)
		})
		if err != nil {
			b.t.Fatal(err)
		}
	}
}

func (b *town) active() string {
	b.t.Helper()
	v, err := b.Active(b.t.Context(), b.p)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

func (b *town) routine(want learn.Step) {
	b.t.Helper()
	got, err := b.Routine(b.t.Context(), b.p)
	if err != nil {
		b.t.Fatal(err)
	}
	if got != want {
		rows, err := b.Store.Models(b.t.Context(), apptest.Region, 3)
		if err != nil {
			b.t.Fatal(err)
		}
		for _, r := range rows {
			b.t.Logf("%s %s %s", r.Version, r.State, r.Report[:min(len(r.Report), 700)])
		}
		b.t.Fatalf("routine: %s, want %s", got, want)
	}
}

// slang is how people here say that the street lamp is out; no seed says so.
const slang = "kunang-kunangnya pemda mogok lagi di simpang nomor %d"

func TestRegionLearnsFromWhatOfficersConfirm(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		b := newTown(t, s)
		if _, _, err := b.Train(t.Context(), b.p, "test", false); !isCode(err, tanggap.Conflict) {
			t.Fatalf("learned from nothing: %v", err)
		}
		b.confirm(200, slang, "", "PJU-PADAM", false) // one in five judges, by a hash of a random id: many enough that thirty do
		b.confirm(100, "air pdam mati sejak hari ke %d", "AIR-MATI", "AIR-MATI", false)
		b.confirm(3, "rahasia kunang %d", "", "SPAM", true)

		rows, err := b.Rows(t.Context(), b.p, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) != 300 {
			t.Fatalf("%d rows, want 300: secret cases teach nothing", len(rows))
		}
		if strings.Contains(rows[0].Text, "kedua") {
			t.Errorf("later words stand in %q", rows[0].Text)
		}

		b.clock.Set(time.Date(2026, 4, 1, 2, 0, 0, 0, b.p.Location())) // at night
		b.routine(learn.Trained)
		if v := b.active(); v != "" {
			t.Fatalf("%s answers from the shadow", v)
		}
		b.routine(learn.Waited) // a day has to pass
		b.clock.Advance(25 * time.Hour)
		b.routine(learn.Waited) // and cases to compare on
		b.confirm(40, slang, "", "PJU-PADAM", false)
		b.routine(learn.Promoted)
		first := b.active()
		m, err := b.Current(t.Context(), b.p)
		if err != nil {
			t.Fatal(err)
		}
		if top := m.Rank(fmt.Sprintf(slang, 999)).Top[0]; m.Version() != first || top.Label != "PJU-PADAM" {
			t.Errorf("model %s of %s reads %v", m.Version(), first, top)
		}

		v, err := b.Rollback(t.Context(), b.p, "test", "uji")
		if err != nil || v != "" || b.active() != "" {
			t.Errorf("rolled back to %q, active %q: %v", v, b.active(), err)
		}
		if _, err := b.Rollback(t.Context(), b.p, "test", "uji"); !isCode(err, tanggap.Conflict) {
			t.Errorf("rolled back the seeds: %v", err)
		}
		if err := b.Promote(t.Context(), b.p, first, "test", ""); err != nil || b.active() != first {
			t.Errorf("not promoted again: %v", err)
		}
		changed := *b.p
		changed.Lesson = "another"
		if v, err := b.Active(t.Context(), &changed); err != nil || v != "" {
			t.Errorf("a model of another pack answers: %q, %v", v, err)
		}
	})
}

func TestWorseModelIsRefused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		b := newTown(t, s)
		// For a while everybody takes refuse for spam; then they know better.
		b.confirm(300, "sampah menumpuk di simpang %d", "SMP-TUMPUK", "SPAM", false)
		b.clock.Set(time.Date(2026, 4, 1, 2, 0, 0, 0, b.p.Location()))
		b.routine(learn.Trained)
		b.clock.Advance(25 * time.Hour)
		b.confirm(40, "sampah menumpuk di simpang %d", "SMP-TUMPUK", "SMP-TUMPUK", false)
		b.routine(learn.Refused)
		if v := b.active(); v != "" {
			t.Errorf("%s answers although it is worse", v)
		}
	})
}

func TestUnprovenModelNeedsAReason(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		b := newTown(t, s)
		b.confirm(12, slang, "", "PJU-PADAM", false)
		_, report, err := b.Train(t.Context(), b.p, "test", true)
		if err != nil || report.Compared.Verdict != learn.TooFew {
			t.Fatalf("%+v: %v", report.Compared, err)
		}
		if rows, err := s.Models(t.Context(), apptest.Region, 9); err != nil || len(rows) != 0 {
			t.Fatalf("a dry run left %d models: %v", len(rows), err)
		}
		row, _, err := b.Train(t.Context(), b.p, "test", false)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err = b.Train(t.Context(), b.p, "test", false); !isCode(err, tanggap.Conflict) {
			t.Errorf("learned the same twice: %v", err)
		}
		if err := b.Promote(t.Context(), b.p, row.Version, "test", ""); !isCode(err, tanggap.Invalid) {
			t.Errorf("promoted without a reason: %v", err)
		}
		if err := b.Promote(t.Context(), b.p, row.Version, "test", "uji coba"); err != nil || b.active() != row.Version {
			t.Errorf("not promoted with a reason: %v", err)
		}
	})
}

func isCode(err error, code tanggap.Code) bool {
	var e *tanggap.Error
	return errors.As(err, &e) && e.Code == code
}
