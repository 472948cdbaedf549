package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"
)

// Mailbox is how far a folder of a region's mail was read, and how it is doing.
type Mailbox struct {
	bun.BaseModel `bun:"mailboxes"`
	Region        string
	Account       string // user and host
	Folder        string
	UIDValidity   int64 `bun:"uid_validity"` // under which UID has a meaning
	UID           int64 `bun:"uid"`          // every mail up to it was taken
	CheckedAt     time.Time
	Error         string // what is wrong, "" if all is well
}

// Mailbox returns what is known of a folder; one that was never read has zero UIDs.
func (s *Store) Mailbox(ctx context.Context, region, account, folder string) (*Mailbox, error) {
	x := &Mailbox{}
	err := s.r().NewSelect().Model(x).Where("region = ? AND account = ? AND folder = ?", region, account, folder).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return &Mailbox{Region: region, Account: account, Folder: folder}, nil
	}
	return x, err
}

// Mailboxes lists the folders of a region that were ever read.
func (s *Store) Mailboxes(ctx context.Context, region string) ([]*Mailbox, error) {
	var out []*Mailbox
	err := s.r().NewSelect().Model(&out).Where("region = ?", region).Order("account", "folder").Scan(ctx)
	return out, err
}

// SetMailbox writes x over what was known.
func (s *Store) SetMailbox(ctx context.Context, x *Mailbox) error {
	x.CheckedAt = x.CheckedAt.UTC()
	_, err := s.w().NewInsert().Model(x).On("CONFLICT (region, account, folder) DO UPDATE").
		Set("uid_validity = EXCLUDED.uid_validity").Set("uid = EXCLUDED.uid").
		Set("checked_at = EXCLUDED.checked_at").Set("error = EXCLUDED.error").Exec(ctx)
	return err
}
