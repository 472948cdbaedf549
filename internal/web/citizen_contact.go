package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"tanggap/internal/casework"
	"tanggap/internal/channel"
	form "tanggap/internal/channel/web"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/seal"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

const (
	// pathUndo is where the old contact takes a change back; a token follows.
	pathUndo    = "/kontak/"
	changeLives = 24 * time.Hour // for the new contact to confirm, and for the old one to take it back
)

// Events about the contact of a case. Their payload is the purpose only.
const (
	contactChanged  = "citizen.contact_changed"
	contactRestored = "citizen.contact_restored"
)

// privateContact asks a new contact to confirm that it is the citizen's. Until then
// the old one stays, and the new one gets nothing else.
func (s *Server) privateContact(w http.ResponseWriter, r *http.Request) error {
	p, c, err := s.linked(r)
	if err != nil {
		return err
	}
	if err := s.mayWrite(r); err != nil {
		return err
	}
	if err := readFields(r); err != nil {
		return err
	}
	to := &store.Identity{Region: c.Region, CitizenID: c.CitizenID, Channel: channel.Web, Account: form.Account, External: "contact:" + tanggap.NewToken()}
	written, key := cut(strings.TrimSpace(r.PostForm.Get("kontak")), 254), ""
	if strings.Contains(written, "@") {
		if to.Email, err = seal.Email(written); err != nil {
			key = view.MsgEmailWrong
		}
	} else if to.Phone, err = seal.Phone(written, "ID"); err != nil {
		key = view.MsgPhoneWrong
	}
	now := s.Clock.Now()
	if key == "" && !(s.limits.contact.left(now, to.Phone+to.Email) && s.limits.caseCodes.spend(now, c.Region+"/"+c.ID) && s.limits.contact.spend(now, to.Phone+to.Email)) {
		key = "message.contact_often"
	}
	if key != "" {
		page, err := s.privatePage(r, p, c)
		if err != nil {
			return err
		}
		page.Errors, page.NewContact = append(page.Errors, s.wrong(r, "kontak", key)), written
		return s.renderPrivate(w, r, http.StatusUnprocessableEntity, "private", page)
	}
	ctx := r.Context()
	err = s.Store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.AddIdentity(ctx, to); err != nil {
			return err
		}
		change := &store.ContactCode{Region: c.Region, ID: tanggap.HashToken(tanggap.NewToken()), IdentityID: to.ID, CaseID: c.ID, Purpose: store.CodeChange}
		if err := tx.AddContactCode(ctx, change, "", changeLives); err != nil {
			return err
		}
		return s.Intake.Outbox.NewContact(ctx, tx, p, c, to)
	})
	if err != nil {
		return err
	}
	s.wake()
	return s.redirect(w, r, "/l/"+c.Link+"?kabar=kontak")
}

// changeTo makes a contact that was just confirmed the one of the case whose change
// waited for it, and tells the old one how to take that back. It reports which case
// that is, nil if the confirmation was no change.
func (s *Server) changeTo(ctx context.Context, tx *store.Store, p *region.Pack, who *store.Identity) (*store.Case, error) {
	change, err := tx.OpenChange(ctx, who.Region, who.ID)
	if err != nil || change == nil {
		return nil, err
	}
	if _, err := tx.UseContactCode(ctx, change.Region, change.ID, store.CodeChange, "", 1); err != nil {
		return nil, err
	}
	c, err := tx.Case(ctx, change.Region, change.CaseID)
	if err != nil {
		return nil, err
	}
	old := c.IdentityID
	if err := setContact(ctx, tx, c, who.ID, contactChanged); err != nil || old == "" {
		return c, err
	}
	before, err := tx.Identity(ctx, c.Region, old)
	if err != nil || !before.Reachable() {
		return c, err
	}
	token := tanggap.NewToken()
	undo := &store.ContactCode{Region: c.Region, ID: tanggap.HashToken(token), IdentityID: old, CaseID: c.ID, Purpose: store.CodeUndo}
	if err := tx.AddContactCode(ctx, undo, "", changeLives); err != nil {
		return c, err
	}
	return c, s.Intake.Outbox.Answer(ctx, tx, p, before, "contact:"+undo.ID, region.TextContactChanged,
		notify.Options{Args: map[string]string{"number": c.Number, "link": s.BaseURL(p) + pathUndo + token}})
}

func setContact(ctx context.Context, tx *store.Store, c *store.Case, identity, kind string) error {
	c.IdentityID = identity
	if err := tx.SetCase(ctx, c); err != nil {
		return err
	}
	_, err := tx.AddEvent(ctx, c, casework.Citizen(c.CitizenID), kind, nil)
	return err
}

// contactUndo shows a button, and upon it gives the case its old contact back.
func (s *Server) contactUndo(w http.ResponseWriter, r *http.Request) error {
	page := &view.ContactUndo{Base: s.base(r)}
	if r.Method != http.MethodPost {
		return s.renderPrivate(w, r, http.StatusOK, "contact_undo", page)
	}
	if err := readFields(r); err != nil {
		return err
	}
	if err := s.mayWrite(r); err != nil {
		return err
	}
	ctx, code := r.Context(), s.pack(r).Identity.Code
	err := s.Store.InTx(ctx, func(tx *store.Store) error {
		undo, err := tx.UseContactCode(ctx, code, tanggap.HashToken(r.PathValue("token")), store.CodeUndo, "", 1)
		if err != nil {
			return err
		}
		c, err := tx.Case(ctx, undo.Region, undo.CaseID)
		if err != nil {
			return err
		}
		return setContact(ctx, tx, c, undo.IdentityID, contactRestored)
	})
	if err != nil {
		return err
	}
	page.Done = true
	return s.renderPrivate(w, r, http.StatusOK, "contact_undo", page)
}
