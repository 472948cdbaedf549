package rig

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"tanggap/internal/access"
	"tanggap/internal/app"
	"tanggap/internal/store"
)

// Region is the code of the region that a Site serves.
const Region = "74.72"

// The officer of a Site whose pages are measured.
const (
	officer  = "meja@baubau.example"
	password = "perahu hijau tujuh belas"
)

// Open opens the database of a site that no server has open.
func (s Site) Open(ctx context.Context) (*store.Store, error) {
	cfg, err := s.config()
	if err != nil {
		return nil, err
	}
	return app.OpenStore(ctx, cfg, newMorning(), slog.New(slog.DiscardHandler))
}

// Hire makes the site's officer.
func Hire(ctx context.Context, db *store.Store) error {
	a, err := access.New(db, newMorning())
	if err != nil {
		return err
	}
	_, err = a.AddOfficer(ctx, access.NewOfficer{Email: officer, Name: "Petugas Contoh", Password: password,
		Grants: []access.Grant{{Role: access.Coordinator, Region: Region}}})
	return err
}

// LogIn returns a client that holds the officer's session.
func LogIn(ctx context.Context, server string) (*http.Client, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	c := &http.Client{Jar: jar}
	form := url.Values{"nama": {officer}, "sandi": {password}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server+"/masuk", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", server)
	resp, err := c.Do(req)
	if err != nil {
		return nil, err
	}
	return c, resp.Body.Close()
}
