package store

import (
	"context"
	"strconv"
	"strings"
	"time"
)

// Statements over lists come in few lengths, so that SQLite finds most of them among
// those it has prepared.
const (
	some = 16
	many = 128
)

// insert adds rows to a table; into names it and its columns. Unlike bun's, the text
// holds no values: a body of three megabytes would stand in it as six of hexadecimal.
// It belongs in a transaction.
func (s *Store) insert(ctx context.Context, into string, rows [][]any) error {
	for len(rows) > 0 {
		n := 1
		if len(rows) >= some {
			n = some
		}
		var args []any
		for _, r := range rows[:n] {
			args = append(args, r...)
		}
		if _, err := s.SQLTx().ExecContext(ctx, into+" VALUES "+places(n, len(rows[0]), 1), args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// places writes n lists of places for width values each, numbered from first.
func places(n, width, first int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for k := range width {
			if k > 0 {
				b.WriteByte(',')
			}
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(first + i*width + k))
		}
		b.WriteByte(')')
	}
	return b.String()
}

// padded repeats the last of a list of at most many values until its length is one
// that statements come in.
func padded(list []any) []any {
	n := many
	switch {
	case len(list) == 1:
		n = 1
	case len(list) <= some:
		n = some
	}
	for len(list) < n {
		list = append(list, list[len(list)-1])
	}
	return list
}

// moment is a time as a value beside a statement, in the form in which bun writes it
// into one: SQLite compares the texts.
func (s *Store) moment(t time.Time) any {
	if s.Postgres() {
		return t
	}
	return t.UTC().Format("2006-01-02 15:04:05.999999-07:00")
}
