package casework

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tanggap/internal/media"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Proved is the event of evidence that was added to a case, LookedAt that somebody has
// looked at what is odd about it.
const (
	Proved   = "evidence.added"
	LookedAt = "evidence.looked"
)

// What may be odd about evidence. Each asks the head of the unit to look; none of them
// stops the work or says anything about a person: clocks are wrong, photos are taken
// twice, places are given roughly.
const (
	OddReused  = "reused"  // looks like a photo that was there before
	OddEarly   = "early"   // shows the time after the work, and was taken before the report came
	OddFuture  = "future"  // taken later than now
	OddFar     = "far"     // taken elsewhere than where the case is
	OddOutside = "outside" // taken outside the region
	OddNone    = "none"    // there is no photo
)

const (
	// likeness is in how many of 128 places two photos may differ that look the same.
	likeness = 10
	// clockOff is how wrong a camera's clock, or its zone, may be.
	clockOff = 3 * time.Hour
	// farOff is how many metres a photo may be taken from where the case is.
	farOff = 500
	// edge is how many degrees around the region's box still belong to it, about a kilometre.
	edge = 0.01
	// longestExcuse is how many characters explain that no photo was possible, and leastExcuse how few.
	longestExcuse = 500
	leastExcuse   = 10
)

// Photo is a file of a case with what is known about it beside its pixels.
type Photo struct {
	*store.Attachment
	Look  []byte // as media.Clean
	Taken string // as media.Clean
}

// Proof is evidence as it is handed in.
type Proof struct {
	Moment  string // one of store's
	Photos  []Photo
	Spot    string // "lat,lon" of the telephone, if its owner added it
	Reason  string // why there is no photo
	Private bool   // not for the citizen's eyes
}

// Prove adds evidence to a case, in a note that the citizen does not read. officer is ""
// for hands outside, whose files stand in the note from already.
func (d *Desk) Prove(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, officer string, x Proof, from *store.Message) error {
	if err := x.check(); err != nil {
		return err
	}
	if from == nil {
		from = &store.Message{Region: c.Region, CaseID: c.ID, CitizenID: c.CitizenID, Direction: store.Note, Channel: c.Channel, Kind: "text",
			Author: author(officer), Body: strings.TrimSpace(momentWords[x.Moment] + " " + x.Reason)}
		if err := tx.AddMessage(ctx, from); err != nil {
			return err
		}
	}
	list := x.Photos
	if x.Moment == store.EvidenceNone {
		list = []Photo{{}}
	}
	flags := map[string]bool{}
	for _, photo := range list {
		e := &store.Evidence{Region: c.Region, CaseID: c.ID, CitizenID: c.CitizenID, MessageID: from.ID, Moment: x.Moment, OfficerID: officer,
			Reopens: c.Reopens, Shown: !x.Private && x.Moment != store.EvidenceNone, Reason: x.Reason}
		if photo.Attachment == nil {
			e.Flags = OddNone
		} else {
			a := photo.Attachment
			a.CaseID, a.MessageID, a.Kind = c.ID, from.ID, "evidence"
			if err := tx.AddAttachment(ctx, a); err != nil {
				return err
			}
			e.AttachmentID, e.Facts = a.ID, store.Facts{Taken: photo.Taken, Spot: x.Spot}
			if a.GPS != "" {
				e.Facts.Spot = a.GPS
			}
			if err := d.odd(ctx, tx, p, c, e, photo); err != nil {
				return err
			}
			if err := KeepLook(ctx, tx, c, a, photo.Look); err != nil {
				return err
			}
		}
		if err := tx.AddEvidence(ctx, e); err != nil {
			return err
		}
		for _, f := range strings.Fields(e.Flags) {
			flags[f] = true
		}
	}
	_, err := d.event(ctx, tx, c, author(officer), Proved, map[string]any{"moment": x.Moment, "photos": len(x.Photos), "odd": len(flags) > 0})
	return err
}

func (x Proof) check() error {
	wrong := func(field, message string) error {
		return &tanggap.Error{Code: tanggap.Invalid, Field: field, Message: message}
	}
	n := len([]rune(strings.TrimSpace(x.Reason)))
	switch {
	case x.Moment != store.EvidenceBefore && x.Moment != store.EvidenceAfter && x.Moment != store.EvidenceNone:
		return wrong("saat", "Pilih apakah foto menunjukkan keadaan sebelum atau sesudah pekerjaan.")
	case x.Moment == store.EvidenceNone && n < leastExcuse:
		return wrong("tanpa_foto", "Tulis mengapa foto tidak mungkin, dalam satu kalimat. Kepala unit akan membacanya.")
	case n > longestExcuse:
		return wrong("tanpa_foto", fmt.Sprintf("Tulisan terlalu panjang: paling banyak %d huruf.", longestExcuse))
	case x.Moment != store.EvidenceNone && len(x.Photos) == 0:
		return wrong("foto", "Pilih foto yang akan disimpan.")
	}
	return nil
}

// momentWords begin the note that evidence comes with.
var momentWords = map[string]string{store.EvidenceBefore: "Foto sebelum pekerjaan.", store.EvidenceAfter: "Foto sesudah pekerjaan.", store.EvidenceNone: "Foto tidak mungkin:"}

// author is who adds something: an officer, or hands outside.
func author(officer string) string {
	if officer == "" {
		return System
	}
	return Officer(officer)
}

// odd compares a photo with its case and with earlier photos of the region.
func (d *Desk) odd(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case, e *store.Evidence, photo Photo) error {
	var flags []string
	if at, ok := takenAt(photo.Taken, p.Location()); ok {
		switch now := tx.Clock().Now(); {
		case at.After(now.Add(clockOff)):
			flags = append(flags, OddFuture)
		case e.Moment == store.EvidenceAfter && at.Before(c.OpenedAt.Add(-clockOff)):
			flags = append(flags, OddEarly)
		}
	}
	if spot, ok := parseSpot(e.Facts.Spot); ok {
		home, known, err := Spot(ctx, tx, c)
		if err != nil {
			return err
		}
		b := p.Identity.Box
		switch {
		case known:
			if e.Facts.Metres = int64(metres(spot, home)); e.Facts.Metres > farOff {
				flags = append(flags, OddFar)
			}
		case b != [4]float64{} && (spot.Lat < b[0]-edge || spot.Lat > b[2]+edge || spot.Lon < b[1]-edge || spot.Lon > b[3]+edge):
			flags = append(flags, OddOutside)
		}
	}
	if !c.Secret {
		like, err := reused(ctx, tx, c, e, photo.Look)
		if err != nil {
			return err
		}
		if like != "" {
			e.LikeID = like
			flags = append(flags, OddReused)
		}
	}
	e.Flags = strings.Join(flags, " ")
	return nil
}

// reused finds an earlier photo that looks the same. The citizen's photo of the same case
// may well be the one before the work; two photos of the same moment of one case, or of
// cases about one event, say nothing.
func reused(ctx context.Context, tx *store.Store, c *store.Case, e *store.Evidence, look []byte) (string, error) {
	earlier, err := tx.Lookalikes(ctx, c.Region, look)
	if err != nil {
		return "", err
	}
	own, err := tx.CaseEvidence(ctx, c.Region, c.ID)
	if err != nil {
		return "", err
	}
	for _, x := range earlier {
		if media.Apart(x.Look, look) > likeness {
			continue
		}
		if x.CaseID == c.ID {
			same := slices.ContainsFunc(own, func(o *store.Evidence) bool {
				return o.AttachmentID == x.ID && o.Moment == e.Moment && o.Reopens == e.Reopens
			})
			if e.Moment == store.EvidenceBefore || same {
				continue
			}
		} else if c.Incident != "" {
			other, err := tx.Case(ctx, c.Region, x.CaseID)
			if err != nil {
				return "", err
			}
			if other.Incident == c.Incident {
				continue
			}
		}
		return x.ID, nil
	}
	return "", nil
}

// KeepLook lets a photo be found by what it looks like, unless its case is secret.
func KeepLook(ctx context.Context, tx *store.Store, c *store.Case, a *store.Attachment, look []byte) error {
	if c.Secret {
		return nil
	}
	return tx.KeepLook(ctx, a, look)
}

// Looked notes that somebody has looked at what is odd about the evidence of a case.
func (d *Desk) Looked(ctx context.Context, tx *store.Store, c *store.Case, officer string) error {
	if err := tx.LookAtEvidence(ctx, c.Region, c.ID, officer); err != nil {
		return err
	}
	_, err := d.event(ctx, tx, c, Officer(officer), LookedAt, nil)
	return err
}

// errUnproven says what is missing before the citizen is told that it is done.
var errUnproven = &tanggap.Error{Code: tanggap.Invalid, Field: "bukti",
	Message: "Layanan ini diselesaikan dengan foto bukti. Tambahkan foto sesudah pekerjaan, atau tulis mengapa foto tidak mungkin."}

// NeedsProof reports whether a case's service asks for a photo of the work, and whether
// it is still missing. A photo from another case of the same event will do: it is the
// same work.
func NeedsProof(ctx context.Context, tx *store.Store, p *region.Pack, c *store.Case) (needs, missing bool, err error) {
	s, _ := p.Service(c.Service)
	if !s.Evidence {
		return false, false, nil
	}
	cases := []*store.Case{c}
	if c.Incident != "" {
		if cases, err = tx.IncidentCases(ctx, c.Region, c.Incident, mostOfIncident); err != nil {
			return true, true, err
		}
	}
	ids := make([]string, len(cases))
	for i, x := range cases {
		ids[i] = x.ID
	}
	proven, err := tx.Proven(ctx, c.Region, ids)
	return true, len(proven) == 0, err
}

var spotMark = regexp.MustCompile(`\((-?\d{1,2}\.\d+), (-?\d{1,3}\.\d+)\)`)

// PlaceWords are the words about a place, without its position.
func PlaceWords(place string) string { return strings.TrimSpace(spotMark.ReplaceAllString(place, "")) }

// Spot is where a case is, as far as somebody shared a position or a photo of the citizen
// holds one.
func Spot(ctx context.Context, tx *store.Store, c *store.Case) (media.Point, bool, error) {
	if m := spotMark.FindStringSubmatch(c.Place); m != nil {
		if at, ok := parseSpot(m[1] + "," + m[2]); ok {
			return at, true, nil
		}
	}
	files, err := tx.Attachments(ctx, c.Region, c.ID)
	if err != nil {
		return media.Point{}, false, err
	}
	for _, f := range files {
		if f.GPSCT == nil || f.Kind == "evidence" {
			continue
		}
		full, err := tx.Attachment(ctx, f.Region, f.ID)
		if err != nil {
			return media.Point{}, false, err
		}
		if at, ok := parseSpot(full.GPS); ok {
			return at, true, nil
		}
	}
	return media.Point{}, false, nil
}

// parseSpot reads "lat,lon" in degrees.
func parseSpot(s string) (media.Point, bool) {
	a, b, _ := strings.Cut(s, ",")
	lat, err1 := strconv.ParseFloat(a, 64)
	lon, err2 := strconv.ParseFloat(b, 64)
	if err1 != nil || err2 != nil || !(math.Abs(lat) <= 90 && math.Abs(lon) <= 180) {
		return media.Point{}, false
	}
	return media.Point{Lat: lat, Lon: lon}, true
}

// KnownSpot is a position as a telephone gives it, in the form in which it is kept; "" for
// anything else.
func KnownSpot(s string) string {
	at, ok := parseSpot(strings.ReplaceAll(s, " ", ""))
	if !ok {
		return ""
	}
	return fmt.Sprintf("%.5f,%.5f", at.Lat, at.Lon)
}

// metres is the distance of two positions on a sphere (haversine).
func metres(a, b media.Point) float64 {
	const radius = 6_371_000
	rad := func(degrees float64) float64 { return degrees * math.Pi / 180 }
	h := math.Pow(math.Sin(rad(b.Lat-a.Lat)/2), 2) + math.Cos(rad(a.Lat))*math.Cos(rad(b.Lat))*math.Pow(math.Sin(rad(b.Lon-a.Lon)/2), 2)
	return 2 * radius * math.Asin(math.Min(1, math.Sqrt(h)))
}

// takenAt reads what a camera's clock said; one that does not know its zone is taken to
// stand in the region's.
func takenAt(s string, zone *time.Location) (time.Time, bool) {
	if at, err := time.Parse(time.DateTime+"-07:00", s); err == nil {
		return at, true
	}
	at, err := time.ParseInLocation(time.DateTime, s, zone)
	return at, err == nil
}
