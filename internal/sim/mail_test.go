package sim

import (
	"bytes"
	"fmt"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"tanggap/internal/tanggap"
)

const mailCity = "lapor@contoh.go.id"

func newTestMail(t *testing.T, cfg MailConfig) *Mail {
	t.Helper()
	cfg.Clock, cfg.Address, cfg.Password = tanggap.SystemClock{}, mailCity, "rahasia"
	m, err := NewMail(cfg)
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

// inbox reads what lies in the city's inbox.
func inbox(t *testing.T, m *Mail) []MailReceived {
	t.Helper()
	c, err := imapclient.DialInsecure(m.IMAP(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login(mailCity, "rahasia").Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Select(mailInbox, nil).Wait(); err != nil {
		t.Fatal(err)
	}
	msgs, err := c.Fetch(imap.UIDSet{imap.UIDRange{Start: 1}}, &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{{Peek: true}}}).Collect()
	if err != nil {
		t.Fatal(err)
	}
	var out []MailReceived
	for _, x := range msgs {
		got, err := readMail(x.BodySection[0].Bytes)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, got)
	}
	return out
}

// cityWrites sends by the protocol, as Tanggap does.
func cityWrites(t *testing.T, m *Mail, from, to string, n int) error {
	t.Helper()
	raw := fmt.Sprintf("From: %s\r\nTo: %s\r\nMessage-ID: <kota%d@contoh.go.id>\r\nSubject: Laporan Anda\r\nAuto-Submitted: auto-generated\r\n\r\nTerima kasih.\r\n", mailCity, to, n)
	return smtp.SendMail(m.SMTP(), smtp.PlainAuth("", mailCity, "rahasia", "127.0.0.1"), from, []string{to}, []byte(raw))
}

// Each robot answers as its kind does, and goes on for as long as it is written to.
func TestRobotsAnswer(t *testing.T) {
	for kind, want := range map[Robot]struct {
		answers int
		shows   func(MailReceived) bool
	}{
		RobotPolite: {1, func(r MailReceived) bool {
			return r.Header.Get("Auto-Submitted") == "auto-replied" && r.Header.Get("Return-Path") == "<>" && r.Header.Get("In-Reply-To") == "<kota0@contoh.go.id>"
		}},
		RobotStripping: {3, func(r MailReceived) bool {
			return r.Header.Get("Auto-Submitted") == "" && r.Header.Get("In-Reply-To") == "" && r.Subject == "Re: Laporan Anda"
		}},
		RobotEverNew: {3, func(r MailReceived) bool {
			return strings.HasPrefix(r.Subject, "Tiket ") && r.Header.Get("References") == ""
		}},
		RobotBouncing: {3, func(r MailReceived) bool {
			return r.Header.Get("Return-Path") == "<>" && bytes.Contains(r.Raw, []byte("Status: 5.1.1")) && bytes.Contains(r.Raw, []byte("Message-ID: <kota"))
		}},
		RobotElsewhere: {3, func(r MailReceived) bool {
			return strings.Contains(r.Header.Get("From"), "balasan.robot@contoh.id") && r.Header.Get("In-Reply-To") != ""
		}},
	} {
		t.Run(string(kind), func(t *testing.T) {
			m := newTestMail(t, MailConfig{})
			m.AddRobot("robot@contoh.id", kind)
			for i := range 3 {
				if err := cityWrites(t, m, "lapor+b.x@contoh.go.id", "robot@contoh.id", i); err != nil {
					t.Fatal(err)
				}
			}
			got := inbox(t, m)
			ids := map[string]bool{}
			for _, r := range got {
				ids[r.MessageID] = true
				if !want.shows(r) {
					t.Errorf("answer:\n%s", r.Raw)
				}
			}
			if len(got) != want.answers || len(ids) != len(got) || m.Counts()["robot@contoh.id"] != 3 {
				t.Errorf("%d answers with %d ids, want %d; the robot got %v", len(got), len(ids), want.answers, m.Counts())
			}
		})
	}
}

// What the city's own server adds stands above what the sender wrote.
func TestMailForTheCity(t *testing.T) {
	m := newTestMail(t, MailConfig{AuthServID: "mail.contoh.go.id"})
	id, err := m.Write(Letter{From: "warga@contoh.id", Name: "Warga Contoh", To: "lapor+k.abc@contoh.go.id", Subject: "Jalan – rusak", Text: "Halo\ndunia"})
	if err != nil {
		t.Fatal(err)
	}
	got := inbox(t, m)
	if len(got) != 1 || got[0].MessageID != id || got[0].Subject != "Jalan – rusak" || got[0].Text != "Halo\ndunia\n" ||
		got[0].Header.Get("Delivered-To") != "lapor+k.abc@contoh.go.id" || !strings.HasPrefix(got[0].Header.Get("Authentication-Results"), "mail.contoh.go.id; spf=pass") {
		t.Errorf("%+v", got)
	}
	if _, err := m.Reply("warga@contoh.id", "x"); tanggap.CodeOf(err) != tanggap.NotFound {
		t.Errorf("reply to nothing: %v", err)
	}
	if err := cityWrites(t, m, mailCity, "warga@contoh.id", 7); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Reply("warga@contoh.id", "Sudah menyala."); err != nil {
		t.Fatal(err)
	}
	if r := inbox(t, m)[1]; r.Header.Get("In-Reply-To") != "<kota7@contoh.go.id>" || !strings.Contains(r.Text, "> Terima kasih.") || r.Subject != "Re: Laporan Anda" {
		t.Errorf("%s", r.Raw)
	}
}

func TestMailboxIsRenumbered(t *testing.T) {
	m := newTestMail(t, MailConfig{})
	for range 3 {
		if _, err := m.Write(Letter{From: "warga@contoh.id", Text: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	before, err := m.user.Status(mailInbox, &imap.StatusOptions{UIDValidity: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Renumber(); err != nil {
		t.Fatal(err)
	}
	after, err := m.user.Status(mailInbox, &imap.StatusOptions{UIDValidity: true})
	if err != nil || after.UIDValidity == before.UIDValidity || m.Folder(mailInbox) != 3 {
		t.Errorf("%d then %d, %d mails, %v", before.UIDValidity, after.UIDValidity, m.Folder(mailInbox), err)
	}
}

func TestMailServerMisbehaves(t *testing.T) {
	m := newTestMail(t, MailConfig{Greylist: true})
	if err := cityWrites(t, m, mailCity, "warga@contoh.id", 0); err == nil || !strings.HasPrefix(err.Error(), "451") {
		t.Errorf("greylist: %v", err)
	}
	m.Refuse(MailRefusal{Command: "RCPT", To: "warga@contoh.id", Code: 550, Enhanced: [3]int{5, 1, 1}, Times: 1})
	if err := cityWrites(t, m, mailCity, "warga@contoh.id", 1); err == nil || !strings.HasPrefix(err.Error(), "550") {
		t.Errorf("refusal: %v", err)
	}
	m.Break(MailBreak{Protocol: MailSMTP, Command: ".", After: true})
	if err := cityWrites(t, m, mailCity, "warga@contoh.id", 2); err == nil {
		t.Error("the answer was not lost")
	}
	timer := time.AfterFunc(10*time.Second, m.Disconnect)
	defer timer.Stop()
	if box, err := m.Wait(t.Context(), "warga@contoh.id", 1); err != nil || box[0].MessageID != "kota2@contoh.go.id" {
		t.Errorf("%v, %v", box, err)
	}
	if err := cityWrites(t, m, mailCity, "warga@contoh.id", 3); err != nil || m.Counts()["warga@contoh.id"] != 2 {
		t.Errorf("in the end: %v, %v", err, m.Counts())
	}
}
