package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/seal"
	"tanggap/internal/survey"
)

// Survey is what a citizen thinks of how a case was handled. The last word counts.
type Survey struct {
	bun.BaseModel `bun:"surveys"`
	Region        string
	CaseID        string
	CitizenID     string
	Unit          string
	Service       string
	ScoreJSON     string         `bun:"scores"`
	Scores        survey.Answers `bun:"-"`
	CommentCT     []byte         `bun:"comment_ct"`
	Comment       string         `bun:"-"`
	CreatedAt     time.Time
}

func (x *Survey) where() seal.Where {
	return seal.Where{Region: x.Region, Table: "surveys", Column: "comment", ID: x.CaseID}
}

// PutSurvey keeps the answers about a case, replacing earlier ones.
func (s *Store) PutSurvey(ctx context.Context, x *Survey) error {
	scores, err := json.Marshal(x.Scores)
	if err != nil {
		return err
	}
	x.ScoreJSON, x.CreatedAt = string(scores), s.now()
	if x.CommentCT, err = s.sealFor(ctx, x.CitizenID, x.Comment, x.where()); err != nil {
		return err
	}
	_, err = s.w().NewInsert().Model(x).On("CONFLICT (region, case_id) DO UPDATE").
		Set("scores = excluded.scores").Set("comment_ct = excluded.comment_ct").Set("created_at = excluded.created_at").
		Set("unit = excluded.unit").Set("service = excluded.service").Exec(ctx)
	return err
}

// Survey returns the answers about a case, nil if there are none.
func (s *Store) Survey(ctx context.Context, region, caseID string) (*Survey, error) {
	x := &Survey{}
	err := s.r().NewSelect().Model(x).Where("region = ? AND case_id = ?", region, caseID).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(x.ScoreJSON), &x.Scores); err != nil {
		return nil, err
	}
	x.Comment, err = s.openFor(ctx, x.CitizenID, x.CommentCT, x.where())
	return x, err
}

// SurveyScores lists the scores given about a unit's cases since a time.
func (s *Store) SurveyScores(ctx context.Context, region, unit string, since time.Time) ([]survey.Answers, error) {
	var rows []string
	if err := s.r().NewSelect().Model((*Survey)(nil)).Column("scores").Where("region = ? AND unit = ? AND created_at >= ?", region, unit, since.UTC()).Scan(ctx, &rows); err != nil {
		return nil, err
	}
	out := make([]survey.Answers, len(rows))
	for i, r := range rows {
		if err := json.Unmarshal([]byte(r), &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Answered is one respondent's scores with the unit of his case.
type Answered struct {
	Unit      string
	Secret    bool
	ScoreJSON string         `bun:"scores"`
	Scores    survey.Answers `bun:"-"`
}

// SurveyAnswers lists the scores given from one time until before another about cases of units,
// nil for all.
func (s *Store) SurveyAnswers(ctx context.Context, region string, units []string, from, to time.Time) ([]*Answered, error) {
	var out []*Answered
	q := s.r().NewSelect().TableExpr("surveys AS s").Join("JOIN cases AS c ON c.region = s.region AND c.id = s.case_id").
		ColumnExpr("s.unit, s.scores, c.secret").Where("s.region = ? AND s.created_at >= ? AND s.created_at < ?", region, from.UTC(), to.UTC())
	if units != nil {
		q = q.Where("s.unit IN (?)", bun.List(units))
	}
	if err := q.Scan(ctx, &out); err != nil {
		return nil, err
	}
	for _, x := range out {
		if err := json.Unmarshal([]byte(x.ScoreJSON), &x.Scores); err != nil {
			return nil, err
		}
	}
	return out, nil
}
