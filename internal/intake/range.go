package intake

import (
	"context"
	"errors"

	"tanggap/internal/job"
	"tanggap/internal/store"
)

// processRange works on a few items with one job. What is left of them after a first
// try gets jobs of its own, so that neither an error nor the end of the process over
// one item is held against the others.
func (in *Intake) processRange(ctx context.Context, a ProcessArgs, attempt int) error {
	if attempt > 1 {
		return in.single(ctx, a)
	}
	var errs []error
	for seq := a.Seq; seq <= a.Last; seq++ {
		errs = append(errs, in.process(ctx, a.Region, seq, 1))
	}
	return errors.Join(errs...)
}

// single gives every item of a range that has no outcome yet a job of its own.
func (in *Intake) single(ctx context.Context, a ProcessArgs) error {
	return in.Store.InTx(ctx, func(tx *store.Store) error {
		var jobs []job.Job
		for seq := a.Seq; seq <= a.Last; seq++ {
			row, err := tx.Inbound(ctx, a.Region, seq)
			if err != nil {
				return err
			}
			if row.State == store.InboundPending {
				jobs = append(jobs, job.Job{Args: ProcessArgs{Region: a.Region, Seq: seq}})
			}
		}
		if len(jobs) == 0 {
			return nil
		}
		return in.Queue.Add(ctx, tx, jobs...)
	})
}
