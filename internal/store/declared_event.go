package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/tanggap"
)

// DeclaredEvent is something known to move demand, announced by an officer: what came
// before under the same kind says how much it moves.
type DeclaredEvent struct {
	bun.BaseModel `bun:"declared_events"`
	Region        string
	ID            string
	Name          string
	Kind          string // events of one kind are alike: "bansos", "pemilu", "pasar-murah"
	FromDay       string // first and last local day, 2006-01-02
	ToDay         string
	Services      string // codes with spaces between them; "" = all
	MadeBy        string
	CreatedAt     time.Time
	CancelledAt   time.Time `bun:",nullzero"`
}

// AddDeclaredEvent keeps a new event.
func (s *Store) AddDeclaredEvent(ctx context.Context, e *DeclaredEvent) error {
	e.ID, e.CreatedAt = tanggap.NewID(), s.now()
	_, err := s.w().NewInsert().Model(e).Exec(ctx)
	return err
}

// CancelDeclaredEvent takes an event back.
func (s *Store) CancelDeclaredEvent(ctx context.Context, region, id string) error {
	_, err := s.w().NewUpdate().Model((*DeclaredEvent)(nil)).Set("cancelled_at = ?", s.now()).Where("region = ? AND id = ? AND cancelled_at IS NULL", region, id).Exec(ctx)
	return err
}

// DeclaredEvents lists the events of a region that hold, newest first.
func (s *Store) DeclaredEvents(ctx context.Context, region string) ([]*DeclaredEvent, error) {
	var out []*DeclaredEvent
	err := s.r().NewSelect().Model(&out).Where("region = ? AND cancelled_at IS NULL", region).Order("from_day DESC", "id DESC").Scan(ctx)
	return out, err
}
