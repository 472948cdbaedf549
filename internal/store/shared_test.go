package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"tanggap/internal/apptest"
	"tanggap/internal/store"
)

// TestSharedCommits holds that transactions which share a commit are still whole: one
// that fails or panics leaves nothing and takes nobody with it, and numbers have no
// gaps.
func TestSharedCommits(t *testing.T) {
	apptest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		const writers, each = 8, 12
		broken := errors.New("broken")
		var wg sync.WaitGroup
		var good atomic.Int64
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					err := shared(ctx, s, func(tx *store.Store) error {
						if _, err := tx.Take(ctx, apptest.Region, "shared", 1); err != nil {
							return err
						}
						if _, err := tx.Take(ctx, apptest.Region, fmt.Sprintf("w%d", w), 1); err != nil {
							return err
						}
						switch {
						case w == 0 && i%3 == 0:
							return broken
						case w == 1 && i%4 == 0:
							panic(broken)
						}
						return nil
					})
					fails := w == 0 && i%3 == 0 || w == 1 && i%4 == 0
					if fails != errors.Is(err, broken) || !fails && err != nil {
						t.Errorf("writer %d, turn %d: %v", w, i, err)
					}
					if err == nil {
						good.Add(1)
					}
				}
			})
		}
		wg.Wait()
		if n, err := s.Counter(ctx, apptest.Region, "shared"); err != nil || n != good.Load() {
			t.Errorf("%d are stored of %d, %v", n, good.Load(), err)
		}
		for w, want := range []int64{8, 9, 12} {
			if n, err := s.Counter(ctx, apptest.Region, fmt.Sprintf("w%d", w)); err != nil || n != want {
				t.Errorf("writer %d stored %d of %d, %v", w, n, want, err)
			}
		}
		ended, cancel := context.WithCancel(ctx)
		cancel()
		err := s.InShared(ended, func(tx *store.Store) error {
			_, err := tx.Take(ended, apptest.Region, "shared", 1)
			return err
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("with an ended context: %v", err)
		}
		if err := s.InShared(ctx, func(tx *store.Store) error {
			_, err := tx.Take(ctx, apptest.Region, "shared", 1)
			return err
		}); err != nil {
			t.Errorf("after all that: %v", err)
		}
	})
}

// shared is InShared with a panic as an error.
func shared(ctx context.Context, s *store.Store, fn func(tx *store.Store) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = p.(error)
		}
	}()
	return s.InShared(ctx, fn)
}
