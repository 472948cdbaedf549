package triage

import (
	"cmp"
	_ "embed"
	"math"
	"sync"

	"tanggap/internal/text"
)

// dangerWeights are what danger_talk.txt and the seeds of the packs that come with the
// program teach: `go test ./internal/triage -run DangerNet -update` learns them anew.
//
//go:embed danger.model
var dangerWeights []byte

// Labels of the net of dangers.
const (
	atHand = "danger" // something happens now that cannot wait
	calm   = "calm"
)

// dangerNet is the second net under the rules: it knows how people go on around words of
// danger, in the language rather than in one city, and says how likely a message tells of
// one at hand.
var dangerNet = sync.OnceValue(func() *text.Model {
	m, err := text.Load(dangerWeights)
	if err != nil {
		panic(err) // embedded: a test loads it
	}
	return m
})

// fear is what the second net says of a message in which no rule hears a danger.
type fear struct {
	p       float64 // how likely the message tells of a danger at hand
	service string
	rings   bool
	reasons []Reason
}

const (
	// netShare is the net's part of the log-odds, the rest being that of the services; it
	// and certain were fitted to sentences that the net had not learned from.
	netShare = 0.75
	certain  = 0.35 // rings: a danger unheard costs more than an alarm too many
	possible = 0.2  // lifts a case in its queue
	fewWords = 4
)

// fear asks how people go on around dangers, and how likely the message is about any of
// the services that answer for them. It rings where both together find a danger likely
// enough, the message is more than a word or two, and nothing in it speaks of a danger that
// is feared, past, usual or taken back.
func (e *Engine) fear(message string, service Suggestion) fear {
	var f fear
	r := dangerNet().Classify(message)
	for _, c := range r.Top {
		if c.Label == atHand {
			f.p = c.P
		}
	}
	toDanger := 1.0 // reasons speak for the likelier label
	if f.p < 0.5 {
		toDanger = -1
	}
	for _, x := range r.Reasons {
		if x.Weight*toDanger > 0 && len(f.reasons) < mostWords {
			f.reasons = append(f.reasons, Reason{RuleModel, x.Word, x.Start, x.End, x.Weight * toDanger})
		}
	}
	if e.model != nil {
		mass := 0.0
		for _, c := range service.Candidates {
			if e.dangerous[c.Value] {
				f.service = cmp.Or(f.service, c.Value)
				mass += c.Confidence
			}
		}
		f.p = 1 / (1 + math.Exp(-netShare*logOdds(f.p)-(1-netShare)*logOdds(mass)))
	}
	f.service = cmp.Or(f.service, e.detector.help)
	f.rings = f.p >= certain && words(message) >= fewWords && !e.detector.calm(message)
	return f
}

// logOdds of a probability, kept from both ends, where no model is to be believed.
func logOdds(p float64) float64 {
	p = min(max(p, 0.003), 0.997)
	return math.Log(p / (1 - p))
}
