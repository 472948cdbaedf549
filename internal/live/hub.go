// Package live tells whoever listens what has changed, and never the data itself:
// a listener asks again for what he may see. It is advice: what is lost costs a
// reload and nothing else.
package live

import (
	"context"
	"crypto/rand"
	"strconv"
	"strings"
	"sync"

	"tanggap/internal/store"
)

// Event is one signal. With Reload set the listener has missed some and should read
// everything again; Change is then empty.
type Event struct {
	ID     string // opaque; for Last-Event-ID
	Change store.Change
	Reload bool

	foreign bool // came from another node
}

const (
	replay = 200 // events kept for those who come back
	buffer = 64  // events that wait for one slow listener
)

// Hub passes signals on within this process. It starts no goroutines.
type Hub struct {
	name string // distinguishes the ids of this hub from any other's

	mu   sync.Mutex
	last int64
	past []Event // the newest replay events, oldest first
	subs map[*Subscription]struct{}
}

// NewHub returns an empty hub.
func NewHub() *Hub {
	return &Hub{name: rand.Text()[:8], subs: map[*Subscription]struct{}{}}
}

// Publish signals committed changes to all listeners; store.OnCommit takes it. It
// never blocks.
func (h *Hub) Publish(changes []store.Change) { h.publish(changes, false) }

func (h *Hub) publish(changes []store.Change, foreign bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range changes {
		h.last++
		e := Event{ID: h.id(h.last), Change: c, foreign: foreign}
		if len(h.past) == replay {
			h.past = append(h.past[:0], h.past[1:]...)
		}
		h.past = append(h.past, e)
		for s := range h.subs {
			s.offer(e)
		}
	}
}

// Reload tells all listeners to read everything again, as after a time in which
// signals of other nodes could not be heard.
func (h *Hub) Reload() { h.reload(false) }

func (h *Hub) reload(foreign bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.past = nil
	h.last++
	for s := range h.subs {
		if !s.local || !foreign {
			s.miss(h.id(h.last))
		}
	}
}

func (h *Hub) id(n int64) string { return h.name + "-" + strconv.FormatInt(n, 10) }

// Subscription is one listener. It ends with the context it was made under.
type Subscription struct {
	want  func(store.Change) bool
	local bool          // hears nothing that came from other nodes
	start string        // id after which it hears everything; "" when it missed some already
	more  chan struct{} // holds a token while there is something to take

	mu     sync.Mutex
	queue  []Event
	missed bool
	newest string // id to go on from after what was missed
}

// Subscribe listens to the changes that want accepts; nil means all. After lastID,
// the id of the last event heard on an earlier connection, come the events since
// then, or a reload when they are not known any more; "" starts with the present.
func (h *Hub) Subscribe(ctx context.Context, lastID string, want func(store.Change) bool) *Subscription {
	return h.subscribe(ctx, lastID, &Subscription{want: want})
}

func (h *Hub) subscribe(ctx context.Context, lastID string, s *Subscription) *Subscription {
	s.more = make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if lastID == "" {
		s.start = h.id(h.last)
	} else {
		h.catchUp(s, lastID)
	}
	h.subs[s] = struct{}{}
	context.AfterFunc(ctx, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.subs, s)
	})
	return s
}

func (h *Hub) catchUp(s *Subscription, lastID string) {
	name, number, _ := strings.Cut(lastID, "-")
	n, err := strconv.ParseInt(number, 10, 64)
	oldest := h.last - int64(len(h.past)) // the last event before those kept
	if name != h.name || err != nil || n < oldest || n > h.last {
		s.miss(h.id(h.last))
		return
	}
	s.start = lastID
	for _, e := range h.past[n-oldest:] {
		s.offer(e)
	}
}

// offer queues an event; a listener who is too slow loses them all and is told.
func (s *Subscription) offer(e Event) {
	if s.local && e.foreign || s.want != nil && !s.want(e.Change) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.missed || len(s.queue) == buffer {
		s.queue, s.missed, s.newest = nil, true, e.ID
	} else {
		s.queue = append(s.queue, e)
	}
	s.wake()
}

func (s *Subscription) miss(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue, s.missed, s.newest = nil, true, id
	s.wake()
}

func (s *Subscription) wake() {
	select {
	case s.more <- struct{}{}:
	default:
	}
}

// More yields when Take has something.
func (s *Subscription) More() <-chan struct{} { return s.more }

// Take returns what has come since the last Take, oldest first.
func (s *Subscription) Take() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.queue
	if s.missed {
		out = []Event{{ID: s.newest, Reload: true}}
	}
	s.queue, s.missed = nil, false
	return out
}
