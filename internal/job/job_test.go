package job_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tanggap/internal/apptest"
	"tanggap/internal/job"
	"tanggap/internal/store"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("database/sql.(*DB).connectionOpener"))
}

type args struct {
	ID string `json:"id"`
}

func (args) Kind() string { return "test" }

// TestLaterCostsNoTry holds that work put off by the world around it is done in the
// end, and still as its first try.
func TestLaterCostsNoTry(t *testing.T) {
	apptest.Both(t, func(t *testing.T, s *store.Store) {
		h := job.NewHandlers()
		attempts := make(chan int, 8)
		job.Handle(h, func(_ context.Context, _ args, attempt int) error {
			attempts <- attempt
			if len(attempts) == 1 {
				return job.Later(errors.New("the database is away"))
			}
			return nil
		})
		q, err := job.New(s, h, job.Config{Workers: 1, Poll: 20 * time.Millisecond}, apptest.Log())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.InTx(t.Context(), func(tx *store.Store) error { return q.Add(t.Context(), tx, job.Job{Args: args{"1"}}) }); err != nil {
			t.Fatal(err)
		}
		if err := q.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := q.Stop(context.Background()); err != nil {
				t.Error(err)
			}
		}()
		deadline := time.After(60 * time.Second)
		for len(attempts) < 2 {
			select {
			case <-deadline:
				t.Fatal("the job was not worked on again")
			case <-time.After(20 * time.Millisecond):
			}
		}
		if first, second := <-attempts, <-attempts; first != 1 || second != 1 {
			t.Errorf("tries %d and %d", first, second)
		}
	})
}
