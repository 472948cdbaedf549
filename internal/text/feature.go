package text

import "math/bits"

// maxWords bounds what a model reads of one message. What a message is about stands at
// its beginning; the rest of a pasted document would only cost time.
const maxWords = 400

// maxRead bounds the bytes of a message that are looked at.
const maxRead = 16 << 10

func head(s string) string {
	if len(s) > maxRead {
		return s[:maxRead]
	}
	return s
}

// block separates the two kinds of features, which are normed apart so that the many
// character n-grams do not drown the few words.
type block uint8

const (
	words block = iota // word 1- and 2-grams
	chars              // 2- to 5-grams inside a padded word
	blocks
)

// Reading is a message as models see it: its words and the features counted from them.
// It is made once and may be given to any number of models; it is not changed by them.
type Reading struct {
	toks []Token
	seen []occurrence
	feat []feature
}

// occurrence is one feature at one place: the feature and the word, or the first of the
// two words, it was read from.
type occurrence struct {
	feat int32 // index into feat
	word int32 // index into toks, doubled; odd when the next word is part of it
}

// feature is one distinct feature of a message, named by a 32-bit hash.
type feature struct {
	hash  uint32
	count uint16
	block block
}

// Read reads at most the first 400 words of a message, in time linear in their length.
func Read(message string) *Reading {
	r := new(Reading)
	r.read(message, new(counter))
	return r
}

func (r *Reading) read(message string, c *counter) {
	f := fold(head(message))
	r.toks = readable(&f, r.toks[:0])
	r.count(c)
}

// readable returns the word tokens that a model may learn from or judge by: no
// particles, marks or personal data. It uses the memory of the empty slice out.
func readable(f *folded, out []Token) []Token {
	personal := f.personal()
	all := f.tokens(out)
	out = all[:0] // a token is written where one was read
	for _, t := range all {
		if t.Kind != Word {
			continue
		}
		for len(personal) > 0 && personal[0].End <= t.Start {
			personal = personal[1:]
		}
		if len(personal) > 0 && personal[0].Start < t.End {
			continue
		}
		if out = append(out, t); len(out) == maxWords {
			break
		}
	}
	return out
}

const (
	fnvOffset = 2166136261
	fnvPrime  = 16777619
	shortest  = 2 // characters of the shortest and the longest n-gram
	longest   = 5
	saltWord  = 0x9E3779B9 // keep kinds of features apart
	saltPair  = 0x3C6EF372
	saltChar  = 0xDAA66D2B
)

// counter finds the feature of a hash: open addressing over a table that is small
// enough for the processor's nearest cache. Made anew for each message, it would cost
// more than the counting.
type counter struct {
	table  []int32 // index of the feature plus one; 0 empty
	padded []rune
}

func (c *counter) reset(most int) {
	n := 1 << bits.Len(uint(most*3/2))
	if cap(c.table) < n {
		c.table = make([]int32, n)
	}
	c.table = c.table[:n]
	clear(c.table)
}

// count fills in the features of the tokens.
func (r *Reading) count(c *counter) {
	most := 0
	for _, t := range r.toks {
		most += 2 + (longest-shortest+1)*(len(t.Text)+1)
	}
	c.reset(most)
	r.feat, r.seen = r.feat[:0], r.seen[:0]
	if cap(r.seen) < most {
		r.seen = make([]occurrence, 0, most)
		r.feat = make([]feature, 0, most)
	}
	mask := uint32(len(c.table) - 1)
	add := func(hash uint32, b block, word int32) {
		hash = mix(hash)
		at := hash & mask
		for {
			n := c.table[at]
			if n == 0 {
				r.feat = append(r.feat, feature{hash, 1, b})
				n = int32(len(r.feat))
				c.table[at] = n
				r.seen = append(r.seen, occurrence{n - 1, word})
				return
			}
			if f := &r.feat[n-1]; f.hash == hash {
				f.count++
				r.seen = append(r.seen, occurrence{n - 1, word})
				return
			}
			at = (at + 1) & mask
		}
	}
	previous := uint32(0)
	for n, t := range r.toks {
		word := int32(n) * 2
		whole := uint32(fnvOffset)
		padded := append(c.padded[:0], ' ')
		for _, x := range t.Text {
			if isDigit(x) {
				x = '0' // that there is a number matters, which one does not
			}
			padded = append(padded, x)
			whole = (whole ^ uint32(x)) * fnvPrime
		}
		padded = append(padded, ' ')
		c.padded = padded
		add(whole^saltWord, words, word)
		if n > 0 {
			add((previous*31+whole)^saltPair, words, word-1)
		}
		previous = whole
		for i := range padded[:len(padded)-1] {
			h := (uint32(fnvOffset) ^ uint32(padded[i])) * fnvPrime
			for _, x := range padded[i+1 : min(i+longest, len(padded))] {
				h = (h ^ uint32(x)) * fnvPrime
				add(h^saltChar, chars, word)
			}
		}
	}
}

// pair returns the words an occurrence was read from; both are the same for all but
// word pairs.
func (o occurrence) pair() (first, last int) { return int(o.word) >> 1, int(o.word+1) >> 1 }

func mix(h uint32) uint32 {
	h ^= h >> 15
	h *= 0x85EBCA6B
	return h ^ h>>13
}

// wordHash and pairHash name the features of a word and of two words as count does.
func wordHash(word string) uint32 {
	h := uint32(fnvOffset)
	for _, x := range word {
		if isDigit(x) {
			x = '0'
		}
		h = (h ^ uint32(x)) * fnvPrime
	}
	return h
}

func pairHash(a, b uint32) uint32 { return mix((a*31 + b) ^ saltPair) }
