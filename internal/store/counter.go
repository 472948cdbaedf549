package store

import "context"

// Take adds n to a region's counter and returns its new value. It belongs in the
// transaction that uses the numbers: a rollback gives them back, so they have no
// gaps.
func (s *Store) Take(ctx context.Context, region, name string, n int64) (int64, error) {
	var v int64
	err := s.w().NewRaw(`INSERT INTO counters (region, name, value) VALUES (?, ?, ?)
		ON CONFLICT (region, name) DO UPDATE SET value = counters.value + excluded.value RETURNING value`,
		region, name, n).Scan(ctx, &v)
	return v, err
}

// Counter returns the value of a counter without moving it.
func (s *Store) Counter(ctx context.Context, region, name string) (int64, error) {
	var v int64
	err := s.r().NewRaw("SELECT coalesce(max(value), 0) FROM counters WHERE region = ? AND name = ?", region, name).Scan(ctx, &v)
	return v, err
}
