package parsers

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"tanggap/internal/media"
	"tanggap/internal/sandbox"
	"tanggap/internal/tanggap"
)

func TestMain(m *testing.M) {
	if sandbox.Main(All()...) {
		return
	}
	goleak.VerifyTestMain(m)
}

func TestSanitise(t *testing.T) {
	var pool sandbox.Pool
	t.Cleanup(pool.Close)
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, image.NewYCbCr(image.Rect(0, 0, 3000, 2000), image.YCbCrSubsampleRatio420), nil); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"photo":  photo.Bytes(),
		"pdf":    []byte("%PDF-1.4\n"),
		"broken": photo.Bytes()[:200],
		"svg":    []byte("<svg onload=alert(1)>"),
		"empty":  nil,
	} {
		want, wantErr := media.Sanitise(data)
		got, err := Sanitise(t.Context(), &pool, data)
		if diff := cmp.Diff(want, got); diff != "" || tanggap.CodeOf(err) != tanggap.CodeOf(wantErr) {
			t.Errorf("%s: %v, want %v\n%s", name, err, wantErr, diff)
		}
	}
	if _, err := Sanitise(t.Context(), nil, photo.Bytes()); err != nil {
		t.Error(err)
	}
}

func TestHandlersHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, h := range All() {
		if h.Name == "" || seen[h.Name] {
			t.Errorf("name %q", h.Name)
		}
		seen[h.Name] = true
	}
}
