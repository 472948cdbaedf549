package intake_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tanggap/internal/apptest"
	"tanggap/internal/casework"
	"tanggap/internal/channel"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("database/sql.(*DB).connectionOpener"))
}

const (
	waIna   = "628110000001"
	officer = "01900000-0000-7000-8000-000000000001"
	lamp    = "lampu jalan di lorong sa kelurahan Lipu mati mi 3 hari, gelap skali"
)

// act lets an officer work on a case.
func (d *desk) act(c *store.Case, fn func(tx *store.Store, c *store.Case) error) *store.Case {
	d.t.Helper()
	err := d.Store.InTx(d.t.Context(), func(tx *store.Store) error {
		fresh, err := tx.Case(d.t.Context(), c.Region, c.ID)
		if err != nil {
			return err
		}
		return fn(tx, fresh)
	})
	if err != nil {
		d.t.Fatal(err)
	}
	fresh, err := d.Store.Case(d.t.Context(), c.Region, c.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	return fresh
}

func (d *desk) reply(c *store.Case, words string, to tanggap.State) *store.Case {
	d.t.Helper()
	return d.act(c, func(tx *store.Store, c *store.Case) error {
		if to == tanggap.Answered {
			if err := apptest.Prove(d.t.Context(), tx, c); err != nil {
				return err
			}
		}
		return d.Desk.Reply(d.t.Context(), tx, apptest.Pack(d.t), c, officer, words, to)
	})
}

func (d *desk) sayRaw(update string) *store.Inbound {
	d.t.Helper()
	return d.process(d.receive(envelope(update)))[0]
}

// noticesOf lists the templates owed for words that belong to no event of a case.
func (d *desk) answered(in *store.Inbound) []string {
	d.t.Helper()
	list, err := d.Store.Notifications(d.t.Context(), apptest.Region, "")
	if err != nil {
		d.t.Fatal(err)
	}
	var out []string
	for _, n := range list {
		if n.EventID == fmt.Sprintf("inbound:%d", in.Seq) {
			out = append(out, n.Template)
		}
	}
	return out
}

func TestNotSolvedReopens(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		c := d.reply(d.caseOf(d.say("r1", waIna, lamp)), "Lampu sudah diganti.", tanggap.Answered)
		d.clock.Advance(time.Hour)
		in := d.say("r2", waIna, "belum menyala pak")
		if in.CaseID != c.ID || in.MessageID == "" {
			t.Fatalf("the citizen's no went to case %q, message %q", in.CaseID, in.MessageID)
		}
		if c = d.caseOf(in); c.State != tanggap.Reopened || c.Reopens != 1 {
			t.Errorf("state %s, reopened %d times", c.State, c.Reopens)
		}
	})
}

func TestThanksClosesNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		c := d.reply(d.caseOf(d.say("t1", waIna, lamp)), "Lampu sudah diganti.", tanggap.Answered)
		d.clock.Advance(48 * time.Hour)
		d.say("t2", waIna, "terima kasih banyak pak")
		if c = d.act(c, func(*store.Store, *store.Case) error { return nil }); c.State != tanggap.Answered {
			t.Errorf("state %s", c.State)
		}
		if cases, err := s.CitizenCases(t.Context(), apptest.Region, c.CitizenID, 9); err != nil || len(cases) != 1 {
			t.Errorf("%d cases, %v", len(cases), err)
		}
	})
}

func TestThumbUnderTheReceiptIsNoConsent(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		c := d.caseOf(d.say("u1", waIna, lamp))
		d.clock.Advance(time.Hour)
		c = d.reply(c, "Lampu sudah diganti.", tanggap.Answered)
		list, err := s.Messages(t.Context(), apptest.Region, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		out := 0
		for _, m := range list {
			if m.Direction != store.Out {
				continue
			}
			m.External = fmt.Sprintf("out.%d", out)
			out++
			if err := s.SetExternal(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		thumb := func(id, to string) *store.Inbound {
			return d.sayRaw(fmt.Sprintf(`{"from":%q,"id":%q,"timestamp":"%d","type":"reaction","reaction":{"message_id":%q,"emoji":"👍"}}`,
				waIna, id, d.clock.Now().Unix(), to))
		}
		if in := thumb("u2", "out.0"); in.Outcome != store.OutcomeIgnored {
			t.Errorf("thumb under the receipt: %s", in.Outcome)
		}
		if in := thumb("u3", fmt.Sprintf("out.%d", out-1)); d.caseOf(in).State != tanggap.Done {
			t.Errorf("thumb under the answer: %s", in.Outcome)
		}
	})
}

func TestDangerIsAMatterOfItsOwn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		first := d.caseOf(d.say("d1", waIna, lamp))
		d.clock.Advance(time.Minute)
		fire := d.caseOf(d.say("d2", waIna, "TOLONG kebakaran rumah di Wameo api besar sekali"))
		if fire.ID == first.ID || fire.Unit != "DAMKAR" || fire.Urgency != tanggap.Emergency {
			t.Errorf("the fire is in case %s of %s", fire.Number, fire.Unit)
		}
		rings := fire.NextStepAt
		d.clock.Advance(time.Minute)
		again := d.caseOf(d.say("d3", waIna, "cepat api besar kebakaran!!"))
		if again.ID != fire.ID || again.NextStep != tanggap.StepAckOfficer || !again.NextStepAt.Equal(rings) {
			t.Errorf("a second cry put the alarm off: case %s, %s at %v, was %v", again.Number, again.NextStep, again.NextStepAt, rings)
		}
	})
}

func TestKeywords(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		in := d.say("k1", waIna, "PETUGAS!")
		c := d.caseOf(in)
		said, err := s.Messages(t.Context(), apptest.Region, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if c.State != tanggap.Triage || !casework.Silent(c) || len(said) != 2 || len(d.answered(in)) != 0 ||
			!strings.Contains(said[1].Body, c.Number) || !strings.Contains(said[1].Body, "Petugas akan membalas di sini") {
			t.Errorf("state %s, answered %v, said %+v", c.State, d.answered(in), said)
		}
		in = d.say("k2", waIna, "berhenti")
		who, err := s.Identity(t.Context(), apptest.Region, c.IdentityID)
		if err != nil || who.StoppedAt.IsZero() || fmt.Sprint(d.answered(in)) != fmt.Sprint([]string{region.TextStopped}) {
			t.Errorf("stopped %v, answered %v, %v", who.StoppedAt, d.answered(in), err)
		}
		d.say("k3", waIna, "petugas tidak datang angkut sampah di belakang pasar")
		if who, err = s.Identity(t.Context(), apptest.Region, c.IdentityID); err != nil || !who.StoppedAt.IsZero() {
			t.Errorf("writing again does not start again: %v, %v", who.StoppedAt, err)
		}
	})
}

func TestNumberCountsOnlyForItsCitizen(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		c := d.caseOf(d.say("n1", waIna, lamp))
		d.clock.Advance(72 * time.Hour)
		if in := d.say("n2", waIna, "tambahan untuk "+strings.ToLower(c.Number)+" ada kabel terkelupas di tiang itu juga"); in.CaseID != c.ID {
			t.Errorf("the citizen's own number leads to %q", in.CaseID)
		}
		if in := d.say("n3", "628110000002", "tambahan untuk "+c.Number+" ada kabel terkelupas di tiang itu juga"); in.CaseID == c.ID {
			t.Error("a stranger who knows the number writes into the case")
		}
	})
}

func TestFloodOfOneCitizen(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		kinds := []string{"jalan rusak berlubang di depan sekolah %d lorong besar", "sampah menumpuk tidak diangkut di pasar %d sudah lama sekali",
			"lampu jalan padam di lorong %d gelap sekali kalau malam", "air PDAM tidak mengalir di rumah %d sudah satu minggu"}
		var last *store.Inbound
		for i := range 40 {
			d.clock.Advance(time.Minute + time.Second)
			last = d.sayRaw(text(fmt.Sprintf("f%d", i), waIna, fmt.Sprintf(kinds[i%len(kinds)], i), d.clock.Now().Add(-time.Duration(40-i)*time.Hour)))
			if last.Outcome != store.OutcomeMessage || last.MessageID == "" {
				t.Fatalf("message %d was dropped: %s %s", i, last.Outcome, last.Reason)
			}
		}
		cases, err := s.CitizenCases(t.Context(), apptest.Region, d.caseOf(last).CitizenID, 100)
		if err != nil || len(cases) > 12 {
			t.Errorf("%d cases from one citizen in forty minutes, %v", len(cases), err)
		}
		if in := d.say("fx", waIna, "TOLONG kebakaran rumah di Wameo api besar sekali"); d.caseOf(in).Unit != "DAMKAR" {
			t.Error("a danger is held up by the flood")
		}
	})
}

func TestPositionStandsNowhereInClear(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		in := d.sayRaw(fmt.Sprintf(`{"from":%q,"id":"l1","timestamp":"%d","type":"location","location":{"latitude":-5.46321,"longitude":122.60123,"name":"Rumah saya","address":"Jalan Contoh 5"}}`,
			waIna, d.clock.Now().Unix()))
		c := d.caseOf(in)
		masked, err := s.MaskedText(t.Context(), apptest.Region, c.ID)
		if err != nil || strings.Contains(masked+c.Summary, "5.46") || strings.Contains(masked+c.Summary, "Contoh") {
			t.Errorf("clear copies %q, %q, %v", masked, c.Summary, err)
		}
		if !strings.Contains(c.Place, "-5.46321") {
			t.Errorf("sealed place %q", c.Place)
		}
	})
}

// author writes as a person who is known by a number and a business-scoped id.
func author(id, phone, user, body string, at time.Time) string {
	from := ""
	if phone != "" {
		from = fmt.Sprintf(`"from":%q,`, phone)
	}
	if user != "" {
		from += fmt.Sprintf(`"from_user_id":%q,`, user)
	}
	return fmt.Sprintf(`{%s"id":%q,"timestamp":"%d","type":"text","text":{"body":%q}}`, from, id, at.Unix(), body)
}

func bare(update string) []byte {
	return []byte(`{"object":"whatsapp_business_account","entry":[{"id":"W","changes":[{"field":"messages","value":{
		"messaging_product":"whatsapp","metadata":{"phone_number_id":"PN-unknown"},"messages":[` + update + `]}}]}]}`)
}

func TestOnePersonUnderTwoIDs(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		now := d.clock.Now()
		citizen := func(update string) string { return d.caseOf(d.process(d.receive(bare(update)))[0]).CitizenID }
		a := citizen(author("p1", "628110000031", "", lamp, now))
		b := citizen(author("p2", "628110000031", "ID.3100000000000001", lamp, now))
		c := citizen(author("p3", "", "ID.3100000000000001", lamp, now))
		if a != b || b != c {
			t.Errorf("one person became %s, %s, %s", a, b, c)
		}
	})
}

func TestTwoNodesMeetOneNewCitizen(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		for round := range 8 {
			phone, user := fmt.Sprintf("6281100001%02d", round), fmt.Sprintf("ID.31000000000000%02d", round)
			seqs := d.receive(bare(author(fmt.Sprintf("w%da", round), phone, user, lamp, d.clock.Now()) + "," +
				author(fmt.Sprintf("w%db", round), phone, "", lamp, d.clock.Now()) + "," + author(fmt.Sprintf("w%dc", round), phone, user, lamp, d.clock.Now())))
			var wg sync.WaitGroup
			for _, seq := range seqs {
				wg.Go(func() {
					if err := d.Process(context.Background(), apptest.Region, seq); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			people := map[string]bool{}
			for _, in := range d.process(seqs) {
				people[d.caseOf(in).CitizenID] = true
			}
			if len(people) != 1 {
				t.Fatalf("round %d: one person became %d", round, len(people))
			}
		}
	})
}

func TestANumberGivenToSomebodyElse(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		before := d.caseOf(d.say("g1", "628110000041", lamp))
		d.sayRaw(fmt.Sprintf(`{"from":"628110000041","id":"g2","timestamp":"%d","type":"system","system":{"type":"user_changed_number","wa_id":"628110000042"}}`, d.clock.Now().Unix()))
		moved := d.caseOf(d.say("g3", "628110000042", "lampu jalan tadi belum juga diperbaiki di lorong"))
		if moved.CitizenID != before.CitizenID {
			t.Error("the person lost his cases with his number")
		}
		if stranger := d.caseOf(d.say("g4", "628110000041", lamp)); stranger.CitizenID == before.CitizenID {
			t.Error("the next owner of the number finds another person's cases")
		}
	})
}

func TestReceiveAfterStop(t *testing.T) {
	d := newDesk(t, apptest.SQLite(t))
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			_, err := d.Receive(t.Context(), apptest.Region, channel.WhatsApp, envelope(text(fmt.Sprint("s", i), waIna, lamp, d.clock.Now())))
			if err != nil && tanggap.CodeOf(err) != tanggap.Unavailable {
				t.Error(err)
			}
		})
		if i == 10 {
			d.Stop()
		}
	}
	wg.Wait()
	d.Stop()
	if _, err := d.Receive(t.Context(), apptest.Region, channel.WhatsApp, envelope(text("late", waIna, lamp, d.clock.Now()))); tanggap.CodeOf(err) != tanggap.Unavailable {
		t.Errorf("after the end: %v", err)
	}
}

func TestWaitingForTheOfficerIsNoSmallTalk(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		c := d.reply(d.caseOf(d.say("q1", waIna, lamp)), "Di tiang nomor berapa?", tanggap.WaitingCitizen)
		d.clock.Advance(26 * time.Hour)
		in := d.say("q2", waIna, "selamat pagi pak")
		if in.CaseID != c.ID || d.caseOf(in).State != tanggap.InProgress {
			t.Errorf("the answer went to %q", in.CaseID)
		}
		if list := d.answered(in); len(list) != 0 {
			t.Errorf("the bot talks over the officer: %v", list)
		}
	})
}

func TestTapsWithoutACaseOpenNone(t *testing.T) {
	d := newDesk(t, apptest.SQLite(t))
	in := d.sayRaw(fmt.Sprintf(`{"from":%q,"id":"c1","timestamp":"%d","type":"interactive","interactive":{"type":"button_reply","button_reply":{"id":%q,"title":"Belum"}}}`,
		waIna, d.clock.Now().Unix(), casework.ChoiceUnsolved))
	if in.Outcome != store.OutcomeIgnored || in.CaseID != "" {
		t.Errorf("%s %q", in.Outcome, in.CaseID)
	}
}
