package web

import (
	"context"
	"net/http"
	"slices"

	"tanggap/internal/access"
	"tanggap/internal/casework"
	"tanggap/internal/notify"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

// mostOfCitizen is how many cases of a citizen a card looks at.
const mostOfCitizen = 200

// caseCitizen shows the citizen's card on the answer to a form that says for what. The
// purpose is written into the history of the case first, as for a contact. A reporter who
// wants to stay unknown has no card: access.Can refuses it.
func (s *Server) caseCitizen(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v, ctx := at(r), r.Context()
	purpose := r.PostForm.Get("tujuan")
	if !slices.Contains((&view.StaffCase{}).Purposes(), purpose) {
		return s.caseAgain(w, r, tanggap.Errorf(tanggap.Invalid, "%s", s.View.T(v.lang, "notice.purpose")), "buka-tujuan")
	}
	var c *store.Case
	err := s.Store.InTx(ctx, func(tx *store.Store) (err error) {
		if c, err = tx.Case(ctx, v.pack.Identity.Code, r.PathValue("id")); err != nil {
			return err
		}
		if err = s.may(v, c); err != nil {
			return err
		}
		_, err = tx.AddEvent(ctx, c, casework.Officer(v.actor.ID), casework.Revealed, map[string]any{"purpose": purpose, "what": "card"})
		return err
	})
	if err != nil {
		return err
	}
	page, err := s.citizenCard(r, c)
	if err != nil {
		return err
	}
	return s.renderPrivate(w, r, http.StatusOK, "citizen_card", page)
}

// citizenCard is what an officer of a case may know of its citizen. Other cases stand on it
// by name only if the citizen allowed it and the officer may open them; the rest are a
// count. Secret ones that he may not read and those in which the citizen stayed unknown
// are not even counted.
func (s *Server) citizenCard(r *http.Request, c *store.Case) (*view.CitizenCard, error) {
	v, ctx := at(r), r.Context()
	base, err := s.staffBase(r)
	if err != nil {
		return nil, err
	}
	citizen, err := s.Store.Citizen(ctx, c.Region, c.CitizenID)
	if err != nil {
		return nil, err
	}
	page := &view.CitizenCard{Base: base, CaseID: c.ID, Number: c.Number, Name: maskName(citizen.Name), Speaks: citizenLang(citizen)}
	wish, err := s.Store.Wish(ctx, c.Region, c.CitizenID, store.WishHistory)
	if err != nil {
		return nil, err
	}
	page.Allowed = wish == store.Yes
	if page.Way, err = s.Store.Wish(ctx, c.Region, c.CitizenID, store.WishWay); err != nil {
		return nil, err
	}
	list, err := s.cardCases(ctx, c, page)
	if err != nil {
		return nil, err
	}
	areas, since := map[string]int{}, s.Clock.Now().AddDate(-1, 0, 0)
	var shown []*store.Case
	for _, x := range list {
		obj := access.Of(v.pack, x)
		reads := access.Can(v.actor, access.CaseRead, obj)
		if x.ID == c.ID || x.Anonymous || x.Secret && !reads || x.State == tanggap.Merged {
			continue
		}
		if x.OpenedAt.After(since) {
			page.Year++
		}
		if !page.Allowed || !reads {
			page.Others++
			continue
		}
		areas[areaName(v.pack, x.Area)]++
		shown = append(shown, x)
	}
	for name := range areas {
		if name != "" {
			page.Areas = append(page.Areas, name)
		}
	}
	slices.SortFunc(page.Areas, func(a, b string) int { return areas[b] - areas[a] })
	page.Rows, err = s.caseRows(ctx, v, shown, "")
	return page, err
}

// cardCases are the cases of the same verified contact over all channels; of a contact
// that nobody proved only those of the same writer.
func (s *Server) cardCases(ctx context.Context, c *store.Case, page *view.CitizenCard) ([]*store.Case, error) {
	if c.IdentityID == "" {
		return nil, nil
	}
	i, err := s.Store.Identity(ctx, c.Region, c.IdentityID)
	if err != nil {
		return nil, err
	}
	if page.Way == "" {
		page.Way = notify.WayTo(i)
	}
	page.Stopped, page.Unproven = !i.StoppedAt.IsZero(), i.VerifiedAt.IsZero()
	if page.Unproven {
		return s.Store.CitizenCases(ctx, c.Region, c.CitizenID, mostOfCitizen)
	}
	who, err := s.Store.VerifiedContacts(ctx, c.Region, i.Phone, i.Email)
	if err != nil {
		return nil, err
	}
	return s.Store.ContactCases(ctx, c.Region, who, mostOfCitizen)
}

// paperPhotos and paperSteps keep a case on one sheet.
const (
	paperPhotos = 4
	paperSteps  = 8
)

// casePrint is a case on one A4: for the file, and for whoever goes out. Its QR leads to
// the officers' page, for a sheet that is left somewhere must open nothing.
func (s *Server) casePrint(w http.ResponseWriter, r *http.Request) error {
	v, ctx := at(r), r.Context()
	full, err := s.staffCase(r, v.opened)
	if err != nil {
		return err
	}
	c := v.opened
	page := &view.CasePrint{StaffCase: full, Printed: s.Clock.Now(), Address: s.BaseURL(v.pack) + "/kasus/" + c.ID}
	steps, err := s.steps(ctx, v.pack, c, false)
	if err != nil {
		return err
	}
	for _, x := range steps {
		if x.At != nil {
			page.Timeline = append(page.Timeline, x)
		}
	}
	page.Timeline = page.Timeline[max(0, len(page.Timeline)-paperSteps):]
	for _, m := range full.Messages {
		if m.Citizen && page.Text == "" {
			page.Text = cut(m.Text, 900)
		}
		for _, p := range m.Photos {
			if p.Image() && len(page.Photos) < paperPhotos {
				page.Photos = append(page.Photos, p)
			}
		}
	}
	if c.Secret {
		page.Text, page.Photos = "", nil
	}
	return s.renderPrivate(w, r, http.StatusOK, "case_print", page)
}
