package email

import (
	"regexp"
	"strings"
)

const (
	maxUnstructured = 8 << 10 // bytes of a field that is decoded
	maxWords        = 200     // encoded words in it; the others stay as they are
)

// encodedWord is that of RFC 2047, with the spaces that careless senders leave in.
var encodedWord = regexp.MustCompile(`=\?([A-Za-z0-9_\-:.+]{1,40})(?:\*[A-Za-z0-9\-]{1,20})?\?([bBqQ])\?([^?\r\n]*)\?=`)

// decodeWords decodes the encoded words of a field. Unlike mime.WordDecoder it never
// fails, and it joins neighbours of one charset before decoding it, because many
// senders cut words in the middle of a character.
func decodeWords(s string) string {
	s = limit(s, maxUnstructured)
	spans := encodedWord.FindAllStringSubmatchIndex(s, maxWords)
	var out strings.Builder
	var held []byte
	charset, end := "", 0
	flush := func() {
		out.WriteString(toUTF8(held, charset))
		held = held[:0]
	}
	for _, m := range spans {
		between := s[end:m[0]]
		next := strings.ToLower(s[m[2]:m[3]])
		neighbours := end > 0 && strings.TrimSpace(between) == ""
		if !neighbours || next != charset {
			flush()
		}
		if !neighbours {
			out.WriteString(toUTF8([]byte(between), ""))
		}
		charset, end = next, m[1]
		text := s[m[6]:m[7]]
		if s[m[4]] == 'q' || s[m[4]] == 'Q' {
			held = append(held, decodeQuoted([]byte(strings.ReplaceAll(text, "_", " ")+"="), maxUnstructured)...)
		} else {
			held = append(held, decodeBase64([]byte(text), maxUnstructured)...)
		}
	}
	flush()
	out.WriteString(toUTF8([]byte(s[end:]), ""))
	return out.String()
}

// oneLine folds white space and control characters: a field is shown in lists.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}
