package triage

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"

	"tanggap/internal/region"
	"tanggap/internal/tanggap"
)

//go:embed danger.txt
var dangerFile string

// Groups of danger words the rules below know by name; a pack may have any others.
const (
	fireGroup    = "fire"
	floodGroup   = "flood"
	missingGroup = "missing"
	helpGroup    = "help" // a call for help that does not say what is wrong
	anyGroup     = "*"
)

// Alarm is a danger that a message reports as happening. Start and End are bytes of
// the message.
type Alarm struct {
	Service    string
	Group      string
	Phrase     string // as the pack writes it
	Start, End int
}

// detector finds dangers by fixed rules, before and whatever the model says.
type detector struct {
	signs, cancels index
	ordinary       index  // words of matters that can wait, for bare calls for help
	help           string // service of a call for help that does not say what is wrong
}

type emergencyWord struct {
	pattern
	group, service string
	habit, past    bool // of a cancel: it speaks of a habit, or of something over
}

// dangers are the pack's words and then the program's, whose groups belong to the
// service of the pack's first sign of them.
func dangers(p *region.Pack) []region.EmergencyWord {
	out := slices.Clone(p.Emergency)
	service := map[string]string{}
	for _, w := range p.Emergency {
		if w.Kind == "sign" && service[w.Group] == "" {
			service[w.Group] = w.Service
		}
	}
	for line := range strings.Lines(dangerFile) {
		group, phrases, ok := strings.Cut(line, "=")
		if group = strings.TrimSpace(group); !ok || strings.HasPrefix(group, "#") {
			continue
		}
		w := region.EmergencyWord{Kind: "sign", Group: group, Service: service[group]}
		if group, ok := strings.CutSuffix(group, " -"); ok {
			w = region.EmergencyWord{Kind: "cancel", Group: group}
		}
		for phrase := range strings.SplitSeq(phrases, "|") {
			w.Phrase = strings.TrimSpace(phrase)
			out = append(out, w)
		}
	}
	return out
}

func newDetector(p *region.Pack) *detector {
	d := &detector{}
	for _, w := range dangers(p) {
		if w.Kind == "cancel" {
			d.cancels.add(w.Phrase, w.Group, w.Service)
		} else {
			d.signs.add(w.Phrase, w.Group, w.Service)
			if w.Group == helpGroup {
				d.help = cmp.Or(d.help, w.Service)
			}
		}
	}
	for _, s := range p.Services {
		if s.Urgency < tanggap.Emergency && !s.Technical && !s.Retired {
			for _, k := range s.Keywords {
				d.ordinary.add(k, "", s.Code)
			}
		}
	}
	return d
}

// index holds phrases by the first letter they can begin with, since hundreds of them
// are tried at every word of every message.
type index map[rune][]emergencyWord

func (x *index) add(phrase, group, service string) {
	e := emergencyWord{pattern: newPattern(phrase), group: group, service: service}
	if len(e.words) == 0 {
		return
	}
	for _, p := range e.words {
		e.habit = e.habit || !p.gap && has("habit mark", word{text: p.text})
		e.past = e.past || p.text == "sudah" || p.text == "telah"
	}
	if *x == nil {
		*x = index{}
	}
	letter := first(e.words[0].text)
	(*x)[letter] = append((*x)[letter], e)
}

// at returns the phrases that may begin at a word.
func (x index) at(w word) []emergencyWord { return x[first(w.text)] }

// sign is one danger phrase found in words [from, to) of a sentence.
type sign struct {
	emergencyWord
	from, to int
}

// find returns the danger a message reports, or nil. Every sign is judged in its own
// sentence; one that stands is enough, however many others are denied. Of several
// the one that names a matter wins over a bare call for help, a longer phrase over a
// shorter, an earlier over a later.
func (d *detector) find(message string) *Alarm {
	var best *sign
	var at sentence
	better := func(s sign) bool {
		if (s.group == helpGroup) != (best.group == helpGroup) {
			return best.group == helpGroup
		}
		return len(s.words) > len(best.words)
	}
	all := sentences(message)
	for _, s := range all {
		found := d.signsIn(s.words)
		if len(found) == 0 {
			continue
		}
		cancelled := d.cancelled(s.words, found)
		for i, f := range found {
			if cancelled[i] || denied(s, f) || f.group == helpGroup && d.waits(all) {
				continue
			}
			if best == nil || better(f) {
				best, at = &f, s
			}
		}
	}
	if best == nil {
		return nil
	}
	return &Alarm{
		Service: best.service, Group: best.group, Phrase: best.phrase,
		Start: at.words[best.from].start, End: at.words[best.to-1].end,
	}
}

func (d *detector) signsIn(words []word) []sign {
	var out []sign
	for i := range words {
		for _, e := range d.signs.at(words[i]) {
			if end, ok := e.at(words, i, true); ok {
				out = append(out, sign{e, i, end})
			}
		}
	}
	return out
}

// cancelled marks the signs that a cancel phrase of their group takes back: those it
// shares a word with, or, where it shares none ("sudah dipadamkan"), all in its
// sentence. A habit does not take back what the sentence says of now, nor an end
// what goes on.
func (d *detector) cancelled(words []word, found []sign) []bool {
	out := make([]bool, len(found))
	current := contains("now", words, 0, len(words))
	for i := range words {
		for _, c := range d.cancels.at(words[i]) {
			end, ok := c.at(words, i, false)
			if !ok || c.habit && current || c.past && contains("still", words, end, len(words)) {
				continue
			}
			same := func(s sign) bool { return c.group == anyGroup || c.group == s.group }
			touches := func(s sign) bool { return same(s) && s.from < end && i < s.to }
			touched := slices.ContainsFunc(found, touches)
			for k, s := range found {
				if touched && touches(s) || !touched && same(s) {
					out[k] = true
				}
			}
		}
	}
	return out
}

// denied reports whether the words around a sign say that it is not happening: it is
// negated, feared, usual, over, on paper or asked about.
func denied(s sentence, f sign) bool {
	w := s.words
	clause := f.from // where the sign's clause begins
	for clause > 0 && w[clause-1].clause == w[f.from].clause {
		clause--
	}
	last := f.to
	for last < len(w) && w[last].clause == w[f.from].clause {
		last++
	}
	current := contains("now", w, 0, len(w))
	switch {
	case w[f.from].symbol:
		return contains("cheer", w, 0, len(w))
	case f.group == helpGroup && contains("routine", w, f.to, f.to+3):
		return true
	case f.group == missingGroup && (contains("thing", w, f.from-3, f.to+4) || contains("thing", w, f.from, f.to)):
		return true
	case f.group == floodGroup && contains("object", w, f.from-3, f.from):
		return true
	case negated(w, f, clause):
		return true
	case contains("paper", w, max(clause, f.from-4), f.from):
		return true
	case !urgent(w) && (f.group == fireGroup && f.to == f.from+1 && f.from > 0 && has("office", w[f.from-1]) || contains("thanks", w, 0, f.from) || contains("rumour", w, 0, len(w))):
		return true
	case !current && feared(w, f, clause):
		return true
	case !current && usual(w, f, clause, last):
		return true
	case over(w, f):
		return true
	}
	return s.question && contains("ask", w, 0, min(len(w), 4)) &&
		!current && !contains("call", w, 0, len(w))
}

// waits reports whether a message names a matter that can wait: a bare call for help
// beside it is impatience.
func (d *detector) waits(all []sentence) bool {
	for _, s := range all {
		for i, w := range s.words {
			if has("routine", w) {
				return true
			}
			for _, o := range d.ordinary.at(w) {
				if _, ok := o.at(s.words, i, false); ok {
					return true
				}
			}
		}
	}
	return false
}

// calm reports whether a message speaks of what is feared, usual, over, on paper or
// asked about, or takes a danger back. A model that reads a danger in it is not
// believed without a person.
func (d *detector) calm(message string) bool {
	for _, s := range sentences(message) {
		w := s.words
		if contains("now", w, 0, len(w)) {
			continue
		}
		for _, list := range []string{"risk", "habit", "habit rain", "past", "past next", "over", "paper", "thanks", "rumour"} {
			if contains(list, w, 0, len(w)) {
				return true
			}
		}
		for i := range w {
			if slices.ContainsFunc(d.cancels.at(w[i]), func(c emergencyWord) bool { _, ok := c.at(w, i, false); return ok }) {
				return true
			}
		}
		if contains("ask", w, 0, len(w)) && !contains("call", w, 0, len(w)) {
			return true
		}
	}
	return false
}

// urgent reports a sentence that calls for help or speaks of now.
func urgent(w []word) bool { return contains("call", w, 0, len(w)) || contains("now", w, 0, len(w)) }

func negated(w []word, f sign, clause int) bool {
	for i := f.from; i < f.to; i++ { // "pohon belum tumbang", but not "tidak sadar" itself
		if has("negator", w[i]) && !slices.ContainsFunc(f.words, func(p part) bool { return !p.gap && p.match(w[i]) }) {
			return true
		}
	}
	i := f.from - 1
	for i >= clause && has("bridge", w[i]) {
		i--
	}
	return i >= clause && f.from-i <= 3 && has("negator", w[i]) &&
		!(f.to < len(w) && has("not negated", w[f.to]))
}

func feared(w []word, f sign, clause int) bool {
	if f.from > clause && has("risk next", w[f.from-1]) && !(f.from-1 > clause && has("negator", w[f.from-2])) {
		return true
	}
	if contains("risk", w, f.from, f.to) || f.from > clause && has("almost", w[f.from-1]) { // "pohon takut tumbang"
		return true
	}
	_, end, ok := find("risk", w, max(clause, f.from-3), f.from)
	return ok && f.from-end <= 2 && !contains("fact", w, end, f.from) && !(f.to < len(w) && has("fact next", w[f.to]))
}

func usual(w []word, f sign, clause, last int) bool {
	if contains("habit", w, max(clause, f.from-3), f.from) {
		return true
	}
	return f.group == floodGroup && contains("habit rain", w, clause, last)
}

func over(w []word, f sign) bool {
	if f.from > 0 && has("past next", w[f.from-1]) || f.to < len(w) && w[f.to].text == "dulu" && !urgent(w) {
		return true
	}
	if _, end, ok := find("over", w, 0, len(w)); ok && !contains("still", w, end, len(w)) {
		return true
	}
	start, end, ok := find("past", w, 0, len(w))
	return ok && !(start > 0 && has("since", w[start-1])) && !contains("still", w, end, len(w)) && !contains("still", w, 0, start)
}
