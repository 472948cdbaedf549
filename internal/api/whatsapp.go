// Package api holds the addresses that programs call: the webhooks of the channels.
// It checks who calls, hands the raw bytes on and says whether they are safe.
package api

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

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
	// Slots is how many deliveries are read and stored at a time, 0 means 32: one
	// more is refused before it takes memory, and Meta sends it again.
	Slots int
}

const (
	defaultSlots = 32
	// patience is how long a commit may take. Meta waits about ten seconds before it
	// counts a call as failed.
	patience = 8 * time.Second
	// retryAfter, in seconds, is advice to well-behaved callers and proxies.
	retryAfter = 5
)

// Handler returns the routes of the webhook.
func (h *WhatsApp) Handler() http.Handler {
	slots := h.Slots
	if slots == 0 {
		slots = defaultSlots
	}
	admit := make(chan struct{}, slots)
	mux := http.NewServeMux()
	for _, path := range []string{"/webhook/whatsapp", "/webhook/whatsapp/{region}"} {
		mux.HandleFunc("GET "+path, h.handshake)
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			select {
			case admit <- struct{}{}:
				defer func() { <-admit }()
				h.answer(w, r, h.receive(w, r))
			default:
				h.answer(w, r, tanggap.Errorf(tanggap.Unavailable, "too many deliveries at once"))
			}
		})
	}
	return mux
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
	region, a, ok := h.account(r)
	if !ok {
		return tanggap.Errorf(tanggap.NotFound, "no account")
	}
	if r.ContentLength > whatsapp.MaxBody {
		return &http.MaxBytesError{Limit: whatsapp.MaxBody}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, whatsapp.MaxBody))
	if err != nil {
		if errors.As(err, new(*http.MaxBytesError)) {
			return err
		}
		return tanggap.Errorf(tanggap.Invalid, "body cut short")
	}
	if !whatsapp.Signed(body, r.Header.Get(whatsapp.SignatureHeader), a.AppSecrets...) {
		return tanggap.Errorf(tanggap.Forbidden, "wrong signature")
	}
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	_, err = h.Intake.Receive(ctx, region, channel.WhatsApp, body)
	return err
}

// answer says 200 only where the delivery is on disk. Everything that is our fault
// is a 5xx, upon which Meta sends the delivery again for seven days.
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
	case code == tanggap.Unavailable, code == tanggap.TooMany, errors.Is(err, context.DeadlineExceeded):
		status = http.StatusServiceUnavailable
	default:
		status = http.StatusInternalServerError
	}
	if status >= 500 {
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
	}
	if err != nil {
		h.Log.WarnContext(r.Context(), "webhook refused", "channel", channel.WhatsApp, "status", status, "error", err)
	}
	w.WriteHeader(status)
}
