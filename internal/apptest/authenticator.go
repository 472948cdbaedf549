package apptest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
)

// Authenticator is a device that makes and uses passkeys, as a browser drives it
// (WebAuthn level 3, ES256, no attestation). Copy it to have two devices with one key.
type Authenticator struct {
	Verifies bool   // asks for a finger or a PIN
	Count    uint32 // of uses, as the device tells it
	Origin   string // of the page that the browser shows

	id, user []byte
	key      *ecdsa.PrivateKey
}

const (
	flagPresent  = 0x01
	flagVerified = 0x04
	flagAttested = 0x40
)

// options are what a page asks a browser for.
type options struct {
	PublicKey struct {
		Challenge string
		RPID      string `json:"rpId"`
		RP        struct{ ID string }
		User      struct{ ID string }
	}
}

func (a *Authenticator) read(t testing.TB, asked []byte) (o options) {
	t.Helper()
	if err := json.Unmarshal(asked, &o); err != nil || o.PublicKey.Challenge == "" {
		t.Fatalf("no challenge in %s: %v", asked, err)
	}
	return o
}

// data is what the device signs about itself and the site that asks.
func (a *Authenticator) data(site string, flags byte) []byte {
	a.Count++
	if a.Verifies {
		flags |= flagVerified
	}
	hash := sha256.Sum256([]byte(site))
	return binary.BigEndian.AppendUint32(append(hash[:], flags|flagPresent), a.Count)
}

func (a *Authenticator) client(kind, challenge string) []byte {
	b, _ := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.Origin, "crossOrigin": false}) // strings only
	return b
}

// Make makes the device's key and returns what the page sends to the server.
func (a *Authenticator) Make(t testing.TB, asked []byte) string {
	t.Helper()
	o := a.read(t, asked)
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	a.id = make([]byte, 32)
	_, _ = rand.Read(a.id) // never fails
	if a.user, err = base64.RawURLEncoding.DecodeString(o.PublicKey.User.ID); err != nil {
		t.Fatal(err)
	}
	point, err := a.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		t.Fatal(err)
	}
	public, err := webauthncbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
	if err != nil {
		t.Fatal(err)
	}
	data := a.data(o.PublicKey.RP.ID, flagAttested)
	data = append(data, make([]byte, 16)...) // no model is named
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.id)))
	data = append(append(data, a.id...), public...)
	object, err := webauthncbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data})
	if err != nil {
		t.Fatal(err)
	}
	return a.send(t, map[string]any{"attestationObject": encode(object), "clientDataJSON": encode(a.client("webauthn.create", o.PublicKey.Challenge)), "transports": []string{"internal"}})
}

// Answer signs a challenge and returns what the page sends to the server.
func (a *Authenticator) Answer(t testing.TB, asked []byte) string {
	t.Helper()
	o := a.read(t, asked)
	data, client := a.data(o.PublicKey.RPID, 0), a.client("webauthn.get", o.PublicKey.Challenge)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(bytes.Join([][]byte{data, hash[:]}, nil))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return a.send(t, map[string]any{"authenticatorData": encode(data), "clientDataJSON": encode(client), "signature": encode(signature), "userHandle": encode(a.user)})
}

func (a *Authenticator) send(t testing.TB, response map[string]any) string {
	t.Helper()
	b, err := json.Marshal(map[string]any{"id": encode(a.id), "rawId": encode(a.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{}})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
