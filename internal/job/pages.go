package job

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
	"riverqueue.com/riverui"
)

// Counts are the jobs of all regions by what becomes of them.
type Counts struct {
	Waiting  int // now or at a later time
	Running  int
	Retrying int // failed, and will be tried again
	GivenUp  int // failed MaxAttempts times, within the last 30 days
	Done     int // within the last hour
}

// Counts counts the jobs as they are now.
func (q *Queue) Counts(ctx context.Context) (Counts, error) {
	n, err := q.client.Driver().GetExecutor().JobCountByAllStates(ctx, &riverdriver.JobCountByAllStatesParams{})
	if err != nil {
		return Counts{}, fmt.Errorf("count jobs: %w", err)
	}
	return Counts{Waiting: n[rivertype.JobStateAvailable] + n[rivertype.JobStateScheduled] + n[rivertype.JobStatePending], Running: n[rivertype.JobStateRunning],
		Retrying: n[rivertype.JobStateRetryable], GivenUp: n[rivertype.JobStateDiscarded], Done: n[rivertype.JobStateCompleted]}, nil
}

// Pages are River's own pages about the jobs, for addresses under prefix, until ctx ends.
// They ask nobody who he is: whoever mounts them does.
func (q *Queue) Pages(ctx context.Context, prefix string, log *slog.Logger) (http.Handler, error) {
	h, err := riverui.NewHandler(&riverui.HandlerOpts{Endpoints: riverui.NewEndpoints(q.client, nil), Logger: log, Prefix: prefix})
	if err != nil {
		return nil, fmt.Errorf("pages of jobs: %w", err)
	}
	if err := h.Start(ctx); err != nil {
		return nil, fmt.Errorf("pages of jobs: %w", err)
	}
	return h, nil
}
