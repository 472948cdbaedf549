package web

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"tanggap/internal/channel"
	form "tanggap/internal/channel/web"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

// shortestForm is how long a person needs at least for four pages.
const shortestForm = 3 * time.Second

// reportCheck shows all answers and sends them. Sending twice shows the same number:
// the draft's id is the key of the report for ever.
func (s *Server) reportCheck(w http.ResponseWriter, r *http.Request) error {
	d, err := s.draft(r)
	if err != nil {
		return err
	}
	p := s.pack(r)
	if r.Method == http.MethodPost && d != nil && d.caseID != "" {
		return s.toSent(w, r, p, d.caseID)
	}
	if page := d.missing(); page != "" {
		return s.redirect(w, r, page)
	}
	if r.Method != http.MethodPost {
		return s.renderPrivate(w, r, http.StatusOK, "report_check", s.checkPage(r, d))
	}
	f, err := s.readForm(w, r, 0)
	if err != nil {
		return err
	}
	if f.Get(honeypot) != "" || s.Clock.Now().Sub(d.Started) < shortestForm {
		return errRobot
	}
	if f.Get("kunci") != d.id {
		// The page belongs to another draft of this browser: look at this one first.
		return s.renderPrivate(w, r, http.StatusConflict, "report_check", s.checkPage(r, d))
	}
	if wrong, err := s.allowed(r, d); err != nil || wrong != nil {
		if wrong == nil {
			return err
		}
		page := s.checkPage(r, d)
		page.Errors = append(page.Errors, *wrong)
		return s.renderPrivate(w, r, http.StatusTooManyRequests, "report_check", page)
	}
	lost, err := s.publishPhotos(r.Context(), p.Identity.Code, d)
	if err != nil {
		return err
	}
	if lost {
		if err := s.saveDraft(r.Context(), p.Identity.Code, d); err != nil {
			return err
		}
		page := s.checkPage(r, d)
		page.Errors = append(page.Errors, s.wrong(r, "", msgPhotoLost))
		return s.renderPrivate(w, r, http.StatusConflict, "report_check", page)
	}
	if d.caseID, err = s.submit(r.Context(), p, d, lang(r)); err != nil {
		return err
	}
	if err := s.forget(r.Context(), p.Identity.Code, d); err != nil {
		return err
	}
	return s.toSent(w, r, p, d.caseID)
}

// msgPhotoLost says that a photo has to be chosen again.
const msgPhotoLost = "message.photo_lost"

// msgContactOften says that a contact was named too often in a short time.
const msgContactOften = "message.contact_often"

// allowed counts the report against the budgets.
func (s *Server) allowed(r *http.Request, d *draft) (*view.FieldError, error) {
	now := s.Clock.Now()
	if contact := d.Phone + d.Email; contact != "" && !s.limits.contact.spend(now, contact) {
		wrong := s.wrong(r, "", msgContactOften)
		return &wrong, nil
	}
	if !s.limits.reports.spend(now, s.clientIP(r)) {
		return nil, errTooMany
	}
	return nil, nil
}

// publishPhotos puts the draft's photos where intake finds them. A photo whose bytes
// were swept away is taken out of the draft.
func (s *Server) publishPhotos(ctx context.Context, region string, d *draft) (lost bool, err error) {
	for _, p := range slices.Clone(d.Photos) {
		raw, err := s.photo(ctx, region, p.ID)
		if err != nil {
			return false, err
		}
		if raw == nil {
			d.removePhoto(p.ID)
			lost = true
			continue
		}
		sealed, err := s.Store.SealRegion(ctx, raw.Data, form.BlobPlace(region, p.ID))
		if err != nil {
			return false, err
		}
		// The name is the draft's: sending again replaces the blob by itself.
		if err := s.Media.Put(ctx, p.ID, bytes.NewReader(sealed)); err != nil {
			return false, err
		}
	}
	return lost, nil
}

var contactKinds = map[string]form.ContactKind{"wa": form.ContactWhatsApp, "email": form.ContactEmail, "tanpa": form.ContactNone}

var dangers = map[string]channel.Danger{"ya": channel.DangerYes, "tidak": channel.DangerNo, "ragu": channel.DangerUnsure}

// report turns a complete draft into what the web channel delivers.
func (d *draft) report(now time.Time, lang string) (form.Report, error) {
	x := form.Report{ID: d.id, At: now, Text: d.Text, Area: d.Area, Place: d.Place, Danger: dangers[d.Danger], Name: d.Name, ShowName: d.ShowName,
		Lang: lang, Follows: d.Follows, Contact: form.Contact{Kind: contactKinds[d.Kind], Value: d.Phone + d.Email}}
	if d.Known != "" && d.Known == d.Phone+d.Email {
		x.Identity = d.Identity
	}
	if d.Lat != "" {
		lat, err1 := strconv.ParseFloat(d.Lat, 64)
		lon, err2 := strconv.ParseFloat(d.Lon, 64)
		if err1 != nil || err2 != nil {
			return x, fmt.Errorf("draft with a broken position")
		}
		x.Lat, x.Lon = &lat, &lon
	}
	for _, p := range d.Photos {
		x.Photos = append(x.Photos, form.Photo{Blob: p.ID, MIME: p.MIME, Size: p.Size, GPS: p.GPS})
	}
	return x, nil
}

// submit hands the report in, durably, and has it worked on at once. After the
// first line that succeeds nothing is lost: if the rest fails, a worker does it, and
// the citizen who sends again gets the same number.
func (s *Server) submit(ctx context.Context, p *region.Pack, d *draft, lang string) (caseID string, err error) {
	report, err := d.report(s.Clock.Now(), lang)
	if err != nil {
		return "", err
	}
	body, err := report.Body()
	if err != nil {
		return "", err
	}
	code := p.Identity.Code
	if _, err := s.Intake.Receive(ctx, code, channel.Web, body); err != nil {
		return "", err
	}
	defer s.wake()
	// Sent for the second time it is no fresh item, so it is looked up by its key.
	in, err := s.Store.FindInbound(ctx, code, channel.Web, form.Account, d.id)
	if err != nil {
		return "", err
	}
	if in == nil {
		return "", fmt.Errorf("report %s was received but cannot be found", d.id)
	}
	if err := s.Intake.Process(ctx, code, in.Seq); err != nil {
		s.Log.WarnContext(ctx, "report waits for a worker", "region", code, "seq", in.Seq, "error", err)
		return "", errLater
	}
	if in, err = s.Store.Inbound(ctx, code, in.Seq); err != nil {
		return "", err
	}
	if in.State == store.InboundPending || in.CaseID == "" {
		return "", errLater
	}
	return in.CaseID, nil
}

var errLater = tanggap.Errorf(tanggap.Unavailable, "laporan Anda sudah kami terima dan tersimpan; nomornya menyusul. Muat ulang halaman ini sebentar lagi")

// forget keeps of a sent draft only what the last page needs.
func (s *Server) forget(ctx context.Context, region string, d *draft) error {
	for _, p := range d.Photos {
		if err := s.emptyPhoto(ctx, region, p.ID); err != nil {
			return err
		}
	}
	return s.saveDraft(ctx, region, &draft{id: d.id, caseID: d.caseID, Started: d.Started, Kind: d.Kind})
}

func (s *Server) toSent(w http.ResponseWriter, r *http.Request, p *region.Pack, caseID string) error {
	c, err := s.Store.Case(r.Context(), p.Identity.Code, caseID)
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/lapor/terkirim/"+c.Number)
}

// reportSent is the last page: number, code, due date. The number is only a name, so
// the page opens for nobody but the browser that sent the report.
func (s *Server) reportSent(w http.ResponseWriter, r *http.Request) error {
	d, err := s.draft(r)
	if err != nil {
		return err
	}
	if d == nil || d.caseID == "" {
		return s.redirect(w, r, "/lacak")
	}
	p := s.pack(r)
	c, err := s.Store.Case(r.Context(), p.Identity.Code, d.caseID)
	if err != nil {
		return err
	}
	if c.Number != r.PathValue("number") {
		return s.redirect(w, r, "/lacak")
	}
	page := &view.ReportSent{Base: s.base(r), Number: c.Number, Code: c.Code, At: c.OpenedAt, Due: moment(c.DueAt), Private: "/l/" + c.Link,
		Kind: d.Kind, AreaCode: c.Area, Address: s.BaseURL(p) + "/lacak/" + c.Code, Emergency: c.Urgency == tanggap.Emergency}
	if c.State != tanggap.Triage {
		page.Unit = unitName(p, c.Unit)
	}
	return s.renderPrivate(w, r, http.StatusOK, "report_sent", page)
}

func unitName(p *region.Pack, code string) string {
	u, _ := p.Unit(code)
	return u.Name
}

// moment is t for pages: nil for no time.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
