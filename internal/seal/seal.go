package seal

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// ErrOpen means that a value does not open: another key, another place, damage or
// tampering. Which one cannot be known.
var ErrOpen = errors.New("seal: does not open: wrong key, wrong place or damaged")

// Where names the one place a sealed value belongs to.
type Where struct {
	Region, Table, Column, ID string
}

// Kinds of associated data; they keep a wrapped key from opening as a field.
const (
	kindField  = "field"
	kindRegion = "region-key"
	kindKey    = "citizen-key"
)

func (w Where) data() []byte { return join(kindField, w.Region, w.Table, w.Column, w.ID) }

// join encodes parts so that no two different lists give the same bytes: each part
// follows its length.
func join[T string | []byte](parts ...T) []byte {
	size := 0
	for _, p := range parts {
		size += binary.MaxVarintLen32 + len(p)
	}
	out := make([]byte, 0, size)
	for _, p := range parts {
		out = binary.AppendUvarint(out, uint64(len(p)))
		out = append(out, p...)
	}
	return out
}

const (
	keySize = 32
	// version leads every value sealed by a Key; another cipher gets another one.
	version byte = 1
)

// Key is one citizen's key. It is safe for concurrent use.
type Key struct {
	aead tink.AEAD
}

func newKey(raw []byte) (*Key, error) {
	a, err := subtle.NewXChaCha20Poly1305(raw)
	if err != nil {
		return nil, fmt.Errorf("seal: citizen key: %w", err)
	}
	return &Key{a}, nil
}

// Seal encrypts plain for the place w. The result is 41 bytes longer than plain.
func (k *Key) Seal(plain []byte, w Where) ([]byte, error) {
	ct, err := k.aead.Encrypt(plain, w.data())
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return append([]byte{version}, ct...), nil
}

// Open decrypts what Seal gave for the same place, or returns ErrOpen.
func (k *Key) Open(sealed []byte, w Where) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != version {
		return nil, ErrOpen
	}
	return open(k.aead, sealed[1:], w.data())
}

// open hides why opening failed and makes an empty value non-nil.
func open(a tink.AEAD, sealed, data []byte) ([]byte, error) {
	plain, err := a.Decrypt(sealed, data)
	if err != nil {
		return nil, ErrOpen
	}
	if plain == nil {
		plain = []byte{}
	}
	return plain, nil
}

// randomKey returns fresh key bytes. crypto/rand never fails.
func randomKey() []byte {
	raw := make([]byte, keySize)
	_, _ = rand.Read(raw)
	return raw
}

// split cuts the output of join back into n parts.
func split(data []byte, n int) ([][]byte, error) {
	parts := make([][]byte, n)
	for i := range parts {
		size, k := binary.Uvarint(data)
		if k <= 0 || size > uint64(len(data)-k) {
			return nil, errors.New("seal: malformed key material")
		}
		parts[i], data = data[k:k+int(size)], data[k+int(size):]
	}
	if len(data) != 0 {
		return nil, errors.New("seal: malformed key material")
	}
	return parts, nil
}
