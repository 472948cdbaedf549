package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tanggap/internal/media"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
	"tanggap/internal/web/view"
)

const (
	maxPhoto = 12 << 20 // bytes of one uploaded photo
	maxField = 16 << 10 // bytes of one other field
	maxParts = 24       // fields and files of one form
	// maxUpload is the largest form with photos that is read at all.
	maxUpload = view.MaxPhotos*maxPhoto + 256<<10
	// maxForm is the largest form without photos.
	maxForm = 64 << 10
)

// upload is one photo out of a form, cleaned, with a small copy.
type upload struct {
	key   string // random name
	name  string // as the phone calls it, for the citizen's eyes only
	clean media.Clean
	thumb []byte
}

// gps is where the photo says it was taken, "lat,lon" or "".
func (u upload) gps() string {
	if u.clean.GPS == nil {
		return ""
	}
	return fmt.Sprintf("%.5f,%.5f", u.clean.GPS.Lat, u.clean.GPS.Lon)
}

// sentForm is what a visitor sent: fields as typed, photos already cleaned, and what
// is wrong with the photos. A wrong photo never costs the visitor his words.
type sentForm struct {
	url.Values
	uploads []upload
	wrong   []view.FieldError
	kinds   []media.Kind // of files that are taken
}

// readForm reads a form field by field, photo by photo, at most room photos.
func (s *Server) readForm(w http.ResponseWriter, r *http.Request, room int) (*sentForm, error) {
	return s.readFiles(w, r, room, media.Image)
}

// readFiles is readForm for files of some kinds.
func (s *Server) readFiles(w http.ResponseWriter, r *http.Request, room int, kinds ...media.Kind) (*sentForm, error) {
	f := &sentForm{Values: url.Values{}, kinds: kinds}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			return nil, tooLarge(err)
		}
		f.Values = r.PostForm
		return f, nil
	}
	// One photo at a time is in memory, so a form weighs no more than its largest.
	weight := int64(maxPhoto)
	if r.ContentLength >= 0 {
		weight = min(weight, r.ContentLength)
	}
	if !s.limits.uploads.TryAcquire(weight) {
		return nil, tanggap.Errorf(tanggap.Unavailable, "terlalu banyak foto dikirim sekaligus; coba lagi sebentar lagi")
	}
	defer s.limits.uploads.Release(weight)
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
	parts := multipart.NewReader(r.Body, params["boundary"])
	for range maxParts {
		part, err := parts.NextPart()
		if err == io.EOF {
			return f, nil
		}
		if err != nil {
			return f.cut(s, r, err)
		}
		if part.FileName() == "" {
			value, err := io.ReadAll(io.LimitReader(part, maxField+1))
			if err != nil {
				return f.cut(s, r, err)
			}
			if len(value) > maxField {
				return nil, &http.MaxBytesError{Limit: maxField}
			}
			f.Add(part.FormName(), string(value))
			continue
		}
		if err := s.readPhoto(r, f, part, room); err != nil {
			return f.cut(s, r, err)
		}
	}
	return nil, tanggap.Errorf(tanggap.Invalid, "formulir berisi terlalu banyak isian")
}

func (s *Server) readPhoto(r *http.Request, f *sentForm, part *multipart.Part, room int) error {
	data, err := io.ReadAll(io.LimitReader(part, maxPhoto+1))
	if err != nil {
		return err
	}
	say := func(key string, pairs ...any) {
		f.wrong = append(f.wrong, view.FieldError{Field: "foto", Message: s.View.T(lang(r), key, pairs...)})
	}
	switch {
	case len(data) == 0:
	case len(f.uploads) >= room:
		say(view.MsgPhotoMany, "max", view.MaxPhotos)
	case len(data) > maxPhoto:
		say(view.MsgPhotoBig, "size", "> "+strconv.Itoa(maxPhoto>>20)+" MB")
	default:
		u, err := s.newUpload(r.Context(), part.FileName(), data, f.kinds)
		if tanggap.CodeOf(err) == tanggap.Invalid {
			say(view.MsgPhotoKind)
			return nil
		}
		if err != nil {
			return err
		}
		f.uploads = append(f.uploads, u)
	}
	return nil
}

// newUpload cleans a file. Of citizens' forms only pictures are taken: other files have
// no use there and cannot be shown back.
func (s *Server) newUpload(ctx context.Context, name string, data []byte, kinds []media.Kind) (upload, error) {
	clean, err := s.Intake.Sanitise(ctx, data)
	if err != nil {
		return upload{}, err
	}
	if !slices.Contains(kinds, clean.Kind) {
		return upload{}, tanggap.Errorf(tanggap.Invalid, "berkas ini bukan foto")
	}
	var thumb []byte
	if clean.Kind == media.Image {
		if thumb, err = media.Thumb(clean.Data); err != nil {
			return upload{}, err
		}
	}
	name = text.Clean(path.Base(strings.ReplaceAll(name, `\`, "/")), 60)
	return upload{key: media.NewKey(), name: name, clean: clean, thumb: thumb}, nil
}

// cut ends the reading of a form whose connection broke or whose photos are too
// large together. What was read until then is kept.
func (f *sentForm) cut(s *Server, r *http.Request, err error) (*sentForm, error) {
	if len(f.Values) == 0 {
		return nil, tooLarge(err)
	}
	key := msgPhotoCut
	pairs := []any{}
	if errors.As(err, new(*http.MaxBytesError)) {
		key, pairs = view.MsgPhotoBig, []any{"size", "> " + strconv.Itoa(maxPhoto>>20) + " MB"}
	}
	f.wrong = append(f.wrong, view.FieldError{Field: "foto", Message: s.View.T(lang(r), key, pairs...)})
	return f, nil
}

// msgPhotoCut says that the photo did not arrive and that the words are safe.
const msgPhotoCut = "message.photo_cut"

func tooLarge(err error) error {
	if errors.As(err, new(*http.MaxBytesError)) {
		return err
	}
	return tanggap.Errorf(tanggap.Invalid, "kiriman terpotong di tengah jalan; coba kirim lagi")
}

// typed returns a field as people may have typed it: valid UTF-8 without control
// characters, trimmed, at most max characters.
func (f *sentForm) typed(name string, max int) string {
	v := strings.TrimSpace(text.Clean(f.Get(name), 4*max))
	if utf8.RuneCountInString(v) > max {
		v = string([]rune(v)[:max])
	}
	return v
}

// serveFile sends a file that a citizen once sent: never as a page, never cached. A
// recording is asked for in parts by browsers that play it.
func serveFile(w http.ResponseWriter, r *http.Request, mimeType string, data []byte) {
	h := w.Header()
	h.Set("Content-Type", mimeType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "no-store")
	if !strings.HasPrefix(mimeType, "image/") && h.Get("Content-Disposition") == "" {
		h.Set("Content-Disposition", "attachment")
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}
