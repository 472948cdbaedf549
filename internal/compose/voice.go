package compose

import (
	"strings"
	"unicode"
)

// voice is one way of saying things.
type voice struct {
	name  string
	write func(w *writer, core string) string
}

// voices that every core is said in. A core that starts with "!" is said without
// openings and endings.
var voices = []voice{
	{"biasa", func(w *writer, core string) string { return w.frame("pembuka", sentence(core), "penutup", 0.5) }},
	{"biasa-2", func(w *writer, core string) string { return w.frame("pembuka", core, "penutup", 0.3) }},
	{"singkat", func(w *writer, core string) string { return w.terse(core) }},
	{"singkatan", func(w *writer, core string) string {
		return w.swap("singkatan", strings.ToLower(w.frame("pembuka", core, "penutup", 0.5)), 0.8)
	}},
	{"dialek", func(w *writer, core string) string {
		return w.frame("dialek-pembuka", w.swap("dialek", core, 0.7), "dialek-penutup", 0.6)
	}},
	{"dialek-2", func(w *writer, core string) string {
		return strings.ToLower(w.swap("singkatan", w.frame("pembuka", w.swap("dialek", core, 0.8), "dialek-penutup", 0.4), 0.4))
	}},
	{"resmi", func(w *writer, core string) string {
		return w.shared("resmi-pembuka") + " " + core + ". " + w.shared("resmi-penutup")
	}},
	{"suara", func(w *writer, core string) string { return w.dictate(w.frame("pembuka", core, "penutup", 0.5)) }},
	{"marah", func(w *writer, core string) string {
		return w.shout(w.frame("marah-pembuka", core, "marah-penutup", 0.8))
	}},
	{"panjang", func(w *writer, core string) string { return w.ramble(core) }},
	{"salah-ketik", func(w *writer, core string) string { return w.slip(w.frame("pembuka", core, "penutup", 0.3), 0.2) }},
	{"campur", func(w *writer, core string) string {
		return w.slip(strings.ToLower(w.swap("singkatan", w.swap("dialek", w.terse(core), 0.5), 0.6)), 0.1)
	}},
}

// say writes a core in a voice.
func (w *writer) say(v voice, core string) string {
	if plain, bare := strings.CutPrefix(core, "!"); bare {
		core = w.fill(plain)
		switch v.name {
		case "resmi", "panjang", "marah":
			return ""
		case "singkatan", "dialek-2":
			return tidy(w.swap("singkatan", core, 0.8))
		case "dialek", "campur":
			return tidy(w.swap("dialek", core, 0.8))
		case "salah-ketik":
			return tidy(w.slip(core, 0.2))
		}
		return tidy(core)
	}
	return tidy(v.write(w, w.fill(core)))
}

// frame puts an opening before and an ending behind the words, each with probability p.
func (w *writer) frame(open, words, end string, p float64) string {
	if w.chance(p) {
		words = w.shared(open) + ", " + words
	}
	if w.chance(p) {
		words += w.pick([]string{", ", ". ", " "}) + w.shared(end)
	}
	return words
}

// sentence begins with a capital and may end with a mark.
func sentence(s string) string {
	r := []rune(s)
	if len(r) == 0 {
		return s
	}
	r[0] = unicode.ToUpper(r[0])
	return string(r)
}

// fillers carry nothing: the terse leave them out.
var fillers = map[string]bool{"yang": true, "sudah": true, "saya": true, "kami": true, "untuk": true, "dan": true, "itu": true, "ini": true, "sekali": true}

// terse keeps the first clause, without fillers.
func (w *writer) terse(core string) string {
	first, rest, cut := strings.Cut(core, ",")
	if cut && len(strings.Fields(first)) < 3 {
		first += rest
	}
	var out []string
	for _, f := range strings.Fields(first) {
		if !fillers[strings.ToLower(f)] || w.chance(0.3) {
			out = append(out, f)
		}
	}
	return strings.Join(out, " ")
}

// swap replaces words by those of a list, each with probability p.
func (w *writer) swap(list, s string, p float64) string {
	fields := strings.Fields(s)
	for i, f := range fields {
		word := strings.ToLower(strings.TrimRight(f, ",.?!"))
		for _, x := range w.bank.words[list] {
			if x.from == word && w.chance(p) {
				fields[i] = w.pick(x.to) + f[len(word):]
				break
			}
		}
	}
	return strings.Join(fields, " ")
}

// dictate writes as a phone writes down speech: no marks, hesitations, a word twice.
func (w *writer) dictate(s string) string {
	s = strings.ToLower(strings.NewReplacer(",", "", ".", "", "?", "", "!", "").Replace(s))
	var out []string
	for i, f := range strings.Fields(s) {
		if w.chance(0.06) || i == 0 && w.chance(0.5) {
			out = append(out, w.shared("suara"))
		}
		out = append(out, f)
		if w.chance(0.04) {
			out = append(out, f)
		}
	}
	return strings.Join(out, " ")
}

// shout puts some words, or all, in capitals and ends with marks.
func (w *writer) shout(s string) string {
	if w.chance(0.25) {
		return strings.ToUpper(s) + "!!!"
	}
	fields := strings.Fields(s)
	for i, f := range fields {
		if w.chance(0.12) {
			fields[i] = strings.ToUpper(f)
		}
	}
	return strings.Join(fields, " ") + w.pick([]string{"!", "!!", "!!!", "??", "?!"})
}

// ramble tells a story around the matter.
func (w *writer) ramble(core string) string {
	parts := []string{w.shared("pembuka") + ", " + w.shared("cerita"), w.shared("cerita"), core}
	if w.chance(0.6) {
		parts = append(parts, w.shared("cerita"))
	}
	if w.chance(0.4) {
		parts[0], parts[1] = parts[1], parts[0]
	}
	return strings.Join(append(parts, w.shared("penutup")), w.pick([]string{". ", ", "}))
}

// beside are the letters next to a letter on a phone's keyboard.
var beside = map[rune]string{
	'a': "sq", 'b': "vn", 'c': "xv", 'd': "sf", 'e': "wr", 'f': "dg", 'g': "fh", 'h': "gj", 'i': "uo", 'j': "hk", 'k': "jl", 'l': "k",
	'm': "n", 'n': "bm", 'o': "ip", 'p': "o", 'q': "w", 'r': "et", 's': "ad", 't': "ry", 'u': "yi", 'v': "cb", 'w': "qe", 'x': "zc", 'y': "tu", 'z': "x",
}

// slip misspells each longer word with probability p: a neighbour key, a letter lost,
// doubled, or changed with the next.
func (w *writer) slip(s string, p float64) string {
	fields := strings.Fields(s)
	for i, f := range fields {
		r := []rune(f)
		if len(r) < 4 || !w.chance(p) {
			continue
		}
		k := 1 + w.rng.IntN(len(r)-2)
		switch w.rng.IntN(4) {
		case 0:
			if keys := beside[unicode.ToLower(r[k])]; keys != "" {
				r[k] = rune(keys[w.rng.IntN(len(keys))])
			}
		case 1:
			r = append(r[:k], r[k+1:]...)
		case 2:
			r = append(r[:k+1], r[k:]...)
		case 3:
			r[k], r[k+1] = r[k+1], r[k]
		}
		fields[i] = string(r)
	}
	return strings.Join(fields, " ")
}
