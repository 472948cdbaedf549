package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"tanggap/internal/text"
)

// part is one trained model of a set and the groups of rows it is asked about.
type part struct {
	train []row
	eval  map[string][]row
}

// set is one published or private collection; the figures of its groups are averaged.
type set struct {
	name   string
	loss   text.Loss
	cost   float64 // 0: the default; chosen on valid
	timed  bool    // rows are in order of time
	second bool    // a second opinion is tried
	target string  // what text.md asks for, on the parts kept apart
	parts  []part
	raw    []string // unlabelled texts for the second opinion
}

// source reads one collection: known holds train and valid, test the part kept apart
// (nil without --test).
type source struct{ data, test string }

// split returns what to learn from and what to report on.
func (s source) split(train, valid string) (learn, eval []row, err error) {
	a, err := rows(filepath.Join(s.data, train))
	if err != nil {
		return nil, nil, err
	}
	b := splitOf(a, "valid")
	if a = splitOf(a, "train"); valid != train {
		if b, err = rows(filepath.Join(s.data, valid)); err != nil {
			return nil, nil, err
		}
	}
	if s.test == "" {
		return a, b, nil
	}
	t, err := testRows(s.test, train)
	return append(slices.Clone(a), b...), t, err
}

func keep(all []row, ok func(row) bool) []row {
	return slices.DeleteFunc(slices.Clone(all), func(r row) bool { return !ok(r) })
}

var loaders = []struct {
	name string
	load func(source) (set, error)
}{
	{"wargaku23", func(s source) (set, error) {
		return s.wargaku("wargaku23", "86 / 62 / 96 / 80", func(r row) bool {
			return r.Label != "Kelurahan" && r.Label != "Kecamatan" && r.Label != "LAINNYA"
		})
	}},
	{"wargaku26", func(s source) (set, error) {
		return s.wargaku("wargaku26", "78 / 54", func(row) bool { return true })
	}},
	{"laporgub16", func(s source) (set, error) {
		return s.simple(set{name: "laporgub16", cost: 0.5, second: true, target: "84 / 68"}, "laporgub/train_valid.tsv.gz", "laporgub/train_valid.tsv.gz")
	}},
	{"purbalingga6", source.purbalingga},
	{"smsa", source.smsa},
	{"emot", func(s source) (set, error) {
		return s.simple(set{name: "emot", loss: text.Logistic, cost: 10, second: true, target: "-"}, "indonlu/emot/train_preprocess.csv.gz", "indonlu/emot/valid_preprocess.csv.gz")
	}},
	{"nusax12", source.nusax},
	{"nusax12+smsa", source.nusaxSmSA},
	{"nusaparagraph-topic", func(s source) (set, error) { return s.paragraph("topic", "F1 92.5") }},
	{"nusaparagraph-emotion", func(s source) (set, error) { return s.paragraph("emot", "F1 85") }},
}

func (s source) simple(out set, train, valid string) (set, error) {
	learn, eval, err := s.split(train, valid)
	out.parts = []part{{learn, map[string][]row{"": eval}}}
	return out, err
}

func (s source) wargaku(name, target string, ok func(row) bool) (set, error) {
	out, err := s.simple(set{name: name, timed: true, cost: 0.5, second: true, target: target}, "wargaku/train_valid.tsv.gz", "wargaku/train_valid.tsv.gz")
	if err != nil {
		return out, err
	}
	p := &out.parts[0]
	p.train, p.eval[""] = keep(p.train, ok), keep(p.eval[""], ok)
	for _, r := range [][]row{p.train, p.eval[""]} {
		slices.SortStableFunc(r, func(a, b row) int { return strings.Compare(a.Date, b.Date) })
	}
	return out, nil
}

// purbalingga has no validation part: every fifth row serves as one.
func (s source) purbalingga() (set, error) {
	const file = "purbalingga/train.tsv.gz"
	all, err := rows(filepath.Join(s.data, file))
	if err != nil {
		return set{}, err
	}
	out := set{name: "purbalingga6", loss: text.Logistic, cost: 10, target: "-"}
	if s.test != "" {
		t, err := testRows(s.test, file)
		out.parts = []part{{all, map[string][]row{"": t}}}
		return out, err
	}
	var learn, eval []row
	for i, r := range all {
		if i%5 == 4 {
			eval = append(eval, r)
		} else {
			learn = append(learn, r)
		}
	}
	out.parts = []part{{without(learn, eval), map[string][]row{"": eval}}}
	return out, nil
}

// unlabelled are texts in Indonesian, or near it, from which a second opinion may learn what
// words mean. Their labels are not looked at.
var unlabelled = []string{
	"wargaku/train_valid.tsv.gz", "indonlu/emot/train_preprocess.csv.gz",
	"nusawrites/nusa_alinea-topic-bew-train.csv.gz", "nusawrites/nusa_alinea-emot-bew-train.csv.gz",
}

func (s source) smsa() (set, error) {
	out, err := s.simple(set{name: "smsa", second: true, target: "F1 84.2"}, "indonlu/smsa/train_preprocess.tsv.gz", "indonlu/smsa/valid_preprocess.tsv.gz")
	if err != nil {
		return out, err
	}
	out.parts[0].train = without(out.parts[0].train, out.parts[0].eval[""])
	for _, other := range unlabelled {
		more, err := rows(filepath.Join(s.data, other))
		if missing(err) {
			continue
		}
		if err != nil {
			return out, err
		}
		for _, r := range without(splitOf(more, "train"), out.parts[0].eval[""]) {
			out.raw = append(out.raw, r.Text)
		}
	}
	return out, nil
}

var nusaxLanguages = []string{
	"acehnese", "balinese", "banjarese", "buginese", "english", "indonesian",
	"javanese", "madurese", "minangkabau", "ngaju", "sundanese", "toba_batak",
}

func (s source) nusax() (set, error) {
	out := set{name: "nusax12", loss: text.Logistic, cost: 10, target: "F1 82.6, Buginese 80"}
	for _, l := range nusaxLanguages {
		learn, eval, err := s.split("nusax/sentiment/"+l+"/train.csv.gz", "nusax/sentiment/"+l+"/valid.csv.gz")
		if s.test != "" && missing(err) {
			continue // the languages that are there are averaged
		}
		if err != nil {
			return out, err
		}
		out.parts = append(out.parts, part{learn, map[string][]row{l: eval}})
	}
	return out, some(out.parts)
}

// some reports a set of which no part is there.
func some(parts []part) error {
	for _, p := range parts {
		if len(p.eval) > 0 {
			return nil
		}
	}
	return fmt.Errorf("no test part of any of its languages: %w", fs.ErrNotExist)
}

// ownTimes is how often a language's own rows are given besides the borrowed ones.
const ownTimes = 8

// nusaxSmSA adds the Indonesian sentiment rows, put into each language word by word with
// the bilingual lexicon, less those that occur in NusaX, from whose source they were
// drawn. Every text is followed by itself in Indonesian: the borrowed rows as they were,
// the language's own ones word by word.
func (s source) nusaxSmSA() (set, error) {
	out, err := s.nusax()
	if err != nil {
		return out, err
	}
	out.name, out.cost = "nusax12+smsa", 4 // chosen with ownTimes and glossSure on four folds of four languages
	borrowed, _, err := s.split("indonlu/smsa/train_preprocess.tsv.gz", "indonlu/smsa/valid_preprocess.tsv.gz")
	if err != nil && !(missing(err) && borrowed != nil) {
		return out, err
	}
	meant, _, err := s.split("nusax/sentiment/indonesian/train.csv.gz", "nusax/sentiment/indonesian/valid.csv.gz")
	if err != nil && !(missing(err) && meant != nil) {
		return out, err
	}
	var known [][]row
	for _, p := range out.parts {
		known = append(known, p.train)
		for _, eval := range p.eval {
			known = append(known, eval)
		}
	}
	borrowed = without(borrowed, known...)
	for i := range out.parts {
		p := &out.parts[i]
		l := slices.Collect(maps.Keys(p.eval))[0]
		lexicon, err := s.lexicon(l)
		if err != nil {
			return out, err
		}
		var g gloss
		if l != "indonesian" {
			g = learnGloss(lexicon, p.train, meant)
		}
		var train []row
		for _, r := range p.train {
			r.Text = g.both(r.Text)
			train = append(train, slices.Repeat([]row{r}, ownTimes)...)
		}
		for n, r := range borrowed {
			if g != nil {
				r.Text = put(r.Text, n, lexicon) + "\n" + r.Text
			}
			train = append(train, r)
		}
		p.train, p.eval[l] = train, slices.Clone(p.eval[l])
		for n := range p.eval[l] {
			p.eval[l][n].Text = g.both(p.eval[l][n].Text)
		}
	}
	return out, nil
}

// put says an Indonesian text word by word in another language; n varies the choice among
// several words.
func put(s string, n int, words map[string][]string) string {
	fields := strings.Fields(s)
	for k, w := range fields {
		if to := words[w]; len(to) > 0 {
			fields[k] = to[(n+k)%len(to)]
		}
	}
	return strings.Join(fields, " ")
}

// lexicon maps Indonesian words to those of a language.
func (s source) lexicon(language string) (map[string][]string, error) {
	if language == "indonesian" {
		return nil, nil
	}
	lines, err := table(filepath.Join(s.data, "nusax/lexicon/"+language+".csv.gz"))
	out := map[string][]string{}
	for _, l := range lines {
		out[l["indonesian"]] = append(out[l["indonesian"]], strings.TrimSpace(l[language]))
	}
	return out, err
}

// paragraph trains one model for its ten languages; the texts are not translations of
// each other.
func (s source) paragraph(task, target string) (set, error) {
	out := set{name: "nusaparagraph-" + strings.Replace(task, "emot", "emotion", 1), target: target}
	p := part{eval: map[string][]row{}}
	for _, l := range []string{"bew", "btk", "bug", "jav", "mad", "mak", "min", "mui", "rej", "sun"} {
		name := fmt.Sprintf("nusawrites/nusa_alinea-%s-%s-", task, l)
		learn, eval, err := s.split(name+"train.csv.gz", name+"valid.csv.gz")
		p.train = append(p.train, learn...)
		if s.test != "" && missing(err) {
			continue // still worth learning from
		}
		if err != nil {
			return out, err
		}
		p.eval[l] = eval
	}
	out.parts = []part{p}
	return out, some(out.parts)
}

// missing reports a set that is not there at all, which is skipped with a line.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
