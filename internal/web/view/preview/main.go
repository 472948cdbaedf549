// Command preview serves every page with made-up content in each of its states, for
// looking at and for the browser tests. It prints its address; /pages.json lists the
// pages.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"

	"tanggap/internal/web/view"
	"tanggap/internal/web/view/fixture"
)

func main() {
	address := flag.String("listen", "127.0.0.1:0", "address to listen on")
	dev := flag.Bool("dev", false, "read templates from the source folder for every page")
	flag.Parse()
	if err := serve(*address, *dev); err != nil {
		fmt.Fprintln(os.Stderr, "preview:", err)
		os.Exit(1)
	}
}

func serve(address string, dev bool) error {
	r, err := view.New(dev)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Println("http://" + l.Addr().String())
	return http.Serve(l, handler(r))
}

func handler(r *view.Renderer) http.Handler {
	pages := map[string]fixture.Page{}
	type entry struct {
		Path     string `json:"path"`
		Staff    bool   `json:"staff"`
		Template string `json:"template"`
		Variant  bool   `json:"variant"`
	}
	var list []entry
	for _, p := range fixture.Pages() {
		pages[p.Path] = p
		if !p.Fragment {
			list = append(list, entry{p.Path, p.Staff, p.Template, p.Variant})
		}
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+view.AssetPath, r.Assets())
	mux.HandleFunc("GET /pages.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(list)
	})
	mux.HandleFunc("GET /contoh.svg", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/svg+xml")
		fmt.Fprint(w, fixture.Picture)
	})
	var news signal
	mux.HandleFunc("GET /alir", func(w http.ResponseWriter, req *http.Request) { stream(w, req, &news) })
	mux.HandleFunc("POST /alir", func(http.ResponseWriter, *http.Request) { news.fire() })
	mux.HandleFunc("/", func(w http.ResponseWriter, req *http.Request) {
		path, lang := req.URL.Path, "id"
		if rest, ok := strings.CutPrefix(path, "/en"); ok && (rest == "" || rest[0] == '/') {
			path, lang = "/"+strings.TrimPrefix(rest, "/"), "en"
		}
		p, ok := pages[path]
		if !ok {
			http.NotFound(w, req)
			return
		}
		nonce := view.NewNonce()
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", view.CSP(nonce))
		if err := r.Render(w, p.Template, lang, nonce, p.Make()); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	return mux
}

// signal wakes everybody who waits for it.
type signal struct {
	mu   sync.Mutex
	next chan struct{}
}

func (s *signal) wait() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == nil {
		s.next = make(chan struct{})
	}
	return s.next
}

func (s *signal) fire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next != nil {
		close(s.next)
		s.next = nil
	}
}

// stream tells an open page whenever somebody posts to /alir.
func stream(w http.ResponseWriter, req *http.Request, news *signal) {
	w.Header().Set("Content-Type", "text/event-stream")
	flush := http.NewResponseController(w).Flush
	fmt.Fprint(w, ": halo\n\n")
	for {
		fired := news.wait()
		if flush() != nil {
			return
		}
		select {
		case <-fired:
			fmt.Fprint(w, "event: change\ndata: 1\n\n")
		case <-req.Context().Done():
			return
		}
	}
}
