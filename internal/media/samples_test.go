package media

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"
)

// Every sample is made here; no photo of a person or place is involved.

// marks are texts hidden in metadata that must not survive.
var marks = []string{"Warga Contoh", "http://ns.adobe.com/xap", "ICC_PROFILE", "KomentarRahasia", "<script>", "Exif", "eXIf", "iCCP", "tEXt"}

// quarters is a picture with four colours: red, green, blue and white, clockwise
// from the upper left, so that a turn or a mirror shows.
func quarters(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{255, 0, 0, 255}
			switch {
			case x >= w/2 && y < h/2:
				c = color.NRGBA{0, 255, 0, 255}
			case x >= w/2:
				c = color.NRGBA{0, 0, 255, 255}
			case y >= h/2:
				c = color.NRGBA{255, 255, 255, 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

func jpegOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// exifOf builds EXIF data with an orientation, a name and a position in Baubau:
// 5°28'12" S, 122°36'0" E.
func exifOf(order binary.AppendByteOrder, orientation uint16) []byte {
	b := []byte("II*\x00")
	if order == binary.BigEndian {
		b = []byte("MM\x00*")
	}
	field := func(tag, kind uint16, count uint32, value []byte) {
		b = order.AppendUint16(b, tag)
		b = order.AppendUint16(b, kind)
		b = order.AppendUint32(b, count)
		b = append(b, append(value, 0, 0, 0, 0)[:4]...)
	}
	long := func(v uint32) []byte { return order.AppendUint32(nil, v) }
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 3) // directory at 8, 3 entries, ends at 8+2+36+4=50
	field(tagOrientation, typeShort, 1, order.AppendUint16(nil, orientation))
	field(0x013b, typeASCII, 13, long(200))
	field(tagGPS, typeLong, 1, long(50))
	b = order.AppendUint32(b, 0)
	b = order.AppendUint16(b, 4) // directory at 50, 4 entries, ends at 50+2+48+4=104
	field(tagLatRef, typeASCII, 2, []byte("S\x00"))
	field(tagLat, typeRational, 3, long(104))
	field(tagLonRef, typeASCII, 2, []byte("E\x00"))
	field(tagLon, typeRational, 3, long(128))
	b = order.AppendUint32(b, 0)
	for _, v := range []uint32{5, 1, 28, 1, 1200, 100, 122, 1, 36, 1, 0, 1} {
		b = order.AppendUint32(b, v)
	}
	for len(b) < 200 {
		b = append(b, 0)
	}
	return append(b, "Warga Contoh\x00"...)
}

// withSegments puts metadata segments behind the first marker of a JPEG and a
// script behind its end.
func withSegments(img []byte, exif []byte) []byte {
	out := append([]byte{}, img[:2]...)
	segment := func(marker byte, body []byte) {
		out = append(out, 0xff, marker)
		out = binary.BigEndian.AppendUint16(out, uint16(len(body)+2))
		out = append(out, body...)
	}
	segment(0xe1, append([]byte("Exif\x00\x00"), exif...))
	segment(0xe1, []byte("http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta>Warga Contoh</x:xmpmeta>"))
	segment(0xe2, []byte("ICC_PROFILE\x00\x01\x01Warga Contoh"))
	segment(0xfe, []byte("KomentarRahasia"))
	out = append(out, img[2:]...)
	return append(out, "<script>alert(1)</script>"...)
}

// withChunks puts metadata chunks behind the header of a PNG.
func withChunks(img []byte, exif []byte) []byte {
	const header = 8 + 25
	out := append([]byte{}, img[:header]...)
	chunk := func(name string, body []byte) {
		out = binary.BigEndian.AppendUint32(out, uint32(len(body)))
		data := append([]byte(name), body...)
		out = append(out, data...)
		out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(data))
	}
	chunk("eXIf", exif)
	chunk("tEXt", []byte("Author\x00Warga Contoh KomentarRahasia"))
	return append(out, img[header:]...)
}

// webpDot is a lossless WebP picture of one transparent pixel, and with it, in the
// extended form, EXIF data.
func webpDot(exif []byte) []byte {
	chunk := func(name string, body []byte) []byte {
		b := binary.LittleEndian.AppendUint32([]byte(name), uint32(len(body)))
		b = append(b, body...)
		if len(body)%2 == 1 {
			b = append(b, 0)
		}
		return b
	}
	body := []byte("WEBP")
	if exif != nil {
		body = append(body, chunk("VP8X", []byte{0x08, 0, 0, 0, 0, 0, 0, 0, 0, 0})...)
	}
	// Signature, 14+14 bits of size less one, no alpha, version 0; then no
	// transform, no colour cache, no meta codes and five codes of one symbol each.
	body = append(body, chunk("VP8L", []byte{0x2f, 0, 0, 0, 0, 0x88, 0x88, 0x08})...)
	if exif != nil {
		body = append(body, chunk("EXIF", exif)...)
	}
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

// pngHeader is a PNG that claims a size and holds nothing.
func pngHeader(w, h uint32, depth, colour byte) []byte {
	ihdr := []byte("IHDR")
	ihdr = binary.BigEndian.AppendUint32(ihdr, w)
	ihdr = binary.BigEndian.AppendUint32(ihdr, h)
	ihdr = append(ihdr, depth, colour, 0, 0, 0)
	out := binary.BigEndian.AppendUint32([]byte("\x89PNG\r\n\x1a\n"), 13)
	out = append(out, ihdr...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(ihdr))
}
