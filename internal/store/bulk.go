package store

import (
	"context"
	"slices"
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
		n := 1 // SQLite notes for each row of several what to undo; PostgreSQL answers each statement over a wire
		if s.Postgres() && len(rows) >= some {
			n = some
		}
		lists := make([]string, n)
		for i := range lists {
			lists[i] = s.places(len(rows[0]), 1+i*len(rows[0]))
		}
		if _, err := s.SQLTx().ExecContext(ctx, into+" VALUES "+strings.Join(lists, ","), slices.Concat(rows[:n]...)...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// places writes a list of places for n values, the first of them with the number
// first where they have one. SQLite finds unnumbered ones faster.
func (s *Store) places(n, first int) string {
	if !s.Postgres() {
		return "(?" + strings.Repeat(",?", n-1) + ")"
	}
	list := make([]string, n)
	for i := range list {
		list[i] = "$" + strconv.Itoa(first+i)
	}
	return "(" + strings.Join(list, ",") + ")"
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
