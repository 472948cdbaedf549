package intake

import "context"

// Attempt is what the queue calls for the given try; Fetch the same for files.
func (in *Intake) Attempt(ctx context.Context, region string, seq int64, attempt int) error {
	return in.process(ctx, region, seq, attempt)
}

func (in *Intake) Fetch(ctx context.Context, region, id string, attempt int) error {
	return in.fetch(ctx, region, id, attempt)
}
