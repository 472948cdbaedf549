package store

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/seal"
	"tanggap/internal/tanggap"
)

// Moments that evidence shows.
const (
	EvidenceBefore = "before"
	EvidenceAfter  = "after"
	EvidenceNone   = "none" // no photo was possible, and why
)

// Evidence is a photo that shows what was done about a case, or the reason why there is
// none.
type Evidence struct {
	bun.BaseModel `bun:"evidence"`
	Region        string
	ID            string
	CaseID        string
	CitizenID     string // whose key seals it
	MessageID     string // the note that it came with
	AttachmentID  string `bun:",nullzero"`
	Moment        string
	OfficerID     string    // who added it, "" for hands outside
	Reopens       int64     // how often the case had been reopened: a new round needs new evidence
	Shown         bool      // the citizen may see it once the result is told
	Flags         string    // what is odd about it, words of casework joined by spaces
	LikeID        string    `bun:",nullzero"` // the attachment it looks like
	ReasonCT      []byte    `bun:"reason_ct"`
	Reason        string    `bun:"-"`
	FactsCT       []byte    `bun:"facts_ct"`
	Facts         Facts     `bun:"-"`
	LookedBy      string    `bun:",nullzero"` // who looked at what is odd
	LookedAt      time.Time `bun:",nullzero"`
	CreatedAt     time.Time
}

// Facts are what a photo and a telephone say about when and where.
type Facts struct {
	Taken  string `json:"taken,omitempty"`  // by the camera's clock, as media.Clean
	Spot   string `json:"spot,omitempty"`   // "lat,lon" of the photo or the telephone
	Metres int64  `json:"metres,omitempty"` // from the place of the case, where both are known
}

// Odd reports whether something about it waits for somebody to look.
func (e *Evidence) Odd() bool { return e.Flags != "" && e.LookedAt.IsZero() }

// Has reports whether a flag is raised.
func (e *Evidence) Has(flag string) bool { return strings.Contains(" "+e.Flags+" ", " "+flag+" ") }

func (e *Evidence) where(column string) seal.Where {
	return seal.Where{Region: e.Region, Table: "evidence", Column: column, ID: e.ID}
}

// AddEvidence keeps evidence.
func (s *Store) AddEvidence(ctx context.Context, e *Evidence) (err error) {
	e.ID, e.CreatedAt = tanggap.NewID(), s.now()
	facts, err := json.Marshal(e.Facts)
	if err != nil {
		return err
	}
	if e.FactsCT, err = s.sealFor(ctx, e.CitizenID, string(facts), e.where("facts")); err != nil {
		return err
	}
	if e.ReasonCT, err = s.sealFor(ctx, e.CitizenID, e.Reason, e.where("reason")); err != nil {
		return err
	}
	_, err = s.w().NewInsert().Model(e).Exec(ctx)
	return err
}

// LookAtEvidence notes who has looked at what is odd about the evidence of a case.
func (s *Store) LookAtEvidence(ctx context.Context, region, caseID, officer string) error {
	_, err := s.w().NewUpdate().Model((*Evidence)(nil)).Set("looked_by = ?", officer).Set("looked_at = ?", s.now()).
		Where("region = ? AND case_id = ? AND looked_at IS NULL AND flags <> ''", region, caseID).Exec(ctx)
	return err
}

// CaseEvidence lists the evidence of a case, oldest first.
func (s *Store) CaseEvidence(ctx context.Context, region, caseID string) ([]*Evidence, error) {
	var out []*Evidence
	if err := s.r().NewSelect().Model(&out).Where("region = ? AND case_id = ?", region, caseID).Order("created_at", "id").Scan(ctx); err != nil {
		return nil, err
	}
	for _, e := range out {
		var err error
		if e.Reason, err = s.openFor(ctx, e.CitizenID, e.ReasonCT, e.where("reason")); err != nil {
			return nil, err
		}
		facts, err := s.openFor(ctx, e.CitizenID, e.FactsCT, e.where("facts"))
		if err == nil && facts != "" {
			err = json.Unmarshal([]byte(facts), &e.Facts)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Proven reports which of some cases have evidence of their work now, or of why there is none.
func (s *Store) Proven(ctx context.Context, region string, cases []string) (map[string]bool, error) {
	out := map[string]bool{}
	if len(cases) == 0 {
		return out, nil
	}
	var ids []string
	err := s.r().NewSelect().Model((*Evidence)(nil)).ColumnExpr("DISTINCT evidence.case_id").
		Join("JOIN cases AS c ON c.region = evidence.region AND c.id = evidence.case_id AND c.reopens = evidence.reopens").
		Where("evidence.region = ? AND evidence.case_id IN (?) AND evidence.moment <> ?", region, bun.List(cases), EvidenceBefore).Scan(ctx, &ids)
	for _, id := range ids {
		out[id] = true
	}
	return out, err
}

// OddCases lists the ids of cases whose evidence waits for somebody to look, longest
// waiting first.
func (s *Store) OddCases(ctx context.Context, region string, limit int64) ([]string, error) {
	var ids []string
	err := s.r().NewSelect().Model((*Evidence)(nil)).Column("case_id").Where("region = ? AND looked_at IS NULL AND flags <> ''", region).
		Group("case_id").OrderExpr("min(created_at)").Limit(limit).Scan(ctx, &ids)
	return ids, err
}
