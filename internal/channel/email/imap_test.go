package email_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/channel/email"
	"tanggap/internal/sim"
	"tanggap/internal/tanggap"
)

const (
	city   = "lapor@contoh.go.id"
	secret = "sangat-rahasia"
	warga  = "warga@contoh.id"
)

// patience bounds a test that waits for something that never comes.
const patience = 30 * time.Second

// desk takes mails in the place of intake and remembers positions in the place of
// the store.
type desk struct {
	mu      sync.Mutex
	changed chan struct{}
	handed  map[string]int // by Message-ID: how often
	bodies  map[string][]byte
	kept    []email.Position
	problem string
	checks  int
	refuse  func(raw []byte, times int) error
}

func newDesk() *desk {
	return &desk{changed: make(chan struct{}), handed: map[string]int{}, bodies: map[string][]byte{}}
}

func (d *desk) tell() {
	close(d.changed)
	d.changed = make(chan struct{})
}

func idOf(raw []byte) string {
	_, rest, _ := strings.Cut(string(raw), "Message-ID: <")
	id, _, _ := strings.Cut(rest, ">")
	return id
}

func (d *desk) receive(_ context.Context, raw []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer d.tell()
	id := idOf(raw)
	d.handed[id]++
	if d.refuse != nil {
		if err := d.refuse(raw, d.handed[id]); err != nil {
			return err
		}
	}
	d.bodies[id] = raw
	return nil
}

func (d *desk) Position(context.Context) (email.Position, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.last(), nil
}

func (d *desk) last() email.Position {
	if len(d.kept) == 0 {
		return email.Position{}
	}
	return d.kept[len(d.kept)-1]
}

func (d *desk) Keep(_ context.Context, p email.Position, _ time.Time, problem string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer d.tell()
	d.kept, d.problem = append(d.kept, p), problem
	d.checks++
	return nil
}

// until waits for something to become true of the desk.
func (d *desk) until(t *testing.T, what string, is func() bool) {
	t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		d.mu.Lock()
		changed, now := d.changed, is()
		d.mu.Unlock()
		if now {
			return
		}
		select {
		case <-changed:
		case <-timer.C:
			d.mu.Lock()
			defer d.mu.Unlock()
			t.Fatalf("never: %s; taken %d of %v, problem %q", what, len(d.bodies), d.handed, d.problem)
		}
	}
}

func newServer(t *testing.T, cfg sim.MailConfig) *sim.Mail {
	t.Helper()
	cfg.Clock, cfg.Address, cfg.Password = apptest.NewClock(apptest.Start), city, secret
	m, err := sim.NewMail(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func newMailbox(m *sim.Mail, d *desk) *email.Mailbox {
	return &email.Mailbox{Server: email.Server{Host: m.IMAP(), Security: email.SecurityNone, User: city, Password: secret},
		Done: "Tanggap", Keeper: d, Receive: d.receive, Log: apptest.Log(), Clock: apptest.NewClock(apptest.Start),
		Poll: 10 * time.Millisecond, Idle: time.Minute, Pause: time.Millisecond}
}

// run works on a mailbox until the returned function is called, or the test ends.
func run(t *testing.T, box *email.Mailbox) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- box.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func write(t *testing.T, m *sim.Mail, n int) []string {
	t.Helper()
	var ids []string
	for i := range n {
		id, err := m.Write(sim.Letter{From: fmt.Sprintf("warga%d@contoh.id", i), Name: "Warga Contoh", Subject: "Lampu jalan padam", Text: "Lampu di depan SD padam sejak kemarin."})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

// settled waits until the folder is empty and everything lies in the done folder.
func settled(t *testing.T, m *sim.Mail, done int) {
	t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		changed := m.Changed()
		if m.Folder("INBOX") == 0 && m.Folder("Tanggap") >= done {
			return
		}
		select {
		case <-changed:
		case <-timer.C:
			t.Fatalf("INBOX has %d, the done folder %d", m.Folder("INBOX"), m.Folder("Tanggap"))
		}
	}
}

func TestMailsAreTakenAndMoved(t *testing.T) {
	for name, cfg := range map[string]sim.MailConfig{"move": {}, "copy and expunge": {NoMove: true}} {
		t.Run(name, func(t *testing.T) {
			m, d := newServer(t, cfg), newDesk()
			write(t, m, 70) // more than two batches
			stop := run(t, newMailbox(m, d))
			d.until(t, "all taken", func() bool { return len(d.bodies) == 70 })
			settled(t, m, 70)
			d.until(t, "position kept", func() bool { return d.last().UID == 70 && d.last().Validity != 0 })
			stop()
			for id, n := range d.handed {
				if n != 1 {
					t.Errorf("%s was handed over %d times", id, n)
				}
			}
			if m.Folder("Tanggap") != 70 || d.problem != "" {
				t.Errorf("%d in the done folder, problem %q", m.Folder("Tanggap"), d.problem)
			}
		})
	}
}

// Whatever command the connection breaks at, before it is done or after, every mail
// is handed over, and each has one Message-ID, by which intake knows it again.
func TestConnectionBreaksAtEachCommand(t *testing.T) {
	commands := []string{"AUTHENTICATE", "CAPABILITY", "SELECT", "UID FETCH", "UID STORE", "UID MOVE", "CREATE", "SUBSCRIBE", "IDLE", "DONE", "NOOP"}
	var plans []sim.MailBreak
	for _, c := range commands {
		for nth := 1; nth <= 2; nth++ {
			plans = append(plans, sim.MailBreak{Protocol: sim.MailIMAP, Command: c, Nth: nth}, sim.MailBreak{Protocol: sim.MailIMAP, Command: c, Nth: nth, After: true})
		}
	}
	for _, c := range []string{"UID COPY", "UID EXPUNGE"} {
		plans = append(plans, sim.MailBreak{Protocol: sim.MailIMAP, Command: c}, sim.MailBreak{Protocol: sim.MailIMAP, Command: c, After: true})
	}
	for _, plan := range plans {
		t.Run(fmt.Sprintf("%s %d %v", plan.Command, plan.Nth, plan.After), func(t *testing.T) {
			m, d := newServer(t, sim.MailConfig{NoMove: plan.Command == "UID COPY" || plan.Command == "UID EXPUNGE"}), newDesk()
			first := write(t, m, 5)
			m.Break(plan)
			box := newMailbox(m, d)
			box.Idle = 20 * time.Millisecond
			stop := run(t, box)
			d.until(t, "first mails taken", func() bool { return len(d.bodies) == 5 })
			settled(t, m, 5)
			second := write(t, m, 3)
			d.until(t, "later mails taken", func() bool { return len(d.bodies) == 8 })
			settled(t, m, 8)
			stop()
			for _, id := range append(first, second...) {
				if d.handed[id] == 0 {
					t.Errorf("%s was never handed over", id)
				}
			}
		})
	}
}

// A process that dies after the commit leaves the mail where it is; the next one
// hands it over again, from the position that was kept.
func TestCrashBetweenCommitAndMove(t *testing.T) {
	m, d := newServer(t, sim.MailConfig{}), newDesk()
	write(t, m, 3)
	m.Break(sim.MailBreak{Protocol: sim.MailIMAP, Command: "UID STORE"})
	box := newMailbox(m, d)
	box.Pause = patience // it does not come back within this test
	stop := run(t, box)
	d.until(t, "committed and broken", func() bool { return len(d.bodies) == 3 && d.problem != "" })
	stop()
	if n := m.Folder("INBOX"); n != 3 {
		t.Fatalf("%d mails in the inbox, want 3", n)
	}
	run(t, newMailbox(m, d))
	d.until(t, "handed over again", func() bool {
		for _, n := range d.handed {
			if n != 2 {
				return false
			}
		}
		return true
	})
	settled(t, m, 3)
}

func TestFolderNumberedAnew(t *testing.T) {
	m, d := newServer(t, sim.MailConfig{}), newDesk()
	write(t, m, 4)
	box := newMailbox(m, d)
	stop := run(t, box)
	d.until(t, "taken", func() bool { return len(d.bodies) == 4 })
	d.until(t, "position kept", func() bool { return d.last().UID == 4 })
	stop()
	before := d.last()
	write(t, m, 2)
	if err := m.Renumber(); err != nil { // the new mails now have UIDs that were used before
		t.Fatal(err)
	}
	run(t, newMailbox(m, d))
	d.until(t, "mails under old numbers taken", func() bool { return len(d.bodies) == 6 })
	settled(t, m, 6)
	d.until(t, "new validity kept", func() bool { return d.last().Validity != before.Validity && d.last().UID == 2 })
}

func TestIdleWakesAtOnce(t *testing.T) {
	m, d := newServer(t, sim.MailConfig{}), newDesk()
	box := newMailbox(m, d)
	box.Idle, box.Poll = 29*time.Minute, 29*time.Minute // only a word of the server can wake it
	run(t, box)
	d.until(t, "first look", func() bool { return d.checks > 0 })
	for n := 1; n <= 3; n++ {
		write(t, m, 1)
		d.until(t, "taken while idle", func() bool { return len(d.bodies) == n })
	}
}

func TestLookingWithoutIdle(t *testing.T) {
	for name, cfg := range map[string]sim.MailConfig{"no IDLE": {NoIdle: true}, "silent IDLE": {SilentIdle: true}} {
		t.Run(name, func(t *testing.T) {
			m, d := newServer(t, cfg), newDesk()
			box := newMailbox(m, d)
			box.Idle = 20 * time.Millisecond
			if cfg.NoIdle {
				box.Idle = 29 * time.Minute
			}
			run(t, box)
			d.until(t, "first look", func() bool { return d.checks > 0 })
			write(t, m, 2)
			d.until(t, "taken", func() bool { return len(d.bodies) == 2 })
		})
	}
}

func TestTooLongMailIsDeliveredCut(t *testing.T) {
	m, d := newServer(t, sim.MailConfig{}), newDesk()
	words := "Jalan rusak parah, foto terlampir.\n"
	long, err := m.Write(sim.Letter{From: warga, Subject: "Foto", Text: words + strings.Repeat(strings.Repeat("A", 76)+"\n", email.MaxRaw/77+1)})
	if err != nil {
		t.Fatal(err)
	}
	short := write(t, m, 1)[0]
	stop := run(t, newMailbox(m, d))
	d.until(t, "both taken", func() bool { return len(d.bodies) == 2 })
	settled(t, m, 2)
	stop()
	got := string(d.bodies[long])
	if !strings.HasPrefix(got, email.CutHeader+": 3") || !strings.Contains(got, "Jalan rusak parah") || len(got) > 2<<20 {
		t.Errorf("%d bytes: %.300s", len(got), got)
	}
	if strings.Contains(string(d.bodies[short]), email.CutHeader) {
		t.Error("a short mail was marked as cut")
	}
}

// A mail that cannot be taken stays in place and holds up nobody.
func TestOneBadMailHoldsUpNobody(t *testing.T) {
	m, d := newServer(t, sim.MailConfig{}), newDesk()
	ids := write(t, m, 5)
	healed := false
	d.refuse = func(raw []byte, _ int) error {
		if idOf(raw) == ids[1] && !healed {
			return errors.New("poison")
		}
		return nil
	}
	box := newMailbox(m, d)
	box.Idle = 10 * time.Millisecond
	stop := run(t, box)
	d.until(t, "the others taken", func() bool { return len(d.bodies) == 4 && d.checks > 1 })
	stop()
	if d.handed[ids[1]] != 3 || m.Folder("INBOX") != 1 || d.problem == "" {
		t.Errorf("handed over %d times, %d in place, problem %q", d.handed[ids[1]], m.Folder("INBOX"), d.problem)
	}
	if uid := d.last().UID; uid != 1 {
		t.Errorf("position %d would forget the mail that is left", uid)
	}
	healed = true // the next process finds it by the position
	run(t, newMailbox(m, d))
	d.until(t, "taken at last", func() bool { return len(d.bodies) == 5 && d.problem == "" })
	settled(t, m, 5)
}

func TestMailLeftInPlaceIsTriedAgain(t *testing.T) {
	m, d := newServer(t, sim.MailConfig{}), newDesk()
	write(t, m, 1)
	d.refuse = func(_ []byte, times int) error {
		if times <= 3 {
			return errors.New("passing")
		}
		return nil
	}
	box := newMailbox(m, d)
	clock := apptest.NewClock(apptest.Start)
	box.Clock, box.Idle = clock, 5*time.Millisecond
	run(t, box)
	d.until(t, "left in place", func() bool { return d.problem != "" })
	clock.Advance(2 * time.Minute)
	d.until(t, "taken", func() bool { return len(d.bodies) == 1 && d.problem == "" })
}

// An overloaded receiver slows us down; the mail is not to blame and waits.
func TestBusyReceiverIsWaitedFor(t *testing.T) {
	m, d := newServer(t, sim.MailConfig{}), newDesk()
	write(t, m, 1)
	d.refuse = func(_ []byte, times int) error {
		if times < 6 {
			return tanggap.Errorf(tanggap.Unavailable, "penuh")
		}
		return nil
	}
	run(t, newMailbox(m, d))
	d.until(t, "taken", func() bool { return len(d.bodies) == 1 })
	settled(t, m, 1)
	d.until(t, "no problem", func() bool { return d.problem == "" && d.checks > 0 })
}

// A mail during whose fetching the connection breaks each time is left for later.
func TestMailThatBreaksTheConnection(t *testing.T) {
	m, d := newServer(t, sim.MailConfig{}), newDesk()
	ids := write(t, m, 1)
	for range 3 { // the first fetch of each connection lists
		m.Break(sim.MailBreak{Protocol: sim.MailIMAP, Command: "UID FETCH", Nth: 2, After: true})
	}
	stop := run(t, newMailbox(m, d))
	d.until(t, "left in place", func() bool { return strings.Contains(d.problem, "cannot be taken") })
	write(t, m, 1)
	d.until(t, "those behind it taken", func() bool { return len(d.bodies) == 1 })
	stop()
	if d.handed[ids[0]] != 0 || m.Planned() != 0 {
		t.Errorf("handed over %d times, %d breaks left", d.handed[ids[0]], m.Planned())
	}
}

func TestStateOfTheMailboxIsTold(t *testing.T) {
	m, d := newServer(t, sim.MailConfig{}), newDesk()
	box := newMailbox(m, d)
	box.Server.Password = "salah"
	stop := run(t, box)
	d.until(t, "refused log-in told", func() bool { return strings.Contains(d.problem, "Authentication") })
	stop()
	if strings.Contains(d.problem, "salah") {
		t.Errorf("the password is told: %s", d.problem)
	}
}

func TestCheckChangesNothing(t *testing.T) {
	m, d := newServer(t, sim.MailConfig{NoIdle: true}), newDesk()
	write(t, m, 2)
	f, err := newMailbox(m, d).Check(t.Context())
	if err != nil || f != (email.Found{Mails: 2, Move: true}) {
		t.Errorf("%+v, %v", f, err)
	}
	if m.Folder("INBOX") != 2 || len(d.handed) != 0 {
		t.Error("the check took mails")
	}
	box := newMailbox(m, d)
	box.Folder = "Tiada"
	if _, err := box.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "Tiada") {
		t.Errorf("missing folder: %v", err)
	}
}
