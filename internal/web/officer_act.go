package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tanggap/internal/access"
	"tanggap/internal/casework"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
	"tanggap/internal/web/view"
)

// may asks whether the officer of a visit may do what his request is for. A case
// that he may not read does not exist for him.
func (s *Server) may(v *visit, c *store.Case) error {
	return s.mayDo(v, c, v.verb)
}

func (s *Server) mayDo(v *visit, c *store.Case, verb access.Verb) error {
	obj := access.Of(v.pack, c)
	if !access.Can(v.actor, access.CaseRead, obj) {
		return tanggap.Errorf(tanggap.NotFound, "laporan tidak ditemukan")
	}
	if !access.Can(v.actor, verb, obj) {
		return tanggap.Errorf(tanggap.Forbidden, "peran Anda tidak mencakup tindakan ini")
	}
	return nil
}

// errStale says that somebody changed the case since the form was shown.
var errStale = tanggap.Errorf(tanggap.Conflict, "laporan ini diubah orang lain sejak Anda membukanya")

// version of a case as its forms hold it.
func version(c *store.Case) string { return strconv.FormatInt(c.Version, 10) }

// work runs fn on the case of the request in a transaction, after asking once more,
// on the locked row, whether the officer may and whether the case is still the one
// that his form showed.
func (s *Server) work(r *http.Request, fn func(ctx context.Context, tx *store.Store, c *store.Case) error) error {
	err := s.locked(r, func(ctx context.Context, tx *store.Store, c *store.Case) error {
		if r.PostForm.Get("versi") != version(c) {
			return errStale
		}
		return fn(ctx, tx, c)
	})
	if err == nil {
		s.wake()
	}
	return err
}

// locked runs fn on the case of the request in a transaction, after asking once more, on the
// locked row, whether the officer may. It is for steps that do not depend on what a form
// showed.
func (s *Server) locked(r *http.Request, fn func(ctx context.Context, tx *store.Store, c *store.Case) error) error {
	v, ctx := at(r), r.Context()
	return s.Store.InTx(ctx, func(tx *store.Store) error {
		c, err := tx.Case(ctx, v.pack.Identity.Code, r.PathValue("id"))
		if err != nil {
			return err
		}
		if err := s.may(v, c); err != nil {
			return err
		}
		return fn(ctx, tx, c)
	})
}

// act answers a form on the case page: fn, then the page again. What a person can
// put right stands on the page beside what he typed.
func (s *Server) act(w http.ResponseWriter, r *http.Request, field string, fn func(ctx context.Context, tx *store.Store, c *store.Case) error) error {
	if err := readFields(r); err != nil {
		return err
	}
	err := s.work(r, fn)
	if err == nil {
		return s.afterAct(w, r)
	}
	code := tanggap.CodeOf(err)
	if code != tanggap.Invalid && code != tanggap.Conflict {
		return err
	}
	v := at(r)
	c, readErr := s.Store.Case(r.Context(), v.pack.Identity.Code, r.PathValue("id"))
	if readErr != nil {
		return readErr
	}
	if readErr = s.mayDo(v, c, access.CaseRead); readErr != nil {
		return readErr
	}
	page, readErr := s.staffCase(r, c)
	if readErr != nil {
		return readErr
	}
	if r.PostForm.Has("teks") {
		page.Tab, page.Draft, page.DraftSaved = tabOf(r), r.PostForm.Get("teks"), nil
		if readErr = s.stepsAgain(r, c, page); readErr != nil {
			return readErr
		}
	}
	if errors.Is(err, errStale) {
		page.Conflict, page.Yours = true, s.yours(r, c)
	} else {
		page.Errors = append(page.Errors, errorOf(err, field))
	}
	return s.renderPrivate(w, r, statusOf(err), "case", page)
}

// afterAct leads back to the case, or to the inbox when it has left the officer's
// sight.
func (s *Server) afterAct(w http.ResponseWriter, r *http.Request) error {
	v := at(r)
	c, err := s.Store.Case(r.Context(), v.pack.Identity.Code, r.PathValue("id"))
	if err != nil {
		return err
	}
	if s.mayDo(v, c, access.CaseRead) != nil {
		return s.redirect(w, r, inboxPath)
	}
	return s.redirect(w, r, "/kasus/"+c.ID+"?tersimpan")
}

// readFields parses a form without files; the body is capped by its route.
func readFields(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return tooLarge(err)
	}
	return nil
}

// typed returns a field without control characters, at most max characters long.
func typed(r *http.Request, name string, max int) (string, error) {
	words := strings.TrimSpace(text.Clean(r.PostForm.Get(name), maxForm))
	if utf8.RuneCountInString(words) > max {
		return "", &tanggap.Error{Code: tanggap.Invalid, Field: name, Message: "Tulisan terlalu panjang: paling banyak " + strconv.Itoa(max) + " huruf."}
	}
	return words, nil
}

// caseAccept takes every open suggestion as it is. Doubtful ones need a person's
// own choice, and a form that somebody made up does not change that.
func (s *Server) caseAccept(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "layanan", func(ctx context.Context, tx *store.Store, c *store.Case) error {
		list, err := tx.Decisions(ctx, c.Region, c.ID)
		if err != nil {
			return err
		}
		var ch casework.Choice
		for _, d := range list {
			if d.State != store.DecisionOpen || d.Value == "" || !slices.Contains(shown, d.Kind) {
				continue
			}
			if d.Confidence < view.Doubtful {
				return tanggap.Errorf(tanggap.Invalid, "saran ini masih ragu; pilih sendiri lewat Ganti saran")
			}
			switch d.Kind {
			case casework.KindService:
				ch.Service = d.Value
			case casework.KindUnit:
				ch.Unit = d.Value
			case casework.KindArea:
				ch.Area = d.Value
			case casework.KindUrgency:
				// A suggestion may raise the urgency; lowering takes a person's own choice.
				if n, err := strconv.Atoi(d.Value); err == nil && tanggap.Urgency(n) > c.Urgency && n <= int(tanggap.Emergency) {
					ch.Urgency = tanggap.Urgency(n)
				}
			}
		}
		if ch == (casework.Choice{}) {
			return tanggap.Errorf(tanggap.Conflict, "tidak ada saran yang menunggu")
		}
		return s.Desk.Decide(ctx, tx, at(r).pack, c, at(r).actor.ID, ch)
	})
}

// caseUndo takes back what the computer has decided by itself.
func (s *Server) caseUndo(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "", func(ctx context.Context, tx *store.Store, c *store.Case) error {
		return s.Desk.Undo(ctx, tx, at(r).pack, c, at(r).actor.ID)
	})
}

// caseSplit opens cases for the further asks in the citizen's first words.
func (s *Server) caseSplit(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "", func(ctx context.Context, tx *store.Store, c *store.Case) error {
		_, err := s.Desk.Split(ctx, tx, at(r).pack, c, at(r).actor.ID)
		return err
	})
}

// caseChange settles service, urgency and area by the officer's own choice.
func (s *Server) caseChange(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "layanan", func(ctx context.Context, tx *store.Store, c *store.Case) error {
		ch := casework.Choice{Service: r.PostForm.Get("layanan"), Area: r.PostForm.Get("kelurahan")}
		if n, err := strconv.Atoi(r.PostForm.Get("urgensi")); err == nil && n >= 1 && n <= 3 {
			ch.Urgency = tanggap.Urgency(n)
		}
		if because := r.PostForm.Get("sebab"); slices.Contains((&view.StaffCase{}).WhyChanged(), because) {
			ch.Why = because
		}
		return s.Desk.Decide(ctx, tx, at(r).pack, c, at(r).actor.ID, ch)
	})
}

// caseForward sends a case to a unit, an officer, or both.
func (s *Server) caseForward(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "unit", func(ctx context.Context, tx *store.Store, c *store.Case) error {
		v := at(r)
		why, err := typed(r, "alasan", 300)
		if err != nil {
			return err
		}
		unit, to := r.PostForm.Get("unit"), r.PostForm.Get("petugas")
		if unit == "" && to == "" {
			return tanggap.Errorf(tanggap.Invalid, "%s", s.View.T(v.lang, view.MsgUnitEmpty))
		}
		if unit != "" && unit != c.Unit {
			if err := s.Desk.Decide(ctx, tx, v.pack, c, v.actor.ID, casework.Choice{Unit: unit, Why: why}); err != nil {
				return err
			}
		}
		if to == "" || to == c.OfficerID {
			return nil
		}
		return s.give(ctx, tx, v, c, to)
	})
}

// give makes another officer responsible. He must be able to work on it, and gives
// up nothing by it: the case's state stays.
func (s *Server) give(ctx context.Context, tx *store.Store, v *visit, c *store.Case, to string) error {
	if err := s.mayDo(v, c, access.CaseAssign); err != nil {
		return err
	}
	o, err := tx.Officer(ctx, to)
	if err != nil {
		return err
	}
	if !access.Can(access.ActorOf(o), access.CaseTake, assignedTo(access.Of(v.pack, c), to)) {
		return &tanggap.Error{Code: tanggap.Invalid, Field: "petugas", Message: "Petugas ini tidak bekerja di unit laporan ini."}
	}
	return s.Desk.Assign(ctx, tx, v.pack, c, v.actor.ID, to)
}

func (s *Server) caseTake(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "", func(ctx context.Context, tx *store.Store, c *store.Case) error {
		return s.Desk.Take(ctx, tx, at(r).pack, c, at(r).actor.ID)
	})
}

func (s *Server) caseAck(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "", func(ctx context.Context, tx *store.Store, c *store.Case) error {
		return s.Desk.Acknowledge(ctx, tx, at(r).pack, c, casework.Officer(at(r).actor.ID))
	})
}

// caseReply sends words to the citizen, or keeps a note for colleagues.
func (s *Server) caseReply(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "teks", func(ctx context.Context, tx *store.Store, c *store.Case) error {
		v := at(r)
		words, err := typed(r, "teks", 4000)
		if err != nil {
			return err
		}
		if r.PostForm.Get("tab") == "catatan" {
			if err := s.mayDo(v, c, access.CaseNote); err != nil {
				return err
			}
			named, err := s.named(ctx, tx, v, c, words, r.PostForm["sebut"])
			if err != nil {
				return err
			}
			if err := s.Desk.Note(ctx, tx, c, v.actor.ID, words, named...); err != nil {
				return err
			}
			return tx.KeepDraft(ctx, c, v.actor.ID, "", "")
		}
		if r.PostForm.Get("konsep") == "ya" {
			if err := s.Desk.Drafted(ctx, tx, v.pack, c, v.actor.ID, words); err != nil {
				return err
			}
		}
		if err := s.runSteps(ctx, tx, v, c, r.PostForm.Get("makro"), r.PostForm["langkah"]); err != nil {
			return err
		}
		to := afterReply(c.State, r.PostForm.Get("lalu"))
		if r.PostForm.Get("semua") == "ya" {
			err = s.Desk.ReplyEvent(ctx, tx, v.pack, c, v.actor.ID, words, to, func(x *store.Case) bool {
				return access.Can(v.actor, access.CaseReply, access.Of(v.pack, x))
			})
		} else {
			err = s.Desk.Reply(ctx, tx, v.pack, c, v.actor.ID, words, to)
		}
		if err != nil {
			return err
		}
		return tx.KeepDraft(ctx, c, v.actor.ID, "", "")
	})
}

// afterReply is the state to which a reply leads: the one chosen, or for a mere word
// work going on.
func afterReply(now tanggap.State, chosen string) tanggap.State {
	switch to := tanggap.State(chosen); to {
	case tanggap.Answered, tanggap.WaitingCitizen:
		return to
	}
	if now.CanBecome(tanggap.InProgress) {
		return tanggap.InProgress
	}
	return now
}

func (s *Server) caseExternal(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "kepada", func(ctx context.Context, tx *store.Store, c *store.Case) error {
		to, err := typed(r, "kepada", 200)
		if err != nil {
			return err
		}
		return s.Desk.External(ctx, tx, at(r).pack, c, at(r).actor.ID, to)
	})
}

func (s *Server) caseReject(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "alasan", func(ctx context.Context, tx *store.Store, c *store.Case) error {
		reason, err := typed(r, "alasan", 1000)
		if err != nil {
			return err
		}
		return s.Desk.Reject(ctx, tx, at(r).pack, c, at(r).actor.ID, reason)
	})
}

// caseMerge joins the case into another one of the same citizen, named by its
// number. One that the officer may not work on does not exist for him.
func (s *Server) caseMerge(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "nomor", func(ctx context.Context, tx *store.Store, c *store.Case) error {
		v := at(r)
		number := strings.ToUpper(strings.TrimSpace(r.PostForm.Get("nomor")))
		into, err := tx.CaseByNumber(ctx, c.Region, number)
		if err == nil {
			err = s.mayDo(v, into, access.CaseMerge)
		}
		if tanggap.CodeOf(err) == tanggap.NotFound {
			return tanggap.Errorf(tanggap.Invalid, "nomor laporan tujuan tidak ditemukan")
		}
		if err != nil {
			return err
		}
		return s.Desk.Merge(ctx, tx, v.pack, c, into, v.actor.ID)
	})
}

// caseFlags makes a case secret or its reporter anonymous, or takes that back, which
// needs a right of its own.
func (s *Server) caseFlags(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "rahasia", func(ctx context.Context, tx *store.Store, c *store.Case) error {
		v := at(r)
		secret, anonymous := r.PostForm.Get("rahasia") == "ya", r.PostForm.Get("anonim") == "ya"
		if c.Secret && !secret || c.Anonymous && !anonymous {
			if err := s.mayDo(v, c, access.CaseUnflag); err != nil {
				return err
			}
		}
		return s.Desk.Flags(ctx, tx, v.pack, c, v.actor.ID, secret, anonymous)
	})
}

// caseReveal shows the citizen's name and contact once, on the answer to this form,
// after its purpose has been written into the history.
func (s *Server) caseReveal(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v, ctx := at(r), r.Context()
	var name, address string
	c, err := s.reveal(r, func(tx *store.Store, c *store.Case, purpose string) (err error) {
		if name, address, _, err = s.reached(ctx, c); err != nil {
			return err
		}
		_, err = tx.AddEvent(ctx, c, casework.Officer(v.actor.ID), casework.Revealed, map[string]any{"purpose": purpose})
		return err
	})
	if tanggap.CodeOf(err) == tanggap.Invalid {
		return s.caseAgain(w, r, err, "buka-tujuan")
	}
	if err != nil {
		return err
	}
	page, err := s.staffCase(r, c)
	if err != nil {
		return err
	}
	page.Citizen.Name, page.Citizen.Address, page.Citizen.CanReveal = name, address, false
	return s.renderPrivate(w, r, http.StatusOK, "case", page)
}

// reveal records why the officer of a request sees what is masked, one purpose of a closed
// list, in the transaction in which fn reads it.
func (s *Server) reveal(r *http.Request, fn func(tx *store.Store, c *store.Case, purpose string) error) (*store.Case, error) {
	v, ctx := at(r), r.Context()
	purpose := r.PostForm.Get("tujuan")
	if !slices.Contains((&view.StaffCase{}).Purposes(), purpose) {
		return nil, tanggap.Errorf(tanggap.Invalid, "%s", s.View.T(v.lang, "notice.purpose"))
	}
	var c *store.Case
	err := s.Store.InTx(ctx, func(tx *store.Store) (err error) {
		if c, err = tx.Case(ctx, v.pack.Identity.Code, r.PathValue("id")); err != nil {
			return err
		}
		if err = s.may(v, c); err != nil {
			return err
		}
		return fn(tx, c, purpose)
	})
	return c, err
}
