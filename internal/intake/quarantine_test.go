package intake_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/channel"
	"tanggap/internal/channel/whatsapp"
	"tanggap/internal/intake"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/triage"
)

// moody is a reader that fails until it is mended.
type moody struct {
	whatsapp.Reader
	mended bool
}

func (m *moody) Parse(item channel.Item) (channel.Parsed, error) {
	if !m.mended {
		return channel.Parsed{}, errors.New("belum mengenal bentuk ini")
	}
	return m.Reader.Parse(item)
}

var whatsApp = channel.Way{Region: apptest.Region, Channel: channel.WhatsApp}

func kinds(t *testing.T, s *store.Store, caseID string) []string {
	t.Helper()
	events, err := s.Events(t.Context(), apptest.Region, caseID)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range events {
		out = append(out, e.Type)
	}
	return out
}

func TestReplay(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		reader := &moody{}
		d.Readers[whatsApp] = reader
		who := &store.Officer{ID: officer}
		first := d.say("q1", waIna, lamp)
		if first.State != store.InboundQuarantined || first.Reason != "malformed: belum mengenal bentuk ini" {
			t.Fatalf("%s %q", first.State, first.Reason)
		}
		if raw, err := d.Raw(t.Context(), apptest.Region, first.Seq, who, "memeriksa bentuk baru"); err != nil || !strings.Contains(string(raw), "lampu jalan") {
			t.Errorf("raw view: %q, %v", raw, err)
		}
		if _, err := d.Raw(t.Context(), apptest.Region, first.Seq, who, " "); tanggap.CodeOf(err) != tanggap.Invalid {
			t.Errorf("raw view without a purpose: %v", err)
		}
		reader.mended = true
		if err := d.Replay(t.Context(), apptest.Region, first.Seq, who); err != nil {
			t.Fatal(err)
		}
		again := d.process([]int64{first.Seq})[0]
		if c := d.caseOf(again); c.Service != "PJU-PADAM" || again.Outcome != store.OutcomeMessage || again.Reason != "" {
			t.Errorf("after the replay: %+v", again)
		}
		if err := d.Replay(t.Context(), apptest.Region, first.Seq, who); tanggap.CodeOf(err) != tanggap.Conflict {
			t.Errorf("a second replay: %v", err)
		}
		got := strings.Join(kinds(t, s, ""), " ")
		if want := strings.Join([]string{intake.Quarantined, intake.RawViewed, intake.Replayed}, " "); got != want {
			t.Errorf("events %q, want %q", got, want)
		}
	})
}

func TestDiscard(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		who := &store.Officer{ID: officer}
		var seqs []int64
		for _, body := range []string{"{{{", "[[[", "((("} {
			seqs = append(seqs, d.process(d.receive([]byte(body)))[0].Seq)
		}
		if err := d.Discard(t.Context(), apptest.Region, seqs[0], who, ""); tanggap.CodeOf(err) != tanggap.Invalid {
			t.Errorf("without a reason: %v", err)
		}
		for range 2 { // a second press changes nothing
			if err := d.Discard(t.Context(), apptest.Region, seqs[0], who, "uji coba penyedia"); err != nil {
				t.Fatal(err)
			}
		}
		waiting, err := s.QuarantinePage(t.Context(), store.QuarantineFilter{Region: apptest.Region, Channel: channel.WhatsApp, Code: intake.ReasonUnreadable, Limit: 1})
		if err != nil || len(waiting) != 1 || waiting[0].Seq != seqs[2] {
			t.Fatalf("first page %v, %v", waiting, err)
		}
		next, err := s.QuarantinePage(t.Context(), store.QuarantineFilter{Region: apptest.Region, Before: waiting[0].Seq})
		if err != nil || len(next) != 1 || next[0].Seq != seqs[1] {
			t.Errorf("next page %v, %v", next, err)
		}
		done, err := s.QuarantinePage(t.Context(), store.QuarantineFilter{Region: apptest.Region, Handled: true})
		if err != nil || len(done) != 1 || done[0].HandledBy != officer || done[0].State != store.InboundQuarantined {
			t.Errorf("handled %+v, %v", done, err)
		}
		counts, err := s.CountQuarantine(t.Context(), apptest.Region, 100)
		if err != nil || len(counts) != 1 || counts[0] != (store.QuarantineCount{Channel: channel.WhatsApp, Code: intake.ReasonUnreadable, N: 2}) {
			t.Errorf("counts %v, %v", counts, err)
		}
		if none, err := s.QuarantinePage(t.Context(), store.QuarantineFilter{Region: apptest.Region, Code: "%"}); err != nil || len(none) != 0 {
			t.Errorf("a code is no pattern: %v, %v", none, err)
		}
	})
}

// TestPoison holds that an item over which our own code fails is put aside after
// three tries, that its writer hears that it is kept, and that it harms nobody else.
func TestPoison(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		good := d.Engine
		d.Engine = func(*region.Pack) *triage.Engine { panic("model rusak") }
		seq := d.receive(envelope(text("p1", waIna, lamp, d.clock.Now())))[0]
		for attempt := 1; attempt <= 3; attempt++ {
			err := d.Attempt(t.Context(), apptest.Region, seq, attempt)
			if (attempt < 3) != (err != nil) {
				t.Fatalf("attempt %d: %v", attempt, err)
			}
		}
		in, err := s.Inbound(t.Context(), apptest.Region, seq)
		if err != nil || in.State != store.InboundQuarantined || !strings.HasPrefix(in.Reason, intake.ReasonFault+": ") {
			t.Fatalf("%+v, %v", in, err)
		}
		owed, err := s.Notifications(t.Context(), apptest.Region, "")
		if err != nil || len(owed) != 1 || owed[0].Template != region.TextKept {
			t.Errorf("owed %v, %v", owed, err)
		}
		d.Engine = good
		if c := d.caseOf(d.say("p2", "628110000002", lamp)); c.Service != "PJU-PADAM" {
			t.Errorf("the next one: %+v", c)
		}
	})
}

// TestCrashLoop holds that an item over which the process died twice is put aside,
// without being touched a third time, and that errors in good order are not deaths.
func TestCrashLoop(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		killer := d.receive(envelope(text("k1", waIna, lamp, d.clock.Now())))[0]
		// The queue counts attempts before they begin; two of them left no trace.
		if err := d.Attempt(t.Context(), apptest.Region, killer, 3); err != nil {
			t.Fatal(err)
		}
		in, err := s.Inbound(t.Context(), apptest.Region, killer)
		if err != nil || in.State != store.InboundQuarantined || !strings.HasPrefix(in.Reason, intake.ReasonCrash+": ") {
			t.Errorf("%+v, %v", in, err)
		}
		unlucky := d.receive(envelope(text("k2", waIna, lamp, d.clock.Now())))[0]
		if err := s.FailInbound(t.Context(), apptest.Region, unlucky); err != nil {
			t.Fatal(err)
		}
		if err := d.Attempt(t.Context(), apptest.Region, unlucky, 3); err != nil { // one error, one death
			t.Fatal(err)
		}
		if in, err = s.Inbound(t.Context(), apptest.Region, unlucky); err != nil || in.Outcome != store.OutcomeMessage {
			t.Errorf("%+v, %v", in, err)
		}
	})
}

// provider hands out a file, or says that it is gone.
type provider struct {
	data []byte
	err  error
}

func (p *provider) Fetch(context.Context, channel.Media, int64) ([]byte, string, error) {
	return p.data, "audio/ogg", p.err
}

func TestRefetchAndHeard(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		files := &provider{err: &channel.SendError{Fault: channel.FaultMessage, Detail: "404"}}
		d.Fetchers = map[channel.Way]channel.Fetcher{whatsApp: files}
		in := d.sayRaw(`{"from":"628110000001","id":"v1","timestamp":"1772589600","type":"audio","audio":{"id":"m1","mime_type":"audio/ogg","voice":true}}`)
		c := d.caseOf(in)
		list, err := s.Attachments(t.Context(), apptest.Region, c.ID)
		if err != nil || len(list) != 1 {
			t.Fatalf("%d files, %v", len(list), err)
		}
		id, who := list[0].ID, &store.Officer{ID: officer}
		fetch := func(want string) *store.Attachment {
			t.Helper()
			if err := d.Fetch(t.Context(), apptest.Region, id, 1); err != nil {
				t.Fatal(err)
			}
			a, err := s.Attachment(t.Context(), apptest.Region, id)
			if err != nil || a.State != want {
				t.Fatalf("file is %s (%s), want %s, %v", a.State, a.Reason, want, err)
			}
			return a
		}
		fetch(store.AttachmentRefused)
		files.data, files.err = ogg(), nil
		if err := d.Refetch(t.Context(), apptest.Region, id, who); err != nil {
			t.Fatal(err)
		}
		a := fetch(store.AttachmentStored)
		if err := d.Refetch(t.Context(), apptest.Region, id, who); tanggap.CodeOf(err) != tanggap.Conflict {
			t.Errorf("a stored file is asked for again: %v", err)
		}
		if !a.HeardAt.IsZero() {
			t.Error("nobody has listened yet")
		}
		p := apptest.Pack(t)
		c = d.act(c, func(tx *store.Store, c *store.Case) error {
			return d.Desk.Heard(t.Context(), tx, p, c, a, officer, "Warga melapor lampu padam di Lipu.")
		})
		if a, err = s.Attachment(t.Context(), apptest.Region, id); err != nil || a.HeardBy != officer || a.HeardAt.IsZero() || c.HumanAt.IsZero() {
			t.Errorf("heard by %q at %v, human at %v, %v", a.HeardBy, a.HeardAt, c.HumanAt, err)
		}
		said, err := s.Messages(t.Context(), apptest.Region, c.ID)
		if err != nil || said[len(said)-1].Direction != store.Note || !strings.Contains(said[len(said)-1].Body, "Lipu") {
			t.Errorf("what was heard is not noted: %+v, %v", said, err)
		}
	})
}

func TestTyped(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		who := &store.Officer{ID: officer}
		r := intake.TypedReport{Region: apptest.Region, Text: lamp, Name: "Warga Contoh", Phone: "0811 0000 0077", Way: intake.Phone, Consent: true, Key: "form-1"}
		first, err := d.Typed(t.Context(), who, r)
		if err != nil {
			t.Fatal(err)
		}
		if first.Channel != channel.Desk || first.Service != "PJU-PADAM" || first.Unit != "DISHUB" || first.Asking != "" {
			t.Errorf("case %+v", first)
		}
		d.clock.Advance(time.Minute)
		again, err := d.Typed(t.Context(), who, r)
		if err != nil || again.ID != first.ID {
			t.Errorf("the same key opened %s after %s, %v", again.Number, first.Number, err)
		}
		events, err := s.Events(t.Context(), apptest.Region, first.ID)
		if err != nil || len(events) != 1 || events[0].Actor != "officer:"+officer || !strings.Contains(events[0].Payload, `"consent":true`) || !strings.Contains(events[0].Payload, `"way":"phone"`) {
			t.Errorf("events %+v, %v", events, err)
		}
		owed, err := s.Notifications(t.Context(), apptest.Region, first.ID)
		if err != nil || len(owed) != 1 || owed[0].Template != region.TextConfirmContact || owed[0].Channel != channel.WhatsApp {
			t.Errorf("an unverified contact is owed %+v, %v", owed, err)
		}
		none := intake.TypedReport{Region: apptest.Region, Text: "TOLONG kebakaran rumah di Wameo api besar sekali", Way: intake.WalkIn, Key: "form-2", Danger: channel.DangerYes}
		fire, err := d.Typed(t.Context(), who, none)
		if err != nil || fire.Urgency != tanggap.Emergency || fire.Unit != "DAMKAR" {
			t.Errorf("a danger at the desk: %+v, %v", fire, err)
		}
		if fire.CitizenID == first.CitizenID {
			t.Error("two who came to the desk are one citizen")
		}
		for field, bad := range map[string]intake.TypedReport{
			"consent": {Region: apptest.Region, Text: lamp, Phone: "0811 0000 0077", Way: intake.Phone, Key: "x1"},
			"way":     {Region: apptest.Region, Text: lamp, Way: "burung", Key: "x2"},
			"text":    {Region: apptest.Region, Text: "  ", Way: intake.WalkIn, Key: "x3"},
			"key":     {Region: apptest.Region, Text: lamp, Way: intake.WalkIn},
			"phone":   {Region: apptest.Region, Text: lamp, Way: intake.WalkIn, Key: "x4", Consent: true, Phone: "12"},
			"email":   {Region: apptest.Region, Text: lamp, Way: intake.WalkIn, Key: "x5", Consent: true, Email: "bukan surel"},
			"danger":  {Region: apptest.Region, Text: lamp, Way: intake.WalkIn, Key: "x6", Danger: "mungkin"},
		} {
			var known *tanggap.Error
			if _, err := d.Typed(t.Context(), who, bad); !errors.As(err, &known) || known.Field != field || known.Code != tanggap.Invalid {
				t.Errorf("%s: %v", field, err)
			}
		}
	})
}

// ogg is the smallest voice note that the cleaner takes for one.
func ogg() []byte {
	page := append([]byte("OggS\x00\x02"), make([]byte, 20)...)
	return append(append(page, 1, 19), []byte("OpusHead\x01\x01\x00\x00\x80\xbb\x00\x00\x00\x00\x00")...)
}
