package store

import (
	"context"
	"database/sql/driver"
	"encoding/hex"
	"strconv"
	"strings"

	"modernc.org/sqlite"
)

// bun writes values into the text of a statement, so that SQLite would have to parse
// every one anew: a quarter of the work of a case. The connections made here take the
// values out again and keep what they prepared. See docs/decisions/0008.

// statements opens connections that keep prepared statements.
type statements struct {
	driver.Connector
	// writes: statements run to their end even if the caller has gone. They are short,
	// and watching for his leave costs a goroutine each.
	writes bool
}

func openStatements(dsn string, writes bool) (driver.Connector, error) {
	c, err := sqlite.NewConnector(dsn)
	return statements{c, writes}, err
}

// Connect implements driver.Connector.
func (s statements) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := s.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &liteConn{inner: c.(inner), writes: s.writes, known: map[string]*kept{}}, nil
}

// inner is everything that a connection of modernc's driver can do.
type inner interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// liteConn is one connection; database/sql uses it from one goroutine at a time.
type liteConn struct {
	inner
	writes bool
	known  map[string]*kept // by text
}

// maxKept bounds the statements of a connection. The program has fewer texts.
const maxKept = 400

// kept is a prepared statement that waits for its next use.
type kept struct {
	stmt driver.Stmt
	busy bool // its rows are being read
}

// Unwrap gives modernc's own helpers the connection they know.
func (c *liteConn) Unwrap() driver.Conn { return c.inner }

// ExecContext implements driver.ExecerContext.
func (c *liteConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	k, args, err := c.prepared(ctx, query, args)
	if err != nil {
		return nil, err
	}
	if k == nil {
		if !manipulates(query) {
			c.forget() // it may change the tables
		}
		return c.inner.ExecContext(ctx, query, args)
	}
	return k.stmt.(driver.StmtExecContext).ExecContext(c.patience(ctx), args)
}

// QueryContext implements driver.QueryerContext.
func (c *liteConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	k, args, err := c.prepared(ctx, query, args)
	if err != nil {
		return nil, err
	}
	if k == nil {
		return c.inner.QueryContext(ctx, query, args)
	}
	rows, err := k.stmt.(driver.StmtQueryContext).QueryContext(c.patience(ctx), args)
	if err != nil {
		return nil, err
	}
	k.busy = true
	return &keptRows{rows.(innerRows), k}, nil
}

func (c *liteConn) patience(ctx context.Context) context.Context {
	if c.writes {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// Close implements driver.Conn.
func (c *liteConn) Close() error {
	c.forget()
	return c.inner.Close()
}

// forget closes every statement that nobody reads from. Closing one only frees
// memory: its last error was told when it happened.
func (c *liteConn) forget() {
	for text, k := range c.known {
		if !k.busy {
			_ = k.stmt.Close()
			delete(c.known, text)
		}
	}
}

// prepared returns the statement for a text, and its arguments: those given, or the
// values that stood in the text. It is nil for what is better parsed each time.
func (c *liteConn) prepared(ctx context.Context, query string, args []driver.NamedValue) (*kept, []driver.NamedValue, error) {
	text := query
	if len(args) == 0 {
		var ok bool
		if text, args, ok = extract(query); !ok {
			return nil, nil, nil
		}
	} else if !manipulates(query) {
		return nil, args, nil
	}
	k := c.known[text]
	switch {
	case k != nil && k.busy:
		if text != query {
			args = nil // they stand in the text still
		}
		return nil, args, nil
	case k != nil:
		return k, args, nil
	}
	if len(c.known) >= maxKept {
		c.forget()
	}
	stmt, err := c.inner.PrepareContext(ctx, text)
	if err != nil {
		return nil, nil, err
	}
	k = &kept{stmt: stmt}
	c.known[text] = k
	return k, args, nil
}

// innerRows is what the rows of modernc's driver can do and database/sql asks for.
type innerRows interface {
	driver.Rows
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeLength
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}

// keptRows gives its statement back when it is closed.
type keptRows struct {
	innerRows
	from *kept
}

// Close implements driver.Rows.
func (r *keptRows) Close() error {
	r.from.busy = false
	return r.innerRows.Close()
}

// manipulates reports whether a text is one of those worth keeping: one that works on
// rows, and that nothing but its own words decides.
func manipulates(query string) bool {
	query = strings.TrimLeft(query, " \t\r\n")
	for strings.HasPrefix(query, "--") {
		_, rest, ok := strings.Cut(query, "\n")
		if !ok {
			return false
		}
		query = strings.TrimLeft(rest, " \t\r\n")
	}
	for _, verb := range []string{"SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH ", "SAVEPOINT ", "RELEASE "} {
		if len(query) >= len(verb) && strings.EqualFold(strings.TrimRight(query[:len(verb)], "\n\t "), strings.TrimSpace(verb)) {
			return true
		}
	}
	return false
}

// maxValues is how many values a text may hold that is worth keeping: more of them
// mean a list, and lists are of all lengths.
const maxValues = 100

// extract replaces the values in a text by places for them: texts between single
// quotes, blobs, and numbers that follow an operator, a bracket or a comma. Words
// such as NULL and TRUE stay, and so do numbers elsewhere: in LIMIT 20 they are part of
// what is asked. ok is false when the text must stay as it is. The tokens are those of
// https://sqlite.org/lang_expr.html#literal_values_constants_.
func extract(query string) (text string, values []driver.NamedValue, ok bool) {
	if !manipulates(query) {
		return "", nil, false
	}
	var out strings.Builder
	out.Grow(len(query))
	values = make([]driver.NamedValue, 0, 32)
	copied := 0         // so much of query stands in out, or was replaced
	before := byte(' ') // the last byte that is no space
	for i := 0; i < len(query); {
		n := 1 // length of the token
		var v driver.Value
		switch b := query[i]; {
		case b == ' ' || b == '\n' || b == '\t' || b == '\r':
			i++
			continue
		case b == '\'':
			v, n = quoted(query[i:])
		case (b == 'X' || b == 'x') && i+1 < len(query) && query[i+1] == '\'':
			var digits string
			digits, n = quoted(query[i+1:])
			blob, err := hex.DecodeString(digits)
			if err != nil || n == 0 {
				return "", nil, false
			}
			v, n = blob, n+1
		case b == '"' || b == '`':
			n = strings.IndexByte(query[i+1:], b) + 2
			if n == 1 {
				return "", nil, false
			}
		case wordByte(b):
			for i+n < len(query) && (wordByte(query[i+n]) || b <= '9' && inNumber(query[i+n-1], query[i+n])) {
				n++
			}
			if b >= '0' && b <= '9' && strings.IndexByte("=<>(,+-*/", before) >= 0 {
				if v = number(query[i : i+n]); v == nil {
					return "", nil, false
				}
			}
		case strings.IndexByte("?:@$;[", b) >= 0 || strings.HasPrefix(query[i:], "--") || strings.HasPrefix(query[i:], "/*"):
			return "", nil, false // it has places of its own, or is more than one statement
		}
		if n == 0 {
			return "", nil, false // a literal without an end
		}
		if v != nil {
			out.WriteString(query[copied:i])
			out.WriteByte('?')
			copied = i + n
			values = append(values, driver.NamedValue{Ordinal: len(values) + 1, Value: v})
		}
		i += n
		before = query[i-1]
	}
	if len(values) > maxValues {
		return "", nil, false
	}
	out.WriteString(query[copied:])
	return out.String(), values, true
}

// inNumber reports whether b continues a number that so far ends with a.
func inNumber(a, b byte) bool {
	return b == '.' || (b == '-' || b == '+') && (a == 'e' || a == 'E')
}

// quoted reads the literal in single quotes at the beginning of s; n is its length
// there, 0 if it does not end.
func quoted(s string) (value string, n int) {
	for n = 1; ; n += 2 { // two quotes stand for one
		end := strings.IndexByte(s[n:], '\'')
		if end < 0 {
			return "", 0
		}
		n += end
		if n+1 == len(s) || s[n+1] != '\'' {
			break
		}
	}
	if value = s[1:n]; strings.IndexByte(value, '\'') >= 0 {
		value = strings.ReplaceAll(value, "''", "'")
	}
	return value, n + 1
}

// number is the value of a numeric literal, nil if it is not one.
func number(s string) driver.Value {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && strings.ContainsAny(s, ".eE") && !strings.ContainsAny(s, "xX_") {
		return f
	}
	return nil
}

func wordByte(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= 0x80
}
