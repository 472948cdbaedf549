package seal

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tanggap/internal/tanggap"
)

var place = Where{Region: "74.72", Table: "citizen", Column: "phone", ID: "0198c1a0-0000-7000-8000-000000000001"}

func master(t testing.TB) (*Master, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "master.json")
	if err := GenerateMaster(path); err != nil {
		t.Fatal(err)
	}
	m, err := LoadMaster(path)
	if err != nil {
		t.Fatal(err)
	}
	return m, path
}

func region(t testing.TB) *Region {
	t.Helper()
	m, _ := master(t)
	_, r, err := m.NewRegion("74.72")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sealer is what Key and Region share.
type sealer interface {
	Seal([]byte, Where) ([]byte, error)
	Open([]byte, Where) ([]byte, error)
}

func sealers(t testing.TB) map[string]sealer {
	r := region(t)
	_, k, err := r.NewKey("c1")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]sealer{"region": r, "key": k}
}

func seal(t testing.TB, s sealer, plain string) []byte {
	t.Helper()
	ct, err := s.Seal([]byte(plain), place)
	if err != nil {
		t.Fatal(err)
	}
	return ct
}

func opens(s sealer, ct []byte, w Where, want string) bool {
	got, err := s.Open(ct, w)
	return err == nil && string(got) == want
}

func TestSealAndOpen(t *testing.T) {
	for name, s := range sealers(t) {
		t.Run(name, func(t *testing.T) {
			for _, plain := range []string{"", "x", "+628110000001", strings.Repeat("laporan ", 5000)} {
				ct := seal(t, s, plain)
				if !opens(s, ct, place, plain) {
					t.Errorf("%d bytes do not open", len(plain))
				}
				if len(plain) > 8 && bytes.Contains(ct, []byte(plain)[:8]) {
					t.Error("the text stands in the clear")
				}
			}
			if bytes.Equal(seal(t, s, "sama"), seal(t, s, "sama")) {
				t.Error("sealing twice gives the same bytes")
			}
		})
	}
}

func TestTamperingIsFound(t *testing.T) {
	for name, s := range sealers(t) {
		t.Run(name, func(t *testing.T) {
			ct := seal(t, s, "+628110000001")
			for i := range ct {
				bad := slices.Clone(ct)
				bad[i] ^= 1
				if _, err := s.Open(bad, place); !errors.Is(err, ErrOpen) {
					t.Fatalf("byte %d changed: %v", i, err)
				}
				if _, err := s.Open(ct[:i], place); !errors.Is(err, ErrOpen) {
					t.Fatalf("cut at %d: %v", i, err)
				}
			}
			for field, w := range map[string]Where{
				"region":  {"74.71", place.Table, place.Column, place.ID},
				"table":   {place.Region, "officer", place.Column, place.ID},
				"column":  {place.Region, place.Table, "email", place.ID},
				"id":      {place.Region, place.Table, place.Column, "2"},
				"shifted": {place.Region, place.Table + place.Column[:1], place.Column[1:], place.ID},
				"empty":   {},
			} {
				if _, err := s.Open(ct, w); !errors.Is(err, ErrOpen) {
					t.Errorf("other %s: %v", field, err)
				}
			}
		})
	}
}

func TestShredding(t *testing.T) {
	r := region(t)
	wrapped, k, err := r.NewKey("c1")
	if err != nil {
		t.Fatal(err)
	}
	ct := seal(t, k, "Warga Contoh")
	again, err := r.OpenKey("c1", wrapped)
	if err != nil || !opens(again, ct, place, "Warga Contoh") {
		t.Fatalf("the unwrapped key does not open: %v", err)
	}
	// The row is gone; a new key for the same citizen, the region key and another
	// citizen's key are all that is left.
	_, fresh, err := r.NewKey("c1")
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]sealer{"new key": fresh, "region": r} {
		if _, err := s.Open(ct, place); !errors.Is(err, ErrOpen) {
			t.Errorf("%s opens an erased value: %v", name, err)
		}
	}
	for name, try := range map[string]func() (*Key, error){
		"other citizen": func() (*Key, error) { return r.OpenKey("c2", wrapped) },
		"other region":  func() (*Key, error) { return region(t).OpenKey("c1", wrapped) },
		"nothing":       func() (*Key, error) { return r.OpenKey("c1", nil) },
	} {
		if _, err := try(); !errors.Is(err, ErrOpen) {
			t.Errorf("%s unwraps the key: %v", name, err)
		}
	}
	// A wrapped key is not a field, whatever the place is called.
	if _, err := r.Open(wrapped, Where{Region: "74.72", ID: "c1"}); !errors.Is(err, ErrOpen) {
		t.Error("a wrapped key opens as a field")
	}
}

func TestBlind(t *testing.T) {
	m, _ := master(t)
	wrapped, r, err := m.NewRegion("74.72")
	if err != nil {
		t.Fatal(err)
	}
	reopened, err := m.OpenRegion("74.72", wrapped)
	if err != nil {
		t.Fatal(err)
	}
	base := r.Blind(PurposePhone, "+628110000001")
	if len(base) != 32 || !bytes.Equal(base, reopened.Blind(PurposePhone, "+628110000001")) {
		t.Fatal("a blind index must be 32 stable bytes")
	}
	for name, other := range map[string][]byte{
		"value":   r.Blind(PurposePhone, "+628110000002"),
		"purpose": r.Blind(PurposeNIK, "+628110000001"),
		"region":  region(t).Blind(PurposePhone, "+628110000001"),
		"token":   r.Token(PurposePhone, []byte("+628110000001")),
		"shifted": r.Blind(PurposePhone+"+", "628110000001"),
	} {
		if bytes.Equal(base, other) {
			t.Errorf("another %s gives the same index", name)
		}
	}
	if bytes.Equal(r.Token("a", []byte("x"), []byte("yz")), r.Token("a", []byte("xy"), []byte("z"))) {
		t.Error("token data is ambiguous")
	}
}

func TestJoinIsUnambiguous(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOf(rapid.SliceOfN(rapid.Byte(), 0, 300))
		a, b := list.Draw(t, "a"), list.Draw(t, "b")
		if bytes.Equal(join(a...), join(b...)) != slices.EqualFunc(a, b, bytes.Equal) {
			t.Fatal("two lists, one encoding")
		}
		back, err := split(join(a...), len(a))
		if err != nil || !slices.EqualFunc(a, back, bytes.Equal) {
			t.Fatalf("split: %v", err)
		}
		if _, err := split(append(join(a...), 0), len(a)); err == nil {
			t.Fatal("trailing bytes are accepted")
		}
	})
}

// A value sealed by the first release must open for ever.
func TestGoldenValue(t *testing.T) {
	k, err := newKey(bytes.Repeat([]byte{7}, keySize))
	if err != nil {
		t.Fatal(err)
	}
	golden, err := os.ReadFile("testdata/sealed_v1.hex")
	if err != nil {
		t.Fatal(err)
	}
	ct, err := hex.DecodeString(strings.TrimSpace(string(golden)))
	if err != nil {
		t.Fatal(err)
	}
	if !opens(k, ct, place, "Lampu jalan padam di Wameo") {
		t.Error("a value of version 1 does not open any more")
	}
}

func FuzzOpen(f *testing.F) {
	k, err := newKey(bytes.Repeat([]byte{7}, keySize))
	if err != nil {
		f.Fatal(err)
	}
	r := region(f)
	f.Add([]byte{}, "citizen")
	f.Add([]byte{version}, "citizen")
	f.Add(seal(f, k, "x"), "message")
	f.Add(seal(f, r, "x"), "message")
	f.Fuzz(func(t *testing.T, data []byte, table string) {
		w := Where{Region: "74.72", Table: table}
		if _, err := k.Open(data, w); !errors.Is(err, ErrOpen) {
			t.Errorf("key opens foreign bytes: %v", err)
		}
		if _, err := r.Open(data, w); !errors.Is(err, ErrOpen) {
			t.Errorf("region opens foreign bytes: %v", err)
		}
		if _, err := r.OpenKey(table, data); !errors.Is(err, ErrOpen) {
			t.Errorf("region unwraps foreign bytes: %v", err)
		}
	})
}

func TestNormalise(t *testing.T) {
	phone := func(s string) (string, error) { return Phone(s, "ID") }
	for _, tt := range []struct {
		name     string
		f        func(string) (string, error)
		in, want string // want "" means refused
	}{
		{"national", phone, "0811-0000-0001", "+6281100000001"},
		{"international", phone, "+62 812-0000-0001", "+6281200000001"},
		{"as WhatsApp writes it", phone, "628110000001", "+628110000001"},
		{"foreign", phone, "+60 12-000 0001", "+60120000001"},
		{"too short", phone, "110", ""},
		{"words", phone, "nomor saya", ""},
		{"empty", phone, "", ""},
		{"long", phone, strings.Repeat("0811", 40), ""},
		{"e-mail", Email, " Warga.Contoh@Example.ID ", "warga.contoh@example.id"},
		{"e-mail with name", Email, "Warga <warga@example.id>", ""},
		{"two e-mails", Email, "a@example.id, b@example.id", ""},
		{"no domain", Email, "warga@", ""},
		{"e-mail with line break", Email, "warga@example.id\r\nBcc: x@example.id", ""},
		{"long e-mail", Email, strings.Repeat("a", 250) + "@b.id", ""},
		{"NIK", NIK, "7472 9901-0199.0001", "7472990101990001"},
		{"short NIK", NIK, "747299010199000", ""},
		{"NIK with letters", NIK, "747299010199000a", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.f(tt.in)
			if got != tt.want || (tt.want == "") != (tanggap.CodeOf(err) == tanggap.Invalid) {
				t.Errorf("%q gives %q, %v; want %q", tt.in, got, err, tt.want)
			}
		})
	}
}

func BenchmarkSeal(b *testing.B) {
	text := strings.Repeat("x", 300)
	for name, s := range sealers(b) {
		ct := seal(b, s, text)
		b.Run(name+"/seal", func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Seal([]byte(text), place); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/open", func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Open(ct, place); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	r := region(b)
	wrapped, _, err := r.NewKey("c1")
	if err != nil {
		b.Fatal(err)
	}
	b.Run("key/new", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := r.NewKey("c1"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("key/unwrap", func(b *testing.B) {
		for b.Loop() {
			if _, err := r.OpenKey("c1", wrapped); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("blind", func(b *testing.B) {
		for b.Loop() {
			r.Blind(PurposePhone, "+628110000001")
		}
	})
}
