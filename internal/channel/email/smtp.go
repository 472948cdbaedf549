package email

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"tanggap/internal/channel"
	"tanggap/internal/tanggap"
)

const (
	sendTime = 30 * time.Second // of one mail, unless its context is shorter
	keepOpen = 15 * time.Second // of an unused connection
	maxOpen  = 4                // unused connections
)

// Sender hands mails to a submission server (RFC 6409). It implements
// channel.Sender; the provider's id of a mail is its Message-ID.
//
// FaultUnknown means that the connection broke between the end of the mail and the
// server's answer: it may have been taken. Every try of a mail has the same
// Message-ID, under which mail programs show one copy, so an Unknown may be sent once
// more if hearing nothing would be worse than reading it twice.
type Sender struct {
	Server  Server
	Address string // ours
	Name    string // shown beside it
	Clock   tanggap.Clock

	mu   sync.Mutex
	idle []*line
}

// line is one connection to the server, logged in.
type line struct {
	client *smtp.Client
	conn   net.Conn
	expiry *time.Timer // closes it when it was not used for keepOpen
}

// Send implements channel.Sender.
func (s *Sender) Send(ctx context.Context, out channel.Outbound) (string, error) {
	raw, wrong := s.compose(out)
	if wrong != nil {
		return "", wrong
	}
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	l, err := s.line(ctx)
	if err != nil {
		return "", faultOfLine(err)
	}
	// An automatic answer has no return path, so that nothing can answer it (RFC 3834,
	// section 3.3). Servers that want one of ours get the address for bounces.
	from := BounceAddress(s.Address, out.AttemptID)
	paths := []string{from}
	if out.Automatic {
		paths = []string{"", from}
	}
	var failed *failure
	for _, path := range paths {
		failed = l.transmit(ctx, path, out.To.Email, raw)
		if failed == nil || failed.stage != stageMail || failed.code() < 500 {
			break
		}
		if err := l.do(ctx, l.client.Reset); err != nil {
			break
		}
	}
	if failed != nil {
		l.drop()
		return "", failed.sendError(out.To.Email)
	}
	s.keep(l)
	return out.MessageID, nil
}

// Check logs in and sends nothing.
func (s *Sender) Check(ctx context.Context) error {
	l, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer l.drop()
	return l.do(ctx, l.client.Noop)
}

// line returns an open connection, a used one if it still answers.
func (s *Sender) line(ctx context.Context) (*line, error) {
	for {
		s.mu.Lock()
		if len(s.idle) == 0 {
			s.mu.Unlock()
			return s.open(ctx)
		}
		l := s.idle[len(s.idle)-1]
		s.idle = s.idle[:len(s.idle)-1]
		s.mu.Unlock()
		if l.expiry.Stop() && l.do(ctx, l.client.Noop) == nil {
			return l, nil
		}
		l.drop()
	}
}

func (s *Sender) open(ctx context.Context) (*line, error) {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	conn, err := s.Server.dial(ctx)
	if err != nil {
		return nil, err
	}
	l := &line{conn: conn}
	if err := l.do(ctx, func() error { return l.greet(s) }); err != nil {
		l.drop()
		return nil, err
	}
	return l, nil
}

func (l *line) greet(s *Sender) (err error) {
	if l.client, err = smtp.NewClient(l.conn, s.Server.name()); err != nil {
		return err
	}
	l.client.SkipSMTPUTF8(true) // addresses and headers are ASCII; claiming more makes servers bounce
	_, domain, _ := strings.Cut(s.Address, "@")
	if err := l.client.Hello(domain); err != nil {
		return err
	}
	if s.Server.Security == SecurityStartTLS {
		if ok, _ := l.client.Extension("STARTTLS"); !ok {
			return errNoStartTLS
		}
		if err := l.client.StartTLS(s.Server.tls()); err != nil {
			return err
		}
	}
	if s.Server.User == "" {
		return nil
	}
	_, offered := l.client.Extension("AUTH")
	auth := smtp.PlainAuth("", s.Server.User, s.Server.Password, s.Server.name(), s.Server.Security == SecurityNone)
	if !strings.Contains(offered, "PLAIN") {
		if !strings.Contains(offered, "LOGIN") {
			return errNoLogin
		}
		auth = smtp.LoginAuth(s.Server.User, s.Server.Password, s.Server.name(), s.Server.Security == SecurityNone)
	}
	if err := l.client.Auth(auth); err != nil {
		return fmt.Errorf("log in: %w", err)
	}
	return nil
}

// do runs commands; when ctx ends the connection is closed under them.
func (l *line) do(ctx context.Context, commands func() error) error {
	stop := context.AfterFunc(ctx, func() { _ = l.conn.Close() })
	err := commands()
	if stop() {
		return err
	}
	return errors.Join(ctx.Err(), err)
}

// transmit sends one mail. nil means that the server has taken it.
func (l *line) transmit(ctx context.Context, from, to string, raw []byte) *failure {
	at := stageMail
	err := l.do(ctx, func() error {
		if err := l.client.Mail("<" + from + ">"); err != nil {
			return err
		}
		at = stageRcpt
		if err := l.client.Rcpt("<" + to + ">"); err != nil {
			return err
		}
		at = stageData
		w, err := l.client.Data()
		if err != nil {
			return err
		}
		if _, err := w.Write(raw); err != nil {
			return err // without the final dot the server must forget it
		}
		at = stageEnd
		return w.Close()
	})
	if err != nil {
		return &failure{at, err}
	}
	return nil
}

// keep puts a connection by for the next mail.
func (s *Sender) keep(l *line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.idle) == maxOpen {
		l.drop()
		return
	}
	l.expiry = time.AfterFunc(keepOpen, l.drop)
	s.idle = append(s.idle, l)
}

// drop closes the connection without ceremony: the mail is sent or not by now.
func (l *line) drop() { _ = l.conn.Close() }
