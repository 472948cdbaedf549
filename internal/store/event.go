package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/audit"
	"tanggap/internal/tanggap"
)

// Event is one append-only row per change: history, audit leaves, statistics,
// live signals and webhooks all derive from it. Its payload holds codes, ids and
// numbers, never personal data. Seq is its place in the region's Merkle log, given
// later by the sequencer.
type Event struct {
	bun.BaseModel `bun:"events"`
	Region        string
	ID            string
	Seq           *int64
	CaseID        string
	CaseVersion   int64
	Actor         string // "citizen:ID", "officer:ID", "system"
	Type          string // case.opened, case.assigned, message.in, ...
	Version       int    // of the payload's format
	Payload       string // JSON
	Salt          []byte
	Leaf          []byte // canonical bytes of the audit leaf, see package audit
	Erased        string // audit.Erasure; "" = whole
	HappenedAt    time.Time
}

// AddEvent appends an event about c and signals it after commit. It returns the
// event's id, by which notifications are owed once.
func (s *Store) AddEvent(ctx context.Context, c *Case, actor, kind string, payload map[string]any) (string, error) {
	id, err := s.addEvent(ctx, c, actor, kind, payload)
	if err == nil && s.tx != nil {
		s.tx.changes = append(s.tx.changes, Change{Region: c.Region, CaseID: c.ID, Unit: c.Unit, Type: kind})
	}
	return id, err
}

func (s *Store) addEvent(ctx context.Context, c *Case, actor, kind string, payload map[string]any) (string, error) {
	if payload == nil {
		payload = map[string]any{}
	}
	body, err := json.Marshal(payload) // map keys come out sorted: canonical
	if err != nil {
		return "", err
	}
	e := &Event{Region: c.Region, ID: tanggap.NewID(), CaseID: c.ID, CaseVersion: c.Version,
		Actor: actor, Type: kind, Version: 1, Payload: string(body), Salt: audit.NewSalt(), HappenedAt: s.now()}
	if e.Leaf, _, err = audit.Leaf(e.audit(), e.Salt); err != nil {
		return "", err
	}
	if _, err := s.w().NewInsert().Model(e).Exec(ctx); err != nil {
		return "", err
	}
	return e.ID, nil
}

// AddRegionEvent appends an event about a region and no case of it, such as who may do
// what there. Events with an empty case lists them.
func (s *Store) AddRegionEvent(ctx context.Context, region, actor, kind string, payload map[string]any) error {
	_, err := s.addEvent(ctx, &Case{Region: region}, actor, kind, payload)
	return err
}

func (e *Event) audit() audit.Event {
	return audit.Event{Region: e.Region, ID: e.ID, CaseID: e.CaseID, CaseVersion: e.CaseVersion, Actor: e.Actor,
		Type: e.Type, PayloadVersion: e.Version, Payload: []byte(e.Payload), At: e.HappenedAt}
}

// Events lists what happened to a case, oldest first: by the case's own versions,
// because the clocks of two nodes may differ.
func (s *Store) Events(ctx context.Context, region, caseID string) ([]*Event, error) {
	var out []*Event
	err := s.r().NewSelect().Model(&out).Where("region = ? AND case_id = ?", region, caseID).Order("case_version", "id").Scan(ctx)
	return out, err
}
