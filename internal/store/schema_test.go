package store_test

import (
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tanggap/internal/apptest"
	"tanggap/internal/store"
)

// schema is what both engines must agree on: table -> column -> "kind" or "kind
// null", and the unique keys of a table as sorted lists of columns, primary first.
type schema struct {
	Columns map[string]map[string]string
	Keys    map[string][]string
}

// notRegional are the tables whose keys need not lead with region: people and
// their log-in sessions belong to no single region; migrations and jobs come with
// their libraries.
var notRegional = []string{"officers", "officer_roles", "officer_tokens", "officer_codes", "officer_identities", "officer_logins", "sessions"}

// ours tells our regional and global tables from those of libraries and from the
// search index, which is the one part that is made differently on purpose.
func ours(table string) bool {
	return !strings.HasPrefix(table, "river_") && !strings.HasPrefix(table, "goose_") &&
		!strings.HasPrefix(table, "sqlite_") && !strings.HasPrefix(table, "case_search")
}

func tables(t testing.TB, s *store.Store) map[string]bool {
	t.Helper()
	query := "SELECT name FROM sqlite_schema WHERE type = 'table'"
	if s.Postgres() {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
	}
	out := map[string]bool{}
	for _, row := range queryText(t, s, query) {
		if ours(row[0]) {
			out[row[0]] = true
		}
	}
	return out
}

// queryText runs a query whose columns are all text, at most three.
func queryText(t testing.TB, s *store.Store, query string, args ...any) (out [][3]string) {
	t.Helper()
	rows, err := s.SQL().QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var row [3]string
		if err := rows.Scan([]any{&row[0], &row[1], &row[2]}[:len(columns)]...); err != nil {
			t.Fatal(err)
		}
		out = append(out, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// kinds gives both engines' types one name. SQLite has no times and truth values:
// what they look like there is decided by the name of the column.
var kinds = map[string]string{
	"TEXT": "text", "INTEGER": "number", "BLOB": "bytes", "REAL": "real",
	"text": "text", "bigint": "number", "bytea": "bytes", "double precision": "real",
	"boolean": "number", "timestamp with time zone": "text",
}

func readSchema(t testing.TB, s *store.Store) schema {
	t.Helper()
	out := schema{map[string]map[string]string{}, map[string][]string{}}
	for table := range tables(t, s) {
		columns, keys := map[string]string{}, []string{}
		if s.Postgres() {
			for _, c := range queryText(t, s, "SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1", table) {
				columns[c[0]] = column(t, table, c[0], c[1], c[2] == "YES")
			}
			for _, k := range queryText(t, s, `SELECT string_agg(a.attname, ' ' ORDER BY array_position(i.indkey::int2[], a.attnum)), CASE WHEN i.indisprimary THEN 'primary' ELSE 'unique' END
				FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
				WHERE i.indrelid = $1::regclass AND i.indisunique GROUP BY i.indexrelid, i.indisprimary`, table) {
				keys = append(keys, k[1]+" "+k[0])
			}
		} else {
			for _, c := range queryText(t, s, "SELECT name, type, CASE WHEN \"notnull\" = 0 THEN 'YES' ELSE 'NO' END FROM pragma_table_info(?)", table) {
				columns[c[0]] = column(t, table, c[0], c[1], c[2] == "YES")
			}
			for _, k := range queryText(t, s, `SELECT (SELECT group_concat(name, ' ') FROM (SELECT name FROM pragma_index_info(l.name) ORDER BY seqno)),
				CASE l.origin WHEN 'pk' THEN 'primary' ELSE 'unique' END FROM pragma_index_list(?) AS l WHERE l."unique" = 1`, table) {
				keys = append(keys, k[1]+" "+k[0])
			}
		}
		sort.Strings(keys)
		out.Columns[table], out.Keys[table] = columns, keys
	}
	return out
}

func column(t testing.TB, table, name, engineType string, null bool) string {
	t.Helper()
	kind, ok := kinds[engineType]
	if !ok {
		t.Errorf("%s.%s has type %s, which the two engines do not share", table, name, engineType)
	}
	if isTime := engineType == "timestamp with time zone"; isTime && !strings.HasSuffix(name, "_at") {
		t.Errorf("%s.%s is a time: its name must end in _at, by which a backup knows it", table, name)
	}
	if null {
		kind += " null"
	}
	return kind
}

func TestBothEnginesHaveTheSameSchema(t *testing.T) {
	lite, pg := readSchema(t, apptest.SQLite(t)), readSchema(t, apptest.Postgres(t))
	if diff := cmp.Diff(lite, pg); diff != "" {
		t.Errorf("-sqlite +postgres\n%s", diff)
	}
	if len(lite.Columns) < 20 {
		t.Errorf("only %d tables found", len(lite.Columns))
	}
}

// Columns that end in _at are times on both engines: nothing else may be called so.
func TestTimesAreNamedSo(t *testing.T) {
	s := apptest.Postgres(t)
	for _, c := range queryText(t, s, `SELECT table_name, column_name, data_type FROM information_schema.columns
		WHERE table_schema = current_schema() AND column_name LIKE '%\_at'`) {
		if ours(c[0]) && c[2] != "timestamp with time zone" {
			t.Errorf("%s.%s ends in _at and is %s", c[0], c[1], c[2])
		}
	}
}

func TestEveryRegionalKeyLeadsWithRegion(t *testing.T) {
	apptest.Both(t, func(t *testing.T, s *store.Store) {
		for table, keys := range readSchema(t, s).Keys {
			if slices.Contains(notRegional, table) {
				continue
			}
			if len(keys) == 0 || !strings.HasPrefix(keys[0], "primary ") {
				t.Errorf("%s has no primary key: %v", table, keys)
			}
			for _, k := range keys {
				if fields := strings.Fields(k); fields[1] != "region" {
					t.Errorf("%s: key (%s) does not lead with region", table, k)
				}
			}
		}
	})
}

func TestNoColumnHasADefault(t *testing.T) {
	forbidden := regexp.MustCompile(`(?i)\bDEFAULT\b`)
	s := apptest.SQLite(t)
	for _, row := range queryText(t, s, "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql IS NOT NULL") {
		if ours(row[0]) && forbidden.MatchString(row[1]) {
			t.Errorf("%s: a value must be bound from the program, not come from DEFAULT", row[0])
		}
	}
}

func TestSQLiteTablesAreStrict(t *testing.T) {
	s := apptest.SQLite(t)
	for _, row := range queryText(t, s, "SELECT name, CASE strict WHEN 1 THEN 'strict' ELSE 'lax' END FROM pragma_table_list WHERE schema = 'main' AND type = 'table'") {
		if ours(row[0]) && row[1] != "strict" {
			t.Errorf("table %s is not STRICT", row[0])
		}
	}
}

func TestMigratedKnowsItsVersion(t *testing.T) {
	apptest.Both(t, func(t *testing.T, s *store.Store) {
		if ok, err := s.Migrated(t.Context()); err != nil || !ok {
			t.Errorf("migrated: %v, %v", ok, err)
		}
	})
}

// sameDatabase opens a second store on the database of s, as another node would.
func sameDatabase(t testing.TB, s *store.Store) *store.Store {
	t.Helper()
	if s.Postgres() {
		var name string
		if err := s.SQL().QueryRowContext(t.Context(), "SELECT current_database()").Scan(&name); err != nil {
			t.Fatal(err)
		}
		return apptest.Open(t, apptest.OnServer(t, name))
	}
	var seq, name, file string
	if err := s.SQL().QueryRowContext(t.Context(), "PRAGMA database_list").Scan(&seq, &name, &file); err != nil {
		t.Fatal(err)
	}
	return apptest.Open(t, file)
}
