package text

// wordSize is the length of a word vector.
const wordSize = 64

const (
	subwordRows   = 1 << 16 // hashed character 3-5-grams
	maxVectorWord = 30      // characters of a word that are looked at
)

// vectors gives every word, known or not, a vector: the mean of its own row and those
// of its character n-grams, learned from unlabelled text by skip-gram with negative
// sampling (Bojanowski et al., TACL 2017).
type vectors struct {
	word map[string]int32
	in   []float32 // rows x wordSize: words, then n-grams
}

func (v *vectors) row(n int32) []float32 { return v.in[int(n)*wordSize : int(n+1)*wordSize] }

// rows appends the rows a word's vector is the mean of.
func (v *vectors) rows(word string, out []int32) []int32 {
	if n, ok := v.word[word]; ok {
		out = append(out, n)
	}
	padded := []rune("<" + word + ">")
	if len(padded) > maxVectorWord {
		padded = padded[:maxVectorWord]
	}
	for i := range padded {
		h := uint32(fnvOffset)
		for k, x := range padded[i:min(i+5, len(padded))] {
			if h = (h ^ uint32(x)) * fnvPrime; k >= 2 {
				out = append(out, int32(len(v.word))+int32(mix(h)%subwordRows))
			}
		}
	}
	return out
}

// mean writes the mean of some rows.
func (v *vectors) mean(rows []int32, out []float32) {
	clear(out)
	if len(rows) == 0 {
		return
	}
	for _, r := range rows {
		for i, x := range v.row(r) {
			out[i] += x
		}
	}
	share := 1 / float32(len(rows))
	for i := range out {
		out[i] *= share
	}
}

// inner keeps four sums, because one addition must wait for the one before it.
func inner(a, b []float32) float32 {
	var s, t, u, v float32
	b = b[:len(a)]
	for ; len(a) >= 4 && len(b) >= 4; a, b = a[4:], b[4:] {
		s += float32(a[0] * b[0])
		t += float32(a[1] * b[1])
		u += float32(a[2] * b[2])
		v += float32(a[3] * b[3])
	}
	return (s + t) + (u + v)
}
