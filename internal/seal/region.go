package seal

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Region is the key of one region: it wraps citizen keys, seals what belongs to no
// citizen yet, and makes blind indexes. It is safe for concurrent use. Keep it for
// the life of the process; opening it parses a keyset.
type Region struct {
	name   string
	handle *keyset.Handle
	aead   tink.AEAD
	mac    []byte // never rotates: stored blind indexes depend on it
}

func newRegion(name string, handle *keyset.Handle, mac []byte) (*Region, error) {
	a, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("seal: region %s: %w", name, err)
	}
	return &Region{name, handle, a, mac}, nil
}

// material is the region's secret as the master key wraps it.
func (r *Region) material() ([]byte, error) {
	var buf bytes.Buffer
	if err := insecurecleartextkeyset.Write(r.handle, keyset.NewBinaryWriter(&buf)); err != nil {
		return nil, fmt.Errorf("seal: region %s: %w", r.name, err)
	}
	return join(buf.Bytes(), r.mac), nil
}

func parseRegion(name string, material []byte) (*Region, error) {
	parts, err := split(material, 2)
	if err != nil {
		return nil, err
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewBinaryReader(bytes.NewReader(parts[0])))
	if err != nil {
		return nil, fmt.Errorf("seal: region %s: %w", name, err)
	}
	return newRegion(name, handle, parts[1])
}

// Seal encrypts plain for the place w under the region key.
func (r *Region) Seal(plain []byte, w Where) ([]byte, error) {
	ct, err := r.aead.Encrypt(plain, w.data())
	if err != nil {
		return nil, fmt.Errorf("seal: region %s: %w", r.name, err)
	}
	return ct, nil
}

// Open decrypts what Seal gave for the same place, or returns ErrOpen.
func (r *Region) Open(sealed []byte, w Where) ([]byte, error) {
	return open(r.aead, sealed, w.data())
}

// NewKey makes the key of the citizen with this id. The wrapped form goes into the
// database; deleting it is the erasure of everything sealed with it.
func (r *Region) NewKey(id string) (wrapped []byte, k *Key, err error) {
	raw := randomKey()
	if k, err = newKey(raw); err != nil {
		return nil, nil, err
	}
	wrapped, err = r.aead.Encrypt(raw, join(kindKey, r.name, id))
	if err != nil {
		return nil, nil, fmt.Errorf("seal: region %s: %w", r.name, err)
	}
	return wrapped, k, nil
}

// OpenKey unwraps a citizen's key: one small decryption. It returns ErrOpen when
// wrapped belongs to another region or id.
func (r *Region) OpenKey(id string, wrapped []byte) (*Key, error) {
	raw, err := open(r.aead, wrapped, join(kindKey, r.name, id))
	if err != nil {
		return nil, err
	}
	return newKey(raw)
}

// RewrapKey wraps a citizen's key again, under the newest region key.
func (r *Region) RewrapKey(id string, wrapped []byte) ([]byte, error) {
	raw, err := open(r.aead, wrapped, join(kindKey, r.name, id))
	if err != nil {
		return nil, err
	}
	again, err := r.aead.Encrypt(raw, join(kindKey, r.name, id))
	if err != nil {
		return nil, fmt.Errorf("seal: region %s: %w", r.name, err)
	}
	return again, nil
}

// Purposes of blind indexes. The value is normalised first, with the function of
// the same name where there is one.
const (
	PurposePhone      = "phone"
	PurposeEmail      = "email"
	PurposeNIK        = "nik"
	PurposeExternalID = "external_id"
)

// Blind returns the 32 bytes under which an exact value is looked up without being
// stored: HMAC-SHA256 with a key of the region. Telephone numbers and NIK are few
// enough to be guessed one by one, so an unkeyed hash would protect nothing.
func (r *Region) Blind(purpose, value string) []byte {
	return r.sum(join("blind", purpose, value))
}

// Token authenticates data for a purpose, for instance a reply address or a form:
// HMAC-SHA256, 32 bytes. Compare with hmac.Equal.
func (r *Region) Token(purpose string, data ...[]byte) []byte {
	return r.sum(join(append([][]byte{[]byte("token"), []byte(purpose)}, data...)...))
}

func (r *Region) sum(message []byte) []byte {
	h := hmac.New(sha256.New, r.mac)
	h.Write(message)
	return h.Sum(nil)
}
