package triage

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"tanggap/internal/tanggap"
	"tanggap/internal/text"
)

// Rules of the small heads, as they stand in reasons.
const (
	RuleWord     = "word"     // a word of the language's lists
	RuleShouting = "shouting" // capitals or exclamation marks
)

// kinds in the order in which a tie is settled: a complaint that also asks is a
// complaint.
var kinds = []tanggap.Kind{tanggap.KindComplaint, tanggap.KindService, tanggap.KindAspiration, tanggap.KindInformation}

const (
	usualKind  = 1.5 // weight of what the service usually is
	asksWeight = 0.8 // weight of a question mark
	farEnough  = 0.5 // lead with which words move a message from the usual kind
)

// matter says whether a message asks for a service, complains, wants to know or
// proposes, where its words speak against what its service usually is. It says nothing
// where they agree.
func (e *Engine) matter(all []sentence, service Suggestion) (Suggestion, bool) {
	s := Suggestion{Kind: Matter, Automatic: true}
	points := map[tanggap.Kind]float64{}
	usual := tanggap.Kind("")
	if kind, ok := e.pack.Service(service.Value); ok {
		if kind.Technical {
			return s, false
		}
		usual = kind.Kind
		points[usual] += usualKind
	}
	for _, sen := range all {
		if sen.question {
			points[tanggap.KindInformation] += asksWeight
		}
		for _, k := range kinds {
			n := 0
			for from := 0; n < 3; n++ { // many words of one list say little more than three
				start, end, ok := find("kind "+string(k), sen.words, from, len(sen.words))
				if !ok {
					break
				}
				points[k]++
				s.Reasons = append(s.Reasons, Reason{RuleWord, string(k), sen.words[start].start, sen.words[end-1].end, 1})
				from = end
			}
		}
	}
	best, total := kinds[0], 0.0
	for _, k := range kinds {
		if points[k] > points[best] {
			best = k
		}
		total += math.Exp(points[k])
	}
	if best == usual || points[best] == 0 || points[best]-points[usual] < farEnough {
		return s, false
	}
	s.Value, s.Confidence = string(best), math.Exp(points[best])/total
	s.Reasons = slices.DeleteFunc(s.Reasons, func(r Reason) bool { return r.Word != s.Value })
	return s, true
}

const (
	insultWeight = 2.0
	shoutWeight  = 1.0
	angryFrom    = 1.5
	shoutLetters = 12  // fewer capitals may be a name or a habit
	shoutShare   = 0.7 // of the letters
)

// mood tells officers that a citizen is angry, so that the reply begins there. It
// changes nothing about the case, and the citizen is not shown it.
func mood(message string, all []sentence) (Suggestion, bool) {
	s := Suggestion{Kind: Mood, Value: "angry", Automatic: true}
	points := 0.0
	for _, sen := range all {
		for _, list := range []string{"angry", "insult"} {
			weight := 1.0
			if list == "insult" {
				weight = insultWeight
			}
			for from := 0; ; {
				start, end, ok := find(list, sen.words, from, len(sen.words))
				if !ok {
					break
				}
				points += weight
				s.Reasons = append(s.Reasons, Reason{RuleWord, list, sen.words[start].start, sen.words[end-1].end, weight})
				from = end
			}
		}
	}
	letters, capitals := 0, 0
	for _, r := range message {
		if unicode.IsLetter(r) {
			letters++
			if unicode.IsUpper(r) {
				capitals++
			}
		}
	}
	shouts := 0.0
	if letters >= shoutLetters && float64(capitals) >= shoutShare*float64(letters) {
		shouts += shoutWeight
	}
	if strings.Contains(message, "!!") || strings.Contains(message, "??") {
		shouts += shoutWeight / 2
	}
	if shouts > 0 {
		points += shouts
		s.Reasons = append(s.Reasons, Reason{Rule: RuleShouting, Weight: shouts})
	}
	slices.SortStableFunc(s.Reasons, func(a, b Reason) int { return a.Start - b.Start })
	s.Reasons = s.Reasons[:min(len(s.Reasons), mostWords)]
	s.Confidence = 1 - math.Exp(-points)
	return s, points >= angryFrom
}

// vulnerableGroups in the order in which they are told to an officer.
var vulnerableGroups = []string{"child", "elder", "disabled", "pregnant", "ill", "alone"}

// vulnerable names who is touched that can help himself less, which moves a case up in
// its queue. A paper for a child or an elder is no such matter. Who it is stands in the
// reasons only, which are kept sealed: illness and pregnancy are nobody's business in a list.
func (e *Engine) vulnerable(all []sentence, service Suggestion) (Suggestion, bool) {
	s := Suggestion{Kind: Vulnerable, Value: "yes", Confidence: 1, Automatic: true}
	if kind, ok := e.pack.Service(service.Value); ok && (kind.Kind == tanggap.KindService || kind.Technical) {
		return s, false
	}
	for _, group := range vulnerableGroups {
		for _, sen := range all {
			if start, end, ok := find("vulnerable "+group, sen.words, 0, len(sen.words)); ok {
				s.Reasons = append(s.Reasons, Reason{RuleWord, group, sen.words[start].start, sen.words[end-1].end, 1})
				break
			}
		}
	}
	return s, len(s.Reasons) > 0
}

// language is proposed where a message is not in Indonesian or a language near it.
func language(message string) (Suggestion, bool) {
	l := text.Language(message)
	return Suggestion{Kind: Language, Value: l, Confidence: 1, Automatic: true}, l != text.Indonesian
}
