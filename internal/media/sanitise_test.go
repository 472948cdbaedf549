package media

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"runtime"
	"strings"
	"testing"

	"tanggap/internal/tanggap"
)

func assertClean(t *testing.T, data []byte) {
	t.Helper()
	for _, mark := range marks {
		if bytes.Contains(data, []byte(mark)) {
			t.Errorf("%q survived", mark)
		}
	}
}

func sanitise(t *testing.T, data []byte) Clean {
	t.Helper()
	c, err := Sanitise(data)
	if err != nil {
		t.Fatal(err)
	}
	assertClean(t, c.Data)
	return c
}

func TestMetadataIsGone(t *testing.T) {
	little, big := exifOf(binary.LittleEndian, 1), exifOf(binary.BigEndian, 1)
	photo := quarters(80, 60)
	for name, tt := range map[string]struct {
		data []byte
		mime string
	}{
		"JPEG little endian": {withSegments(jpegOf(t, photo), little), "image/jpeg"},
		"JPEG big endian":    {withSegments(jpegOf(t, photo), big), "image/jpeg"},
		"small PNG":          {withChunks(pngOf(t, photo), little), "image/png"},
		"large PNG":          {withChunks(pngOf(t, quarters(400, 300)), big), "image/jpeg"},
		"WebP":               {webpDot(little), "image/png"},
		"WebP with prefix":   {webpDot(append([]byte("Exif\x00\x00"), big...)), "image/png"},
	} {
		t.Run(name, func(t *testing.T) {
			if !bytes.Contains(tt.data, []byte("Warga Contoh")) {
				t.Fatal("the sample holds no metadata")
			}
			c := sanitise(t, tt.data)
			if c.MIME != tt.mime || c.Kind != Image || !c.Inline() {
				t.Errorf("kept as %s %s", c.Kind, c.MIME)
			}
			if c.GPS == nil || math.Abs(c.GPS.Lat+5.47) > 1e-9 || math.Abs(c.GPS.Lon-122.6) > 1e-9 {
				t.Errorf("position %v, want -5.47, 122.6", c.GPS)
			}
			thumb, err := Thumb(c.Data)
			if err != nil {
				t.Fatal(err)
			}
			assertClean(t, thumb)
		})
	}
	if c := sanitise(t, jpegOf(t, photo)); c.GPS != nil {
		t.Errorf("a photo without a position has %v", c.GPS)
	}
}

// near reports whether the middle of a quarter of img has roughly this colour.
func near(img image.Image, right, lower bool, want color.NRGBA) bool {
	b := img.Bounds()
	x, y := b.Min.X+b.Dx()/4, b.Min.Y+b.Dy()/4
	if right {
		x += b.Dx() / 2
	}
	if lower {
		y += b.Dy() / 2
	}
	r, g, bl, _ := img.At(x, y).RGBA()
	off := func(a uint32, b uint8) bool { return math.Abs(float64(a>>8)-float64(b)) > 40 }
	return !off(r, want.R) && !off(g, want.G) && !off(bl, want.B)
}

func TestOrientation(t *testing.T) {
	red, green := color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 255, 0, 255}
	blue, white := color.NRGBA{0, 0, 255, 255}, color.NRGBA{255, 255, 255, 255}
	// Stored: red green / white blue. What is seen, row by row, per orientation.
	for o, want := range map[uint16][4]color.NRGBA{
		1: {red, green, white, blue},
		2: {green, red, blue, white},
		3: {blue, white, green, red},
		4: {white, blue, red, green},
		5: {red, white, green, blue},
		6: {white, red, blue, green},
		7: {blue, green, white, red},
		8: {green, blue, red, white},
		9: {red, green, white, blue}, // no such orientation: as stored
	} {
		c := sanitise(t, withSegments(jpegOf(t, quarters(80, 40)), exifOf(binary.LittleEndian, o)))
		img, err := jpeg.Decode(bytes.NewReader(c.Data))
		if err != nil {
			t.Fatal(err)
		}
		wantSize := image.Pt(80, 40)
		if o >= 5 && o <= 8 {
			wantSize = image.Pt(40, 80)
		}
		if got := img.Bounds().Size(); got != wantSize || got != image.Pt(c.Width, c.Height) {
			t.Errorf("orientation %d: size %v, stated %d×%d, want %v", o, got, c.Width, c.Height, wantSize)
		}
		for i, colour := range want {
			if !near(img, i%2 == 1, i >= 2, colour) {
				t.Errorf("orientation %d: quarter %d is not %v", o, i, colour)
			}
		}
	}
}

func TestSizes(t *testing.T) {
	for _, tt := range []struct{ w, h, cleanW, cleanH, thumbW, thumbH int }{
		{1600, 1200, 1600, 1200, 320, 240},
		{1601, 10, 1600, 9, 320, 2},
		{4000, 3000, 1600, 1200, 320, 240},
		{3200, 64, 1600, 32, 320, 7},
		{12000, 1, 1600, 1, 320, 1},
		{300, 200, 300, 200, 300, 200},
	} {
		c := sanitise(t, jpegOf(t, quarters(tt.w, tt.h)))
		if c.Width != tt.cleanW || c.Height != tt.cleanH {
			t.Errorf("%d×%d kept as %d×%d, want %d×%d", tt.w, tt.h, c.Width, c.Height, tt.cleanW, tt.cleanH)
		}
		thumb, err := Thumb(c.Data)
		if err != nil {
			t.Fatal(err)
		}
		img, err := jpeg.Decode(bytes.NewReader(thumb))
		if err != nil {
			t.Fatal(err)
		}
		if got := img.Bounds().Size(); got != image.Pt(tt.thumbW, tt.thumbH) {
			t.Errorf("%d×%d thumbnail %v, want %d×%d", tt.w, tt.h, got, tt.thumbW, tt.thumbH)
		}
		if tt.h > 100 && (!near(img, false, false, color.NRGBA{255, 0, 0, 255}) || !near(img, true, true, color.NRGBA{0, 0, 255, 255})) {
			t.Errorf("%d×%d thumbnail shows something else", tt.w, tt.h)
		}
	}
}

func TestTransparency(t *testing.T) {
	img := quarters(600, 400)
	img.SetNRGBA(10, 10, color.NRGBA{})
	for y := range 200 {
		for x := range 300 {
			img.SetNRGBA(x, y, color.NRGBA{})
		}
	}
	c := sanitise(t, pngOf(t, img))
	if c.MIME != "image/png" || c.Ext() != ".png" {
		t.Errorf("a transparent drawing is kept as %s", c.MIME)
	}
	kept, err := png.Decode(bytes.NewReader(c.Data))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, a := kept.At(10, 10).RGBA(); a != 0 {
		t.Error("transparency is lost")
	}
	thumb, err := Thumb(c.Data)
	if err != nil {
		t.Fatal(err)
	}
	small, err := jpeg.Decode(bytes.NewReader(thumb))
	if err != nil {
		t.Fatal(err)
	}
	if !near(small, false, false, color.NRGBA{255, 255, 255, 255}) {
		t.Error("the thumbnail is not on white")
	}
}

func TestBombsAreRefusedBeforeDecoding(t *testing.T) {
	huge := jpegOf(t, quarters(16, 16))
	sof := bytes.Index(huge, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(huge[sof+5:], 11999)
	binary.BigEndian.PutUint16(huge[sof+7:], 11999)
	progressive := bytes.Clone(huge)
	progressive[sof+1] = 0xc2
	binary.BigEndian.PutUint16(progressive[sof+5:], 5000)
	binary.BigEndian.PutUint16(progressive[sof+7:], 5000)
	for name, data := range map[string][]byte{
		"pixels":           pngHeader(11_000, 11_000, 8, 2),
		"side":             pngHeader(12_001, 1, 8, 2),
		"overflow":         pngHeader(1<<31-1, 1<<31-1, 8, 2),
		"memory":           pngHeader(6_300, 6_300, 16, 6),
		"JPEG":             huge,
		"progressive JPEG": progressive,
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Sanitise(data)
			runtime.ReadMemStats(&after)
			if tanggap.CodeOf(err) != tanggap.Invalid {
				t.Errorf("accepted: %v", err)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 1*mib {
				t.Errorf("%d bytes allocated for a refusal", used)
			}
		})
	}
}

func TestTruncatedImagesAreRefused(t *testing.T) {
	for name, data := range map[string][]byte{
		"JPEG": withSegments(jpegOf(t, quarters(200, 200)), exifOf(binary.LittleEndian, 6)),
		"PNG":  withChunks(pngOf(t, quarters(200, 200)), exifOf(binary.LittleEndian, 6)),
		"WebP": webpDot(nil),
	} {
		end := len(data)
		if name == "JPEG" {
			end = bytes.LastIndex(data, []byte{0xff, 0xd9}) // what follows is not picture
		}
		for cut := 0; cut < end; cut += 1 + end/97 {
			if c, err := Sanitise(data[:cut]); tanggap.CodeOf(err) != tanggap.Invalid || c.Data != nil {
				t.Errorf("%s cut at %d of %d: %v, %d bytes to keep", name, cut, end, err, len(c.Data))
			}
			if _, err := Thumb(data[:cut]); err == nil {
				t.Errorf("%s cut at %d gives a thumbnail", name, cut)
			}
		}
	}
}

func TestRefusedTypes(t *testing.T) {
	for name, data := range map[string]string{
		"empty":            "",
		"text":             "jalan rusak",
		"HTML":             "<!doctype html><script>alert(1)</script>",
		"SVG":              `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`,
		"SVG with XML":     `<?xml version="1.0"?><svg/>`,
		"TIFF":             "II*\x00\x08\x00\x00\x00",
		"TIFF big endian":  "MM\x00*\x00\x00\x00\x08",
		"BMP":              "BM\x00\x00\x00\x00",
		"GIF":              "GIF89a\x01\x00\x01\x00",
		"PDF not at start": "<html>%PDF-1.7",
		"zip":              "PK\x03\x04",
		"ELF":              "\x7fELF",
		"RIFF but sound":   "RIFF\x00\x00\x00\x00WAVE",
		"Ogg but video":    "OggS\x00\x02" + strings.Repeat("\x00", 22) + "\x80theora",
		"UTF-16":           "\xff\xfe<\x00h\x00",
		"HEIC":             "\x00\x00\x00\x18ftypheic",
		"QuickTime":        "\x00\x00\x00\x18ftypqt  ",
		"JPEG and HTML":    "\xff\xd8\xff<script>alert(1)</script>",
		"PNG and TIFF":     "\x89PNG\r\n\x1a\nII*\x00",
		"WebP and HTML":    "RIFF\x20\x00\x00\x00WEBP<script>",
	} {
		if c, err := Sanitise([]byte(data)); tanggap.CodeOf(err) != tanggap.Invalid || c.Data != nil {
			t.Errorf("%s: %v, %d bytes to keep", name, err, len(c.Data))
		}
	}
}

func TestOtherTypesAreKept(t *testing.T) {
	for data, want := range map[string]struct {
		kind Kind
		mime string
		ext  string
	}{
		"%PDF-1.7\n": {Document, "application/pdf", ".pdf"},
		"OggS" + strings.Repeat("\x00", 24) + "OpusHead": {Audio, "audio/ogg", ".ogg"},
		"#!AMR\nxx":                        {Audio, "audio/amr", ".amr"},
		"ID3\x04\x00":                      {Audio, "audio/mpeg", ".mp3"},
		"\xff\xfb\x90\x64":                 {Audio, "audio/mpeg", ".mp3"},
		"\xff\xf1\x50\x80\x00\x1f\xfc":     {Audio, "audio/aac", ".aac"},
		"\x00\x00\x00\x18ftypM4A ":         {Audio, "audio/mp4", ".m4a"},
		"\x00\x00\x00\x18ftypisom\x00\x00": {Video, "video/mp4", ".mp4"},
		"\x00\x00\x00\x18ftypmp42\x00\x00": {Video, "video/mp4", ".mp4"},
		"\x00\x00\x00\x18ftyp3gp4\x00\x00": {Video, "video/3gpp", ".3gp"},
	} {
		c, err := Sanitise([]byte(data))
		if err != nil || c.Kind != want.kind || c.MIME != want.mime || c.Ext() != want.ext || string(c.Data) != data || c.Inline() {
			t.Errorf("%q kept as %s %s %s, inline %v: %v", data, c.Kind, c.MIME, c.Ext(), c.Inline(), err)
		}
		if _, err := Thumb([]byte(data)); tanggap.CodeOf(err) != tanggap.Invalid {
			t.Errorf("%q has a thumbnail: %v", data, err)
		}
	}
	for name, data := range map[string][]byte{
		"any":   append([]byte("%PDF-1.7"), make([]byte, MaxSize)...),
		"sound": append([]byte("ID3\x04"), make([]byte, 16*mib)...),
		"photo": append(jpegOf(t, quarters(8, 8)), make([]byte, 20*mib)...),
	} {
		if _, err := Sanitise(data); tanggap.CodeOf(err) != tanggap.Invalid {
			t.Errorf("too large %s: %v", name, err)
		}
	}
}

func TestDecoderPanicIsAnError(t *testing.T) {
	broken := func() (err error) {
		defer recoverInto(&err)
		panic("index out of range")
	}
	if err := broken(); err == nil {
		t.Error("a panic became no error")
	}
}

func FuzzSanitise(f *testing.F) {
	exif := exifOf(binary.BigEndian, 6)
	f.Add(withSegments(jpegOf(f, quarters(24, 16)), exif))
	f.Add(withChunks(pngOf(f, quarters(24, 16)), exif))
	f.Add(webpDot(exif))
	f.Add([]byte("%PDF-1.7"))
	f.Add([]byte("\x00\x00\x00\x18ftypisom"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Sanitise(data)
		if err != nil {
			if tanggap.CodeOf(err) != tanggap.Invalid || c.Data != nil {
				t.Fatalf("%v with %d bytes to keep", err, len(c.Data))
			}
			return
		}
		if c.Kind != Image {
			return
		}
		if c.Width > keptSide || c.Height > keptSide {
			t.Fatalf("%d×%d kept", c.Width, c.Height)
		}
		again, err := Sanitise(c.Data)
		if err != nil || again.GPS != nil || again.Width != c.Width || again.Height != c.Height {
			t.Fatalf("what was kept does not read back: %v", err)
		}
		assertClean(t, c.Data)
	})
}

func FuzzEXIF(f *testing.F) {
	f.Add(exifOf(binary.LittleEndian, 6))
	f.Add(exifOf(binary.BigEndian, 3))
	f.Add([]byte("II*\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var m metadata
		m.readEXIF(data)
		if p := m.gps; p != nil && !(math.Abs(p.Lat) <= 90 && math.Abs(p.Lon) <= 180) {
			t.Fatalf("position %v", *p)
		}
		for _, f := range []format{jpegFormat, pngFormat, webpFormat} {
			readMetadata(f, data)
		}
	})
}

func BenchmarkSanitise(b *testing.B) {
	data := jpegOf(b, quarters(4000, 3000))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Sanitise(data); err != nil {
			b.Fatal(err)
		}
	}
}
