// Package intake takes what people send: it writes every delivery durably before
// anybody is told that it arrived, and turns each of its items into exactly one
// outcome: words in one case, a status, something that needs no case, or the
// quarantine where a person looks at it.
package intake

import (
	"context"
	"log/slog"

	"tanggap/internal/casework"
	"tanggap/internal/channel"
	"tanggap/internal/job"
	"tanggap/internal/media"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/similar"
	"tanggap/internal/store"
	"tanggap/internal/triage"
)

// Intake receives and processes deliveries of every channel.
type Intake struct {
	Store    *store.Store
	Queue    *job.Queue
	Packs    *region.Registry
	Desk     *casework.Desk
	Outbox   *notify.Outbox
	Engine   func(*region.Pack) *triage.Engine
	Similar  *similar.Book                   // finds cases about the same matter
	Readers  map[channel.Way]channel.Reader  // of each way that is open
	Fetchers map[channel.Way]channel.Fetcher // a way without one brings its files along
	Accounts map[channel.Way][]string        // the ids of our own accounts; others' mail is put aside
	Media    media.Store
	Sign     func(ctx context.Context, tx *store.Store, region, channel string, s channel.AccountSign) error
	Sanitise func(ctx context.Context, data []byte) (media.Clean, error) // cleans a hostile file
	Status   func(ctx context.Context, tx *store.Store, region string, s channel.Status) error
	Log      *slog.Logger

	receiver
}

// ProcessArgs names one inbound to process, or with Last a few that came together.
type ProcessArgs struct {
	Region string `json:"region"`
	Seq    int64  `json:"seq"`
	Last   int64  `json:"last,omitempty"`
}

// Kind implements job.Args.
func (ProcessArgs) Kind() string { return "intake.process" }

// MediaArgs names one attachment whose file must be fetched, cleaned and sealed.
type MediaArgs struct {
	Region string `json:"region"`
	ID     string `json:"id"`
}

// Kind implements job.Args.
func (MediaArgs) Kind() string { return "intake.media" }

// Register tells the job queue how to work on what intake adds to it.
func (in *Intake) Register(h *job.Handlers) {
	job.Handle(h, func(ctx context.Context, a ProcessArgs, attempt int) error {
		if a.Last > a.Seq {
			return in.processRange(ctx, a, attempt)
		}
		return in.process(ctx, a.Region, a.Seq, attempt)
	})
	job.Handle(h, func(ctx context.Context, a MediaArgs, attempt int) error {
		return in.fetch(ctx, a.Region, a.ID, attempt)
	})
	job.Handle(h, func(ctx context.Context, a ForwardArgs, _ int) error { return in.Forgotten(ctx, a.Region, a.ID) })
}
