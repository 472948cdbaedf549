package backup

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // the pgx driver
	_ "modernc.org/sqlite"             // the sqlite driver

	"tanggap/internal/tanggap"
)

// Snapshot is a database at one moment, read-only. Writers are not held up.
type Snapshot struct {
	db       *sql.DB
	tx       *sql.Tx
	postgres bool
}

// isPostgres tells the two forms of a database address apart.
func isPostgres(address string) bool {
	return strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://")
}

// OpenSnapshot opens the database at address: a path for SQLite, postgres:// for
// PostgreSQL. It never makes a file.
func OpenSnapshot(ctx context.Context, address string) (*Snapshot, error) {
	s := &Snapshot{postgres: isPostgres(address)}
	var err error
	options := &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	if s.postgres {
		s.db, err = sql.Open("pgx", address)
	} else {
		options = nil // a deferred transaction of SQLite sees one moment by itself
		path := strings.TrimPrefix(address, "file:")
		if _, err := os.Stat(path); err != nil {
			return nil, tanggap.Errorf(tanggap.NotFound, "Basis data %s tidak ada atau tidak bisa dibaca.", path)
		}
		s.db, err = sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=query_only(1)")
	}
	if err != nil {
		return nil, fmt.Errorf("backup: open database: %w", err)
	}
	if s.tx, err = s.db.BeginTx(ctx, options); err != nil {
		return nil, errors.Join(fmt.Errorf("backup: open database: %w", err), s.db.Close())
	}
	return s, nil
}

// Close ends the snapshot.
func (s *Snapshot) Close() error {
	return errors.Join(s.tx.Rollback(), s.db.Close())
}

// query runs a query written with ? on either engine.
func (s *Snapshot) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	rows, err := s.tx.QueryContext(ctx, s.bind(query), args...)
	if err != nil {
		return nil, fmt.Errorf("backup: read database: %w", err)
	}
	return rows, nil
}

// bind writes the places of arguments as the engine wants them.
func (s *Snapshot) bind(query string) string {
	if !s.postgres {
		return query
	}
	parts := strings.Split(query, "?")
	var b strings.Builder
	for i, p := range parts[:len(parts)-1] {
		b.WriteString(p + "$" + strconv.Itoa(i+1))
	}
	return b.String() + parts[len(parts)-1]
}

// list returns the single column of a query.
func list(ctx context.Context, s *Snapshot, query string, args ...any) (out []string, err error) {
	rows, err := s.query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// number returns the single number of a query, 0 for null.
func (s *Snapshot) number(ctx context.Context, query string, args ...any) (int64, error) {
	var n sql.NullInt64
	err := s.tx.QueryRowContext(ctx, s.bind(query), args...).Scan(&n)
	return n.Int64, err
}

// Regions lists the codes of the regions in the database.
func (s *Snapshot) Regions(ctx context.Context) ([]string, error) {
	return list(ctx, s, "SELECT region FROM regions ORDER BY region")
}

// RegionsIfAny is Regions for a database that may not have its tables yet.
func (s *Snapshot) RegionsIfAny(ctx context.Context) ([]string, error) {
	query := "SELECT name FROM sqlite_schema WHERE name = 'regions'"
	if s.postgres {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = 'regions'"
	}
	if found, err := list(ctx, s, query); err != nil || len(found) == 0 {
		return nil, err
	}
	return s.Regions(ctx)
}

// Stopped lists the regions in which a restore stopped outbound.
func (s *Snapshot) Stopped(ctx context.Context) ([]string, error) {
	if regions, err := s.RegionsIfAny(ctx); err != nil || len(regions) == 0 {
		return nil, err
	}
	return list(ctx, s, "SELECT region FROM counters WHERE name = '"+OutboundOff+"' AND value > 0 ORDER BY region")
}

// CaseHead is what the search index needs of a case.
type CaseHead struct{ ID, Number, Service, Area string }

// OpenCases lists at most max cases that are not secret, by id, after the given id.
func (s *Snapshot) OpenCases(ctx context.Context, region, after string, max int) ([]CaseHead, error) {
	no := "0"
	if s.postgres {
		no = "false"
	}
	rows, err := s.query(ctx, "SELECT id, number, service, area FROM cases WHERE region = ? AND id > ? AND secret = "+no+" ORDER BY id LIMIT ?", region, after, max)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []CaseHead
	for rows.Next() {
		var c CaseHead
		if err := rows.Scan(&c.ID, &c.Number, &c.Service, &c.Area); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// Schema returns the version of the newest migration.
func (s *Snapshot) Schema(ctx context.Context) (int64, error) {
	return s.number(ctx, "SELECT max(version_id) FROM goose_db_version")
}

// Sum says what a table holds.
type Sum struct {
	Name    string   `json:"name"`
	Columns []Column `json:"columns"`
	Rows    int64    `json:"rows"`
	SHA256  string   `json:"sha256"`
}

// Sums counts and hashes every table.
func (s *Snapshot) Sums(ctx context.Context) ([]Sum, error) {
	tables, err := s.tables(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Sum, 0, len(tables))
	for _, t := range tables {
		sum, err := s.dump(ctx, t, func([]byte) error { return nil })
		if err != nil {
			return nil, err
		}
		out = append(out, sum)
	}
	return out, nil
}

// dump hands every row of t, encoded, to take and returns what it saw.
func (s *Snapshot) dump(ctx context.Context, t table, take func(row []byte) error) (Sum, error) {
	sum := Sum{Name: t.name, Columns: t.columns}
	rows, err := s.query(ctx, s.selectAll(t))
	if err != nil {
		return sum, err
	}
	defer rows.Close()
	h := sha256.New()
	values := make([]any, len(t.columns))
	places := make([]any, len(t.columns))
	for i := range values {
		places[i] = &values[i]
	}
	var buf []byte
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return sum, fmt.Errorf("backup: read %s: %w", t.name, err)
		}
		if buf, err = appendRow(buf[:0], t, values); err != nil {
			return sum, err
		}
		h.Write(buf)
		sum.Rows++
		if err := take(buf); err != nil {
			return sum, err
		}
	}
	if err := rows.Err(); err != nil {
		return sum, fmt.Errorf("backup: read %s: %w", t.name, err)
	}
	sum.SHA256 = hex.EncodeToString(h.Sum(nil))
	return sum, nil
}
