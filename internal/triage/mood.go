package triage

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"tanggap/internal/tanggap"
	"tanggap/internal/text"
)

// Rules of the small heads, as they stand in reasons.
const (
	RuleWord     = "word"     // a word of the language's lists
	RuleShouting = "shouting" // capitals or exclamation marks
	RuleAsks     = "asks"     // one of several asks; Word is its service
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
// its queue. A paper for a child or an elder is no such matter.
func (e *Engine) vulnerable(all []sentence, service Suggestion) (Suggestion, bool) {
	s := Suggestion{Kind: Vulnerable, Confidence: 1, Automatic: true}
	if kind, ok := e.pack.Service(service.Value); ok && (kind.Kind == tanggap.KindService || kind.Technical) {
		return s, false
	}
	for _, group := range vulnerableGroups {
		for _, sen := range all {
			if start, end, ok := find("vulnerable "+group, sen.words, 0, len(sen.words)); ok {
				s.Candidates = append(s.Candidates, Candidate{group, 1})
				s.Reasons = append(s.Reasons, Reason{RuleWord, group, sen.words[start].start, sen.words[end-1].end, 1})
				break
			}
		}
	}
	if len(s.Candidates) == 0 {
		return s, false
	}
	s.Value = s.Candidates[0].Value
	return s, true
}

// language is proposed where a message is not in Indonesian or a language near it.
func language(message string) (Suggestion, bool) {
	l := text.Language(message)
	return Suggestion{Kind: Language, Value: l, Confidence: 1, Automatic: true}, l != text.Indonesian
}

const (
	askWords    = 3   // fewest words of an ask
	askTrust    = 0.7 // in each of several asks
	mostAsks    = 4
	askBytes    = 4000 // of a message that is searched for several asks
	leastShared = 0.15 // more of one ask's service in another makes them one matter
)

// ask is a part of a message that names a matter of its own.
type ask struct {
	service    string
	confidence float64
	start, end int
	others     map[string]float64
}

// split finds several asks in one message: parts that the model is sure about and that
// belong to different services. They are offered to an officer, never carried out.
func (e *Engine) split(message string, all []sentence) (Suggestion, bool) {
	s := Suggestion{Kind: Split}
	if e.model == nil || len(message) > askBytes {
		return s, false
	}
	parts := parts(all)
	if len(parts) < 2 {
		return s, false
	}
	s.Model = e.model.Version()
	var asks []ask
	for _, p := range parts {
		a, ok := e.asks(message, p)
		if !ok {
			continue
		}
		same := slices.ContainsFunc(asks, func(b ask) bool {
			return a.service == b.service || a.others[b.service] > leastShared || b.others[a.service] > leastShared
		})
		if !same && len(asks) < mostAsks {
			asks = append(asks, a)
		}
	}
	if len(asks) < 2 {
		return s, false
	}
	s.Value, s.Confidence = strconv.Itoa(len(asks)), 1
	for _, a := range asks {
		s.Confidence = min(s.Confidence, a.confidence)
		s.Candidates = append(s.Candidates, Candidate{a.service, a.confidence})
		s.Reasons = append(s.Reasons, Reason{RuleAsks, a.service, a.start, a.end, a.confidence})
	}
	return s, true
}

// asks reads one part of a message by itself.
func (e *Engine) asks(message string, p sentence) (ask, bool) {
	a := ask{start: p.words[0].start, end: p.words[len(p.words)-1].end, others: map[string]float64{}}
	top := e.model.Rank(message[a.start:a.end]).Top
	for _, c := range top {
		a.others[c.Label] = c.P
	}
	kind, ok := e.pack.Service(top[0].Label)
	a.service, a.confidence = top[0].Label, top[0].P
	return a, ok && !kind.Technical && a.confidence >= askTrust
}

// parts cuts a message where one sentence, or one ask inside it, ends. A part that is
// too short to say something belongs to the one before.
func parts(all []sentence) []sentence {
	var out []sentence
	add := func(words []word) {
		switch {
		case len(words) >= askWords:
			out = append(out, sentence{words: words})
		case len(words) > 0 && len(out) > 0:
			last := &out[len(out)-1]
			last.words = append(slices.Clone(last.words), words...)
		}
	}
	for _, s := range all {
		from := 0
		for i := 1; i < len(s.words); i++ {
			if slices.ContainsFunc(lists["split"], func(p pattern) bool { _, ok := p.at(s.words, i, false); return ok }) {
				add(s.words[from:i])
				from = i
			}
		}
		add(s.words[from:])
	}
	return out
}
