package backup

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"tanggap/internal/audit"
)

// History is one region's audit log in a Snapshot; it implements audit.Reader and
// audit.Tree.
type History struct {
	s      *Snapshot
	region string
}

var (
	_ audit.Reader = History{}
	_ audit.Tree   = History{}
)

// History returns the audit log of a region.
func (s *Snapshot) History(region string) History { return History{s, region} }

// Head returns the number of sequenced events.
func (h History) Head(ctx context.Context) (int64, error) {
	return h.s.number(ctx, "SELECT max(size) FROM audit_heads WHERE region = ?", h.region)
}

// LastInbound returns the last number given to an inbound item, as the counter
// knows it and as the newest row shows it.
func (h History) LastInbound(ctx context.Context) (counted, stored int64, err error) {
	if counted, err = h.s.number(ctx, "SELECT max(value) FROM counters WHERE region = ? AND name = 'inbound'", h.region); err != nil {
		return 0, 0, err
	}
	stored, err = h.s.number(ctx, "SELECT max(seq) FROM inbounds WHERE region = ?", h.region)
	return counted, stored, err
}

// Waiting returns how many events have no place in the log yet.
func (h History) Waiting(ctx context.Context) (int64, error) {
	return h.s.number(ctx, "SELECT count(*) FROM events WHERE region = ? AND seq IS NULL", h.region)
}

// Rows implements audit.Reader.
func (h History) Rows(ctx context.Context, from int64, max int) ([]audit.Row, error) {
	rows, err := h.s.query(ctx, `SELECT seq, id, case_id, case_version, actor, type, version, payload, salt, leaf, happened_at
		FROM events WHERE region = ? AND seq >= ? ORDER BY seq LIMIT ?`, h.region, from, max)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []audit.Row
	for rows.Next() {
		r := audit.Row{Event: audit.Event{Region: h.region}}
		var payload string
		var at any
		if err := rows.Scan(&r.Seq, &r.ID, &r.CaseID, &r.CaseVersion, &r.Actor, &r.Type, &r.PayloadVersion, &payload, &r.Salt, &r.Leaf, &at); err != nil {
			return nil, err
		}
		switch at := at.(type) {
		case time.Time:
			r.At = at
		case string:
			// A time that somebody made unreadable stays zero, and Verify reports the column.
			r.At, _ = time.Parse(sqliteTime, at)
		}
		r.Payload = []byte(payload)
		out = append(out, r)
	}
	return out, rows.Err()
}

// Stored implements audit.Reader.
func (h History) Stored(ctx context.Context, from int64, max int) ([]audit.IndexedHash, error) {
	rows, err := h.s.query(ctx, "SELECT idx, hash FROM audit_nodes WHERE region = ? AND idx >= ? ORDER BY idx LIMIT ?", h.region, from, max)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []audit.IndexedHash
	for rows.Next() {
		var n audit.IndexedHash
		var hash []byte
		if err := rows.Scan(&n.Index, &hash); err != nil {
			return nil, err
		}
		copy(n.Hash[:], hash) // a hash of a wrong length fits nothing
		out = append(out, n)
	}
	return out, rows.Err()
}

// Inbound implements audit.Reader.
func (h History) Inbound(ctx context.Context, from int64, max int) ([]int64, error) {
	rows, err := h.s.query(ctx, "SELECT seq FROM inbounds WHERE region = ? AND seq >= ? ORDER BY seq LIMIT ?", h.region, from, max)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []int64
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, rows.Err()
}

// Hashes implements audit.Tree.
func (h History) Hashes(ctx context.Context, indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, idx := range indexes {
		found, err := h.Stored(ctx, idx, 1)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 || found[0].Index != idx {
			return nil, fmt.Errorf("backup: stored hash %d is missing", idx)
		}
		out[i] = found[0].Hash
	}
	return out, nil
}

// Checkpoints returns the signed checkpoints kept in the database, smallest first.
func (h History) Checkpoints(ctx context.Context) ([]string, error) {
	return list(ctx, h.s, "SELECT note FROM checkpoints WHERE region = ? ORDER BY size", h.region)
}
