package intake

import (
	"context"
	"time"

	"tanggap/internal/region"
)

// Attempt is what the queue calls for the given try; Fetch the same for files.
func (in *Intake) Attempt(ctx context.Context, region string, seq int64, attempt int) error {
	return in.process(ctx, region, seq, attempt)
}

func (in *Intake) Fetch(ctx context.Context, region, id string, attempt int) error {
	return in.fetch(ctx, region, id, attempt)
}

// ReadOrder is how a leader's answer to a brief is read.
func ReadOrder(words string, p *region.Pack, now time.Time) (matter int, sure bool, unit, kind, rest string, due time.Time) {
	o := readOrder(words, p)
	return o.matter, o.sure, o.unit, o.kind, o.words, o.due(now, p.Location())
}
