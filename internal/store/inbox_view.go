package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/tanggap"
)

// InboxView is a filter of the inbox that an officer gave a name.
type InboxView struct {
	bun.BaseModel `bun:"inbox_views"`
	Region        string
	ID            string
	OfficerID     string
	Name          string
	Query         string // as the inbox's address holds it
	CreatedAt     time.Time
}

// maxInboxViews bounds the views of one officer: each is counted on every page.
const maxInboxViews = 12

// AddInboxView keeps a view for its officer.
func (s *Store) AddInboxView(ctx context.Context, v *InboxView) error {
	list, err := s.InboxViews(ctx, v.Region, v.OfficerID)
	if err != nil {
		return err
	}
	if len(list) >= maxInboxViews {
		return tanggap.Errorf(tanggap.Invalid, "Anda sudah punya %d tampilan; hapus satu dulu", maxInboxViews)
	}
	v.ID, v.CreatedAt = tanggap.NewID(), s.now()
	_, err = s.w().NewInsert().Model(v).Exec(ctx)
	return err
}

// InboxViews lists the views of an officer, oldest first.
func (s *Store) InboxViews(ctx context.Context, region, officer string) ([]*InboxView, error) {
	var out []*InboxView
	err := s.r().NewSelect().Model(&out).Where("region = ? AND officer_id = ?", region, officer).Order("created_at", "id").Scan(ctx)
	return out, err
}

// DropInboxView forgets a view of an officer.
func (s *Store) DropInboxView(ctx context.Context, region, officer, id string) error {
	_, err := s.w().NewDelete().Model((*InboxView)(nil)).Where("region = ? AND officer_id = ? AND id = ?", region, officer, id).Exec(ctx)
	return err
}
