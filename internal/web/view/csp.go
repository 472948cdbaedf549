package view

import "crypto/rand"

// NewNonce returns a fresh random value for one response's CSP.
func NewNonce() string { return rand.Text() }

// CSP returns the Content-Security-Policy of a page whose inline style and script
// carry nonce. Nothing from another host is ever loaded and no inline attribute runs.
func CSP(nonce string) string {
	return "default-src 'none'; style-src 'self' 'nonce-" + nonce + "'; script-src 'self' 'nonce-" + nonce + "'; " +
		"img-src 'self' data: blob:; font-src 'self'; media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}
