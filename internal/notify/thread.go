package notify

import (
	"crypto/subtle"
	"encoding/base32"
	"strings"

	"github.com/google/uuid"

	"tanggap/internal/seal"
)

// threadMAC is how many bytes of the keyed hash a thread token carries: 96 bits, so
// that address and token fit into the 64 bytes of a mail's local part (RFC 5321
// §4.5.3.1.1).
const threadMAC = 12

// threadCoding survives mail servers that fold the case of an address.
var threadCoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// ThreadToken names a case in the address to which a mail about it is answered, 45
// characters. It proves that we wrote about the case to whoever got that mail, and
// not who answers: mails are forwarded.
func ThreadToken(keys *seal.Region, caseID string) string {
	id, err := uuid.Parse(caseID)
	if err != nil {
		return ""
	}
	return threadCoding.EncodeToString(append(id[:], keys.Token("thread", id[:])[:threadMAC]...))
}

// ThreadCase returns the id of the case that a token of ours names; false for any
// other string.
func ThreadCase(keys *seal.Region, token string) (caseID string, ok bool) {
	raw, err := threadCoding.DecodeString(strings.ToLower(token))
	if err != nil || len(raw) != 16+threadMAC {
		return "", false
	}
	id := uuid.UUID(raw[:16])
	if subtle.ConstantTimeCompare(raw[16:], keys.Token("thread", id[:])[:threadMAC]) != 1 {
		return "", false
	}
	return id.String(), true
}
