package store

import (
	"context"
	"strings"
	"unicode"

	"github.com/uptrace/bun"
)

// This file is the one place where the two engines need different SQL for the
// same answer.

// IndexCase puts the masked words of a case into the search index, replacing what
// stood there. Secret cases are never given to it.
func (s *Store) IndexCase(ctx context.Context, region, caseID, body string) error {
	if s.Postgres() {
		_, err := s.w().NewRaw(`INSERT INTO case_search (region, case_id, body) VALUES (?, ?, ?)
			ON CONFLICT (region, case_id) DO UPDATE SET body = excluded.body`, region, caseID, body).Exec(ctx)
		return err
	}
	if err := s.UnindexCase(ctx, region, caseID); err != nil {
		return err
	}
	var doc int64
	if err := s.w().NewRaw("INSERT INTO case_search_docs (region, case_id) VALUES (?, ?) RETURNING doc", region, caseID).Scan(ctx, &doc); err != nil {
		return err
	}
	_, err := s.w().NewRaw("INSERT INTO case_search (rowid, body) VALUES (?, ?)", doc, body).Exec(ctx)
	return err
}

// UnindexCase removes a case from the search index.
func (s *Store) UnindexCase(ctx context.Context, region, caseID string) error {
	if s.Postgres() {
		_, err := s.w().NewRaw("DELETE FROM case_search WHERE region = ? AND case_id = ?", region, caseID).Exec(ctx)
		return err
	}
	_, err := s.w().NewRaw("DELETE FROM case_search WHERE rowid IN (SELECT doc FROM case_search_docs WHERE region = ? AND case_id = ?)", region, caseID).Exec(ctx)
	if err != nil {
		return err
	}
	_, err = s.w().NewRaw("DELETE FROM case_search_docs WHERE region = ? AND case_id = ?", region, caseID).Exec(ctx)
	return err
}

// maxFound is how many cases a search looks at, the newest of those that fit: a word
// that stands in every fifth case would otherwise cost as much as reading them all.
const maxFound = 2000

// whereText keeps the cases whose masked text has every word of query, the last
// one as a prefix.
func (s *Store) whereText(q *bun.SelectQuery, region, query string) *bun.SelectQuery {
	found := s.found(region, query)
	if found == nil {
		return q.Where("1 = 0")
	}
	return q.Where("id IN (?)", found)
}

// Crowded reports whether more cases fit a search than it looks at.
func (s *Store) Crowded(ctx context.Context, region, query string) (bool, error) {
	found := s.found(region, query)
	if found == nil {
		return false, nil
	}
	n, err := s.r().NewSelect().TableExpr("(?) AS found", found).Count(ctx)
	return n == maxFound, err
}

// found selects the ids of the newest cases that fit a search; nil if it has no words.
func (s *Store) found(region, query string) *bun.SelectQuery {
	words := strings.FieldsFunc(strings.ToLower(query), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) > 12 {
		words = words[:12]
	}
	if len(words) == 0 {
		return nil
	}
	if s.Postgres() {
		return s.r().NewSelect().TableExpr("case_search").Column("case_id").
			Where("region = ? AND tsv @@ to_tsquery('simple', ?)", region, strings.Join(words, " & ")+":*").Order("case_id DESC").Limit(maxFound)
	}
	// The words first, then the cases they stand in: a CROSS JOIN keeps that order
	// (https://sqlite.org/optoverview.html#manual_control_of_query_plans_using_cross_join).
	return s.r().NewSelect().TableExpr("case_search CROSS JOIN case_search_docs AS d ON d.doc = case_search.rowid").Column("d.case_id").
		Where("case_search MATCH ? AND d.region = ?", `"`+strings.Join(words, `" "`)+`"*`, region).OrderExpr("case_search.rowid DESC").Limit(maxFound)
}
