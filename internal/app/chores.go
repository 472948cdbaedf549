package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"tanggap/internal/audit"
	"tanggap/internal/casework"
	"tanggap/internal/edition"
	"tanggap/internal/intake"
	"tanggap/internal/job"
	"tanggap/internal/region"
	"tanggap/internal/report"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// chores are what the leader does beside the jobs. Each is a sweep over the
// database that may be stopped and repeated at any point.
type chores struct {
	store   *store.Store
	packs   *region.Registry
	desk    *casework.Desk
	queue   *job.Queue
	history *history
	reports *report.Office
	log     *slog.Logger
	watch   func(ctx context.Context) (wait func())
	fetch   func(ctx context.Context) (wait func())
	learn   func(ctx context.Context) (wait func())
	count   func(ctx context.Context) (wait func())

	signed   map[string]signature         // by region: the newest checkpoint
	last     map[string]int64             // by region: the inbound number written down
	asked    map[string]map[int64]int64   // by region: when an overdue inbound was queued again, Unix seconds
	reported map[string]string            // by region: the newest report that is there
	moved    map[string]map[string]string // by region: cases whose step fails, with the reason logged once
}

type signature struct {
	size int64
	at   time.Time
}

func newChores(a *App) *chores {
	return &chores{store: a.store, packs: a.packs, desk: a.desk, queue: a.queue, history: a.history, reports: a.reports, log: a.log.With("part", "leader"), watch: a.watchAccounts, fetch: a.fetchMail, learn: a.learnCases, count: a.keepFigures,
		signed: map[string]signature{}, last: map[string]int64{}, asked: map[string]map[int64]int64{}, moved: map[string]map[string]string{}, reported: map[string]string{}}
}

const (
	pulse      = time.Second
	overdue    = 30 * time.Second // an inbound that waits longer may have lost its job
	askAgain   = 10 * time.Minute // between new jobs for the same inbound
	draftLife  = 7 * 24 * time.Hour
	rawLife    = 30 * 24 * time.Hour // of deliveries as they came
	sweepBatch = 200
)

// run works until ctx ends and then signs a last checkpoint.
func (c *chores) run(ctx context.Context) error {
	defer c.watch(ctx)()
	defer c.fetch(ctx)()
	defer c.learn(ctx)()
	defer c.count(ctx)()
	tick := time.NewTicker(pulse)
	defer tick.Stop()
	for n := 0; ; n++ {
		for _, p := range c.packs.All() {
			// A chore that fails, as when the database is away, is told here, at the end
			// of the line, and tried again at the next tick.
			if err := c.pass(ctx, p, n); err != nil && ctx.Err() == nil {
				c.log.Error("sweep failed", "region", p.Identity.Code, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return c.finish(context.WithoutCancel(ctx))
		case <-tick.C:
		}
	}
}

// pass is one round of a region; slower chores come every so many rounds.
func (c *chores) pass(ctx context.Context, p *region.Pack, n int) error {
	code := p.Identity.Code
	errs := []error{c.sequence(ctx, code), c.witness(ctx, code), c.steps(ctx, p)}
	if n%10 == 0 {
		errs = append(errs, c.forgotten(ctx, code))
	}
	if n%5 == 0 {
		errs = append(errs, c.enforce(ctx, code))
	}
	if n%60 == 0 {
		errs = append(errs, c.recalculate(ctx, p), c.succeed(ctx, p), c.report(ctx, p))
	}
	if n%600 == 0 {
		errs = append(errs, c.store.SweepDrafts(ctx, code, c.store.Clock().Now().Add(-draftLife)), c.store.SweepSessions(ctx),
			c.store.SweepRaw(ctx, code, c.store.Clock().Now().Add(-rawLife)))
	}
	return errors.Join(errs...)
}

// finish leaves nothing unsigned at an orderly end.
func (c *chores) finish(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var errs []error
	for _, p := range c.packs.All() {
		code := p.Identity.Code
		errs = append(errs, c.sequence(ctx, code), c.witness(ctx, code))
		size, err := c.store.AuditLog(code).Head(ctx)
		if err == nil && size > c.signed[code].size {
			err = c.history.checkpoint(ctx, c.store, code)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// sequence gives waiting events their place in the log, and signs when enough of
// them, or enough time, went by.
func (c *chores) sequence(ctx context.Context, code string) error {
	for {
		// Looking first keeps an idle system from writing.
		waiting, err := c.store.AuditLog(code).Pending(ctx, 1)
		if err != nil || len(waiting) == 0 {
			return errors.Join(err, c.sign(ctx, code))
		}
		err = c.store.InTx(ctx, func(tx *store.Store) error {
			_, err := audit.Sequence(ctx, tx.AuditLog(code), checkpointEvents)
			return err
		})
		if err != nil {
			return fmt.Errorf("sequence events: %w", err)
		}
		if err := c.sign(ctx, code); err != nil {
			return err
		}
	}
}

func (c *chores) sign(ctx context.Context, code string) error {
	size, err := c.store.AuditLog(code).Head(ctx)
	if err != nil {
		return err
	}
	now := c.store.Clock().Now()
	old, known := c.signed[code]
	if !known {
		newest, ok, err := c.history.file(code).Newest()
		if err != nil {
			return err
		}
		if ok {
			old = signature{newest.Size, newest.At}
		}
		c.signed[code] = old
	}
	if size == old.size || size-old.size < checkpointEvents && now.Sub(old.at) < checkpointEvery {
		return nil
	}
	if err := c.history.checkpoint(ctx, c.store, code); err != nil {
		return err
	}
	c.signed[code] = signature{size, now}
	return nil
}

// witness writes the last committed inbound number beside the database.
func (c *chores) witness(ctx context.Context, code string) error {
	n, err := c.store.LastInbound(ctx, code)
	if err != nil || n == c.last[code] {
		return err
	}
	if err := c.history.witness(code, n); err != nil {
		return err
	}
	c.last[code] = n
	return nil
}

// steps does what cases are due for. A case whose step fails is told once and does
// not hold up the others.
func (c *chores) steps(ctx context.Context, p *region.Pack) error {
	due, err := c.store.DueSteps(ctx, p.Identity.Code, c.store.Clock().Now(), sweepBatch)
	if err != nil {
		return err
	}
	failed := map[string]string{}
	for _, x := range due {
		err := c.store.InTx(ctx, func(tx *store.Store) error {
			fresh, err := tx.Case(ctx, x.Region, x.ID)
			if err != nil {
				return err
			}
			return c.desk.Step(ctx, tx, p, fresh)
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil || tanggap.CodeOf(err) == tanggap.Conflict {
			continue // a person was faster; the next round sees what is left
		}
		failed[x.ID] = err.Error()
		if c.moved[p.Identity.Code][x.ID] != err.Error() {
			c.log.Error("case step failed", "region", x.Region, "case", x.ID, "step", x.NextStep, "error", err)
		}
	}
	c.moved[p.Identity.Code] = failed
	return nil
}

// forgotten queues inbounds again whose job is overdue or gone, as after a restore.
// Processing is idempotent, so one too many does no harm.
func (c *chores) forgotten(ctx context.Context, code string) error {
	now := c.store.Clock().Now()
	seqs, err := c.store.PendingInbounds(ctx, code, now.Add(-overdue), sweepBatch)
	if err != nil {
		return err
	}
	asked := map[int64]int64{}
	var jobs []job.Job
	for _, seq := range seqs {
		at, before := c.asked[code][seq]
		if before && now.Unix()-at < int64(askAgain/time.Second) {
			asked[seq] = at
			continue
		}
		asked[seq] = now.Unix()
		jobs = append(jobs, job.Job{Args: intake.ProcessArgs{Region: code, Seq: seq}})
	}
	if len(jobs) > 0 {
		err = c.store.InTx(ctx, func(tx *store.Store) error { return c.queue.Add(ctx, tx, jobs...) })
		if err != nil {
			return fmt.Errorf("queue forgotten inbounds: %w", err)
		}
		c.log.Warn("inbounds queued again", "region", code, "count", len(jobs))
	}
	c.asked[code] = asked
	return nil
}

// report asks for the report of the month that is over, once the first working day has
// begun; of a month in which the region had no case there is none.
func (c *chores) report(ctx context.Context, p *region.Pack) error {
	name := report.Due(p, c.store.Clock().Now())
	if name == "" || c.reported[p.Identity.Code] == name {
		return nil
	}
	n, err := report.ParseName(name)
	if err != nil {
		return err
	}
	there, err := c.store.HasReport(ctx, p.Identity.Code, name)
	if err != nil {
		return err
	}
	if !there {
		first, err := c.store.FirstFigureDay(ctx, p.Identity.Code)
		if err != nil || first == "" || first[:7] > name {
			return err
		}
		if err := c.store.InTx(ctx, func(tx *store.Store) error { return c.reports.Order(ctx, tx, p, n, report.System) }); err != nil {
			return fmt.Errorf("ask for the report of %s: %w", name, err)
		}
	}
	c.reported[p.Identity.Code] = name
	return nil
}

// recalculate moves open deadlines to the pack in force.
func (c *chores) recalculate(ctx context.Context, p *region.Pack) error {
	after := ""
	for {
		open, err := c.store.OpenDeadlines(ctx, p.Identity.Code, p.Version, after, sweepBatch)
		if err != nil || len(open) == 0 {
			return err
		}
		for _, d := range open {
			err := c.store.InTx(ctx, func(tx *store.Store) error {
				x, err := tx.Case(ctx, d.Region, d.CaseID)
				if err != nil {
					return err
				}
				return c.desk.Recalculate(ctx, tx, p, x)
			})
			if err != nil && tanggap.CodeOf(err) != tanggap.Conflict {
				return fmt.Errorf("recalculate case %s: %w", d.CaseID, err)
			}
		}
		after = open[len(open)-1].ID
	}
}

// enforce puts the draft of a pack in force when its day has come.
func (c *chores) enforce(ctx context.Context, code string) error {
	done, err := edition.Due(ctx, c.store, code)
	if done {
		c.log.Info("a scheduled pack is in force", "region", code)
	}
	return err
}

// succeed lets open cases follow what the pack in force has retired.
func (c *chores) succeed(ctx context.Context, p *region.Pack) error {
	services, units := p.Succession()
	if len(services)+len(units) == 0 {
		return nil
	}
	list, err := c.store.CasesWith(ctx, p.Identity.Code, services, units, sweepBatch)
	if err != nil {
		return err
	}
	for _, id := range list {
		err := c.store.InTx(ctx, func(tx *store.Store) error {
			x, err := tx.Case(ctx, p.Identity.Code, id)
			if err != nil {
				return err
			}
			return c.desk.Succeed(ctx, tx, p, x)
		})
		if err != nil && tanggap.CodeOf(err) != tanggap.Conflict {
			return fmt.Errorf("case %s follows its service: %w", id, err)
		}
	}
	return nil
}
