package media

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"time"
)

// metadata is what is read from an image before everything but its pixels is
// thrown away. Zero values mean unknown: bad metadata never spoils a good photo.
type metadata struct {
	orientation int // EXIF, 1 to 8
	gps         *Point
	taken       string // when, as Clean.Taken
	progressive bool   // JPEG
}

func readMetadata(f format, data []byte) metadata {
	var m metadata
	var exif []byte
	switch f {
	case jpegFormat:
		exif, m.progressive = walkJPEG(data)
	case pngFormat:
		exif = walkPNG(data)
	case webpFormat:
		exif = walkWebP(data)
	}
	m.readEXIF(bytes.TrimPrefix(exif, []byte("Exif\x00\x00")))
	return m
}

// walkJPEG goes over the segments before the first scan (ITU-T T.81 annex B).
func walkJPEG(data []byte) (exif []byte, progressive bool) {
	const app1, sof2, sos, eoi, fill = 0xe1, 0xc2, 0xda, 0xd9, 0xff
	for i := 2; i+4 <= len(data) && data[i] == 0xff; {
		marker := data[i+1]
		if marker == fill {
			i++
			continue
		}
		size := int(binary.BigEndian.Uint16(data[i+2:]))
		if marker == sos || marker == eoi || size < 2 || i+2+size > len(data) {
			break
		}
		body := data[i+4 : i+2+size]
		switch {
		case marker == sof2:
			progressive = true
		case marker == app1 && exif == nil && bytes.HasPrefix(body, []byte("Exif\x00\x00")):
			exif = body
		}
		i += 2 + size
	}
	return exif, progressive
}

// walkPNG finds the chunk eXIf (PNG third edition §11.3.4.5).
func walkPNG(data []byte) []byte {
	for i := 8; i+12 <= len(data); {
		size := int64(binary.BigEndian.Uint32(data[i:]))
		if size > int64(len(data)-i-12) {
			return nil
		}
		if string(data[i+4:i+8]) == "eXIf" {
			return data[i+8 : i+8+int(size)]
		}
		i += 12 + int(size)
	}
	return nil
}

// walkWebP finds the RIFF chunk EXIF (RFC 9649 §2.7.1.5).
func walkWebP(data []byte) []byte {
	for i := 12; i+8 <= len(data); {
		size := int64(binary.LittleEndian.Uint32(data[i+4:]))
		if size > int64(len(data)-i-8) {
			return nil
		}
		if string(data[i:i+4]) == "EXIF" {
			return data[i+8 : i+8+int(size)]
		}
		i += 8 + int(size) + int(size&1)
	}
	return nil
}

// Tags and types of EXIF 2.32.
const (
	tagOrientation = 0x0112
	tagExif        = 0x8769
	tagTaken       = 0x9003
	tagTakenZone   = 0x9011
	tagGPS         = 0x8825
	tagLatRef      = 1
	tagLat         = 2
	tagLonRef      = 3
	tagLon         = 4

	typeASCII    = 2
	typeShort    = 3
	typeLong     = 4
	typeRational = 5

	maxEntries = 256 // of one directory; real ones have some dozens
)

// tiff is the TIFF structure inside EXIF data.
type tiff struct {
	data  []byte
	order binary.ByteOrder
}

// entry is one field of a directory: twelve bytes.
type entry struct {
	kind  uint16
	count uint32
	raw   []byte // the last four bytes: the value or where it lies
}

// readEXIF reads orientation, time and position. It looks at three directories, follows
// no chains, and so always ends.
func (m *metadata) readEXIF(data []byte) {
	if len(data) < 8 {
		return
	}
	t := tiff{data: data}
	switch string(data[:4]) {
	case "II*\x00":
		t.order = binary.LittleEndian
	case "MM\x00*":
		t.order = binary.BigEndian
	default:
		return
	}
	main := t.directory(t.order.Uint32(data[4:]))
	if e, ok := main[tagOrientation]; ok && e.kind == typeShort && e.count == 1 {
		m.orientation = int(t.order.Uint16(e.raw))
	}
	if e, ok := main[tagExif]; ok && e.kind == typeLong && e.count == 1 {
		m.taken = t.taken(t.directory(t.order.Uint32(e.raw)))
	}
	if e, ok := main[tagGPS]; ok && e.kind == typeLong && e.count == 1 {
		m.gps = t.point(t.directory(t.order.Uint32(e.raw)))
	}
}

func (t tiff) directory(offset uint32) map[uint16]entry {
	at := int64(offset)
	if at+2 > int64(len(t.data)) {
		return nil
	}
	n := int(t.order.Uint16(t.data[at:]))
	entries := map[uint16]entry{}
	for i := range min(n, maxEntries) {
		start := at + 2 + int64(i)*12
		if start+12 > int64(len(t.data)) {
			break
		}
		b := t.data[start : start+12]
		tag := t.order.Uint16(b)
		if _, twice := entries[tag]; !twice {
			entries[tag] = entry{t.order.Uint16(b[2:]), t.order.Uint32(b[4:]), b[8:12]}
		}
	}
	return entries
}

// taken reads when the shutter opened; "" when it is not there or no time at all.
func (t tiff) taken(exif map[uint16]entry) string {
	at, err := time.Parse("2006:01:02 15:04:05", t.ascii(exif[tagTaken]))
	if err != nil {
		return ""
	}
	out := at.Format(time.DateTime)
	if zone := t.ascii(exif[tagTakenZone]); zone != "" {
		if _, err := time.Parse("-07:00", zone); err == nil {
			out += zone
		}
	}
	return out
}

// ascii reads a short text without its closing zeros.
func (t tiff) ascii(e entry) string {
	n := int64(e.count)
	if e.kind != typeASCII || n < 1 || n > 64 {
		return ""
	}
	b := e.raw
	if n > int64(len(e.raw)) {
		at := int64(t.order.Uint32(e.raw))
		if at+n > int64(len(t.data)) {
			return ""
		}
		b = t.data[at:]
	}
	return strings.TrimRight(string(b[:n]), "\x00 ")
}

// point reads a position; nil when a part is missing, impossible, or the 0,0 that
// cameras without a fix write.
func (t tiff) point(gps map[uint16]entry) *Point {
	lat, ok1 := t.degrees(gps[tagLat], gps[tagLatRef], 'N', 'S')
	lon, ok2 := t.degrees(gps[tagLon], gps[tagLonRef], 'E', 'W')
	if !ok1 || !ok2 || math.Abs(lat) > 90 || math.Abs(lon) > 180 || lat == 0 && lon == 0 {
		return nil
	}
	return &Point{lat, lon}
}

// degrees reads three rationals, degrees, minutes and seconds, with the sign that
// the reference letter gives.
func (t tiff) degrees(value, ref entry, positive, negative byte) (float64, bool) {
	if value.kind != typeRational || value.count != 3 || ref.kind != typeASCII || len(ref.raw) == 0 {
		return 0, false
	}
	at := int64(t.order.Uint32(value.raw))
	if at+24 > int64(len(t.data)) {
		return 0, false
	}
	var sum float64
	for i, unit := range []float64{1, 60, 3600} {
		num, den := t.order.Uint32(t.data[at+int64(i)*8:]), t.order.Uint32(t.data[at+int64(i)*8+4:])
		if den == 0 {
			return 0, false
		}
		sum += float64(num) / float64(den) / unit
	}
	switch ref.raw[0] {
	case positive:
		return sum, true
	case negative:
		return -sum, true
	}
	return 0, false
}
