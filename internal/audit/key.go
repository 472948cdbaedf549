package audit

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"tanggap/internal/durable"
	"tanggap/internal/tanggap"
)

// maxKeyFile caps a key file in bytes.
const maxKeyFile = 4 << 10

// Key signs checkpoints (Ed25519).
type Key struct {
	Signer note.Signer
	Public string // verifier key in the form of note.NewVerifier; publish it
}

// Verifier checks what k signs.
func (k Key) Verifier() note.Verifier {
	v, _ := note.NewVerifier(k.Public) // newKey made Public, so it parses
	return v
}

// CreateKey makes a key with the given name (no spaces, no "+"), writes it to a
// new file with mode 0600, synced, and returns it. An existing file is never
// overwritten: it gives an error that is fs.ErrExist.
func CreateKey(path, name string) (Key, error) {
	secret, _, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return Key{}, fmt.Errorf("audit: make key: %w", err)
	}
	key, err := newKey(secret)
	if err != nil {
		return Key{}, err
	}
	if err := durable.Create(path, []byte(secret+"\n")); err != nil {
		return Key{}, fmt.Errorf("audit: create key: %w", err)
	}
	return key, nil
}

// LoadKey reads a key file. One that others than its owner may read is refused
// with a tanggap.Error.
func LoadKey(path string) (Key, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Key{}, fmt.Errorf("audit: load key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return Key{}, tanggap.Errorf(tanggap.Invalid, "the key file %s has mode %04o; make it 0600 so that only its owner can read it", path, info.Mode().Perm())
	}
	if info.Size() > maxKeyFile {
		return Key{}, tanggap.Errorf(tanggap.Invalid, "%s is not a key file", path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return Key{}, fmt.Errorf("audit: load key: %w", err)
	}
	key, err := newKey(strings.TrimSuffix(string(b), "\n"))
	if err != nil {
		return Key{}, tanggap.Errorf(tanggap.Invalid, "%s is not a key file", path)
	}
	return key, nil
}

// newKey derives the public half from the note signer key
// PRIVATE+KEY+name+hash+base64(1 || seed).
func newKey(secret string) (Key, error) {
	signer, err := note.NewSigner(secret)
	if err != nil {
		return Key{}, fmt.Errorf("audit: key: %w", err)
	}
	raw, err := base64.StdEncoding.DecodeString(strings.SplitN(secret, "+", 5)[4])
	if err != nil || len(raw) != 1+ed25519.SeedSize {
		return Key{}, fmt.Errorf("audit: key of %d bytes", len(raw))
	}
	public := ed25519.NewKeyFromSeed(raw[1:]).Public().(ed25519.PublicKey)
	verifier, err := note.NewEd25519VerifierKey(signer.Name(), public)
	if err != nil {
		return Key{}, fmt.Errorf("audit: key: %w", err)
	}
	return Key{Signer: signer, Public: verifier}, nil
}
