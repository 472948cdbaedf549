package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxMarks is how many combining marks may follow one letter in a cleaned text;
// real scripts need at most four, "zalgo" uses dozens.
const maxMarks = 4

// Clean makes a text safe to store, show and send on: bytes that are not UTF-8, NUL
// and other control characters, bidi controls, zero-width characters and stacks of
// combining marks go; line ends become \n; the rest stays as written. The result has
// at most max bytes, cut between characters.
func Clean(s string, max int) string {
	var b strings.Builder
	marks, last := 0, rune(0)
	for i := 0; i < len(s); {
		r, w := utf8.DecodeRuneInString(s[i:])
		i += w
		switch {
		case r == utf8.RuneError && w <= 1:
			continue
		case r == '\r':
			if i < len(s) && s[i] == '\n' {
				continue
			}
			r = '\n'
		case r == 0x2028 || r == 0x2029:
			r = '\n'
		case r == 0x200D && unicode.Is(unicode.So, last):
			// The joiner of a composed emoji is the one zero-width character people mean.
		case invisible(r):
			continue
		case unicode.Is(unicode.M, r):
			if marks++; marks > maxMarks {
				continue
			}
		default:
			marks = 0
		}
		if b.Len()+utf8.RuneLen(r) > max {
			break
		}
		if r != 0xFE0F {
			last = r
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}

// invisible reports characters that a reader cannot see but that would hide a word
// from matching: controls, bidi, zero-width, soft hyphen, tags and fillers.
func invisible(r rune) bool {
	switch r {
	case '\n', '\t':
		return false
	case 0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800, 0x034F, utf8.RuneError:
		return true
	}
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r)
}

// folded is a text as a matcher should see it, one rune at a time, each knowing the
// bytes of the original it came from: NFKD without marks or invisible characters,
// look-alike letters as Latin, every script's digits as 0-9. Case is kept.
type folded struct {
	runes []rune
	start []int32 // byte offset in the original; nil where it is the rune's index
	end   []int32
	small string // the runes in lower case, where all are ASCII; "" otherwise
}

func fold(s string) folded {
	if printable(s) {
		f := folded{runes: make([]rune, len(s))}
		small := make([]byte, len(s))
		for i := range len(s) {
			c := s[i]
			f.runes[i] = rune(c)
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			small[i] = c
		}
		f.small = string(small)
		return f
	}
	f := folded{
		runes: make([]rune, 0, len(s)),
		start: make([]int32, 0, len(s)),
		end:   make([]int32, 0, len(s)),
	}
	for i := 0; i < len(s); {
		r, w := utf8.DecodeRuneInString(s[i:])
		f.add(r, int32(i), int32(i+w))
		i += w
	}
	return f
}

// printable reports a text of printable ASCII, spaces and line feeds, which folding
// leaves as it is: most messages are, and skip the work.
func printable(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= 0x7F || c < ' ' && c != '\n' && c != '\t' {
			return false
		}
	}
	return true
}

func (f *folded) add(r rune, start, end int32) {
	put := func(r rune) {
		f.runes = append(f.runes, r)
		f.start = append(f.start, start)
		f.end = append(f.end, end)
	}
	switch {
	case r < utf8.RuneSelf:
		if r >= ' ' && r != 0x7F || r == '\n' || r == '\t' {
			put(r)
		} else if r == '\r' {
			put('\n')
		}
		return
	case r == 0x2028 || r == 0x2029 || r == 0x85:
		put('\n')
		return
	case invisible(r) || unicode.Is(unicode.M, r):
		return
	}
	for _, d := range norm.NFKD.String(string(r)) {
		switch {
		case unicode.Is(unicode.M, d):
		case unicode.Is(unicode.Nd, d):
			put(digit(d))
		default:
			if l, ok := lookalike[d]; ok {
				d = l
			}
			put(d)
		}
	}
}

// span returns the original bytes that the runes [i, j) came from.
func (f *folded) span(i, j int) (start, end int) {
	if f.start == nil {
		return i, j
	}
	return int(f.start[i]), int(f.end[j-1])
}

// lower returns the runes [i, j) in lower case.
func (f *folded) lower(i, j int) string {
	if f.small != "" {
		return f.small[i:j]
	}
	return strings.ToLower(string(f.runes[i:j]))
}

// digit returns the ASCII digit of any decimal digit. Unicode lists decimal digits
// in runs of ten that begin with zero.
func digit(r rune) rune {
	if r < utf8.RuneSelf {
		return r
	}
	for _, t := range unicode.Nd.R16 {
		if lo := rune(t.Lo); r >= lo && r <= rune(t.Hi) {
			return '0' + (r-lo)%10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if lo := rune(t.Lo); r >= lo && r <= rune(t.Hi) {
			return '0' + (r-lo)%10
		}
	}
	return r
}

// lookalike maps the letters and signs that pass for ASCII in common fonts (a subset
// of Unicode TR 39), so that neither a danger word nor an address hides behind them.
var lookalike = func() map[rune]rune {
	const from = "авекмнорстухіјѕԁԛԝһӏАВЕКМНОРСТУХІЈЅαερικνοτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧıɡ‘’ʼ′“”„«»‐‑‒–—−＠"
	const to = "abekmhopctyxijsdqwhlABEKMHOPCTYXIJSaepiknotuxABEZHIKMNOPTYXig''''\"\"\"\"\"------@"
	m := map[rune]rune{}
	t := []rune(to)
	for i, r := range []rune(from) {
		m[r] = t[i]
	}
	return m
}()

func lower(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	return unicode.ToLower(r)
}
