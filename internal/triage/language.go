package triage

import (
	_ "embed"
	"strings"
	"unicode/utf8"

	"tanggap/internal/text"
)

//go:embed language.txt
var languageFile string

// lists are the word lists of language.txt, by name and then by the first letter of an
// item: no pattern matches a word that begins with another, and every word of every
// message is looked for in all of them.
var lists = readLists(languageFile)

func readLists(file string) map[string]map[rune][]pattern {
	out := map[string]map[rune][]pattern{}
	for line := range strings.Lines(file) {
		name, items, ok := strings.Cut(line, "=")
		if name = strings.TrimSpace(name); !ok || strings.HasPrefix(name, "#") {
			continue
		}
		for item := range strings.SplitSeq(items, "|") {
			if p := newPattern(item); len(p.words) > 0 {
				if out[name] == nil {
					out[name] = map[rune][]pattern{}
				}
				letter := first(p.words[0].text)
				out[name][letter] = append(out[name][letter], p)
			}
		}
	}
	return out
}

// word is one word or emoji of a sentence.
type word struct {
	text       string
	start, end int
	clause     int // words between two commas share a number
	symbol     bool
}

// sentence is what stands between two full stops, or marks like them.
type sentence struct {
	words    []word
	question bool // ends with a question mark
}

// maxSentenceWords bounds a sentence without any full stop.
const maxSentenceWords = 200

// sentences cuts a message; particles are left out, since they carry no meaning that
// a rule reads.
func sentences(message string) []sentence {
	var out []sentence
	var now sentence
	clause := 0
	closeOff := func() {
		if len(now.words) > 0 {
			out = append(out, now)
		}
		now = sentence{}
	}
	for _, t := range text.Tokens(message) {
		switch t.Kind {
		case text.Particle:
		case text.Mark:
			switch t.Text {
			case ".", "!", "?", "\n", ";":
				now.question = t.Text == "?"
				closeOff()
			case ",", ":", "(", ")":
				clause++
			}
		default:
			if len(now.words) == maxSentenceWords {
				closeOff()
			}
			now.words = append(now.words, word{t.Text, t.Start, t.End, clause, t.Kind == text.Symbol})
		}
	}
	closeOff()
	return out
}

// pattern is a phrase: words, "~" for up to three words, "*" for any ending.
type pattern struct {
	phrase string
	words  []part
}

type part struct {
	text   string
	prefix bool
	gap    bool
	typo   bool   // long enough that one wrong letter does not make another word
	bones  string // its consonants, where they are enough to know it by
}

const (
	gapWords  = 3
	typoRunes = 7
)

// newPattern reads a phrase as the pack writes it; its words are normalised like a
// message's, so that a pack may say "akte" or "kalo".
func newPattern(phrase string) pattern {
	p := pattern{phrase: strings.TrimSpace(phrase)}
	for _, f := range strings.Fields(p.phrase) {
		stem, prefix := strings.CutSuffix(f, "*")
		if f == "~" {
			p.words = append(p.words, part{gap: true})
			continue
		}
		if !prefix {
			if toks := text.Tokens(stem); len(toks) > 0 {
				stem = toks[0].Text
			}
		}
		w := part{text: stem, prefix: prefix, typo: len(stem) >= typoRunes}
		if b := bones(stem); w.typo && len(b) >= fewBones {
			w.bones = b
		}
		p.words = append(p.words, w)
	}
	return p
}

func (p part) match(w word) bool {
	if p.prefix && strings.HasPrefix(w.text, p.text) || text.SameWord(w.text, p.text) {
		return true
	}
	if !p.typo || w.text == "" || w.text[0] != p.text[0] || text.Common(w.text) {
		return false
	}
	return len(w.text) >= typoRunes-1 && near(w.text, p.text) || p.bones != "" && bones(w.text) == p.bones
}

// fewBones is how many consonants name a word typed without its vowels (kbkrn).
const fewBones = 5

// bones is a word without its vowels.
func bones(w string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("aiueo", r) {
			return -1
		}
		return r
	}, w)
}

// at reports whether the pattern matches at words[from:], and the index behind its
// last word. Where strict, a gap does not reach over a comma.
func (p pattern) at(words []word, from int, strict bool) (end int, ok bool) {
	return matchParts(p.words, words, from, from, strict)
}

func matchParts(parts []part, words []word, from, at int, strict bool) (int, bool) {
	if len(parts) == 0 {
		return at, true
	}
	if parts[0].gap {
		for skip := 0; skip <= gapWords && at+skip < len(words); skip++ {
			if end, ok := matchParts(parts[1:], words, from, at+skip, strict); ok {
				return end, true
			}
		}
		return 0, false
	}
	if at >= len(words) || strict && words[at].clause != words[from].clause {
		return 0, false
	}
	if parts[0].match(words[at]) {
		if end, ok := matchParts(parts[1:], words, from, at+1, strict); ok {
			return end, true
		}
	}
	if at > from && has("filler", words[at]) {
		return matchParts(parts, words, from, at+1, strict)
	}
	return 0, false
}

// has reports whether one word is in a list.
func has(list string, w word) bool {
	for _, p := range lists[list][first(w.text)] {
		if len(p.words) == 1 && p.words[0].match(w) {
			return true
		}
	}
	return false
}

// find returns the first item of a list in words[from:to].
func find(list string, words []word, from, to int) (start, end int, ok bool) {
	from, to = max(from, 0), min(to, len(words))
	for i := from; i < to; i++ {
		for _, p := range lists[list][first(words[i].text)] {
			if end, ok := p.at(words[:to], i, false); ok {
				return i, end, true
			}
		}
	}
	return 0, 0, false
}

func contains(list string, words []word, from, to int) bool {
	_, _, ok := find(list, words, from, to)
	return ok
}

func first(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// near reports whether a and b differ by one letter: wrong, missing, added or two
// neighbours swapped.
func near(a, b string) bool {
	x, y := []rune(a), []rune(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(y)-len(x) > 1 {
		return false
	}
	i := 0
	for i < len(x) && x[i] == y[i] {
		i++
	}
	if len(x) < len(y) {
		return string(x[i:]) == string(y[i+1:])
	}
	if i == len(x) || string(x[i+1:]) == string(y[i+1:]) {
		return true
	}
	return i+1 < len(x) && x[i] == y[i+1] && x[i+1] == y[i] && string(x[i+2:]) == string(y[i+2:])
}
