package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"
)

// shared lets transactions that wait for the one writing connection of SQLite end in
// one commit: the wait for the disk, and the pages that all of them change, are paid
// once. The last one in, or the one that fills the batch, commits for all.
type shared struct {
	waiting atomic.Int32
	mu      sync.Mutex
	open    *sharedTx
}

// sharedTx is one commit in the making.
type sharedTx struct {
	tx      bun.Tx
	members int
	began   time.Time
	done    chan struct{} // closed when it has ended
	err     error         // how; set before done is closed
}

// Limits of a shared commit: others wait for the connection too.
const (
	maxSharing = 32
	sharingFor = 20 * time.Millisecond
)

// errAgain ends a shared commit of which one member failed: nothing of it is stored,
// and the others try by themselves.
var errAgain = errors.New("shared transaction was given up")

// InShared is InTx for transactions that are many, small and seldom fail: on SQLite
// those that wait for each other share a commit. It returns once that is durable. As
// with InTx, fn may run more than once and must have no effect outside.
func (s *Store) InShared(ctx context.Context, fn func(tx *Store) error) error {
	if s.tx != nil || s.Postgres() {
		return s.InTx(ctx, fn)
	}
	b, changes, err := s.join(ctx, fn)
	if err != nil {
		return err
	}
	<-b.done
	switch {
	case errors.Is(b.err, errAgain):
		return s.InTx(ctx, fn)
	case b.err == nil:
		s.publish(changes)
	}
	return b.err
}

// join runs fn in the commit in the making, or begins one, and ends it when nobody
// else waits to join.
func (s *Store) join(ctx context.Context, fn func(tx *Store) error) (*sharedTx, []Change, error) {
	g := s.share
	g.waiting.Add(1)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting.Add(-1)
	if g.open == nil {
		// The commit belongs to all members: it does not end with the first one's caller.
		tx, err := s.write.BeginTx(context.WithoutCancel(ctx), nil)
		if err != nil {
			return nil, nil, err
		}
		g.open = &sharedTx{tx: tx, began: s.now(), done: make(chan struct{})}
	}
	b := g.open
	bound := *s
	bound.tx = &txState{tx: b.tx}
	well := false // stays so when fn panics
	defer func() {
		switch {
		case !well:
			g.end(errors.Join(errAgain, b.tx.Rollback()))
		case g.waiting.Load() == 0 || b.members >= maxSharing || s.now().Sub(b.began) > sharingFor:
			g.end(b.tx.Commit())
		}
	}()
	if err := fn(&bound); err != nil {
		return nil, nil, err
	}
	well = true
	b.members++
	return b, bound.tx.changes, nil
}

// end tells all members how their commit ended.
func (g *shared) end(err error) {
	b := g.open
	g.open = nil
	if err != nil {
		b.err = fmt.Errorf("commit: %w", err)
	}
	close(b.done)
}
