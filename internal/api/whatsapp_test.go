package api

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tanggap/internal/channel/whatsapp"
	"tanggap/internal/tanggap"
)

const secret, older = "app secret", "secret before"

func sign(body, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// shelf is a place where deliveries are stored, or not.
type shelf struct {
	err    error
	region string
	body   string
	calls  int
}

func (s *shelf) Receive(_ context.Context, region, channel string, body []byte) ([]int64, error) {
	s.calls++
	if s.err != nil {
		return nil, s.err
	}
	s.region, s.body = region+"/"+channel, string(body)
	return []int64{1}, nil
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func serve(h *WhatsApp, method, path, body, signature string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if signature != "" {
		r.Header.Set(whatsapp.SignatureHeader, signature)
	}
	w := httptest.NewRecorder()
	h.Handler().ServeHTTP(w, r)
	return w
}

func TestWhatsApp(t *testing.T) {
	one := map[string]Account{"74.72": {VerifyToken: "verify me", AppSecrets: []string{secret, older}}}
	two := map[string]Account{"74.72": one["74.72"], "74.71": {VerifyToken: "other", AppSecrets: []string{"other"}}}
	const body = `{"object":"whatsapp_business_account"}`
	const path = "/webhook/whatsapp/74.72"
	huge := strings.Repeat("a", whatsapp.MaxBody+1)
	for _, c := range []struct {
		name      string
		accounts  map[string]Account
		method    string
		path      string
		body      string
		signature string
		fails     error
		status    int
		answer    string // body of the answer
		stored    string // region/channel
		retry     bool
	}{
		{name: "handshake", method: "GET", path: path + "?hub.mode=subscribe&hub.verify_token=verify+me&hub.challenge=1158201444", status: 200, answer: "1158201444"},
		{name: "handshake of the only account", method: "GET", path: "/webhook/whatsapp?hub.mode=subscribe&hub.verify_token=verify+me&hub.challenge=7", status: 200, answer: "7"},
		{name: "handshake with a wrong token", method: "GET", path: path + "?hub.mode=subscribe&hub.verify_token=verify&hub.challenge=1", status: 403},
		{name: "handshake in another mode", method: "GET", path: path + "?hub.mode=unsubscribe&hub.verify_token=verify+me&hub.challenge=1", status: 403},
		{name: "handshake of nobody", method: "GET", path: "/webhook/whatsapp/99.99?hub.mode=subscribe&hub.verify_token=verify+me", status: 404},
		{name: "delivery", method: "POST", path: path, body: body, signature: sign(body, secret), status: 200, stored: "74.72/whatsapp"},
		{name: "delivery to the only account", method: "POST", path: "/webhook/whatsapp", body: body, signature: sign(body, secret), status: 200, stored: "74.72/whatsapp"},
		{name: "delivery to one of two", accounts: two, method: "POST", path: "/webhook/whatsapp", body: body, signature: sign(body, secret), status: 404},
		{name: "delivery with the other region's secret", accounts: two, method: "POST", path: path, body: body, signature: sign(body, "other"), status: 403},
		{name: "delivery under the secret before", method: "POST", path: path, body: body, signature: sign(body, older), status: 200, stored: "74.72/whatsapp"},
		{name: "any bytes, once signed", method: "POST", path: path, body: "\x1f\x8b not JSON", signature: sign("\x1f\x8b not JSON", secret), status: 200, stored: "74.72/whatsapp"},
		{name: "largest body", method: "POST", path: path, body: huge[1:], signature: sign(huge[1:], secret), status: 200, stored: "74.72/whatsapp"},
		{name: "body too large", method: "POST", path: path, body: huge, signature: sign(huge, secret), status: 413},
		{name: "unsigned", method: "POST", path: path, body: body, status: 403},
		{name: "wrong signature", method: "POST", path: path, body: body, signature: sign(body, "guess"), status: 403},
		{name: "signature of other bytes", method: "POST", path: path, body: body, signature: sign(body+" ", secret), status: 403},
		{name: "signature without scheme", method: "POST", path: path, body: body, signature: strings.TrimPrefix(sign(body, secret), "sha256="), status: 403},
		{name: "signed with an empty secret", accounts: map[string]Account{"74.72": {AppSecrets: []string{""}}}, method: "POST", path: path, body: body, signature: sign(body, ""), status: 403},
		{name: "store broken", method: "POST", path: path, body: body, signature: sign(body, secret), fails: errors.New("disk full"), status: 503, retry: true},
		{name: "store busy", method: "POST", path: path, body: body, signature: sign(body, secret), fails: tanggap.Errorf(tanggap.Unavailable, "busy"), status: 503, retry: true},
		{name: "store too slow", method: "POST", path: path, body: body, signature: sign(body, secret), fails: context.DeadlineExceeded, status: 503, retry: true},
		{name: "another method", method: "PUT", path: path, body: body, signature: sign(body, secret), status: 405},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.accounts == nil {
				c.accounts = one
			}
			s := &shelf{err: c.fails}
			w := serve(&WhatsApp{Accounts: c.accounts, Intake: s, Log: quiet}, c.method, c.path, c.body, c.signature)
			if w.Code != c.status {
				t.Errorf("status %d, want %d", w.Code, c.status)
			}
			if c.status < 400 && w.Body.String() != c.answer {
				t.Errorf("answered %q, want %q", w.Body, c.answer)
			}
			if s.region != c.stored || c.stored != "" && s.body != c.body {
				t.Errorf("stored %d bytes for %q, want %q", len(s.body), s.region, c.stored)
			}
			if c.fails == nil && c.stored == "" && s.calls > 0 {
				t.Error("intake was called")
			}
			if got := w.Header().Get("Retry-After") != ""; got != c.retry {
				t.Errorf("Retry-After %v, want %v", got, c.retry)
			}
			if strings.Contains(w.Body.String(), "disk full") {
				t.Error("the inner error reached the caller")
			}
		})
	}
}

// slow holds every delivery until it is let go.
type slow struct{ entered, release chan struct{} }

func (s slow) Receive(context.Context, string, string, []byte) ([]int64, error) {
	s.entered <- struct{}{}
	<-s.release
	return nil, nil
}

func TestAdmission(t *testing.T) {
	s := slow{make(chan struct{}), make(chan struct{})}
	h := (&WhatsApp{Accounts: map[string]Account{"74.72": {AppSecrets: []string{secret}}}, Intake: s, Log: quiet, Slots: 1}).Handler()
	post := func() int {
		r := httptest.NewRequest(http.MethodPost, "/webhook/whatsapp", strings.NewReader("{}"))
		r.Header.Set(whatsapp.SignatureHeader, sign("{}", secret))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	first := make(chan int)
	go func() { first <- post() }()
	<-s.entered
	if got := post(); got != http.StatusServiceUnavailable {
		t.Errorf("one too many: %d, want 503", got)
	}
	s.release <- struct{}{}
	if got := <-first; got != http.StatusOK {
		t.Errorf("the first: %d, want 200", got)
	}
	go func() { <-s.entered; s.release <- struct{}{} }()
	if got := post(); got != http.StatusOK {
		t.Errorf("after it: %d, want 200", got)
	}
}
