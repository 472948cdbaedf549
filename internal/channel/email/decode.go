package email

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
)

// decodeTransfer undoes a Content-Transfer-Encoding as far as it can be: what is no
// base64 or quoted-printable is skipped or kept as it stands. At most limit bytes.
func decodeTransfer(body []byte, encoding string, limit int) (out []byte, cut bool) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		if out = body; looksBase64(body) {
			out = decodeBase64(body, limit+1)
		}
	case "quoted-printable":
		out = decodeQuoted(body, limit+1)
	default:
		out = body
	}
	if len(out) > limit {
		return out[:limit], true
	}
	return out, false
}

// looksBase64 reports whether most of the first bytes could be base64: some senders
// declare it and write plain words.
func looksBase64(body []byte) bool {
	body = bytes.TrimSpace(body[:min(len(body), 4096)])
	strange := 0
	for i, c := range body {
		switch {
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '\r', c == '\n', bytes.IndexByte([]byte("+/=-_"), c) >= 0:
		case isSpace(c) && (body[i-1] == '\n' || isSpace(body[i-1])): // indented
		default:
			strange++
		}
	}
	return strange <= len(body)/20
}

func decodeBase64(body []byte, limit int) []byte {
	body = body[:min(len(body), limit/3*4*3/2+1024)] // line ends and stray bytes included
	clean := make([]byte, 0, len(body))
	out := make([]byte, 0, min(limit, base64.RawStdEncoding.DecodedLen(len(body))))
	flush := func() {
		if len(clean)%4 == 1 {
			clean = clean[:len(clean)-1] // six bits are no byte
		}
		start := len(out)
		out = append(out, make([]byte, base64.RawStdEncoding.DecodedLen(len(clean)))...)
		n, _ := base64.RawStdEncoding.Decode(out[start:], clean) // only the alphabet is left
		out, clean = out[:start+n], clean[:0]
	}
	for _, c := range body {
		switch {
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '+', c == '/':
			clean = append(clean, c)
		case c == '-':
			clean = append(clean, '+')
		case c == '_':
			clean = append(clean, '/')
		case c == '=' && len(clean) > 0:
			flush() // encoders that join pieces leave padding in the middle
		}
	}
	flush()
	return out[:min(len(out), limit)]
}

func decodeQuoted(body []byte, limit int) []byte {
	out := make([]byte, 0, min(limit, len(body)))
	for len(body) > 0 && len(out) < limit {
		line, rest := cutLine(body)
		ended := len(rest) > 0 || body[len(body)-1] == '\n'
		body = rest
		line = bytes.TrimRight(line, " \t\r")
		soft := bytes.HasSuffix(line, []byte("="))
		line = bytes.TrimSuffix(line, []byte("="))
		for i := 0; i < len(line); i++ {
			if line[i] == '=' && i+2 < len(line) {
				if hi, lo := unhex(line[i+1]), unhex(line[i+2]); hi < 16 && lo < 16 {
					out = append(out, hi<<4|lo)
					i += 2
					continue
				}
			}
			out = append(out, line[i])
		}
		if !soft && ended {
			out = append(out, '\n')
		}
	}
	return out[:min(len(out), limit)]
}

func unhex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	}
	return 16
}

// toUTF8 decodes text whose charset is a claim. What is well-formed UTF-8 beyond
// ASCII is UTF-8, whatever was declared: no other text looks like it by chance. What
// claims to be UTF-8 and is not is Windows-1252, unless most of it is UTF-8 with a
// few broken bytes. A charset nobody knows is treated like none.
func toUTF8(b []byte, charset string) string {
	b = trimBrokenEnd(b)
	charset = strings.ToLower(strings.Trim(strings.TrimSpace(charset), `"'`))
	if utf8.Valid(b) && !strings.HasPrefix(charset, "utf-16") && !strings.HasPrefix(charset, "utf-32") && !escapes(b) {
		return strings.TrimPrefix(string(b), "\ufeff")
	}
	enc, err := htmlindex.Get(charset)
	name := ""
	if err == nil {
		name, err = htmlindex.Name(enc)
	}
	if err == nil && name != "utf-8" && name != "replacement" && name != "x-user-defined" {
		if out, err := enc.NewDecoder().Bytes(b); err == nil {
			return strings.TrimPrefix(string(out), "\ufeff")
		}
	}
	if mostlyUTF8(b) {
		return strings.ToValidUTF8(string(b), "\ufffd")
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\ufffd")
	}
	return string(out)
}

// escapes reports whether bytes switch character sets by escape sequences (ISO-2022),
// which are well-formed UTF-8 and yet not text.
func escapes(b []byte) bool { return bytes.Contains(b, []byte("\x1b$")) }

// trimBrokenEnd removes a rune that a cap cut through.
func trimBrokenEnd(b []byte) []byte {
	for i := 1; i <= min(3, len(b)); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if c >= 0xc0 && !utf8.FullRune(b[len(b)-i:]) && utf8.Valid(b[:len(b)-i]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

func mostlyUTF8(b []byte) bool {
	good, bad := 0, 0
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && n == 1:
			bad++
		case n > 1:
			good++
		}
		b = b[n:]
	}
	return good > bad
}
