package app

import (
	"net/http"
	"strings"
	"testing"
)

// everyAddressHasItsHeaders holds that no answer, to a person or a program, leaves a
// browser to guess, and that a method nobody asked for is refused.
func everyAddressHasItsHeaders(t *testing.T, address, host string) {
	t.Helper()
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{http.MethodGet, "/", 200}, {http.MethodGet, "/masuk", 200}, {http.MethodGet, "/tidak-ada", 404}, {http.MethodGet, "/robots.txt", 200},
		{http.MethodGet, "/healthz", 200}, {http.MethodGet, "/readyz", 200}, {http.MethodGet, "/webhook/whatsapp", 404}, {http.MethodPost, "/webhook/whatsapp/33.19", 403},
		{http.MethodTrace, "/", 404}, {http.MethodTrace, "/lapor", 404}, {http.MethodTrace, "/webhook/whatsapp", 405},
		{http.MethodGet, "/aset/", 404}, {http.MethodGet, "/.git/config", 404},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method, "http://"+address+c.path, strings.NewReader(""))
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != c.status {
			t.Errorf("%s %s answers %d, want %d", c.method, c.path, res.StatusCode, c.status)
		}
		csp := res.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s %s: policy %q lacks %s", c.method, c.path, csp, want)
			}
		}
		if res.Header.Get("X-Content-Type-Options") != "nosniff" || res.Header.Get("Referrer-Policy") == "" {
			t.Errorf("%s %s: %v", c.method, c.path, res.Header)
		}
	}
}
