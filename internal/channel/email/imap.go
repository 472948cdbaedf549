package email

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"golang.org/x/sync/errgroup"

	"tanggap/internal/tanggap"
)

// Position is how far a folder was read: every mail up to UID is taken care of. UIDs
// mean nothing under another Validity (RFC 9051, section 2.3.1.1).
type Position struct{ Validity, UID uint32 }

// Keeper remembers the position of one folder and what is wrong with it.
type Keeper interface {
	Position(ctx context.Context) (Position, error)
	// Keep is called after every look into the folder; problem is "" if all is well.
	Keep(ctx context.Context, p Position, checkedAt time.Time, problem string) error
}

// Mailbox takes mails out of a folder. Each is handed to Receive, at least once,
// and only when that has returned, so when the mail is safe, marked as read and
// moved to Done. The crash of any side at any point leads to handing it over again,
// so Receive must know a mail that it has seen.
type Mailbox struct {
	Server  Server
	Folder  string // "" = INBOX
	Done    string // made when missing
	Keeper  Keeper
	Receive func(ctx context.Context, raw []byte) error // Unavailable: later
	Log     *slog.Logger
	Clock   tanggap.Clock

	Poll  time.Duration // between looks at a server without IDLE; default 1 min
	Idle  time.Duration // between looks at a server with IDLE, in case it forgets to speak; default 5 min, at most 29 (RFC 2177)
	Pause time.Duration // after a first failure, doubling; default 2 s

	validity uint32
	high     imap.UID                 // every mail up to here is taken or aside
	aside    map[imap.UID]*difficulty // mails that could not be taken
	lost     map[imap.UID]int         // connections that broke while these were fetched
}

// difficulty is a mail left in place so that those behind it are not held up.
type difficulty struct {
	times int
	until time.Time
}

const (
	inbox        = "INBOX"
	receiveTries = 3
	lostTries    = 3
	together     = 8               // deliveries at a time, which share a commit
	longest      = 5 * time.Minute // pause
	asideFirst   = time.Minute     // before a mail that was set aside is tried again, doubling
	asideLast    = 6 * time.Hour
	lockedOut    = 5 * time.Minute  // after a refused log-in, so that no account gets locked
	maxIdle      = 29 * time.Minute // RFC 2177
)

func (m *Mailbox) folder() string {
	if m.Folder == "" {
		return inbox
	}
	return m.Folder
}

func orElse(d, def time.Duration) time.Duration {
	if d <= 0 {
		return def
	}
	return d
}

// Run takes mails until ctx ends. It survives every failure of the server and tells
// it to the Keeper and the log.
func (m *Mailbox) Run(ctx context.Context) error {
	first := orElse(m.Pause, 2*time.Second)
	pause := first
	for {
		worked, err := m.connected(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if worked {
			pause = first
		}
		if codeOf(err) == imap.ResponseCodeAuthenticationFailed {
			pause = max(pause, lockedOut)
		}
		m.Log.Warn("mailbox lost; connecting again", "host", m.Server.Host, "folder", m.folder(), "pause", pause, "error", err)
		if err := m.Keeper.Keep(ctx, m.position(), m.Clock.Now(), err.Error()); err != nil && ctx.Err() == nil {
			m.Log.Error("state of mailbox not kept", "host", m.Server.Host, "error", err)
		}
		if !wait(ctx, jitter(pause)) {
			return nil
		}
		pause = min(2*pause, longest)
	}
}

// jitter lengthens a pause by up to a quarter, so that those that lost the same
// server do not come back together.
func jitter(pause time.Duration) time.Duration {
	return pause + rand.N(pause/4+1) //nolint:gosec // chance that need not be secret
}

// wait reports false when ctx ended first.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// connected works on one connection until it breaks; worked tells whether the folder
// could be read at least once.
func (m *Mailbox) connected(ctx context.Context) (worked bool, err error) {
	x, err := open(ctx, m.Server)
	if err != nil {
		return false, err
	}
	defer x.close()
	if err := m.enter(ctx, x); err != nil {
		return false, err
	}
	var caps imap.CapSet
	if err := x.do(ctx, commandTime, func() error { caps = x.client.Caps(); return nil }); err != nil {
		return false, err
	}
	for {
		if err := m.empty(ctx, x); err != nil {
			return worked, err
		}
		worked = true
		if caps.Has(imap.CapIdle) {
			err = x.idle(ctx, min(orElse(m.Idle, 5*time.Minute), maxIdle))
		} else {
			wait(ctx, orElse(m.Poll, time.Minute))
		}
		if err == nil {
			err = x.noop(ctx)
		}
		if err != nil {
			return worked, err
		}
	}
}

// enter selects the folder and finds out where to go on.
func (m *Mailbox) enter(ctx context.Context, x *session) error {
	var selected *imap.SelectData
	err := x.do(ctx, commandTime, func() (err error) {
		selected, err = x.client.Select(m.folder(), nil).Wait()
		return err
	})
	if err != nil {
		return fmt.Errorf("select %s: %w", m.folder(), err)
	}
	if m.aside == nil {
		p, err := m.Keeper.Position(ctx)
		if err != nil {
			return err
		}
		m.validity, m.high = p.Validity, imap.UID(p.UID)
		m.aside, m.lost = map[imap.UID]*difficulty{}, map[imap.UID]int{}
	}
	if m.validity != selected.UIDValidity {
		if m.validity != 0 {
			m.Log.Warn("the mail server has numbered the folder anew; reading it from the start", "host", m.Server.Host, "folder", m.folder())
		}
		m.validity, m.high = selected.UIDValidity, 0
		clear(m.aside)
		clear(m.lost)
	}
	return nil
}

// position is what may be remembered: nothing at or below it is still to be taken.
func (m *Mailbox) position() Position {
	uid := m.high
	for a := range m.aside {
		uid = min(uid, a-1)
	}
	return Position{m.validity, uint32(uid)}
}

// empty takes every mail that waits, and keeps the position.
func (m *Mailbox) empty(ctx context.Context, x *session) error {
	set := imap.UIDSet{imap.UIDRange{Start: m.high + 1}}
	for uid, a := range m.aside {
		if !a.until.After(m.Clock.Now()) {
			set.AddNum(uid)
		}
	}
	list, err := x.list(ctx, set)
	if err != nil {
		return fmt.Errorf("list %s: %w", m.folder(), err)
	}
	there := map[imap.UID]bool{}
	for _, e := range list {
		there[e.uid] = true
	}
	for uid := range m.aside {
		if set.Contains(uid) && !there[uid] {
			delete(m.aside, uid) // somebody took it away
		}
	}
	var problem error
	for _, batch := range batches(list, func(uid imap.UID) bool { return m.lost[uid] > 0 }) {
		refused, err := m.take(ctx, x, batch)
		if err != nil {
			return err
		}
		problem = errors.Join(problem, refused)
		if err := m.keep(ctx, problem); err != nil {
			return err
		}
	}
	return m.keep(ctx, problem)
}

func (m *Mailbox) keep(ctx context.Context, problem error) error {
	if len(m.aside) > 0 {
		problem = errors.Join(problem, fmt.Errorf("%d mails cannot be taken yet", len(m.aside)))
	}
	words := ""
	if problem != nil {
		words = problem.Error()
	}
	return m.Keeper.Keep(ctx, m.position(), m.Clock.Now(), words)
}

// take brings a batch into safety. refused is why its mails could not be moved,
// err what ends the connection.
func (m *Mailbox) take(ctx context.Context, x *session, batch []entry) (refused, err error) {
	last := batch[len(batch)-1].uid
	fresh := batch[:0:0]
	for _, e := range batch {
		if m.lost[e.uid] >= lostTries {
			m.setAside(e.uid, errors.New("the connection broke whenever it was fetched"))
			continue
		}
		fresh = append(fresh, e)
	}
	mails := map[imap.UID][]byte{}
	if len(fresh) > 0 {
		mails, err = x.fetch(ctx, fresh)
	}
	switch {
	case isRefusal(err) && len(fresh) > 1: // one of them is the reason: go one by one
		for _, e := range fresh {
			why, err := m.take(ctx, x, []entry{e})
			if err != nil {
				return refused, err
			}
			refused = errors.Join(refused, why)
		}
		return refused, nil
	case isRefusal(err):
		m.setAside(fresh[0].uid, err)
		mails = nil
	case err != nil:
		for _, e := range fresh {
			if ctx.Err() == nil {
				m.lost[e.uid]++
			}
		}
		return nil, fmt.Errorf("fetch: %w", err)
	}
	if settleFirst {
		if _, err := x.settle(ctx, slices.Collect(maps.Keys(mails)), m.Done); err != nil {
			return nil, err
		}
	}
	done, err := m.deliver(ctx, mails)
	if err != nil {
		return nil, err
	}
	if len(done) > 0 && !settleFirst {
		if refused, err = x.settle(ctx, done, m.Done); err != nil {
			return nil, fmt.Errorf("settle: %w", err)
		}
	}
	if refused != nil {
		m.Log.Error("mails were taken but stay where they are", "host", m.Server.Host, "folder", m.folder(), "mails", len(done), "error", refused)
	}
	for _, uid := range done {
		delete(m.aside, uid)
	}
	for _, e := range batch {
		if m.aside[e.uid] == nil {
			delete(m.lost, e.uid)
		}
	}
	m.high = max(m.high, last)
	return refused, nil
}

// deliver hands mails to Receive and returns those that are safe; the others are
// set aside.
func (m *Mailbox) deliver(ctx context.Context, mails map[imap.UID][]byte) ([]imap.UID, error) {
	var mu sync.Mutex
	var done []imap.UID
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(together)
	for uid, raw := range mails {
		g.Go(func() error {
			err := m.receive(ctx, raw)
			if err != nil && ctx.Err() != nil {
				return ctx.Err()
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				m.setAside(uid, err)
				return nil
			}
			done = append(done, uid)
			return nil
		})
	}
	return done, g.Wait()
}

// receive hands over one mail. For as long as the receiver is overloaded it waits:
// that is not the mail's fault, and taking no more is all we can do about it.
func (m *Mailbox) receive(ctx context.Context, raw []byte) error {
	pause := orElse(m.Pause, 2*time.Second)
	for tries := 1; ; {
		err := m.Receive(ctx, raw)
		if err == nil {
			return nil
		}
		if tanggap.CodeOf(err) != tanggap.Unavailable {
			if tries == receiveTries {
				return err
			}
			tries++
		}
		if !wait(ctx, jitter(pause)) {
			return ctx.Err()
		}
		pause = min(2*pause, longest)
	}
}

// setAside leaves a mail where it is, to be tried again later.
func (m *Mailbox) setAside(uid imap.UID, why error) {
	a := m.aside[uid]
	if a == nil {
		a = &difficulty{}
		m.aside[uid] = a
	}
	d := asideLast
	if a.times < 9 {
		d = min(asideFirst<<a.times, asideLast)
	}
	a.times++
	a.until = m.Clock.Now().Add(d)
	m.lost[uid] = 0
	m.Log.Error("mail left in place", "host", m.Server.Host, "folder", m.folder(), "uid", uint32(uid), "again", a.until, "error", why)
}

// Found is what Check sees.
type Found struct {
	Mails uint32 // in the folder
	Idle  bool   // new mail is told at once
	Move  bool   // taken mail can be moved
}

// Check logs in and looks at the folder without changing anything.
func (m *Mailbox) Check(ctx context.Context) (f Found, err error) {
	x, err := open(ctx, m.Server)
	if err != nil {
		return f, err
	}
	defer x.close()
	err = x.do(ctx, commandTime, func() error {
		selected, err := x.client.Select(m.folder(), &imap.SelectOptions{ReadOnly: true}).Wait()
		if err != nil {
			return fmt.Errorf("select %s: %w", m.folder(), err)
		}
		caps := x.client.Caps()
		f = Found{Mails: selected.NumMessages, Idle: caps.Has(imap.CapIdle), Move: caps.Has(imap.CapMove) || caps.Has(imap.CapUIDPlus)}
		return nil
	})
	return f, err
}
