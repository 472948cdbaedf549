package media

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"sync"

	"golang.org/x/image/webp"

	"tanggap/internal/tanggap"
)

const (
	maxPixels  = 40_000_000
	maxSide    = 12_000
	maxDecoded = 256 * mib // estimated memory of one decoded image
	keptSide   = 1600      // longest side of a kept photo, in pixels
	thumbSide  = 320
	keptQ      = 80
	thumbQ     = 75
	smallPNG   = 256 * 256 // pixels up to which a drawing stays lossless
)

// decoding lets one image at a time be decoded: the memory of the process is one,
// however many workers there are.
var decoding sync.Mutex

// Clean is a file that may be kept.
type Clean struct {
	Data          []byte
	Kind          Kind
	MIME          string
	Width, Height int    // pixels, images only
	GPS           *Point // where the photo says it was taken, nil if it does not
	Taken         string // when it says so: "2006-01-02 15:04:05" by the camera's clock, with "+08:00" behind it if it knows its zone
	Look          []byte // what the photo looks like, see Look; nil if it shows too little
}

// Point is a position in WGS84 degrees.
type Point struct {
	Lat, Lon float64
}

// Inline reports whether the file may be shown inside a page. Everything else is
// served as an attachment.
func (c Clean) Inline() bool { return c.Kind == Image }

// Ext returns the file name extension that fits, with its dot.
func (c Clean) Ext() string {
	if f, err := sniff(c.Data); err == nil {
		return f.ext
	}
	return ""
}

// Sanitise checks a file and, when it is an image, encodes it anew: upright, at
// most 1600 pixels wide or high, as JPEG, or as PNG when it is transparent or a
// small drawing. Its errors are tanggap.Invalid, in words for the citizen; with an
// error there is nothing to keep.
func Sanitise(data []byte) (Clean, error) {
	if len(data) > MaxSize {
		return Clean{}, errTooLarge(MaxSize)
	}
	f, err := sniff(data)
	if err != nil {
		return Clean{}, err
	}
	if len(data) > f.max {
		return Clean{}, errTooLarge(f.max)
	}
	if f.kind != Image {
		return Clean{Data: data, Kind: f.kind, MIME: f.mime}, nil
	}
	meta := readMetadata(f, data)
	img, err := load(f, data, meta.progressive, keptSide)
	if err != nil {
		return Clean{}, err
	}
	img = upright(img, meta.orientation)
	out := jpegFormat
	size := img.Bounds().Size()
	if f != jpegFormat && (!img.Opaque() || f == pngFormat && size.X*size.Y <= smallPNG) {
		out = pngFormat
	}
	encoded, err := encode(out, img, keptQ)
	if err != nil {
		return Clean{}, err
	}
	return Clean{Data: encoded, Kind: Image, MIME: out.mime, Width: size.X, Height: size.Y, GPS: meta.gps, Taken: meta.taken, Look: Look(img)}, nil
}

// Thumb returns a JPEG of at most 320 pixels a side of a sanitised image, on white
// where it is transparent.
func Thumb(data []byte) ([]byte, error) {
	f, err := sniff(data)
	if err != nil {
		return nil, err
	}
	if f.kind != Image {
		return nil, tanggap.Errorf(tanggap.Invalid, "Berkas ini bukan foto.")
	}
	meta := readMetadata(f, data)
	img, err := load(f, data, meta.progressive, thumbSide)
	if err != nil {
		return nil, err
	}
	return encode(jpegFormat, onWhite(upright(img, meta.orientation)), thumbQ)
}

var errBroken = tanggap.Errorf(tanggap.Invalid, "Foto tidak dapat dibaca; mungkin rusak atau belum terkirim utuh. Coba kirim ulang.")

// load decodes an image that passes the limits and shrinks it to fit limit.
func load(f format, data []byte, progressive bool, limit int) (*image.RGBA, error) {
	config, err := decodeConfig(f, data)
	if err != nil {
		return nil, errBroken
	}
	w, h := config.Width, config.Height
	if w < 1 || h < 1 {
		return nil, errBroken
	}
	if w > maxSide || h > maxSide || w*h > maxPixels || w*h*bytesPerPixel(f, config.ColorModel, progressive) > maxDecoded {
		return nil, tanggap.Errorf(tanggap.Invalid, "Foto terlalu besar (%d × %d piksel). Perkecil dahulu, lalu kirim ulang.", w, h)
	}
	decoding.Lock()
	defer decoding.Unlock()
	img, err := decode(f, data)
	if err != nil {
		return nil, errBroken
	}
	if size := img.Bounds().Size(); size.X != w || size.Y != h {
		return nil, errBroken // the header lied: the limits were checked on other numbers
	}
	return fit(img, limit), nil
}

// decodeConfig reads the dimensions with the decoder of the sniffed type. A panic
// of a decoder on hostile bytes is an unreadable photo, not an outage.
func decodeConfig(f format, data []byte) (c image.Config, err error) {
	defer recoverInto(&err)
	r := bytes.NewReader(data)
	switch f {
	case jpegFormat:
		return jpeg.DecodeConfig(r)
	case pngFormat:
		return png.DecodeConfig(r)
	}
	return webp.DecodeConfig(r)
}

func decode(f format, data []byte) (img image.Image, err error) {
	defer recoverInto(&err)
	r := bytes.NewReader(data)
	switch f {
	case jpegFormat:
		return jpeg.Decode(r)
	case pngFormat:
		return png.Decode(r)
	}
	return webp.Decode(r)
}

func recoverInto(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("media: decoder panic: %v", v)
	}
}

// bytesPerPixel estimates from above what decoding needs. A progressive JPEG keeps
// 32-bit coefficients of the whole picture until its last scan.
func bytesPerPixel(f format, m color.Model, progressive bool) int {
	n := 4
	switch m {
	case color.GrayModel:
		n = 1
	case color.YCbCrModel:
		n = 3
	case color.RGBA64Model, color.NRGBA64Model:
		n = 8
	}
	if f == webpFormat {
		n = 8 // lossless pictures and alpha planes pass through a second buffer
	}
	if progressive {
		n *= 5
	}
	return n
}

func encode(f format, img *image.RGBA, quality int) ([]byte, error) {
	var buf bytes.Buffer
	var err error
	if f == pngFormat {
		err = png.Encode(&buf, img)
	} else {
		err = jpeg.Encode(&buf, img, &jpeg.Options{Quality: quality})
	}
	if err != nil {
		return nil, fmt.Errorf("media: encode: %w", err)
	}
	return buf.Bytes(), nil
}
