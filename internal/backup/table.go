package backup

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// order lists what a backup holds, each table after those it refers to.
var order = []string{
	"regions", "packs", "counters", "officers", "officer_roles", "officer_tokens", "officer_codes",
	"passkeys", "officer_identities", "officer_logins",
	"deliveries", "inbounds", "citizens", "identities", "identity_aliases",
	"cases", "messages", "attachments", "decisions", "deadlines",
	"events", "audit_nodes", "audit_heads", "checkpoints",
	"notifications", "alarms", "drafts",
	"mailboxes", "contact_codes", "message_templates", "account_signs", "models",
	"case_officers", "inbox_views", "saved_replies", "tasks", "surveys", "openings", "pulses", "data_requests", "wishes", "pack_drafts",
	"reports", "report_versions", "report_files", "report_readers",
	"evidence", "looks", "checks", "field_acts", "forwards",
	"forecasts", "surges", "declared_events", "workloads", "outside_series", "outside_values", "baselines",
}

// computed are tables whose rows follow from others and are computed anew.
var computed = []string{"case_rounds", "case_moves", "figures", "figure_heads"}

// leftOut says what is not in a backup; see the package comment.
func leftOut(table string) bool {
	return table == "sessions" || table == "citizen_sessions" || slices.Contains(computed, table) || strings.HasPrefix(table, "case_search") || strings.HasPrefix(table, "river_") ||
		strings.HasPrefix(table, "goose_") || strings.HasPrefix(table, "sqlite_")
}

// Kinds of a column.
const (
	whole = "whole"
	real  = "real"
	text  = "text"
	raw   = "bytes"
	when  = "time"
)

// Column is a column and its kind, the same on both engines.
type Column struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	flag bool   // a truth value on PostgreSQL
}

// table is the shape of one table.
type table struct {
	name    string
	columns []Column
	key     []Column
}

// tables reads the shape of every table that a backup holds. A table that neither
// order nor leftOut knows is an error: it would be lost.
func (s *Snapshot) tables(ctx context.Context) ([]table, error) {
	query := "SELECT name FROM sqlite_schema WHERE type = 'table'"
	if s.postgres {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
	}
	names, err := list(ctx, s, query)
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		if !leftOut(n) && !slices.Contains(order, n) {
			return nil, fmt.Errorf("backup: table %s is not known to this program", n)
		}
	}
	out := make([]table, 0, len(order))
	for _, n := range order {
		if !slices.Contains(names, n) {
			return nil, fmt.Errorf("backup: the database has no table %s", n)
		}
		t, err := s.table(ctx, n)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

func (s *Snapshot) table(ctx context.Context, name string) (table, error) {
	query := "SELECT name || ' ' || type FROM pragma_table_info(?) ORDER BY name"
	keys := "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk"
	if s.postgres {
		query = "SELECT column_name || ' ' || data_type FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = ? ORDER BY column_name COLLATE \"C\""
		keys = `SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
			WHERE i.indrelid = to_regclass(?) AND i.indisprimary ORDER BY array_position(i.indkey::int2[], a.attnum)`
	}
	t := table{name: name}
	columns, err := list(ctx, s, query, name)
	if err != nil {
		return t, err
	}
	for _, c := range columns {
		column, engineType, _ := strings.Cut(c, " ")
		kind, ok := kindOf(column, engineType)
		if !ok {
			return t, fmt.Errorf("backup: column %s.%s has the unknown type %s", name, column, engineType)
		}
		t.columns = append(t.columns, Column{Name: column, Kind: kind, flag: engineType == "boolean"})
	}
	key, err := list(ctx, s, keys, name)
	if err != nil {
		return t, err
	}
	for _, k := range key {
		i := slices.IndexFunc(t.columns, func(c Column) bool { return c.Name == k })
		if i < 0 {
			return t, fmt.Errorf("backup: key column %s.%s not found", name, k)
		}
		t.key = append(t.key, t.columns[i])
	}
	if len(t.key) == 0 {
		return t, fmt.Errorf("backup: table %s has no primary key", name)
	}
	return t, nil
}

// kindOf gives an engine's type its common kind. SQLite keeps times as text; a
// test of the store holds that exactly they are called ..._at.
func kindOf(column, engineType string) (string, bool) {
	switch engineType {
	case "TEXT":
		if strings.HasSuffix(column, "_at") {
			return when, true
		}
		return text, true
	case "text":
		return text, true
	case "INTEGER", "bigint", "boolean":
		return whole, true
	case "REAL", "double precision":
		return real, true
	case "BLOB", "bytea":
		return raw, true
	case "timestamp with time zone":
		return when, true
	}
	return "", false
}

// selectAll is the query for all rows in the order of the key.
func (s *Snapshot) selectAll(t table) string {
	columns := make([]string, len(t.columns))
	for i, c := range t.columns {
		columns[i] = c.Name
	}
	keys := make([]string, len(t.key))
	for i, c := range t.key {
		keys[i] = c.Name
		if s.postgres && c.Kind == text {
			keys[i] += ` COLLATE "C"`
		}
	}
	return "SELECT " + strings.Join(columns, ", ") + " FROM " + t.name + " ORDER BY " + strings.Join(keys, ", ")
}
