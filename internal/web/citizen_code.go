package web

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"time"

	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

const (
	codeLives = 10 * time.Minute
	codeTries = 5
	// codeCookie holds what binds a code to the browser that asked for it: whoever reads
	// the code elsewhere can do nothing with it.
	codeCookie = "tanggap_kode"
)

// codeSend sends a one-time code to the verified contact of a case, for somebody who
// holds no more than its tracking code. Whether there is such a contact nobody learns:
// the answer, what is stored and what can be tried are the same.
func (s *Server) codeSend(w http.ResponseWriter, r *http.Request) error {
	c, err := s.coded(r)
	if err != nil {
		return err
	}
	now, ctx := s.Clock.Now(), r.Context()
	if !s.limits.codes.spend(now, s.clientIP(r)) || !s.limits.caseCodes.spend(now, c.Region+"/"+c.ID) {
		return errTooMany
	}
	digits, err := sixDigits()
	if err != nil {
		return err
	}
	secret := tanggap.NewToken()
	err = s.Store.InTx(ctx, func(tx *store.Store) error {
		row := &store.ContactCode{Region: c.Region, ID: tanggap.HashToken(secret), CaseID: c.ID, Purpose: store.CodeView}
		to, err := s.Intake.Outbox.Code(ctx, tx, s.pack(r), c, "code:"+row.ID, digits, codeLives)
		if err != nil {
			return err
		}
		if to != nil {
			row.IdentityID = to.ID
		}
		return tx.AddContactCode(ctx, row, digits, codeLives)
	})
	if err != nil {
		return err
	}
	s.wake()
	http.SetCookie(w, &http.Cookie{Name: codeCookie, Value: secret, Path: "/", MaxAge: int(codeLives.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure(r)})
	return s.redirect(w, r, "/lacak/"+c.Code+"/isi")
}

// sixDigits is a code that people can type, each equally likely.
func sixDigits() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%06d", n), nil
}

// coded is the case of the tracking code in the address.
func (s *Server) coded(r *http.Request) (*store.Case, error) {
	code, err := parseCode(s.pack(r), r.PathValue("code"))
	if err != nil {
		return nil, tanggap.Errorf(tanggap.NotFound, "kode ini tidak ada")
	}
	return s.guessed(r, code)
}

func (s *Server) codeForm(w http.ResponseWriter, r *http.Request) error {
	c, err := s.coded(r)
	if err != nil {
		return err
	}
	return s.renderPrivate(w, r, http.StatusOK, "open_code", &view.OpenCode{Base: s.base(r), Number: c.Number, Code: c.Code})
}

// codeCheck opens the private view for the right code, typed in the browser that asked
// for it.
func (s *Server) codeCheck(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	c, err := s.coded(r)
	if err != nil {
		return err
	}
	now, ip := s.Clock.Now(), s.clientIP(r)
	if !s.limits.misses.left(now, ip) {
		return errTooMany
	}
	err = s.useCode(r.Context(), c, r, strings.Join(strings.Fields(r.PostForm.Get("kode")), ""))
	if tanggap.CodeOf(err) == tanggap.NotFound {
		s.limits.misses.spend(now, ip)
		page := &view.OpenCode{Base: s.base(r), Number: c.Number, Code: c.Code}
		page.Errors = append(page.Errors, s.wrong(r, "kode", "open_code.wrong"))
		return s.renderPrivate(w, r, http.StatusUnprocessableEntity, "open_code", page)
	}
	if err != nil {
		return err
	}
	http.SetCookie(w, &http.Cookie{Name: codeCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure(r)})
	return s.redirect(w, r, "/l/"+c.Link)
}

func (s *Server) useCode(ctx context.Context, c *store.Case, r *http.Request, digits string) error {
	cookie, err := r.Cookie(codeCookie)
	if err != nil || len(cookie.Value) > 64 {
		return tanggap.Errorf(tanggap.NotFound, "kode ini diminta dari peramban lain")
	}
	row, err := s.Store.UseContactCode(ctx, c.Region, tanggap.HashToken(cookie.Value), store.CodeView, digits, codeTries)
	if err == nil && (row.CaseID != c.ID || row.IdentityID == "") {
		err = tanggap.Errorf(tanggap.NotFound, "kode ini milik laporan lain")
	}
	return err
}
