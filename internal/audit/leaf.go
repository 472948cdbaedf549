// Package audit makes the history of a region tamper-evident: every Event has a
// leaf with salted commitments, leaves are sequenced in batches into a Merkle
// log (RFC 6962 hashing), and signed checkpoints of that log are kept outside the
// database. Verify then finds an edit, a deletion, a reordering or a truncation
// and names the first event at fault.
//
// The package is pure: storage is behind Tree, Tx and Reader.
//
// What it cannot see: history rewritten in database and log together after the
// newest checkpoint, and anything rewritten by a holder of the signing key. Copy
// checkpoints to someone else; that is what makes them evidence.
package audit

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// SaltSize is the length in bytes of the salt stored beside each payload.
const SaltSize = 32

// maxField is the longest text field of a leaf in bytes: ids, actor and type are short.
const maxField = 1024

// leafVersion is the first byte of every leaf.
const leafVersion = 1

// leafFixed is the length of a leaf without its five text fields' bytes.
const leafFixed = 1 + 5*2 + 8 + 8 + 2*sha256.Size + 8

// Event is one append-only change. Payload and Private are committed to byte for
// byte: store them as bytes or text, never in a type that rewrites them (jsonb).
type Event struct {
	Region         string
	Seq            int64 // position in the region's log from 0, given by Sequence; not part of the leaf
	ID             string
	CaseID         string // "" for an event outside any case
	CaseVersion    int64
	Actor          string // a pseudonymous id, never a name
	Type           string
	PayloadVersion int
	Payload        []byte    // JSON without clear personal data
	Private        []byte    // sealed personal data; only its commitment enters the leaf
	At             time.Time // cut to microseconds
}

// NewSalt returns fresh random bytes for one event. Store them beside the payload
// and erase them with it: without the salt a commitment cannot be tested against
// guessed contents.
func NewSalt() []byte {
	salt := make([]byte, SaltSize)
	rand.Read(salt) // never fails; see crypto/rand
	return salt
}

// Leaf returns the canonical bytes of e, format version 1, and their hash in the
// log (tlog.RecordHash: SHA-256 over 0x00 and the bytes). Store the bytes in the
// transaction that writes the event.
//
// All integers are big-endian; text is a uint16 length and its bytes.
//
//	byte   1 (format version)
//	text   region
//	text   id
//	text   case id
//	int64  case version
//	text   actor
//	text   type
//	int64  payload version
//	[32]   HMAC-SHA256(salt, "payload\x00" + payload)
//	[32]   HMAC-SHA256(salt, "private\x00" + private)
//	int64  at, microseconds since 1970-01-01 UTC
//
// It fails if the salt is not SaltSize long or a text field is longer than 1 KiB.
func Leaf(e Event, salt []byte) ([]byte, tlog.Hash, error) {
	if len(salt) != SaltSize {
		return nil, tlog.Hash{}, fmt.Errorf("audit: salt of %d bytes, want %d", len(salt), SaltSize)
	}
	for _, s := range []string{e.Region, e.ID, e.CaseID, e.Actor, e.Type} {
		if len(s) > maxField {
			return nil, tlog.Hash{}, fmt.Errorf("audit: event field of %d bytes, limit %d", len(s), maxField)
		}
	}
	b := appendLeaf(nil, contentOf(e, commit(salt, "payload", e.Payload), commit(salt, "private", e.Private)))
	return b, tlog.RecordHash(b), nil
}

type commitment [sha256.Size]byte

func commit(salt []byte, label string, content []byte) (c commitment) {
	mac := hmac.New(sha256.New, salt)
	mac.Write([]byte(label + "\x00"))
	mac.Write(content)
	mac.Sum(c[:0])
	return c
}

// content is what a leaf says, comparable with ==.
type content struct {
	region, id, caseID string
	caseVersion        int64
	actor, typ         string
	payloadVersion     int64
	payload, private   commitment
	at                 int64
}

func contentOf(e Event, payload, private commitment) content {
	return content{
		region: e.Region, id: e.ID, caseID: e.CaseID, caseVersion: e.CaseVersion,
		actor: e.Actor, typ: e.Type, payloadVersion: int64(e.PayloadVersion),
		payload: payload, private: private, at: e.At.UnixMicro(),
	}
}

func appendLeaf(b []byte, c content) []byte {
	text := func(s string) {
		b = binary.BigEndian.AppendUint16(b, uint16(len(s)))
		b = append(b, s...)
	}
	number := func(n int64) { b = binary.BigEndian.AppendUint64(b, uint64(n)) }
	if b == nil {
		b = make([]byte, 0, leafFixed+len(c.region)+len(c.id)+len(c.caseID)+len(c.actor)+len(c.typ))
	}
	b = append(b, leafVersion)
	text(c.region)
	text(c.id)
	text(c.caseID)
	number(c.caseVersion)
	text(c.actor)
	text(c.typ)
	number(c.payloadVersion)
	b = append(b, c.payload[:]...)
	b = append(b, c.private[:]...)
	number(c.at)
	return b
}

var errLeaf = errors.New("audit: not a leaf of format version 1")

// parseLeaf is the inverse of appendLeaf; it accepts nothing else.
func parseLeaf(b []byte) (c content, err error) {
	if len(b) < leafFixed || b[0] != leafVersion {
		return c, errLeaf
	}
	rest := b[1:]
	take := func(n int) []byte {
		if n > len(rest) {
			err = errLeaf
			return make([]byte, n)
		}
		head := rest[:n]
		rest = rest[n:]
		return head
	}
	text := func() string { return string(take(int(binary.BigEndian.Uint16(take(2))))) }
	number := func() int64 { return int64(binary.BigEndian.Uint64(take(8))) }
	c.region, c.id, c.caseID = text(), text(), text()
	c.caseVersion = number()
	c.actor, c.typ = text(), text()
	c.payloadVersion = number()
	copy(c.payload[:], take(sha256.Size))
	copy(c.private[:], take(sha256.Size))
	c.at = number()
	if err != nil || len(rest) != 0 {
		return content{}, errLeaf
	}
	return c, nil
}

// differs names the first column in which the event as stored departs from its
// leaf, "" if none.
func (c content) differs(e Event) string {
	switch {
	case c.region != e.Region:
		return "region"
	case c.id != e.ID:
		return "id"
	case c.caseID != e.CaseID:
		return "case"
	case c.caseVersion != e.CaseVersion:
		return "case version"
	case c.actor != e.Actor:
		return "actor"
	case c.typ != e.Type:
		return "type"
	case c.payloadVersion != int64(e.PayloadVersion):
		return "payload version"
	case c.at != e.At.UnixMicro():
		return "time"
	}
	return ""
}

func (c commitment) holds(salt []byte, label string, content []byte) bool {
	got := commit(salt, label, content)
	return bytes.Equal(got[:], c[:])
}
