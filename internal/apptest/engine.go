// Package apptest is the test kit: both database engines, a clock that obeys, the
// Baubau pack, keys that exist only in the test.
package apptest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the pgx driver

	"tanggap/internal/apptest/race"
	"tanggap/internal/job"
	"tanggap/internal/region"
	"tanggap/internal/seal"
	"tanggap/internal/store"
)

// Region is the code of the region that every test store has.
const Region = "74.72"

// PostgresEnv names the variable with the address of a PostgreSQL server on which
// tests may create databases; tools/postgres.sh brings one up.
const PostgresEnv = "TANGGAP_TEST_POSTGRES"

// Each runs fn as a subtest on an empty, migrated store of each engine, with a
// Clock standing at Start (s.Clock().(*Clock)) and the keys of Region. Without
// TANGGAP_TEST_POSTGRES the second subtest is skipped, or fails where CI=true.
//
// Under the race detector it is PostgreSQL alone, where there is one: SQLite is C
// translated to Go, which the detector makes ten times slower and in which it has nothing
// of ours to see. tools/test.sh runs everything without the detector, too.
func Each(t *testing.T, fn func(t *testing.T, s *store.Store)) {
	t.Helper()
	if race.Watches && os.Getenv(PostgresEnv) != "" {
		t.Run("postgres", func(t *testing.T) { fn(t, Postgres(t)) })
		return
	}
	Both(t, fn)
}

// Both is Each for tests of what we ourselves do around SQLite, in which the detector has
// something to see.
func Both(t *testing.T, fn func(t *testing.T, s *store.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, Postgres(t)) })
}

// SQLite returns a store as Each does, in a file that ends with the test.
func SQLite(t testing.TB) *store.Store {
	t.Helper()
	return Open(t, SQLiteFile(t))
}

// Postgres returns a store as Each does, in a database that ends with the test.
func Postgres(t testing.TB) *store.Store {
	t.Helper()
	return Open(t, PostgresURL(t))
}

// Open opens another store on a migrated database, as another node would, and
// closes it at the end of the test.
func Open(t testing.TB, address string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), address, Master(t), NewClock(Start), Log())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	if err := s.AddRegion(t.Context(), Region); err != nil {
		t.Fatal(err)
	}
	return s
}

// Log returns a logger that is silent unless a test runs with TANGGAP_TEST_LOG set.
func Log() *slog.Logger {
	w := io.Discard
	if os.Getenv("TANGGAP_TEST_LOG") != "" {
		w = os.Stderr
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

var master = sync.OnceValues(func() (*seal.Master, error) {
	dir, err := os.MkdirTemp("", "tanggap-test-key")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "master.json")
	if err := seal.GenerateMaster(path); err != nil {
		return nil, err
	}
	return seal.LoadMaster(path)
})

// Master returns the master key of this test process.
func Master(t testing.TB) *seal.Master {
	t.Helper()
	m, err := master()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var pack = sync.OnceValues(func() (*region.Pack, error) {
	fsys, err := region.Embedded("baubau")
	if err != nil {
		return nil, err
	}
	return region.Load(fsys)
})

// Pack returns the Baubau pack. Do not change it: all tests of a process share it.
func Pack(t testing.TB) *region.Pack {
	t.Helper()
	p, err := pack()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ModelsDir is where tests keep the models of packs, or "": then each learns its own.
// tools/test.sh sets it, because learning takes long under the race detector.
func ModelsDir() string { return os.Getenv("TANGGAP_TEST_MODELS") }

// sqliteTemplate is the content of an empty migrated database file.
var sqliteTemplate = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "tanggap-test-template")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.db")
	if err := migrate(path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// SQLiteFile returns the path of a migrated database file without a region.
func SQLiteFile(t testing.TB) string {
	t.Helper()
	b, err := sqliteTemplate()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "tanggap.db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// PostgresServer returns the address of the test server; see Each for what happens
// without one.
func PostgresServer(t testing.TB) string {
	t.Helper()
	server := os.Getenv(PostgresEnv)
	if server == "" {
		const how = "needs PostgreSQL: export " + PostgresEnv + `="$(tools/postgres.sh start)"`
		if os.Getenv("CI") == "true" {
			t.Fatal(how)
		}
		t.Skip(how)
	}
	return server
}

// PostgresURL returns the address of a migrated database without a region, which the test
// has for itself until it ends.
func PostgresURL(t testing.TB) string {
	t.Helper()
	server := PostgresServer(t)
	template, err := postgresTemplate()
	if err != nil {
		t.Fatal(err)
	}
	name, err := lend(t, server, template)
	if err != nil {
		t.Fatalf("test database: %v", err)
	}
	return withDatabase(server, name)
}

// lend takes a database that no test of any process has: one that an earlier test left, or
// a new copy of the template. Making and dropping one for each test takes a third of a second,
// emptying it a tenth of that. A lock on the server says whose it is, and falls with its
// holder; what was left behind is removed by who comes next.
func lend(t testing.TB, server string, template template) (string, error) {
	ctx := context.Background()
	db, err := sql.Open("pgx", server)
	if err != nil {
		return "", err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return "", errors.Join(err, db.Close())
	}
	t.Cleanup(func() { // lets the lock go
		if err := errors.Join(conn.Close(), db.Close()); err != nil {
			t.Errorf("give the test database back: %v", err)
		}
	})
	for n := 1; ; n++ {
		var mine, ready bool
		if err := conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock(7473, $1)", n).Scan(&mine); err != nil {
			return "", err
		}
		if !mine {
			continue
		}
		name := fmt.Sprintf("tanggap_test_%s_%d", template.version, n)
		if err := conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&ready); err != nil {
			return "", err
		}
		if ready {
			return name, empty(ctx, withDatabase(server, name))
		}
		_, err := conn.ExecContext(ctx, "CREATE DATABASE "+name+template.options)
		return name, err
	}
}

// empty brings a database back to what its template was: whoever is still in it is put out,
// every row goes that the migrations did not write, and numbers begin at 1.
func empty(ctx context.Context, address string) error {
	db, err := sql.Open("pgx", address)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, `DO $$
DECLARE x record; filled boolean; names text := '';
BEGIN
	PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
	FOR x IN SELECT oid::regclass AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
		AND relname NOT IN ('goose_db_version', 'river_migration') LOOP
		EXECUTE format('SELECT EXISTS (SELECT FROM %s)', x.name) INTO filled;
		IF filled THEN names := names || ', ' || x.name; END IF;
	END LOOP;
	IF names <> '' THEN EXECUTE 'TRUNCATE ' || substr(names, 3) || ' CASCADE'; END IF;
	FOR x IN SELECT format('%I', sequencename) AS name FROM pg_sequences WHERE last_value IS NOT NULL AND sequencename <> 'goose_db_version_id_seq' LOOP
		EXECUTE 'ALTER SEQUENCE ' || x.name || ' RESTART';
	END LOOP;
END $$`)
	return err
}

// EmptyPostgresURL returns the address of a database without tables, which is
// dropped at the end of the test.
func EmptyPostgresURL(t testing.TB) string {
	t.Helper()
	return newDatabase(t, PostgresServer(t))
}

func newDatabase(t testing.TB, server string) string {
	t.Helper()
	db, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	name := "tanggap_test_" + strings.ToLower(rand.Text())
	if _, err := db.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := db.ExecContext(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop database: %v", err)
		}
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return withDatabase(server, name)
}

// template is what test databases are copied from.
type template struct {
	version string // of the schema
	options string // of CREATE DATABASE
}

// postgresTemplate makes a migrated template database, once for every version of
// the migrations, however many test processes ask at the same time.
var postgresTemplate = sync.OnceValues(func() (out template, err error) {
	ctx := context.Background()
	server := os.Getenv(PostgresEnv)
	if out.version, err = schemaVersion(); err != nil {
		return out, err
	}
	name := "tanggap_template_" + out.version
	db, err := sql.Open("pgx", server)
	if err != nil {
		return out, err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return out, fmt.Errorf("%s: %w", PostgresEnv, err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock(7472)"); err != nil {
		return out, err
	}
	var ready bool
	if err := conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&ready); err != nil {
		return out, err
	}
	var server15 bool
	if err := conn.QueryRowContext(ctx, "SELECT current_setting('server_version_num')::int >= 150000").Scan(&server15); err != nil {
		return out, err
	}
	out.options = " TEMPLATE " + name
	if server15 {
		out.options += " STRATEGY file_copy" // three times faster than through the log, the default since 15
	}
	if ready {
		return out, nil
	}
	if err := dropOld(ctx, conn); err != nil {
		return out, err
	}
	if _, err := conn.ExecContext(ctx, "DROP DATABASE IF EXISTS tanggap_template_new WITH (FORCE)"); err != nil {
		return out, err
	}
	if _, err := conn.ExecContext(ctx, "CREATE DATABASE tanggap_template_new"); err != nil {
		return out, err
	}
	if err := migrate(withDatabase(server, "tanggap_template_new")); err != nil {
		return out, err
	}
	_, err = conn.ExecContext(ctx, "ALTER DATABASE tanggap_template_new RENAME TO "+name)
	return out, err
})

// dropOld drops what was made for earlier schemas, unless somebody works with it.
func dropOld(ctx context.Context, conn *sql.Conn) error {
	rows, err := conn.QueryContext(ctx, `SELECT datname FROM pg_database WHERE datname LIKE 'tanggap\_test\_%\_%' AND NOT EXISTS
		(SELECT FROM pg_stat_activity AS a WHERE a.datname = pg_database.datname)`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, name := range names {
		_, _ = conn.ExecContext(ctx, "DROP DATABASE "+name) // somebody may have come in just now: then it stays
	}
	return nil
}

// schemaVersion is a hash of what decides the schema: our migrations and, by way
// of go.mod, those of the job queue.
func schemaVersion() (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	h := sha256.New()
	files, err := fs.Glob(os.DirFS(root), "internal/store/migrations/postgres/*.sql")
	if err != nil {
		return "", err
	}
	for _, name := range append(files, "go.mod") {
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %d\n", name, len(b))
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}

// moduleRoot is the folder of go.mod; tests run in the folder of their package.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no go.mod above the folder of the test")
		}
		dir = filepath.Dir(dir)
	}
}

func migrate(address string) error {
	ctx := context.Background()
	s, err := store.Open(ctx, address, nil, NewClock(Start), Log())
	if err != nil {
		return err
	}
	if err := s.Migrate(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if err := job.Migrate(ctx, s, Log()); err != nil {
		return err
	}
	return s.Close()
}

func withDatabase(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server // the connection reports what is wrong with it
	}
	u.Path = "/" + name
	return u.String()
}

// OnServer returns the address of a database of the test server.
func OnServer(t testing.TB, database string) string {
	t.Helper()
	return withDatabase(PostgresServer(t), database)
}
