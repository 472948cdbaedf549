package fault

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"testing"
)

// photographer is a name that a phone wrote into the EXIF data of the photo.
const photographer = "Juru Potret Contoh"

// photo is a JPEG with EXIF data: its artist, and a position in Baubau, 5°28'12" S,
// 122°36'0" E.
func photo(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 320, 240))
	for x := range 320 {
		img.Set(x, x*3/4, color.RGBA{200, 30, 30, 255})
	}
	var plain bytes.Buffer
	if err := jpeg.Encode(&plain, img, nil); err != nil {
		t.Fatal(err)
	}
	exif := append([]byte("Exif\x00\x00"), exif()...)
	out := append([]byte{}, plain.Bytes()[:2]...)
	out = append(out, 0xff, 0xe1)
	out = binary.BigEndian.AppendUint16(out, uint16(len(exif)+2))
	return append(append(out, exif...), plain.Bytes()[2:]...)
}

func exif() []byte {
	le := binary.LittleEndian
	b := []byte("II*\x00\x08\x00\x00\x00")
	field := func(tag, kind uint16, count uint32, value []byte) {
		b = le.AppendUint16(b, tag)
		b = le.AppendUint16(b, kind)
		b = le.AppendUint32(b, count)
		b = append(b, append(value, 0, 0, 0, 0)[:4]...)
	}
	at := func(offset uint32) []byte { return le.AppendUint32(nil, offset) }
	b = le.AppendUint16(b, 2) // fields at 8, ends at 8+2+24+4 = 38
	field(0x013b, 2, uint32(len(photographer)+1), at(140))
	field(0x8825, 4, 1, at(38))
	b = le.AppendUint32(b, 0)
	b = le.AppendUint16(b, 4) // fields at 38, ends at 38+2+48+4 = 92
	field(1, 2, 2, []byte("S\x00"))
	field(2, 5, 3, at(92))
	field(3, 2, 2, []byte("E\x00"))
	field(4, 5, 3, at(116))
	b = le.AppendUint32(b, 0)
	for _, v := range []uint32{5, 1, 28, 1, 1200, 100, 122, 1, 36, 1, 0, 1} {
		b = le.AppendUint32(b, v)
	}
	return append(append(b, photographer...), 0)
}
