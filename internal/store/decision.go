package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/seal"
	"tanggap/internal/tanggap"
)

// Decision is one record of a computer suggestion and of what the human did.
type Decision struct {
	bun.BaseModel `bun:"decisions"`
	Region        string
	ID            string
	CaseID        string
	CitizenID     string
	Kind          string // service, unit, urgency, area, emergency, sensitive
	Value         string // what the computer suggests; "" when it abstains
	Confidence    float64
	CandidateJSON string      `bun:"candidates"`
	Candidates    []Candidate `bun:"-"`
	ReasonsCT     []byte      `bun:"reasons_ct"`
	Reasons       []Reason    `bun:"-"` // sealed: they quote the citizen
	Model         string
	Pack          int64
	State         string // DecisionOpen, DecisionAuto, ...
	FinalValue    string
	OfficerID     string
	Why           string
	MadeAt        time.Time
	DecidedAt     time.Time `bun:",nullzero"`
}

// States of a decision.
const (
	DecisionOpen     = "open"     // waits for an officer
	DecisionAuto     = "auto"     // acted on at once, reversible
	DecisionAccepted = "accepted" // an officer agreed
	DecisionChanged  = "changed"  // an officer chose another value

	DecisionSuperseded = "superseded" // newer words of the citizen led to a newer one
)

// Candidate is one possible value with its calibrated probability.
type Candidate struct {
	Value string  `json:"v"`
	P     float64 `json:"p"`
}

// Reason is a rule that fired or words that mattered, for (positive weight) or
// against; Start and End are byte offsets in the message.
type Reason struct {
	Rule   string  `json:"rule,omitempty"`
	Words  string  `json:"words,omitempty"`
	Weight float64 `json:"weight,omitempty"`
	Start  int     `json:"start,omitempty"`
	End    int     `json:"end,omitempty"`
}

func (d *Decision) where() seal.Where {
	return seal.Where{Region: d.Region, Table: "decisions", Column: "reasons", ID: d.ID}
}

// AddDecision inserts a suggestion.
func (s *Store) AddDecision(ctx context.Context, d *Decision) error {
	d.ID, d.MadeAt = tanggap.NewID(), s.now()
	cand, err := json.Marshal(d.Candidates)
	if err != nil {
		return err
	}
	d.CandidateJSON = string(cand)
	if len(d.Reasons) > 0 {
		reasons, err := json.Marshal(d.Reasons)
		if err != nil {
			return err
		}
		if d.ReasonsCT, err = s.sealFor(ctx, d.CitizenID, string(reasons), d.where()); err != nil {
			return err
		}
	}
	_, err = s.w().NewInsert().Model(d).Exec(ctx)
	return err
}

// Decide records what a human, or the automatic rule, did with a suggestion.
func (s *Store) Decide(ctx context.Context, d *Decision) error {
	d.DecidedAt = s.now()
	_, err := s.w().NewUpdate().Model(d).Column("state", "final_value", "officer_id", "why", "decided_at").
		Where("region = ? AND id = ?", d.Region, d.ID).Exec(ctx)
	return err
}

// Undecide opens a suggestion again, as if nobody had looked at it yet.
func (s *Store) Undecide(ctx context.Context, d *Decision) error {
	d.State, d.FinalValue, d.OfficerID, d.Why, d.DecidedAt = DecisionOpen, "", "", "", time.Time{}
	_, err := s.w().NewUpdate().Model(d).Column("state", "final_value", "officer_id", "why", "decided_at").
		Where("region = ? AND id = ?", d.Region, d.ID).Exec(ctx)
	return err
}

// Decisions lists the suggestions made for a case, oldest first.
func (s *Store) Decisions(ctx context.Context, region, caseID string) ([]*Decision, error) {
	var out []*Decision
	if err := s.r().NewSelect().Model(&out).Where("region = ? AND case_id = ?", region, caseID).Order("made_at", "id").Scan(ctx); err != nil {
		return nil, err
	}
	for _, d := range out {
		if err := json.Unmarshal([]byte(d.CandidateJSON), &d.Candidates); err != nil {
			return nil, err
		}
		reasons, err := s.openFor(ctx, d.CitizenID, d.ReasonsCT, d.where())
		if err != nil {
			return nil, err
		}
		if reasons != "" {
			if err := json.Unmarshal([]byte(reasons), &d.Reasons); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// Deadline is a promised time under a named rule and calendar version. The kind
// "promise" is published to the citizen and mirrored in Case.DueAt; "target" only
// drives escalation.
type Deadline struct {
	bun.BaseModel `bun:"deadlines"`
	Region        string
	ID            string
	CaseID        string
	Kind          string
	Rule          string
	Pack          int64
	StartedAt     time.Time
	DueAt         time.Time
	Pauses        string    // JSON list of [from, to] in RFC 3339
	MetAt         time.Time `bun:",nullzero"`
}

// Kinds of a deadline.
const (
	Promise = "promise"
	Target  = "target"
)

// AddDeadline inserts a deadline.
func (s *Store) AddDeadline(ctx context.Context, d *Deadline) error {
	d.ID = tanggap.NewID()
	if d.Pauses == "" {
		d.Pauses = "[]"
	}
	_, err := s.w().NewInsert().Model(d).Exec(ctx)
	return err
}

// SetDeadline writes a changed due time, pauses or fulfilment.
func (s *Store) SetDeadline(ctx context.Context, d *Deadline) error {
	_, err := s.w().NewUpdate().Model(d).Column("rule", "pack", "due_at", "pauses", "met_at").
		Where("region = ? AND id = ?", d.Region, d.ID).Exec(ctx)
	return err
}

// Deadlines lists the deadlines of a case.
func (s *Store) Deadlines(ctx context.Context, region, caseID string) ([]*Deadline, error) {
	var out []*Deadline
	err := s.r().NewSelect().Model(&out).Where("region = ? AND case_id = ?", region, caseID).Order("id").Scan(ctx)
	return out, err
}

// OpenDeadlines lists unmet deadlines made under an older pack than version, for
// the recalculation after a change of calendar.
func (s *Store) OpenDeadlines(ctx context.Context, region string, version int64, after string, limit int64) ([]*Deadline, error) {
	var out []*Deadline
	err := s.r().NewSelect().Model(&out).Where("region = ? AND pack < ? AND met_at IS NULL AND id > ?", region, version, after).Order("id").Limit(limit).Scan(ctx)
	return out, err
}

// Taken counts what officers made of the computer's suggestions of one kind.
type Taken struct {
	Kind     string
	Accepted int64
	Changed  int64
}

// TakenSuggestions counts by kind what officers decided since a time.
func (s *Store) TakenSuggestions(ctx context.Context, region string, since time.Time) ([]Taken, error) {
	var out []Taken
	err := s.r().NewSelect().TableExpr("decisions").Column("kind").
		ColumnExpr("sum(CASE WHEN state = ? THEN 1 ELSE 0 END) AS accepted", DecisionAccepted).
		ColumnExpr("sum(CASE WHEN state = ? THEN 1 ELSE 0 END) AS changed", DecisionChanged).
		Where("region = ? AND officer_id <> '' AND decided_at > ?", region, since.UTC()).Group("kind").Order("kind").Scan(ctx, &out)
	return out, err
}
