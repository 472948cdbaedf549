package live

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tanggap/internal/store"
)

// read returns the next n blocks of a stream.
func read(t *testing.T, r *bufio.Reader, n int) []string {
	t.Helper()
	var out []string
	var block strings.Builder
	for len(out) < n {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("after %q: %v", out, err)
		}
		if line != "\n" {
			block.WriteString(line)
			continue
		}
		out = append(out, block.String())
		block.Reset()
	}
	return out
}

func TestServeSSE(t *testing.T) {
	h := NewHub()
	beat := make(chan time.Time)
	left := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(left)
		sub := h.Subscribe(r.Context(), r.Header.Get("Last-Event-ID"), nil)
		serve(w, r, sub, func(c store.Change) bool { return c.Unit == "DLH" }, beat)
	}))
	defer srv.Close()
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got := res.Header.Get("Content-Type") + ", " + res.Header.Get("Cache-Control"); got != "text/event-stream, no-store" {
		t.Error(got)
	}
	body := bufio.NewReader(res.Body)
	if diff := cmp.Diff([]string{"retry: 5000\nid: " + h.id(0) + "\n"}, read(t, body, 1)); diff != "" {
		t.Fatal(diff)
	}
	h.Publish([]store.Change{{Region: "74.72", CaseID: "hidden", Unit: "PUPR", Type: "case.opened"}, change(7)})
	want := []string{"id: " + h.id(2) + "\nevent: change\ndata: {\"case\":\"case-7\",\"unit\":\"DLH\",\"type\":\"case.opened\"}\n"}
	if diff := cmp.Diff(want, read(t, body, 1)); diff != "" {
		t.Error(diff)
	}
	beat <- time.Time{}
	h.Reload()
	if diff := cmp.Diff([]string{":\n", "id: " + h.id(3) + "\nevent: reload\ndata: {}\n"}, read(t, body, 2)); diff != "" {
		t.Error(diff)
	}
	cancel()
	<-left
}
