package audit

import (
	"context"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// Tree reads the Merkle log of one region.
type Tree interface {
	// Head returns the number of sequenced events.
	Head(ctx context.Context) (int64, error)
	// Hashes returns the stored hashes with these indexes (tlog.StoredHashIndex),
	// in the order asked for; a missing one is an error.
	Hashes(ctx context.Context, indexes []int64) ([]tlog.Hash, error)
}

func hashReader(ctx context.Context, t Tree) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) { return t.Hashes(ctx, indexes) })
}

// Prove returns the proof that the log of size events holds the event at seq: the
// part of a receipt that needs the database. It fails if size is beyond the head.
func Prove(ctx context.Context, t Tree, seq, size int64) (tlog.RecordProof, error) {
	head, err := t.Head(ctx)
	if err != nil {
		return nil, fmt.Errorf("audit: head: %w", err)
	}
	if size > head {
		return nil, fmt.Errorf("audit: proof for size %d, the log has %d", size, head)
	}
	proof, err := tlog.ProveRecord(size, seq, hashReader(ctx, t))
	if err != nil {
		return nil, fmt.Errorf("audit: prove %d in %d: %w", seq, size, err)
	}
	return proof, nil
}

// CheckProof says whether the history signed in c holds leaf at seq. It needs
// nothing but its arguments, so a citizen can run it anywhere.
func CheckProof(proof tlog.RecordProof, seq int64, leaf []byte, c Checkpoint) error {
	if err := tlog.CheckRecord(proof, c.Size, c.Root, seq, tlog.RecordHash(leaf)); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}

// frontier is the right edge of a growing tree: the roots of its complete
// subtrees, largest first. It takes leaves one by one without reading the log.
type frontier struct {
	size  int64
	roots []tlog.Hash
}

// frontierIndexes returns the stored-hash indexes of the frontier of a tree of size n.
func frontierIndexes(n int64) []int64 {
	var indexes []int64
	for start := int64(0); start < n; {
		level := 63 - bits.LeadingZeros64(uint64(n-start))
		indexes = append(indexes, tlog.StoredHashIndex(level, start>>level))
		start += 1 << level
	}
	return indexes
}

// add appends a leaf hash and returns buf with the hashes to store for it: its
// own and those of the subtrees it completes, in the order of tlog.StoredHashes.
func (f *frontier) add(h tlog.Hash, buf []tlog.Hash) []tlog.Hash {
	buf = append(buf, h)
	for n := f.size; n&1 == 1; n >>= 1 {
		last := len(f.roots) - 1
		h = tlog.NodeHash(f.roots[last], h)
		f.roots = f.roots[:last]
		buf = append(buf, h)
	}
	f.roots = append(f.roots, h)
	f.size++
	return buf
}

// root is the hash of the whole tree.
func (f *frontier) root() tlog.Hash {
	if f.size == 0 {
		h, _ := tlog.TreeHash(0, nil) // the constant for an empty tree reads nothing
		return h
	}
	h := f.roots[len(f.roots)-1]
	for i := len(f.roots) - 2; i >= 0; i-- {
		h = tlog.NodeHash(f.roots[i], h)
	}
	return h
}
