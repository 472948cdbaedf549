package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/casework"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

const unsealPath = "/buka-tertutup"

// unsealForm asks which closed case an officer must see at once, and why.
func (s *Server) unsealForm(w http.ResponseWriter, r *http.Request) error {
	page, err := s.unsealPage(r)
	if err != nil {
		return err
	}
	return s.renderPrivate(w, r, http.StatusOK, "unseal", page)
}

func (s *Server) unsealPage(r *http.Request) (*view.Unseal, error) {
	v, ctx := at(r), r.Context()
	base, err := s.staffBase(r)
	if err != nil {
		return nil, err
	}
	page := &view.Unseal{Base: base, Second: access.SecondOn(v.officer), App: !v.officer.TotpAt.IsZero()}
	if at := s.place(r); at.Possible() {
		if page.Key, err = s.Access.HasPasskey(ctx, at, v.actor.ID); err != nil {
			return nil, err
		}
	}
	open, err := s.Store.OpenNow(ctx, v.pack.Identity.Code, v.actor.ID)
	for _, x := range open {
		c, err := s.Store.Case(ctx, x.Region, x.CaseID)
		if err != nil {
			return nil, err
		}
		page.Open = append(page.Open, view.OpenCase{ID: c.ID, Number: c.Number, Until: x.ExpiresAt})
	}
	return page, err
}

// unseal opens a closed case to the officer for an hour, once his second factor has
// answered again.
func (s *Server) unseal(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v, ctx := at(r), r.Context()
	number, reason := strings.ToUpper(strings.TrimSpace(r.PostForm.Get("nomor"))), r.PostForm.Get("alasan")
	id, err := s.unsealNow(r, number, reason)
	if status := statusOf(err); err != nil && status < http.StatusInternalServerError {
		page, readErr := s.unsealPage(r)
		if readErr != nil {
			return readErr
		}
		page.Number, page.Reason = cut(number, 40), cut(reason, 1000)
		page.Errors = append(page.Errors, errorOf(err, "kode"))
		return s.renderPrivate(w, r, status, "unseal", page)
	}
	if err != nil {
		return err
	}
	s.wake()
	s.Log.InfoContext(ctx, "closed case opened", "request", v.id)
	return s.redirect(w, r, "/kasus/"+id)
}

// unsealNow returns the id of the case that is open now: to this officer anyway, or by
// what he has just said.
func (s *Server) unsealNow(r *http.Request, number, reason string) (id string, err error) {
	v, ctx := at(r), r.Context()
	unknown := &tanggap.Error{Code: tanggap.Invalid, Field: "nomor", Message: "Tidak ada laporan tertutup dengan nomor ini."}
	c, err := s.Store.CaseByNumber(ctx, v.pack.Identity.Code, number)
	if tanggap.CodeOf(err) == tanggap.NotFound {
		return "", unknown
	}
	if err != nil {
		return "", err
	}
	if access.Can(v.actor, access.CaseRead, access.Of(v.pack, c)) {
		return c.ID, nil
	}
	if !access.SecondOn(v.officer) {
		return "", tanggap.Errorf(tanggap.Forbidden, "Nyalakan faktor kedua di halaman Akun dulu; tanpa itu laporan tertutup tidak bisa dibuka.")
	}
	if !s.logins.spend(s.Clock.Now(), v.ip) {
		return "", errTooMany
	}
	if err := casework.UnsealReason(reason); err != nil {
		return "", err // before a code is spent
	}
	if _, err := s.second(r, v.officer); err != nil {
		var e *tanggap.Error
		if errors.As(err, &e) {
			return "", &tanggap.Error{Code: e.Code, Field: "kode", Message: errorOf(err, "").Message}
		}
		return "", err
	}
	err = s.Store.InTx(ctx, func(tx *store.Store) error {
		c, err := tx.Case(ctx, c.Region, c.ID)
		if err != nil {
			return err
		}
		obj := access.Of(v.pack, c)
		if !access.Can(v.actor, access.CaseUnseal, obj) {
			return unknown
		}
		officers, err := tx.Officers(ctx, c.Region)
		if err != nil {
			return err
		}
		var tell []string
		for _, o := range officers {
			x := access.ActorOf(o)
			// Who protects data or audits, and who answers for the case or works on closed ones.
			if o.ID != v.actor.ID && (access.CanIn(x, access.OpeningReview, c.Region) || access.Can(x, access.CaseUnflag, obj)) {
				tell = append(tell, o.ID)
			}
		}
		return s.Desk.Unseal(ctx, tx, v.pack, c, v.officer, reason, tell)
	})
	return c.ID, err
}

// openUntil tells until when a case is open to the officer by what he said, nil if it is
// not or he needs no leave.
func (s *Server) openUntil(ctx context.Context, v *visit, c *store.Case) (*time.Time, error) {
	for _, g := range v.actor.Grants {
		if g.Role != access.Opener || g.Case != c.ID {
			continue
		}
		open, err := s.Store.OpenNow(ctx, c.Region, v.actor.ID)
		if err != nil {
			return nil, err
		}
		for _, x := range open {
			if x.CaseID == c.ID {
				return &x.ExpiresAt, nil
			}
		}
	}
	return nil, nil
}

// caseSeal ends what the officer has opened of a case.
func (s *Server) caseSeal(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v, ctx := at(r), r.Context()
	err := s.Store.InTx(ctx, func(tx *store.Store) error {
		open, err := tx.OpenNow(ctx, v.opened.Region, v.actor.ID)
		if err != nil {
			return err
		}
		for _, x := range open {
			if x.CaseID != v.opened.ID {
				continue
			}
			full, err := tx.Opening(ctx, x.Region, x.ID)
			if err != nil {
				return err
			}
			if err := s.Desk.Seal(ctx, tx, v.opened, full, v.actor.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.redirect(w, r, unsealPath)
}

// revealedWords is what an event says was revealed, where it was not the contact.
const revealedWords = "words"

// caseWords shows masked words once, on the answer to this form, after its purpose, one of
// a closed list, has been written into the history. Identity numbers stay hidden.
func (s *Server) caseWords(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v, ctx := at(r), r.Context()
	c, err := s.reveal(r, func(tx *store.Store, c *store.Case, purpose string) error {
		_, err := tx.AddEvent(ctx, c, casework.Officer(v.actor.ID), casework.Revealed, map[string]any{"purpose": purpose, "what": revealedWords})
		return err
	})
	if tanggap.CodeOf(err) == tanggap.Invalid {
		return s.caseAgain(w, r, err, "kata-tujuan")
	}
	if err != nil {
		return err
	}
	v.revealed = true
	page, err := s.staffCase(r, c)
	if err != nil {
		return err
	}
	return s.renderPrivate(w, r, http.StatusOK, "case", page)
}
