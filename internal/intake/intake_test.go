package intake_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/casework"
	"tanggap/internal/channel"
	"tanggap/internal/channel/whatsapp"
	"tanggap/internal/intake"
	"tanggap/internal/job"
	"tanggap/internal/learn"
	"tanggap/internal/media"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/triage"
)

// desk is an intake on an empty store, without workers: the test says when an item
// is processed.
type desk struct {
	*intake.Intake
	t     *testing.T
	clock *apptest.Clock
}

// engine reads with the model of the pack's seeds, learned once for all tests.
var engine = sync.OnceValues(func() (*triage.Engine, error) {
	fsys, err := region.Embedded("baubau")
	if err != nil {
		return nil, err
	}
	p, err := region.Load(fsys)
	if err != nil {
		return nil, err
	}
	dir := apptest.ModelsDir()
	if dir == "" {
		m, err := triage.Train(p)
		return triage.New(p, m), err
	}
	m, err := (&learn.Registry{Dir: dir, Log: apptest.Log()}).Seed(p)
	return triage.New(p, m), err
})

func newDesk(t *testing.T, s *store.Store) *desk {
	t.Helper()
	p := apptest.Pack(t)
	packs := region.NewRegistry(p)
	outbox := notify.New(packs, func(*region.Pack) string { return "https://lapor.contoh.go.id" })
	handlers := job.NewHandlers()
	queue, err := job.New(s, handlers, job.Config{}, apptest.Log())
	if err != nil {
		t.Fatal(err)
	}
	dir, err := media.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	in := &intake.Intake{
		Sanitise: func(_ context.Context, data []byte) (media.Clean, error) { return media.Sanitise(data) },
		Store:    s, Queue: queue, Packs: packs, Desk: &casework.Desk{Packs: packs, Outbox: outbox}, Outbox: outbox,
		Engine:  func(*region.Pack) *triage.Engine { return e },
		Readers: map[channel.Way]channel.Reader{{Region: apptest.Region, Channel: channel.WhatsApp}: whatsapp.Reader{}}, Media: dir, Log: apptest.Log(),
		Status: func(context.Context, *store.Store, string, channel.Status) error { return nil },
		Sign:   func(context.Context, *store.Store, string, string, channel.AccountSign) error { return nil },
	}
	t.Cleanup(in.Stop)
	return &desk{in, t, s.Clock().(*apptest.Clock)}
}

// text is one WhatsApp message update, as Meta's documentation shows it.
func text(id, from, body string, at time.Time) string {
	return fmt.Sprintf(`{"from":%q,"id":%q,"timestamp":"%d","type":"text","text":{"body":%q}}`, from, id, at.Unix(), body)
}

func envelope(updates ...string) []byte {
	return []byte(`{"object":"whatsapp_business_account","entry":[{"id":"W","changes":[{"field":"messages","value":{
		"messaging_product":"whatsapp","metadata":{"display_phone_number":"62402000000","phone_number_id":"PN"},
		"contacts":[{"profile":{"name":"Warga Contoh"},"wa_id":"628110000001"}],"messages":[` + strings.Join(updates, ",") + `]}}]}]}`)
}

// say receives and processes one text and returns its inbound.
func (d *desk) say(id, from, body string) *store.Inbound {
	d.t.Helper()
	return d.process(d.receive(envelope(text(id, from, body, d.clock.Now()))))[0]
}

func (d *desk) receive(body []byte) []int64 {
	d.t.Helper()
	seqs, err := d.Receive(d.t.Context(), apptest.Region, channel.WhatsApp, body)
	if err != nil {
		d.t.Fatal(err)
	}
	return seqs
}

func (d *desk) process(seqs []int64) []*store.Inbound {
	d.t.Helper()
	var out []*store.Inbound
	for _, seq := range seqs {
		if err := d.Process(d.t.Context(), apptest.Region, seq); err != nil {
			d.t.Fatal(err)
		}
		in, err := d.Store.Inbound(d.t.Context(), apptest.Region, seq)
		if err != nil {
			d.t.Fatal(err)
		}
		out = append(out, in)
	}
	return out
}

func (d *desk) caseOf(in *store.Inbound) *store.Case {
	d.t.Helper()
	c, err := d.Store.Case(d.t.Context(), apptest.Region, in.CaseID)
	if err != nil {
		d.t.Fatalf("inbound %d (%s, %s): %v", in.Seq, in.Outcome, in.Reason, err)
	}
	return c
}

// notices lists the texts of the notices owed to citizens about a case.
func (d *desk) templates(caseID string) []string {
	d.t.Helper()
	list, err := d.Store.Notifications(d.t.Context(), apptest.Region, caseID)
	if err != nil {
		d.t.Fatal(err)
	}
	var out []string
	for _, n := range list {
		if strings.HasPrefix(n.Recipient, "citizen:") {
			out = append(out, n.Template)
		}
	}
	return out
}

func TestMainJob(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		in := d.say("wamid.1", "628110000001", "Assalamualaikum pak, lampu jalan di lorong sa kelurahan Lipu mati mi 3 hari, gelap skali")
		c := d.caseOf(in)
		if c.Service != "PJU-PADAM" || c.State != tanggap.Assigned || c.Unit != "DISHUB" || c.Area != "74.72.01.1014" {
			t.Errorf("case %s: service %q state %s unit %q area %q", c.Number, c.Service, c.State, c.Unit, c.Area)
		}
		if c.Number != "BAU-26-000001" || c.DueAt.IsZero() || c.Code == "" || c.Link == "" || c.NextStepAt.IsZero() {
			t.Errorf("incomplete case: %+v", c)
		}
		if got := d.templates(c.ID); len(got) != 1 || got[0] != region.TextReceived {
			t.Errorf("notices: %v", got)
		}
		list, err := s.Decisions(t.Context(), apptest.Region, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		kinds := map[string]bool{}
		for _, x := range list {
			kinds[x.Kind] = true
			if x.Kind == casework.KindService && (x.Model == "" || x.Confidence == 0 || len(x.Reasons) == 0 || x.Pack != c.Pack) {
				t.Errorf("service decision lacks its evidence: %+v", x)
			}
		}
		for _, k := range []string{casework.KindService, casework.KindUnit, casework.KindUrgency, casework.KindArea} {
			if !kinds[k] {
				t.Errorf("no decision of kind %s", k)
			}
		}
	})
}

func TestThreading(t *testing.T) {
	const waIna, laOde = "628110000001", "628110000002"
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		first := d.say("a1", waIna, "air PDAM tidak mengalir di Betoambari sudah satu minggu pak")
		joined := d.say("a2", waIna, "tolong segera dicek karena kami kesulitan memasak dan mandi")
		if joined.CaseID != first.CaseID {
			t.Error("what was said in one breath became two cases")
		}
		other := d.say("b1", laOde, "air PDAM tidak mengalir di Betoambari sudah satu minggu pak")
		if other.CaseID == first.CaseID {
			t.Error("two citizens share a case")
		}
		d.clock.Advance(3 * time.Hour)
		second := d.say("a3", waIna, "sampah di belakang pasar menumpuk sudah lima hari tidak diangkut")
		if second.CaseID == first.CaseID {
			t.Error("another matter went into the open case")
		}
		if got := d.say("a4", waIna, "selamat pagi"); got.Outcome != store.OutcomeIgnored || got.CaseID != "" {
			t.Errorf("a greeting: %s %q", got.Outcome, got.CaseID)
		}
	})
}

func TestEmergency(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		c := d.caseOf(d.say("e1", "628110000001", "TOLONG kebakaran rumah di Wameo api besar sekali"))
		if c.Urgency != tanggap.Emergency || c.Unit != "DAMKAR" || c.State != tanggap.Assigned {
			t.Errorf("urgency %d unit %s state %s", c.Urgency, c.Unit, c.State)
		}
		said, err := s.Messages(t.Context(), apptest.Region, c.ID)
		if err != nil || len(said) != 2 {
			t.Fatalf("want the report and one answer: %d, %v", len(said), err)
		}
		danger, number := strings.Index(said[1].Body, "110"), strings.Index(said[1].Body, c.Number)
		if danger < 0 || number < danger {
			t.Errorf("one message must say whom to call, then the number: %q", said[1].Body)
		}
		if c.NextStep != tanggap.StepAckOfficer || !c.NextStepAt.Equal(d.clock.Now().Add(10*time.Minute)) {
			t.Errorf("next step %s at %v", c.NextStep, c.NextStepAt)
		}
	})
}

// TestEachItemOnce is the promise of the main job: the same items, delivered five
// times, shuffled and cut into other deliveries by many senders at once, have one
// outcome each and stand in one case.
func TestEachItemOnce(t *testing.T) {
	const items, copies = 300, 5
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		var updates []string
		for i := range items {
			updates = append(updates, text(fmt.Sprintf("wamid.%d", i), fmt.Sprintf("62811%07d", i%97),
				fmt.Sprintf("jalan rusak berlubang di lorong %d dekat rumah nomor %d", i%31, i), d.clock.Now()))
		}
		rng := rand.New(rand.NewPCG(1, 2))
		var wg sync.WaitGroup
		var mu sync.Mutex
		var seqs []int64
		for range copies {
			mine := append([]string(nil), updates...)
			rng.Shuffle(len(mine), func(i, j int) { mine[i], mine[j] = mine[j], mine[i] })
			size := 1 + rng.IntN(40)
			wg.Go(func() {
				for len(mine) > 0 {
					n := min(size, len(mine))
					got, err := d.Receive(t.Context(), apptest.Region, channel.WhatsApp, envelope(mine[:n]...))
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					seqs = append(seqs, got...)
					mu.Unlock()
					mine = mine[n:]
				}
			})
		}
		wg.Wait()
		if len(seqs) != items {
			t.Fatalf("%d items were taken as new, want %d", len(seqs), items)
		}
		for range 2 { // two workers, both at everything
			for _, seq := range seqs {
				wg.Go(func() {
					if err := d.Process(context.Background(), apptest.Region, seq); err != nil {
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
		seen := map[string]int64{}
		for seq := int64(1); seq <= items; seq++ {
			in, err := s.Inbound(t.Context(), apptest.Region, seq)
			if err != nil {
				t.Fatalf("sequence has a gap: %v", err)
			}
			if in.State != store.InboundDone || in.Outcome != store.OutcomeMessage {
				t.Errorf("inbound %d: %s %s %s", seq, in.State, in.Outcome, in.Reason)
			}
			if prev, twice := seen[in.MessageID]; twice {
				t.Errorf("inbounds %d and %d share a message", prev, seq)
			}
			seen[in.MessageID] = seq
		}
	})
}

func TestQuarantine(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		for name, body := range map[string][]byte{
			"not json":    []byte("{{{"),
			"too old":     envelope(text("old", "628110000009", "lampu jalan padam", d.clock.Now().Add(-9*24*time.Hour))),
			"wrong shape": envelope(`{"id":"x","from":"628110000009","type":"text","text":17}`),
		} {
			for _, in := range d.process(d.receive(body)) {
				if in.State != store.InboundQuarantined || in.Reason == "" {
					t.Errorf("%s: %s %q", name, in.State, in.Reason)
				}
			}
		}
		list, err := s.Quarantined(t.Context(), apptest.Region, 10)
		if err != nil || len(list) != 3 {
			t.Errorf("quarantine holds %d items, %v", len(list), err)
		}
	})
}
