package web

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"tanggap/internal/casework"
	"tanggap/internal/channel"
	"tanggap/internal/intake"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
	"tanggap/internal/triage"
	"tanggap/internal/web/view"
)

// onCase runs fn on the case of the request's link, in one transaction.
func (s *Server) onCase(r *http.Request, c *store.Case, fn func(ctx context.Context, tx *store.Store, c *store.Case) error) error {
	err := s.Store.InTx(r.Context(), func(tx *store.Store) error {
		fresh, err := tx.Case(r.Context(), c.Region, c.ID)
		if err != nil {
			return err
		}
		return fn(r.Context(), tx, fresh)
	})
	if err == nil {
		s.wake()
	}
	return err
}

// words is a message of the citizen typed on the private page.
func words(c *store.Case, body, key string) *store.Message {
	m := &store.Message{IdentityID: c.IdentityID, Channel: channel.Web, Kind: string(channel.Text), Body: body, Masked: text.Mask(body)}
	if key != "" {
		m.External = "web:" + key
	}
	return m
}

// privateReply adds words and photos to the case. The key of the page makes a reply
// that is sent twice one reply.
func (s *Server) privateReply(w http.ResponseWriter, r *http.Request) error {
	p, c, err := s.linked(r)
	if err != nil {
		return err
	}
	if err := s.mayWrite(r); err != nil {
		return err
	}
	f, err := s.readForm(w, r, view.MaxPhotos)
	if err != nil {
		return err
	}
	body, key := f.typed("teks", view.MaxText+1), cut(f.Get("kunci"), 64)
	wrong := f.wrong
	switch {
	case body == "" && len(f.uploads) == 0 && len(wrong) == 0:
		wrong = append(wrong, s.wrong(r, "teks", view.MsgReplyEmpty))
	case utf8.RuneCountInString(body) > view.MaxText:
		wrong = append(wrong, s.wrong(r, "teks", view.MsgTextLong, "max", view.MaxText))
	}
	if len(wrong) > 0 {
		page, err := s.privatePage(r, p, c)
		if err != nil {
			return err
		}
		page.Errors, page.Draft = wrong, body
		return s.renderPrivate(w, r, http.StatusUnprocessableEntity, "private", page)
	}
	m := words(c, body, key)
	if len(f.uploads) > 0 {
		m.Kind = string(channel.Image)
	}
	files, err := s.storeUploads(r.Context(), c, f.uploads)
	if err != nil {
		return err
	}
	kept, into := false, c
	err = s.onCase(r, c, func(ctx context.Context, tx *store.Store, c *store.Case) error {
		kept, into = false, c
		if twice, err := saidBefore(ctx, tx, c, m); err != nil || twice {
			return err
		}
		own, err := s.dangerApart(ctx, tx, p, c, m)
		if err != nil {
			return err
		}
		if own != nil {
			into = own
		} else if err := s.hear(ctx, tx, p, c, m); err != nil {
			return err
		}
		if err := addFiles(ctx, tx, into, m, files); err != nil {
			return err
		}
		kept = true
		return nil
	})
	if !kept {
		err = errors.Join(err, s.dropFiles(r.Context(), files))
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/l/"+into.Link+"?kabar=terkirim")
}

// saidBefore reports whether the message was stored already, under its page's key.
func saidBefore(ctx context.Context, tx *store.Store, c *store.Case, m *store.Message) (bool, error) {
	if m.External == "" {
		return false, nil
	}
	if err := tx.Lock(ctx, "reply:"+c.Region+":"+m.External); err != nil {
		return false, err
	}
	earlier, err := tx.MessageByExternal(ctx, c.Region, m.External)
	return earlier != nil, err
}

// dangerApart opens a case of its own for words that tell of a danger which must not
// wait in c, as every other channel does; nil when they belong into c.
func (s *Server) dangerApart(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, m *store.Message) (*store.Case, error) {
	decisions := s.read(p, c, m.Body)
	if !casework.Apart(p, c, decisions) {
		return nil, nil
	}
	citizen, err := tx.Citizen(ctx, c.Region, c.CitizenID)
	if err != nil {
		return nil, err
	}
	return s.Desk.Open(ctx, tx, p, casework.New{CitizenID: c.CitizenID, IdentityID: c.IdentityID, Lang: citizen.Lang, Channel: channel.Web,
		OpenedAt: tx.Clock().Now(), Place: c.Place, Anonymous: c.Anonymous, Message: m, Decisions: decisions})
}

// hear adds words to their case. While it waits in triage they are read together
// with the words before, so that what was unclear may become clear.
func (s *Server) hear(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, m *store.Message) error {
	if !canReply(c) {
		return tanggap.Errorf(tanggap.Conflict, "laporan ini sudah ditutup; buka kembali atau kirim laporan lanjutan")
	}
	body := m.Body
	if c.State == tanggap.Triage {
		before, err := tx.MaskedText(ctx, c.Region, c.ID)
		if err != nil {
			return err
		}
		body = strings.TrimSpace(before + "\n" + body)
	}
	return s.Desk.Hear(ctx, tx, p, c, m, s.read(p, c, body))
}

// read lets the engine read words said about a case.
func (s *Server) read(p *region.Pack, c *store.Case, body string) []*store.Decision {
	return intake.Decisions(s.Intake.Engine(p).Decide(triage.Input{Text: body, Area: c.Area}))
}

// storeUploads seals files with the citizen's key and stores them. Their rows
// follow in the transaction of the message.
func (s *Server) storeUploads(ctx context.Context, c *store.Case, uploads []upload) ([]casework.Photo, error) {
	var out []casework.Photo
	for _, u := range uploads {
		a := &store.Attachment{Region: c.Region, CaseID: c.ID, CitizenID: c.CitizenID, State: store.AttachmentStored,
			Kind: string(u.clean.Kind), MIME: u.clean.MIME, Size: int64(len(u.clean.Data)), Blob: u.key, GPS: u.gps(), StoredAt: s.Clock.Now()}
		out = append(out, casework.Photo{Attachment: a, Look: u.clean.Look, Taken: u.clean.Taken})
		blobs := map[string][]byte{a.Blob: u.clean.Data}
		if u.thumb != nil {
			blobs[a.Blob+intake.ThumbSuffix] = u.thumb
		}
		for blob, data := range blobs {
			sealed, err := s.Store.SealBlob(ctx, a, blob, data)
			if err == nil {
				err = s.Media.Put(ctx, blob, bytes.NewReader(sealed))
			}
			if err != nil {
				return nil, errors.Join(err, s.dropFiles(ctx, out))
			}
		}
	}
	return out, nil
}

// addFiles writes the rows of stored files, which came with a message.
func addFiles(ctx context.Context, tx *store.Store, c *store.Case, m *store.Message, files []casework.Photo) error {
	for _, f := range files {
		f.CaseID, f.MessageID = m.CaseID, m.ID
		if err := tx.AddAttachment(ctx, f.Attachment); err != nil {
			return err
		}
		if err := casework.KeepLook(ctx, tx, c, f.Attachment, f.Look); err != nil {
			return err
		}
	}
	return nil
}

// dropFiles removes files whose message was not stored.
func (s *Server) dropFiles(ctx context.Context, files []casework.Photo) error {
	var errs []error
	for _, a := range files {
		errs = append(errs, s.Media.Delete(ctx, a.Blob), s.Media.Delete(ctx, a.Blob+intake.ThumbSuffix))
	}
	return errors.Join(errs...)
}

// privateSolved is the citizen saying that the matter is settled.
func (s *Server) privateSolved(w http.ResponseWriter, r *http.Request) error {
	p, c, err := s.linked(r)
	if err != nil {
		return err
	}
	err = s.onCase(r, c, func(ctx context.Context, tx *store.Store, c *store.Case) error { return s.Desk.Confirm(ctx, tx, p, c) })
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/l/"+c.Link+"?kabar=beres")
}

// privateReopen is the citizen saying that it is not.
func (s *Server) privateReopen(w http.ResponseWriter, r *http.Request) error {
	p, c, err := s.linked(r)
	if err != nil {
		return err
	}
	if err := s.mayWrite(r); err != nil {
		return err
	}
	f, err := s.readForm(w, r, 0)
	if err != nil {
		return err
	}
	body, key := f.typed("teks", view.MaxText), cut(f.Get("kunci"), 64)
	to := ""
	err = s.onCase(r, c, func(ctx context.Context, tx *store.Store, c *store.Case) error {
		to = "/l/" + c.Link + "?kabar=buka"
		if c.State == tanggap.Reopened {
			return nil // pressed twice
		}
		m := words(c, body, key)
		if twice, err := saidBefore(ctx, tx, c, m); err != nil || twice {
			return err
		}
		own, err := s.dangerApart(ctx, tx, p, c, m)
		if err != nil {
			return err
		}
		if own != nil {
			to = "/l/" + own.Link + "?kabar=terkirim"
			return nil
		}
		return s.Desk.Reopen(ctx, tx, p, c, m)
	})
	if err != nil {
		return err
	}
	return s.redirect(w, r, to)
}

// privateFollow starts a new report that continues a case which cannot be reopened
// any more.
func (s *Server) privateFollow(w http.ResponseWriter, r *http.Request) error {
	p, c, err := s.linked(r)
	if err != nil {
		return err
	}
	if err := s.mayWrite(r); err != nil {
		return err
	}
	d := s.newDraft(w, r)
	d.Follows, d.Area, d.Place = c.ID, c.Area, ""
	if err := s.saveDraft(r.Context(), p.Identity.Code, d); err != nil {
		return err
	}
	return s.redirect(w, r, "/lapor")
}
