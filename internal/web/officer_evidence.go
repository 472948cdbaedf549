package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"tanggap/internal/access"
	"tanggap/internal/casework"
	"tanggap/internal/media"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

// proofOf is the evidence in a form: photos of a moment, or why there is none.
func proofOf(f *sentForm, photos []casework.Photo) casework.Proof {
	x := casework.Proof{Moment: f.Get("saat"), Photos: photos, Spot: casework.KnownSpot(f.Get("posisi")), Private: f.Get("tertutup") == "ya"}
	if reason := f.typed("tanpa_foto", 600); reason != "" && len(photos) == 0 {
		x.Moment, x.Reason = store.EvidenceNone, reason
	}
	return x
}

// caseProve adds evidence on the page of a case.
func (s *Server) caseProve(w http.ResponseWriter, r *http.Request) error {
	v := at(r)
	f, err := s.readForm(w, r, view.MaxPhotos)
	if err != nil {
		return err
	}
	again := func(why error) error { return s.caseAgain(w, r, why, "foto") }
	if len(f.wrong) > 0 {
		return again(&tanggap.Error{Code: tanggap.Invalid, Field: f.wrong[0].Field, Message: f.wrong[0].Message})
	}
	files, err := s.storeUploads(r.Context(), v.opened, f.uploads)
	if err != nil {
		return err
	}
	err = s.keeping(r, files, func(ctx context.Context, tx *store.Store, c *store.Case) (bool, error) {
		if err := s.may(v, c); err != nil {
			return false, err
		}
		first, err := s.firstTime(ctx, tx, v, c, f.Get("kunci"))
		if err != nil || !first {
			return false, err
		}
		return true, s.Desk.Prove(ctx, tx, v.pack, c, v.actor.ID, proofOf(f, files), nil)
	})
	if tanggap.CodeOf(err) == tanggap.Invalid {
		return again(err)
	}
	if err != nil {
		return err
	}
	return s.afterAct(w, r)
}

// keeping runs fn on the case of the request in a transaction. The files stay only if
// fn says so and its work is kept.
func (s *Server) keeping(r *http.Request, files []casework.Photo, fn func(ctx context.Context, tx *store.Store, c *store.Case) (bool, error)) error {
	kept := false
	err := s.onCase(r, at(r).opened, func(ctx context.Context, tx *store.Store, c *store.Case) (err error) {
		kept, err = fn(ctx, tx, c)
		return err
	})
	if err != nil || !kept {
		err = errors.Join(err, s.dropFiles(r.Context(), files))
	}
	return err
}

// firstTime reports whether something was not sent before under the same key. Without a
// key it was not.
func (s *Server) firstTime(ctx context.Context, tx *store.Store, v *visit, c *store.Case, key string) (bool, error) {
	if key = cut(key, 64); key == "" {
		return true, nil
	}
	return tx.FirstTime(ctx, c.Region, v.actor.ID, key, c.ID)
}

// caseLooked notes that the head has looked at what is odd about the evidence.
func (s *Server) caseLooked(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "", func(ctx context.Context, tx *store.Store, c *store.Case) error {
		return s.Desk.Looked(ctx, tx, c, at(r).actor.ID)
	})
}

// caseCheck confirms a result that waits for a second person, or gives it back.
func (s *Server) caseCheck(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "kurang", func(ctx context.Context, tx *store.Store, c *store.Case) error {
		v := at(r)
		if r.PostForm.Get("aksi") == "kembali" {
			why, err := typed(r, "kurang", 500)
			if err != nil {
				return err
			}
			return s.Desk.Return(ctx, tx, v.pack, c, v.actor.ID, why)
		}
		heads := access.Can(v.actor, access.EvidenceLook, access.Of(v.pack, c))
		return s.Desk.Pass(ctx, tx, v.pack, c, v.actor.ID, heads, func(x *store.Case) bool {
			return access.Can(v.actor, access.CaseReply, access.Of(v.pack, x))
		})
	})
}

// oddWords explain what is odd about evidence.
var oddWords = map[string]string{casework.OddReused: "evidence.odd_reused", casework.OddEarly: "evidence.odd_early", casework.OddFuture: "evidence.odd_future",
	casework.OddFar: "evidence.odd_far", casework.OddOutside: "evidence.odd_outside", casework.OddNone: "evidence.odd_none"}

// caseEvidence fills in what shows the work on a case, and what waits for a second person.
func (s *Server) caseEvidence(ctx context.Context, v *visit, c *store.Case, page *view.StaffCase, names map[string]string) error {
	list, err := s.Store.CaseEvidence(ctx, c.Region, c.ID)
	if err != nil {
		return err
	}
	obj := access.Of(v.pack, c)
	sees := access.Can(v.actor, access.AttachmentRead, obj)
	for _, e := range list {
		x := view.Evidence{Moment: e.Moment, Who: names[e.OfficerID], At: e.CreatedAt, Reason: s.closed(v, c, e.Reason), Hidden: !e.Shown && e.AttachmentID != "", Old: e.Reopens != c.Reopens, Looked: moment(e.LookedAt), LookedBy: names[e.LookedBy]}
		if e.AttachmentID != "" && sees {
			a, err := s.Store.Attachment(ctx, e.Region, e.AttachmentID)
			if err != nil {
				return err
			}
			photo := photoOf("/kasus/"+c.ID+"/berkas/", a)
			x.Photo = &photo
		}
		for _, flag := range strings.Fields(e.Flags) {
			words := s.View.T(v.lang, oddWords[flag], "n", strconv.FormatInt(e.Facts.Metres, 10))
			if flag == casework.OddReused {
				words = s.View.T(v.lang, oddWords[flag], "where", s.likeWhere(ctx, v, c, e))
			}
			x.Odd = append(x.Odd, words)
		}
		page.CanLook = page.CanLook || e.Odd() && access.Can(v.actor, access.EvidenceLook, obj)
		page.Evidence = append(page.Evidence, x)
	}
	if page.NeedsPhoto, page.NoPhoto, err = casework.NeedsProof(ctx, s.Store, v.pack, c); err != nil {
		return err
	}
	page.CanProve = page.CanReply && c.State.Open() && (page.NeedsPhoto || len(page.Evidence) > 0 || fieldWork(v.pack, c))
	page.ProveKey = tanggap.NewToken()
	check, may, err := casework.CanCheck(ctx, s.Store, c, v.actor.ID)
	if err != nil || check == nil {
		return err
	}
	page.Check = &view.Check{Words: s.closed(v, c, check.Words), From: names[check.AskedBy], At: check.CreatedAt, Mine: !may, May: may && access.Can(v.actor, access.EvidenceCheck, obj)}
	return nil
}

// likeWhere names the case whose photo a photo looks like, to those who may read it.
func (s *Server) likeWhere(ctx context.Context, v *visit, c *store.Case, e *store.Evidence) string {
	a, err := s.Store.Attachment(ctx, e.Region, e.LikeID)
	if err != nil {
		return s.View.T(v.lang, "evidence.where_other")
	}
	if a.CaseID == c.ID {
		return s.View.T(v.lang, "evidence.where_same")
	}
	other, err := s.Store.Case(ctx, a.Region, a.CaseID)
	if err != nil || !access.Can(v.actor, access.CaseRead, access.Of(v.pack, other)) {
		return s.View.T(v.lang, "evidence.where_other")
	}
	return s.View.T(v.lang, "evidence.where_case", "number", other.Number)
}

// shownPhotos are the photos of the work that a citizen sees once he was told the result:
// never of a secret case, nor one that somebody still has to look at.
func (s *Server) shownPhotos(ctx context.Context, c *store.Case) (before, after []view.Photo, err error) {
	if c.Secret || c.AnsweredAt.IsZero() {
		return nil, nil, nil
	}
	list, err := s.Store.CaseEvidence(ctx, c.Region, c.ID)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range list {
		if !e.Shown || e.Odd() || e.AttachmentID == "" {
			continue
		}
		a, err := s.Store.Attachment(ctx, e.Region, e.AttachmentID)
		if err != nil {
			return nil, nil, err
		}
		if photo := photoOf("/l/"+c.Link+"/berkas/", a); e.Moment == store.EvidenceBefore {
			before = append(before, photo)
		} else {
			after = append(after, photo)
		}
	}
	return before, after, nil
}

// soundOrPhoto are the kinds of files that come from the field.
var soundOrPhoto = []media.Kind{media.Image, media.Audio}
