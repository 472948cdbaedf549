package tanggap

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// crockford leaves out I, L, O and U, which people misread.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// checkAlphabet extends it to 37 symbols, a prime, so that the check character
// finds every single wrong character and every swap of neighbours.
const checkAlphabet = crockford + "*~$=U"

// CodeLength is the length of a tracking code without its check character:
// 60 bits, so that a million live codes cannot be found by guessing.
const CodeLength = 12

// NewTrackingCode returns 12 random Crockford characters and a check character.
// Codes whose check character is not a plain letter or digit are drawn again, so
// that a code can be typed on any phone.
func NewTrackingCode() string {
	for {
		var raw [CodeLength]byte
		rand.Read(raw[:])
		for i, b := range raw {
			raw[i] = crockford[b&31]
		}
		if c := checkChar(string(raw[:])); strings.IndexByte(crockford, c) >= 0 {
			return string(raw[:]) + string(c)
		}
	}
}

// ParseTrackingCode accepts what people type (any case, spaces, dashes, O for 0,
// I or L for 1) and returns the code as NewTrackingCode made it.
func ParseTrackingCode(s string) (string, error) {
	if len(s) > 64 {
		return "", Errorf(Invalid, "kode terlalu panjang")
	}
	var b strings.Builder
	for _, r := range strings.ToUpper(s) {
		switch r {
		case ' ', '-', '.', '_':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if r > 127 || !strings.ContainsRune(crockford, r) {
			return "", Errorf(Invalid, "kode berisi huruf yang tidak dipakai")
		}
		b.WriteRune(r)
	}
	code := b.String()
	if len(code) != CodeLength+1 {
		return "", Errorf(Invalid, "kode terdiri dari %d huruf dan angka", CodeLength+1)
	}
	if checkChar(code[:CodeLength]) != code[CodeLength] {
		return "", Errorf(Invalid, "kode salah ketik: periksa huruf dan angkanya")
	}
	return code, nil
}

func checkChar(s string) byte {
	rem := 0
	for i := range len(s) {
		rem = (rem*32 + strings.IndexByte(crockford, s[i])) % 37
	}
	return checkAlphabet[rem]
}

// NewToken returns a link token of at least 128 random bits; only HashToken of it
// is stored.
func NewToken() string { return rand.Text() }

// HashToken is what the database keeps of a token or tracking code.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// NewID returns a UUIDv7: sortable by time, made without asking the database.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// CaseNumber formats the n-th case of a local year, e.g. BAU-26-000123.
func CaseNumber(prefix string, year, n int) string {
	return fmt.Sprintf("%s-%02d-%06d", prefix, year%100, n)
}
