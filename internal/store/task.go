package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/seal"
	"tanggap/internal/tanggap"
)

// Kinds of a task.
const (
	TaskDisposition = "disposition" // a leader asks the unit to do something
	TaskExplanation = "explanation" // a leader asks the unit to explain
	TaskOutside     = "outside"     // an officer asks somebody who has no account
	TaskObjection   = "objection"   // the citizen contests a decision and is owed an answer
)

// Task is what somebody is asked to do about a case, or a unit about a figure, by a day.
type Task struct {
	bun.BaseModel `bun:"tasks"`
	Region        string
	ID            string
	CaseID        string // "" for a figure
	CitizenID     string // whose key seals the words; "" for a figure, then the region's does
	Unit          string `bun:",nullzero"` // who is asked about a figure
	About         string `bun:",nullzero"` // the figure in words
	Page          string `bun:",nullzero"` // where the figure stands, an address of ours
	Kind          string
	MadeBy        string // an officer's id, "" for the citizen
	Outside       string // who is asked, of a task for hands outside
	WordsCT       []byte `bun:"words_ct"`
	Words         string `bun:"-"`
	AnswerCT      []byte `bun:"answer_ct"`
	Answer        string `bun:"-"`
	AnsweredBy    string // an officer's id, "" for hands outside
	TokenHash     string `bun:",nullzero"` // of the link that opens it outside
	DueAt         time.Time
	AcceptedAt    time.Time `bun:",nullzero"`
	DoneAt        time.Time `bun:",nullzero"`
	CancelledAt   time.Time `bun:",nullzero"`
	CreatedAt     time.Time
}

// Open reports whether somebody still owes an answer.
func (t *Task) Open() bool { return t.DoneAt.IsZero() && t.CancelledAt.IsZero() }

func (t *Task) where(column string) seal.Where {
	return seal.Where{Region: t.Region, Table: "tasks", Column: column, ID: t.ID}
}

// AddTask keeps a task. For hands outside it returns the token of their link.
func (s *Store) AddTask(ctx context.Context, t *Task) (token string, err error) {
	t.ID, t.CreatedAt, t.DueAt = tanggap.NewID(), s.now(), t.DueAt.UTC()
	if t.Kind == TaskOutside {
		token = tanggap.NewToken()
		t.TokenHash = tanggap.HashToken(token)
	}
	if t.WordsCT, err = s.sealTask(ctx, t, t.Words, "words"); err != nil {
		return "", err
	}
	_, err = s.w().NewInsert().Model(t).Exec(ctx)
	return token, err
}

// SetTask writes how far a task has come.
func (s *Store) SetTask(ctx context.Context, t *Task) (err error) {
	if t.AnswerCT, err = s.sealTask(ctx, t, t.Answer, "answer"); err != nil {
		return err
	}
	_, err = s.w().NewUpdate().Model(t).Column("answer_ct", "answered_by", "accepted_at", "done_at", "cancelled_at").
		Where("region = ? AND id = ?", t.Region, t.ID).Exec(ctx)
	return err
}

// Task returns one task, TaskByToken the one that a link outside opens.
func (s *Store) Task(ctx context.Context, region, id string) (*Task, error) {
	return s.taskWhere(ctx, "region = ? AND id = ?", region, id)
}

func (s *Store) TaskByToken(ctx context.Context, region, token string) (*Task, error) {
	return s.taskWhere(ctx, "region = ? AND token_hash = ?", region, tanggap.HashToken(token))
}

func (s *Store) taskWhere(ctx context.Context, where string, args ...any) (*Task, error) {
	t := &Task{}
	q := s.r().NewSelect().Model(t).Where(where, args...)
	if s.locks() {
		q = q.For("UPDATE")
	}
	if err := q.Scan(ctx); err != nil {
		return nil, one(err, "tugas")
	}
	return t, s.openTask(ctx, t)
}

func (s *Store) sealTask(ctx context.Context, t *Task, plain, column string) ([]byte, error) {
	if t.CitizenID != "" || plain == "" {
		return s.sealFor(ctx, t.CitizenID, plain, t.where(column))
	}
	return s.SealRegion(ctx, []byte(plain), t.where(column))
}

func (s *Store) openTask(ctx context.Context, t *Task) (err error) {
	open := func(ct []byte, column string) (string, error) {
		if t.CitizenID != "" || ct == nil {
			return s.openFor(ctx, t.CitizenID, ct, t.where(column))
		}
		plain, err := s.OpenRegion(ctx, ct, t.where(column))
		return string(plain), err
	}
	if t.Words, err = open(t.WordsCT, "words"); err != nil {
		return err
	}
	t.Answer, err = open(t.AnswerCT, "answer")
	return err
}

// CaseTasks lists the tasks of a case, newest first.
func (s *Store) CaseTasks(ctx context.Context, region, caseID string) ([]*Task, error) {
	return s.tasks(ctx, s.r().NewSelect().Where("region = ? AND case_id = ?", region, caseID).Order("created_at DESC", "id DESC"))
}

// OpenTasks lists the tasks of a region that wait for an answer, soonest due first, and
// after them those that ended since a time.
func (s *Store) OpenTasks(ctx context.Context, region string, since time.Time, limit int64) ([]*Task, error) {
	return s.tasks(ctx, s.r().NewSelect().Where("region = ? AND cancelled_at IS NULL AND (done_at IS NULL OR done_at >= ?)", region, since.UTC()).
		OrderExpr("CASE WHEN done_at IS NULL THEN 0 ELSE 1 END, due_at, id").Limit(limit))
}

// Asked says of which of these cases somebody waits for an answer to a kind of task, and by
// when.
func (s *Store) Asked(ctx context.Context, region, kind string, cases []string) (map[string]time.Time, error) {
	out := map[string]time.Time{}
	if len(cases) == 0 {
		return out, nil
	}
	var list []*Task
	err := s.r().NewSelect().Model(&list).Column("case_id", "due_at").
		Where("region = ? AND kind = ? AND done_at IS NULL AND cancelled_at IS NULL AND case_id IN (?)", region, kind, bun.List(cases)).Scan(ctx)
	for _, t := range list {
		out[t.CaseID] = t.DueAt
	}
	return out, err
}

func (s *Store) tasks(ctx context.Context, q *bun.SelectQuery) ([]*Task, error) {
	var out []*Task
	if err := q.Model(&out).Scan(ctx); err != nil {
		return nil, err
	}
	for _, t := range out {
		if err := s.openTask(ctx, t); err != nil {
			return nil, err
		}
	}
	return out, nil
}
