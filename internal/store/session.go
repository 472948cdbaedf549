package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/tanggap"
)

// Session is one log-in session: what scs keeps in it, and whose it is. A session in
// which nobody has logged in yet has no officer.
type Session struct {
	bun.BaseModel `bun:"sessions"`
	Token         string // hash
	Data          []byte
	ExpiresAt     time.Time
	ID            string    `bun:",nullzero"`
	OfficerID     string    `bun:",nullzero"`
	Region        string    `bun:",nullzero"` // whose host it is good for
	Way           string    `bun:",nullzero"` // how he logged in
	Device        string    `bun:",nullzero"` // in words
	Network       string    `bun:",nullzero"` // shortened address
	BeganAt       time.Time `bun:",nullzero"`
	SeenAt        time.Time `bun:",nullzero"`
}

// FindCtx, CommitCtx and DeleteCtx make the Store a session store of scs. The
// token is kept as its hash, so a stolen database opens no session.
func (s *Store) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	row := &Session{}
	err := s.r().NewSelect().Model(row).Where("token = ? AND expires_at > ?", tanggap.HashToken(token), s.now()).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return row.Data, err == nil, err
}

func (s *Store) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	row := &Session{Token: tanggap.HashToken(token), Data: data, ExpiresAt: expiry.UTC()}
	_, err := s.w().NewInsert().Model(row).On("CONFLICT (token) DO UPDATE").
		Set("data = excluded.data").Set("expires_at = excluded.expires_at").Exec(ctx)
	return err
}

func (s *Store) DeleteCtx(ctx context.Context, token string) error {
	_, err := s.w().NewDelete().Model((*Session)(nil)).Where("token = ?", tanggap.HashToken(token)).Exec(ctx)
	return err
}

// Find, Commit and Delete complete scs's older interface; scs calls the variants
// with a context.
func (s *Store) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

func (s *Store) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

func (s *Store) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

// SweepSessions deletes expired sessions.
func (s *Store) SweepSessions(ctx context.Context) error {
	_, err := s.w().NewDelete().Model((*Session)(nil)).Where("expires_at < ?", s.now()).Exec(ctx)
	return err
}

// DescribeSession says whose a session is. It is told by its token.
func (s *Store) DescribeSession(ctx context.Context, token string, x *Session) error {
	x.Token, x.ID = tanggap.HashToken(token), tanggap.NewID()
	_, err := s.w().NewUpdate().Model(x).Column("id", "officer_id", "region", "way", "device", "network", "began_at", "seen_at").Where("token = ?", x.Token).Exec(ctx)
	return err
}

// SawSession notes that a session was used.
func (s *Store) SawSession(ctx context.Context, token string, at time.Time) error {
	_, err := s.w().NewUpdate().Model((*Session)(nil)).Set("seen_at = ?", at.UTC()).Where("token = ?", tanggap.HashToken(token)).Exec(ctx)
	return err
}

// OfficerSessions lists the sessions of an officer that are still good, last used first.
func (s *Store) OfficerSessions(ctx context.Context, officer string) ([]*Session, error) {
	var out []*Session
	err := s.r().NewSelect().Model(&out).ExcludeColumn("data").Where("officer_id = ? AND expires_at > ?", officer, s.now()).Order("seen_at DESC", "id").Scan(ctx)
	return out, err
}

// EndSession ends one session of an officer. NotFound if it is none of his.
func (s *Store) EndSession(ctx context.Context, officer, id string) error {
	res, err := s.w().NewDelete().Model((*Session)(nil)).Where("officer_id = ? AND id = ?", officer, id).Exec(ctx)
	if err != nil {
		return err
	}
	if n, _ := res.RowsAffected(); n == 0 {
		return tanggap.Errorf(tanggap.NotFound, "sesi ini sudah berakhir")
	}
	return nil
}

// EndSessions ends all sessions of an officer but the one of a token; "" spares none.
func (s *Store) EndSessions(ctx context.Context, officer, but string) error {
	_, err := s.w().NewDelete().Model((*Session)(nil)).Where("officer_id = ? AND token <> ?", officer, tanggap.HashToken(but)).Exec(ctx)
	return err
}

// OfficerLogin is a log-in of an officer that succeeded or failed.
type OfficerLogin struct {
	bun.BaseModel `bun:"officer_logins"`
	ID            string
	OfficerID     string
	Region        string
	Way           string
	Failed        bool
	Device        string
	Network       string
	HappenedAt    time.Time
}

// AddOfficerLogin keeps a log-in.
func (s *Store) AddOfficerLogin(ctx context.Context, x *OfficerLogin) error {
	x.ID, x.HappenedAt = tanggap.NewID(), s.now()
	_, err := s.w().NewInsert().Model(x).Exec(ctx)
	return err
}

// OfficerLogins lists the last log-ins of an officer, newest first.
func (s *Store) OfficerLogins(ctx context.Context, officer string, limit int64) ([]*OfficerLogin, error) {
	var out []*OfficerLogin
	err := s.r().NewSelect().Model(&out).Where("officer_id = ?", officer).Order("id DESC").Limit(limit).Scan(ctx)
	return out, err
}

// SweepOfficerLogins forgets log-ins before a time.
func (s *Store) SweepOfficerLogins(ctx context.Context, before time.Time) error {
	_, err := s.w().NewDelete().Model((*OfficerLogin)(nil)).Where("happened_at < ?", before.UTC()).Exec(ctx)
	return err
}
