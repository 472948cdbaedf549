// Package store keeps everything in SQLite or PostgreSQL, one file a noun. It is
// the only importer of bun. Its row types are the nouns the rest of the program
// speaks about; sealed columns are opened and closed here and nowhere else.
package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"modernc.org/sqlite" // also registers the sqlite driver

	"tanggap/internal/seal"
	"tanggap/internal/tanggap"
)

// Store is the database, or one transaction of it: inside InTx every method of
// the Store handed out reads and writes through that transaction.
type Store struct {
	write *bun.DB // SQLite: one connection, so that writers queue here and not in busy loops
	read  *bun.DB // SQLite: query_only pool; PostgreSQL: the same as write
	tx    *txState
	share *shared
	keys  *keyring
	clock tanggap.Clock
	log   *slog.Logger

	onCommit []func([]Change)
}

type txState struct {
	tx      bun.Tx
	changes []Change
	// snapshot: reads only, so rows are not locked
	snapshot bool
}

// Change says what a committed transaction touched. It carries no data: whoever
// hears it asks again for what he may see.
type Change struct {
	Region string
	CaseID string
	Unit   string
	Type   string // event type
}

// Open connects to url: a path or file: URL for SQLite, postgres:// for
// PostgreSQL. It refuses a SQLite database that would not sync on commit.
func Open(ctx context.Context, url string, master *seal.Master, clock tanggap.Clock, log *slog.Logger) (*Store, error) {
	s := &Store{share: &shared{}, keys: newKeyring(master), clock: clock, log: log}
	var err error
	if strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://") {
		err = s.openPostgres(ctx, url)
	} else {
		err = s.openSQLite(ctx, strings.TrimPrefix(url, "file:"))
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) openPostgres(ctx context.Context, url string) error {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return fmt.Errorf("database address: %w", err)
	}
	// Exec mode keeps no prepared statements, so that poolers and failovers do no harm.
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec
	cfg.RuntimeParams["timezone"] = "UTC"
	db := stdlib.OpenDB(*cfg)
	db.SetMaxOpenConns(24)
	db.SetMaxIdleConns(12)
	s.write = bun.NewDB(db, pgdialect.New())
	s.read = s.write
	if err := db.PingContext(ctx); err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	return nil
}

// maxReaders is how many connections read a SQLite file at once.
const maxReaders = 8

func (s *Store) openSQLite(ctx context.Context, path string) error {
	// busy_timeout comes first so that the pragmas after it wait too.
	dsn := "file:" + path + "?_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)"
	connector, err := openStatements(dsn+"&_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous("+synchronous+
		")&_pragma=secure_delete(1)&_pragma=cache_size(-16384)&_pragma=wal_autocheckpoint(4000)", true)
	if err != nil {
		return err
	}
	write := sql.OpenDB(connector)
	write.SetMaxOpenConns(1)
	s.write = bun.NewDB(write, sqlitedialect.New())
	// The first read makes the pragmas real; only then is synchronous worth checking.
	var tables, level int
	if err := write.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return fmt.Errorf("open database %s: %w", path, err)
	}
	if err := write.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&level); err != nil {
		return err
	}
	if level < requiredSynchronous {
		return fmt.Errorf("database %s: PRAGMA synchronous is %d, acknowledged messages could be lost; refusing to start", path, level)
	}
	if connector, err = openStatements(dsn+"&_pragma=query_only(1)&_pragma=cache_size(-4096)", false); err != nil {
		return err
	}
	read := sql.OpenDB(connector)
	read.SetMaxOpenConns(maxReaders)
	read.SetMaxIdleConns(maxReaders) // a new one costs a file handle and all its statements
	s.read = bun.NewDB(read, sqlitedialect.New())
	return nil
}

// Close releases the connections.
func (s *Store) Close() error {
	var errs []error
	if s.read != nil && s.read != s.write {
		errs = append(errs, s.read.Close())
	}
	if s.write != nil {
		errs = append(errs, s.write.Close())
	}
	return errors.Join(errs...)
}

// Postgres reports which of the two engines this is.
func (s *Store) Postgres() bool { return s.write.Dialect().Name() == dialect.PG }

// SQL is the write handle, for the job queue, migrations and backups only.
func (s *Store) SQL() *sql.DB { return s.write.DB }

// SQLTx is the transaction of a Store handed out by InTx, for the job queue only.
func (s *Store) SQLTx() *sql.Tx { return s.tx.tx.Tx }

// Clock is the clock that stamps rows.
func (s *Store) Clock() tanggap.Clock { return s.clock }

func (s *Store) now() time.Time { return s.clock.Now().UTC() }

// OnCommit registers fn to hear of every committed transaction's changes. Call it
// before the store is used.
func (s *Store) OnCommit(fn func([]Change)) { s.onCommit = append(s.onCommit, fn) }

// InTx runs fn in one transaction and commits it, durably, if fn returns nil. The
// store given to fn is bound to the transaction and must not be used after it.
// Serialisation failures and deadlocks are tried again, so fn may run more than
// once and must have no effect outside the transaction.
func (s *Store) InTx(ctx context.Context, fn func(tx *Store) error) error {
	if s.tx != nil {
		return fn(s)
	}
	for attempt := 1; ; attempt++ {
		err := s.inTx(ctx, fn)
		if err == nil || attempt == 5 || !passing(err) {
			return err
		}
	}
}

func (s *Store) inTx(ctx context.Context, fn func(tx *Store) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit this does nothing
	bound := *s
	bound.tx = &txState{tx: tx}
	if err := fn(&bound); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	s.publish(bound.tx.changes)
	return nil
}

func (s *Store) publish(changes []Change) {
	if len(changes) == 0 {
		return
	}
	for _, fn := range s.onCommit {
		fn(changes)
	}
}

// Snapshot runs fn on a store that reads one moment of the database and writes
// nothing.
func (s *Store) Snapshot(ctx context.Context, fn func(snap *Store) error) error {
	opts := &sql.TxOptions{ReadOnly: s.Postgres()}
	if s.Postgres() {
		opts.Isolation = sql.LevelRepeatableRead
	}
	tx, err := s.read.BeginTx(ctx, opts)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	bound := *s
	bound.tx = &txState{tx: tx, snapshot: true}
	return fn(&bound)
}

// passing reports whether the engine says that the same transaction may succeed
// when tried again.
func passing(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// Passing reports whether err tells of the moment and not of what was asked: the
// same work may succeed later, however often it failed by now. Work that ran out of
// time is not of that kind: it may be what takes the time.
func Passing(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code[:2] { // connection, resources, operator intervention
		case "08", "53", "57":
			return true
		}
		return passing(err)
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff { // BUSY, LOCKED, IOERR, FULL
		case 5, 6, 10, 13:
			return true
		}
		return false
	}
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.Canceled) || tanggap.CodeOf(err) == tanggap.Conflict
}

// Lock serialises transactions that share a key, until the end of this one. On
// SQLite every writing transaction is already alone.
func (s *Store) Lock(ctx context.Context, key string) error {
	if !s.Postgres() {
		return nil
	}
	_, err := s.w().NewRaw("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", key).Exec(ctx)
	return err
}

// locks reports whether a row read now should be locked until the end of the
// transaction.
func (s *Store) locks() bool { return s.tx != nil && !s.tx.snapshot && s.Postgres() }

// w is where this store writes, r where it reads.
func (s *Store) w() bun.IDB {
	if s.tx != nil {
		return s.tx.tx
	}
	return s.write
}

func (s *Store) r() bun.IDB {
	if s.tx != nil {
		return s.tx.tx
	}
	return s.read
}

// unique reports whether err is a violated unique constraint.
func unique(err error) bool {
	if err == nil {
		return false
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "23505"
	}
	return strings.Contains(err.Error(), "UNIQUE constraint failed")
}

// one maps "no row" to the domain's NotFound.
func one(err error, what string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return tanggap.Errorf(tanggap.NotFound, "%s tidak ditemukan", what)
	}
	return err
}
