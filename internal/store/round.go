package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/tanggap"
)

// Round is what counts about a case from its opening, or from a reopening by its citizen,
// until it ends. Days are local dates, 2006-01-02, "" while something has not happened;
// minutes are working minutes of the unit. Package stat computes it from the events.
type Round struct {
	bun.BaseModel     `bun:"case_rounds"`
	Region            string
	CaseID            string
	Round             int64 // 0 is the first
	Unit              string
	Service           string
	Area              string
	Channel           string
	Language          string
	Secret            bool
	OpenedDay         string        // of the case
	StartedDay        string        // of this round
	RespondedDay      string        `bun:",nullzero"` // first word or act of a person that reached the citizen; in the first round only
	ResponseMinutes   int64         // from the opening to it
	EndedDay          string        `bun:",nullzero"`
	Outcome           tanggap.State // answered, done, external, rejected or merged; "" while open
	ResolutionMinutes int64         // from the opening of the case to the end, without the times it waited for its citizen
	DueAt             time.Time     `bun:",nullzero"` // while it is open, not paused and not late: when it will be late
	OnTime            bool          // ended within its promise
	LateDay           string        `bun:",nullzero"` // day on which the promise passed, whether or not it has ended since
	ConfirmedDay      string        `bun:",nullzero"` // the citizen said that it is solved
	MovedDay          string        `bun:",nullzero"` // first time it was found in the wrong unit; in the first round only
	Judged            string        // what officers made of suggestions: JSON of package stat; in the first round only
}

// Resolved reports whether the citizen got an outcome.
func (r *Round) Resolved() bool { return r.EndedDay != "" && r.Outcome != tanggap.Merged }

// Move is one sending of a case from the wrong unit to another one.
type Move struct {
	bun.BaseModel `bun:"case_moves"`
	Region        string
	CaseID        string
	N             int64
	Day           string
	From          string `bun:"from_unit"`
	To            string `bun:"to_unit"`
	Secret        bool
}

// Histories is what rounds are computed from, of several cases at once: cases without what
// is sealed, and by case its events by version, its promises and its decisions.
type Histories struct {
	Cases     []*Case
	Events    map[string][]*Event
	Promises  map[string][]*Deadline
	Decisions map[string][]*Decision
	Rounds    map[string][]*Round // as they were computed last
	Moves     map[string][]*Move
}

// Histories reads what happened to cases.
func (s *Store) Histories(ctx context.Context, region string, ids []string) (*Histories, error) {
	h := &Histories{Events: map[string][]*Event{}, Promises: map[string][]*Deadline{}, Decisions: map[string][]*Decision{},
		Rounds: map[string][]*Round{}, Moves: map[string][]*Move{}}
	if len(ids) == 0 {
		return h, nil
	}
	in := bun.List(ids)
	err := s.r().NewSelect().Model(&h.Cases).Column("region", "id", "state", "service", "unit", "area", "secret", "channel", "opened_at", "opened_day", "due_at", "paused_at").
		Where("region = ? AND id IN (?)", region, in).Order("id").Scan(ctx)
	if err != nil {
		return nil, err
	}
	var events []*Event
	err = s.r().NewSelect().Model(&events).Column("case_id", "case_version", "id", "actor", "type", "payload", "happened_at").
		Where("region = ? AND case_id IN (?)", region, in).Order("case_id", "case_version", "id").Scan(ctx)
	if err != nil {
		return nil, err
	}
	for _, e := range events {
		h.Events[e.CaseID] = append(h.Events[e.CaseID], e)
	}
	var promises []*Deadline
	if err := s.r().NewSelect().Model(&promises).Where("region = ? AND case_id IN (?) AND kind = ?", region, in, Promise).Order("case_id", "id").Scan(ctx); err != nil {
		return nil, err
	}
	for _, d := range promises {
		h.Promises[d.CaseID] = append(h.Promises[d.CaseID], d)
	}
	var decisions []*Decision
	err = s.r().NewSelect().Model(&decisions).Column("case_id", "kind", "value", "state", "officer_id", "decided_at").
		Where("region = ? AND case_id IN (?)", region, in).Order("case_id", "made_at", "id").Scan(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range decisions {
		h.Decisions[d.CaseID] = append(h.Decisions[d.CaseID], d)
	}
	var rounds []*Round
	if err := s.r().NewSelect().Model(&rounds).Where("region = ? AND case_id IN (?)", region, in).Order("case_id", "round").Scan(ctx); err != nil {
		return nil, err
	}
	for _, r := range rounds {
		h.Rounds[r.CaseID] = append(h.Rounds[r.CaseID], r)
	}
	var moves []*Move
	if err := s.r().NewSelect().Model(&moves).Where("region = ? AND case_id IN (?)", region, in).Order("case_id", "n").Scan(ctx); err != nil {
		return nil, err
	}
	for _, m := range moves {
		h.Moves[m.CaseID] = append(h.Moves[m.CaseID], m)
	}
	return h, nil
}

// PutRounds replaces the rounds and moves of cases.
func (s *Store) PutRounds(ctx context.Context, region string, ids []string, rounds []*Round, moves []*Move) error {
	if len(ids) == 0 {
		return nil
	}
	for _, model := range []any{(*Round)(nil), (*Move)(nil)} {
		if _, err := s.w().NewDelete().Model(model).Where("region = ? AND case_id IN (?)", region, bun.List(ids)).Exec(ctx); err != nil {
			return err
		}
	}
	if len(rounds) > 0 {
		if _, err := s.w().NewInsert().Model(&rounds).Exec(ctx); err != nil {
			return err
		}
	}
	if len(moves) > 0 {
		if _, err := s.w().NewInsert().Model(&moves).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// ChangedCases lists the cases of the events after one sequence number, and the number of
// the last event looked at.
func (s *Store) ChangedCases(ctx context.Context, region string, after, limit int64) (ids []string, last int64, err error) {
	var rows []struct {
		Seq    int64
		CaseID string
	}
	err = s.r().NewSelect().TableExpr("events").Column("seq", "case_id").Where("region = ? AND seq > ?", region, after).Order("seq").Limit(limit).Scan(ctx, &rows)
	if err != nil {
		return nil, after, err
	}
	last = after
	seen := map[string]bool{"": true}
	for _, r := range rows {
		last = r.Seq
		if !seen[r.CaseID] {
			seen[r.CaseID] = true
			ids = append(ids, r.CaseID)
		}
	}
	return ids, last, nil
}

// LastSeq is the place of the newest event of a region in its log, -1 without one.
func (s *Store) LastSeq(ctx context.Context, region string) (int64, error) {
	last := int64(-1)
	err := s.r().NewSelect().TableExpr("events").ColumnExpr("coalesce(max(seq), -1)").Where("region = ?", region).Scan(ctx, &last)
	return last, err
}

// CaseIDs lists the cases after one, in the order in which they were made.
func (s *Store) CaseIDs(ctx context.Context, region, after string, limit int64) (ids []string, err error) {
	err = s.r().NewSelect().TableExpr("cases").Column("id").Where("region = ? AND id > ?", region, after).Order("id").Limit(limit).Scan(ctx, &ids)
	return ids, err
}

// PassedPromises lists cases that become late at or before now.
func (s *Store) PassedPromises(ctx context.Context, region string, now time.Time, limit int64) (ids []string, err error) {
	err = s.r().NewSelect().Model((*Round)(nil)).Column("case_id").Where("region = ? AND due_at < ?", region, now.UTC()).Order("due_at").Limit(limit).Scan(ctx, &ids)
	return ids, err
}
