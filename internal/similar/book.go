package similar

import (
	"context"
	"encoding/binary"
	"sync"
	"time"

	"github.com/google/uuid"

	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Book keeps an index of each region's cases, read from the store as they come in.
type Book struct {
	mu      sync.Mutex
	regions map[string]*shelf
}

// NewBook makes an empty book.
func NewBook() *Book { return &Book{regions: map[string]*shelf{}} }

type shelf struct {
	mu    sync.Mutex
	pack  string // hash of the pack whose services and words the index was made with
	index *Index
	last  string          // id of the newest case read
	known map[string]bool // cases read in the last overlap
}

const (
	memory  = 400 * 24 * time.Hour // how far back cases are read: a year and what lasted long
	page    = 1000
	pages   = 5               // read in one go; a large region is caught up with over several queries
	overlap = 2 * time.Second // transactions of several nodes may end in another order than they began
)

// Find returns the cases of a region that resemble a message, likeliest first, with the
// cases as they are now. Secret ones are never among them, nor one that was joined into
// another; what the asker may see of the rest, the caller asks.
func (b *Book) Find(ctx context.Context, s *store.Store, p *region.Pack, q Query) ([]Found, error) {
	sh := b.shelf(p)
	if err := sh.sync(ctx, s, p); err != nil {
		return nil, err
	}
	kind, _ := p.Service(q.Service)
	f := For(p, kind, q.Text, q.Area, q.At)
	matches := sh.index.Find(f, q.Window, q.Limit*4)
	var ids []string
	for _, m := range matches {
		if m.P >= q.Least && m.ID.String() != q.Not {
			ids = append(ids, m.ID.String())
		}
	}
	cases, err := s.CasesByID(ctx, p.Identity.Code, ids)
	if err != nil {
		return nil, err
	}
	now := map[string]*store.Case{}
	for _, c := range cases {
		now[c.ID] = c
	}
	var out []Found
	for _, m := range matches {
		c := now[m.ID.String()]
		if c == nil || c.Secret || c.State == tanggap.Merged || q.Keep != nil && !q.Keep(c) {
			continue
		}
		if out = append(out, Found{m, c}); len(out) == q.Limit {
			break
		}
	}
	return out, nil
}

// Query is what is looked for.
type Query struct {
	Text    string // masked
	Service string
	Area    string
	At      time.Time
	Window  time.Duration
	Not     string  // id of the case that asks
	Least   float64 // probability below which nothing is read
	Limit   int
	Keep    func(*store.Case) bool // nil keeps all
}

// Found is a case that resembles another.
type Found struct {
	Match
	Case *store.Case
}

func (b *Book) shelf(p *region.Pack) *shelf {
	b.mu.Lock()
	defer b.mu.Unlock()
	sh := b.regions[p.Identity.Code]
	if sh == nil || sh.pack != p.Lesson {
		var usual []string
		for _, s := range p.Seeds {
			usual = append(usual, s.Text)
		}
		sh = &shelf{pack: p.Lesson, index: New(usual), known: map[string]bool{}}
		b.regions[p.Identity.Code] = sh
	}
	return sh
}

// sync reads the cases made since the last time.
func (sh *shelf) sync(ctx context.Context, s *store.Store, p *region.Pack) error {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.last == "" {
		sh.last = earliest(s.Clock().Now().Add(-memory))
	}
	after := sh.last
	if s.Postgres() {
		if id, err := uuid.Parse(sh.last); err == nil {
			after = earliest(made(id).Add(-overlap))
		}
	}
	for range pages {
		rows, err := s.CaseSigns(ctx, p.Identity.Code, after, page)
		if err != nil {
			return err
		}
		for _, r := range rows {
			id, err := uuid.Parse(r.ID)
			if err != nil || sh.known[r.ID] {
				continue
			}
			kind, _ := p.Service(r.Service)
			sh.index.Add(id, For(p, kind, r.Summary, r.Area, r.OpenedAt))
			sh.known[r.ID] = true
			sh.last = r.ID
		}
		if len(rows) < page {
			break
		}
		after = rows[len(rows)-1].ID
	}
	sh.forget()
	return nil
}

// forget drops what is older than the overlap from the list of known cases.
func (sh *shelf) forget() {
	last, err := uuid.Parse(sh.last)
	if err != nil {
		return
	}
	for k := range sh.known {
		if id, err := uuid.Parse(k); err == nil && made(id).Before(made(last).Add(-2*overlap)) {
			delete(sh.known, k)
		}
	}
}

// made is when a UUIDv7 was made, RFC 9562 section 5.7.
func made(id uuid.UUID) time.Time {
	return time.UnixMilli(int64(binary.BigEndian.Uint64(append([]byte{0, 0}, id[:6]...))))
}

// earliest is the smallest UUIDv7 of a moment.
func earliest(t time.Time) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(t.UnixMilli()))
	id := uuid.UUID{6: 0x70, 8: 0x80}
	copy(id[:6], b[2:])
	return id.String()
}
