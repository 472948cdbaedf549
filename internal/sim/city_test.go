package sim

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tanggap/internal/apptest"
	"tanggap/internal/apptest/race"
	"tanggap/internal/audit"
	"tanggap/internal/casework"
	"tanggap/internal/learn"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
	"tanggap/internal/triage"
)

// present is the moment until which the tests simulate: a Monday afternoon.
var present = time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)

var trained = sync.OnceValues(func() (*text.Model, error) {
	fsys, err := region.Embedded("baubau")
	if err != nil {
		return nil, err
	}
	p, err := region.Load(fsys)
	if err != nil {
		return nil, err
	}
	return seedModel(p)
})

// seedModel is the model of a pack, from where the tests keep it.
func seedModel(p *region.Pack) (*text.Model, error) {
	dir := apptest.ModelsDir()
	if dir == "" {
		return triage.Train(p)
	}
	return (&learn.Registry{Dir: dir, Log: apptest.Log()}).Seed(p)
}

// fillCity fills a new SQLite database and returns its path too.
func fillCity(t testing.TB, city *City) (*store.Store, *region.Pack, string) {
	t.Helper()
	ctx := t.Context()
	path := apptest.SQLiteFile(t)
	clock := NewCityClock(present)
	s, err := store.Open(ctx, path, apptest.Master(t), clock, apptest.Log())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	p := apptest.Pack(t)
	if err := s.AddRegion(ctx, p.Identity.Code); err != nil {
		t.Fatal(err)
	}
	for _, o := range DemoOfficers(p) {
		if err := s.AddOfficer(ctx, &o); err != nil {
			t.Fatal(err)
		}
	}
	model, err := trained()
	if err != nil {
		t.Fatal(err)
	}
	packs := region.NewRegistry(p)
	desk := &casework.Desk{Packs: packs, Outbox: notify.New(packs, func(*region.Pack) string { return "http://localhost" })}
	last := 0
	start := time.Now()
	err = city.Fill(ctx, CityDeps{Store: s, Clock: clock, Desk: desk, Pack: p, Engine: triage.New(p, model), Until: present},
		func(done, total int) {
			if done < last || total != city.Cases {
				t.Errorf("progress %d of %d after %d", done, total, last)
			}
			last = done
		})
	t.Logf("filled %d cases in %v", city.Cases, time.Since(start))
	if err != nil {
		t.Fatal(err)
	}
	if last != city.Cases {
		t.Errorf("%d cases opened, want %d", last, city.Cases)
	}
	return s, p, path
}

func allCases(t testing.TB, s *store.Store) []*store.Case {
	t.Helper()
	list, err := s.Cases(t.Context(), store.CaseFilter{Region: apptest.Region, Secret: true, Sort: "new", Limit: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestCity(t *testing.T) {
	race.Skip(t)
	ctx := t.Context()
	s, p, path := fillCity(t, &City{Seed: 1, Months: 24, Cases: 300})
	cases := allCases(t, s)
	if len(cases) != 300 {
		t.Fatalf("%d cases", len(cases))
	}

	numbers := map[string]bool{}
	states := map[tanggap.State]int{}
	seen := map[string]int{}
	for _, c := range cases {
		if numbers[c.Number] {
			t.Errorf("number %s twice", c.Number)
		}
		numbers[c.Number] = true
		states[c.State]++
		seen[c.Channel]++
		if c.DueAt.IsZero() {
			t.Errorf("%s has no due date", c.Number)
		}
		if c.OpenedAt.After(present) || c.UpdatedAt.After(present) {
			t.Errorf("%s lies in the future: opened %v, updated %v", c.Number, c.OpenedAt, c.UpdatedAt)
		}
		if !c.NextStepAt.IsZero() && !c.NextStepAt.After(present) {
			t.Errorf("%s: step %s was due at %v", c.Number, c.NextStep, c.NextStepAt)
		}
		if c.Secret {
			seen["secret"]++
			if c.Summary != "" {
				t.Errorf("%s is secret and has a summary", c.Number)
			}
		}
		if c.Anonymous {
			seen["anonymous"]++
		}
		if c.Reopens > 0 {
			seen["reopened"]++
		}
		if !c.DueAt.IsZero() && c.AnsweredAt.After(c.DueAt) {
			seen["late"]++
		}
		if c.Urgency == tanggap.Emergency {
			seen["emergency"]++
			alarms, err := s.Alarms(ctx, c.Region, c.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range alarms {
				seen["alarm"]++
				if a.AckedAt.IsZero() {
					t.Errorf("%s: nobody acknowledged", c.Number)
				}
			}
		}
	}
	for _, state := range []tanggap.State{tanggap.Triage, tanggap.Assigned, tanggap.InProgress, tanggap.WaitingCitizen, tanggap.Answered,
		tanggap.Done, tanggap.External, tanggap.Rejected} {
		if states[state] == 0 {
			t.Errorf("no case is %s: %v", state, states)
		}
	}
	for _, what := range []string{"whatsapp", "web", Typed, "secret", "anonymous", "late", "emergency", "alarm", "reopened"} {
		if seen[what] == 0 {
			t.Errorf("no case is %s: %v", what, seen)
		}
	}
	t.Log(states, seen)

	due, err := s.DueNotification(ctx, p.Identity.Code)
	if err != nil || due {
		t.Errorf("notices wait to be sent: %v, %v", due, err)
	}
	for table, want := range map[string]int{"notifications WHERE state NOT IN ('sent', 'dropped')": 0, "river_job": 0, "events WHERE seq IS NULL": 0} {
		var n int
		if err := s.SQL().QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&n); err != nil || n != want {
			t.Errorf("%s: %d rows, %v", table, n, err)
		}
	}
	verifyHistory(t, s)
	noClearPersonalData(t, path)
}

func verifyHistory(t *testing.T, s *store.Store) {
	t.Helper()
	err := s.Snapshot(t.Context(), func(snap *store.Store) error {
		report, err := audit.Verify(t.Context(), snap.AuditReader(apptest.Region), audit.Trust{}, nil)
		if err == nil && (!report.OK() || report.Events == 0) {
			t.Errorf("history: %+v", report)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// personal is what the simulated people's names and numbers look like, however they
// are separated.
var personal = regexp.MustCompile(`Warga Contoh \d|62811000\d|0811000\d`)

func noClearPersonalData(t *testing.T, path string) {
	t.Helper()
	for _, file := range []string{path, path + "-wal"} {
		b, err := os.ReadFile(filepath.Clean(file))
		if err != nil {
			t.Fatal(err)
		}
		if found := personal.FindIndex(b); found != nil {
			from, to := max(found[0]-60, 0), min(found[1]+60, len(b))
			t.Errorf("%s holds personal data in clear: %q", filepath.Base(file), bytes.ToValidUTF8(b[from:to], []byte("?")))
		}
	}
}

// TestCityIsTheSameForASeed compares everything that is not an id, a code or a key.
func TestCityIsTheSameForASeed(t *testing.T) {
	describe := func(seed int64) string {
		s, _, _ := fillCity(t, &City{Seed: seed, Months: 3, Cases: 40})
		var b strings.Builder
		for _, c := range allCases(t, s) {
			fmt.Fprintln(&b, c.Number, c.State, c.Service, c.Unit, c.Area, c.Urgency, c.Channel, c.Summary, c.OpenedAt, c.DueAt, c.AnsweredAt, c.Version)
		}
		return b.String()
	}
	first := describe(7)
	if diff := cmp.Diff(first, describe(7)); diff != "" {
		t.Errorf("the same seed, another city:\n%s", diff)
	}
	if first == describe(8) {
		t.Error("another seed, the same city")
	}
}

func TestCityNeedsOfficers(t *testing.T) {
	s := apptest.SQLite(t)
	p := apptest.Pack(t)
	err := (&City{Months: 1, Cases: 1}).Fill(context.Background(), CityDeps{Store: s, Pack: p, Clock: NewCityClock(present), Until: present}, nil)
	if tanggap.CodeOf(err) != tanggap.Invalid {
		t.Errorf("got %v", err)
	}
}

// TestBigCity measures what `tanggap demo` does.
func TestBigCity(t *testing.T) {
	if os.Getenv("TANGGAP_CAMPAIGN") == "" {
		t.Skip("takes about a minute; set TANGGAP_CAMPAIGN=1")
	}
	s, _, _ := fillCity(t, &City{Seed: 1, Months: 24, Cases: 5000})
	states, late := map[tanggap.State]int{}, 0
	open := 0
	for _, c := range allCases(t, s) {
		states[c.State]++
		if c.State.Open() {
			open++
			if c.DueAt.Before(present) {
				late++
			}
		}
	}
	t.Logf("%v; open %d, of them late %d", states, open, late)
	if open < 200 || open > 450 {
		t.Errorf("%d cases are open, want about 300", open)
	}
	for _, state := range []tanggap.State{tanggap.Reopened, tanggap.Merged} {
		if states[state] == 0 {
			t.Errorf("no case is %s", state)
		}
	}
	verifyHistory(t, s)
}

func TestDemoOfficers(t *testing.T) {
	p := apptest.Pack(t)
	officers := DemoOfficers(p)
	staffed := map[string]bool{}
	emails := map[string]bool{}
	for _, o := range officers {
		if emails[o.Email] {
			t.Errorf("%s twice", o.Email)
		}
		emails[o.Email] = true
		if len(o.Roles) == 0 || !strings.HasPrefix(o.Name, "Petugas Contoh ") {
			t.Errorf("%+v", o)
		}
		for _, r := range o.Roles {
			staffed[r.Unit] = true
		}
	}
	for _, d := range p.Duty {
		if !emails[d.Officer] {
			t.Errorf("%s is on duty and does not exist", d.Officer)
		}
	}
	for _, u := range p.Units {
		if u.Kind != "external" && !staffed[u.Code] {
			t.Errorf("nobody works for %s", u.Code)
		}
	}
}
