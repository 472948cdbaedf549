package main

import (
	"maps"
	"slices"
	"strings"
	"unicode"
)

// gloss says words of a language in Indonesian; what it does not know it leaves.
type gloss map[string]string

const (
	glossRounds = 8
	glossSure   = 0.12 // least probability of a translation that only the sentences teach
	glossSeen   = 2    // least sentences for it
	glossNull   = 0.02 // weight of the empty word, which explains what nothing else does
	glossAlike  = 10   // how much more a word is expected to be one that looks like it
)

// learnGloss reads a lexicon (Indonesian to the language) and what the same sentences in
// both languages add to it, by word alignment (model 1 of Brown et al., Computational
// Linguistics 1993). Rows belong together by ID.
func learnGloss(lexicon map[string][]string, own, indonesian []row) gloss {
	meant := map[string][]string{}
	for _, r := range indonesian {
		meant[r.ID] = plainWords(r.Text)
	}
	var pairs [][2][]string
	seen := map[string]int{}
	chance := map[string]map[string]float64{} // of each Indonesian word, given one of the language
	for _, r := range own {
		p := [2][]string{plainWords(r.Text), meant[r.ID]}
		pairs = append(pairs, p)
		for _, w := range p[0] {
			seen[w]++
			if chance[w] == nil {
				chance[w] = map[string]float64{}
			}
			for _, v := range p[1] {
				chance[w][v] = 1 + glossAlike*alike(w, v)
			}
		}
	}
	for range glossRounds {
		chance = aligned(pairs, chance)
	}
	out := gloss{}
	for w, of := range chance {
		best := ""
		for _, v := range slices.Sorted(maps.Keys(of)) {
			if best == "" || of[v] > of[best] {
				best = v
			}
		}
		if of[best] >= glossSure && seen[w] >= glossSeen {
			out[w] = best
		}
	}
	for _, v := range slices.Backward(slices.Sorted(maps.Keys(lexicon))) {
		for _, w := range lexicon[v] {
			out[strings.ToLower(w)] = v
		}
	}
	return out
}

// aligned counts which words explain which, by the chances of the round before.
func aligned(pairs [][2][]string, chance map[string]map[string]float64) map[string]map[string]float64 {
	next := map[string]map[string]float64{}
	for _, p := range pairs {
		for _, v := range p[1] {
			all := glossNull
			for _, w := range p[0] {
				all += chance[w][v]
			}
			for _, w := range p[0] {
				if next[w] == nil {
					next[w] = map[string]float64{}
				}
				next[w][v] += chance[w][v] / all
			}
		}
	}
	for _, of := range next {
		all := 0.0
		for _, v := range slices.Sorted(maps.Keys(of)) {
			all += of[v]
		}
		for v := range of {
			of[v] /= all
		}
	}
	return next
}

// alike is the share of two words' letters that they begin with in common, from three on.
func alike(a, b string) float64 {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	if n < 3 && a != b {
		return 0
	}
	return float64(n) / float64(max(len(a), len(b)))
}

// both is a text followed by its gloss; without one it stays as it is.
func (g gloss) both(s string) string {
	if g == nil {
		return s
	}
	out := plainWords(s)
	for i, w := range out {
		if v := g[w]; v != "" {
			out[i] = v
		}
	}
	return s + "\n" + strings.Join(out, " ")
}

func plainWords(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' && r != '-'
	})
}
