package web

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tanggap/internal/access"
	"tanggap/internal/casework"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

const (
	fieldPath = "/lapangan"
	// mostField is how many cases the page of the field shows; it is kept on telephones.
	mostField = 60
	mostOdd   = 20
)

// fieldWork reports whether a case is worked on at a place.
func fieldWork(p *region.Pack, c *store.Case) bool {
	x, _ := p.Service(c.Service)
	return x.Field
}

// field is the page of officers who are out: their cases and those of their unit that
// nobody has taken, what waits for a second person, and what is odd.
func (s *Server) field(w http.ResponseWriter, r *http.Request) error {
	page, err := s.fieldPage(r)
	if err != nil {
		return err
	}
	if r.URL.Query().Has("tersimpan") {
		page.Notice = &view.Notice{Tone: "ok", Text: s.View.T(lang(r), view.MsgSaved)}
	}
	return s.render(w, r, http.StatusOK, "field", page)
}

func (s *Server) fieldPage(r *http.Request) (*view.Field, error) {
	v, ctx := at(r), r.Context()
	base, err := s.staffBase(r)
	if err != nil {
		return nil, err
	}
	page := &view.Field{Base: base, Officer: v.actor.ID}
	// With it the telephone seals what is still to be sent; who logs in next has another.
	key, err := s.Store.Blind(ctx, v.pack.Identity.Code, "field-queue", v.actor.ID)
	if err != nil {
		return nil, err
	}
	page.Key = base64.StdEncoding.EncodeToString(key)
	f := access.ListFilter(v.actor, v.pack)
	f.States, f.Awake, f.Limit = []tanggap.State{tanggap.Assigned, tanggap.InProgress, tanggap.WaitingCitizen, tanggap.Reopened}, s.Clock.Now(), 4*mostField
	for _, x := range v.pack.Services {
		if x.Field {
			f.Services = append(f.Services, x.Code)
		}
	}
	list, err := s.Store.Cases(ctx, f)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(c *store.Case) bool {
		mine := c.OfficerID == v.actor.ID || c.OfficerID == "" && access.Can(v.actor, access.CaseTake, access.Of(v.pack, c))
		return !mine || !c.CheckingAt.IsZero() || c.State == tanggap.WaitingCitizen && c.OfficerID == ""
	})
	for _, c := range list {
		if c.Secret { // nothing of it is left lying on telephones
			page.Hidden++
			continue
		}
		if len(page.Tasks) < mostField {
			x, err := s.fieldTask(ctx, v, c)
			if err != nil {
				return nil, err
			}
			page.Tasks = append(page.Tasks, *x)
		}
	}
	if page.Checks, err = s.fieldChecks(ctx, v); err != nil {
		return nil, err
	}
	page.Odd, err = s.fieldOdd(ctx, v)
	return page, err
}

func (s *Server) fieldTask(ctx context.Context, v *visit, c *store.Case) (*view.FieldTask, error) {
	rows, err := s.caseRows(ctx, v, []*store.Case{c}, "")
	if err != nil {
		return nil, err
	}
	x := &view.FieldTask{CaseRow: rows[0], Version: c.Version, Service: serviceName(v.pack, c.Service, v.lang), Place: s.closed(v, c, casework.PlaceWords(c.Place)), Mine: c.OfficerID == v.actor.ID,
		CanStart: c.OfficerID != v.actor.ID || c.State != tanggap.InProgress && c.State != tanggap.WaitingCitizen, Key: tanggap.NewToken()}
	if at, ok, err := casework.Spot(ctx, s.Store, c); err != nil {
		return nil, err
	} else if ok {
		x.Lat, x.Lon, x.Spot = &at.Lat, &at.Lon, fmt.Sprintf("%.5f,%.5f", at.Lat, at.Lon)
	}
	service, _ := v.pack.Service(c.Service)
	x.Check = service.Check
	x.NeedsPhoto, x.NoPhoto, err = casework.NeedsProof(ctx, s.Store, v.pack, c)
	return x, err
}

// fieldChecks are the results that this officer may look at.
func (s *Server) fieldChecks(ctx context.Context, v *visit) ([]view.CaseRow, error) {
	f := access.ListFilter(v.actor, v.pack)
	f.States, f.Checking, f.Limit = []tanggap.State{tanggap.InProgress}, true, mostField
	list, err := s.Store.Cases(ctx, f)
	if err != nil {
		return nil, err
	}
	var mine []*store.Case
	for _, c := range list {
		_, may, err := casework.CanCheck(ctx, s.Store, c, v.actor.ID)
		if err != nil {
			return nil, err
		}
		if may && access.Can(v.actor, access.EvidenceCheck, access.Of(v.pack, c)) {
			mine = append(mine, c)
		}
	}
	return s.caseRows(ctx, v, mine, "")
}

// fieldOdd are the cases in whose evidence something waits for the head to look.
func (s *Server) fieldOdd(ctx context.Context, v *visit) ([]view.CaseRow, error) {
	if !access.CanIn(v.actor, access.EvidenceLook, v.pack.Identity.Code) {
		return nil, nil
	}
	ids, err := s.Store.OddCases(ctx, v.pack.Identity.Code, 10*mostOdd)
	if err != nil {
		return nil, err
	}
	var list []*store.Case
	for _, id := range ids {
		c, err := s.Store.Case(ctx, v.pack.Identity.Code, id)
		if err != nil {
			return nil, err
		}
		if obj := access.Of(v.pack, c); len(list) < mostOdd && access.Can(v.actor, access.CaseRead, obj) && access.Can(v.actor, access.EvidenceLook, obj) {
			list = append(list, c)
		}
	}
	return s.caseRows(ctx, v, list, "")
}

// fieldAct does what an officer in the field says: he begins, notes something, shows
// photos, is done. The key of the form makes it happen once, however often it arrives.
func (s *Server) fieldAct(w http.ResponseWriter, r *http.Request) error {
	v := at(r)
	f, err := s.readFiles(w, r, view.MaxPhotos, soundOrPhoto...)
	if err != nil {
		return s.fieldAnswer(w, r, nil, err, nil)
	}
	if len(f.wrong) > 0 {
		return s.fieldAnswer(w, r, f, &tanggap.Error{Code: tanggap.Invalid, Field: f.wrong[0].Field, Message: f.wrong[0].Message}, nil)
	}
	files, err := s.storeUploads(r.Context(), v.opened, f.uploads)
	if err != nil {
		return s.fieldAnswer(w, r, f, err, nil)
	}
	var clash *view.FieldConflict
	err = s.keeping(r, files, func(ctx context.Context, tx *store.Store, c *store.Case) (bool, error) {
		clash = nil
		if err := s.may(v, c); err != nil {
			return false, err
		}
		first, err := s.firstTime(ctx, tx, v, c, f.Get("kunci"))
		if err != nil || !first {
			return false, err
		}
		if what := f.Get("aksi"); what == "mulai" || what == "selesai" {
			if clash, err = s.fieldConflict(ctx, tx, v, c, f.Get("versi")); err != nil {
				return false, err
			}
			if clash != nil {
				return false, errStale
			}
		}
		return len(files) > 0, s.fieldDo(ctx, tx, v, c, f, files)
	})
	return s.fieldAnswer(w, r, f, err, clash)
}

func (s *Server) fieldDo(ctx context.Context, tx *store.Store, v *visit, c *store.Case, f *sentForm, files []casework.Photo) error {
	var photos, sounds []casework.Photo
	for _, x := range files {
		if strings.HasPrefix(x.MIME, "image/") {
			photos = append(photos, x)
		} else {
			sounds = append(sounds, x)
		}
	}
	words := f.typed("teks", 4000)
	proof := proofOf(f, photos)
	switch f.Get("aksi") {
	case "mulai":
		return s.Desk.Take(ctx, tx, v.pack, c, v.actor.ID)
	case "catat":
		if words == "" && len(sounds) == 0 {
			return &tanggap.Error{Code: tanggap.Invalid, Field: "teks", Message: "Tulis catatan, atau tambahkan rekaman suara."}
		}
		m, err := s.Desk.FieldNote(ctx, tx, c, v.actor.ID, words, len(sounds) > 0)
		if err != nil {
			return err
		}
		return addFiles(ctx, tx, c, m, sounds)
	case "bukti":
		return s.Desk.Prove(ctx, tx, v.pack, c, v.actor.ID, proof, nil)
	case "selesai":
		if len(photos) > 0 {
			proof.Moment = store.EvidenceAfter
		}
		if proof.Moment == store.EvidenceAfter || proof.Moment == store.EvidenceNone {
			if err := s.Desk.Prove(ctx, tx, v.pack, c, v.actor.ID, proof, nil); err != nil {
				return err
			}
		}
		return s.Desk.Reply(ctx, tx, v.pack, c, v.actor.ID, words, tanggap.Answered)
	}
	return tanggap.Errorf(tanggap.Invalid, "pilih apa yang akan disimpan")
}

// matters are the events after which an officer's step may mean something else.
var matters = []string{casework.Assigned, casework.StateMoved, casework.Said, casework.Heard, casework.CheckAsked, casework.CheckPassed, casework.CheckReturned,
	casework.Retracted, casework.Undone, casework.Objected, casework.Called, casework.Withdrawn}

// fieldConflict is what somebody else has done to a case since a telephone saw it; nil if
// nothing that matters, or if the officer himself did it.
func (s *Server) fieldConflict(ctx context.Context, tx *store.Store, v *visit, c *store.Case, seen string) (*view.FieldConflict, error) {
	n, err := strconv.ParseInt(seen, 10, 64)
	if err != nil || n >= c.Version {
		return nil, nil
	}
	events, err := tx.Events(ctx, c.Region, c.ID)
	if err != nil {
		return nil, err
	}
	events = slices.DeleteFunc(events, func(e *store.Event) bool {
		return e.CaseVersion <= n || e.Actor == casework.Officer(v.actor.ID) || !slices.Contains(matters, e.Type)
	})
	if len(events) == 0 {
		return nil, nil
	}
	names, err := s.names(ctx, c.Region)
	if err != nil {
		return nil, err
	}
	history, err := s.history(ctx, v, c, events, names)
	if err != nil {
		return nil, err
	}
	out := &view.FieldConflict{Version: c.Version, State: s.View.T(v.lang, "status."+string(shownState(c)))}
	for _, h := range history {
		if h.At.After(events[0].HappenedAt.Add(-1)) {
			out.Since = append(out.Since, s.View.T(v.lang, "field.since", "who", h.Who, "what", h.What, "moment", s.View.Moment(v.lang, v.pack.Location(), h.At)))
		}
	}
	return out, nil
}

// fieldAnswer says what became of it: to a script as JSON, to a plain form as the page.
func (s *Server) fieldAnswer(w http.ResponseWriter, r *http.Request, f *sentForm, err error, clash *view.FieldConflict) error {
	if err != nil && statusOf(err) == http.StatusInternalServerError {
		return err
	}
	var message view.FieldError
	if err != nil {
		message = errorOf(err, "teks")
	}
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		w.Header().Set("Content-Type", "application/json")
		status := http.StatusOK
		if err != nil {
			status = statusOf(err)
		}
		w.WriteHeader(status)
		return json.NewEncoder(w).Encode(view.FieldAnswer{OK: err == nil, Error: message.Message, Conflict: clash})
	}
	if err == nil {
		return s.redirect(w, r, fieldPath+"?tersimpan")
	}
	if code := tanggap.CodeOf(err); f == nil || code != tanggap.Invalid && code != tanggap.Conflict {
		return err
	}
	page, readErr := s.fieldPage(r)
	if readErr != nil {
		return readErr
	}
	shown := false
	for i := range page.Tasks {
		if x := &page.Tasks[i]; x.ID == at(r).opened.ID {
			x.Wrong, x.Doing, x.Draft, x.Excuse, x.Conflict, shown = message.Message, f.Get("aksi"), f.typed("teks", 4000), f.typed("tanpa_foto", 600), clash, true
		}
	}
	if !shown { // it has left the list
		if clash != nil {
			message.Message = s.View.T(lang(r), "field.conflict", "state", clash.State) + " " + strings.Join(clash.Since, " ")
		}
		page.Errors = append(page.Errors, message)
	}
	return s.render(w, r, statusOf(err), "field", page)
}

// fieldWorker sends the script that shows the page without a network. It may look after
// the page itself, which does not lie below its own address.
func (s *Server) fieldWorker(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Service-Worker-Allowed", localPath(r, fieldPath))
	_, err := w.Write([]byte(s.View.Asset("field_worker.js")))
	return err
}
