package store

import (
	"context"
	"time"
)

// CountAnswered counts the cases of a unit that were answered since a time, up to max.
func (s *Store) CountAnswered(ctx context.Context, region, unit string, since time.Time, max int) (int, error) {
	var n int
	sub := s.r().NewSelect().Model((*Case)(nil)).ColumnExpr("1 AS one").Where("region = ? AND unit = ? AND opened_at >= ? AND answered_at IS NOT NULL", region, unit, since.UTC()).Limit(int64(max))
	err := s.r().NewSelect().ColumnExpr("count(*)").TableExpr("(?) AS capped", sub).Scan(ctx, &n)
	return n, err
}

// AnswerTimes returns how long the newest answered cases of a service took from opening
// to answer, opened since a time, at most limit of them.
func (s *Store) AnswerTimes(ctx context.Context, region, service string, since time.Time, limit int64) ([]time.Duration, error) {
	var rows []struct{ OpenedAt, AnsweredAt time.Time }
	err := s.r().NewSelect().Model((*Case)(nil)).Column("opened_at", "answered_at").
		Where("region = ? AND service = ? AND opened_at >= ? AND answered_at IS NOT NULL AND NOT secret", region, service, since.UTC()).
		Order("opened_at DESC", "id DESC").Limit(limit).Scan(ctx, &rows)
	out := make([]time.Duration, len(rows))
	for i, r := range rows {
		out[i] = r.AnsweredAt.Sub(r.OpenedAt)
	}
	return out, err
}
