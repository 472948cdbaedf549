package app

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/channel"
	"tanggap/internal/sim"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// withMail gives a configuration a simulated mailbox.
func withMail(t *testing.T, cfg *Config) *sim.Mail {
	t.Helper()
	c, err := newCompany(tanggap.SystemClock{}, demoAccount, "", "lapor@baubau.contoh.go.id")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := hangUp([]*company{c}); err != nil {
			t.Error(err)
		}
	})
	cfg.Regions[0].Email = &c.box
	return c.mail
}

var caseNumber = regexp.MustCompile(`BAU-\d\d-\d{6}`)

// A mail becomes a case, its number comes by mail, and an answer to that mail finds
// the case.
func TestMailBecomesCaseWithAnswer(t *testing.T) {
	cfg := testConfig(t, "")
	m := withMail(t, &cfg)
	a, stop := serve(t, cfg, Deps{Listener: listen(t)})
	const citizen = "warga.contoh@contoh.id"
	if _, err := m.Write(sim.Letter{From: citizen, Name: "Warga Contoh", Subject: "Lampu jalan padam",
		Text: "Lampu jalan di depan pasar Wameo padam sudah tiga malam. Mohon diperbaiki."}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	got, err := m.Wait(ctx, citizen, 1)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	number := caseNumber.FindString(got[0].Subject + got[0].Text)
	if number == "" || got[0].Header.Get("Auto-Submitted") != "auto-replied" || got[0].ReturnPath != "" {
		t.Errorf("answer from %q:\n%s", got[0].ReturnPath, got[0].Raw)
	}
	if _, err := m.Reply(citizen, "Tambahan: tiangnya nomor 12, di seberang toko."); err != nil {
		t.Fatal(err)
	}
	waitFor(t, ctx, m, "both mails taken", func() bool { return m.Folder("INBOX") == 0 && m.Folder("Tanggap") == 2 })
	waitFor(t, ctx, m, "both mails in the case", func() bool {
		cases, err := a.store.Cases(ctx, store.CaseFilter{Region: apptest.Region, Secret: true})
		if err != nil || len(cases) != 1 {
			t.Fatalf("cases %v, %v", cases, err)
		}
		said, err := a.store.Messages(ctx, apptest.Region, cases[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, x := range said {
			if strings.Contains(x.Body, "pasar Wameo") || strings.Contains(x.Body, "nomor 12") {
				n++
			}
		}
		return n == 2
	})
	stop()
	boxes, err := reopened(t, cfg).Mailboxes(t.Context(), apptest.Region)
	if err != nil || len(boxes) != 1 || boxes[0].UID != 2 || boxes[0].Error != "" {
		t.Errorf("mailboxes %+v, %v", boxes, err)
	}
}

// A copy from which nothing may leave takes no mail either.
func TestNoMailIsTakenWhileOutboundIsOff(t *testing.T) {
	cfg := testConfig(t, "")
	cfg.Outbound = OutboundOff
	m := withMail(t, &cfg)
	if _, err := m.Write(sim.Letter{From: "warga@contoh.id", Text: "Lampu padam."}); err != nil {
		t.Fatal(err)
	}
	m.Break(sim.MailBreak{Protocol: sim.MailIMAP, Command: "UID FETCH", Nth: 2, After: true}) // the first one lists
	a, stop := serve(t, cfg, Deps{Listener: listen(t)})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	waitFor(t, ctx, m, "the mailbox was read", func() bool { return m.Planned() == 0 })
	err := a.receiveMail(channel.Way{Region: apptest.Region, Channel: channel.Email})(ctx, []byte("From: warga@contoh.id\r\n\r\nLampu padam."))
	if tanggap.CodeOf(err) != tanggap.Unavailable {
		t.Errorf("taken: %v", err)
	}
	stop()
	if n, err := reopened(t, cfg).LastInbound(t.Context(), apptest.Region); err != nil || n != 0 || m.Folder("INBOX") != 1 {
		t.Errorf("%d taken, %v; %d in the inbox", n, err, m.Folder("INBOX"))
	}
}

func TestDoctorLooksAtTheMail(t *testing.T) {
	cfg := testConfig(t, "")
	m := withMail(t, &cfg)
	if _, err := m.Write(sim.Letter{From: "warga@contoh.id", Text: "Lampu padam."}); err != nil {
		t.Fatal(err)
	}
	levels := func() (out string) {
		for _, f := range Doctor(t.Context(), cfg, Deps{}) {
			if strings.HasPrefix(f.About, "surel") {
				out += f.About + " " + string(f.Level) + "\n"
			}
		}
		return out
	}
	if got := levels(); strings.Count(got, string(Fine)) != 2 || strings.Contains(got, string(Failing)) {
		t.Error(got)
	}
	cfg.Regions[0].Email.IMAP.Password, cfg.Regions[0].Email.SMTP.Password = NewSecret("salah"), NewSecret("salah")
	if got := levels(); strings.Count(got, string(Failing)) != 2 {
		t.Error(got)
	}
	if m.Folder("INBOX") != 1 || len(m.Counts()) != 0 {
		t.Error("the doctor took or sent mail")
	}
}

// waitFor asks again at every change of the mail server, and a few times a second
// for what happens elsewhere.
func waitFor(t *testing.T, ctx context.Context, m *sim.Mail, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-m.Changed():
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("never: %s", what)
		}
	}
}

// reopened opens the database of a stopped App.
func reopened(t *testing.T, cfg Config) *store.Store {
	t.Helper()
	s, err := OpenStore(t.Context(), cfg, tanggap.SystemClock{}, apptest.Log())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
