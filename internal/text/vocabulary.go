package text

import (
	"math"
	"math/bits"
	"slices"
)

// vocabulary maps features to rows and their inverse document frequency. The rows are
// in order of frequency, so that what is used most lies together in memory.
type vocabulary struct {
	table []entry   // open addressing by hash
	hash  []uint32  // of each row
	idf   []float32 // of each row
	odd   float32   // idf of a feature never seen
}

type entry struct {
	hash uint32
	row  int32 // plus one; 0 empty
}

// newVocabulary keeps the features that at least floor documents contain.
func newVocabulary(docs []*Reading, floor int) *vocabulary {
	df := map32{}
	df.grow(1 << 16)
	for _, d := range docs {
		for i := range d.feat {
			df.add(d.feat[i].hash)
		}
	}
	var kept []entry // row holds the document frequency for now
	for _, e := range df.table {
		if int(e.row) >= floor && e.row > 0 {
			kept = append(kept, e)
		}
	}
	slices.SortFunc(kept, func(a, b entry) int {
		if a.row != b.row {
			return int(b.row - a.row)
		}
		if a.hash < b.hash {
			return -1
		}
		return 1
	})
	n := float64(len(docs))
	v := &vocabulary{hash: make([]uint32, len(kept)), idf: make([]float32, len(kept))}
	for r, e := range kept {
		v.hash[r] = e.hash
		v.idf[r] = float32(math.Log((1+n)/(1+float64(e.row))) + 1)
	}
	v.odd = float32(math.Log(1+n) + 1)
	v.index()
	return v
}

// index builds the table from the hashes.
func (v *vocabulary) index() {
	n := 1 << bits.Len(uint(len(v.hash)*2))
	v.table = make([]entry, n)
	mask := uint32(n - 1)
	for r, h := range v.hash {
		at := h & mask
		for v.table[at].row != 0 {
			at = (at + 1) & mask
		}
		v.table[at] = entry{h, int32(r + 1)}
	}
}

// find returns the row of a feature, -1 for one the model never learned.
func (v *vocabulary) find(hash uint32) int32 {
	mask := uint32(len(v.table) - 1)
	for at := hash & mask; ; at = (at + 1) & mask {
		if e := v.table[at]; e.row == 0 || e.hash == hash {
			return e.row - 1
		}
	}
}

// map32 counts hashes in a growing open-addressing table.
type map32 struct {
	table []entry
	used  int
}

func (m *map32) grow(n int) {
	old := m.table
	m.table = make([]entry, n)
	mask := uint32(n - 1)
	for _, e := range old {
		if e.row == 0 {
			continue
		}
		at := e.hash & mask
		for m.table[at].row != 0 {
			at = (at + 1) & mask
		}
		m.table[at] = e
	}
}

func (m *map32) add(hash uint32) {
	if m.used*2 >= len(m.table) {
		m.grow(len(m.table) * 2)
	}
	mask := uint32(len(m.table) - 1)
	at := hash & mask
	for m.table[at].row != 0 && m.table[at].hash != hash {
		at = (at + 1) & mask
	}
	if m.table[at].row == 0 {
		m.used++
		m.table[at].hash = hash
	}
	m.table[at].row++
}

// term is a feature as a model weighs it; row is -1 for one it never learned.
type term struct {
	row   int32
	value float32
}

// sublinear is 1 + ln n of small counts.
var sublinear = func() (t [64]float32) {
	for n := 1; n < len(t); n++ {
		t[n] = float32(1 + math.Log(float64(n)))
	}
	return t
}()

func tf(n uint16) float32 {
	if int(n) < len(sublinear) {
		return sublinear[n]
	}
	return float32(1 + math.Log(float64(n)))
}

// weigh appends the tf-idf of every feature of r, each block normed to 1. Features the
// model does not know count in the norm, so a message of strange words scores near zero
// for every label instead of being judged by the one scrap that happens to be known.
func (v *vocabulary) weigh(r *Reading, out []term) ([]term, [blocks]float32) {
	var sum, scale [blocks]float32
	from := len(out)
	for i := range r.feat {
		f := &r.feat[i]
		t := term{v.find(f.hash), v.odd}
		if t.row >= 0 {
			t.value = v.idf[t.row]
		}
		t.value *= tf(f.count)
		sum[f.block] += float32(t.value * t.value)
		out = append(out, t)
	}
	for b := range scale {
		if sum[b] > 0 {
			scale[b] = float32(1 / math.Sqrt(float64(sum[b])))
		}
	}
	for i := range r.feat {
		out[from+i].value *= scale[r.feat[i].block]
	}
	return out, scale
}
