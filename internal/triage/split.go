package triage

import (
	"slices"
	"strconv"
)

// RuleAsks is one of several asks; Word is its service.
const RuleAsks = "asks"

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
			if slices.ContainsFunc(lists["split"][first(s.words[i].text)], func(p pattern) bool { _, ok := p.at(s.words, i, false); return ok }) {
				add(s.words[from:i])
				from = i
			}
		}
		add(s.words[from:])
	}
	return out
}
