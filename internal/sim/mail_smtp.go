package sim

import (
	"fmt"
	"io"
	"strings"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

const maxSimulatedMail = 40 << 20

// MailRefusal is an answer of the server instead of accepting.
type MailRefusal struct {
	Command  string // MAIL, RCPT or DATA
	To       string // recipient it is for; "" = any. Not for MAIL
	Code     int    // 4xx or 5xx
	Enhanced [3]int // RFC 3463
	Times    int    // how often; 0 = always
}

// Refuse makes the server refuse what r describes.
func (m *Mail) Refuse(r MailRefusal) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refusals = append(m.refusals, r)
}

// Accept ends all refusals.
func (m *Mail) Accept() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refusals = nil
}

func (m *Mail) refused(command, to string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if command == "RCPT" && m.cfg.Greylist && !m.tried[to] {
		m.tried[to] = true
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "Greylisted, try again later"}
	}
	for i, r := range m.refusals {
		if r.Command != command || r.To != "" && plainOf(r.To) != plainOf(to) {
			continue
		}
		if r.Times == 1 {
			m.refusals = append(m.refusals[:i:i], m.refusals[i+1:]...)
		} else if r.Times > 1 {
			m.refusals[i].Times--
		}
		return &smtp.SMTPError{Code: r.Code, EnhancedCode: smtp.EnhancedCode(r.Enhanced), Message: "Simulated refusal"}
	}
	return nil
}

func (m *Mail) newSMTP() *smtp.Server {
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &mailSubmission{mail: m}, nil }))
	s.Domain, s.AllowInsecureAuth, s.MaxMessageBytes, s.ErrorLog = domainOf(m.cfg.Address), true, maxSimulatedMail, quiet
	return s
}

// mailSubmission is one connection on which the city sends, or anybody to the city.
type mailSubmission struct {
	mail *Mail
	in   bool // logged in
	from string
	to   []string
}

// AuthMechanisms implements smtp.AuthSession.
func (s *mailSubmission) AuthMechanisms() []string { return []string{sasl.Plain} }

// Auth implements smtp.AuthSession.
func (s *mailSubmission) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != s.mail.cfg.Address || password != s.mail.cfg.Password {
			return smtp.ErrAuthFailed
		}
		s.in = true
		return nil
	}), nil
}

// Mail implements smtp.Session.
func (s *mailSubmission) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return s.mail.refused("MAIL", "")
}

// Rcpt implements smtp.Session.
func (s *mailSubmission) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.mail.cfg.Password != "" && !s.in && plainOf(to) != strings.ToLower(s.mail.cfg.Address) {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Authentication required"}
	}
	s.to = append(s.to, to)
	return s.mail.refused("RCPT", to)
}

// Data implements smtp.Session.
func (s *mailSubmission) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	for _, to := range s.to {
		if err := s.mail.refused("DATA", to); err != nil {
			return err
		}
	}
	for _, to := range s.to {
		if err := s.mail.Deliver(s.from, to, raw); err != nil {
			return fmt.Errorf("deliver to %s: %w", to, err)
		}
	}
	return nil
}

// Reset implements smtp.Session.
func (s *mailSubmission) Reset() { s.from, s.to = "", nil }

// Logout implements smtp.Session.
func (s *mailSubmission) Logout() error { return nil }
