package text

import (
	"slices"
	"strings"
	"unicode"
)

// TokenKind says what a token is.
type TokenKind uint8

const (
	Word     TokenKind = iota // letters, digits or both
	Particle                  // -mi, -ji, -pi, ... of the local Indonesian; carries mood, not topic
	Mark                      // sentence punctuation, a quote or a line end
	Symbol                    // emoji and other signs
)

// Token is one word, particle, mark or symbol. Text is the normalised form; Start
// and End are bytes of the text it was cut from.
type Token struct {
	Text       string
	Start, End int
	Kind       TokenKind
}

// maxWord is the longest word kept whole, in runes; the rest of a longer one is
// noise (base64, a held-down key) and would only cost time.
const maxWord = 40

// Tokens cuts a text into normalised tokens: lower case, compatibility forms and
// look-alikes folded, letters repeated three times or more squeezed, everyday
// shortenings written out, reduplication marks (anak2) and dialect particles
// (matimi, rusak'mi, blm pi) taken off. It runs in linear time on any input.
func Tokens(s string) []Token {
	f := fold(s)
	return f.tokens(make([]Token, 0, len(f.runes)/5+4))
}

// tokens appends to toks.
func (f *folded) tokens(toks []Token) []Token {
	for i := 0; i < len(f.runes); {
		r := f.runes[i]
		switch {
		case wordRune(r):
			j := i + 1
			for j < len(f.runes) && (wordRune(f.runes[j]) || apostrophe(f.runes, j)) {
				j++
			}
			toks = f.word(toks, i, j)
			i = j
		case r == ' ':
			i++
		case strings.ContainsRune(".,!?;:\n\"()", r):
			toks = append(toks, f.token(string(r), i, i+1, Mark))
			i++
		case r > unicode.MaxASCII && unicode.IsSymbol(r):
			toks = append(toks, f.token(string(r), i, i+1, Symbol))
			i++
		default:
			i++
		}
	}
	return toks
}

func wordRune(r rune) bool {
	if r <= unicode.MaxASCII {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	return unicode.IsLetter(r)
}

func letter(r rune) bool {
	if r <= unicode.MaxASCII {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	}
	return unicode.IsLetter(r)
}

// apostrophe reports whether the rune at j is an apostrophe inside a word.
func apostrophe(runes []rune, j int) bool {
	return (runes[j] == '\'' || runes[j] == '`') &&
		j+1 < len(runes) && unicode.IsLetter(runes[j-1]) && unicode.IsLetter(runes[j+1])
}

func (f *folded) token(text string, i, j int, kind TokenKind) Token {
	start, end := f.span(i, j)
	return Token{text, start, end, kind}
}

// word appends the token or tokens of the word in runes [i, j).
func (f *folded) word(toks []Token, i, j int) []Token {
	if j-i > maxWord {
		return append(toks, f.token(f.letters(i, i+maxWord), i, j, Word))
	}
	// rusak'mi, kita'ji: what stands behind the apostrophe may be a particle.
	for k := j - 1; k > i; k-- {
		if f.runes[k] == '\'' || f.runes[k] == '`' {
			if p := f.letters(k+1, j); particle(p) {
				return append(f.word(toks, i, k), f.token(p, k+1, j, Particle))
			}
			break
		}
	}
	w := squeeze(f.letters(i, j))
	if n := len(w) - 1; n >= 3 && w[n] == '2' && !strings.ContainsAny(w[:n], "0123456789") {
		w = w[:n] // anak2
	}
	if full, ok := short[w]; ok {
		return append(toks, f.token(full, i, j, Word))
	}
	if standalone(w) && len(toks) > 0 && toks[len(toks)-1].Kind <= Particle {
		return append(toks, f.token(w, i, j, Particle))
	}
	stem, tail := detach(w)
	if tail == "" {
		return append(toks, f.token(stem, i, j, Word))
	}
	if full, ok := short[stem]; ok {
		stem = full
	}
	cut := max(j-len(tail), i+1)
	return append(toks, f.token(stem, i, cut, Word), f.token(tail, cut, j, Particle))
}

// letters returns the runes [i, j) in lower case without apostrophes.
func (f *folded) letters(i, j int) string {
	runes := f.runes[i:j]
	if f.small != "" && !slices.Contains(runes, '\'') && !slices.Contains(runes, '`') {
		return f.small[i:j]
	}
	var b strings.Builder
	for _, r := range runes {
		if r != '\'' && r != '`' {
			b.WriteRune(lower(r))
		}
	}
	return b.String()
}

// squeeze shortens letters repeated three times or more: to two where that is a
// word (maaaaf), to one otherwise (tolooong). Digits stay.
func squeeze(w string) string {
	if !held(w) {
		return w
	}
	runes := []rune(w)
	reduce := func(to int) string {
		out := make([]rune, 0, len(runes))
		for i := 0; i < len(runes); {
			j := i
			for j < len(runes) && runes[j] == runes[i] {
				j++
			}
			n := j - i
			if n >= 3 && !unicode.IsDigit(runes[i]) {
				n = to
			}
			out = append(out, runes[i:i+n]...)
			i = j
		}
		return string(out)
	}
	one := reduce(1)
	if len(one) == len(w) {
		return w
	}
	if two := reduce(2); lexicon[two] {
		return two
	}
	return one
}

// held reports a rune that stands three times in a row.
func held(w string) bool {
	last, times := rune(-1), 0
	for _, r := range w {
		if r != last {
			last, times = r, 0
		}
		if times++; times == 3 {
			return true
		}
	}
	return false
}

// particle reports one of the particles that are written onto a word.
func particle(w string) bool {
	switch w {
	case "mi", "ji", "pi", "mo", "ki", "ka", "ko", "ta", "na":
		return true
	}
	return false
}

// standalone reports one of those that are also written apart.
func standalone(w string) bool {
	switch w {
	case "mi", "ji", "pi", "mo", "ki", "toh", "kodong", "pale":
		return true
	}
	return false
}

// detach takes up to two final particles off a word whose remaining stem is known;
// a word that is itself known or protected stays whole.
func detach(w string) (stem, tail string) {
	stem = w
	for range 2 {
		if len(stem) < 5 || !particle(stem[len(stem)-2:]) || lexicon[stem] || protected[stem] {
			break
		}
		rest := stem[:len(stem)-2]
		_, abbreviated := short[rest]
		if !known(rest) && !abbreviated && !particleEnds(rest) {
			break
		}
		stem = rest
	}
	return stem, w[len(stem):]
}

// particleEnds reports whether w is a known word with one more particle.
func particleEnds(w string) bool {
	return len(w) >= 5 && particle(w[len(w)-2:]) && known(w[:len(w)-2])
}

// Normalise returns the words of a text in normalised form, one space between them;
// particles, marks and symbols are left out. It is what search and duplicate hints
// compare.
func Normalise(s string) string {
	var b strings.Builder
	for _, t := range Tokens(s) {
		if t.Kind != Word {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(t.Text)
	}
	return b.String()
}
