package audit

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Pending is an event that is written but has no place in the log yet.
type Pending struct {
	ID   string
	Leaf []byte
}

// Batch is what one sequencing step writes. Event IDs[i] gets seq First+i; stored
// hash Hashes[i] gets index FirstHash+i; the new head is First+len(IDs).
type Batch struct {
	First     int64
	IDs       []string
	FirstHash int64
	Hashes    []tlog.Hash
}

// Tx is one region's log inside one database transaction. The caller commits it,
// and sees to it that one leader sequences a region at a time.
type Tx interface {
	Tree
	// Pending returns at most max events without a seq, oldest first, the events
	// of one case by case version.
	Pending(ctx context.Context, max int) ([]Pending, error)
	// Append writes the batch and moves the head. It must fail if the head is not
	// b.First or one of the events already has a seq, so that a second leader
	// rolls back instead of forking history.
	Append(ctx context.Context, b Batch) error
}

// Sequence gives at most max pending events their place in the log and returns
// how many it took; 0 means none waits. It judges no leaf: one that was damaged
// while waiting is sequenced as it stands and reported by Verify, so that bad
// bytes never stop the history of a region.
func Sequence(ctx context.Context, tx Tx, max int) (int, error) {
	pending, err := tx.Pending(ctx, max)
	if err != nil {
		return 0, fmt.Errorf("audit: pending events: %w", err)
	}
	if len(pending) == 0 {
		return 0, nil
	}
	size, err := tx.Head(ctx)
	if err != nil {
		return 0, fmt.Errorf("audit: head: %w", err)
	}
	edge := frontier{size: size}
	if indexes := frontierIndexes(size); len(indexes) > 0 {
		if edge.roots, err = tx.Hashes(ctx, indexes); err != nil {
			return 0, fmt.Errorf("audit: stored hashes: %w", err)
		}
		if len(edge.roots) != len(indexes) {
			return 0, fmt.Errorf("audit: %d stored hashes, asked for %d", len(edge.roots), len(indexes))
		}
	}
	b := Batch{First: size, FirstHash: tlog.StoredHashCount(size), IDs: make([]string, 0, len(pending))}
	for _, p := range pending {
		b.IDs = append(b.IDs, p.ID)
		b.Hashes = edge.add(tlog.RecordHash(p.Leaf), b.Hashes)
	}
	if err := tx.Append(ctx, b); err != nil {
		return 0, fmt.Errorf("audit: append at %d: %w", size, err)
	}
	return len(pending), nil
}
