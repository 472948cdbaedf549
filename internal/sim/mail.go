package sim

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"mime"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-smtp"

	"tanggap/internal/tanggap"
)

// MailConfig is the mail server that a Mail plays. Clock and Address are required.
type MailConfig struct {
	Clock      tanggap.Clock
	Address    string      // of the city; also its user name
	Password   string      // "" asks SMTP for no log-in, and IMAP for an empty password
	AuthServID string      // under which the server judges senders (RFC 8601); "" = it does not
	TLS        *tls.Config // used from the first byte; nil = none

	NoIdle     bool          // offers no IDLE
	SilentIdle bool          // offers IDLE and says nothing
	NoMove     bool          // offers neither MOVE nor, with it, a copy in one step
	Greylist   bool          // refuses the first try to each recipient
	Slow       time.Duration // before each answer

	MaxMails int // remembered in each citizen's mailbox; default 1,000
}

// Mail is an honest simulator of the city's mail server and of everybody it writes
// to: IMAP and SMTP on loopback, a mailbox for any address, robots that answer, and
// on demand bad luck. It is safe for concurrent use.
type Mail struct {
	cfg    MailConfig
	user   *imapmemserver.User
	imap   *imapserver.Server
	smtp   *smtp.Server
	ends   []net.Listener // IMAP, SMTP
	born   uint32         // seconds, added to UIDVALIDITY
	served sync.WaitGroup
	closed chan struct{}

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced at every change
	boxes    map[string][]MailReceived
	counts   map[string]int
	robots   map[string]Robot
	breaks   []MailBreak
	refusals []MailRefusal
	tried    map[string]bool // recipients that the greylist knows
	conns    map[*mailConn]bool
}

// MailReceived is a mail in a citizen's mailbox.
type MailReceived struct {
	ReturnPath string // of the envelope; "" for what must not be answered
	To         string
	At         time.Time
	MessageID  string // without brackets
	Subject    string
	Text       string // its text/plain part
	Header     netmail.Header
	Raw        []byte
}

// NewMail starts a server. Close ends it.
func NewMail(cfg MailConfig) (*Mail, error) {
	if cfg.MaxMails <= 0 {
		cfg.MaxMails = 1000
	}
	m := &Mail{cfg: cfg, user: imapmemserver.NewUser(cfg.Address, cfg.Password), closed: make(chan struct{}), changed: make(chan struct{}),
		born: uint32(cfg.Clock.Now().Unix()), boxes: map[string][]MailReceived{}, counts: map[string]int{}, robots: map[string]Robot{}, tried: map[string]bool{}, conns: map[*mailConn]bool{}}
	if err := m.user.Create(mailInbox, nil); err != nil {
		return nil, err
	}
	m.imap, m.smtp = m.newIMAP(), m.newSMTP()
	for range 2 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, errors.Join(fmt.Errorf("mail: %w", err), m.hangUp())
		}
		m.ends = append(m.ends, l)
	}
	// What Serve returns at the end says only that it was ended.
	m.served.Go(func() { _ = m.imap.Serve(&mailListener{m.ends[0], m, MailIMAP}) })
	m.served.Go(func() { _ = m.smtp.Serve(&mailListener{m.ends[1], m, MailSMTP}) })
	return m, nil
}

// hangUp closes the listeners. The servers do the same, but not before they serve.
func (m *Mail) hangUp() (err error) {
	for _, l := range m.ends {
		if closed := l.Close(); closed != nil && !errors.Is(closed, net.ErrClosed) {
			err = errors.Join(err, closed)
		}
	}
	return err
}

// IMAP and SMTP are the addresses on which the server listens.
func (m *Mail) IMAP() string { return m.ends[0].Addr().String() }

// SMTP is described at IMAP.
func (m *Mail) SMTP() string { return m.ends[1].Addr().String() }

// Close ends the server and every connection.
func (m *Mail) Close() error {
	close(m.closed)
	err := m.hangUp()
	for _, end := range []func() error{m.imap.Close, m.smtp.Close} {
		if closed := end(); closed != nil && !errors.Is(closed, net.ErrClosed) {
			err = errors.Join(err, closed)
		}
	}
	m.Disconnect()
	m.served.Wait()
	return err
}

// Disconnect breaks every connection.
func (m *Mail) Disconnect() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for c := range m.conns {
		_ = c.Conn.Close()
	}
}

// quiet is where the servers write what they think of broken connections.
var quiet = log.New(io.Discard, "", 0)

// Letter is what somebody writes to the city.
type Letter struct {
	From       string // address
	Name       string
	To         string // default the city's
	Subject    string
	Text       string
	MessageID  string            // default a new one
	Header     map[string]string // more of them, or instead of ours
	ReturnPath *string           // default From
}

// Write delivers a letter and returns its Message-ID.
func (m *Mail) Write(l Letter) (string, error) {
	if l.To == "" {
		l.To = m.cfg.Address
	}
	if l.MessageID == "" {
		l.MessageID = strings.ToLower(tanggap.NewToken()) + "@" + domainOf(l.From)
	}
	header := map[string]string{
		"From": (&netmail.Address{Name: l.Name, Address: l.From}).String(), "To": l.To, "Message-ID": "<" + l.MessageID + ">",
		"Subject": mime.QEncoding.Encode("utf-8", l.Subject), "Date": m.cfg.Clock.Now().Format(time.RFC1123Z),
		"MIME-Version": "1.0", "Content-Type": "text/plain; charset=utf-8", "Content-Transfer-Encoding": "8bit",
	}
	for k, v := range l.Header {
		header[k] = v
	}
	path := l.From
	if l.ReturnPath != nil {
		path = *l.ReturnPath
	}
	return l.MessageID, m.Deliver(path, l.To, rawMail(header, l.Text))
}

// rawMail writes headers in a fixed order, then the body.
func rawMail(header map[string]string, body string) []byte {
	var b bytes.Buffer
	for _, k := range sortedKeys(header) {
		if header[k] != "" {
			fmt.Fprintf(&b, "%s: %s\r\n", k, header[k])
		}
	}
	b.WriteString("\r\n" + strings.ReplaceAll(strings.ReplaceAll(body, "\r\n", "\n"), "\n", "\r\n") + "\r\n")
	return b.Bytes()
}

// Deliver takes a mail as another server would hand it in: to the city's inbox, with
// the lines that its own server adds, or to a citizen's mailbox.
func (m *Mail) Deliver(returnPath, to string, raw []byte) error {
	if plainOf(to) != strings.ToLower(m.cfg.Address) {
		return m.receive(returnPath, to, raw)
	}
	trace := fmt.Sprintf("Return-Path: <%s>\r\nDelivered-To: %s\r\n", returnPath, to)
	if m.cfg.AuthServID != "" {
		trace += fmt.Sprintf("Authentication-Results: %s; spf=pass smtp.mailfrom=%s; dkim=pass; dmarc=pass\r\n", m.cfg.AuthServID, returnPath)
	}
	whole := append([]byte(trace), raw...)
	_, err := m.user.Append(mailInbox, literal{bytes.NewReader(whole), int64(len(whole))}, appendOptions(m.cfg.Clock.Now()))
	m.tell()
	return err
}

// receive puts a mail into a citizen's mailbox and lets robots answer.
func (m *Mail) receive(returnPath, to string, raw []byte) error {
	got, err := readMail(raw)
	if err != nil {
		return err
	}
	got.ReturnPath, got.To, got.At = returnPath, to, m.cfg.Clock.Now()
	key := plainOf(to)
	m.mu.Lock()
	m.counts[key]++
	box := append(m.boxes[key], got)
	m.boxes[key] = box[max(0, len(box)-m.cfg.MaxMails):]
	robot, works := m.robots[key]
	n := m.counts[key]
	m.mu.Unlock()
	m.tell()
	if works {
		return m.answer(robot, key, got, n)
	}
	return nil
}

func (m *Mail) tell() {
	m.mu.Lock()
	defer m.mu.Unlock()
	close(m.changed)
	m.changed = make(chan struct{})
}

// Box returns what an address has received, oldest first.
func (m *Mail) Box(address string) []MailReceived {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]MailReceived(nil), m.boxes[plainOf(address)]...)
}

// Counts tells how many mails each address has ever received, the city left out.
func (m *Mail) Counts() map[string]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make(map[string]int, len(m.counts))
	for k, v := range m.counts {
		out[k] = v
	}
	return out
}

// Changed returns a channel that is closed at the next mail anywhere, or the next
// change in the city's folders.
func (m *Mail) Changed() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.changed
}

// Wait returns an address's mails when there are at least n.
func (m *Mail) Wait(ctx context.Context, address string, n int) ([]MailReceived, error) {
	for {
		changed := m.Changed()
		if box := m.Box(address); len(box) >= n {
			return box, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return m.Box(address), ctx.Err()
		}
	}
}

// Reply answers the last mail that an address has got, as a mail program does: to
// where it asks, with the conversation in the header.
func (m *Mail) Reply(address, text string) (string, error) {
	box := m.Box(address)
	if len(box) == 0 {
		return "", tanggap.Errorf(tanggap.NotFound, "%s has got no mail", address)
	}
	return m.Write(replyTo(address, box[len(box)-1], text))
}

// replyTo makes the letter of Reply.
func replyTo(address string, got MailReceived, text string) Letter {
	to := got.Header.Get("Reply-To")
	if to == "" {
		to = got.Header.Get("From")
	}
	if a, err := netmail.ParseAddress(to); err == nil {
		to = a.Address
	}
	subject := got.Subject
	if !strings.HasPrefix(strings.ToLower(subject), "re:") {
		subject = "Re: " + subject
	}
	var quoted strings.Builder
	for line := range strings.Lines(got.Text) {
		quoted.WriteString("> " + line)
	}
	id := "<" + got.MessageID + ">"
	return Letter{From: address, To: to, Subject: subject, Text: text + "\n\n" + quoted.String(),
		Header: map[string]string{"In-Reply-To": id, "References": strings.TrimSpace(got.Header.Get("References") + " " + id)}}
}

// plainOf is an address without its tag, in small letters.
func plainOf(address string) string {
	address = strings.ToLower(strings.Trim(address, "<>"))
	local, domain, _ := strings.Cut(address, "@")
	local, _, _ = strings.Cut(local, "+")
	return local + "@" + domain
}

func domainOf(address string) string {
	_, domain, _ := strings.Cut(address, "@")
	return domain
}
