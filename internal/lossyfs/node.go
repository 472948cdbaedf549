package lossyfs

import (
	"maps"
	"math/rand/v2"
	"slices"
	"syscall"
)

// sector is the unit that a disk writes whole, in bytes.
const sector = 512

// node is a file or a folder.
type node struct {
	id      uint64
	mode    uint32
	folder  bool
	names   int              // of a file: entries that lead to it
	data    []byte           // of a file: what a reader sees
	pending []change         // of a file: since its last fsync, oldest first
	entries map[string]*node // of a folder: what a reader sees
	synced  map[string]*node // of a folder: entries at its last fsync
}

// change is one write or one truncation of a file.
type change struct {
	before   int64  // size of the file
	at       int64  // first byte changed
	old, new []byte // bytes from there; of a truncation new is nil
	after    int64  // size of the file
}

// write changes the bytes from at on and makes the file longer if needed.
func (n *node) write(at int64, b []byte) {
	before, end := int64(len(n.data)), at+int64(len(b))
	n.record(change{before: before, at: at, old: part(n.data, at, end), new: slices.Clone(b), after: max(before, end)})
}

// truncate makes the file size bytes long.
func (n *node) truncate(size int64) {
	before := int64(len(n.data))
	n.record(change{before: before, at: size, old: part(n.data, size, before), after: size})
}

func (n *node) record(c change) {
	n.pending = append(n.pending, c)
	n.apply(c, len(c.new))
}

// apply makes a change of which only the first whole bytes reach the disk.
func (n *node) apply(c change, whole int) {
	if c.new == nil {
		n.data = resize(n.data, c.after)
		return
	}
	n.data = resize(n.data, max(int64(len(n.data)), c.at+int64(whole)))
	copy(n.data[c.at:], c.new[:whole])
}

// part returns a copy of b[from:to] as far as b has it.
func part(b []byte, from, to int64) []byte {
	size := int64(len(b))
	return slices.Clone(b[min(from, size):max(min(to, size), min(from, size))])
}

// resize makes b size bytes long; what is new is zero.
func resize(b []byte, size int64) []byte {
	if grown := size - int64(len(b)); grown > 0 {
		return append(b, make([]byte, grown)...)
	}
	return b[:size]
}

// Loss is what a power cut takes with it.
type Loss string

const (
	LoseAll  Loss = "all"  // everything not synced
	LoseTail Loss = "tail" // of each file the newest changes, the first of them torn
	LoseSome Loss = "some" // any changes in any order, some torn, and the names of some folders
)

// Report counts what a power cut found unsynced and took away.
type Report struct {
	Changes int // writes and truncations taken
	Torn    int // writes of which only some sectors stayed
	Names   int // folder entries made, changed or removed that are so no longer
}

// cut loses what was pending and says what that was. What stays counts as synced.
func (n *node) cut(how Loss, rng *rand.Rand, r *Report) {
	if n.folder {
		n.cutFolder(how, rng, r)
		return
	}
	for _, c := range slices.Backward(n.pending) {
		n.data = resize(n.data, c.before)
		copy(n.data[min(c.at, c.before):], c.old)
	}
	keep := 0 // of LoseTail: changes that stay whole
	if how == LoseTail && len(n.pending) > 0 {
		keep = rng.IntN(len(n.pending))
	}
	for i, c := range n.pending {
		whole := how == LoseTail && i < keep || how == LoseSome && rng.IntN(2) == 0
		torn := how == LoseTail && i == keep || how == LoseSome && rng.IntN(4) == 0
		switch sectors := len(c.new) / sector; {
		case whole:
			n.apply(c, len(c.new))
		case torn && sectors > 0:
			n.apply(c, sector*rng.IntN(sectors+1))
			r.Torn++
		default:
			r.Changes++
		}
	}
	n.pending = nil
}

func (n *node) cutFolder(how Loss, rng *rand.Rand, r *Report) {
	if how == LoseAll || how == LoseSome && rng.IntN(2) == 0 {
		for name, x := range n.entries {
			if n.synced[name] != x {
				r.Names++
			}
		}
		for name := range n.synced {
			if n.entries[name] == nil {
				r.Names++
			}
		}
		n.entries = maps.Clone(n.synced)
	}
	n.synced = maps.Clone(n.entries)
}

// sync makes what was pending when it began durable; upTo is the number of changes.
func (n *node) sync(upTo int) {
	if n.folder {
		n.synced = maps.Clone(n.entries)
	} else {
		n.pending = slices.Delete(n.pending, 0, min(upTo, len(n.pending)))
	}
}

// fileType is the part of st_mode that says what n is.
func (n *node) fileType() uint32 {
	if n.folder {
		return syscall.S_IFDIR
	}
	return syscall.S_IFREG
}
