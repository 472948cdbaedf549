// Package whatsapp is the channel to WhatsApp through Meta's Cloud API. It is the
// only package that knows Meta's JSON: above it there are items, messages and
// outbound texts in the words of package channel.
package whatsapp

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/url"
	"strings"
	"time"

	"tanggap/internal/channel"
)

const (
	// MaxBody is the largest webhook body in bytes (Meta documents 3 MB). The
	// HTTP handler enforces it before anything is read.
	MaxBody = 3 << 20
	// MaxItems is the largest number of updates in one delivery that Split cuts.
	MaxItems = 1000
	// SignatureHeader carries the HMAC of the body.
	SignatureHeader = "X-Hub-Signature-256"
	// Window is how long after a person's last message free text may be sent.
	Window = 24 * time.Hour
)

// Verify answers the subscription handshake, the GET that Meta sends when a
// callback address is configured. With ok the challenge is the whole body of a
// 200 answer; without it the answer is 403. An empty token never matches.
func Verify(query url.Values, token string) (challenge string, ok bool) {
	given := sha256.Sum256([]byte(query.Get("hub.verify_token")))
	want := sha256.Sum256([]byte(token))
	same := subtle.ConstantTimeCompare(given[:], want[:]) == 1
	if !same || token == "" || query.Get("hub.mode") != "subscribe" {
		return "", false
	}
	return query.Get("hub.challenge"), true
}

// Signed tells whether header is the signature of the raw body under one of the
// app secrets. There are two of them while a secret is being rotated; empty ones
// never match. Nothing may be parsed before Signed says yes.
func Signed(body []byte, header string, secrets ...string) bool {
	text, found := strings.CutPrefix(header, "sha256=")
	given, err := hex.DecodeString(text)
	if !found || err != nil {
		return false
	}
	signed := false
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		// Every secret is tried, so that the time taken does not tell which fits.
		if hmac.Equal(mac.Sum(nil), given) && secret != "" {
			signed = true
		}
	}
	return signed
}

// WindowOpen tells whether free text may be sent to a person whose last message
// came at lastInbound; the zero time means never.
func WindowOpen(lastInbound, now time.Time) bool {
	return !lastInbound.IsZero() && now.Sub(lastInbound) < Window
}

// rank orders the states. Failed stands below Delivered because with several
// devices a message can fail on one and arrive on another.
var rank = map[channel.DeliveryState]int{
	channel.Sent:      1,
	channel.Failed:    2,
	channel.Delivered: 3,
	channel.Read:      4,
}

// MergeStatus returns what is known about a message after the news arrived. Order
// and number of the news do not matter: statuses come late, twice or not at all.
// An unknown state never replaces a known one.
func MergeStatus(old, news channel.DeliveryState) channel.DeliveryState {
	if rank[news] > rank[old] {
		return news
	}
	return old
}
