package web

import (
	"crypto/subtle"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// outsideKey makes the key with which a program brings figures into a series, in place of an
// older one, and shows it this once; or takes it back.
func (s *Server) outsideKey(w http.ResponseWriter, r *http.Request) error {
	if err := readFields(r); err != nil {
		return err
	}
	v, ctx := at(r), r.Context()
	key, hash, event := "", "", "outside.key_ended"
	if r.PostForm.Get("aksi") != "cabut" {
		key, event = tanggap.NewToken(), "outside.key_made"
		hash = tanggap.HashToken(key)
	}
	var x *store.OutsideSeries
	err := s.Store.InTx(ctx, func(tx *store.Store) (err error) {
		if x, err = tx.OutsideSeries(ctx, v.pack.Identity.Code, r.PathValue("series")); err != nil {
			return err
		}
		x.KeyHash = hash
		if err := tx.PutOutsideSeries(ctx, x); err != nil {
			return err
		}
		return tx.AddRegionEvent(ctx, x.Region, "officer:"+v.actor.ID, event, map[string]any{"series": x.ID})
	})
	if err != nil {
		return err
	}
	page, err := s.outsideOne(r, x)
	if err != nil {
		return err
	}
	page.Key, page.Address = key, s.BaseURL(v.pack)+outsidePushPath+x.ID
	return s.renderPrivate(w, r, http.StatusOK, "outside_one", page)
}

// outsidePushPath is where programs bring figures: POST of the same CSV as by hand, with
// "Authorization: Bearer KEY".
const outsidePushPath = "/api/data-luar/"

// pushed is what a program is answered.
type pushed struct {
	Values   int      `json:"values"`             // kept
	Error    string   `json:"error,omitempty"`    // why nothing was kept
	Problems []string `json:"problems,omitempty"` // line by line, the first ones
}

// outsidePush keeps the figures that a program brings: all of them or, when one line cannot
// be read, none. Sent again they change nothing.
func (s *Server) outsidePush(w http.ResponseWriter, r *http.Request) error {
	v, ctx := at(r), r.Context()
	w.Header().Set("Cache-Control", "no-store")
	answer := func(status int, a pushed) error {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		return json.NewEncoder(w).Encode(a)
	}
	if !s.limits.writes.spend(s.Clock.Now(), v.ip) {
		w.Header().Set("Retry-After", "60")
		return answer(http.StatusTooManyRequests, pushed{Error: "Terlalu sering. Coba lagi semenit lagi."})
	}
	key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	x, err := s.Store.OutsideSeries(ctx, v.pack.Identity.Code, r.PathValue("series"))
	if err != nil && tanggap.CodeOf(err) != tanggap.NotFound {
		return err
	}
	// One answer for an unknown series, one without a key and a wrong key.
	if !ok || err != nil || x.KeyHash == "" || subtle.ConstantTimeCompare([]byte(tanggap.HashToken(key)), []byte(x.KeyHash)) != 1 {
		s.Log.WarnContext(ctx, "refused", "request", v.id, "route", r.Pattern, "status", http.StatusUnauthorized)
		w.Header().Set("WWW-Authenticate", "Bearer")
		return answer(http.StatusUnauthorized, pushed{Error: "Kunci deret ini tidak dikenal. Buat yang baru di halaman deretnya."})
	}
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return answer(http.StatusRequestEntityTooLarge, pushed{Error: s.View.T("id", "foresight.outside_too_large")})
	}
	values, problems := readOutside(string(data), x.Period)
	if len(problems) > 0 {
		return answer(http.StatusUnprocessableEntity, pushed{Error: s.View.T("id", "foresight.outside_wrong", "n", len(problems)), Problems: problems[:min(len(problems), problemsShown)]})
	}
	err = s.Store.InTx(ctx, func(tx *store.Store) error { return keepOutside(ctx, tx, x, "api", values) })
	if err != nil {
		return err
	}
	return answer(http.StatusOK, pushed{Values: len(values)})
}
