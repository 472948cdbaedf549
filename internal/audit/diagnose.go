package audit

import (
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

// diagnose finds out why the leaf of row is not the one the tree holds at its seq
// (want). It may read the rest of the history once.
func (v *verifier) diagnose(row Row, got, want tlog.Hash) (*Problem, error) {
	if len(row.Salt) == SaltSize {
		if _, h, err := Leaf(row.Event, row.Salt); err == nil && h == want {
			return &Problem{Kind: LeafEdited, Seq: row.Seq}, nil
		}
	}
	if fits, err := v.fitsParent(row.Seq, got); err != nil {
		return nil, err
	} else if fits {
		return &Problem{Kind: TreeEdited, Seq: row.Seq, Detail: strconv.FormatInt(tlog.StoredHashIndex(0, row.Seq), 10)}, nil
	}
	if p, err := v.moved(row.Seq, got, want); p != nil || err != nil {
		return p, err
	}
	c, err := parseLeaf(row.Leaf)
	if err != nil || c.differs(row.Event) != "" {
		return &Problem{Kind: LeafEdited, Seq: row.Seq}, nil
	}
	if p := checkContent(row); p != nil {
		return &Problem{Kind: LeafEdited, Seq: row.Seq}, nil
	}
	return &Problem{Kind: Replaced, Seq: row.Seq}, nil
}

// fitsParent says whether the stored parent of leaf seq vouches for h: then the
// stored leaf hash is what changed.
func (v *verifier) fitsParent(seq int64, h tlog.Hash) (bool, error) {
	sibling, err := v.stored(tlog.StoredHashIndex(0, seq^1))
	if err != nil || sibling == nil {
		return false, err
	}
	parent, err := v.stored(tlog.StoredHashIndex(1, seq/2))
	if err != nil || parent == nil {
		return false, err
	}
	if seq&1 == 0 {
		return tlog.NodeHash(h, *sibling) == *parent, nil
	}
	return tlog.NodeHash(*sibling, h) == *parent, nil
}

// stored reads one stored hash, nil if it is missing.
func (v *verifier) stored(index int64) (*tlog.Hash, error) {
	list, err := v.r.Stored(v.ctx, index, 1)
	if err != nil || len(list) == 0 || list[0].Index != index {
		return nil, err
	}
	return &list[0].Hash, nil
}

// moved looks past seq: the event that belongs there may stand at a later place
// (Reordered), or the one that stands there may belong to a later place, its
// predecessors being gone (Missing).
func (v *verifier) moved(seq int64, got, want tlog.Hash) (*Problem, error) {
	belongsLater := false
	for from := seq + 1; ; {
		rows, err := v.r.Rows(v.ctx, from, page)
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			break
		}
		for _, row := range rows {
			if tlog.RecordHash(row.Leaf) == want {
				return &Problem{Kind: Reordered, Seq: seq, Detail: strconv.FormatInt(row.Seq, 10)}, nil
			}
		}
		from = rows[len(rows)-1].Seq + 1
	}
	for from := tlog.StoredHashCount(seq + 1); !belongsLater; {
		hashes, err := v.r.Stored(v.ctx, from, page)
		if err != nil {
			return nil, err
		}
		if len(hashes) == 0 {
			return nil, nil
		}
		for _, h := range hashes {
			belongsLater = belongsLater || h.Hash == got
		}
		from = hashes[len(hashes)-1].Index + 1
	}
	return &Problem{Kind: Missing, Seq: seq}, nil
}
