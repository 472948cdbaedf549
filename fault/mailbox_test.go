package fault

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tanggap/internal/channel"
	"tanggap/internal/channel/email/mailtest"
	"tanggap/internal/sim"
	"tanggap/internal/store"
)

// Bounds on what one mail may cost, wherever it comes from (in the child process that
// reads it).
const (
	mostCPU    = 2 * time.Second
	mostMemory = 128 << 20 // bytes
	mostServer = 256 << 20 // bytes, of the server while it hands mails on
)

// mailbox is a site on whose mailbox somebody works.
type mailbox struct {
	*ordeal
	node *node
	db   *store.Store
	n    int // mails written
}

// TestMailboxUnderAttack lies mails among good ones that cost a naive reader minutes:
// 100,000 parts, 5,000 levels, bombs of encoded words, charsets that lie. The good ones
// must not notice.
func TestMailboxUnderAttack(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the real program; runs in make test")
	}
	good := 150
	if campaign() {
		good = 1000
	}
	bad := hostile(t)
	among := []mailtest.Mail{}
	alone := bad
	if !campaign() {
		alone = slices.DeleteFunc(slices.Clone(bad), func(m mailtest.Mail) bool { return !strings.Contains(m.Name, "bomb") })
	}
	for _, m := range bad {
		if slices.Contains(worst, m.Name) || campaign() && strings.HasPrefix(m.Name, "charset_") {
			among = append(among, m)
		}
	}
	o := newOrdeal(t, build(t, ""), nil)
	m := &mailbox{ordeal: o, node: o.start(o.program)}
	m.db = m.open()
	m.round(good/4, nil)               // the children start
	forgetPeak(m.node.cmd.Process.Pid) // of learning the model, which a site does once
	before := m.round(good, nil)
	attacked := m.round(good, among)
	after := m.round(good, nil)
	share := (before + after).Seconds() / 2 / attacked.Seconds()
	t.Logf("%d good mails: alone in %v and %v, with %d bad ones in %v: throughput %.0f %%", good, before, after, len(among), attacked, 100*share)
	// A second of work on a shared machine says nothing; what each bad mail costs does.
	if campaign() && share < 0.9 {
		t.Errorf("among bad mails the throughput of good ones is %.0f %% of what it is without, want 90 %%", 100*share)
	}
	pid := m.node.cmd.Process.Pid
	_, calm := usage(pid)
	forgetPeak(pid)
	m.each(alone)
	_, peak := usage(pid)
	t.Logf("the server itself took %d MB for good mails, %d MB for bad ones", calm>>20, peak>>20)
	if peak > mostServer {
		t.Errorf("the server itself may take %d MB", mostServer>>20)
	}
	m.node.stop()
	m.mails.taken()
	for _, b := range m.compare(m.db) {
		t.Error(b)
	}
	got := text(t, m.db, `SELECT count(*) FROM inbounds WHERE channel = 'email' AND
		(state = 'done' AND outcome IN ('message', 'status', 'ignored') OR state = 'quarantined' AND reason <> '')`)
	if want := fmt.Sprint(m.n); got != want {
		t.Errorf("%s of %s mails have an outcome", got, want)
	}
	t.Logf("outcomes of bad mails: %s in quarantine", text(t, m.db, `SELECT count(*) FROM inbounds WHERE channel = 'email' AND state = 'quarantined'`))
}

// worst are those of the contract: many parts, many levels, bombs of encoded words.
var worst = []string{"bomb_100000_parts", "bomb_5000_deep", "words_bomb", "words_bomb_names"}

// hostile are the mails of the corpus that were made to hurt.
func hostile(t *testing.T) []mailtest.Mail {
	t.Helper()
	all, err := mailtest.Read("../internal/channel/email/testdata/mail")
	if err != nil {
		t.Fatal(err)
	}
	var out []mailtest.Mail
	for _, m := range all {
		if m.Made || strings.HasPrefix(m.Name, "charset_") || strings.HasPrefix(m.Name, "words_") {
			out = append(out, m)
		}
	}
	if len(out) < 20 {
		t.Fatalf("only %d hostile mails", len(out))
	}
	return out
}

// round lets good mails arrive, the bad ones spread among them, and returns how long it
// took until the last good one was worked on.
func (m *mailbox) round(good int, bad []mailtest.Mail) time.Duration {
	m.t.Helper()
	began, before := time.Now(), m.told()
	for i := range good {
		words := m.words(channel.Email)
		_, err := m.mails.server.Write(sim.Letter{From: fmt.Sprintf("warga%05d@surel.example", m.n), Name: "Warga Contoh", Subject: "Sampah menumpuk",
			Text: "Sampah menumpuk di depan rumah " + words + "."})
		if err != nil {
			m.t.Fatal(err)
		}
		m.n++
		for k := i * len(bad) / good; k < (i+1)*len(bad)/good; k++ {
			m.deliver(bad[k].Raw)
		}
	}
	if !within(5*time.Minute, func() bool { return m.told()-before >= good }) {
		m.t.Fatalf("%d of %d good mails were worked on", m.told()-before, good)
	}
	took := time.Since(began)
	m.settled()
	return took
}

// told counts the good mails that are words of a case.
func (m *mailbox) told() int {
	return atoi(m.t, text(m.t, m.db, `SELECT count(*) FROM messages WHERE direction = 'in' AND channel = 'email' AND masked LIKE '%di depan rumah%'`))
}

func (m *mailbox) deliver(raw []byte) {
	m.t.Helper()
	if err := m.mails.server.Deliver("pengirim@surel.example", mailAddress, raw); err != nil {
		m.t.Fatal(err)
	}
	m.n++
}

// settled waits until no mail is in the inbox or without an outcome.
func (m *mailbox) settled() {
	m.t.Helper()
	if !within(2*time.Minute, func() bool { return m.mails.server.Folder("INBOX") == 0 && pending(m.t, m.db) == 0 }) {
		m.t.Fatalf("%d mails in the inbox, %d items without an outcome", m.mails.server.Folder("INBOX"), pending(m.t, m.db))
	}
}

// each lets the bad mails come once more, one by one, with another end so that they
// are new ones, and measures the children that read them.
func (m *mailbox) each(bad []mailtest.Mail) {
	m.t.Helper()
	var slowest time.Duration
	var slow, big string
	var biggest int64
	for _, b := range bad {
		started := map[int]time.Duration{}
		for _, pid := range children(m.t, m.node.cmd.Process.Pid) {
			started[pid], _ = usage(pid)
			forgetPeak(pid)
		}
		m.deliver(append(append([]byte{}, b.Raw...), "\r\nsekali lagi\r\n"...))
		m.settled()
		for _, pid := range children(m.t, m.node.cmd.Process.Pid) {
			cpu, peak := usage(pid)
			if cpu -= started[pid]; cpu > slowest {
				slowest, slow = cpu, b.Name
			}
			if peak > biggest {
				biggest, big = peak, b.Name
			}
		}
	}
	m.t.Logf("at most %v of CPU (%s) and %d MB (%s) for one bad mail", slowest, slow, biggest>>20, big)
	if slowest > mostCPU || biggest > mostMemory {
		m.t.Errorf("one mail may cost %v and %d MB", mostCPU, mostMemory>>20)
	}
}
