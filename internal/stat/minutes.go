package stat

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// Minutes is a histogram of working minutes whose steps grow by 5 %. The zero value is
// empty.
type Minutes struct {
	N    int64
	Sum  int64 // exact
	bins map[int]int64
}

const step = 1.05

// bin is where m minutes are counted: 0 for none at all, then in growing steps.
func bin(m int64) int {
	if m <= 0 {
		return 0
	}
	return 1 + int(math.Log(float64(m))/math.Log(step)+1e-9)
}

// Add counts a length n times; n may be negative to take it out again.
func (h *Minutes) Add(minutes, n int64) {
	if h.bins == nil {
		h.bins = map[int]int64{}
	}
	h.N += n
	h.Sum += minutes * n
	h.put(bin(minutes), n)
}

func (h *Minutes) put(b int, n int64) {
	if h.bins[b] += n; h.bins[b] == 0 {
		delete(h.bins, b)
	}
}

// Merge adds o to h.
func (h *Minutes) Merge(o Minutes) {
	if h.bins == nil {
		h.bins = map[int]int64{}
	}
	h.N += o.N
	h.Sum += o.Sum
	for b, n := range o.bins {
		h.put(b, n)
	}
}

// Quantile is the length that a share q of all do not exceed, within 2.5 %; ok is false
// when there is none.
func (h Minutes) Quantile(q float64) (minutes float64, ok bool) {
	if h.N <= 0 {
		return 0, false
	}
	rank := int64(math.Ceil(q * float64(h.N)))
	keys := make([]int, 0, len(h.bins))
	for b := range h.bins {
		keys = append(keys, b)
	}
	slices.Sort(keys)
	var seen int64
	for _, b := range keys {
		if seen += h.bins[b]; seen >= max(rank, 1) {
			return middle(b), true
		}
	}
	return 0, false
}

// middle stands for all lengths of a bin: no more than 2.5 % from any of them.
func middle(b int) float64 {
	if b == 0 {
		return 0
	}
	return math.Pow(step, float64(b)-0.5)
}

// Median is Quantile of one half.
func (h Minutes) Median() (minutes float64, ok bool) { return h.Quantile(0.5) }

// encode writes the bins, nil when there are none: pairs of distance and count.
func (h Minutes) encode() []byte {
	keys := make([]int, 0, len(h.bins))
	for b := range h.bins {
		keys = append(keys, b)
	}
	slices.Sort(keys)
	var out []byte
	last := 0
	for _, b := range keys {
		out = binary.AppendUvarint(out, uint64(b-last))
		out = binary.AppendVarint(out, h.bins[b])
		last = b
	}
	return out
}

// merge adds encoded bins to h, and to N what they hold. The sum is kept beside them.
func (h *Minutes) merge(b []byte) error {
	if len(b) > 0 && h.bins == nil {
		h.bins = map[int]int64{}
	}
	at := 0
	for len(b) > 0 {
		d, n := binary.Uvarint(b)
		if n <= 0 || d > 1<<20 {
			return fmt.Errorf("broken histogram")
		}
		b = b[n:]
		count, n := binary.Varint(b)
		if n <= 0 {
			return fmt.Errorf("broken histogram")
		}
		b = b[n:]
		at += int(d)
		h.N += count
		h.put(at, count)
	}
	return nil
}
