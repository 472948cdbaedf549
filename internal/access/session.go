package access

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/alexedwards/scs/v2"

	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// How long a session lives without a request, and at most (ASVS 7.3).
const (
	idleFor     = 30 * time.Minute
	absoluteFor = 12 * time.Hour
	touchEvery  = time.Minute
)

// Names of the session cookie. The first binds it to the host and to TLS; browsers
// refuse it on plain http, where only the demo and tests run.
const (
	cookieSecure = "__Host-tanggap"
	cookiePlain  = "tanggap"
)

// What a session remembers.
const (
	keyOfficer = "officer"
	keyStamp   = "stamp" // of the password it was opened with
	keyBegan   = "began" // Unix seconds
	keySeen    = "seen"
	keyAwaited = "awaited" // officer whose password was right and whose second factor is still to come
	keyWay     = "way"     // how he proved himself so far
	keyKept    = "kept:"   // what Keep remembers, by name
)

// awaitFor is how long the second factor may take after the password.
const awaitFor = 5 * time.Minute

// Sessions keeps officers logged in.
type Sessions struct {
	access *Access
	scs    *scs.SessionManager
}

// Sessions returns the sessions of these officers.
func (a *Access) Sessions() *Sessions {
	// scs.New would start a goroutine that sweeps a store we do not use.
	return &Sessions{access: a, scs: &scs.SessionManager{Store: clocked{a.store, a.clock}, Lifetime: absoluteFor, Codec: scs.GobCodec{}}}
}

// clocked lets the injected clock decide when an untouched session is forgotten.
type clocked struct {
	*store.Store
	clock tanggap.Clock
}

func (c clocked) CommitCtx(ctx context.Context, token string, data []byte, _ time.Time) error {
	return c.Store.CommitCtx(ctx, token, data, c.clock.Now().Add(idleFor))
}

// Begin opens a session for an officer who came in a certain way, under a fresh token;
// whatever token the browser had is forgotten.
func (s *Sessions) Begin(w http.ResponseWriter, r *http.Request, o *store.Officer, secure bool, way string) error {
	token, err := s.fresh(w, r, secure, o, keyOfficer, way)
	if err != nil {
		return err
	}
	return s.access.began(r.Context(), o, token, way)
}

// Await remembers that a first proof was right until the second factor comes. It opens
// nothing.
func (s *Sessions) Await(w http.ResponseWriter, r *http.Request, o *store.Officer, secure bool, way string) error {
	_, err := s.fresh(w, r, secure, o, keyAwaited, way)
	return err
}

// fresh begins to remember an officer under a key and a new token.
func (s *Sessions) fresh(w http.ResponseWriter, r *http.Request, secure bool, o *store.Officer, key, way string) (token string, err error) {
	ctx, err := s.load(r, secure)
	if err != nil {
		return "", err
	}
	if err := s.scs.Clear(ctx); err != nil {
		return "", err
	}
	if err := s.scs.RenewToken(ctx); err != nil {
		return "", err
	}
	now := s.access.clock.Now().Unix()
	s.scs.Put(ctx, key, o.ID)
	s.scs.Put(ctx, keyStamp, stamp(o))
	s.scs.Put(ctx, keyBegan, now)
	s.scs.Put(ctx, keySeen, now)
	s.scs.Put(ctx, keyWay, way)
	if token, _, err = s.scs.Commit(ctx); err != nil {
		return "", err
	}
	http.SetCookie(w, cookie(token, secure, 0))
	return token, nil
}

// Awaited returns the officer whose second factor is to come and how he proved himself
// first; nil if there is none or it took too long.
func (s *Sessions) Awaited(r *http.Request, secure bool) (o *store.Officer, way string, err error) {
	ctx, err := s.load(r, secure)
	if err != nil {
		return nil, "", err
	}
	id := s.scs.GetString(ctx, keyAwaited)
	if id == "" || s.access.clock.Now().Sub(time.Unix(s.scs.GetInt64(ctx, keyBegan), 0)) >= awaitFor {
		return nil, "", nil
	}
	o, err = s.access.store.Officer(ctx, id)
	if tanggap.CodeOf(err) == tanggap.NotFound || err == nil && (!o.DisabledAt.IsZero() || s.scs.GetString(ctx, keyStamp) != stamp(o)) {
		return nil, "", nil
	}
	return o, s.scs.GetString(ctx, keyWay), err
}

// Keep remembers a value for this browser under a name, for a few minutes and for one
// use: what the answer to a challenge is checked against. Who is logged in, stays so.
func (s *Sessions) Keep(w http.ResponseWriter, r *http.Request, secure bool, name string, value []byte) error {
	ctx, err := s.load(r, secure)
	if err != nil {
		return err
	}
	s.scs.Put(ctx, keyKept+name, value)
	s.scs.Put(ctx, keyKept+name+":at", s.access.clock.Now().Unix())
	token, _, err := s.scs.Commit(ctx)
	if err == nil {
		http.SetCookie(w, cookie(token, secure, 0))
	}
	return err
}

// Kept returns what was kept under a name and forgets it; nil if there is nothing or it
// is too old.
func (s *Sessions) Kept(r *http.Request, secure bool, name string) ([]byte, error) {
	ctx, err := s.load(r, secure)
	if err != nil || !s.scs.Exists(ctx, keyKept+name) {
		return nil, err
	}
	value, at := s.scs.PopBytes(ctx, keyKept+name), time.Unix(s.scs.GetInt64(ctx, keyKept+name+":at"), 0)
	s.scs.Remove(ctx, keyKept+name+":at")
	if _, _, err := s.scs.Commit(ctx); err != nil {
		return nil, err
	}
	if s.access.clock.Now().Sub(at) >= awaitFor {
		return nil, nil
	}
	return value, nil
}

// Way tells how the officer of a request logged in, "" if nobody did.
func (s *Sessions) Way(r *http.Request, secure bool) (string, error) {
	ctx, err := s.load(r, secure)
	if err != nil || s.scs.GetString(ctx, keyOfficer) == "" {
		return "", err
	}
	return s.scs.GetString(ctx, keyWay), nil
}

// Own lists the sessions of an officer and tells which of them is the request's.
func (s *Sessions) Own(r *http.Request, secure bool, officer string) (list []*store.Session, this string, err error) {
	if list, err = s.access.store.OfficerSessions(r.Context(), officer); err != nil {
		return nil, "", err
	}
	now, hash := s.access.clock.Now(), tanggap.HashToken(token(r, secure))
	list = slices.DeleteFunc(list, func(x *store.Session) bool { return now.Sub(x.BeganAt) >= absoluteFor })
	for _, x := range list {
		if x.Token == hash {
			this = x.ID
		}
	}
	return list, this, nil
}

// EndOthers ends every session of an officer but the request's.
func (s *Sessions) EndOthers(r *http.Request, secure bool, officer string) error {
	return s.access.store.EndSessions(r.Context(), officer, token(r, secure))
}

// Officer returns the officer whose session a request carries, as he is now, or nil
// if there is none: no cookie, idle for too long, too old, the password changed or
// the account disabled. With touch the request counts as one that keeps the session
// alive; what a browser asks by itself does not.
func (s *Sessions) Officer(r *http.Request, secure, touch bool) (*store.Officer, error) {
	if _, err := r.Cookie(cookieName(secure)); err != nil {
		return nil, nil
	}
	ctx, err := s.load(r, secure)
	if err != nil {
		return nil, err
	}
	id := s.scs.GetString(ctx, keyOfficer)
	if id == "" {
		return nil, nil
	}
	now := s.access.clock.Now()
	began, seen := time.Unix(s.scs.GetInt64(ctx, keyBegan), 0), time.Unix(s.scs.GetInt64(ctx, keySeen), 0)
	o, err := s.access.store.Officer(ctx, id)
	if err != nil && tanggap.CodeOf(err) != tanggap.NotFound {
		return nil, err
	}
	if err != nil || !o.DisabledAt.IsZero() || s.scs.GetString(ctx, keyStamp) != stamp(o) ||
		now.Sub(began) >= absoluteFor || now.Sub(seen) >= idleFor {
		return nil, s.scs.Destroy(ctx)
	}
	if touch && now.Sub(seen) >= touchEvery {
		s.scs.Put(ctx, keySeen, now.Unix())
		if _, _, err := s.scs.Commit(ctx); err != nil {
			return nil, err
		}
		if err := s.access.store.SawSession(ctx, token(r, secure), now); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// End forgets the session of a request.
func (s *Sessions) End(w http.ResponseWriter, r *http.Request, secure bool) error {
	ctx, err := s.load(r, secure)
	if err != nil {
		return err
	}
	http.SetCookie(w, cookie("", secure, -1))
	return s.scs.Destroy(ctx)
}

func (s *Sessions) load(r *http.Request, secure bool) (context.Context, error) {
	return s.scs.Load(r.Context(), token(r, secure))
}

// token is what a request's cookie holds, "" if it has none.
func token(r *http.Request, secure bool) string {
	if c, err := r.Cookie(cookieName(secure)); err == nil && len(c.Value) <= 128 {
		return c.Value
	}
	return ""
}

// stamp changes with the password, so that a reset ends the sessions before it.
func stamp(o *store.Officer) string { return tanggap.HashToken(o.Password)[:16] }

func cookieName(secure bool) string {
	if secure {
		return cookieSecure
	}
	return cookiePlain
}

func cookie(token string, secure bool, age int) *http.Cookie {
	return &http.Cookie{Name: cookieName(secure), Value: token, Path: "/", MaxAge: age, Secure: secure,
		HttpOnly: true, SameSite: http.SameSiteLaxMode}
}
