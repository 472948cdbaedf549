package store_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

func TestPassing(t *testing.T) {
	pg := func(code string) error { return fmt.Errorf("write: %w", &pgconn.PgError{Code: code}) }
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"deadlock":             {pg("40P01"), true},
		"server shutting down": {pg("57P01"), true},
		"disk full":            {pg("53100"), true},
		"bad value":            {pg("22001"), false},
		"duplicate":            {pg("23505"), false},
		"connection lost":      {fmt.Errorf("read: %w", driver.ErrBadConn), true},
		"process ends":         {context.Canceled, true},
		"out of time":          {fmt.Errorf("work: %w", context.DeadlineExceeded), false},
		"changed meanwhile":    {tanggap.Errorf(tanggap.Conflict, "x"), true},
		"not possible":         {tanggap.Errorf(tanggap.Invalid, "x"), false},
		"panic":                {errors.New("panic: index out of range"), false},
	} {
		if got := store.Passing(c.err); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
