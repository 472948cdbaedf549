package stat

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Minutes is a histogram of working minutes whose steps grow by 5 %. The zero value is
// empty.
type Minutes struct {
	N    int64
	Sum  int64 // exact
	bins []int64
}

const step = 1.05

// mostBins is more than any length needs: 2⁶³ minutes lie in bin 896.
const mostBins = 1000

// bin is where m minutes are counted: 0 for none at all, then in growing steps.
func bin(m int64) int {
	if m <= 0 {
		return 0
	}
	return 1 + int(math.Log(float64(m))/math.Log(step)+1e-9)
}

// Add counts a length n times; n may be negative to take it out again.
func (h *Minutes) Add(minutes, n int64) {
	h.N += n
	h.Sum += minutes * n
	h.put(bin(minutes), n)
}

func (h *Minutes) put(b int, n int64) {
	if b >= len(h.bins) {
		h.bins = append(h.bins, make([]int64, b+1-len(h.bins))...)
	}
	h.bins[b] += n
	for last := len(h.bins) - 1; last >= 0 && h.bins[last] == 0; last-- {
		h.bins = h.bins[:last] // so that nothing left is no bins
	}
}

// Merge adds o to h.
func (h *Minutes) Merge(o Minutes) {
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
	var seen int64
	for b, n := range h.bins {
		if seen += n; seen >= max(rank, 1) {
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
	var out []byte
	last := 0
	for b, n := range h.bins {
		if n == 0 {
			continue
		}
		out = binary.AppendUvarint(out, uint64(b-last))
		out = binary.AppendVarint(out, n)
		last = b
	}
	return out
}

// merge adds encoded bins to h, and to N what they hold. The sum is kept beside them.
func (h *Minutes) merge(b []byte) error {
	at := 0
	for len(b) > 0 {
		d, n := binary.Uvarint(b)
		if n <= 0 || d > mostBins {
			return fmt.Errorf("broken histogram")
		}
		b = b[n:]
		count, n := binary.Varint(b)
		if n <= 0 {
			return fmt.Errorf("broken histogram")
		}
		b = b[n:]
		if at += int(d); at > mostBins {
			return fmt.Errorf("broken histogram")
		}
		h.N += count
		h.put(at, count)
	}
	return nil
}
