package store

import (
	"cmp"
	"context"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/tanggap"
)

// Purposes of a contact code.
const (
	CodeView   = "view"   // opens the private view; six digits
	CodeChange = "change" // a new contact of the case, which its own confirmation makes the case's
	CodeUndo   = "undo"   // takes a change of contact back; held by the old one
	CodeMine   = "mine"   // begins a visit to the citizen's own matters; six digits
)

// ContactCode is one thing that only somebody who reads a contact can do, once and for
// a while. Of the code itself only a keyed hash is kept.
type ContactCode struct {
	bun.BaseModel `bun:"contact_codes"`
	Region        string
	ID            string // hash of what the browser or the link holds
	IdentityID    string // "" when the case has no contact to send to, which nobody may learn
	CaseID        string // "" of a visit
	Purpose       string
	CodeBidx      []byte
	Tries         int64
	CreatedAt     time.Time
	ExpiresAt     time.Time
	UsedAt        time.Time `bun:",nullzero"`
}

// blindCode binds the code to its row, so that equal digits of two rows differ.
func (s *Store) blindCode(ctx context.Context, c *ContactCode, code string) error {
	keys, err := s.RegionKeys(ctx, c.Region)
	if err != nil {
		return err
	}
	c.CodeBidx = keys.Token("contact-code", []byte(c.ID), []byte(code))
	return nil
}

// AddContactCode stores a code that lives for a while.
func (s *Store) AddContactCode(ctx context.Context, c *ContactCode, code string, lives time.Duration) error {
	c.CreatedAt = s.now()
	c.ExpiresAt = c.CreatedAt.Add(lives)
	if err := s.blindCode(ctx, c, code); err != nil {
		return err
	}
	_, err := s.w().NewInsert().Model(c).Exec(ctx)
	return err
}

// UseContactCode counts a try against the row and uses it up if the code is right and
// neither its time nor its tries have run out. Every failure is the same NotFound. The
// caller must commit even then: a try that is rolled back was none.
func (s *Store) UseContactCode(ctx context.Context, region, id, purpose, code string, tries int) (*ContactCode, error) {
	wrong := tanggap.Errorf(tanggap.NotFound, "kode ini tidak cocok atau tidak berlaku lagi")
	res, err := s.w().NewUpdate().Model((*ContactCode)(nil)).Set("tries = tries + 1").
		Where("region = ? AND id = ? AND purpose = ? AND tries < ? AND used_at IS NULL AND expires_at > ?", region, id, purpose, tries, s.now()).Exec(ctx)
	if err != nil {
		return nil, err
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return nil, cmp.Or(err, wrong)
	}
	want := &ContactCode{Region: region, ID: id}
	if err := s.blindCode(ctx, want, code); err != nil {
		return nil, err
	}
	c := &ContactCode{}
	// The row holds a keyed hash, so how long comparing takes tells nothing of the code.
	res, err = s.w().NewUpdate().Model((*ContactCode)(nil)).Set("used_at = ?", s.now()).
		Where("region = ? AND id = ? AND code_bidx = ? AND used_at IS NULL", region, id, want.CodeBidx).Exec(ctx)
	if err != nil {
		return nil, err
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return nil, cmp.Or(err, wrong)
	}
	return c, s.r().NewSelect().Model(c).Where("region = ? AND id = ?", region, id).Scan(ctx)
}

// OpenChange returns the change of contact that waits for an identity's confirmation,
// nil if none does.
func (s *Store) OpenChange(ctx context.Context, region, identity string) (*ContactCode, error) {
	var rows []*ContactCode
	err := s.r().NewSelect().Model(&rows).
		Where("region = ? AND identity_id = ? AND purpose = ? AND used_at IS NULL AND expires_at > ?", region, identity, CodeChange, s.now()).
		Order("created_at DESC").Limit(1).Scan(ctx)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[0], nil
}
