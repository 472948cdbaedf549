// Package triage reads a message and proposes what an office needs to act: the
// service, the unit, the urgency, the place, and whether it reports a danger or must
// be kept secret. Fixed rules find dangers, places and sensitive matters; a learned
// model finds the service; every proposal carries its confidence and reasons, and a
// person decides.
package triage

import (
	"cmp"
	"slices"
	"strconv"

	"tanggap/internal/region"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
)

// Kind of a suggestion.
type Kind string

const (
	Service   Kind = "service"
	Unit      Kind = "unit"
	Urgency   Kind = "urgency"
	Area      Kind = "area"
	Emergency Kind = "emergency"
	Sensitive Kind = "sensitive"

	Matter     Kind = "kind"       // a tanggap.Kind, where it is not what the service usually is
	Mood       Kind = "mood"       // angry; for officers only
	Vulnerable Kind = "vulnerable" // who is touched that can help himself less
	Language   Kind = "language"   // not Indonesian
	Split      Kind = "split"      // how many asks one message holds
)

// Names of rules, as they stand in reasons.
const (
	RuleEmergency = "emergency" // a danger word; Word is its phrase
	RuleDanger    = "danger"    // the citizen ticked "somebody is in danger"
	RuleChosen    = "chosen"    // the citizen picked it
	RuleModel     = "model"     // a word that moved the model
	RuleService   = "service"   // follows from the service
	RuleRoute     = "route"     // the pack's routes; Word says which kind of route
	RulePlace     = "place"     // Word says why, see Place
	RulePosition  = "position"  // the shared position lies in the area
	RuleBox       = "box"       // the position lies outside the region
	RuleSensitive = "sensitive" // Word is accuse, violence, health or secrecy
	RuleOneWord   = "one_word"  // a single word says too little to act on
	RuleUnsure    = "unsure"    // too little confidence, or two answers too close
)

// Candidate is a possible value and how likely it is, 0..1.
type Candidate struct {
	Value      string
	Confidence float64
}

// Reason is one thing that spoke for a suggestion, or with a negative weight against
// it. End 0 means that it is not read from the message; otherwise Start and End are
// its bytes there.
type Reason struct {
	Rule       string
	Word       string
	Start, End int
	Weight     float64
}

// Suggestion is one proposal. Value "" means that the computer abstains: a person
// chooses, with the candidates at hand.
type Suggestion struct {
	Kind       Kind
	Value      string // service, unit or area code; urgency "1".."3"; "secret" of sensitive
	Confidence float64
	Candidates []Candidate
	Reasons    []Reason
	Automatic  bool   // may be carried out before a person saw it; always reversible
	Model      string // version of the model that spoke; "" where only rules did
}

// Suggestions are the proposals for one message, in the order of the kinds above.
// Service, unit, urgency and area are always there; the others only when they say
// something.
type Suggestions []Suggestion

// Get returns the suggestion of a kind.
func (s Suggestions) Get(k Kind) (Suggestion, bool) {
	i := slices.IndexFunc(s, func(x Suggestion) bool { return x.Kind == k })
	if i < 0 {
		return Suggestion{}, false
	}
	return s[i], true
}

// Hint adds areas of which the citizen wrote before to the candidates of a message that
// names none. They never decide: who moves house, or writes for his mother, would be sent
// astray.
func (s Suggestions) Hint(areas []string) {
	i := slices.IndexFunc(s, func(x Suggestion) bool { return x.Kind == Area })
	if i < 0 || s[i].Value != "" {
		return
	}
	for _, a := range areas {
		known := slices.ContainsFunc(s[i].Candidates, func(c Candidate) bool { return c.Value == a })
		if !known && len(s[i].Candidates) < mostOptions {
			s[i].Candidates = append(s[i].Candidates, Candidate{a, earlierTrust})
			s[i].Reasons = append(s[i].Reasons, Reason{Rule: RulePlace, Word: WhyEarlier, Weight: earlierTrust})
		}
	}
}

const earlierTrust = 0.2 // in the area of an earlier case of the citizen

// Input is what is known when a message arrives.
type Input struct {
	Text     string
	Lat, Lon *float64 // shared position, WGS84 degrees
	Danger   bool     // the citizen ticked "somebody is in danger"
	Area     string   // area the citizen picked, if any
	Service  string   // service the citizen picked, if any
}

// Engine judges messages under one version of a region's pack and one model. It is
// immutable and safe for concurrent use.
type Engine struct {
	pack      *region.Pack
	model     *text.Model
	detector  *detector
	gazetteer *gazetteer
	dangerous map[string]bool // services whose messages mostly tell of a danger at hand
}

// New compiles the pack's words and names. Without a model (nil) rules still find
// dangers, places and sensitive matters, and every service goes to a person.
func New(pack *region.Pack, model *text.Model) *Engine {
	d := newDetector(pack)
	return &Engine{pack, model, d, newGazetteer(pack), dangerous(pack, d)}
}

// seedsRead is how many seeds of a service are enough to know it.
const seedsRead = 40

// dangerous are the services of highest urgency in whose seeds the rules mostly find a
// danger. The others, such as a bridge that may be broken or just rusty, are urgent but
// ring only where a rule says so.
func dangerous(p *region.Pack, d *detector) map[string]bool {
	read, rang := map[string]int{}, map[string]int{}
	for _, s := range p.Seeds {
		if kind, ok := p.Service(s.Service); !ok || kind.Urgency != tanggap.Emergency || read[s.Service] == seedsRead {
			continue
		}
		read[s.Service]++
		if d.find(s.Text) != nil {
			rang[s.Service]++
		}
	}
	out := map[string]bool{}
	for code, n := range read {
		out[code] = 2*rang[code] > n
	}
	return out
}

// Emergency returns the danger a message reports, or nil; it needs no model.
func (e *Engine) Emergency(message string) *Alarm { return e.detector.find(head(message)) }

// Place returns where a message plays; lat and lon may be nil.
func (e *Engine) Place(message string, lat, lon *float64) Place {
	return e.gazetteer.find(head(message), "", lat, lon)
}

// maxRead bounds the bytes of a message that rules read; longer ones are documents,
// and a danger is reported at the beginning.
const maxRead = 32 << 10

func head(s string) string { return trim(s, maxRead) }

// Decide makes all suggestions for one message.
func (e *Engine) Decide(in Input) Suggestions {
	in.Text = head(in.Text)
	alarm := e.detector.find(in.Text)
	service := e.service(in, alarm)
	area := e.area(in)
	unit := e.unit(service, area.Value)
	service.Automatic = unit.Automatic
	fear := e.fear(in.Text, service)
	out := Suggestions{service, unit, e.urgency(in, service, alarm, fear), area}
	switch {
	case alarm != nil:
		out = append(out, Suggestion{
			Kind: Emergency, Value: cmp.Or(alarm.Service, alarm.Group), Confidence: 1, Automatic: true,
			Reasons: []Reason{alarm.reason()},
		})
	case fear.rings:
		out = append(out, Suggestion{
			Kind: Emergency, Value: fear.service, Confidence: fear.p, Automatic: true, Model: dangerNet().Version(), Reasons: fear.reasons,
		})
	}
	all := sentences(in.Text)
	say := func(s Suggestion, says bool) {
		if says {
			out = append(out, s)
		}
	}
	say(e.sensitive(all, service))
	say(e.matter(all, service))
	say(mood(in.Text, all))
	say(e.vulnerable(all, service))
	say(language(in.Text))
	say(e.split(in.Text, all))
	return out
}

func (a *Alarm) reason() Reason {
	return Reason{Rule: RuleEmergency, Word: a.Phrase, Start: a.Start, End: a.End, Weight: 1}
}

const (
	closeCall   = 0.12 // lead below which the best two services are too close to choose
	mostWords   = 8    // of the model, kept as reasons
	mostOptions = 3
	chosenTrust = 0.8 // in a service that the citizen picked and nothing contradicts
)

// service proposes what the message is about: a danger's own service, else what the
// citizen picked and the model agree on, else the model where it is sure enough.
func (e *Engine) service(in Input, alarm *Alarm) Suggestion {
	s := Suggestion{Kind: Service}
	best, lead := e.ask(in.Text, &s)
	picked, isPicked := e.pack.Service(in.Service)
	switch {
	case alarm != nil && alarm.Service != "":
		s.settle(alarm.Service, 1, alarm.reason())
	case isPicked && (best.Value == picked.Code || best.Confidence < e.pack.Identity.Thresholds.Auto):
		s.settle(picked.Code, chosenTrust, Reason{Rule: RuleChosen, Weight: 1})
		if best.Value == picked.Code {
			s.Confidence = max(chosenTrust, best.Confidence)
		}
	case isPicked: // the citizen and a sure model disagree: a person decides between them
		s.Candidates = append([]Candidate{{picked.Code, 0.5}}, s.Candidates...)
		s.Candidates = s.Candidates[:min(len(s.Candidates), mostOptions)]
		s.Reasons = append(s.Reasons, Reason{Rule: RuleUnsure})
	case best.Confidence >= e.pack.Identity.Thresholds.Suggest && lead >= closeCall:
		s.Value, s.Confidence = best.Value, best.Confidence
		if words(in.Text) < 2 { // a single word may mean anything
			s.Reasons = append(s.Reasons, Reason{Rule: RuleOneWord})
		}
	default:
		s.Confidence = best.Confidence
		s.Reasons = append(s.Reasons, Reason{Rule: RuleUnsure})
	}
	return s
}

// words counts the words of a message, up to fewWords.
func words(message string) int {
	n := 0
	for _, t := range text.Tokens(message) {
		if t.Kind == text.Word && n < fewWords {
			n++
		}
	}
	return n
}

// settle takes a value from a rule and puts it first among the candidates.
func (s *Suggestion) settle(value string, confidence float64, why Reason) {
	s.Value, s.Confidence = value, confidence
	s.Reasons = append([]Reason{why}, s.Reasons...)
	others := slices.DeleteFunc(s.Candidates, func(c Candidate) bool { return c.Value == value })
	s.Candidates = append([]Candidate{{value, confidence}}, others...)
	s.Candidates = s.Candidates[:min(len(s.Candidates), mostOptions)]
}

// ask fills in what the model says and returns its best candidate and its lead over
// the second. Labels that the pack does not have, such as unclear, are passed over.
func (e *Engine) ask(message string, s *Suggestion) (best Candidate, lead float64) {
	if e.model == nil {
		return Candidate{}, 0
	}
	s.Model = e.model.Version()
	r := e.model.Classify(message)
	for _, c := range r.Top {
		if _, ok := e.pack.Service(c.Label); ok && len(s.Candidates) < mostOptions {
			s.Candidates = append(s.Candidates, Candidate{c.Label, c.P})
		}
	}
	for _, x := range r.Reasons[:min(len(r.Reasons), mostWords)] {
		s.Reasons = append(s.Reasons, Reason{RuleModel, x.Word, x.Start, x.End, x.Weight})
	}
	if len(s.Candidates) == 0 {
		return Candidate{}, 0
	}
	best, lead = s.Candidates[0], s.Candidates[0].Confidence
	if len(s.Candidates) > 1 {
		lead -= s.Candidates[1].Confidence
	}
	return best, lead
}

// unit follows the pack's routes. It is automatic where the pack allows that for the
// service and the service is sure enough; a danger is routed at once, reversibly.
func (e *Engine) unit(service Suggestion, area string) Suggestion {
	s := Suggestion{Kind: Unit, Confidence: service.Confidence, Model: service.Model}
	if service.Value == "" {
		s.Value = e.pack.Identity.Triage
		s.Reasons = []Reason{{Rule: RuleUnsure}}
		return s
	}
	unit, also, why := e.pack.Route(service.Value, area)
	s.Value = unit
	s.Reasons = []Reason{{Rule: RuleRoute, Word: why}}
	s.Candidates = []Candidate{{unit, service.Confidence}}
	for _, other := range also {
		s.Candidates = append(s.Candidates, Candidate{Value: other})
	}
	kind, _ := e.pack.Service(service.Value)
	because := func(rule string) bool {
		return slices.ContainsFunc(service.Reasons, func(r Reason) bool { return r.Rule == rule })
	}
	allowed := kind.Automation != region.Suggest && !kind.Judges && service.Confidence >= e.pack.Identity.Thresholds.Auto && !because(RuleOneWord)
	s.Automatic = why != region.WhyNone && (because(RuleEmergency) || allowed)
	return s
}

// urgency never lies below what a rule, the citizen or the service says; only a
// person may lower it.
func (e *Engine) urgency(in Input, service Suggestion, alarm *Alarm, fear fear) Suggestion {
	s := Suggestion{Kind: Urgency, Confidence: service.Confidence, Automatic: true, Model: service.Model}
	level := tanggap.Normal
	raise := func(to tanggap.Urgency, confidence float64, why Reason) {
		if to > level {
			level, s.Confidence = to, confidence
		}
		if to > tanggap.Normal {
			s.Reasons = append(s.Reasons, why)
		}
	}
	if alarm != nil {
		raise(tanggap.Emergency, 1, alarm.reason())
	}
	if in.Danger {
		raise(tanggap.High, 1, Reason{Rule: RuleDanger, Weight: 1})
	}
	kind, ok := e.pack.Service(service.Value)
	if ok {
		raise(min(kind.Urgency, tanggap.High), service.Confidence, Reason{Rule: RuleService, Word: kind.Code, Weight: 1})
	}
	if alarm == nil && fear.p >= possible {
		to := tanggap.High
		if fear.rings {
			to = tanggap.Emergency
		}
		raise(to, fear.p, Reason{Rule: RuleService, Word: fear.service, Weight: fear.p})
	}
	s.Value = strconv.Itoa(int(level))
	return s
}

func (e *Engine) area(in Input) Suggestion {
	p := e.gazetteer.find(in.Text, in.Area, in.Lat, in.Lon)
	s := Suggestion{Kind: Area, Value: p.Area, Confidence: p.Confidence, Candidates: p.Candidates}
	s.Automatic = p.Why == WhyChosen || p.Confidence >= e.pack.Identity.Thresholds.Auto
	rule := RulePlace
	switch p.Why { // no name was said
	case WhyChosen:
		rule = RuleChosen
	case WhyPosition:
		rule = RulePosition
	}
	s.Reasons = []Reason{{Rule: rule, Word: p.Why, Start: p.Start, End: p.End, Weight: p.Confidence}}
	if p.OutsideBox {
		s.Reasons = append(s.Reasons, Reason{Rule: RuleBox})
	}
	return s
}

// sensitiveGroups in the order in which they are told to an officer.
var sensitiveGroups = []string{"violence", "accuse", "health", "secrecy"}

// sensitive proposes to keep a case secret: where the service is secret by default,
// or the words accuse a person, tell of violence or illness, or ask for secrecy. It
// is automatic, because it only protects, and a person can lift it.
func (e *Engine) sensitive(all []sentence, service Suggestion) (Suggestion, bool) {
	s := Suggestion{Kind: Sensitive, Value: "secret", Confidence: 1, Automatic: true}
	if kind, ok := e.pack.Service(service.Value); ok && kind.Secret {
		s.Reasons = append(s.Reasons, Reason{Rule: RuleService, Word: kind.Code, Weight: 1})
	}
	for _, sen := range all {
		for _, group := range sensitiveGroups {
			if from, to, ok := find("sensitive "+group, sen.words, 0, len(sen.words)); ok {
				s.Reasons = append(s.Reasons, Reason{RuleSensitive, group, sen.words[from].start, sen.words[to-1].end, 1})
			}
		}
	}
	s.Reasons = s.Reasons[:min(len(s.Reasons), mostWords)]
	return s, len(s.Reasons) > 0
}
