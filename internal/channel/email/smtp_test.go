package email_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tanggap/internal/apptest"
	"tanggap/internal/channel"
	"tanggap/internal/channel/email"
	"tanggap/internal/sim"
)

const attempt = "01926e3a-7c4b-7d2e-8f10-aabbccddeeff.ABCDEFGHIJKLMNOPQRSTUVWXYZ"

func newSender(m *sim.Mail) *email.Sender {
	return &email.Sender{Server: email.Server{Host: m.SMTP(), Security: email.SecurityNone, User: city, Password: secret},
		Address: city, Name: "Layanan Kota Contoh", Clock: apptest.NewClock(apptest.Start)}
}

func notice() channel.Outbound {
	return channel.Outbound{AttemptID: attempt, To: channel.Address{Email: warga}, Subject: "Laporan BAU-26-000123 diterima – terima kasih",
		Text:      "Terima kasih.\n\nLihat https://lapor.contoh.go.id/lacak/ABCD.\nKami bekerja <segera> & rapi.",
		MessageID: "01926e3a@contoh.go.id", InReplyTo: "pertama@contoh.id", References: []string{"awal@contoh.id", "pertama@contoh.id"},
		Thread: "k.abc123"}
}

func TestMailAsTheCitizenGetsIt(t *testing.T) {
	m := newServer(t, sim.MailConfig{})
	id, err := newSender(m).Send(t.Context(), notice())
	if err != nil || id != "01926e3a@contoh.go.id" {
		t.Fatalf("%q, %v", id, err)
	}
	got := m.Box(warga)[0]
	if got.Subject != notice().Subject || got.Text != notice().Text || got.MessageID != id {
		t.Errorf("subject %q, id %q, text %q", got.Subject, got.MessageID, got.Text)
	}
	for k, want := range map[string]string{
		"From": `"Layanan Kota Contoh" <lapor@contoh.go.id>`, "To": "<warga@contoh.id>", "Reply-To": `"Layanan Kota Contoh" <lapor+k.abc123@contoh.go.id>`,
		"In-Reply-To": "<pertama@contoh.id>", "References": "<awal@contoh.id> <pertama@contoh.id>", "Auto-Submitted": "auto-generated",
		"X-Auto-Response-Suppress": "All", "User-Agent": "",
	} {
		if got.Header.Get(k) != want {
			t.Errorf("%s: %q, want %q", k, got.Header.Get(k), want)
		}
	}
	if email.AttemptOf(got.ReturnPath) != attempt {
		t.Errorf("return path %s", got.ReturnPath)
	}
	raw := string(got.Raw)
	if !strings.Contains(raw, `<a href=3D"https://lapor.contoh.go.id/lacak/ABCD">`) || strings.Contains(raw, "<segera>\r\n") || strings.Contains(raw, "<img") {
		t.Errorf("HTML part:\n%s", raw)
	}
	for line := range strings.SplitSeq(raw, "\r\n") {
		if len(line) > 998 || strings.Contains(line, "\n") {
			t.Errorf("line of %d bytes", len(line))
		}
	}
}

func TestAutomaticAnswerHasNoReturnPath(t *testing.T) {
	m := newServer(t, sim.MailConfig{})
	out := notice()
	out.Automatic = true
	if _, err := newSender(m).Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	if got := m.Box(warga)[0]; got.ReturnPath != "" || got.Header.Get("Auto-Submitted") != "auto-replied" {
		t.Errorf("return path %q, %q", got.ReturnPath, got.Header.Get("Auto-Submitted"))
	}
	m.Refuse(sim.MailRefusal{Command: "MAIL", Code: 550, Enhanced: [3]int{5, 7, 60}, Times: 1}) // of the null sender
	if _, err := newSender(m).Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	if got := m.Box(warga)[1]; email.AttemptOf(got.ReturnPath) != attempt {
		t.Errorf("return path %q", got.ReturnPath)
	}
}

func TestNothingGetsIntoHeaders(t *testing.T) {
	m := newServer(t, sim.MailConfig{})
	for name, c := range map[string]struct {
		change func(*channel.Outbound)
		want   channel.Fault
	}{
		"subject":              {func(o *channel.Outbound) { o.Subject = "a\r\nBcc: x@contoh.id" }, channel.FaultMessage},
		"subject, lone return": {func(o *channel.Outbound) { o.Subject = "a\rBcc: x@contoh.id" }, channel.FaultMessage},
		"subject, NUL":         {func(o *channel.Outbound) { o.Subject = "a\x00" }, channel.FaultMessage},
		"own id":               {func(o *channel.Outbound) { o.MessageID = "a@b>\r\nBcc: <x@contoh.id" }, channel.FaultMessage},
		"no own id":            {func(o *channel.Outbound) { o.MessageID = "" }, channel.FaultMessage},
		"recipient":            {func(o *channel.Outbound) { o.To.Email = "a@contoh.id>\r\nRCPT TO:<x@contoh.id" }, channel.FaultUnreachable},
		"two recipients":       {func(o *channel.Outbound) { o.To.Email = "a@contoh.id, x@contoh.id" }, channel.FaultUnreachable},
		"named recipient":      {func(o *channel.Outbound) { o.To.Email = "A <a@contoh.id>" }, channel.FaultUnreachable},
		"not ASCII":            {func(o *channel.Outbound) { o.To.Email = "wargá@contoh.id" }, channel.FaultUnreachable},
		"empty recipient":      {func(o *channel.Outbound) { o.To.Email = "" }, channel.FaultUnreachable},
	} {
		out := notice()
		c.change(&out)
		_, err := newSender(m).Send(t.Context(), out)
		var e *channel.SendError
		if !errors.As(err, &e) || e.Fault != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if n := m.Counts(); len(n) != 0 {
		t.Errorf("something was sent: %v", n)
	}
	// Ids that others gave out cannot stop a mail: strange ones are left out.
	out := notice()
	out.InReplyTo, out.References, out.Thread = "a b\r\nBcc: x", []string{"good@contoh.id", "bad\r\nBcc: x@contoh.id", strings.Repeat("x", 300) + "@a"}, "a b"
	if _, err := newSender(m).Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	h := m.Box(warga)[0].Header
	want := []string{"<good@contoh.id>", "<good@contoh.id>", "", ""}
	if diff := cmp.Diff(want, []string{h.Get("References"), h.Get("In-Reply-To"), h.Get("Bcc"), h.Get("Reply-To")}); diff != "" {
		t.Error(diff)
	}
}

func TestWhatRefusalsMean(t *testing.T) {
	for name, c := range map[string]struct {
		r    sim.MailRefusal
		want channel.Fault
	}{
		"full mailbox for now":   {sim.MailRefusal{Command: "RCPT", Code: 452, Enhanced: [3]int{4, 2, 2}}, channel.FaultRetry},
		"no such user":           {sim.MailRefusal{Command: "RCPT", Code: 550, Enhanced: [3]int{5, 1, 1}}, channel.FaultUnreachable},
		"full mailbox":           {sim.MailRefusal{Command: "RCPT", Code: 552, Enhanced: [3]int{5, 2, 2}}, channel.FaultRetry},
		"policy about recipient": {sim.MailRefusal{Command: "RCPT", Code: 550, Enhanced: [3]int{5, 7, 1}}, channel.FaultMessage},
		"sender refused":         {sim.MailRefusal{Command: "MAIL", Code: 550, Enhanced: [3]int{5, 7, 1}}, channel.FaultAccount},
		"sender, later":          {sim.MailRefusal{Command: "MAIL", Code: 451, Enhanced: [3]int{4, 3, 0}}, channel.FaultRetry},
		"too long":               {sim.MailRefusal{Command: "MAIL", Code: 552, Enhanced: [3]int{5, 3, 4}}, channel.FaultMessage},
		"log-in needed":          {sim.MailRefusal{Command: "RCPT", Code: 530, Enhanced: [3]int{5, 7, 0}}, channel.FaultAccount},
		"spam":                   {sim.MailRefusal{Command: "DATA", Code: 554, Enhanced: [3]int{5, 7, 1}}, channel.FaultMessage},
		"no such user, late":     {sim.MailRefusal{Command: "DATA", Code: 550, Enhanced: [3]int{5, 1, 1}}, channel.FaultUnreachable},
		"content, later":         {sim.MailRefusal{Command: "DATA", Code: 451, Enhanced: [3]int{4, 7, 1}}, channel.FaultRetry},
	} {
		m := newServer(t, sim.MailConfig{})
		s := newSender(m)
		m.Refuse(c.r)
		_, err := s.Send(t.Context(), notice())
		var e *channel.SendError
		if !errors.As(err, &e) || e.Fault != c.want || e.Code != c.r.Code || strings.Contains(e.Detail, warga) {
			t.Errorf("%s: %v, want %s %d", name, err, c.want, c.r.Code)
		}
		if n := m.Counts()[warga]; n != 0 {
			t.Errorf("%s: %d arrived", name, n)
		}
		m.Accept()
		if _, err := s.Send(t.Context(), notice()); err != nil {
			t.Errorf("%s: afterwards %v", name, err)
		}
	}
}

// A connection that breaks before the final dot sent nothing; after it nobody knows,
// and only then it is Unknown.
func TestBrokenConnectionWhileSending(t *testing.T) {
	for _, c := range []struct {
		at    sim.MailBreak
		want  channel.Fault
		taken int
	}{
		{sim.MailBreak{Command: "EHLO"}, channel.FaultRetry, 0},
		{sim.MailBreak{Command: "AUTH"}, channel.FaultRetry, 0},
		{sim.MailBreak{Command: "MAIL"}, channel.FaultRetry, 0},
		{sim.MailBreak{Command: "MAIL", After: true}, channel.FaultRetry, 0},
		{sim.MailBreak{Command: "RCPT", After: true}, channel.FaultRetry, 0},
		{sim.MailBreak{Command: "DATA"}, channel.FaultRetry, 0},
		{sim.MailBreak{Command: "DATA", After: true}, channel.FaultRetry, 0},
		{sim.MailBreak{Command: "."}, channel.FaultUnknown, 0},
		{sim.MailBreak{Command: ".", After: true}, channel.FaultUnknown, 1},
	} {
		m := newServer(t, sim.MailConfig{})
		c.at.Protocol = sim.MailSMTP
		m.Break(c.at)
		s := newSender(m)
		_, err := s.Send(t.Context(), notice())
		var e *channel.SendError
		if !errors.As(err, &e) || e.Fault != c.want {
			t.Errorf("%+v: %v, want %s", c.at, err, c.want)
		}
		if c.taken > 0 { // the server may work on it after the connection broke
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			if _, err := m.Wait(ctx, warga, c.taken); err != nil {
				t.Errorf("%+v: %v", c.at, err)
			}
			cancel()
		}
		if _, err := s.Send(t.Context(), notice()); err != nil || m.Counts()[warga] != c.taken+1 {
			t.Errorf("%+v: second try %v, %d arrived", c.at, err, m.Counts()[warga])
		}
		for _, got := range m.Box(warga) {
			if got.MessageID != notice().MessageID {
				t.Errorf("%+v: another Message-ID %s", c.at, got.MessageID)
			}
		}
	}
}

func TestConnectionIsUsedAgain(t *testing.T) {
	m := newServer(t, sim.MailConfig{})
	s := newSender(m)
	m.Break(sim.MailBreak{Protocol: sim.MailSMTP, Command: "AUTH", Nth: 2}) // a second log-in fails
	for range 3 {
		if _, err := s.Send(t.Context(), notice()); err != nil {
			t.Fatal(err)
		}
	}
	if m.Planned() != 1 {
		t.Error("a second connection was made")
	}
	m.Disconnect()
	if _, err := s.Send(t.Context(), notice()); err == nil {
		t.Error("the planned break did not come")
	}
	if _, err := s.Send(t.Context(), notice()); err != nil || m.Counts()[warga] != 4 {
		t.Errorf("%v, %d arrived", err, m.Counts()[warga])
	}
}

func TestServerThatCannotBeUsed(t *testing.T) {
	m := newServer(t, sim.MailConfig{Greylist: true})
	wrong := newSender(m)
	wrong.Server.Password = "salah"
	away := newSender(m)
	away.Server.Host = "127.0.0.1:1"
	noTLS := newSender(m)
	noTLS.Server.Security = email.SecurityStartTLS
	for name, c := range map[string]struct {
		s    *email.Sender
		want channel.Fault
	}{"wrong password": {wrong, channel.FaultAccount}, "nobody there": {away, channel.FaultRetry}, "no STARTTLS": {noTLS, channel.FaultAccount},
		"greylist": {newSender(m), channel.FaultRetry}} {
		_, err := c.s.Send(t.Context(), notice())
		var e *channel.SendError
		if !errors.As(err, &e) || e.Fault != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if err := newSender(m).Check(t.Context()); err != nil {
		t.Errorf("check: %v", err)
	}
	if err := wrong.Check(t.Context()); err == nil {
		t.Error("check accepts a wrong password")
	}
	if _, err := newSender(m).Send(t.Context(), notice()); err != nil {
		t.Errorf("after the greylist: %v", err)
	}
}

func TestSlowServerEndsWithTheContext(t *testing.T) {
	m := newServer(t, sim.MailConfig{Slow: time.Minute})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := newSender(m).Send(ctx, notice())
	var e *channel.SendError
	if !errors.As(err, &e) || e.Fault != channel.FaultRetry {
		t.Errorf("%v", err)
	}
}

func TestBounceAddress(t *testing.T) {
	a := email.BounceAddress(city, attempt)
	if email.AttemptOf(strings.ToUpper(a)) != attempt || len(a) > 64+len("@contoh.go.id") || a != strings.ToLower(a) {
		t.Errorf("%s gives %s", a, email.AttemptOf(a))
	}
	long := "pengaduan.masyarakat@contoh.go.id"
	if got := email.BounceAddress(long, attempt); got != long {
		t.Errorf("%s: the local part is too long for mail servers", got)
	}
	for _, x := range []string{"", city, "lapor+b.@contoh.go.id", "lapor+b.abc@contoh.go.id", "lapor+b.!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!", "lapor+k.abc@contoh.go.id"} {
		if got := email.AttemptOf(x); got != "" {
			t.Errorf("%q gives %q", x, got)
		}
	}
}
