package text

import (
	"embed"
	"strings"
)

//go:embed words/*.txt
var wordFiles embed.FS

// The word lists are read once, at start; they are small and part of the binary, so
// a broken list shows in the first test run.
var (
	lexicon   = wordSet("words/lexicon.txt")
	protected = wordSet("words/protected.txt")
	short     = wordPairs("words/short.txt")
)

func wordLines(name string) []string {
	data, err := wordFiles.ReadFile(name)
	if err != nil {
		panic(err) // embedded: only a build without its own files can get here
	}
	var lines []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	return lines
}

func wordSet(name string) map[string]bool {
	set := map[string]bool{}
	for _, line := range wordLines(name) {
		for _, w := range strings.Fields(line) {
			set[w] = true
		}
	}
	return set
}

func wordPairs(name string) map[string]string {
	pairs := map[string]string{}
	for _, line := range wordLines(name) {
		from, to, _ := strings.Cut(line, " ")
		pairs[from] = to
	}
	return pairs
}

// Common reports whether w is an ordinary word of citizens' messages, in the form
// Tokens gives it: such a word is neither a name nor a misspelt other word.
func Common(w string) bool { return lexicon[w] || protected[w] }

// known reports whether w is a common word, alone or with a possessive or emphatic
// ending (apinya, rumahku, sudahkah).
func known(w string) bool {
	if lexicon[w] {
		return true
	}
	for _, e := range endings {
		if stem, ok := strings.CutSuffix(w, e); ok && len(stem) >= 2 && lexicon[stem] {
			return true
		}
	}
	return false
}

var endings = []string{"nya", "ku", "mu", "kah", "lah"}

// SameWord reports whether token is word, alone or with a possessive or emphatic
// ending: banjir, banjirnya, banjirkah.
func SameWord(token, word string) bool {
	rest, ok := strings.CutPrefix(token, word)
	if !ok || rest == "" {
		return ok
	}
	for _, e := range endings {
		if rest == e {
			return true
		}
	}
	return false
}
