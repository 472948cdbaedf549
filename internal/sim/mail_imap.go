package sim

import (
	"fmt"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

const mailInbox = "INBOX"

func (m *Mail) newIMAP() *imapserver.Server {
	caps := imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapUIDPlus: {}}
	if !m.cfg.NoMove {
		caps[imap.CapMove] = struct{}{}
	}
	return imapserver.New(&imapserver.Options{Caps: caps, InsecureAuth: true, Logger: quiet,
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return &mailSession{mail: m}, nil, nil
		}})
}

// mailSession is one log-in at the city's mailbox. UserSession is nil before it.
type mailSession struct {
	*imapmemserver.UserSession
	mail *Mail
}

// Login implements imapserver.Session.
func (s *mailSession) Login(user, password string) error {
	if err := s.mail.user.Login(user, password); err != nil {
		return err
	}
	s.UserSession = imapmemserver.NewUserSession(s.mail.user)
	return nil
}

// Select implements imapserver.Session. A server that starts anew has other numbers.
func (s *mailSession) Select(name string, options *imap.SelectOptions) (*imap.SelectData, error) {
	data, err := s.UserSession.Select(name, options)
	if err == nil {
		data.UIDValidity += s.mail.born
	}
	return data, err
}

// Idle implements imapserver.Session. What came just before it is told as well,
// which the library's own would forget.
func (s *mailSession) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	for {
		changed := s.mail.Changed()
		if !s.mail.cfg.SilentIdle {
			if err := s.UserSession.Poll(w, true); err != nil {
				return err
			}
		}
		select {
		case <-changed:
		case <-stop:
			return nil
		}
	}
}

// Poll implements imapserver.Session. It comes after every command, so whoever waits
// for a change in a folder hears of it here.
func (s *mailSession) Poll(w *imapserver.UpdateWriter, allowExpunge bool) error {
	s.mail.tell()
	return s.UserSession.Poll(w, allowExpunge)
}

// Folder counts the mails in a folder of the city's, 0 if there is none such.
func (m *Mail) Folder(name string) int {
	data, err := m.user.Status(name, &imap.StatusOptions{NumMessages: true})
	if err != nil || data.NumMessages == nil {
		return 0
	}
	return int(*data.NumMessages)
}

// Renumber gives the inbox another UIDVALIDITY and its mails other UIDs, as a server
// does that was restored from a backup. Every connection breaks.
func (m *Mail) Renumber() error {
	const former = "former"
	if err := m.user.Rename(mailInbox, former, nil); err != nil {
		return fmt.Errorf("renumber: %w", err)
	}
	if err := m.user.Create(mailInbox, nil); err != nil {
		return fmt.Errorf("renumber: %w", err)
	}
	x := imapmemserver.NewUserSession(m.user)
	if _, err := x.Select(former, &imap.SelectOptions{}); err != nil {
		return fmt.Errorf("renumber: %w", err)
	}
	if _, err := x.Copy(imap.SeqSet{imap.SeqRange{Start: 1}}, mailInbox); err != nil {
		return fmt.Errorf("renumber: %w", err)
	}
	if err := x.Close(); err != nil {
		return fmt.Errorf("renumber: %w", err)
	}
	m.Disconnect()
	return m.user.Delete(former)
}
