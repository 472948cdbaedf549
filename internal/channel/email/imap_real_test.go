package email_test

import (
	"bufio"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/channel"
	"tanggap/internal/channel/email"
	"tanggap/internal/tanggap"
)

// realMail describes the server that tools/mail.sh brings up: Dovecot and Exim.
func realMail(t *testing.T) (at map[string]string, ca *x509.CertPool) {
	t.Helper()
	path := os.Getenv("TANGGAP_TEST_MAIL")
	if path == "" {
		const how = `needs a mail server: export TANGGAP_TEST_MAIL="$(tools/mail.sh start)"`
		if os.Getenv("CI") == "true" {
			t.Fatal(how)
		}
		t.Skip(how)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	at = map[string]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		k, v, _ := strings.Cut(lines.Text(), "=")
		at[k] = v
	}
	pem, err := os.ReadFile(at["ca"])
	if err != nil {
		t.Fatal(err)
	}
	ca = x509.NewCertPool()
	if !ca.AppendCertsFromPEM(pem) {
		t.Fatal("no certificate in " + at["ca"])
	}
	return at, ca
}

// What the sender hands in is in the mailbox of a real server, and taken out of it as
// soon as the server says so.
func TestRealServers(t *testing.T) {
	at, ca := realMail(t)
	for _, c := range []struct{ security, imap, smtp string }{
		{email.SecurityTLS, at["imaps"], at["smtps"]}, {email.SecurityStartTLS, at["imap"], at["smtp"]},
	} {
		t.Run(c.security, func(t *testing.T) {
			d := newDesk()
			folder := "Selesai-" + tanggap.NewToken()
			box := &email.Mailbox{Server: email.Server{Host: c.imap, Security: c.security, User: at["city"], Password: at["password"], CA: ca},
				Done: folder, Keeper: d, Receive: d.receive, Log: apptest.Log(), Clock: apptest.NewClock(apptest.Start), Idle: 29 * time.Minute, Pause: 10 * time.Millisecond}
			if f, err := box.Check(t.Context()); err != nil || !f.Idle || !f.Move {
				t.Fatalf("%+v, %v", f, err)
			}
			stop := run(t, box)
			d.until(t, "first look", func() bool { return d.checks > 0 })
			left := len(d.bodies) // by a run before this one

			s := &email.Sender{Server: email.Server{Host: c.smtp, Security: c.security, User: at["city"], Password: at["password"], CA: ca},
				Address: at["city"], Name: "Layanan Kota Contoh", Clock: apptest.NewClock(apptest.Start)}
			if err := s.Check(t.Context()); err != nil {
				t.Fatal(err)
			}
			const n = 5
			for i := range n {
				out := notice()
				out.To.Email = strings.Replace(at["city"], "@", "+k.abc@", 1)
				out.MessageID = fmt.Sprintf("%s.%d@contoh.go.id", strings.ToLower(tanggap.NewToken()), i)
				out.Automatic = i == 0
				var before uint32
				d.until(t, "", func() bool { before = d.last().UID; return true })
				if _, err := s.Send(t.Context(), out); err != nil {
					t.Fatal(err)
				}
				d.until(t, "mail taken out of the mailbox", func() bool { return d.bodies[out.MessageID] != nil && d.last().UID > before })
				path := "Return-path: <" + email.BounceAddress(at["city"], attempt) + ">"
				if out.Automatic {
					path = "Return-path: <>"
				}
				if raw := string(d.bodies[out.MessageID]); !strings.Contains(raw, path) || !strings.Contains(raw, "lapor+k.abc@contoh.go.id") {
					t.Errorf("as it came:\n%s", raw)
				}
			}
			stop()
			if d.problem != "" {
				t.Error(d.problem)
			}
			box.Folder = folder
			if f, err := box.Check(t.Context()); err != nil || int(f.Mails) != n+left {
				t.Errorf("done folder: %+v, %v", f, err)
			}

			// The next process goes on from the position that was kept.
			box = &email.Mailbox{Server: box.Server, Done: folder, Keeper: d, Receive: d.receive, Log: apptest.Log(), Clock: box.Clock}
			checks := d.checks
			run(t, box)
			d.until(t, "another look", func() bool { return d.checks > checks })
			for id, times := range d.handed {
				if times != 1 {
					t.Errorf("%s was handed over %d times", id, times)
				}
			}
		})
	}
}

func TestWhatARealServerRefuses(t *testing.T) {
	at, ca := realMail(t)
	sender := func() *email.Sender {
		return &email.Sender{Server: email.Server{Host: at["smtps"], Security: email.SecurityTLS, User: at["city"], Password: at["password"], CA: ca},
			Address: at["city"], Clock: apptest.NewClock(apptest.Start)}
	}
	unknown, stranger, plain := sender(), sender(), sender()
	stranger.Server.CA = nil
	plain.Server.Host, plain.Server.Security = at["smtp"], email.SecurityNone // offers no log-in
	wrong := sender()
	wrong.Server.Password = "salah"
	for name, c := range map[string]struct {
		s    *email.Sender
		to   string
		want channel.Fault
	}{
		"no such person":       {unknown, "tiada@contoh.id", channel.FaultUnreachable},
		"strange certificate":  {stranger, at["citizen"], channel.FaultAccount},
		"wrong password":       {wrong, at["citizen"], channel.FaultAccount},
		"log-in only with TLS": {plain, at["citizen"], channel.FaultAccount},
	} {
		out := notice()
		out.To.Email = c.to
		_, err := c.s.Send(t.Context(), out)
		var e *channel.SendError
		if !errors.As(err, &e) || e.Fault != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	box := &email.Mailbox{Server: email.Server{Host: at["imaps"], Security: email.SecurityTLS, User: at["city"], Password: at["password"]}, Done: "Selesai"}
	if _, err := box.Check(t.Context()); err == nil {
		t.Error("a strange certificate was accepted")
	}
}
