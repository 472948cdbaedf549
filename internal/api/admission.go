package api

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"tanggap/internal/tanggap"
)

// Limits of the bodies being read, for each region: one region's flood leaves the
// others, and the pages, their share of the machine.
const (
	defaultSlots = 1024     // bodies; so many because slow callers hold them
	defaultBytes = 16 << 20 // of them together, as far as they have arrived
	firstBytes   = 4 << 10  // taken for a body of unknown length; most are shorter
	// bodyWithin is how long a body may take. Providers send theirs at once; who drips
	// them is cut off, and a real one sends again.
	bodyWithin = 5 * time.Second
)

var errBusy = tanggap.Errorf(tanggap.Unavailable, "too many deliveries at once")

// gate bounds the bodies that are being read for one region.
type gate struct {
	mu    sync.Mutex
	slots int
	bytes int
	shed  int64
	tell  rate.Sometimes // a flood of webhooks must not become one of log lines
}

func (g *gate) enter(maxSlots int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.slots >= maxSlots {
		g.shed++
		return false
	}
	g.slots++
	return true
}

// take adds n bytes to those held; a negative n gives back.
func (g *gate) take(n, maxBytes int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if n > 0 && g.bytes+n > maxBytes {
		g.shed++
		return false
	}
	g.bytes += n
	return true
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.slots--
}

// read returns a body of at most limit bytes and a function that gives its memory
// back. It holds no more than about twice what has arrived, so that a caller who
// promises megabytes and sends nothing takes nothing.
func (g *gate) read(r io.Reader, length int64, limit, maxBytes int) (body []byte, free func(), err error) {
	held := 0
	free = func() { g.take(-held, maxBytes) }
	grow := func(n int) bool {
		if !g.take(n-held, maxBytes) {
			return false
		}
		held = n
		body = append(make([]byte, 0, n), body...)
		return true
	}
	size := firstBytes
	if length >= 0 && length < firstBytes {
		size = int(length) + 1 // one more, to see the end
	}
	if !grow(size) {
		return nil, free, errBusy
	}
	for {
		n, err := r.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case errors.Is(err, io.EOF):
			return body, free, nil
		case err != nil:
			return nil, free, err
		case len(body) == cap(body):
			if size = min(2*cap(body), limit+1); length >= 0 && int64(size) > length {
				size = int(length) + 1
			}
			if !grow(size) {
				return nil, free, errBusy
			}
		}
	}
}

// Reading is how full the gate of a region is.
type Reading struct {
	Region string
	Bodies int   // being read or stored
	Bytes  int   // of them, as far as they have arrived
	Shed   int64 // refused since the start because the gate was full
}

// hurry ends the reading of a body in time. It comes first, because the server reads
// what a refused caller still sends as well. Only a real connection can be hurried.
func hurry(w http.ResponseWriter) {
	deadline := tanggap.SystemClock{}.Now().Add(bodyWithin) // the kernel's clock, whatever ours says
	_ = http.NewResponseController(w).SetReadDeadline(deadline)
}

// calm undoes hurry once the body is there: the server goes on reading to notice when
// the caller leaves.
func calm(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
}
