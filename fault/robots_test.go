package fault

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"tanggap/internal/app"
	"tanggap/internal/apptest"
	"tanggap/internal/channel"
	"tanggap/internal/sim"
	"tanggap/internal/store"
)

// hall is a whole system in this process, with a clock that runs as fast as it is
// told, and its mailbox.
type hall struct {
	*ledger
	t      *testing.T
	clock  *apptest.Clock
	server *sim.Mail
	db     *store.Store
}

func newHall(t *testing.T) *hall {
	t.Helper()
	h := &hall{ledger: newLedger(t), t: t, clock: apptest.NewClock(apptest.Start)}
	var err error
	if h.server, err = sim.NewMail(sim.MailConfig{Clock: h.clock, Address: mailAddress, Password: mailPassword, MaxMails: 10_000}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.server.Close(); err != nil {
			t.Error(err)
		}
	})
	s := newSite(t, "", "http://127.0.0.1:1")
	s.mailbox(h.server)
	cfg, err := app.Load(s.config(freePort(t)), app.Overrides{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), cfg, app.Deps{Clock: h.clock, Log: apptest.Log(), Listener: l})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, a.Close()); err != nil {
			t.Error(err)
		}
	})
	h.db = s.openAt(h.clock)
	return h
}

// pass lets time pass in steps of a minute, each as long as it takes to become quiet.
func (h *hall) pass(minutes int) {
	h.t.Helper()
	for range minutes {
		h.clock.Advance(time.Minute)
		h.quiet()
	}
}

// quiet waits until nobody has anything to do: no mail waits, no item is without an
// outcome, nothing due is owed.
func (h *hall) quiet() {
	h.t.Helper()
	if !within(time.Minute, func() bool {
		return h.server.Folder("INBOX") == 0 && pending(h.t, h.db) == 0 && text(h.t, h.db, fmt.Sprintf(`SELECT count(*) FROM notifications
			WHERE channel = 'email' AND state IN ('ready', 'leased', 'sending') AND not_before_at <= '%s'`, h.clock.Now().Format("2006-01-02 15:04:05"))) == "0"
	}) {
		h.t.Fatalf("never quiet: %d mails wait, %d items have no outcome", h.server.Folder("INBOX"), pending(h.t, h.db))
	}
}

func (h *hall) cases() string { return text(h.t, h.db, `SELECT count(*) FROM cases`) }

// write is a letter of somebody; its words are new.
func (h *hall) write(from string) (words string) {
	h.t.Helper()
	words = h.words(channel.Email)
	if _, err := h.server.Write(sim.Letter{From: from, Name: "Warga Contoh", Subject: "Sampah menumpuk", Text: "Sampah menumpuk di depan rumah " + words + "."}); err != nil {
		h.t.Fatal(err)
	}
	return words
}

// TestRobotCorrespondents lets people write whose mailboxes answer by themselves, in
// five ways, and wants two automatic mails to each at the most, however long it goes
// on. Their owners are still heard.
func TestRobotCorrespondents(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a whole system; runs in make test")
	}
	each, minutes := 3, 15
	if campaign() {
		each, minutes = 20, 120
	}
	h := newHall(t)
	kinds := []sim.Robot{sim.RobotPolite, sim.RobotStripping, sim.RobotEverNew, sim.RobotBouncing, sim.RobotElsewhere}
	var robots []string
	for i := range each {
		for _, kind := range kinds {
			address := fmt.Sprintf("%s%d@robot%d.example", strings.ReplaceAll(string(kind), "-", ""), i, i)
			h.server.AddRobot(address, kind)
			robots = append(robots, address)
			h.write(address)
		}
		h.quiet()
		if i%4 == 3 {
			h.pass(60) // more at once would look like a storm by itself
		}
	}
	h.quiet()
	h.pass(minutes)
	if n := atoi(t, text(t, h.db, `SELECT count(*) FROM inbounds`)); n < len(robots)+len(robots)/2 {
		t.Errorf("%d mails from %d robots: they do not answer", n, len(robots))
	}
	counts := h.server.Counts()
	for _, address := range slices.Sorted(maps.Keys(counts)) {
		if counts[address] > 2 {
			t.Errorf("%s got %d automatic mails", address, counts[address])
		}
	}
	t.Logf("%d robots, %d minutes: at most %d mails to each, %d cases", len(robots), minutes, slices.Max(slices.Collect(maps.Values(counts))), atoi(t, h.cases()))

	before := h.cases()
	words := map[string]string{}
	for _, address := range robots {
		if len(h.server.Box(address)) == 0 {
			t.Errorf("%s never got the number", address)
			continue
		}
		words[address] = h.words(channel.Email)
		if _, err := h.server.Reply(address, "Sampah itu masih ada di depan rumah "+words[address]+"."); err != nil {
			t.Fatal(err)
		}
	}
	h.quiet()
	got, err := kept(h.db)
	if err != nil {
		t.Fatal(err)
	}
	for address, w := range words {
		if got[w] != 1 {
			t.Errorf("the owner of %s answered and stands in %d messages", address, got[w])
		}
	}
	if after := h.cases(); after != before {
		t.Errorf("answers in their threads made new cases: %s before, %s after", before, after)
	}
}

// TestBounceBurst wants failure reports of mails that nobody sent to be noted and to
// open nothing.
func TestBounceBurst(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a whole system; runs in make test")
	}
	bounces := 300
	if campaign() {
		bounces = 10_000
	}
	h := newHall(t)
	h.write("warga@surel.example")
	h.quiet()
	before, inbounds := h.cases(), atoi(t, text(t, h.db, `SELECT count(*) FROM inbounds`))
	null := ""
	for i := range bounces {
		for h.server.Folder("INBOX") > 200 {
			<-h.server.Changed()
		}
		_, err := h.server.Write(sim.Letter{From: fmt.Sprintf("mailer-daemon@penyedia%d.example", i%50), Subject: "Undelivered Mail Returned to Sender", ReturnPath: &null,
			Header: map[string]string{"Auto-Submitted": "auto-replied", "Content-Type": `multipart/report; report-type=delivery-status; boundary="b"`},
			Text: fmt.Sprintf("--b\nContent-Type: text/plain\n\nNo such user.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; penyedia%d.example\n\n"+
				"Final-Recipient: rfc822; korban%d@penyedia.example\nAction: failed\nStatus: 5.1.1\n\n--b--", i%50, i)})
		if err != nil {
			t.Fatal(err)
		}
	}
	h.quiet()
	if after := h.cases(); after != before {
		t.Errorf("%s cases before the bounces, %s after", before, after)
	}
	if n := atoi(t, text(t, h.db, `SELECT count(*) FROM inbounds`)) - inbounds; n != bounces {
		t.Errorf("%d of %d bounces are known", n, bounces)
	}
	for address, n := range h.server.Counts() {
		if strings.HasPrefix(address, "mailer-daemon@") && n > 0 {
			t.Errorf("%s was answered", address)
		}
	}
	t.Logf("%d bounces: %s", bounces, outcomes(t, h.db))
}
