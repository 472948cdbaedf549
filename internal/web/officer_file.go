package web

import (
	"context"
	"net/http"

	"tanggap/internal/access"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// fileOf is the file that the address names, if it is one of the case and the officer
// may see it.
func (s *Server) fileOf(r *http.Request, db *store.Store, c *store.Case) (*store.Attachment, error) {
	if err := s.mayDo(at(r), c, access.AttachmentRead); err != nil {
		return nil, err
	}
	a, err := db.Attachment(r.Context(), c.Region, r.PathValue("file"))
	if err == nil && a.CaseID != c.ID {
		err = tanggap.Errorf(tanggap.NotFound, "berkas ini tidak ada")
	}
	return a, err
}

// caseHeard keeps what an officer heard in a voice note, for whoever works on the case.
func (s *Server) caseHeard(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "dengar-"+r.PathValue("file"), func(ctx context.Context, tx *store.Store, c *store.Case) error {
		a, err := s.fileOf(r, tx, c)
		if err != nil {
			return err
		}
		words, err := typed(r, "teks", 4000)
		if err != nil {
			return err
		}
		if words == "" {
			return tanggap.Errorf(tanggap.Invalid, "%s", s.View.T(lang(r), "message.heard_empty"))
		}
		return s.Desk.Heard(ctx, tx, at(r).pack, c, a, at(r).actor.ID, words)
	})
}

// caseRefetch asks the provider once more for a file that could not be stored.
func (s *Server) caseRefetch(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v := at(r)
	a, err := s.fileOf(r, s.Store, v.opened)
	if err != nil {
		return err
	}
	if err := s.Intake.Refetch(r.Context(), a.Region, a.ID, v.officer); err != nil {
		return err
	}
	return s.redirect(w, r, "/kasus/"+v.opened.ID+"?tersimpan=berkas")
}
