package sim

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"time"
)

// Protocols of a MailBreak.
const (
	MailIMAP = "imap"
	MailSMTP = "smtp"
)

// MailBreak is a connection that breaks at a command.
type MailBreak struct {
	Protocol string
	Command  string // as "UID FETCH", "STORE", "RCPT"; "." is the end of a mail in SMTP, "" any command
	Nth      int    // the n-th such command since the break before it; 0 is the first
	After    bool   // the command is done and its answer lost; else it is lost itself
}

// Break plans broken connections; each happens once, those of a protocol in turn.
func (m *Mail) Break(plans ...MailBreak) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.breaks = append(m.breaks, plans...)
}

// Planned counts the breaks that did not happen yet.
func (m *Mail) Planned() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.breaks)
}

// meets reports whether a plan says that a connection breaks at this command.
func (m *Mail) meets(protocol, command string) (broken, after bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.breaks {
		b := &m.breaks[i]
		if b.Protocol != protocol {
			continue
		}
		if b.Command != "" && b.Command != command {
			return false, false
		}
		if b.Nth--; b.Nth > 0 {
			return false, false
		}
		after = b.After
		m.breaks = append(m.breaks[:i:i], m.breaks[i+1:]...)
		return true, after
	}
	return false, false
}

// mailListener wraps what it accepts, inside TLS.
type mailListener struct {
	net.Listener
	mail     *Mail
	protocol string
}

// Accept implements net.Listener.
func (l *mailListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if l.mail.cfg.TLS != nil {
		conn = tls.Server(conn, l.mail.cfg.TLS)
	}
	c := &mailConn{Conn: conn, mail: l.mail, protocol: l.protocol, in: bufio.NewReader(conn)}
	l.mail.mu.Lock()
	defer l.mail.mu.Unlock()
	l.mail.conns[c] = true
	return c, nil
}

// mailConn hands the client's lines on one by one, so that the connection can break
// at a command.
type mailConn struct {
	net.Conn
	mail     *Mail
	protocol string
	in       *bufio.Reader
	rest     []byte // of the line that is handed on
	content  bool   // the lines are a mail
	lost     atomic.Bool
}

// Close implements net.Conn.
func (c *mailConn) Close() error {
	c.mail.mu.Lock()
	delete(c.mail.conns, c)
	c.mail.mu.Unlock()
	return c.Conn.Close()
}

// Read implements net.Conn.
func (c *mailConn) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		line, err := c.in.ReadSlice('\n')
		if len(line) == 0 {
			return 0, err
		}
		if command := c.command(string(line)); command != "" {
			broken, after := c.mail.meets(c.protocol, command)
			if broken && !after {
				_ = c.Close()
				return 0, io.EOF
			}
			c.lost.Store(broken)
		}
		c.rest = append(c.rest[:0], line...)
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// command names a line, "" if it is none.
func (c *mailConn) command(line string) string {
	words := strings.Fields(strings.ToUpper(line))
	if c.protocol == MailSMTP {
		switch {
		case c.content:
			if strings.TrimRight(line, "\r\n") != "." {
				return ""
			}
			c.content = false
			return "."
		case len(words) == 0:
			return ""
		}
		c.content = words[0] == "DATA"
		return words[0]
	}
	switch {
	case len(words) == 1:
		return words[0] // DONE
	case len(words) > 2 && words[1] == "UID":
		return "UID " + words[2]
	case len(words) > 1:
		return words[1]
	}
	return ""
}

// Write implements net.Conn.
func (c *mailConn) Write(p []byte) (int, error) {
	if c.lost.Load() {
		_ = c.Close()
		return 0, net.ErrClosed
	}
	if c.mail.cfg.Slow > 0 {
		timer := time.NewTimer(c.mail.cfg.Slow)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-c.mail.closed:
		}
	}
	if c.mail.cfg.NoIdle && bytes.Contains(p, []byte("CAPABILITY")) {
		if _, err := c.Conn.Write(bytes.ReplaceAll(p, []byte(" IDLE"), nil)); err != nil {
			return 0, err
		}
		return len(p), nil
	}
	return c.Conn.Write(p)
}
