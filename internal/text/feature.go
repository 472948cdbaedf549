package text

import (
	"math"
	"slices"
)

// buckets is the size of the hashed feature space. 2^18 loses nothing measurable
// against 2^22 on some ten thousand messages.
const buckets = 1 << 18

// maxWords bounds what the classifier reads of one message. What a message is about
// stands at its beginning; the rest of a pasted document would only cost time.
const maxWords = 400

// block separates the two kinds of features, which are normed apart so that the many
// character n-grams do not drown the few words.
type block uint8

const (
	words block = iota // word 1- and 2-grams
	chars              // 2- to 5-grams inside a padded word
	blocks
)

// occurrence is one feature at one place: a bucket and the word, or the two words,
// it was read from.
type occurrence struct {
	bucket uint32
	block  block
	word   int32 // index into the tokens given to occurrences
	pair   bool  // also of the word after it
}

// readable returns the word tokens that a model may learn from or judge by: no
// particles, marks or personal data.
func readable(s string) []Token {
	personal := FindPersonal(s)
	var out []Token
	for _, t := range Tokens(s) {
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
)

func occurrences(toks []Token) []occurrence {
	out := make([]occurrence, 0, len(toks)*24)
	var padded []rune
	previous := uint32(0)
	for n, t := range toks {
		whole := uint32(fnvOffset)
		padded = append(padded[:0], ' ')
		for _, r := range t.Text {
			if isDigit(r) {
				r = '0' // that there is a number matters, which one does not
			}
			padded = append(padded, r)
			whole = (whole ^ uint32(r)) * fnvPrime
		}
		padded = append(padded, ' ')
		out = append(out, occurrence{mix(whole, 1), words, int32(n), false})
		if n > 0 {
			out = append(out, occurrence{mix(previous*31+whole, 2), words, int32(n - 1), true})
		}
		previous = whole
		for i := range padded {
			h := uint32(fnvOffset)
			for k := 0; k < 5 && i+k < len(padded); k++ {
				h = (h ^ uint32(padded[i+k])) * fnvPrime
				if k >= 1 {
					out = append(out, occurrence{mix(h, 3), chars, int32(n), false})
				}
			}
		}
	}
	return out
}

// mix spreads a hash over the buckets; salt keeps kinds of features apart.
func mix(h, salt uint32) uint32 {
	h ^= salt * 0x9E3779B9
	h ^= h >> 16
	h *= 0x85EBCA6B
	h ^= h >> 13
	h *= 0xC2B2AE35
	h ^= h >> 16
	return h % buckets
}

// feature is one weighted feature of a message; id is its row in the model, -1 for a
// feature the model never learned.
type feature struct {
	id     int32
	bucket uint32
	block  block
	value  float32
}

// counted sums occurrences into features in bucket order, with the sublinear term
// frequency 1 + ln n as value.
func counted(occ []occurrence) []feature {
	keys := make([]uint64, len(occ))
	for i, o := range occ {
		keys[i] = uint64(o.block)<<32 | uint64(o.bucket)
	}
	slices.Sort(keys)
	out := make([]feature, 0, len(keys))
	for i := 0; i < len(keys); {
		j := i
		for j < len(keys) && keys[j] == keys[i] {
			j++
		}
		tf := float32(1 + math.Log(float64(j-i)))
		out = append(out, feature{-1, uint32(keys[i]), block(keys[i] >> 32), tf})
		i = j
	}
	return out
}

// vocabulary maps buckets to rows and their inverse document frequency.
type vocabulary struct {
	row []int32   // by bucket; -1 unknown
	idf []float32 // by row
	odd float32   // idf of a feature never seen
}

// weigh turns counts into tf-idf and norms each block to 1. Features the model does
// not know count in the norm, so a message of strange words scores near zero for
// every label instead of being judged by the one scrap that happens to be known.
func (v *vocabulary) weigh(feats []feature) {
	var sum [blocks]float64
	for i := range feats {
		f := &feats[i]
		idf := v.odd
		if f.id = v.row[f.bucket]; f.id >= 0 {
			idf = v.idf[f.id]
		}
		f.value *= idf
		sum[f.block] += float64(f.value) * float64(f.value)
	}
	var scale [blocks]float32
	for b := range scale {
		if sum[b] > 0 {
			scale[b] = float32(1 / math.Sqrt(sum[b]))
		}
	}
	for i := range feats {
		feats[i].value *= scale[feats[i].block]
	}
}

// newVocabulary keeps the buckets that at least floor documents contain.
func newVocabulary(docs [][]feature, floor int) *vocabulary {
	df := make([]int32, buckets)
	for _, d := range docs {
		last := uint32(buckets)
		for _, f := range d {
			if f.bucket != last { // words come before chars, so a bucket shared by both counts twice at most
				df[f.bucket]++
			}
			last = f.bucket
		}
	}
	v := &vocabulary{row: make([]int32, buckets)}
	n := float64(len(docs))
	v.odd = float32(math.Log(1+n) + 1)
	for b, c := range df {
		v.row[b] = -1
		if int(c) >= floor {
			v.row[b] = int32(len(v.idf))
			v.idf = append(v.idf, float32(math.Log((1+n)/(1+float64(c)))+1))
		}
	}
	return v
}
