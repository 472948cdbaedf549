package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/casework"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

// maxBulk is how many cases one step may touch: a page of the inbox.
const maxBulk = rowsPerPage

// bulk does one thing to several cases. Each is asked for and written by itself, so that
// one that cannot be changed holds up no other; the answer says which those are and why.
func (s *Server) bulk(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v, ctx := at(r), r.Context()
	ids := slices.Compact(slices.Sorted(slices.Values(r.PostForm["pilih"])))
	verb, do, err := s.bulkStep(r)
	if err == nil && len(ids) == 0 {
		err = tanggap.Errorf(tanggap.Invalid, "%s", s.View.T(v.lang, "bulk.none"))
	}
	if err == nil && len(ids) > maxBulk {
		err = tanggap.Errorf(tanggap.Invalid, "paling banyak %d laporan sekaligus", maxBulk)
	}
	if err != nil {
		return s.inboxAgain(w, r, http.StatusUnprocessableEntity, &view.Notice{Tone: "bad", Text: errorOf(err, "").Message})
	}
	done, left := 0, []string{}
	for _, id := range ids {
		number := ""
		err := s.Store.InTx(ctx, func(tx *store.Store) error {
			c, err := tx.Case(ctx, v.pack.Identity.Code, id)
			if err != nil {
				return err
			}
			if err := s.mayDo(v, c, access.CaseRead); err != nil {
				return err
			}
			number = c.Number
			if err := s.mayDo(v, c, verb); err != nil {
				return err
			}
			return do(ctx, tx, c)
		})
		var told *tanggap.Error
		switch {
		case err == nil:
			done++
		case number == "" && tanggap.CodeOf(err) == tanggap.NotFound: // a case he may not see is none
		case errors.As(err, &told):
			left = append(left, number+": "+errorOf(err, "").Message)
		default:
			return err
		}
	}
	s.wake()
	n := &view.Notice{Tone: "ok", Text: s.View.T(v.lang, "bulk.done", "n", strconv.Itoa(done))}
	for _, x := range left {
		n.Tone = "warn"
		n.Text += " " + s.View.T(v.lang, "bulk.left", "why", x)
	}
	return s.inboxAgain(w, r, http.StatusOK, n)
}

// bulkStep is what the form asks for, with the verb that it needs.
func (s *Server) bulkStep(r *http.Request) (access.Verb, func(context.Context, *store.Store, *store.Case) error, error) {
	v := at(r)
	switch r.PostForm.Get("aksi") {
	case "ambil":
		return access.CaseTake, func(ctx context.Context, tx *store.Store, c *store.Case) error {
			return s.Desk.Take(ctx, tx, v.pack, c, v.actor.ID)
		}, nil
	case "tunda":
		local := s.Clock.Now().In(v.pack.Location())
		until := time.Date(local.Year(), local.Month(), local.Day()+1, 8, 0, 0, 0, v.pack.Location())
		return access.CaseTake, func(ctx context.Context, tx *store.Store, c *store.Case) error {
			return s.Desk.Snooze(ctx, tx, v.pack, c, v.actor.ID, until)
		}, nil
	case "teruskan":
		unit := r.PostForm.Get("unit")
		if _, ok := v.pack.Unit(unit); !ok {
			return "", nil, tanggap.Errorf(tanggap.Invalid, "%s", s.View.T(v.lang, view.MsgUnitEmpty))
		}
		return access.CaseDecide, func(ctx context.Context, tx *store.Store, c *store.Case) error {
			return s.Desk.Decide(ctx, tx, v.pack, c, v.actor.ID, casework.Choice{Unit: unit})
		}, nil
	}
	return "", nil, tanggap.Errorf(tanggap.Invalid, "%s", s.View.T(v.lang, "bulk.what"))
}

// inboxAgain shows the list that the form came from, with what has become of it.
func (s *Server) inboxAgain(w http.ResponseWriter, r *http.Request, status int, n *view.Notice) error {
	q := query{url.Values{}}
	if old, err := url.ParseQuery(r.PostForm.Get("saringan")); err == nil {
		q.Values = old
	}
	page, err := s.inboxPage(r, q)
	if err != nil {
		return err
	}
	page.Notice = n
	return s.render(w, r, status, "inbox", page)
}
