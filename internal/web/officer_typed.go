package web

import (
	"net/http"
	"strings"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/casework"
	"tanggap/internal/channel"
	"tanggap/internal/intake"
	"tanggap/internal/seal"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
	"tanggap/internal/web/view"
)

// typedForm is the form for what somebody says at the counter or by phone.
func (s *Server) typedForm(w http.ResponseWriter, r *http.Request) error {
	page, err := s.typedPage(r, intake.TypedReport{Key: tanggap.NewToken()}, "")
	if err != nil {
		return err
	}
	return s.renderPrivate(w, r, http.StatusOK, "typed", page)
}

func (s *Server) typedPage(r *http.Request, x intake.TypedReport, danger string) (*view.Typed, error) {
	base, err := s.staffBase(r)
	p := at(r).pack
	return &view.Typed{Base: base, Way: x.Way, Text: x.Text, Name: x.Name, Phone: x.Phone, Email: x.Email, Consent: x.Consent,
		Anonymous: x.Anonymous, Areas: areaGroups(p, x.Area), Place: x.Place, Services: serviceGroups(p, lang(r), x.Service),
		Danger: danger, English: x.Lang == "en", Key: x.Key}, err
}

// typedSave opens a case for what the officer typed. The form's key makes a form that
// is sent twice one case; after an error everything typed stands there again.
func (s *Server) typedSave(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v := at(r)
	x, wrong := s.typedReport(r)
	if len(wrong) == 0 {
		c, err := s.Intake.Typed(r.Context(), v.officer, x)
		if err == nil {
			s.wake()
			return s.redirect(w, r, s.afterTyped(v, c, x.Key))
		}
		if tanggap.CodeOf(err) != tanggap.Invalid {
			return err
		}
		wrong = append(wrong, errorOf(err, "teks"))
	}
	page, err := s.typedPage(r, x, r.PostForm.Get("bahaya"))
	if err != nil {
		return err
	}
	page.Errors = wrong
	return s.renderPrivate(w, r, http.StatusUnprocessableEntity, "typed", page)
}

// afterTyped is the case's page, or its receipt when the case went where the officer
// reads nothing.
func (s *Server) afterTyped(v *visit, c *store.Case, key string) string {
	if s.mayDo(v, c, access.CaseRead) == nil {
		return "/kasus/" + c.ID + "?tersimpan=baru"
	}
	return "/baru/" + key
}

// typedReport reads the form and says what is wrong with it, field by field.
func (s *Server) typedReport(r *http.Request) (x intake.TypedReport, wrong []view.FieldError) {
	v := at(r)
	bad := func(field, key string, pairs ...any) { wrong = append(wrong, s.wrong(r, field, key, pairs...)) }
	read := func(field string, max int) string {
		words, err := typed(r, field, max)
		if err != nil {
			wrong = append(wrong, errorOf(err, field))
			words = cut(strings.TrimSpace(text.Clean(r.PostForm.Get(field), maxForm)), max)
		}
		return words
	}
	x = intake.TypedReport{Region: v.pack.Identity.Code, Key: cut(r.PostForm.Get("kunci"), 64), Way: r.PostForm.Get("cara"),
		Text: read("teks", intake.MaxTyped), Name: read("nama", 80), Phone: read("telepon", 24), Email: read("email", 254),
		Place: read("patokan", 400), Lang: known(r.PostForm.Get("bahasa")), Consent: r.PostForm.Get("setuju") == "ya",
		Anonymous: r.PostForm.Get("anonim") == "ya", Danger: dangers[r.PostForm.Get("bahaya")]}
	if a, ok := v.pack.Area(r.PostForm.Get("kelurahan")); ok {
		x.Area = a.Code
	}
	if service, ok := v.pack.Service(r.PostForm.Get("layanan")); ok && !service.Technical {
		x.Service = service.Code
	}
	if x.Way == "" {
		bad("cara", "desk.way_empty")
	}
	if x.Text == "" {
		bad("teks", view.MsgTextEmpty)
	}
	if x.Danger == "" {
		bad("bahaya", view.MsgDangerEmpty)
	}
	if !x.Consent && x.Name+x.Phone+x.Email != "" {
		bad("setuju", "desk.consent_needed")
	}
	if x.Phone != "" {
		if _, err := seal.Phone(x.Phone, "ID"); err != nil {
			bad("telepon", view.MsgPhoneWrong)
		}
	}
	if x.Email != "" {
		if _, err := seal.Email(x.Email); err != nil {
			bad("email", view.MsgEmailWrong)
		}
	}
	return x, wrong
}

// known keeps to the languages that the pages and texts have.
func known(lang string) string {
	if lang == view.Languages[1] {
		return lang
	}
	return view.Languages[0]
}

// receipt is what a citizen takes home about a case that an officer typed for him.
// There is none of other cases: it shows the tracking code, which no officer needs.
func (s *Server) receipt(w http.ResponseWriter, r *http.Request) error {
	c := at(r).opened
	if c.Channel != channel.Desk {
		return errNoReceipt
	}
	return s.receiptPage(w, r, c, "/kasus/"+c.ID)
}

var errNoReceipt = tanggap.Errorf(tanggap.NotFound, "tanda terima ini tidak ada")

// receiptWithin is how long an officer can print the receipt of a case that he typed
// and may not read.
const receiptWithin = 12 * time.Hour

// typedReceipt is the receipt for the officer who typed a case that went elsewhere. To
// everybody else it does not exist.
func (s *Server) typedReceipt(w http.ResponseWriter, r *http.Request) error {
	v, ctx := at(r), r.Context()
	// The desk is the only account of its channel, and a form's key the item's name.
	row, err := s.Store.FindInbound(ctx, v.pack.Identity.Code, channel.Desk, channel.Desk, r.PathValue("key"))
	if err != nil {
		return err
	}
	if row == nil || row.CaseID == "" {
		return errNoReceipt
	}
	c, err := s.Store.Case(ctx, row.Region, row.CaseID)
	if err != nil {
		return err
	}
	events, err := s.Store.Events(ctx, c.Region, c.ID)
	if err != nil {
		return err
	}
	if len(events) == 0 || events[0].Actor != casework.Officer(v.actor.ID) || s.Clock.Now().Sub(c.OpenedAt) > receiptWithin {
		return errNoReceipt
	}
	return s.receiptPage(w, r, c, "")
}

// receiptPage prints no more than the citizen's own paper needs: nothing of a secret
// case but that it was taken, and words only masked, for paper lies around.
func (s *Server) receiptPage(w http.ResponseWriter, r *http.Request, c *store.Case, back string) error {
	v := at(r)
	base, err := s.staffBase(r)
	if err != nil {
		return err
	}
	page := &view.Receipt{Base: base, Number: c.Number, Code: c.Code, Opened: c.OpenedAt, Due: moment(c.DueAt), Secret: c.Secret,
		Address: s.BaseURL(v.pack) + localPath(r, "/lacak/"+c.Code), Back: back}
	if rule, ok := v.pack.Rule(c.Rule, c.OpenedAt); ok {
		page.Rule = rule.Name
	}
	if !c.Secret {
		page.Service = serviceName(v.pack, c.Service, v.lang)
		if c.State != tanggap.Triage {
			page.Unit = unitName(v.pack, c.Unit)
		}
		said, err := s.Store.Messages(r.Context(), c.Region, c.ID)
		if err != nil {
			return err
		}
		for _, m := range said {
			if m.Direction == store.In {
				page.Text = text.Mask(s.words(v, c, m.Body))
				break
			}
		}
	}
	return s.renderPrivate(w, r, http.StatusOK, "receipt", page)
}
