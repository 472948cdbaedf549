package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"tanggap/internal/apptest"
	"tanggap/internal/audit"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// The behaviour of the store, the same on both engines.

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// bun's and pgx's pools close their last connection a moment after Close.
		goleak.IgnoreTopFunction("database/sql.(*DB).connectionOpener"))
}

const region = apptest.Region

func makassar(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Makassar")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func addCitizen(t testing.TB, s *store.Store, name string) *store.Citizen {
	t.Helper()
	c := &store.Citizen{Region: region, Name: name, Lang: "id"}
	if err := s.AddCitizen(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return c
}

func addCase(t testing.TB, s *store.Store, edit func(*store.Case)) *store.Case {
	t.Helper()
	citizen := addCitizen(t, s, "Warga Contoh")
	now := s.Clock().Now()
	c := &store.Case{Region: region, State: tanggap.Received, Urgency: tanggap.Normal, Channel: "web",
		CitizenID: citizen.ID, Unit: "DLH", Place: "Jl. Contoh No. 1", Summary: "lampu jalan padam", OpenedAt: now, DueAt: now.Add(72 * time.Hour)}
	if edit != nil {
		edit(c)
	}
	if err := s.InTx(t.Context(), func(tx *store.Store) error { return tx.AddCase(t.Context(), c, "BAU", makassar(t)) }); err != nil {
		t.Fatal(err)
	}
	return c
}

func items(ids ...string) []*store.Inbound {
	var out []*store.Inbound
	for _, id := range ids {
		out = append(out, &store.Inbound{Account: "1001", External: id, Kind: "message", Raw: []byte("{" + id + "}")})
	}
	return out
}

func deliver(ctx context.Context, s *store.Store, ids ...string) (seqs []int64, err error) {
	err = s.InTx(ctx, func(tx *store.Store) error {
		seqs = nil
		fresh, err := tx.AddDelivery(ctx, &store.Delivery{Region: region, Channel: "whatsapp", Hash: fmt.Sprint(ids), Body: []byte("body")}, items(ids...))
		for _, in := range fresh {
			seqs = append(seqs, in.Seq)
		}
		return err
	})
	return seqs, err
}

func TestDeliveryItemsAreTakenOnce(t *testing.T) {
	apptest.Both(t, func(t *testing.T, s *store.Store) {
		for _, step := range []struct {
			ids  []string
			want []int64
		}{
			{[]string{"a", "b", "a"}, []int64{1, 2}},
			{[]string{"a", "b"}, nil},
			{[]string{"b", "c"}, []int64{3}},
		} {
			got, err := deliver(t.Context(), s, step.ids...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(step.want, got); diff != "" {
				t.Errorf("deliver %v: -want +got\n%s", step.ids, diff)
			}
		}
		in, err := s.FindInbound(t.Context(), region, "whatsapp", "1001", "c")
		if err != nil || in == nil {
			t.Fatalf("FindInbound: %v, %v", in, err)
		}
		if err := s.OpenInbound(t.Context(), in); err != nil || string(in.Raw) != "{c}" {
			t.Errorf("raw bytes: %q, %v", in.Raw, err)
		}
	})
}

func TestInboundSequenceHasNoGapsUnderConcurrency(t *testing.T) {
	apptest.Both(t, func(t *testing.T, s *store.Store) {
		var mu sync.Mutex
		var all []int64
		g, ctx := errgroup.WithContext(t.Context())
		for sender := range 8 {
			g.Go(func() error {
				for n := range 6 {
					// Every item is sent by two senders; some transactions are given up.
					id := fmt.Sprintf("m%d-%d", sender/2, n)
					if n == 3 {
						err := s.InTx(ctx, func(tx *store.Store) error {
							if _, err := tx.AddDelivery(ctx, &store.Delivery{Region: region, Channel: "whatsapp", Body: []byte("x")}, items("lost"+id)); err != nil {
								return err
							}
							return errGivenUp
						})
						if !errors.Is(err, errGivenUp) {
							return err
						}
					}
					seqs, err := deliver(ctx, s, id)
					if err != nil {
						return err
					}
					mu.Lock()
					all = append(all, seqs...)
					mu.Unlock()
				}
				return nil
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		slices.Sort(all)
		var want []int64
		for n := range int64(4 * 6) {
			want = append(want, n+1)
		}
		if diff := cmp.Diff(want, all); diff != "" {
			t.Errorf("sequence numbers: -want +got\n%s", diff)
		}
	})
}

var errGivenUp = errors.New("given up")

func TestPendingInboundsLeaveWhenFinished(t *testing.T) {
	apptest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		if _, err := deliver(ctx, s, "a", "b"); err != nil {
			t.Fatal(err)
		}
		now := s.Clock().Now()
		for _, c := range []struct {
			before time.Time
			want   []int64
		}{{now, nil}, {now.Add(time.Second), []int64{1, 2}}} {
			got, err := s.PendingInbounds(ctx, region, c.before, 10)
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("pending before %v: %v, %v; want %v", c.before, got, err, c.want)
			}
		}
		in, err := s.Inbound(ctx, region, 1)
		if err != nil {
			t.Fatal(err)
		}
		in.State, in.Outcome = store.InboundDone, store.OutcomeIgnored
		if err := s.FinishInbound(ctx, in); err != nil {
			t.Fatal(err)
		}
		if got, err := s.PendingInbounds(ctx, region, now.Add(time.Second), 10); err != nil || !slices.Equal(got, []int64{2}) {
			t.Errorf("after finishing the first: %v, %v", got, err)
		}
	})
}

func TestCaseRoundTrip(t *testing.T) {
	apptest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		c := addCase(t, s, func(c *store.Case) { c.Secret = true })
		if c.Number != "BAU-26-000001" || c.OpenedDay != "2026-03-04" {
			t.Errorf("number %q, day %q", c.Number, c.OpenedDay)
		}
		for name, find := range map[string]func() (*store.Case, error){
			"id":     func() (*store.Case, error) { return s.Case(ctx, region, c.ID) },
			"code":   func() (*store.Case, error) { return s.CaseByCode(ctx, region, c.Code) },
			"link":   func() (*store.Case, error) { return s.CaseByLink(ctx, region, c.Link) },
			"number": func() (*store.Case, error) { return s.CaseByNumber(ctx, region, c.Number) },
		} {
			got, err := find()
			if err != nil {
				t.Errorf("by %s: %v", name, err)
				continue
			}
			if !got.Secret || got.Place != c.Place || got.Code != c.Code || !got.DueAt.Equal(c.DueAt) || got.State != tanggap.Received {
				t.Errorf("by %s: %+v", name, got)
			}
		}
		if _, err := s.Case(ctx, region, tanggap.NewID()); tanggap.CodeOf(err) != tanggap.NotFound {
			t.Errorf("unknown case: %v", err)
		}
		if _, err := s.CaseByCode(ctx, "74.71", c.Code); tanggap.CodeOf(err) != tanggap.NotFound {
			t.Errorf("code of another region: %v", err)
		}
	})
}

func TestSetCaseRefusesALostUpdate(t *testing.T) {
	apptest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		c := addCase(t, s, nil)
		mine, err := s.Case(ctx, region, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := s.Case(ctx, region, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		theirs.State = tanggap.Triage
		if err := s.SetCase(ctx, theirs); err != nil || theirs.Version != 1 {
			t.Fatalf("first change: version %d, %v", theirs.Version, err)
		}
		mine.State = tanggap.Assigned
		if err := s.SetCase(ctx, mine); tanggap.CodeOf(err) != tanggap.Conflict || mine.Version != 0 {
			t.Errorf("second change: version %d, %v", mine.Version, err)
		}
		if got, err := s.Case(ctx, region, c.ID); err != nil || got.State != tanggap.Triage {
			t.Errorf("state %v, %v", got.State, err)
		}
	})
}

func TestCaseListsObeyTheirFilter(t *testing.T) {
	apptest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, now := t.Context(), s.Clock().Now()
		open := addCase(t, s, nil)
		late := addCase(t, s, func(c *store.Case) { c.DueAt = now.Add(time.Hour); c.Unit = "PUPR" })
		alarm := addCase(t, s, func(c *store.Case) { c.Urgency = tanggap.Emergency; c.DueAt = time.Time{} })
		secret := addCase(t, s, func(c *store.Case) { c.Secret = true; c.State = tanggap.Triage })
		for name, c := range map[string]struct {
			filter store.CaseFilter
			want   []string
		}{
			"by due time, emergencies first": {store.CaseFilter{}, []string{alarm.ID, late.ID, open.ID}},
			"secret ones when asked":         {store.CaseFilter{Secret: true, States: []tanggap.State{tanggap.Triage}}, []string{secret.ID}},
			"of one unit":                    {store.CaseFilter{Units: []string{"PUPR"}}, []string{late.ID}},
			"no unit allowed":                {store.CaseFilter{Units: []string{}, Secret: true}, nil},
			"of an urgency":                  {store.CaseFilter{Urgency: tanggap.Emergency}, []string{alarm.ID}},
			"due soon":                       {store.CaseFilter{DueTo: now.Add(2 * time.Hour)}, []string{late.ID}},
			"a page":                         {store.CaseFilter{Limit: 1, Offset: 1}, []string{late.ID}},
		} {
			c.filter.Region = region
			got, err := s.Cases(ctx, c.filter)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if diff := cmp.Diff(c.want, ids(got)); diff != "" {
				t.Errorf("%s: -want +got\n%s", name, diff)
			}
		}
		if n, err := s.CountCases(ctx, store.CaseFilter{Region: region}, 2); err != nil || n != 2 {
			t.Errorf("capped count: %d, %v", n, err)
		}
	})
}

// A list is not to be changed by how large the figure is that it stands behind.
func TestListBehindAFigure(t *testing.T) {
	apptest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		var want, all []string
		var rounds []*store.Round
		for i := range 9 {
			c := addCase(t, s, func(c *store.Case) {
				c.OpenedAt = s.Clock().Now().Add(time.Duration(i-20) * time.Hour)
				c.Secret = i == 4
			})
			r := &store.Round{Region: region, CaseID: c.ID, OpenedDay: "2026-03-03", StartedDay: "2026-03-03"}
			if i%3 != 0 {
				r.EndedDay, r.Outcome = "2026-03-04", tanggap.Answered
			}
			if i == 8 {
				r.Outcome = tanggap.Merged // no outcome of its own
			}
			rounds, all = append(rounds, r), append(all, c.ID)
			if i%3 != 0 && i != 4 && i != 8 {
				want = append([]string{c.ID}, want...)
			}
		}
		if err := s.InTx(ctx, func(tx *store.Store) error { return tx.PutRounds(ctx, region, all, rounds, nil) }); err != nil {
			t.Fatal(err)
		}
		counted := store.Counted{What: store.CountedResolved, From: "2026-03-04", To: "2026-03-04", Until: s.Clock().Now().Add(time.Hour)}
		for _, size := range []int64{100, 2} {
			store.SmallCrowds(t, size)
			f := store.CaseFilter{Region: region, Counted: counted}
			got, err := s.Cases(ctx, f)
			if diff := cmp.Diff(want, ids(got)); err != nil || diff != "" {
				t.Errorf("large from %d: %v, -want +got\n%s", size, err, diff)
			}
			none := f
			none.Counted.From, none.Counted.To = "2026-03-05", "2026-03-06"
			if n, err := s.CountEach(ctx, []store.CaseFilter{f, none, f, f, f, f, none}, 3); err != nil || !slices.Equal(n, []int{3, 0, 3, 3, 3, 3, 0}) {
				t.Errorf("large from %d: counted %v, %v", size, n, err)
			}
		}
	})
}

// What a list was read without must not be lost by writing it back.
func TestPlainCasesAreNotWrittenBack(t *testing.T) {
	apptest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		c := addCase(t, s, nil)
		list, err := s.Cases(ctx, store.CaseFilter{Region: region, Plain: true})
		if err != nil || len(list) != 1 || list[0].Code != "" || list[0].Place != "" || list[0].Number != c.Number || !list[0].DueAt.Equal(c.DueAt) {
			t.Fatalf("%+v, %v", list, err)
		}
		if s.SetCase(ctx, list[0]) == nil {
			t.Error("a case without what is sealed was written")
		}
		if got, err := s.Case(ctx, region, c.ID); err != nil || got.Code != c.Code || got.Place != c.Place {
			t.Errorf("%+v, %v", got, err)
		}
		if at, err := s.NewestOpened(ctx, store.CaseFilter{Region: region}); err != nil || !at.Equal(c.OpenedAt) {
			t.Errorf("newest %v, %v; opened %v", at, err, c.OpenedAt)
		}
		if at, err := s.NewestOpened(ctx, store.CaseFilter{Region: region, Units: []string{}}); err != nil || !at.IsZero() {
			t.Errorf("newest of none: %v, %v", at, err)
		}
	})
}

func ids(cases []*store.Case) []string {
	var out []string
	for _, c := range cases {
		out = append(out, c.ID)
	}
	return out
}

func TestDueSteps(t *testing.T) {
	apptest.Both(t, func(t *testing.T, s *store.Store) {
		now := s.Clock().Now()
		addCase(t, s, nil)
		later := addCase(t, s, func(c *store.Case) { c.NextStep, c.NextStepAt = tanggap.StepEscalate, now })
		first := addCase(t, s, func(c *store.Case) { c.NextStep, c.NextStepAt = tanggap.StepEscalate, now.Add(-time.Microsecond) })
		addCase(t, s, func(c *store.Case) { c.NextStep, c.NextStepAt = tanggap.StepEscalate, now.Add(time.Microsecond) })
		got, err := s.DueSteps(t.Context(), region, now, 10)
		if diff := cmp.Diff([]string{first.ID, later.ID}, ids(got)); err != nil || diff != "" {
			t.Errorf("%v: -want +got\n%s", err, diff)
		}
	})
}

func TestSearch(t *testing.T) {
	apptest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		lamp, hole := addCase(t, s, nil), addCase(t, s, nil)
		for c, body := range map[*store.Case]string{lamp: "lampu jalan padam depan pasar", hole: "jalan berlubang depan sekolah"} {
			for range 2 { // indexing again replaces
				if err := s.InTx(ctx, func(tx *store.Store) error { return tx.IndexCase(ctx, region, c.ID, body) }); err != nil {
					t.Fatal(err)
				}
			}
		}
		search := func(text string) []string {
			t.Helper()
			got, err := s.Cases(ctx, store.CaseFilter{Region: region, Text: text, Sort: "new"})
			if err != nil {
				t.Errorf("search %q: %v", text, err)
			}
			return ids(got)
		}
		for text, want := range map[string][]string{
			"lampu": {lamp.ID}, "LAMPU padam": {lamp.ID}, "jalan": {hole.ID, lamp.ID}, "jalan sek": {hole.ID}, "banjir": nil,
			"' OR 1=1 --": nil, `lampu" NEAR(`: nil, "lampu & !": {lamp.ID}, "…": nil,
		} {
			if diff := cmp.Diff(want, search(text)); diff != "" {
				t.Errorf("search %q: -want +got\n%s", text, diff)
			}
		}
		if err := s.UnindexCase(ctx, region, lamp.ID); err != nil {
			t.Fatal(err)
		}
		if got := search("lampu"); got != nil {
			t.Errorf("after unindexing: %v", got)
		}
	})
}

func TestErasedCitizenCannotBeRead(t *testing.T) {
	apptest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		c := addCase(t, s, nil)
		if _, err := s.SQL().ExecContext(ctx, "UPDATE citizens SET key_ct = NULL"); err != nil {
			t.Fatal(err)
		}
		other := sameDatabase(t, s) // has no opened key in memory
		got, err := other.Case(ctx, region, c.ID)
		if err != nil || got.Place != "" || got.Code != "" {
			t.Errorf("place %q, code %q, %v", got.Place, got.Code, err)
		}
	})
}

func TestCommittedChangesAreHeardOnceAndOthersNever(t *testing.T) {
	apptest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		var heard []store.Change
		s.OnCommit(func(c []store.Change) { heard = append(heard, c...) })
		c := addCase(t, s, nil)
		event := func(fail error) error {
			return s.InTx(ctx, func(tx *store.Store) error {
				if _, err := tx.AddEvent(ctx, c, "system", "case.opened", map[string]any{"b": 1, "a": "x"}); err != nil {
					return err
				}
				return fail
			})
		}
		if err := event(errGivenUp); !errors.Is(err, errGivenUp) {
			t.Fatal(err)
		}
		if err := event(nil); err != nil {
			t.Fatal(err)
		}
		want := []store.Change{{Region: region, CaseID: c.ID, Unit: "DLH", Type: "case.opened"}}
		if diff := cmp.Diff(want, heard); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
		events, err := s.Events(ctx, region, c.ID)
		if err != nil || len(events) != 1 || events[0].Payload != `{"a":"x","b":1}` {
			t.Errorf("events %v, %v", events, err)
		}
	})
}

func TestSequencedEventsMakeAVerifiableLog(t *testing.T) {
	apptest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		c := addCase(t, s, nil)
		for n := range 5 {
			if _, err := s.AddEvent(ctx, c, "system", "case.changed", map[string]any{"n": n}); err != nil {
				t.Fatal(err)
			}
		}
		for _, want := range []int{3, 2, 0} {
			var n int
			err := s.InTx(ctx, func(tx *store.Store) (err error) {
				n, err = audit.Sequence(ctx, tx.AuditLog(region), 3)
				return err
			})
			if err != nil || n != want {
				t.Fatalf("sequenced %d, %v; want %d", n, err, want)
			}
		}
		cp, err := audit.NewCheckpoint(ctx, s.AuditLog(region), "test", 0, s.Clock().Now())
		if err != nil || cp.Size != 5 {
			t.Fatalf("checkpoint %+v, %v", cp, err)
		}
		events, err := s.Events(ctx, region, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range events {
			proof, err := audit.Prove(ctx, s.AuditLog(region), *e.Seq, cp.Size)
			if err != nil {
				t.Fatal(err)
			}
			if err := audit.CheckProof(proof, *e.Seq, e.Leaf, cp); err != nil || *e.Seq != int64(i) {
				t.Errorf("event %d at %d: %v", i, *e.Seq, err)
			}
		}
	})
}

func TestPackVersions(t *testing.T) {
	apptest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		if p, err := s.Pack(ctx, region); err != nil || p != nil {
			t.Fatalf("no pack yet: %v, %v", p, err)
		}
		for _, step := range []struct {
			hash string
			want int64
		}{{"h1", 1}, {"h1", 1}, {"h2", 2}, {"h1", 3}} {
			if v, err := s.AddPack(ctx, region, step.hash, []byte(step.hash), "note"); err != nil || v != step.want {
				t.Errorf("AddPack %s: %d, %v; want %d", step.hash, v, err, step.want)
			}
		}
		p, err := s.PackVersion(ctx, region, 2)
		if err != nil || !bytes.Equal(p.Archive, []byte("h2")) {
			t.Errorf("version 2: %v, %v", p, err)
		}
	})
}

func TestSessions(t *testing.T) {
	apptest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, clock := t.Context(), s.Clock().(*apptest.Clock)
		for _, data := range []string{"one", "two"} {
			if err := s.CommitCtx(ctx, "token", []byte(data), clock.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		if data, ok, err := s.FindCtx(ctx, "token"); !ok || err != nil || string(data) != "two" {
			t.Errorf("%q, %v, %v", data, ok, err)
		}
		clock.Advance(2 * time.Hour)
		if _, ok, err := s.FindCtx(ctx, "token"); ok || err != nil {
			t.Errorf("expired session found: %v", err)
		}
		if err := s.SweepSessions(ctx); err != nil {
			t.Fatal(err)
		}
		var n int
		if err := s.SQL().QueryRowContext(ctx, "SELECT count(*) FROM sessions").Scan(&n); err != nil || n != 0 {
			t.Errorf("%d sessions left, %v", n, err)
		}
	})
}
