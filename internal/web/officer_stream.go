package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/live"
	"tanggap/internal/stat"
	"tanggap/internal/store"
)

// streamFor is how long one stream lasts. The browser then comes back and is asked
// for its session again.
const streamFor = 10 * time.Minute

// stream tells a page that something changed: in the lists (topik=antrean) or in one
// case (topik=kasus:ID). It carries no data; the page asks again for what its officer
// may see. Every change is checked against what he may see at that moment.
func (s *Server) stream(w http.ResponseWriter, r *http.Request) error {
	v := at(r)
	ctx, cancel := context.WithTimeout(r.Context(), streamFor)
	defer cancel()
	r = r.WithContext(ctx)
	if r.URL.Query().Get("topik") == "dasbor" {
		s.streamFigures(w, r)
		return nil
	}
	caseID, _ := strings.CutPrefix(r.URL.Query().Get("topik"), "kasus:")
	if !strings.HasPrefix(r.URL.Query().Get("topik"), "kasus:") {
		caseID = ""
	}
	sub := s.Hub.Subscribe(ctx, r.Header.Get("Last-Event-ID"), func(c store.Change) bool {
		return c.Region == v.pack.Identity.Code && (caseID == "" || c.CaseID == caseID)
	})
	live.ServeSSE(w, r, sub, func(change store.Change) bool { return s.mayHear(ctx, v, change) })
	return nil
}

// streamFigures tells a dashboard that there are new figures.
func (s *Server) streamFigures(w http.ResponseWriter, r *http.Request) {
	v := at(r)
	sub := s.Hub.Subscribe(r.Context(), r.Header.Get("Last-Event-ID"), func(c store.Change) bool {
		return c.Region == v.pack.Identity.Code && c.Type == stat.Changed
	})
	live.ServeSSE(w, r, sub, func(store.Change) bool {
		actor, err := s.Access.Actor(r.Context(), v.officer.ID)
		return err == nil && access.CanIn(actor, access.FiguresRead, v.pack.Identity.Code)
	})
}

func (s *Server) mayHear(ctx context.Context, v *visit, change store.Change) bool {
	actor, err := s.Access.Actor(ctx, v.officer.ID)
	if err != nil {
		return false
	}
	c, err := s.Store.Case(ctx, change.Region, change.CaseID)
	return err == nil && access.Can(actor, access.CaseList, access.Of(v.pack, c))
}
