package access

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"

	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// After failuresAllowed wrong passwords an account rests for lockFor.
const (
	failuresAllowed = 5
	lockFor         = 15 * time.Minute
)

var errWrong = &tanggap.Error{Code: tanggap.Unauthorized, Field: "sandi", Message: "Surel atau kata sandi salah. Periksa lalu coba lagi."}

// LogIn returns the officer whose e-mail and password these are. Its answers are
// the same, and take as long, for an e-mail that nobody has: Unauthorized for a wrong
// password, TooMany with the minutes left for an account at rest. Only who knows
// the password of a disabled account learns that it is disabled (Forbidden).
func (a *Access) LogIn(ctx context.Context, email, password string) (*store.Officer, error) {
	email = NormalEmail(email)
	// The check and the count of failures happen inside one of the few places for
	// hashing, so that parallel guesses cannot pass a lock that is about to close.
	if err := a.enter(ctx); err != nil {
		return nil, err
	}
	defer a.leave()
	o, err := a.store.OfficerByEmail(ctx, email)
	if tanggap.CodeOf(err) == tanggap.NotFound {
		return nil, a.stranger(email, password)
	}
	if err != nil {
		return nil, err
	}
	if err := resting(o.LockedAt, a.clock.Now()); err != nil {
		return nil, err
	}
	match, err := verify(password, o.Password)
	if err != nil {
		return nil, err
	}
	if match && !o.DisabledAt.IsZero() {
		return nil, tanggap.Errorf(tanggap.Forbidden, "Akun ini dinonaktifkan. Hubungi admin daerah Anda.")
	}
	return a.count(ctx, o.ID, ByPassword, match, !SecondOn(o))
}

// NormalEmail is the form in which e-mails are kept and compared.
func NormalEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

func verify(password, hash string) (bool, error) {
	if len(password) > 4*maxPassword {
		password = "" // no password is empty
	}
	return argon2id.ComparePasswordAndHash(password, hash)
}

func resting(lockedAt, now time.Time) error {
	left := lockedAt.Add(lockFor).Sub(now)
	if lockedAt.IsZero() || left <= 0 {
		return nil
	}
	minutes := int((left + time.Minute - 1) / time.Minute)
	return &tanggap.Error{Code: tanggap.TooMany, Field: "sandi",
		Message: fmt.Sprintf("Terlalu banyak percobaan. Akun ini terkunci %d menit lagi.", minutes)}
}

// count writes what a step of a log-in came to and returns the officer when it succeeded.
// Only the last step forgets earlier failures: a known password must not buy more guesses
// at the second factor.
func (a *Access) count(ctx context.Context, id, way string, match, last bool) (*store.Officer, error) {
	var o *store.Officer
	err := a.store.InTx(ctx, func(tx *store.Store) (err error) {
		if err = tx.Lock(ctx, "officer:"+id); err != nil {
			return err
		}
		if o, err = tx.Officer(ctx, id); err != nil {
			return err
		}
		now := a.clock.Now()
		switch {
		case match && !last:
			return resting(o.LockedAt, now)
		case match:
			o.Failures, o.LockedAt, o.LastLoginAt = 0, time.Time{}, now
		case o.Failures+1 >= failuresAllowed:
			o.Failures, o.LockedAt = 0, now
		default:
			o.Failures++
		}
		if !match {
			if err := remember(ctx, tx, id, way, true); err != nil {
				return err
			}
		}
		return tx.SetOfficer(ctx, o)
	})
	if err != nil {
		return nil, err
	}
	if match {
		return o, nil
	}
	if err := resting(o.LockedAt, a.clock.Now()); err != nil {
		return nil, err
	}
	return nil, errWrong
}

// stranger does for an unknown e-mail what is done for a known one.
func (a *Access) stranger(email, password string) error {
	now := a.clock.Now()
	if err := resting(a.strangers.lockedAt(email), now); err != nil {
		return err
	}
	if _, err := verify(password, a.decoy); err != nil {
		return err
	}
	if err := resting(a.strangers.fail(email, now), now); err != nil {
		return err
	}
	return errWrong
}

// strangers counts failures of e-mails that nobody has, a bounded number of them.
type strangers struct {
	mu   sync.Mutex
	seen map[string]attempts
}

type attempts struct {
	failures int
	lockedAt time.Time
}

const maxStrangers = 4096

func newStrangers() *strangers { return &strangers{seen: map[string]attempts{}} }

func (s *strangers) lockedAt(email string) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[email].lockedAt
}

func (s *strangers) fail(email string, now time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.seen) >= maxStrangers {
		clear(s.seen)
	}
	t := s.seen[email]
	if t.failures++; t.failures >= failuresAllowed {
		t = attempts{lockedAt: now}
	} else {
		t.lockedAt = time.Time{}
	}
	s.seen[email] = t
	return t.lockedAt
}
