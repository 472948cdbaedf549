package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"tanggap/internal/durable"
	"tanggap/internal/tanggap"
)

// maxMasterFile bounds the key file: a keyset with hundreds of rotations fits.
const maxMasterFile = 64 << 10

// Master is the key above all region keys. It is safe for concurrent use.
type Master struct {
	handle *keyset.Handle
	aead   tink.AEAD
}

// GenerateMaster writes a new master key to path, readable by its owner only. It
// refuses to touch a file that exists, because overwriting a master key destroys
// everything sealed under it.
func GenerateMaster(path string) error {
	handle, err := keyset.NewHandle(aead.XChaCha20Poly1305KeyTemplate())
	if err != nil {
		return fmt.Errorf("seal: new master key: %w", err)
	}
	data, err := encodeMaster(handle)
	if err != nil {
		return err
	}
	err = durable.Create(path, data)
	if errors.Is(err, fs.ErrExist) {
		return tanggap.Errorf(tanggap.Conflict, "Berkas kunci induk %s sudah ada dan tidak akan ditimpa.", path)
	}
	if err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(path))
}

// LoadMaster reads the master key from a file that only its owner can read. A
// systemd credential, whose mode bits show its access list, is read by the caller
// and given to ParseMaster.
func LoadMaster(path string) (*Master, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, tanggap.Errorf(tanggap.NotFound, "Berkas kunci induk %s tidak ada.", path)
	}
	if err != nil {
		return nil, fmt.Errorf("seal: master key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("seal: master key: %w", err)
	}
	switch {
	case !info.Mode().IsRegular() || info.Size() > maxMasterFile:
		return nil, errNotMaster(path)
	case info.Mode().Perm()&0o077 != 0:
		return nil, tanggap.Errorf(tanggap.Forbidden,
			"Berkas kunci induk %s dapat dibaca pengguna lain (mode %04o). Jalankan: chmod 600 %s", path, info.Mode().Perm(), path)
	}
	data := make([]byte, info.Size())
	if _, err := f.ReadAt(data, 0); err != nil {
		return nil, fmt.Errorf("seal: master key: %w", err)
	}
	m, err := ParseMaster(data)
	if err != nil {
		return nil, errNotMaster(path)
	}
	return m, nil
}

func errNotMaster(path string) error {
	return tanggap.Errorf(tanggap.Invalid, "Berkas %s bukan kunci induk Tanggap atau rusak.", path)
}

// ParseMaster reads the content of a master key file: a Tink keyset in JSON.
func ParseMaster(data []byte) (*Master, error) {
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(data)))
	if err != nil {
		return nil, fmt.Errorf("seal: master key: %w", err)
	}
	return newMaster(handle)
}

func newMaster(handle *keyset.Handle) (*Master, error) {
	a, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("seal: master key: %w", err)
	}
	return &Master{handle, a}, nil
}

// Rotate adds a new newest key, replaces the file at path in one step and returns
// the new master. Older keys stay in it and still open what they wrapped; after
// every region was put through Rewrap they are not needed any more.
func (m *Master) Rotate(path string) (*Master, error) {
	handle, err := rotate(m.handle)
	if err != nil {
		return nil, err
	}
	data, err := encodeMaster(handle)
	if err != nil {
		return nil, err
	}
	next, err := newMaster(handle)
	if err != nil {
		return nil, err
	}
	if err := durable.ReplaceBytes(path, data); err != nil {
		return nil, fmt.Errorf("seal: rotate master key: %w", err)
	}
	return next, nil
}

// NewRegion makes the key of a region. The wrapped form goes into the database.
func (m *Master) NewRegion(region string) (wrapped []byte, k *Region, err error) {
	handle, err := keyset.NewHandle(aead.XChaCha20Poly1305KeyTemplate())
	if err != nil {
		return nil, nil, fmt.Errorf("seal: new region key: %w", err)
	}
	if k, err = newRegion(region, handle, randomKey()); err != nil {
		return nil, nil, err
	}
	if wrapped, err = m.wrap(k); err != nil {
		return nil, nil, err
	}
	return wrapped, k, nil
}

// OpenRegion unwraps the key of a region. It fails with tanggap.Invalid when this
// is not the master key, or not the region, it was wrapped for.
func (m *Master) OpenRegion(region string, wrapped []byte) (*Region, error) {
	material, err := open(m.aead, wrapped, join(kindRegion, region))
	if err != nil {
		return nil, tanggap.Errorf(tanggap.Invalid,
			"Kunci wilayah %s tidak dapat dibuka: berkas kunci induk bukan yang dipakai saat basis data ini dibuat, atau data rusak.", region)
	}
	return parseRegion(region, material)
}

// Rewrap wraps a region key again, under the newest master key.
func (m *Master) Rewrap(region string, wrapped []byte) ([]byte, error) {
	k, err := m.OpenRegion(region, wrapped)
	if err != nil {
		return nil, err
	}
	return m.wrap(k)
}

// RotateRegion gives a region a new newest key. What older keys sealed still
// opens; citizen keys move over with Region.RewrapKey. Blind indexes stay the same.
func (m *Master) RotateRegion(region string, wrapped []byte) ([]byte, *Region, error) {
	k, err := m.OpenRegion(region, wrapped)
	if err != nil {
		return nil, nil, err
	}
	handle, err := rotate(k.handle)
	if err != nil {
		return nil, nil, err
	}
	next, err := newRegion(region, handle, k.mac)
	if err != nil {
		return nil, nil, err
	}
	again, err := m.wrap(next)
	if err != nil {
		return nil, nil, err
	}
	return again, next, nil
}

func (m *Master) wrap(k *Region) ([]byte, error) {
	material, err := k.material()
	if err != nil {
		return nil, err
	}
	wrapped, err := m.aead.Encrypt(material, join(kindRegion, k.name))
	if err != nil {
		return nil, fmt.Errorf("seal: wrap region key: %w", err)
	}
	return wrapped, nil
}

// rotate returns a copy of the keyset with a fresh primary key.
func rotate(handle *keyset.Handle) (*keyset.Handle, error) {
	manager := keyset.NewManagerFromHandle(handle)
	id, err := manager.Add(aead.XChaCha20Poly1305KeyTemplate())
	if err == nil {
		err = manager.SetPrimary(id)
	}
	if err != nil {
		return nil, fmt.Errorf("seal: rotate: %w", err)
	}
	next, err := manager.Handle()
	if err != nil {
		return nil, fmt.Errorf("seal: rotate: %w", err)
	}
	return next, nil
}

func encodeMaster(handle *keyset.Handle) ([]byte, error) {
	var buf bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&buf)); err != nil {
		return nil, fmt.Errorf("seal: encode master key: %w", err)
	}
	return append(buf.Bytes(), '\n'), nil
}
