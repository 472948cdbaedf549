// Package api holds the addresses that programs call: the webhooks of the channels.
// It checks who calls, hands the raw bytes on and says whether they are safe.
package api

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"tanggap/internal/channel"
	"tanggap/internal/channel/whatsapp"
	"tanggap/internal/tanggap"
)

// Account is what a region agreed with Meta about its webhook.
type Account struct {
	VerifyToken string
	AppSecrets  []string // two while one is being rotated
}

// WhatsApp serves the webhook of WhatsApp, at /webhook/whatsapp/{region}, and
// without the region where there is only one account.
type WhatsApp struct {
	Accounts map[string]Account // by region code
	// Intake stores a delivery durably before it returns.
	Intake interface {
		Receive(ctx context.Context, region, channel string, body []byte) (seqs []int64, err error)
	}
	Log *slog.Logger
	// Slots and Bytes bound what is read and stored at a time for one region, 0 means
	// 1,024 bodies and 16 MiB: one more is refused before it takes memory, and Meta
	// sends it again.
	Slots, Bytes int

	gates sync.Map // *gate by region code
}

const (
	// patience is how long a commit may take. Meta waits about ten seconds before it
	// counts a call as failed.
	patience = 8 * time.Second
	// retryAfter, in seconds, is advice to well-behaved callers and proxies.
	retryAfter = 5
)

// Handler returns the routes of the webhook.
func (h *WhatsApp) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, path := range []string{"/webhook/whatsapp", "/webhook/whatsapp/{region}"} {
		mux.HandleFunc("GET "+path, h.handshake)
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) { h.answer(w, r, h.receive(w, r)) })
	}
	return mux
}

// Reading tells how full each region's gate is, in the order of regions.
func (h *WhatsApp) Reading() []Reading {
	var out []Reading
	for _, region := range slices.Sorted(maps.Keys(h.Accounts)) {
		g := h.gate(region)
		g.mu.Lock()
		out = append(out, Reading{Region: region, Bodies: g.slots, Bytes: g.bytes, Shed: g.shed})
		g.mu.Unlock()
	}
	return out
}

// gate is that of a region with an account.
func (h *WhatsApp) gate(region string) *gate {
	g, _ := h.gates.LoadOrStore(region, &gate{tell: rate.Sometimes{First: 1, Interval: time.Minute}})
	return g.(*gate)
}

func (h *WhatsApp) account(r *http.Request) (region string, a Account, ok bool) {
	if region = r.PathValue("region"); region == "" && len(h.Accounts) == 1 {
		for region = range h.Accounts {
		}
	}
	a, ok = h.Accounts[region]
	return region, a, ok
}

// handshake answers the check of the callback address.
func (h *WhatsApp) handshake(w http.ResponseWriter, r *http.Request) {
	_, a, ok := h.account(r)
	if !ok {
		http.Error(w, "", http.StatusNotFound)
		return
	}
	challenge, ok := whatsapp.Verify(r.URL.Query(), a.VerifyToken)
	if !ok {
		http.Error(w, "", http.StatusForbidden)
		return
	}
	// The challenge is the caller's own text: as plain text no browser runs it.
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	io.WriteString(w, challenge)
}

// receive stores one delivery. Nothing in it is looked at before its signature.
func (h *WhatsApp) receive(w http.ResponseWriter, r *http.Request) error {
	hurry(w)
	region, a, ok := h.account(r)
	switch {
	case !ok:
		return tanggap.Errorf(tanggap.NotFound, "no account")
	case r.Header.Get(whatsapp.SignatureHeader) == "":
		return errSignature
	case r.ContentLength > whatsapp.MaxBody:
		return &http.MaxBytesError{Limit: whatsapp.MaxBody}
	}
	g := h.gate(region)
	if !g.enter(cmp.Or(h.Slots, defaultSlots)) {
		return errBusy
	}
	defer g.leave()
	body, free, err := g.read(http.MaxBytesReader(w, r.Body, whatsapp.MaxBody), r.ContentLength, whatsapp.MaxBody, cmp.Or(h.Bytes, defaultBytes))
	defer free()
	switch {
	case errors.As(err, new(*http.MaxBytesError)), errors.Is(err, errBusy):
		return err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return tanggap.Errorf(tanggap.Unavailable, "body took longer than %s", bodyWithin)
	case err != nil:
		return tanggap.Errorf(tanggap.Invalid, "body cut short")
	case !whatsapp.Signed(body, r.Header.Get(whatsapp.SignatureHeader), a.AppSecrets...):
		return errSignature
	}
	calm(w)
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	_, err = h.Intake.Receive(ctx, region, channel.WhatsApp, body)
	return err
}

var errSignature = tanggap.Errorf(tanggap.Forbidden, "wrong signature")

// answer says 200 only where the delivery is on disk. Everything that is our fault
// is a 503, upon which Meta sends the delivery again for seven days.
func (h *WhatsApp) answer(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusOK
	switch code := tanggap.CodeOf(err); {
	case err == nil:
	case errors.As(err, new(*http.MaxBytesError)):
		status = http.StatusRequestEntityTooLarge
	case code == tanggap.NotFound:
		status = http.StatusNotFound
	case code == tanggap.Forbidden:
		status = http.StatusForbidden
	case code == tanggap.Invalid:
		status = http.StatusBadRequest
	default: // too busy, too slow, no disk
		status = http.StatusServiceUnavailable
	}
	if status >= 500 {
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
	}
	if err != nil {
		tell := func() {
			h.Log.WarnContext(r.Context(), "webhook refused", "channel", channel.WhatsApp, "status", status, "error", err)
		}
		if region, _, ok := h.account(r); ok && status == http.StatusServiceUnavailable {
			h.gate(region).tell.Do(tell)
		} else {
			tell()
		}
	}
	w.WriteHeader(status)
}
