// Package web is the channel of the report form, and the reference implementation
// of a channel: it shows, without a provider's peculiarities, what a Reader does.
// A finished form becomes one JSON delivery; from there on it takes the same way
// as a message from anywhere else.
package web

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tanggap/internal/channel"
	"tanggap/internal/seal"
	"tanggap/internal/tanggap"
)

// Account is the account name of the one form that a region has.
const Account = "form"

// Limits of one report. The pages ask for less (view.MaxText); these hold whatever
// comes in.
const (
	MaxBody   = 64 << 10 // bytes of a delivery
	MaxText   = 4000     // characters
	MaxPlace  = 400
	MaxName   = 80
	MaxPhotos = 3
	maxID     = 64 // bytes of ids, codes and blob names
)

// ContactKind says on which way the citizen wants to hear from us.
type ContactKind string

const (
	ContactWhatsApp ContactKind = "whatsapp"
	ContactEmail    ContactKind = "email"
	ContactNone     ContactKind = "none"
)

// Report is a finished form. Its JSON is the delivery.
type Report struct {
	ID       string         `json:"id"` // of the draft: the idempotency key
	At       time.Time      `json:"at"`
	Text     string         `json:"text"`
	Area     string         `json:"area,omitempty"`
	Place    string         `json:"place,omitempty"` // address or landmark, as typed
	Lat      *float64       `json:"lat,omitempty"`   // WGS84 degrees; both or none
	Lon      *float64       `json:"lon,omitempty"`
	Danger   channel.Danger `json:"danger,omitempty"`
	Service  string         `json:"service,omitempty"`
	Contact  Contact        `json:"contact"`
	Name     string         `json:"name,omitempty"`
	ShowName bool           `json:"show_name,omitempty"` // to the officers of the unit
	Lang     string         `json:"lang,omitempty"`
	Photos   []Photo        `json:"photos,omitempty"`
	Follows  string         `json:"follows,omitempty"`  // case id
	Identity string         `json:"identity,omitempty"` // id of the verified contact by which the writer was let in
}

// Contact is where news should go. Value is E.164 with "+" or a lower-case address.
type Contact struct {
	Kind  ContactKind `json:"kind"`
	Value string      `json:"value,omitempty"`
}

// Photo is a sanitised photo that already lies in the media store, see BlobPlace.
type Photo struct {
	Blob string `json:"blob"`
	MIME string `json:"mime"`
	Size int64  `json:"size"`
	GPS  string `json:"gps,omitempty"` // "lat,lon" found in the photo before it was stripped
}

// BlobPrefix begins the names of blobs that belong to a draft and therefore to no
// citizen yet.
const BlobPrefix = "d-"

var validBlob = regexp.MustCompile(`^` + BlobPrefix + `[a-z0-9]+$`)

// BlobPlace is the place under which the bytes of a draft's photo, and of its
// thumbnail under blob+".t", are sealed with the key of the region. Intake seals
// them anew with the citizen's key when the draft becomes a case.
func BlobPlace(region, blob string) seal.Where {
	return seal.Where{Region: region, Table: "blobs", Column: "data", ID: blob}
}

// Body returns the delivery of a report, after the same checks that reading it
// will do.
func (r Report) Body() ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	body, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("web report: %w", err)
	}
	if len(body) > MaxBody {
		return nil, tanggap.Errorf(tanggap.Invalid, "laporan terlalu panjang; ringkas lalu kirim lagi")
	}
	return body, nil
}

// check refuses what no form of ours sends. Its errors are for an officer who
// looks at the quarantine, not for the citizen: the pages have checked before.
func (r *Report) check() error {
	switch {
	case r.ID == "" || len(r.ID) > maxID:
		return wrong("id", "kunci laporan kosong atau terlalu panjang")
	case strings.TrimSpace(r.Text) == "":
		return wrong("text", "laporan tanpa isi")
	case utf8.RuneCountInString(r.Text) > MaxText:
		return wrong("text", "laporan lebih dari "+strconv.Itoa(MaxText)+" huruf")
	case utf8.RuneCountInString(r.Place) > MaxPlace:
		return wrong("place", "patokan terlalu panjang")
	case utf8.RuneCountInString(r.Name) > MaxName:
		return wrong("name", "nama terlalu panjang")
	case len(r.Area) > maxID || len(r.Service) > maxID || len(r.Follows) > maxID || len(r.Identity) > maxID || len(r.Lang) > maxID:
		return wrong("area", "kode terlalu panjang")
	case (r.Lat == nil) != (r.Lon == nil):
		return wrong("lat", "titik tidak lengkap")
	case r.Lat != nil && !(math.Abs(*r.Lat) <= 90 && math.Abs(*r.Lon) <= 180):
		return wrong("lat", "titik di luar bumi")
	case len(r.Photos) > MaxPhotos:
		return wrong("photos", "terlalu banyak foto")
	}
	switch r.Danger {
	case "", channel.DangerYes, channel.DangerNo, channel.DangerUnsure:
	default:
		return wrong("danger", "jawaban bahaya tidak dikenal")
	}
	for _, p := range r.Photos {
		if !validBlob.MatchString(p.Blob) || len(p.Blob) > maxID || len(p.MIME) > maxID || len(p.GPS) > maxID || p.Size < 0 {
			return wrong("photos", "foto tidak menunjuk berkas formulir")
		}
	}
	return r.Contact.check()
}

func (c Contact) check() error {
	same := func(normal string, err error) error {
		if err != nil || normal != c.Value {
			return wrong("contact", "kontak tidak ditulis dalam bentuk bakunya")
		}
		return nil
	}
	switch c.Kind {
	case ContactWhatsApp:
		return same(seal.Phone(c.Value, "ID"))
	case ContactEmail:
		return same(seal.Email(c.Value))
	case ContactNone:
		if c.Value == "" {
			return nil
		}
	}
	return wrong("contact", "jenis kontak tidak dikenal")
}

func wrong(field, message string) error {
	return &tanggap.Error{Code: tanggap.Invalid, Field: field, Message: message}
}
