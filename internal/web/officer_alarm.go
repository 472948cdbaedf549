package web

import (
	"context"
	"net/http"

	"tanggap/internal/access"
	"tanggap/internal/casework"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

// alarm shows the page behind an acknowledge link. Opening it acknowledges nothing:
// programs that draw previews of links open them too.
func (s *Server) alarm(w http.ResponseWriter, r *http.Request) error {
	a, c, err := s.alarmed(r.Context(), r, s.Store)
	if err != nil {
		return err
	}
	return s.alarmPage(w, r, a, c)
}

func (s *Server) alarmPage(w http.ResponseWriter, r *http.Request, a *store.Alarm, c *store.Case) error {
	v := at(r)
	return s.renderPrivate(w, r, http.StatusOK, "alarm", &view.Alarm{Base: s.base(r), Token: r.PathValue("token"), Number: c.Number,
		Service: serviceName(v.pack, c.Service, v.lang), Unit: unitName(v.pack, c.Unit), Area: areaName(v.pack, c.Area), Opened: c.OpenedAt,
		Acked: moment(a.AckedAt), CaseURL: localPath(r, "/kasus/"+c.ID)})
}

// alarmed finds the alarm of a link and its case, if the officer to whom the link
// was sent may still answer for it.
func (s *Server) alarmed(ctx context.Context, r *http.Request, db *store.Store) (*store.Alarm, *store.Case, error) {
	v := at(r)
	if !s.limits.misses.left(s.Clock.Now(), v.ip) {
		return nil, nil, errTooMany
	}
	a, err := db.AlarmByToken(ctx, v.pack.Identity.Code, r.PathValue("token"))
	if tanggap.CodeOf(err) == tanggap.NotFound {
		s.limits.misses.spend(s.Clock.Now(), v.ip)
	}
	if err != nil {
		return nil, nil, err
	}
	c, err := db.Case(ctx, a.Region, a.CaseID)
	if err != nil {
		return nil, nil, err
	}
	o, err := db.Officer(ctx, a.OfficerID)
	if err != nil {
		return nil, nil, err
	}
	if !access.Can(access.ActorOf(o), access.AlarmAck, access.Of(v.pack, c)) {
		return nil, nil, tanggap.Errorf(tanggap.NotFound, "tautan tidak ditemukan")
	}
	return a, c, nil
}

// alarmAck is the officer on duty saying that he has it in hand.
func (s *Server) alarmAck(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	err := s.Store.InTx(ctx, func(tx *store.Store) error {
		a, c, err := s.alarmed(ctx, r, tx)
		if err != nil || !a.AckedAt.IsZero() {
			return err
		}
		return s.Desk.Acknowledge(ctx, tx, s.pack(r), c, casework.Officer(a.OfficerID))
	})
	if err != nil {
		return err
	}
	return s.redirect(w, r, r.URL.Path)
}
