package web

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"tanggap/internal/casework"
	"tanggap/internal/deadline"
	"tanggap/internal/intake"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

// linked finds the case that a private link opens. Every failure looks the same.
func (s *Server) linked(r *http.Request) (*region.Pack, *store.Case, error) {
	p, token := s.pack(r), r.PathValue("token")
	if len(token) > 64 {
		return nil, nil, tanggap.Errorf(tanggap.NotFound, "tautan ini tidak berlaku; periksa apakah tersalin utuh")
	}
	c, err := s.Store.CaseByLink(r.Context(), p.Identity.Code, token)
	return p, c, err
}

// private is the citizen's own view of a case: everything said, and what may be done.
func (s *Server) private(w http.ResponseWriter, r *http.Request) error {
	p, c, err := s.linked(r)
	if err != nil {
		return err
	}
	page, err := s.privatePage(r, p, c)
	if err != nil {
		return err
	}
	if tone, key, ok := noticeOf(r.URL.Query().Get("kabar")); ok {
		page.Notice = &view.Notice{Tone: tone, Text: s.View.T(lang(r), key)}
	}
	return s.renderPrivate(w, r, http.StatusOK, "private", page)
}

// notices that a page shows after a POST, by the word in its address.
var notices = map[string]string{"terkirim": view.MsgSent, "beres": view.MsgSolved, "buka": view.MsgReopened, "kontak": "private.contact_asked", "survei": "survey.thanks", "nilai": "pulse.thanks"}

func noticeOf(word string) (tone, key string, ok bool) {
	key, ok = notices[word]
	return "ok", key, ok
}

func (s *Server) privatePage(r *http.Request, p *region.Pack, c *store.Case) (*view.Private, error) {
	ctx := r.Context()
	card, err := s.card(ctx, p, c, lang(r), false)
	if err != nil {
		return nil, err
	}
	page := &view.Private{Base: s.base(r), CaseCard: *card, Token: c.Link, Key: tanggap.NewToken(),
		CanReply: canReply(c), CanRate: canRate(c), CanPulse: casework.CanRate(c), CanConfirm: c.State == tanggap.Answered || c.State == tanggap.External, Reopen: s.reopenUntil(p, c),
	}
	page.CanFollow = !page.CanReply && page.Reopen == nil && c.State != tanggap.Merged
	if page.Messages, err = s.messages(ctx, p, c, page.Site.Name); err != nil {
		return nil, err
	}
	given, err := s.Store.Pulse(ctx, c.Region, c.ID)
	if err != nil {
		return nil, err
	}
	if given != nil {
		page.Pulse = given.Score
	}
	decisions, err := s.Store.Decisions(ctx, c.Region, c.ID)
	page.Decided = len(decisions) > 0
	return page, err
}

// canReply reports whether words of the citizen still reach somebody in this case.
func canReply(c *store.Case) bool {
	return c.State.Open() || c.State == tanggap.Answered || c.State == tanggap.External
}

// reopenUntil returns the last day on which the case can be reopened, nil when it
// cannot; see casework.CanReopen.
func (s *Server) reopenUntil(p *region.Pack, c *store.Case) *time.Time {
	if !casework.CanReopen(p, c, s.Clock) {
		return nil
	}
	since := c.AnsweredAt
	if c.ClosedAt.After(since) {
		since = c.ClosedAt
	}
	last, err := p.Calendar().AddWorkingDays(deadline.DateOf(since, p.Location()), tanggap.ReopenDays)
	if err != nil {
		return nil
	}
	day := time.Date(last.Year, last.Month, last.Day, 12, 0, 0, 0, p.Location())
	return &day
}

// messages lists what was said, without notes among officers.
func (s *Server) messages(ctx context.Context, p *region.Pack, c *store.Case, system string) ([]view.Message, error) {
	said, err := s.Store.Messages(ctx, c.Region, c.ID)
	said = s.heardByCitizen(said)
	if err != nil {
		return nil, err
	}
	files, err := s.Store.Attachments(ctx, c.Region, c.ID)
	if err != nil {
		return nil, err
	}
	var out []view.Message
	for _, m := range said {
		if m.Direction == store.Note {
			continue
		}
		v := view.Message{ID: m.ID, Citizen: m.Direction == store.In, Who: system, Channel: m.Channel, At: m.SaidAt, Text: m.Body}
		if strings.HasPrefix(m.Author, "officer:") {
			v.Who = unitName(p, c.Unit)
		}
		for _, a := range files {
			if a.MessageID == m.ID && a.State == store.AttachmentStored {
				v.Photos = append(v.Photos, photoOf("/l/"+c.Link+"/berkas/", a))
			}
		}
		out = append(out, v)
	}
	return out, nil
}

func photoOf(base string, a *store.Attachment) view.Photo {
	p := view.Photo{ID: a.ID, Name: a.Kind, URL: base + a.ID, Kind: a.MIME, Bytes: a.Size}
	if p.Image() {
		p.Thumb = p.URL + "?kecil=1"
	}
	return p
}

// privateMedia sends one file of the citizen's own case.
func (s *Server) privateMedia(w http.ResponseWriter, r *http.Request) error {
	_, c, err := s.linked(r)
	if err != nil {
		return err
	}
	a, err := s.Store.Attachment(r.Context(), c.Region, r.PathValue("id"))
	if err != nil {
		return err
	}
	if a.CaseID != c.ID || a.State != store.AttachmentStored {
		return tanggap.Errorf(tanggap.NotFound, "berkas ini tidak ada")
	}
	return s.serveAttachment(w, r, a)
}

// serveAttachment opens and sends a stored file, with ?kecil=1 its small copy.
func (s *Server) serveAttachment(w http.ResponseWriter, r *http.Request, a *store.Attachment) error {
	blob, kind := a.Blob, a.MIME
	if r.URL.Query().Has("kecil") && strings.HasPrefix(a.MIME, "image/") {
		blob, kind = a.Blob+intake.ThumbSuffix, "image/jpeg"
	}
	f, err := s.Media.Get(r.Context(), blob)
	if err != nil {
		return err
	}
	defer f.Close()
	sealed, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	data, err := s.Store.OpenBlob(r.Context(), a, blob, sealed)
	if err != nil {
		return err
	}
	serveFile(w, r, kind, data)
	return nil
}
