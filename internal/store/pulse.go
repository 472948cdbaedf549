package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/seal"
)

// Pulse is a citizen's one-tap word on how a case was handled, 1 to 4. The last word
// counts. It is no part of the survey with nine elements.
type Pulse struct {
	bun.BaseModel `bun:"pulses"`
	Region        string
	CaseID        string
	CitizenID     string
	Unit          string
	Service       string
	Score         int
	Way           string // channel it came by
	CommentCT     []byte `bun:"comment_ct"`
	Comment       string `bun:"-"`
	CommentMasked string // what feeds the themes; "" for secret cases
	CreatedAt     time.Time
}

func (x *Pulse) where() seal.Where {
	return seal.Where{Region: x.Region, Table: "pulses", Column: "comment", ID: x.CaseID}
}

// PutPulse keeps the word on a case, replacing an earlier one.
func (s *Store) PutPulse(ctx context.Context, x *Pulse) (err error) {
	x.CreatedAt = s.now()
	if x.CommentCT, err = s.sealFor(ctx, x.CitizenID, x.Comment, x.where()); err != nil {
		return err
	}
	_, err = s.w().NewInsert().Model(x).On("CONFLICT (region, case_id) DO UPDATE").
		Set("score = excluded.score").Set("way = excluded.way").Set("comment_ct = excluded.comment_ct").Set("comment_masked = excluded.comment_masked").
		Set("created_at = excluded.created_at").Set("unit = excluded.unit").Set("service = excluded.service").Exec(ctx)
	return err
}

// Pulse returns the word on a case, nil if there is none.
func (s *Store) Pulse(ctx context.Context, region, caseID string) (*Pulse, error) {
	x := &Pulse{}
	err := s.r().NewSelect().Model(x).Where("region = ? AND case_id = ?", region, caseID).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	x.Comment, err = s.openFor(ctx, x.CitizenID, x.CommentCT, x.where())
	return x, err
}

// PulseCount is how many words with one score were given on a unit's cases.
type PulseCount struct {
	Unit   string
	Secret bool // on secret cases
	Score  int
	N      int64
}

// PulseCounts counts the words given in a stretch of time, its end excluded, on the cases
// of units, nil for all.
func (s *Store) PulseCounts(ctx context.Context, region string, units []string, from, to time.Time) (out []PulseCount, err error) {
	q := s.r().NewSelect().TableExpr("pulses AS p").Join("JOIN cases AS c ON c.region = p.region AND c.id = p.case_id").
		ColumnExpr("p.unit, c.secret, p.score, count(*) AS n").
		Where("p.region = ? AND p.created_at >= ? AND p.created_at < ?", region, from.UTC(), to.UTC()).GroupExpr("p.unit, c.secret, p.score")
	if units != nil {
		q = q.Where("p.unit IN (?)", bun.List(units))
	}
	return out, q.Scan(ctx, &out)
}

// PulseComments lists the newest masked words that came with a pulse since a time, oldest
// first, as what may hold a theme.
func (s *Store) PulseComments(ctx context.Context, region string, since time.Time, limit int64) ([]*Unexplained, error) {
	var out []*Unexplained
	err := s.r().NewSelect().TableExpr("pulses AS p").Join("JOIN cases AS c ON c.region = p.region AND c.id = p.case_id").
		ColumnExpr("p.citizen_id, c.area, p.comment_masked AS summary, p.created_at AS opened_at").
		Where("p.region = ? AND p.created_at > ? AND NOT c.secret AND p.comment_masked <> ''", region, since.UTC()).
		OrderExpr("p.created_at DESC").Limit(limit).Scan(ctx, &out)
	slices.Reverse(out)
	return out, err
}
