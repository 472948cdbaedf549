package web

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/casework"
	"tanggap/internal/similar"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
	"tanggap/internal/web/view"
)

const (
	sameShown   = 3
	solvedShown = 3
	solvedAlike = 0.25 // how alike the words of a solved case must be, 0..1
	solvedBack  = 400 * 24 * time.Hour
	replyShown  = 400 // characters
)

var links = regexp.MustCompile(`(?i)https?://\S+`)

// alike fills in the cases that may report the same matter, those that an officer has
// joined, and what was done about similar solved ones. Only what the officer may list is
// among them.
func (s *Server) alike(ctx context.Context, v *visit, c *store.Case, page *view.StaffCase) error {
	lists := func(x *store.Case) bool {
		return x.ID != c.ID && access.Can(v.actor, access.CaseList, access.Of(v.pack, x))
	}
	if c.Incident != "" {
		list, err := s.Store.IncidentCases(ctx, c.Region, c.Incident, listBeside)
		if err != nil {
			return err
		}
		for _, x := range list {
			if !lists(x) {
				continue
			}
			like, _, err := s.likeCase(ctx, v, x)
			if err != nil {
				return err
			}
			page.Joined = append(page.Joined, like)
		}
	}
	if c.Secret || c.Summary == "" || s.Intake.Similar == nil {
		return nil
	}
	q := similar.Query{Text: c.Summary, Service: c.Service, Area: c.Area, At: c.OpenedAt, Not: c.ID, Window: similar.Window, Limit: sameShown, Least: similar.SameFrom}
	if c.State.Open() {
		q.Keep = func(x *store.Case) bool {
			return lists(x) && x.State.Open() && (c.Incident == "" || x.Incident != c.Incident)
		}
		found, err := s.Intake.Similar.Find(ctx, s.Store, v.pack, q)
		if err != nil {
			return err
		}
		looked, err := s.lookedAt(ctx, c)
		if err != nil {
			return err
		}
		for _, f := range found {
			if f.P >= similar.SameFrom && !looked {
				x, _, err := s.likeCase(ctx, v, f.Case)
				if err != nil {
					return err
				}
				x.Confidence = f.P
				for _, b := range f.Why {
					if b.Weight > 0 {
						x.Why = append(x.Why, s.View.T(v.lang, "same.because_"+b.What))
					}
				}
				page.Same = append(page.Same, x)
			}
		}
	}
	q.Window, q.Limit, q.Least = solvedBack, solvedShown, 0
	q.Keep = func(x *store.Case) bool {
		done := x.State == tanggap.Answered || x.State == tanggap.Done || x.State == tanggap.Archived
		return done && x.Service == c.Service && c.Service != "" && !x.AnsweredAt.IsZero() && lists(x)
	}
	solved, err := s.Intake.Similar.Find(ctx, s.Store, v.pack, q)
	if err != nil {
		return err
	}
	return s.advise(ctx, v, c, solved, page)
}

// lookedAt reports whether an officer has said that what was offered is not the same.
func (s *Server) lookedAt(ctx context.Context, c *store.Case) (bool, error) {
	list, err := s.Store.Decisions(ctx, c.Region, c.ID)
	return slices.ContainsFunc(list, func(x *store.Decision) bool {
		return x.Kind == casework.KindSame && x.State == store.DecisionChanged && x.FinalValue == ""
	}), err
}

// likeCase shows a case beside another, and returns it with what is sealed: what opens it
// for its citizen must not stand in its words.
func (s *Server) likeCase(ctx context.Context, v *visit, c *store.Case) (view.LikeCase, *store.Case, error) {
	c, err := s.Store.Case(ctx, c.Region, c.ID)
	if err != nil {
		return view.LikeCase{}, nil, err
	}
	return view.LikeCase{ID: c.ID, Number: c.Number, Summary: s.titleOf(v, c), State: c.State, Opened: c.OpenedAt, Area: areaName(v.pack, c.Area)}, c, nil
}

// advise says what to do next, drafts a reply, and shows what helped in similar cases.
func (s *Server) advise(ctx context.Context, v *visit, c *store.Case, solved []similar.Found, page *view.StaffCase) error {
	citizen, err := s.Store.Citizen(ctx, c.Region, c.CitizenID)
	if err != nil {
		return err
	}
	page.Steps = casework.Steps(v.pack, c, v.lang)
	if page.CanReply {
		page.Proposal = s.Desk.Draft(s.Store, v.pack, c, page.Matter, citizen.Lang)
	}
	var ids []string
	for _, f := range solved {
		if f.Cosine >= solvedAlike && access.Can(v.actor, access.CaseRead, access.Of(v.pack, f.Case)) {
			ids = append(ids, f.Case.ID)
		}
	}
	replies, err := s.Store.LastReplies(ctx, c.Region, ids)
	if err != nil {
		return err
	}
	for _, f := range solved {
		if !slices.Contains(ids, f.Case.ID) {
			continue
		}
		x, full, err := s.likeCase(ctx, v, f.Case)
		if err != nil {
			return err
		}
		x.Took = f.Case.AnsweredAt.Sub(f.Case.OpenedAt)
		x.Reopened = f.Case.Reopens > 0
		// Another citizen's private link opens his case: no link is shown at all.
		if r := []rune(text.Mask(links.ReplaceAllString(s.closed(v, full, replies[f.Case.ID]), "[tautan]"))); len(r) > replyShown {
			x.Reply = string(r[:replyShown]) + "…"
		} else {
			x.Reply = string(r)
		}
		page.Solved = append(page.Solved, x)
	}
	return nil
}

// placed are cases like one that waits in triage, with where they went.
func (s *Server) placed(ctx context.Context, v *visit, c *store.Case) ([]view.SimilarCase, error) {
	if c.Secret || c.Summary == "" || s.Intake.Similar == nil {
		return nil, nil
	}
	found, err := s.Intake.Similar.Find(ctx, s.Store, v.pack, similar.Query{Text: c.Summary, At: c.OpenedAt, Not: c.ID, Window: solvedBack, Limit: solvedShown,
		Keep: func(x *store.Case) bool {
			return x.Service != "" && x.State != tanggap.Triage && access.Can(v.actor, access.CaseList, access.Of(v.pack, x))
		}})
	if err != nil {
		return nil, err
	}
	var out []view.SimilarCase
	for _, f := range found {
		if f.Cosine < solvedAlike {
			continue
		}
		like, _, err := s.likeCase(ctx, v, f.Case)
		if err != nil {
			return nil, err
		}
		out = append(out, view.SimilarCase{ID: like.ID, Title: like.Summary, Unit: v.pack.ShortUnit(f.Case.Unit), Likeness: f.Cosine})
	}
	return out, nil
}

// caseJoin says that the case reports the same event as another.
func (s *Server) caseJoin(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "", func(ctx context.Context, tx *store.Store, c *store.Case) error {
		if r.PostForm.Get("dengan") == "" {
			return s.Desk.NotSame(ctx, tx, c, at(r).actor.ID)
		}
		with, err := tx.Case(ctx, c.Region, r.PostForm.Get("dengan"))
		if err != nil {
			return err
		}
		if err := s.mayDo(at(r), with, access.CaseDecide); err != nil {
			return err
		}
		return s.Desk.Join(ctx, tx, c, with, at(r).actor.ID)
	})
}

// casePart takes the case out of its event.
func (s *Server) casePart(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "", func(ctx context.Context, tx *store.Store, c *store.Case) error {
		return s.Desk.Part(ctx, tx, c, at(r).actor.ID)
	})
}
