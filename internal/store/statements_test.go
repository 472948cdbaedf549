package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestExtract(t *testing.T) {
	for _, tt := range []struct {
		name, query, text string // text "" = left alone
		values            []any
	}{
		{"texts and numbers", `SELECT "a" FROM "t" WHERE (region = '74.72' AND seq = 12) LIMIT 20`, `SELECT "a" FROM "t" WHERE (region = ? AND seq = ?) LIMIT 20`, []any{"74.72", int64(12)}},
		{"values", `INSERT INTO "t" ("a", "b2") VALUES ('it''s', X'00ff', -5, 0.5, 1e-07, NULL, TRUE)`, `INSERT INTO "t" ("a", "b2") VALUES (?, ?, -?, ?, ?, NULL, TRUE)`, []any{"it's", []byte{0, 255}, int64(5), 0.5, 1e-07}},
		{"list", "DELETE FROM t WHERE a IN (1, 2,3)", "DELETE FROM t WHERE a IN (?, ?,?)", []any{int64(1), int64(2), int64(3)}},
		{"empty text and blob", `SELECT '', X''`, `SELECT ?, ?`, []any{"", []byte{}}},
		{"only quotes", `SELECT ''''''`, `SELECT ?`, []any{"''"}},
		{"name with digits", `SELECT t1.x2 FROM t1 WHERE t1.x2=1`, `SELECT t1.x2 FROM t1 WHERE t1.x2=?`, []any{int64(1)}},
		{"quoted name like a value", `SELECT "'a'", "b?" FROM t`, `SELECT "'a'", "b?" FROM t`, nil},
		{"no value", "select count(*) from t", "select count(*) from t", nil},
		{"places of its own", "SELECT * FROM t WHERE a = ? AND b = 'x'", "", nil},
		{"two statements", "SELECT 'a'; DELETE FROM t", "", nil},
		{"tables", "CREATE TABLE t (a TEXT DEFAULT 'x')", "", nil},
		{"pragma", "PRAGMA user_version = 3", "", nil},
		{"comment", "SELECT 1 -- 'a", "", nil},
		{"open text", "SELECT 'a", "", nil},
		{"odd blob", "SELECT X'abc'", "", nil},
		{"number too long", "SELECT (99999999999999999999)", "", nil},
		{"hexadecimal", "SELECT (0x10)", "", nil},
		{"too many values", "SELECT (1" + strings.Repeat(",1", maxValues) + ")", "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text, args, ok := extract(tt.query)
			if !ok {
				if tt.text != "" {
					t.Fatal("was left alone")
				}
				return
			}
			var values []any
			for i, a := range args {
				if a.Ordinal != i+1 {
					t.Errorf("value %d has the place %d", i, a.Ordinal)
				}
				values = append(values, a.Value)
			}
			if text != tt.text || fmt.Sprintf("%#v", values) != fmt.Sprintf("%#v", tt.values) {
				t.Errorf("%s\n%#v", text, values)
			}
		})
	}
}

// literals are two handles on empty databases: one that keeps statements, and one
// that parses every text as it is.
func literals(t testing.TB) (keeps, plain *sql.DB) {
	t.Helper()
	c, err := openStatements("file:"+filepath.Join(t.TempDir(), "a.db"), true)
	if err != nil {
		t.Fatal(err)
	}
	keeps = sql.OpenDB(c)
	if plain, err = sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "b.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keeps.Close(); plain.Close() })
	keeps.SetMaxOpenConns(1)
	plain.SetMaxOpenConns(1)
	return keeps, plain
}

// TestLiteralsMeanTheSame holds that a value is the same to SQLite whether it stands
// in the text or beside it.
func TestLiteralsMeanTheSame(t *testing.T) {
	keeps, plain := literals(t)
	literal := rapid.OneOf(
		rapid.Map(rapid.String(), func(s string) string {
			return "'" + strings.ReplaceAll(strings.ReplaceAll(s, "\x00", ""), "'", "''") + "'"
		}),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return "X'" + hex.EncodeToString(b) + "'" }),
		rapid.Map(rapid.Int64(), func(i int64) string { return fmt.Sprint(i) }),
		rapid.Map(rapid.Float64Range(-1e30, 1e30), func(f float64) string { return fmt.Sprint(f) }),
		rapid.SampledFrom([]string{"NULL", "TRUE", "FALSE", "-0", "''", "X''"}),
	)
	rapid.Check(t, func(r *rapid.T) {
		list := rapid.SliceOfN(literal, 1, 6).Draw(r, "literals")
		for i, l := range list {
			list[i] = fmt.Sprintf("typeof(%s) || quote(%s)", l, l)
		}
		query := "SELECT " + strings.Join(list, " || ")
		var got, want string
		if err := keeps.QueryRow(query).Scan(&got); err != nil {
			r.Fatalf("%s: %v", query, err)
		}
		if err := plain.QueryRow(query).Scan(&want); err != nil {
			r.Fatalf("%s: %v", query, err)
		}
		if got != want {
			r.Fatalf("%s: %s, not %s", query, got, want)
		}
	})
}

// TestStatementsAreShared holds that a statement may be asked again while its rows are
// still read, that a table may change under it, and that the memory is bounded.
func TestStatementsAreShared(t *testing.T) {
	db, _ := literals(t)
	ctx := context.Background()
	do := func(q string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(ctx, q, args...); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	do("CREATE TABLE t (a TEXT)")
	for _, v := range []string{"x", "y", "z"} {
		do("INSERT INTO t (a) VALUES ('" + v + "')")
	}
	seen := pairs(t, db)
	if want := []string{"xx", "yy", "zz"}; !slices.Equal(seen, want) {
		t.Errorf("read %v", seen)
	}
	do("ALTER TABLE t ADD COLUMN b TEXT")
	do("UPDATE t SET b = 'new' WHERE a = 'x'")
	rows, err := db.QueryContext(ctx, "SELECT * FROM t WHERE a >= 'x' ORDER BY a")
	if err != nil {
		t.Fatal(err)
	}
	if columns, err := rows.Columns(); err != nil || len(columns) != 2 {
		t.Errorf("columns %v, %v", columns, err)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if err := rows.Close(); err != nil { //nolint:sqlclosecheck // what follows wants the connection back
		t.Fatal(err)
	}
	for i := range 3 * maxKept {
		do(fmt.Sprintf("SELECT 'v' AS n%d", i))
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.Raw(func(c any) error {
		if n := len(c.(*liteConn).known); n == 0 || n > maxKept {
			return fmt.Errorf("%d statements are kept", n)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

func FuzzExtract(f *testing.F) {
	f.Add("SELECT 'a', X'00', 1.5e-7, -3 FROM \"t\"")
	f.Add("INSERT INTO t VALUES ('it''s', 12)")
	f.Add("select `a`, 'x")
	f.Fuzz(func(t *testing.T, query string) {
		text, values, ok := extract(query)
		if !ok {
			return
		}
		again, none, ok := extract(strings.ReplaceAll(text, "?", " NULL "))
		if ok && len(none) > 0 {
			t.Errorf("%q keeps values: %q", query, again)
		}
		if len(values) > maxValues {
			t.Errorf("%d values", len(values))
		}
	})
}

// pairs reads t while it reads t: the same statement twice at once.
func pairs(t *testing.T, db *sql.DB) (seen []string) {
	t.Helper()
	ctx := context.Background()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	outer, err := tx.QueryContext(ctx, "SELECT a FROM t WHERE a >= 'x' ORDER BY a")
	if err != nil {
		t.Fatal(err)
	}
	defer outer.Close()
	for outer.Next() {
		var a, n string
		if err := outer.Scan(&a); err != nil {
			t.Fatal(err)
		}
		if err := tx.QueryRowContext(ctx, "SELECT a FROM t WHERE a >= '"+a+"' ORDER BY a").Scan(&n); err != nil {
			t.Fatal(err)
		}
		seen = append(seen, a+n)
	}
	if err := outer.Err(); err != nil {
		t.Fatal(err)
	}
	return seen
}
