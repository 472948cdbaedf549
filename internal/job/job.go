// Package job runs durable background work: a job is added in the transaction of
// the data it works on and run at least once, so every handler is idempotent and
// its arguments are ids only. It is the only importer of River.
package job

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"tanggap/internal/store"
)

// Queues. Emergencies never wait behind a flood of others.
const (
	Normal = "default"
	Urgent = "urgent"
	Slow   = "slow" // fetching files and other waiting on the outside
)

// Args are the arguments of one kind of job: a struct of ids that marshals to JSON.
type Args interface {
	Kind() string
}

// Handlers collects what the program can work on.
type Handlers struct{ workers *river.Workers }

// NewHandlers returns an empty set.
func NewHandlers() *Handlers { return &Handlers{river.NewWorkers()} }

// Handle registers fn for jobs with arguments of type T. attempt counts from 1 and
// is committed before fn runs, so work that kills the process is noticed. An error
// means: try again later, with growing pauses, up to MaxAttempts.
func Handle[T Args](h *Handlers, fn func(ctx context.Context, args T, attempt int) error) {
	river.AddWorker(h.workers, river.WorkFunc(func(ctx context.Context, j *river.Job[T]) error {
		err := fn(ctx, j.Args, j.Attempt)
		if errors.As(err, &later{}) {
			return river.JobSnooze(laterAfter)
		}
		return err
	}))
}

// laterAfter is how long a job waits for the world around it to change.
const laterAfter = 2 * time.Second

type later struct{ error }

func (l later) Unwrap() error { return l.error }

// Later wraps an error that is no fault of the job: the database is away, the
// process is ending. The job is worked on again and the try does not count.
func Later(err error) error { return later{err} }

// MaxAttempts is how often a job is tried before it is given up. Handlers put an
// item aside themselves after three tries; this is the backstop behind them.
const MaxAttempts = 12

// rescueAfter is how long a job of a dead process waits before another takes it.
const rescueAfter = 60 * time.Second

// Queue adds jobs and, once started, works on them.
type Queue struct {
	client *river.Client[*sql.Tx]
}

// Config sizes a Queue.
type Config struct {
	Workers int           // at once in the normal queue; 0 = only add jobs, work on none
	Poll    time.Duration // how soon a job added by another process is noticed; 0 = 200 ms
}

// New makes a queue on the store's database.
func New(s *store.Store, h *Handlers, cfg Config, log *slog.Logger) (*Queue, error) {
	if cfg.Poll == 0 {
		cfg.Poll = 200 * time.Millisecond
	}
	rc := &river.Config{
		Logger:                      log.With("part", "job"),
		FetchCooldown:               20 * time.Millisecond,
		FetchPollInterval:           cfg.Poll,
		JobTimeout:                  rescueAfter - 5*time.Second,
		RescueStuckJobsAfter:        rescueAfter,
		MaxAttempts:                 MaxAttempts,
		CompletedJobRetentionPeriod: time.Hour,
		DiscardedJobRetentionPeriod: 30 * 24 * time.Hour,
	}
	if cfg.Workers > 0 {
		rc.Workers = h.workers
		rc.Queues = map[string]river.QueueConfig{
			Urgent: {MaxWorkers: 2},
			Normal: {MaxWorkers: cfg.Workers},
			Slow:   {MaxWorkers: 2},
		}
	}
	client, err := river.NewClient(driver(s), rc)
	if err != nil {
		return nil, fmt.Errorf("job queue: %w", err)
	}
	return &Queue{client}, nil
}

func driver(s *store.Store) riverdriver.Driver[*sql.Tx] {
	if s.Postgres() {
		return riverdatabasesql.New(s.SQL())
	}
	return riversqlite.New(s.SQL())
}

// Migrate brings the job tables up to this program's version.
func Migrate(ctx context.Context, s *store.Store, log *slog.Logger) error {
	m, err := rivermigrate.New(driver(s), &rivermigrate.Config{Logger: log})
	if err != nil {
		return err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate job tables: %w", err)
	}
	return nil
}

// Start begins to work; the context ends with Stop, not with ctx.
func (q *Queue) Start(ctx context.Context) error { return q.client.Start(context.WithoutCancel(ctx)) }

// Stop lets running jobs finish until ctx ends, then cancels them.
func (q *Queue) Stop(ctx context.Context) error {
	if err := q.client.Stop(ctx); err == nil {
		return nil
	}
	hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return q.client.StopAndCancel(hard)
}

// Job is one piece of work to add.
type Job struct {
	Args  Args
	Queue string    // Normal if empty
	At    time.Time // not before; zero = now
}

// Add adds jobs in the transaction of tx: they exist if and only if it commits.
func (q *Queue) Add(ctx context.Context, tx *store.Store, jobs ...Job) error {
	params := make([]river.InsertManyParams, len(jobs))
	for i, j := range jobs {
		params[i] = river.InsertManyParams{Args: j.Args, InsertOpts: &river.InsertOpts{Queue: j.Queue, ScheduledAt: j.At}}
	}
	_, err := q.client.InsertManyFastTx(ctx, tx.SQLTx(), params)
	return err
}
