package audit

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

// page is how many rows Verify asks for at a time.
const page = 1000

// Erasure says which parts of an event were erased by right. The commitments in
// its leaf stay, so the log stays valid.
type Erasure string

const (
	Whole         Erasure = ""        // nothing erased
	ErasedPrivate Erasure = "private" // Private is empty; payload and salt remain
	ErasedAll     Erasure = "all"     // Payload, Private and salt are empty
)

// Row is a sequenced event as stored.
type Row struct {
	Event
	Salt   []byte
	Leaf   []byte // canonical bytes from Leaf
	Erased Erasure
}

// IndexedHash is a stored tree hash.
type IndexedHash struct {
	Index int64
	Hash  tlog.Hash
}

// Reader gives one region's history in pages, all from one snapshot. It holds no
// cursor between calls, so one database connection is enough.
type Reader interface {
	// Head returns the number of sequenced events.
	Head(ctx context.Context) (int64, error)
	// Rows returns at most max events with seq >= from, by seq.
	Rows(ctx context.Context, from int64, max int) ([]Row, error)
	// Stored returns at most max stored tree hashes with index >= from, by index.
	Stored(ctx context.Context, from int64, max int) ([]IndexedHash, error)
	// Inbound returns at most max numbers >= from of the gap-free inbound
	// sequence, ascending. Retention may have removed a prefix, but keeps the newest.
	Inbound(ctx context.Context, from int64, max int) ([]int64, error)
}

// Report is the outcome of Verify.
type Report struct {
	Events       int64     // events checked without fault
	Erased       int64     // of these, marked erased in part or whole
	Root         tlog.Hash // root of Events events
	Checkpoints  int       // checkpoints whose signature and root were confirmed
	InboundFirst int64     // numbers InboundFirst..InboundLast are without gap; 0 if none
	InboundLast  int64
	Problems     []Problem // first fault of history, each bad checkpoint, first fault of inbound
}

// OK says whether nothing is wrong.
func (r Report) OK() bool { return len(r.Problems) == 0 }

// Verify recomputes a region's history from its rows and compares it with the
// stored tree, with signed checkpoints (notes as File.Load returns them) and with
// the inbound sequence. Faults of the history are in the report; an error means
// that it could not be read. Time is linear in events, memory is constant.
func Verify(ctx context.Context, r Reader, trust Trust, notes [][]byte) (Report, error) {
	v := verifier{ctx: ctx, r: r, hashes: cursor[IndexedHash]{fetch: func(from int64) ([]IndexedHash, error) { return r.Stored(ctx, from, page) }}}
	for i, msg := range notes {
		c, err := trust.Open(msg)
		if err != nil {
			v.report.add(Problem{Kind: CheckpointBad, Seq: int64(i + 1), Detail: err.Error()})
			continue
		}
		v.checkpoints = append(v.checkpoints, c)
	}
	slices.SortStableFunc(v.checkpoints, func(a, b Checkpoint) int { return int(min(max(a.Size-b.Size, -1), 1)) })
	fault, err := v.history()
	if err != nil {
		return Report{}, fmt.Errorf("audit: verify: %w", err)
	}
	v.report.Events, v.report.Root = v.edge.size, v.edge.root()
	if fault != nil {
		v.report.add(*fault)
	}
	if err := v.inbound(); err != nil {
		return Report{}, fmt.Errorf("audit: verify inbound: %w", err)
	}
	return v.report, nil
}

func (r *Report) add(p Problem) {
	p.Through = max(p.Through, p.Seq)
	r.Problems = append(r.Problems, p)
}

type verifier struct {
	ctx         context.Context
	r           Reader
	report      Report
	checkpoints []Checkpoint // opened, by size
	trusted     int64        // size of the newest confirmed checkpoint
	edge        frontier
	hashes      cursor[IndexedHash]

	roots, fresh []tlog.Hash // buffers of event
}

// cursor walks a paged list one item at a time.
type cursor[T any] struct {
	fetch func(from int64) ([]T, error)
	items []T
}

// next returns the next item; from is where the next page begins when the last is used up.
func (c *cursor[T]) next(from int64) (item T, ok bool, err error) {
	if len(c.items) == 0 {
		if c.items, err = c.fetch(from); err != nil || len(c.items) == 0 {
			return item, false, err
		}
	}
	item, c.items = c.items[0], c.items[1:]
	return item, true, nil
}

// history returns the first fault, nil if there is none.
func (v *verifier) history() (*Problem, error) {
	head, err := v.r.Head(v.ctx)
	if err != nil {
		return nil, err
	}
	rows := cursor[Row]{fetch: func(from int64) ([]Row, error) { return v.r.Rows(v.ctx, from, page) }}
	for {
		if p := v.confirm(); p != nil {
			return p, nil
		}
		seq := v.edge.size
		row, ok, err := rows.next(seq)
		if err != nil {
			return nil, err
		}
		switch {
		case !ok:
			return v.end(seq, head)
		case seq >= head:
			return &Problem{Kind: Surplus, Seq: seq}, nil
		case row.Seq != seq:
			return &Problem{Kind: Missing, Seq: seq}, nil
		}
		if p, err := v.event(row); p != nil || err != nil {
			return p, err
		}
	}
}

// confirm compares the tree so far with the checkpoints of its size.
func (v *verifier) confirm() *Problem {
	for len(v.checkpoints) > v.report.Checkpoints && v.checkpoints[v.report.Checkpoints].Size == v.edge.size {
		if v.checkpoints[v.report.Checkpoints].Root != v.edge.root() {
			return &Problem{Kind: Rewritten, Seq: v.trusted, Through: v.edge.size - 1}
		}
		v.trusted = v.edge.size
		v.report.Checkpoints++
	}
	return nil
}

// end judges a history whose rows end before seq.
func (v *verifier) end(seq, head int64) (*Problem, error) {
	known := head
	if n := len(v.checkpoints); n > 0 {
		known = max(known, v.checkpoints[n-1].Size)
	}
	if seq < known {
		return &Problem{Kind: Truncated, Seq: seq, Detail: strconv.FormatInt(known, 10)}, nil
	}
	index := tlog.StoredHashCount(seq)
	if extra, ok, err := v.hashes.next(index); err != nil {
		return nil, err
	} else if ok {
		return &Problem{Kind: TreeEdited, Seq: seq, Detail: strconv.FormatInt(extra.Index, 10)}, nil
	}
	return nil, nil
}

// event checks one row and takes its leaf into the tree.
func (v *verifier) event(row Row) (*Problem, error) {
	first := tlog.StoredHashCount(row.Seq)
	leafHash := tlog.RecordHash(row.Leaf)
	v.roots = append(v.roots[:0], v.edge.roots...)
	before := frontier{size: v.edge.size, roots: v.roots}
	v.fresh = v.edge.add(leafHash, v.fresh[:0])
	for i, want := range v.fresh {
		index := first + int64(i)
		stored, ok, err := v.hashes.next(index)
		if err != nil {
			return nil, err
		}
		if ok && stored.Index == index && stored.Hash == want {
			continue
		}
		v.edge = before
		if i == 0 && ok && stored.Index == index {
			return v.diagnose(row, leafHash, stored.Hash)
		}
		return &Problem{Kind: TreeEdited, Seq: row.Seq, Detail: strconv.FormatInt(index, 10)}, nil
	}
	if p := checkContent(row); p != nil {
		v.edge = before
		return p, nil
	}
	if row.Erased != Whole {
		v.report.Erased++
	}
	return nil, nil
}

// checkContent compares a row with its own leaf, which the tree has confirmed.
func checkContent(row Row) *Problem {
	c, err := parseLeaf(row.Leaf)
	if err != nil {
		return &Problem{Kind: LeafEdited, Seq: row.Seq}
	}
	if column := c.differs(row.Event); column != "" {
		return &Problem{Kind: ColumnEdited, Seq: row.Seq, Detail: column}
	}
	switch row.Erased {
	case Whole:
		if len(row.Salt) != SaltSize || !c.payload.holds(row.Salt, "payload", row.Payload) {
			return &Problem{Kind: PayloadEdited, Seq: row.Seq}
		}
		if !c.private.holds(row.Salt, "private", row.Private) {
			return &Problem{Kind: PrivateEdited, Seq: row.Seq}
		}
	case ErasedPrivate:
		if len(row.Private) != 0 {
			return &Problem{Kind: ErasureFalse, Seq: row.Seq}
		}
		if len(row.Salt) != SaltSize || !c.payload.holds(row.Salt, "payload", row.Payload) {
			return &Problem{Kind: PayloadEdited, Seq: row.Seq}
		}
	case ErasedAll:
		if len(row.Payload)+len(row.Private)+len(row.Salt) != 0 {
			return &Problem{Kind: ErasureFalse, Seq: row.Seq}
		}
	default:
		return &Problem{Kind: ErasureFalse, Seq: row.Seq}
	}
	return nil
}

// inbound checks the gap-free sequence against itself and the checkpoints.
func (v *verifier) inbound() error {
	numbers := cursor[int64]{fetch: func(from int64) ([]int64, error) { return v.r.Inbound(v.ctx, from, page) }}
	for {
		n, ok, err := numbers.next(v.report.InboundLast + 1)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if v.report.InboundFirst == 0 {
			v.report.InboundFirst = n
		} else if n != v.report.InboundLast+1 {
			v.report.add(Problem{Kind: InboundGap, Seq: v.report.InboundLast + 1})
			return nil
		}
		v.report.InboundLast = n
	}
	var seen int64
	for _, c := range v.checkpoints {
		seen = max(seen, c.Inbound)
	}
	if v.report.InboundLast < seen {
		v.report.add(Problem{Kind: InboundTruncated, Seq: v.report.InboundLast + 1, Detail: strconv.FormatInt(seen, 10)})
	}
	return nil
}
