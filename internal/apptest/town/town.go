// Package town is a town for tests: things happen to its cases at random, and a recount
// from the raw events says, slowly and without the code under test, what its figures are.
package town

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"tanggap/internal/apptest"
	"tanggap/internal/audit"
	"tanggap/internal/casework"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/stat"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Officer is the id of the one who acts.
const Officer = "01900000-0000-7000-8000-000000000001"

// Town is a desk on which things happen at random.
type Town struct {
	*casework.Desk
	t     testing.TB
	Store *store.Store
	Pack  *region.Pack
	Clock *apptest.Clock
	who   *store.Citizen
	Cases []string // ids
}

// New is an empty town.
func New(t testing.TB, s *store.Store) *Town {
	t.Helper()
	p := apptest.Pack(t)
	packs := region.NewRegistry(p)
	w := &Town{t: t, Store: s, Pack: p, Clock: s.Clock().(*apptest.Clock), who: &store.Citizen{Region: apptest.Region, Name: "Warga Contoh", Lang: "id"},
		Desk: &casework.Desk{Packs: packs, Hold: time.Minute, Outbox: notify.New(packs, func(*region.Pack) string { return "https://lapor.contoh.go.id" })}}
	if err := s.InTx(t.Context(), func(tx *store.Store) error { return tx.AddCitizen(t.Context(), w.who) }); err != nil {
		t.Fatal(err)
	}
	return w
}

// services of the history: of several units, one secret by itself, "" for triage.
var services = []string{"PJU-PADAM", "SMP-TUMPUK", "SRT-DOM", ""}

// Arrive lets a message become a case.
func (w *Town) Arrive(r *rapid.T) {
	service := rapid.SampledFrom(services).Draw(r, "service")
	decisions := []*store.Decision{{Kind: casework.KindService, Value: service, Confidence: 0.9, State: store.DecisionAuto}}
	if service == "" {
		decisions[0].State, decisions[0].Value = store.DecisionOpen, "SMP-TUMPUK"
	}
	if rapid.Bool().Draw(r, "place") {
		decisions = append(decisions, &store.Decision{Kind: casework.KindArea, Value: rapid.SampledFrom([]string{"74.72.02.1001", "74.72.06.1009"}).Draw(r, "area"), State: store.DecisionAuto})
	}
	if rapid.IntRange(0, 4).Draw(r, "language") == 0 {
		decisions = append(decisions, &store.Decision{Kind: casework.KindLanguage, Value: "en", State: store.DecisionAuto})
	}
	if rapid.IntRange(0, 5).Draw(r, "secret") == 0 {
		decisions = append(decisions, &store.Decision{Kind: casework.KindSensitive, Value: "ya", State: store.DecisionAuto})
	}
	err := w.Store.InTx(w.t.Context(), func(tx *store.Store) error {
		c, err := w.Open(w.t.Context(), tx, w.Pack, casework.New{CitizenID: w.who.ID, Channel: rapid.SampledFrom([]string{"web", "whatsapp"}).Draw(r, "channel"),
			OpenedAt: w.Clock.Now(), Decisions: decisions, Message: &store.Message{Channel: "web", Kind: "text", Body: "lampu jalan padam", Masked: "lampu jalan padam"}})
		if err == nil {
			w.Cases = append(w.Cases, c.ID)
		}
		return err
	})
	if err != nil {
		r.Fatal(err)
	}
}

// Happen lets somebody do something to some case; what is not allowed at that moment does
// not happen.
func (w *Town) Happen(r *rapid.T) {
	if len(w.Cases) == 0 || rapid.IntRange(0, 4).Draw(r, "open") == 0 {
		w.Arrive(r)
		return
	}
	ctx := w.t.Context()
	id := rapid.SampledFrom(w.Cases).Draw(r, "case")
	words := func() *store.Message {
		return &store.Message{Channel: "web", Kind: "text", Body: "belum", Masked: "belum"}
	}
	act := rapid.SampledFrom([]string{"decide", "decide", "undo", "take", "ask", "say", "answer", "answer", "hear", "confirm", "reopen", "reopen",
		"external", "reject", "merge", "flags", "object", "retract", "retract", "step", "assign"}).Draw(r, "act")
	err := w.Store.InTx(ctx, func(tx *store.Store) error {
		c, err := tx.Case(ctx, apptest.Region, id)
		if err != nil {
			return err
		}
		switch act {
		case "decide":
			return w.Decide(ctx, tx, w.Pack, c, Officer, casework.Choice{Service: rapid.SampledFrom(services[:3]).Draw(r, "to"), Area: "74.72.02.1001",
				Unit: rapid.SampledFrom([]string{"", "DLH", "PUPR", "DISHUB"}).Draw(r, "unit")})
		case "undo":
			return w.Undo(ctx, tx, w.Pack, c, Officer)
		case "take":
			return w.Take(ctx, tx, w.Pack, c, Officer)
		case "ask":
			return w.Reply(ctx, tx, w.Pack, c, Officer, "Di mana?", tanggap.WaitingCitizen)
		case "say":
			return w.Reply(ctx, tx, w.Pack, c, Officer, "Kami kerjakan.", tanggap.InProgress)
		case "answer":
			return w.Reply(ctx, tx, w.Pack, c, Officer, "Sudah diperbaiki.", tanggap.Answered)
		case "hear":
			return w.Hear(ctx, tx, w.Pack, c, words(), nil)
		case "confirm":
			return w.Confirm(ctx, tx, w.Pack, c)
		case "reopen":
			return w.Reopen(ctx, tx, w.Pack, c, words())
		case "external":
			return w.External(ctx, tx, w.Pack, c, Officer, "PLN")
		case "reject":
			return w.Reject(ctx, tx, w.Pack, c, Officer, "bukan urusan kota")
		case "merge":
			into, err := tx.Case(ctx, apptest.Region, rapid.SampledFrom(w.Cases).Draw(r, "into"))
			if err != nil {
				return err
			}
			return w.Merge(ctx, tx, w.Pack, c, into, Officer)
		case "flags":
			return w.Flags(ctx, tx, w.Pack, c, Officer, rapid.Bool().Draw(r, "flag"), false)
		case "object":
			return w.Object(ctx, tx, w.Pack, c, words())
		case "retract":
			_, err := w.Retract(ctx, tx, w.Pack, c, Officer)
			return err
		case "assign":
			return w.Assign(ctx, tx, w.Pack, c, Officer, Officer)
		}
		return w.Step(ctx, tx, w.Pack, c)
	})
	if err != nil && tanggap.CodeOf(err) != tanggap.Conflict && tanggap.CodeOf(err) != tanggap.Invalid {
		r.Fatalf("%s: %v", act, err)
	}
}

// Wait lets time go by, mostly little, sometimes beyond a promise.
func (w *Town) Wait(r *rapid.T) {
	w.Clock.Advance(time.Duration(rapid.SampledFrom([]int{0, 0, 1, 7, 60, 600, 1440, 3 * 1440, 9 * 1440}).Draw(r, "minutes")) * time.Minute)
}

// sequence gives the events so far their place in the log, as the leader does.
func (w *Town) sequence() {
	w.t.Helper()
	err := w.Store.InTx(w.t.Context(), func(tx *store.Store) error {
		_, err := audit.Sequence(w.t.Context(), tx.AuditLog(apptest.Region), 10_000)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// Update takes into the figures what happened so far.
func (w *Town) Update(r *rapid.T, k *stat.Keeper) {
	w.sequence()
	if _, err := k.Update(w.t.Context(), w.Pack); err != nil {
		r.Fatal(err)
	}
}

// Once draws once: the database goes on, so a draw cannot be shrunk.
func Once(t *testing.T, fn func(*rapid.T)) {
	t.Helper()
	ran := false
	rapid.Check(t, func(r *rapid.T) {
		if !ran {
			ran = true
			fn(r)
		}
	})
}
