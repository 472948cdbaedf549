package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"time"

	form "tanggap/internal/channel/web"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

// draftCookie names the cookie that holds the secret of a draft: 128 random bits.
// The database knows only its hash, which is also the report's idempotency key.
const (
	draftCookie = "lapor"
	draftDays   = 7
)

// draft is an unfinished report as the pages fill it in, one after the other.
type draft struct {
	id     string
	caseID string // set once it became a case

	Started  time.Time
	Text     string
	Area     string
	Place    string
	Lat, Lon string
	Danger   string // as in view.ReportPlace
	Kind     string // as in view.ReportContact
	Phone    string // E.164
	Email    string // lower case
	Name     string
	ShowName bool
	Photos   []draftPhoto
	Follows  string // id of the case that this report continues
	Identity string // id of the verified contact with the number or address below, "" if none
	Known    string // that number or address
}

// draftPhoto is a cleaned photo; its bytes lie in a draft row of their own, so that
// they go with the drafts that nobody finishes.
type draftPhoto struct {
	ID   string // also the blob's name once the report is sent
	Name string
	MIME string
	Size int64
	GPS  string // "lat,lon", taken out of the photo
}

// photoBytes is what the row of a photo holds.
type photoBytes struct{ Data, Thumb []byte }

// draft returns the visitor's draft: nil without one. A report that was sent is
// still returned, with its case.
func (s *Server) draft(r *http.Request) (*draft, error) {
	c, err := r.Cookie(draftCookie)
	if err != nil || c.Value == "" || len(c.Value) > 64 {
		return nil, nil
	}
	row, err := s.Store.Draft(r.Context(), s.pack(r).Identity.Code, tanggap.HashToken(c.Value))
	if err != nil || row == nil || s.Clock.Now().Sub(row.UpdatedAt) > draftDays*24*time.Hour {
		return nil, err
	}
	d := &draft{id: row.ID, caseID: row.CaseID}
	if err := json.Unmarshal(row.Body, d); err != nil {
		return nil, fmt.Errorf("draft: %w", err)
	}
	return d, nil
}

// newDraft starts a draft and gives its secret to the browser.
func (s *Server) newDraft(w http.ResponseWriter, r *http.Request) *draft {
	secret := tanggap.NewToken()
	http.SetCookie(w, &http.Cookie{Name: draftCookie, Value: secret, Path: "/", MaxAge: draftDays * 24 * 3600,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure(r)})
	return &draft{id: tanggap.HashToken(secret), Started: s.Clock.Now()}
}

func (s *Server) saveDraft(ctx context.Context, region string, d *draft) error {
	body, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return s.Store.PutDraft(ctx, &store.Draft{Region: region, ID: d.id, Body: body, CaseID: d.caseID})
}

// addPhoto keeps a cleaned photo with the draft, which the caller saves.
func (s *Server) addPhoto(ctx context.Context, region string, d *draft, u upload) error {
	body, err := json.Marshal(photoBytes{u.clean.Data, u.thumb})
	if err != nil {
		return err
	}
	p := draftPhoto{ID: form.BlobPrefix + u.key, Name: u.name, MIME: u.clean.MIME, Size: int64(len(u.clean.Data)), GPS: u.gps()}
	if err := s.Store.PutDraft(ctx, &store.Draft{Region: region, ID: p.ID, Body: body}); err != nil {
		return err
	}
	d.Photos = append(d.Photos, p)
	return nil
}

// photo returns the bytes of a draft's photo, nil when they are gone.
func (s *Server) photo(ctx context.Context, region, id string) (*photoBytes, error) {
	row, err := s.Store.Draft(ctx, region, id)
	if err != nil || row == nil || len(row.Body) == 0 {
		return nil, err
	}
	p := &photoBytes{}
	if err := json.Unmarshal(row.Body, p); err != nil {
		return nil, fmt.Errorf("draft photo: %w", err)
	}
	return p, nil
}

// emptyPhoto takes the bytes of a photo away; the sweep removes its row.
func (s *Server) emptyPhoto(ctx context.Context, region, id string) error {
	return s.Store.PutDraft(ctx, &store.Draft{Region: region, ID: id})
}

func (d *draft) removePhoto(id string) (found bool) {
	n := len(d.Photos)
	d.Photos = slices.DeleteFunc(d.Photos, func(p draftPhoto) bool { return p.ID == id })
	return len(d.Photos) < n
}

func (d *draft) photos() []view.Photo {
	out := make([]view.Photo, len(d.Photos))
	for i, p := range d.Photos {
		out[i] = view.Photo{ID: p.ID, Name: p.Name, URL: "/lapor/foto/" + p.ID, Kind: p.MIME, Bytes: p.Size}
	}
	return out
}

// missing returns the page that still has to be filled in, "" when none.
func (d *draft) missing() string {
	switch {
	case d == nil || d.caseID != "" || d.Text == "":
		return "/lapor"
	case d.Danger == "":
		return "/lapor/lokasi"
	case d.Kind == "":
		return "/lapor/kontak"
	}
	return ""
}

var photoID = regexp.MustCompile(`^d-[a-z0-9]{20,40}$`)

// reportPhoto shows a small copy of a photo of the visitor's own draft.
func (s *Server) reportPhoto(w http.ResponseWriter, r *http.Request) error {
	gone := tanggap.Errorf(tanggap.NotFound, "foto ini tidak ada")
	d, err := s.draft(r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	if d == nil || !photoID.MatchString(id) || !slices.ContainsFunc(d.Photos, func(p draftPhoto) bool { return p.ID == id }) {
		return gone
	}
	p, err := s.photo(r.Context(), s.pack(r).Identity.Code, id)
	if err != nil {
		return err
	}
	if p == nil {
		return gone
	}
	serveFile(w, r, "image/jpeg", p.Thumb)
	return nil
}
