package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"tanggap/internal/tanggap"
)

// One process per database leads: it gives events their place in the audit log,
// signs checkpoints and runs the sweeps. On SQLite it is the only one that serves.

const (
	leaderKey   = 0x74616e67676170 // "tanggap"
	leaderRetry = 5 * time.Second  // between tries to become the leader
	leaderPulse = 2 * time.Second  // between looks at the lock's connection
)

// fileLock is the lock of a process on a SQLite database.
type fileLock struct{ f *os.File }

// lockDatabase takes the lock beside a SQLite file, or fails with a tanggap.Error
// when another process serves it. The kernel frees it when the process dies.
func lockDatabase(path string) (*fileLock, error) {
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock database: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, errors.Join(tanggap.Errorf(tanggap.Conflict,
			"Proses tanggap lain sudah melayani %s. Hentikan dahulu; satu berkas SQLite dilayani satu proses. Untuk beberapa proses pakai PostgreSQL.", path), f.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock database: %w", err), f.Close())
	}
	return &fileLock{f}, nil
}

func (l *fileLock) release() error { return l.f.Close() }

// lead runs fn while this process is the leader, until ctx ends. The context of fn
// ends as soon as the lock is no longer certain.
func lead(ctx context.Context, address string, postgres bool, log *slog.Logger, fn func(context.Context) error) error {
	if !postgres {
		return fn(ctx) // lockDatabase made this the only process
	}
	for {
		err := leadOnce(ctx, address, log, fn)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			log.Warn("leading ended", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(leaderRetry):
		}
	}
}

// leadOnce tries for the session lock on a connection of its own and leads until
// that connection fails.
func leadOnce(ctx context.Context, address string, log *slog.Logger, fn func(context.Context) error) error {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return fmt.Errorf("leader connection: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var got bool
	if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", int64(leaderKey)).Scan(&got); err != nil || !got {
		return err
	}
	log.Info("this process leads")
	leading, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan error, 1)
	go func() { done <- fn(leading) }()
	pulse := time.NewTicker(leaderPulse)
	defer pulse.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-pulse.C:
		}
		// Without an answer the server may have given the lock to another process.
		look, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaderPulse)
		_, err := conn.Exec(look, "SELECT 1")
		cancel()
		if err != nil {
			stop()
			return errors.Join(fmt.Errorf("leader lock lost: %w", err), <-done)
		}
	}
}
