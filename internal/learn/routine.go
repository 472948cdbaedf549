package learn

import (
	"context"
	"time"

	"tanggap/internal/region"
	"tanggap/internal/store"
)

const (
	// Enough new confirmed cases to learn anew.
	Enough = 50
	// shadowFor is how long a model runs in the shadow at least, and patience how long it
	// waits for cases to be compared on.
	shadowFor = 24 * time.Hour
	patience  = 14 * 24 * time.Hour
	// night is when models are learned, local hours: the machine has time.
	nightFrom, nightTo = 1, 5
)

// byRoutine stands for whoever trained or changed a model by no person's order.
const byRoutine = "otomatis"

// Step is what the routine did with a region.
type Step string

const (
	Waited   Step = "waited"
	Trained  Step = "trained"
	Promoted Step = "promoted"
	Refused  Step = "refused"
)

// Routine does the next step that is due in a region: it learns at night when enough was
// confirmed, and a day later puts the new model in force if it proved no worse, in
// training and since, and the pack leaves that to the program.
func (r *Registry) Routine(ctx context.Context, p *region.Pack) (Step, error) {
	if p.Identity.Learning == region.LearnNever {
		return Waited, nil
	}
	now := r.Store.Clock().Now()
	shadow, err := r.Store.ModelIn(ctx, p.Identity.Code, store.ModelShadow)
	if err != nil {
		return Waited, err
	}
	if shadow != nil && shadow.PackHash == p.Lesson && now.Sub(shadow.TrainedAt) < patience {
		report, err := ReportOf(shadow)
		if err != nil {
			return Waited, err
		}
		if report.Compared.Verdict == Better { // others wait for a person, or for the next one
			return r.judge(ctx, p, shadow, now)
		}
	}
	if hour := now.In(p.Location()).Hour(); hour < nightFrom || hour >= nightTo {
		return Waited, nil
	}
	enough, err := r.enough(ctx, p)
	if err != nil || !enough {
		return Waited, err
	}
	row, _, err := r.Train(ctx, p, byRoutine, false)
	switch {
	case err != nil:
		return Waited, err
	case row.State == store.ModelRefused:
		return Refused, nil
	}
	return Trained, nil
}

// judge decides about a model in the shadow that was better in training.
func (r *Registry) judge(ctx context.Context, p *region.Pack, shadow *store.Model, now time.Time) (Step, error) {
	if now.Sub(shadow.TrainedAt) < shadowFor || p.Identity.Learning != region.LearnAuto {
		return Waited, nil
	}
	since, err := r.Replay(ctx, p, shadow)
	if err != nil {
		return Waited, err
	}
	switch since.Verdict {
	case Worse:
		return Refused, r.Store.InTx(ctx, func(tx *store.Store) error {
			return tx.SetModel(ctx, p.Identity.Code, shadow.Version, store.ModelRefused, byRoutine, "")
		})
	case Better:
		return Promoted, r.Promote(ctx, p, shadow.Version, byRoutine, "")
	}
	return Waited, nil
}

// enough reports whether so much was confirmed since the last training, or the pack so
// changed, that learning pays.
func (r *Registry) enough(ctx context.Context, p *region.Pack) (bool, error) {
	last, err := r.Store.Models(ctx, p.Identity.Code, 1)
	if err != nil {
		return false, err
	}
	var from time.Time
	if len(last) > 0 && last[0].PackHash == p.Lesson {
		from = last[0].NewestAt
	}
	list, err := r.Store.ConfirmedServices(ctx, p.Identity.Code, from, Enough)
	return len(list) >= Enough, err
}
