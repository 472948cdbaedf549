package live

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"tanggap/internal/store"
)

const (
	heartbeat = 25 * time.Second // below the idle time at which phones and proxies hang up
	retry     = 5 * time.Second  // before a browser connects again
)

// ServeSSE writes a subscription as server-sent events until the client leaves or
// the server shuts down. Changes that visible refuses are left out; it is asked when
// the event is sent, so that a right that was taken away counts at once. An event
// "change" carries {"case", "unit", "type"}, an event "reload" {}.
//
// (WHATWG HTML, section 9.2, server-sent events.)
func ServeSSE(w http.ResponseWriter, r *http.Request, sub *Subscription, visible func(store.Change) bool) {
	t := time.NewTicker(heartbeat)
	defer t.Stop()
	serve(w, r, sub, visible, t.C)
}

func serve(w http.ResponseWriter, r *http.Request, sub *Subscription, visible func(store.Change) bool, beat <-chan time.Time) {
	c := http.NewResponseController(w)
	// The server's time limit on answers is not meant for this one. A writer without
	// deadlines, as in tests, needs none taken away.
	_ = c.SetWriteDeadline(time.Time{})
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx
	w.WriteHeader(http.StatusOK)
	// An id without data makes no event, but a browser that loses the line before the
	// first change will ask for what it missed.
	hello := fmt.Sprintf("retry: %d\n", retry.Milliseconds())
	if sub.start != "" {
		hello += "id: " + sub.start + "\n"
	}
	if _, err := io.WriteString(w, hello+"\n"); err != nil {
		return
	}
	for {
		if c.Flush() != nil {
			return
		}
		var err error
		select {
		case <-r.Context().Done():
			return
		case <-beat:
			_, err = io.WriteString(w, ":\n\n")
		case <-sub.More():
			err = writeEvents(w, sub.Take(), visible)
		}
		if err != nil {
			return
		}
	}
}

func writeEvents(w io.Writer, events []Event, visible func(store.Change) bool) error {
	for _, e := range events {
		name, data := "reload", []byte("{}")
		if !e.Reload {
			if visible != nil && !visible(e.Change) {
				continue
			}
			var err error
			if data, err = json.Marshal(payload(e.Change)); err != nil {
				return err
			}
			name = "change"
		}
		if _, err := fmt.Fprintf(w, "id: %s\nevent: %s\ndata: %s\n\n", e.ID, name, data); err != nil {
			return err
		}
	}
	return nil
}

type wire struct {
	Case string `json:"case"`
	Unit string `json:"unit"`
	Type string `json:"type"`
}

func payload(c store.Change) wire { return wire{Case: c.CaseID, Unit: c.Unit, Type: c.Type} }
