package store

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"
	"golang.org/x/mod/sumdb/tlog"

	"tanggap/internal/audit"
)

// AuditLog is one region's Merkle log inside a transaction; it implements audit.Tx.
type AuditLog struct {
	s      *Store
	region string
}

// AuditLog returns the log of a region. Sequencing needs a Store handed out by InTx.
func (s *Store) AuditLog(region string) AuditLog { return AuditLog{s, region} }

type auditHead struct {
	bun.BaseModel `bun:"audit_heads"`
	Region        string
	Size          int64
	UpdatedAt     time.Time
}

type auditNode struct {
	bun.BaseModel `bun:"audit_nodes"`
	Region        string
	Idx           int64
	Hash          []byte
}

// Head implements audit.Tree.
func (l AuditLog) Head(ctx context.Context) (int64, error) {
	var size int64
	err := l.s.r().NewRaw("SELECT coalesce(max(size), 0) FROM audit_heads WHERE region = ?", l.region).Scan(ctx, &size)
	return size, err
}

// Hashes implements audit.Tree.
func (l AuditLog) Hashes(ctx context.Context, indexes []int64) ([]tlog.Hash, error) {
	var rows []auditNode
	if err := l.s.r().NewSelect().Model(&rows).Where("region = ? AND idx IN (?)", l.region, bun.List(indexes)).Scan(ctx); err != nil {
		return nil, err
	}
	byIdx := make(map[int64]tlog.Hash, len(rows))
	for _, r := range rows {
		if len(r.Hash) != tlog.HashSize {
			return nil, fmt.Errorf("stored hash %d has %d bytes", r.Idx, len(r.Hash))
		}
		byIdx[r.Idx] = tlog.Hash(r.Hash)
	}
	out := make([]tlog.Hash, len(indexes))
	for i, idx := range indexes {
		h, ok := byIdx[idx]
		if !ok {
			return nil, fmt.Errorf("stored hash %d is missing", idx)
		}
		out[i] = h
	}
	return out, nil
}

// Pending implements audit.Tx.
func (l AuditLog) Pending(ctx context.Context, max int) ([]audit.Pending, error) {
	var rows []Event
	err := l.s.r().NewSelect().Model(&rows).Column("id", "leaf").Where("region = ? AND seq IS NULL", l.region).
		Order("id").Limit(int64(max)).Scan(ctx)
	out := make([]audit.Pending, len(rows))
	for i, r := range rows {
		out[i] = audit.Pending{ID: r.ID, Leaf: r.Leaf}
	}
	return out, err
}

// Append implements audit.Tx.
func (l AuditLog) Append(ctx context.Context, b audit.Batch) error {
	if _, err := l.s.w().NewInsert().Model(&auditHead{Region: l.region, UpdatedAt: l.s.now()}).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
		return err
	}
	res, err := l.s.w().NewUpdate().Model((*auditHead)(nil)).Set("size = ?", b.First+int64(len(b.IDs))).Set("updated_at = ?", l.s.now()).
		Where("region = ? AND size = ?", l.region, b.First).Exec(ctx)
	if err != nil {
		return err
	}
	if n, _ := res.RowsAffected(); n != 1 {
		return fmt.Errorf("another leader moved the log of %s on", l.region)
	}
	nodes := make([]auditNode, len(b.Hashes))
	for i, h := range b.Hashes {
		nodes[i] = auditNode{Region: l.region, Idx: b.FirstHash + int64(i), Hash: h[:]}
	}
	if _, err := l.s.w().NewInsert().Model(&nodes).Exec(ctx); err != nil {
		return err
	}
	for i, id := range b.IDs {
		res, err := l.s.w().NewRaw("UPDATE events SET seq = ? WHERE region = ? AND id = ? AND seq IS NULL", b.First+int64(i), l.region, id).Exec(ctx)
		if err != nil {
			return err
		}
		if n, _ := res.RowsAffected(); n != 1 {
			return fmt.Errorf("event %s already has a place in the log", id)
		}
	}
	return nil
}

// AuditReader reads one region's history for audit.Verify. Use it on a Store handed
// out by InTx or Snapshot, so that all pages belong to one moment.
type AuditReader struct{ AuditLog }

// AuditReader returns the reader of a region.
func (s *Store) AuditReader(region string) AuditReader { return AuditReader{s.AuditLog(region)} }

// Rows implements audit.Reader.
func (r AuditReader) Rows(ctx context.Context, from int64, max int) ([]audit.Row, error) {
	var rows []Event
	err := r.s.r().NewSelect().Model(&rows).Where("region = ? AND seq >= ?", r.region, from).Order("seq").Limit(int64(max)).Scan(ctx)
	out := make([]audit.Row, len(rows))
	for i := range rows {
		e := rows[i].audit()
		e.Seq = *rows[i].Seq
		out[i] = audit.Row{Event: e, Salt: rows[i].Salt, Leaf: rows[i].Leaf, Erased: audit.Erasure(rows[i].Erased)}
	}
	return out, err
}

// Stored implements audit.Reader.
func (r AuditReader) Stored(ctx context.Context, from int64, max int) ([]audit.IndexedHash, error) {
	var rows []auditNode
	err := r.s.r().NewSelect().Model(&rows).Where("region = ? AND idx >= ?", r.region, from).Order("idx").Limit(int64(max)).Scan(ctx)
	out := make([]audit.IndexedHash, len(rows))
	for i, n := range rows {
		out[i].Index = n.Idx
		copy(out[i].Hash[:], n.Hash)
	}
	return out, err
}

// Inbound implements audit.Reader.
func (r AuditReader) Inbound(ctx context.Context, from int64, max int) ([]int64, error) {
	var seqs []int64
	err := r.s.r().NewSelect().Model((*Inbound)(nil)).Column("seq").Where("region = ? AND seq >= ?", r.region, from).
		Order("seq").Limit(int64(max)).Scan(ctx, &seqs)
	return seqs, err
}

// Checkpoint is a signed statement of a log's size and root.
type Checkpoint struct {
	bun.BaseModel `bun:"checkpoints"`
	Region        string
	Size          int64
	Note          string
	MadeAt        time.Time
}

// AddCheckpoint keeps a signed checkpoint beside the log.
func (s *Store) AddCheckpoint(ctx context.Context, c *Checkpoint) error {
	_, err := s.w().NewInsert().Model(c).On("CONFLICT DO NOTHING").Exec(ctx)
	return err
}

// Checkpoints lists the signed checkpoints of a region, smallest first.
func (s *Store) Checkpoints(ctx context.Context, region string) ([]*Checkpoint, error) {
	var out []*Checkpoint
	err := s.r().NewSelect().Model(&out).Where("region = ?", region).Order("size").Scan(ctx)
	return out, err
}
