package similar

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Index holds the signatures of a region's cases; about 200 bytes for each. It is safe
// for concurrent use.
type Index struct {
	mu       sync.RWMutex
	cases    []entry
	words    []uint32 // of all cases, one after the other
	postings map[uint32][]int32
	names    map[string]uint16 // services and areas
	named    []string
	usual    map[uint32]int32 // in how many messages of the language a word stands
	usualN   int
	scratch  sync.Pool
}

type entry struct {
	id            uuid.UUID
	at            int64 // Unix seconds
	from          uint32
	words, spots  uint8
	service, area uint16
}

// New makes an empty index. The usual messages, such as a pack's seeds, say how much a
// word tells; without them every word of the first cases would look rare.
func New(usual []string) *Index {
	x := &Index{postings: map[uint32][]int32{}, names: map[string]uint16{"": 0}, named: []string{""}, usual: map[uint32]int32{}, usualN: len(usual)}
	x.scratch.New = func() any { return new(scratch) }
	for _, m := range usual {
		for _, w := range Of(m, "", "", time.Time{}).words {
			x.usual[w]++
		}
	}
	return x
}

// Add puts a case into the index. It is not asked whether it stands there already.
func (x *Index) Add(id uuid.UUID, f Facts) {
	x.mu.Lock()
	defer x.mu.Unlock()
	n := int32(len(x.cases))
	x.cases = append(x.cases, entry{id: id, at: f.At.Unix(), from: uint32(len(x.words)), words: uint8(len(f.words)), spots: uint8(len(f.spots)),
		service: x.name(f.Service), area: x.name(f.Area)})
	x.words = append(append(x.words, f.words...), f.spots...)
	for _, w := range f.words {
		x.postings[w] = append(x.postings[w], n)
	}
	if f.Service != "" {
		k := bucket(f)
		x.postings[k] = append(x.postings[k], n)
	}
}

// bucket is the key under which the cases of one service in one area stand.
func bucket(f Facts) uint32 { return sign(f.Service + "@" + f.Area) }

func (x *Index) name(s string) uint16 {
	n, ok := x.names[s]
	if !ok {
		n = uint16(len(x.named))
		x.names[s], x.named = n, append(x.named, s)
	}
	return n
}

func (x *Index) facts(n int32) Facts {
	e := x.cases[n]
	w := x.words[e.from : e.from+uint32(e.words)+uint32(e.spots)]
	return Facts{Service: x.named[e.service], Area: x.named[e.area], At: time.Unix(e.at, 0), words: w[:e.words], spots: w[e.words:]}
}

// rarity is how much a word tells: the logarithm of how seldom it stands in a message.
func (x *Index) rarity(w uint32) float64 {
	n := float64(x.usualN + len(x.cases))
	return math.Log((n + 2) / (float64(x.usual[w]) + float64(len(x.postings[w])) + 1))
}

// Match is a case that may be about the same matter.
type Match struct {
	ID     uuid.UUID
	P      float64 // that it is
	Cosine float64 // how alike the words are, 0..1
	Why    []Because
	At     time.Time
}

const (
	postingsRead = 1500 // newest ones, of each word: the bound on a query's time
	fullyScored  = 150
	ownBucket    = 1000 // points that let cases of the same service and area be scored first
)

// Find returns the cases of the last window before f.At that are likeliest about the
// same matter, likeliest first, at most limit. Of a word that stands in many cases only
// the newest are read.
func (x *Index) Find(f Facts, window time.Duration, limit int) []Match {
	x.mu.RLock()
	defer x.mu.RUnlock()
	w := x.scratch.Get().(*scratch)
	defer x.scratch.Put(w)
	w.grow(len(x.cases))
	since, until := f.At.Add(-window).Unix(), f.At.Add(window).Unix()
	gather := func(key uint32, weight float32) (n int) {
		list := x.postings[key]
		for _, c := range list[max(0, len(list)-postingsRead):] {
			if at := x.cases[c].at; at >= since && at <= until {
				w.add(c, weight)
				n++
			}
		}
		return n
	}
	mine, norm := x.rarities(f)
	for word, r := range mine {
		gather(word, float32(r*r))
	}
	crowd := 0
	if f.Service != "" {
		crowd = gather(bucket(f), ownBucket)
		for area := f.Area; area != ""; { // where only the kecamatan is known, or nothing
			area = area[:max(0, strings.LastIndexByte(area, '.'))]
			gather(bucket(Facts{Service: f.Service, Area: area}), ownBucket)
		}
	}
	found := w.take()
	slices.SortFunc(found, func(a, b scored) int { return cmp.Or(cmp.Compare(b.points, a.points), cmp.Compare(b.n, a.n)) })
	candidates := make([]int32, 0, fullyScored)
	for _, c := range found[:min(len(found), fullyScored)] {
		candidates = append(candidates, c.n)
	}
	return x.best(f, mine, norm, crowd, candidates, limit)
}

// FindAll is Find by comparing with every case of the window. It is exact and slow, and
// there to measure what Find loses.
func (x *Index) FindAll(f Facts, window time.Duration, limit int) []Match {
	x.mu.RLock()
	defer x.mu.RUnlock()
	since, until := f.At.Add(-window).Unix(), f.At.Add(window).Unix()
	var near []int32
	crowd := 0
	for n, e := range x.cases {
		if e.at < since || e.at > until {
			continue
		}
		near = append(near, int32(n))
		if f.Service != "" && x.named[e.service] == f.Service && x.named[e.area] == f.Area {
			crowd++
		}
	}
	mine, norm := x.rarities(f)
	return x.best(f, mine, norm, crowd, near, limit)
}

// rarities are those of the words of a message, and the sum of their squares.
func (x *Index) rarities(f Facts) (map[uint32]float64, float64) {
	mine, norm := map[uint32]float64{}, 0.0
	for _, w := range f.words {
		mine[w] = x.rarity(w)
		norm += mine[w] * mine[w]
	}
	return mine, norm
}

// scratch sums the points of candidates without a map: one place for every case.
type scratch struct {
	points  []float32
	touched []int32
}

type scored struct {
	n      int32
	points float32
}

func (w *scratch) grow(n int) {
	if len(w.points) < n {
		w.points = make([]float32, n+n/8)
	}
}

func (w *scratch) add(n int32, points float32) {
	if w.points[n] == 0 {
		w.touched = append(w.touched, n)
	}
	w.points[n] += points
}

// take returns what was summed and clears it for the next query.
func (w *scratch) take() []scored {
	out := make([]scored, 0, len(w.touched))
	for _, n := range w.touched {
		out = append(out, scored{n, w.points[n]})
		w.points[n] = 0
	}
	w.touched = w.touched[:0]
	return out
}

// best scores candidates fully.
func (x *Index) best(f Facts, mine map[uint32]float64, norm float64, crowd int, candidates []int32, limit int) []Match {
	type ranked struct {
		n         int32
		p, cosine float64
	}
	all := make([]ranked, 0, len(candidates))
	for _, n := range candidates {
		other := x.facts(n)
		cosine := x.cosine(mine, norm, other.words)
		all = append(all, ranked{n, score(f, other, cosine, crowd-1, nil), cosine})
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return cmp.Compare(b.p, a.p) })
	var out []Match
	for _, s := range all[:min(len(all), limit)] {
		other := x.facts(s.n)
		m := Match{ID: x.cases[s.n].id, P: s.p, Cosine: s.cosine, At: other.At}
		score(f, other, s.cosine, crowd-1, &m.Why)
		out = append(out, m)
	}
	return out
}

func (x *Index) cosine(mine map[uint32]float64, norm float64, words []uint32) float64 {
	dot, theirs := 0.0, 0.0
	for _, w := range words {
		r, ok := mine[w]
		if !ok {
			r = x.rarity(w)
		} else {
			dot += r * r
		}
		theirs += r * r
	}
	if dot == 0 {
		return 0
	}
	return dot / math.Sqrt(norm*theirs)
}
