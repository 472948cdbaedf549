package intake_test

import (
	"bytes"
	"cmp"
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"tanggap/internal/apptest"
	"tanggap/internal/apptest/race"
	"tanggap/internal/channel"
	"tanggap/internal/channel/email"
	"tanggap/internal/channel/email/mailtest"
	"tanggap/internal/notify"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

var update = flag.Bool("update", false, "rewrite the outcome parts of testdata/*/*.txtar")

const outcomePart = "outcome"

// TestWhatsAppGolden plays every scenario of testdata/whatsapp and compares what
// became of it with the outcome that stands beside it. A part is named NN.json for a
// webhook body or NN.do for what officers and time do; "NN+90s.json" comes 90 s after
// the part before. In bodies {{now}} is the time as Meta writes it, {{now-9d}} nine
// days before, {{out:2}} the id of the second message we sent. The first, and then
// every third scenario, also runs on PostgreSQL.
func TestWhatsAppGolden(t *testing.T) {
	paths, err := filepath.Glob("testdata/whatsapp/*.txtar")
	if err != nil || len(paths) < 120 {
		t.Fatalf("%d scenarios, %v", len(paths), err)
	}
	for i, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, path, i, archive)
	}
}

// golden plays the i-th scenario and compares, or writes, its outcome. The race detector
// makes SQLite ten times slower and scenarios are alike to it: it sees every twelfth,
// and tools/test.sh plays them all without it.
func golden(t *testing.T, path string, i int, archive *txtar.Archive) {
	t.Helper()
	if race.Watches && i%12 != 0 {
		return
	}
	name := strings.TrimSuffix(filepath.Base(path), ".txtar")
	t.Run("sqlite/"+name, func(t *testing.T) {
		got := play(t, apptest.SQLite(t), archive)
		if *update {
			writeOutcome(t, path, archive, got)
			return
		}
		if want := part(archive, outcomePart); got != want {
			t.Errorf("outcome differs from %s; look, then run with -update\n--- got\n%s\n--- want\n%s", path, got, want)
		}
	})
	// What an officer passes on has a table, locks and a time of its own: always on both.
	if i%3 != 0 && !strings.HasPrefix(name, "forward-") || *update {
		return
	}
	t.Run("postgres/"+name, func(t *testing.T) {
		if got, want := play(t, apptest.Postgres(t), archive), part(archive, outcomePart); got != want {
			t.Errorf("outcome on PostgreSQL differs\n--- got\n%s\n--- want\n%s", got, want)
		}
	})
}

func part(a *txtar.Archive, name string) string {
	i := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == name })
	if i < 0 {
		return ""
	}
	return string(a.Files[i].Data)
}

func writeOutcome(t *testing.T, path string, a *txtar.Archive, outcome string) {
	t.Helper()
	a.Files = slices.DeleteFunc(a.Files, func(f txtar.File) bool { return f.Name == outcomePart })
	a.Files = append(a.Files, txtar.File{Name: outcomePart, Data: []byte(outcome)})
	if err := os.WriteFile(path, txtar.Format(a), 0o600); err != nil {
		t.Fatal(err)
	}
}

// player is a desk whose notices are sent, to a provider that takes everything.
type player struct {
	*desk
	send  *notify.Dispatcher
	sent  []channel.Outbound
	seqs  []int64
	hired string // id of the officer that a scenario hired
}

// Send implements channel.Sender.
func (d *player) Send(_ context.Context, out channel.Outbound) (string, error) {
	d.sent = append(d.sent, out)
	if out.To.Email != "" && out.MessageID != "" {
		return out.MessageID, nil
	}
	return fmt.Sprintf("out.%d", len(d.sent)), nil
}

func newPlayer(t *testing.T, s *store.Store) *player {
	t.Helper()
	d := &player{desk: newDesk(t, s)}
	d.send = notify.NewDispatcher(s, d.Outbox, apptest.Log())
	d.send.Parallel = 1 // so that what is sent has an order
	for _, name := range []string{channel.WhatsApp, channel.Email} {
		d.send.Senders[channel.Way{Region: apptest.Region, Channel: name}] = d
	}
	d.send.Senders[channel.Way{Region: apptest.Region, Channel: notify.ChannelOfficer}] = notify.Officers{}
	d.Status = d.send.Status
	d.Readers[channel.Way{Region: apptest.Region, Channel: channel.Email}] = email.Reader{Address: mailtest.Address, Ours: []string{mailtest.Other}, AuthServer: mailtest.AuthServer}
	d.Accounts = map[channel.Way][]string{{Region: apptest.Region, Channel: channel.WhatsApp}: {"PN", "PN-2"}}
	return d
}

var (
	partName = regexp.MustCompile(`^\d+(?:\+([0-9a-z]+))?\.(json|do|eml)$`)
	nowMark  = regexp.MustCompile(`\{\{now(-[0-9a-z]+)?\}\}`)
	outMark  = regexp.MustCompile(`\{\{out:(\d+)\}\}`)
	fwdMark  = regexp.MustCompile(`\{\{(fwd:[a-z]+:?)\}\}`)
	mailMark = regexp.MustCompile(`\{\{(token|msgid):(\d+)\}\}`)
)

func play(t *testing.T, s *store.Store, a *txtar.Archive) string {
	t.Helper()
	d := newPlayer(t, s)
	for _, f := range a.Files {
		if f.Name == outcomePart {
			continue
		}
		m := partName.FindStringSubmatch(f.Name)
		if m == nil {
			t.Fatalf("part %q", f.Name)
		}
		if m[1] != "" {
			d.clock.Advance(span(t, m[1]))
			d.deliver()
		}
		if m[2] == "do" {
			for line := range strings.Lines(string(f.Data)) {
				d.do(strings.TrimSpace(line))
			}
		} else {
			seqs := d.take(m[2], d.fill(f.Data))
			d.seqs = append(d.seqs, seqs...)
			d.process(seqs)
		}
		d.deliver()
	}
	return d.outcome()
}

// span reads a duration, also in days.
func span(t *testing.T, s string) time.Duration {
	t.Helper()
	days := 0
	if n, isDays := strings.CutSuffix(s, "d"); isDays {
		if _, err := fmt.Sscan(n, &days); err != nil {
			t.Fatal(err)
		}
		return time.Duration(days) * 24 * time.Hour
	}
	v, err := time.ParseDuration(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (d *player) fill(body []byte) []byte {
	body = nowMark.ReplaceAllFunc(body, func(m []byte) []byte {
		at := d.clock.Now()
		if ago := nowMark.FindSubmatch(m)[1]; ago != nil {
			at = at.Add(-span(d.t, string(ago[1:])))
		}
		return fmt.Append(nil, at.Unix())
	})
	body = outMark.ReplaceAll(body, []byte("out.$1"))
	body = fwdMark.ReplaceAllFunc(body, func(m []byte) []byte {
		choice := string(fwdMark.FindSubmatch(m)[1])
		for _, out := range slices.Backward(d.sent) {
			for _, b := range out.Buttons {
				if strings.HasPrefix(b.ID, choice+":") {
					return []byte(b.ID)
				}
			}
		}
		d.t.Fatalf("nobody was offered %s", choice)
		return nil
	})
	return mailMark.ReplaceAllFunc(body, func(m []byte) []byte {
		var n int
		parts := mailMark.FindSubmatch(m)
		if _, err := fmt.Sscan(string(parts[2]), &n); err != nil || n < 1 || n > len(d.sent) {
			d.t.Fatalf("%s: only %d messages were sent", m, len(d.sent))
		}
		if string(parts[1]) == "token" {
			return []byte(d.sent[n-1].Thread)
		}
		return []byte(d.sent[n-1].MessageID)
	})
}

// take receives a part on its channel.
func (d *player) take(kind string, body []byte) []int64 {
	d.t.Helper()
	way := channel.WhatsApp
	switch kind {
	case "raw":
		way = channel.Email
	case "eml":
		way, body = channel.Email, bytes.ReplaceAll(body, []byte("\n"), []byte("\r\n"))
	}
	seqs, err := d.Receive(d.t.Context(), apptest.Region, way, body)
	if err != nil {
		d.t.Fatal(err)
	}
	return seqs
}

// deliver does what has come due and sends what is owed, as the program does every
// second.
func (d *player) deliver() {
	d.t.Helper()
	p := apptest.Pack(d.t)
	due, err := d.Store.DueSteps(d.t.Context(), apptest.Region, d.clock.Now(), 100)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, c := range due {
		d.act(c, func(tx *store.Store, c *store.Case) error { return d.Desk.Step(d.t.Context(), tx, p, c) })
	}
	for range 20 {
		n, err := d.send.Step(d.t.Context())
		if err != nil {
			d.t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// do carries out one line: "reply NUMBER STATE words", "take NUMBER", "external
// NUMBER name", "replay SEQ", "discard SEQ why", or "confirm N", following the link of
// the N-th message sent.
func (d *player) do(line string) {
	d.t.Helper()
	verb, rest, _ := strings.Cut(line, " ")
	name, rest, _ := strings.Cut(rest, " ")
	who := &store.Officer{ID: officer}
	p, ctx := apptest.Pack(d.t), d.t.Context()
	onCase := func(fn func(tx *store.Store, c *store.Case) error) {
		c, err := d.Store.CaseByNumber(ctx, apptest.Region, name)
		if err != nil {
			d.t.Fatalf("%q: %v", line, err)
		}
		d.act(c, fn)
	}
	must := func(err error) {
		if err != nil {
			d.t.Fatalf("%q: %v", line, err)
		}
	}
	var seq int64
	switch verb {
	case "":
	case "hire": // NUMBER-OR-MAIL ROLE UNIT
		role, unit, _ := strings.Cut(rest, " ")
		who := &store.Officer{Email: "petugas@contoh.example", Name: "Petugas Contoh", Phone: name, Password: "x", Roles: []store.Role{{Region: apptest.Region, Role: role, Unit: unit}}}
		if strings.Contains(name, "@") {
			who.Email, who.Phone = name, ""
		}
		must(d.Store.AddOfficer(ctx, who))
		d.hired = who.ID
	case "forgotten": // ends the wait for an officer's choice about what he passed on
		f, err := d.Store.LastForward(ctx, apptest.Region, d.hired, d.clock.Now().Add(-time.Hour))
		must(err)
		must(d.Forgotten(ctx, apptest.Region, f.ID))
	case "reply":
		state, words, _ := strings.Cut(rest, " ")
		onCase(func(tx *store.Store, c *store.Case) error {
			if state == string(tanggap.Answered) {
				if err := apptest.Prove(ctx, tx, c); err != nil {
					return err
				}
			}
			return d.Desk.Reply(ctx, tx, p, c, officer, words, tanggap.State(state))
		})
	case "take":
		onCase(func(tx *store.Store, c *store.Case) error { return d.Desk.Take(ctx, tx, p, c, officer) })
	case "external":
		onCase(func(tx *store.Store, c *store.Case) error { return d.Desk.External(ctx, tx, p, c, officer, rest) })
	case "confirm":
		_, err := fmt.Sscan(name, &seq)
		must(err)
		token := strings.TrimPrefix(confirmMark.FindString(d.sent[seq-1].Text), notify.PathConfirm)
		must(d.Store.InTx(ctx, func(tx *store.Store) error {
			_, err := d.Outbox.Confirm(ctx, tx, p, token)
			return err
		}))
	case "replay", "discard":
		_, err := fmt.Sscan(name, &seq)
		must(err)
		if verb == "discard" {
			must(d.Discard(ctx, apptest.Region, seq, who, rest))
			return
		}
		must(d.Replay(ctx, apptest.Region, seq, who))
		d.process([]int64{seq})
	default:
		d.t.Fatalf("unknown line %q", line)
	}
}

// outcome writes down all that became of the scenario: every item, every case with
// what was said in it, decided and owed, and what was sent.
func (d *player) outcome() string {
	d.t.Helper()
	ctx := d.t.Context()
	var b strings.Builder
	numbers, secrets := map[string]string{}, []string{}
	var cases []*store.Case
	for _, seq := range d.seqs {
		in, err := d.Store.Inbound(ctx, apptest.Region, seq)
		if err != nil {
			d.t.Fatal(err)
		}
		if id := in.CaseID; id != "" && numbers[id] == "" {
			c := d.caseOf(in)
			cases = append(cases, c)
			numbers[id] = c.Number
			secrets = append(secrets, c.Link, "LINK", c.Code, "CODE", c.ID, "ID")
		}
		fmt.Fprintf(&b, "item %d %s: %s", seq, in.Kind, in.State)
		for _, s := range []string{in.Outcome, numbers[in.CaseID], quoted(in.Reason), in.HandledBy} {
			if s != "" {
				b.WriteString(" " + s)
			}
		}
		b.WriteByte('\n')
	}
	for _, c := range cases {
		d.writeCase(&b, c)
	}
	d.writeNotices(&b, "")
	for i, out := range d.sent {
		fmt.Fprintf(&b, "\nsent %d to %s", i+1, cmp.Or(out.To.Email, out.To.ExternalID))
		if out.Automatic {
			b.WriteString(" automatic")
		}
		if out.Subject != "" && out.To.Email != "" {
			fmt.Fprintf(&b, " %q", out.Subject)
		}
		b.WriteString("\n" + indent(out.Text))
		if out.RequestLocation {
			b.WriteString("  [lokasi]\n")
		}
		for _, x := range out.Buttons {
			fmt.Fprintf(&b, "  [%s] %s\n", x.Title, x.ID)
		}
	}
	return choiceMark.ReplaceAllString(confirmMark.ReplaceAllString(strings.NewReplacer(secrets...).Replace(b.String()), "/confirm/TOKEN"), "$1:ID")
}

var choiceMark = regexp.MustCompile(`(fwd:[a-z]+):[0-9a-f-]{36}`)

var confirmMark = regexp.MustCompile(`/confirm/[0-9a-f.-]+`)

func quoted(s string) string {
	if s == "" {
		return ""
	}
	return fmt.Sprintf("%q", s)
}

func indent(s string) string {
	return "  " + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n  ") + "\n"
}

func (d *player) writeCase(b *strings.Builder, c *store.Case) {
	d.t.Helper()
	ctx := d.t.Context()
	c, err := d.Store.Case(ctx, c.Region, c.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	fmt.Fprintf(b, "\ncase %s %s urgency=%d", c.Number, c.State, c.Urgency)
	for _, x := range []struct{ name, value string }{{"service", c.Service}, {"unit", c.Unit}, {"area", c.Area}, {"place", quoted(c.Place)},
		{"asked", c.Asked}, {"asking", c.Asking}, {"next", string(c.NextStep)}} {
		if x.value != "" {
			fmt.Fprintf(b, " %s=%s", x.name, strings.ReplaceAll(x.value, " ", "+"))
		}
	}
	if c.Secret {
		b.WriteString(" secret")
	}
	if c.Reopens > 0 {
		fmt.Fprintf(b, " reopens=%d", c.Reopens)
	}
	b.WriteByte('\n')
	said, err := d.Store.Messages(ctx, c.Region, c.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, m := range said {
		if m.Direction == store.Out {
			continue // stands under what was sent, or waits for the morning
		}
		body := m.Body
		if r := []rune(body); len(r) > 300 {
			body = fmt.Sprintf("%s… (%d)", string(r[:60]), len(r))
		}
		fmt.Fprintf(b, "  %s %s %q\n", m.Direction, m.Kind, body)
	}
	files, err := d.Store.Attachments(ctx, c.Region, c.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, a := range files {
		fmt.Fprintf(b, "  file %s %s %s\n", a.Kind, a.MIME, a.State)
	}
	decisions, err := d.Store.Decisions(ctx, c.Region, c.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, x := range decisions {
		fmt.Fprintf(b, "  decision %s %s %s\n", x.Kind, x.State, x.Value)
	}
	d.writeNotices(b, c.ID)
}

func (d *player) writeNotices(b *strings.Builder, caseID string) {
	d.t.Helper()
	owed, err := d.Store.Notifications(d.t.Context(), apptest.Region, caseID)
	if err != nil {
		d.t.Fatal(err)
	}
	templates := map[string]int{}
	for _, n := range owed {
		who, _, _ := strings.Cut(n.Recipient, ":")
		templates[strings.TrimSpace(fmt.Sprintf("%s %s %s %s", who, n.Template, n.State, n.Delivery))]++
	}
	for _, key := range slices.Sorted(maps.Keys(templates)) {
		fmt.Fprintf(b, "  notice %s x%d\n", key, templates[key])
	}
}
