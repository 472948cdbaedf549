package web

import (
	"net/http"

	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/web/view"
)

// confirmCases is how many of the newest cases are told to a contact that was just
// confirmed. A form's contact has one.
const confirmCases = 3

// confirmContact shows a button, and upon it marks the contact as verified: opening
// the link alone proves nothing, for programs open links too. From then on notices
// go to the contact, the first being the case's number and link.
func (s *Server) confirmContact(w http.ResponseWriter, r *http.Request) error {
	p, token := s.pack(r), r.PathValue("token")
	page := &view.Confirm{Base: s.base(r), Token: token}
	if r.Method != http.MethodPost {
		return s.renderPrivate(w, r, http.StatusOK, "confirm", page)
	}
	if err := s.mayWrite(r); err != nil {
		return err
	}
	ctx := r.Context()
	err := s.Store.InTx(ctx, func(tx *store.Store) error {
		who, err := s.Intake.Outbox.Confirm(ctx, tx, p, token)
		if err != nil {
			return err
		}
		changed, err := s.changeTo(ctx, tx, p, who)
		if err != nil {
			return err
		}
		cases := []*store.Case{changed}
		if changed == nil {
			if cases, err = tx.CitizenCases(ctx, p.Identity.Code, who.CitizenID, confirmCases); err != nil {
				return err
			}
		}
		for _, c := range cases {
			// Named by the identity, so that a second press owes nothing more.
			if err := s.Intake.Outbox.Citizen(ctx, tx, p, c, "confirm:"+who.ID, region.TextContactConfirmed, notify.Options{First: true}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.wake()
	page.Done = true
	return s.renderPrivate(w, r, http.StatusOK, "confirm", page)
}
