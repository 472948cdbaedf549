package text

import (
	"cmp"
	"math"
	"slices"
)

const (
	vectorFloor  = 2 // times a word must occur for a row of its own
	vectorEpochs = 5
	vectorWindow = 4
	vectorNoise  = 5 // random words to every true neighbour
	vectorRate   = 0.05
	vectorRare   = 1e-3 // share of the text above which a word is skipped at times
)

// skipgram learns vectors: a word's vector should tell its neighbours from words drawn
// at random.
type skipgram struct {
	*vectors
	rowsOf  [][]int32 // of each word
	keep    []float64 // chance of reading each word
	noise   []int32   // words to draw from
	out     []float32 // words x wordSize: each word as a neighbour
	h, owed []float32
	random  order
}

// learnVectors reads the texts, given as words, some times over.
func learnVectors(texts [][]string) *vectors {
	s := newSkipgram(texts)
	var ids []int32
	for e := range vectorEpochs {
		for d, t := range texts {
			done := (float64(e) + float64(d)/float64(len(texts))) / vectorEpochs
			ids = ids[:0]
			for _, w := range t {
				if n, ok := s.word[w]; ok && s.random.share() < s.keep[n] {
					ids = append(ids, n)
				}
			}
			s.read(ids, float32(vectorRate*(1-done)))
		}
	}
	return s.vectors
}

func newSkipgram(texts [][]string) *skipgram {
	times := map[string]int{}
	total := 0
	for _, t := range texts {
		for _, w := range t {
			times[w]++
			total++
		}
	}
	var names []string
	for w, n := range times {
		if n >= vectorFloor {
			names = append(names, w)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(times[b], times[a]), cmp.Compare(a, b)) })
	s := &skipgram{
		vectors: &vectors{word: map[string]int32{}, in: make([]float32, (len(names)+subwordRows)*wordSize)},
		out:     make([]float32, len(names)*wordSize), h: make([]float32, wordSize), owed: make([]float32, wordSize),
		random: orderSeed,
	}
	for n, w := range names {
		s.word[w] = int32(n)
		f := vectorRare * float64(total) / float64(times[w])
		s.keep = append(s.keep, math.Sqrt(f)+f)
		for range int(math.Sqrt(float64(times[w]))) {
			s.noise = append(s.noise, int32(n))
		}
	}
	for _, w := range names { // once all words have their numbers, after which n-grams begin
		s.rowsOf = append(s.rowsOf, s.rows(w, nil))
	}
	for i := range s.in {
		s.in[i] = float32(s.random.share()-0.5) / wordSize
	}
	return s
}

// share is a random number in [0, 1).
func (o *order) share() float64 { return float64(o.next(1<<24)) / (1 << 24) }

// read learns from one text.
func (s *skipgram) read(ids []int32, rate float32) {
	for i, center := range ids {
		window := 1 + s.random.next(vectorWindow)
		s.mean(s.rowsOf[center], s.h)
		clear(s.owed)
		for j := max(0, i-window); j <= min(len(ids)-1, i+window); j++ {
			if j == i {
				continue
			}
			s.pull(ids[j], 1, rate)
			for range vectorNoise {
				if n := s.noise[s.random.next(len(s.noise))]; n != ids[j] {
					s.pull(n, 0, rate)
				}
			}
		}
		share := 2 / float32(len(s.rowsOf[center]))
		for _, r := range s.rowsOf[center] {
			row := s.row(r)
			for i, g := range s.owed {
				row[i] += float32(share * g)
			}
		}
	}
}

// pull moves word n as a neighbour towards the word read (want 1) or away from it (0)
// and gathers what that one owes.
func (s *skipgram) pull(n int32, want, rate float32) {
	o := s.out[int(n)*wordSize : int(n+1)*wordSize]
	g := rate * (want - float32(1/(1+math.Exp(-float64(inner(s.h, o))))))
	for i, x := range s.h {
		s.owed[i] += float32(g * o[i])
		o[i] += float32(g * x)
	}
}
