package store

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/tanggap"
)

// CaseSign is what the index of same matters needs of a case: its masked first words
// and where they lead. Secret cases have none.
type CaseSign struct {
	ID       string
	Service  string
	Area     string
	Summary  string
	OpenedAt time.Time
}

// CaseSigns lists cases whose id comes after one, in the order in which they were made.
func (s *Store) CaseSigns(ctx context.Context, region, after string, limit int64) ([]*CaseSign, error) {
	var out []*CaseSign
	err := s.r().NewSelect().TableExpr("cases").Column("id", "service", "area", "summary", "opened_at").
		Where("region = ? AND id > ? AND NOT secret AND summary <> ''", region, after).Order("id").Limit(limit).Scan(ctx, &out)
	return out, err
}

// CasesByID reads cases without locking them and without what is sealed, in any order;
// those that are gone are left out.
func (s *Store) CasesByID(ctx context.Context, region string, ids []string) ([]*Case, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var out []*Case
	err := s.r().NewSelect().Model(&out).Where("region = ? AND id IN (?)", region, bun.List(ids)).Scan(ctx)
	return out, err
}

// IncidentCases lists the cases of an incident, oldest first, without what is sealed.
func (s *Store) IncidentCases(ctx context.Context, region, incident string, limit int64) ([]*Case, error) {
	var out []*Case
	err := s.r().NewSelect().Model(&out).Where("region = ? AND incident = ?", region, incident).Order("opened_at", "id").Limit(limit).Scan(ctx)
	return out, err
}

// SetLead moves a case among the due times without counting as a change of it.
func (s *Store) SetLead(ctx context.Context, c *Case) error {
	c.RankAt = rank(c)
	_, err := s.w().NewUpdate().Model(c).Column("lead", "rank_at").Where("region = ? AND id = ?", c.Region, c.ID).Exec(ctx)
	return err
}

// rank is when a case's turn comes: its due time, less what moves it forward. Emergencies
// come before all others and cases without a due time after them, each among themselves
// in order; a case that waits for nobody has no turn, so that the index over it stays as
// small as the work that is open.
func rank(c *Case) time.Time {
	const away = 100 // years
	switch {
	case !c.State.Open():
		return time.Time{}
	case c.DueAt.IsZero():
		return c.OpenedAt.AddDate(away, 0, 0)
	case c.Urgency == tanggap.Emergency:
		return c.DueAt.AddDate(-away, 0, 0)
	}
	return c.DueAt.Add(-time.Duration(c.Lead) * time.Hour)
}

// LastReplies returns the newest words that officers said to the citizens of cases,
// by case. Whoever shows them beside another case masks them.
func (s *Store) LastReplies(ctx context.Context, region string, ids []string) (map[string]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []*Message
	err := s.r().NewSelect().Model(&rows).Where("region = ? AND case_id IN (?) AND direction = ? AND author LIKE 'officer:%'", region, bun.List(ids), Out).
		Order("created_at", "id").Scan(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, m := range rows {
		if m.Body, err = s.openFor(ctx, m.CitizenID, m.BodyCT, m.where("body")); err != nil {
			return nil, err
		}
		out[m.CaseID] = m.Body
	}
	return out, nil
}

// EarlierAreas lists the areas of a citizen's newest cases, newest first.
func (s *Store) EarlierAreas(ctx context.Context, region, citizen string, limit int64) ([]string, error) {
	var out []string
	err := s.r().NewSelect().TableExpr("cases").Column("area").Where("region = ? AND citizen_id = ? AND area <> '' AND NOT anonymous", region, citizen).
		Group("area").OrderExpr("max(opened_at) DESC, area").Limit(limit).Scan(ctx, &out)
	return out, err
}

// Unexplained is a case whose words no service explains well.
type Unexplained struct {
	CitizenID string
	Area      string
	Summary   string // masked
	OpenedAt  time.Time
}

// UnexplainedCases lists the newest cases since a time about whose service the computer
// was less sure than a confidence or said nothing, oldest first. Secret ones keep no
// readable words and are left out.
func (s *Store) UnexplainedCases(ctx context.Context, region string, since time.Time, confidence float64, limit int64) ([]*Unexplained, error) {
	var out []*Unexplained
	err := s.r().NewSelect().TableExpr("cases AS c").ColumnExpr("c.citizen_id, c.area, c.summary, c.opened_at").
		Where("c.region = ? AND c.opened_at > ? AND NOT c.secret AND c.summary <> ''", region, since.UTC()).
		Where("EXISTS (SELECT 1 FROM decisions AS d WHERE d.region = c.region AND d.case_id = c.id AND d.kind = 'service' AND d.state <> ? AND (d.value = '' OR d.confidence < ?))",
			DecisionSuperseded, confidence).
		OrderExpr("c.opened_at DESC, c.id DESC").Limit(limit).Scan(ctx, &out)
	slices.Reverse(out)
	return out, err
}
