package api

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"tanggap/internal/channel/whatsapp"
)

// TestBodiesAreBounded holds what a gate lets in: so many bodies and so many bytes, as
// far as they have arrived, and that everything is given back.
func TestBodiesAreBounded(t *testing.T) {
	for _, tt := range []struct {
		name   string
		body   io.Reader
		length int64
		max    int
		want   int // bytes read
		err    error
	}{
		{"empty", strings.NewReader(""), 0, 1, 0, nil},
		{"short, length known", strings.NewReader("abc"), 3, 4, 3, nil},
		{"length unknown", strings.NewReader(strings.Repeat("x", 10_000)), -1, 1 << 20, 10_000, nil},
		{"byte by byte", iotest.OneByteReader(strings.NewReader(strings.Repeat("x", 5000))), 5000, 1 << 20, 5000, nil},
		{"promises much, sends little", strings.NewReader("abc"), 3 << 20, firstBytes, 3, nil},
		{"more than there is room for", strings.NewReader(strings.Repeat("x", 10_000)), 10_000, 9000, 0, errBusy},
		{"no room at all", strings.NewReader("abc"), 3, 2, 0, errBusy},
		{"breaks off", io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(io.ErrUnexpectedEOF)), 10, 100, 0, io.ErrUnexpectedEOF},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := &gate{}
			body, free, err := g.read(tt.body, tt.length, 3<<20, tt.max)
			if !errors.Is(err, tt.err) || len(body) != tt.want {
				t.Errorf("%d bytes, %v", len(body), err)
			}
			if g.bytes > tt.max || err == nil && g.bytes < len(body) {
				t.Errorf("%d bytes are held", g.bytes)
			}
			if free(); g.bytes != 0 {
				t.Errorf("%d bytes are not given back", g.bytes)
			}
			if shed := g.shed > 0; shed != errors.Is(tt.err, errBusy) {
				t.Errorf("refusals counted: %d", g.shed)
			}
		})
	}
}

// TestFloodStaysInItsRegion lets callers who drip their bodies take every place of one
// region: it refuses the next one, unread and with advice when to come again, and
// another region's webhook and the pages beside it answer as ever.
func TestFloodStaysInItsRegion(t *testing.T) {
	const slots = 20
	h := &WhatsApp{Accounts: map[string]Account{"a": {AppSecrets: []string{secret}}, "b": {AppSecrets: []string{secret}}}, Intake: &shelf{}, Log: quiet, Slots: slots}
	mux := http.NewServeMux()
	mux.Handle("/webhook/", h.Handler())
	mux.HandleFunc("GET /kotak-masuk", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "inbox") })
	srv := httptest.NewServer(mux)
	defer srv.Close()
	for range slots {
		conn, err := net.Dial("tcp", srv.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		// "100-continue" is sent when the handler begins to read: then the place is taken.
		fmt.Fprintf(conn, "POST /webhook/whatsapp/a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n%s: %s\r\nContent-Length: %d\r\n\r\n",
			whatsapp.SignatureHeader, sign("{}", secret), whatsapp.MaxBody)
		line, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil || !strings.Contains(line, " 100 ") {
			t.Fatalf("the server says %q, %v", line, err)
		}
		if _, err := conn.Write([]byte("{")); err != nil {
			t.Fatal(err)
		}
	}
	call := func(method, path, body string) *http.Response {
		t.Helper()
		req, err := http.NewRequestWithContext(context.Background(), method, srv.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(whatsapp.SignatureHeader, sign(body, secret))
		resp, err := srv.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp
	}
	if resp := call(http.MethodPost, "/webhook/whatsapp/a", "{}"); resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" {
		t.Errorf("the flooded region answers %d, Retry-After %q", resp.StatusCode, resp.Header.Get("Retry-After"))
	}
	if resp := call(http.MethodPost, "/webhook/whatsapp/b", "{}"); resp.StatusCode != 200 {
		t.Errorf("the other region answers %d", resp.StatusCode)
	}
	if resp := call(http.MethodGet, "/kotak-masuk", ""); resp.StatusCode != 200 {
		t.Errorf("the page answers %d", resp.StatusCode)
	}
	want := []Reading{{Region: "a", Bodies: slots, Bytes: slots * firstBytes, Shed: 1}, {Region: "b"}}
	for i, r := range h.Reading() {
		if r != want[i] {
			t.Errorf("gate %+v, want %+v", r, want[i])
		}
	}
}
