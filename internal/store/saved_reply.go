package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/tanggap"
)

// SavedReply is a reply that officers keep ready. Its body has {names} of what is
// filled in from the case. With steps that go with it, it is what other help desks call a
// macro; each step can be left out when it is sent.
type SavedReply struct {
	bun.BaseModel `bun:"saved_replies"`
	Region        string
	ID            string
	Unit          string // "" = for every unit
	Name          string
	Body          string
	NextState     tanggap.State   // what sending it leads to; "" leaves that to the officer
	Take          bool            `bun:",nullzero"` // step: the sender becomes responsible for the case
	Urgency       tanggap.Urgency `bun:",nullzero"` // step: the new one, 0 = none
	SnoozeDays    int             `bun:",nullzero"` // step: put the case off for so many working days, 0 = none
	Note          string          `bun:",nullzero"` // step: for colleagues, "" = none
	ChangedBy     string
	ChangedAt     time.Time
	RetiredAt     time.Time `bun:",nullzero"`
}

// PutSavedReply adds a reply, or with an id changes it.
func (s *Store) PutSavedReply(ctx context.Context, r *SavedReply) error {
	r.ChangedAt = s.now()
	if r.ID == "" {
		r.ID = tanggap.NewID()
		_, err := s.w().NewInsert().Model(r).Exec(ctx)
		return err
	}
	_, err := s.w().NewUpdate().Model(r).ExcludeColumn("region", "id").Where("region = ? AND id = ?", r.Region, r.ID).Exec(ctx)
	return err
}

// SavedReply returns one reply.
func (s *Store) SavedReply(ctx context.Context, region, id string) (*SavedReply, error) {
	r := &SavedReply{}
	err := s.r().NewSelect().Model(r).Where("region = ? AND id = ?", region, id).Scan(ctx)
	return r, one(err, "balasan")
}

// SavedReplies lists the replies in use by name: those of a unit and those of every
// unit. "*" lists all.
func (s *Store) SavedReplies(ctx context.Context, region, unit string) ([]*SavedReply, error) {
	var out []*SavedReply
	q := s.r().NewSelect().Model(&out).Where("region = ? AND retired_at IS NULL", region).Order("name", "id")
	if unit != "*" {
		q = q.Where("unit IN (?)", bun.List([]string{"", unit}))
	}
	return out, q.Scan(ctx)
}
