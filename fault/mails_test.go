package fault

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"tanggap/internal/channel"
	"tanggap/internal/channel/email/mailtest"
	"tanggap/internal/sim"
	"tanggap/internal/tanggap"
)

const (
	mailAddress  = mailtest.Address
	mailPassword = "sandi-surel-uji"
	mailDone     = "Tanggap"
)

// post is the mail server of a site; it lives through all kills.
func (s *site) post() *sim.Mail {
	s.t.Helper()
	m, err := sim.NewMail(sim.MailConfig{Clock: tanggap.SystemClock{}, Address: mailAddress, Password: mailPassword})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := m.Close(); err != nil {
			s.t.Error(err)
		}
	})
	s.mailbox(m)
	return m
}

// mailbox gives the site its mailbox on a server.
func (s *site) mailbox(m *sim.Mail) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, "mail"), []byte(mailPassword), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.more = fmt.Sprintf(`
[region.email]
address = %[1]q

[region.email.imap]
host = %[2]q
security = "none"
user = %[1]q
password = "file:%[4]s/mail"

[region.email.smtp]
host = %[3]q
security = "none"
user = %[1]q
password = "file:%[4]s/mail"
`, mailAddress, m.IMAP(), m.SMTP(), s.dir)
}

// mails writes mails. A fifth of them lie in the mailbox twice, as a second server on
// the way leaves them, and some carry the Message-ID of somebody else's.
type mails struct {
	*ledger
	t      *testing.T
	server *sim.Mail

	mu   sync.Mutex
	sent []sim.Letter
}

// run writes until stop is closed, but not more than the program can take.
func (m *mails) run(writers int, stop <-chan struct{}) {
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(w), 25))
			for !closed(stop) {
				if m.server.Folder("INBOX") > 20 {
					select {
					case <-stop:
					case <-time.After(5 * time.Millisecond):
					}
					continue
				}
				if _, err := m.server.Write(m.letter(rng)); err != nil {
					m.t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func (m *mails) letter(rng *rand.Rand) sim.Letter {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.sent) > 0 && rng.IntN(5) == 0 {
		again := m.sent[rng.IntN(len(m.sent))]
		again.Subject, again.Header = "Fwd: "+again.Subject, map[string]string{"X-Perantara": fmt.Sprint(len(m.sent))}
		return again
	}
	words, n := m.words(channel.Email), len(m.sent)
	l := sim.Letter{From: fmt.Sprintf("warga%05d@surel.example", n), Name: "Warga Contoh", Subject: "Sampah menumpuk",
		Text: "Sampah menumpuk di depan rumah " + words + ".", MessageID: fmt.Sprintf("%d.uji@surel.example", n)}
	if n > 0 && rng.IntN(20) == 0 {
		l.MessageID = m.sent[n-1].MessageID
	}
	m.sent = append(m.sent, l)
	return l
}

// taken acknowledges what the program has moved out of the inbox.
func (m *mails) taken() {
	m.t.Helper()
	if m.server.Folder(mailDone) == 0 {
		return
	}
	c, err := imapclient.DialInsecure(m.server.IMAP(), nil)
	if err != nil {
		m.t.Fatal(err)
	}
	err = c.Login(mailAddress, mailPassword).Wait()
	if err == nil {
		_, err = c.Select(mailDone, &imap.SelectOptions{ReadOnly: true}).Wait()
	}
	var got []*imapclient.FetchMessageBuffer
	section := &imap.FetchItemBodySection{Peek: true}
	if err == nil {
		got, err = c.Fetch(imap.SeqSet{imap.SeqRange{Start: 1}}, &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{section}}).Collect()
	}
	if err := errors.Join(err, c.Close()); err != nil {
		m.t.Fatal(err)
	}
	for _, mail := range got {
		if words := wordsForm.FindSubmatch(mail.FindBodySection(section)); words != nil {
			m.hear(channel.Email, string(words[1]), told)
		}
	}
}
