package media

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"
)

// scene is a made-up photo: some soft lights and shadows, the same for the same seed.
func scene(seed uint64, w, h int, brighter float64) *image.RGBA {
	rng := rand.New(rand.NewPCG(seed, 1))
	type blot struct{ x, y, r, v float64 }
	blots := make([]blot, 24)
	for i := range blots {
		blots[i] = blot{rng.Float64(), rng.Float64(), 0.06 + 0.2*rng.Float64(), 220*rng.Float64() - 110}
	}
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			v := 120 + brighter
			for _, b := range blots {
				dx, dy := float64(x)/float64(w)-b.x, float64(y)/float64(h)-b.y
				v += b.v * math.Exp(-(dx*dx+dy*dy)/(b.r*b.r))
			}
			c := uint8(min(max(v, 0), 255))
			img.SetRGBA(x, y, color.RGBA{c, c, uint8(255 - int(c)), 255})
		}
	}
	return img
}

// again is a photo as it comes back from a telephone: smaller, and encoded roughly.
func again(t *testing.T, img *image.RGBA, limit, quality int) *image.RGBA {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, fit(img, limit), &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	back, err := jpeg.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return fit(back, limit)
}

func TestLook(t *testing.T) {
	var looks [][]byte
	for seed := range uint64(40) {
		img := scene(seed, 320, 240, 0)
		look := Look(img)
		if len(look) != LookSize {
			t.Fatalf("scene %d has a look of %d bytes", seed, len(look))
		}
		for name, other := range map[string]*image.RGBA{
			"shrunk": again(t, img, 160, 80), "rough": again(t, img, 320, 20), "brighter": scene(seed, 320, 240, 12),
		} {
			if n := Apart(look, Look(other)); n > 10 {
				t.Errorf("scene %d, %s: %d of 128 places differ", seed, name, n)
			}
		}
		for i, x := range looks {
			if n := Apart(x, look); n <= 20 {
				t.Errorf("scenes %d and %d differ in only %d places", i, seed, n)
			}
		}
		looks = append(looks, look)
	}
	if Look(image.NewRGBA(image.Rect(0, 0, 300, 300))) != nil {
		t.Error("a black picture can be compared")
	}
	if n := Apart(nil, looks[0]); n != 128 {
		t.Errorf("what cannot be compared differs in %d places", n)
	}
	for _, size := range []image.Point{{1, 1}, {2, 900}, {900, 2}} {
		Look(image.NewRGBA(image.Rectangle{Max: size})) // and does not fall over
	}
}

// timed builds EXIF data that says when a photo was taken.
func timed(order binary.AppendByteOrder, at, zone string) []byte {
	b := []byte("II*\x00")
	if order == binary.BigEndian {
		b = []byte("MM\x00*")
	}
	field := func(tag, kind uint16, count, value uint32) {
		b = order.AppendUint16(b, tag)
		b = order.AppendUint16(b, kind)
		b = order.AppendUint32(b, count)
		b = order.AppendUint32(b, value)
	}
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 1) // directory at 8, ends at 8+2+12+4=26
	field(tagExif, typeLong, 1, 26)
	b = order.AppendUint32(b, 0)
	b = order.AppendUint16(b, 2) // directory at 26, ends at 26+2+24+4=56
	field(tagTaken, typeASCII, uint32(len(at)+1), 56)
	field(tagTakenZone, typeASCII, uint32(len(zone)+1), uint32(56+len(at)+1))
	b = order.AppendUint32(b, 0)
	return append(append(b, at+"\x00"...), zone+"\x00"...)
}

func TestTaken(t *testing.T) {
	img := jpegOf(t, scene(1, 64, 64, 0))
	for _, x := range []struct{ at, zone, want string }{
		{"2026:03:04 10:00:00", "+08:00", "2026-03-04 10:00:00+08:00"},
		{"2026:03:04 10:00:00", "entah", "2026-03-04 10:00:00"},
		{"0000:00:00 00:00:00", "+08:00", ""},
		{"kemarin sore sekali", "+08:00", ""},
	} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			if c := sanitise(t, withSegments(img, timed(order, x.at, x.zone))); c.Taken != x.want {
				t.Errorf("%s %s: taken %q, want %q", x.at, x.zone, c.Taken, x.want)
			}
		}
	}
	cut := timed(binary.LittleEndian, "2026:03:04 10:00:00", "+08:00")
	for n := range len(cut) {
		if c := sanitise(t, withSegments(img, cut[:n])); c.Taken != "" && n < 76 {
			t.Errorf("cut after %d bytes: taken %q", n, c.Taken)
		}
	}
}
