package triage

import (
	"slices"
	"strings"
	"unicode/utf8"

	"tanggap/internal/region"
	"tanggap/internal/text"
)

// Why an area was proposed.
const (
	WhyChosen    = "chosen"    // the citizen picked it in the form
	WhyNamed     = "named"     // "kelurahan X"
	WhyName      = "name"      // the name alone
	WhyHint      = "hint"      // an ambiguous name with a place word before it
	WhyTypo      = "typo"      // a long name with one wrong letter
	WhyLandmark  = "landmark"  // a known place inside the area
	WhyPerhaps   = "perhaps"   // a known place that nobody has verified to lie there: no more than a candidate
	WhyDistrict  = "district"  // only the kecamatan is known
	WhyAmbiguous = "ambiguous" // an ambiguous name alone: no more than a candidate
	WhyTwo       = "two"       // several areas, none of them surer
	WhyEarlier   = "earlier"   // the citizen wrote about it before: no more than a candidate
	WhyNone      = "none"
)

// trustIn is how far each sign of a place is believed. They are rules of thumb, to
// be replaced by measured ones once officers have confirmed enough places.
var trustIn = map[string]float64{
	WhyChosen: 1, WhyNamed: 0.97, WhyName: 0.92, WhyHint: 0.85, WhyTypo: 0.75,
	WhyLandmark: 0.75, WhyDistrict: 0.8, WhyPerhaps: 0.5, WhyAmbiguous: 0.3,
}

// Place is where a message plays. Area is "" where that is not sure; Candidates then
// hold what it may be.
type Place struct {
	Area       string
	Confidence float64
	Why        string
	Start, End int // bytes of the message that name the area
	Candidates []Candidate
	OutsideBox bool // a position was given that lies outside the region: ask, never reject
}

// gazetteer finds names of areas and landmarks. Its keys are names without spaces or
// hyphens, as people write Bonebone, Bone-Bone and bone bone alike.
type gazetteer struct {
	entries map[string]entry
	long    []string // keys long enough for a typing error, sorted
	box     [4]float64
	parent  map[string]string
	words   int // most words of a name
}

type entry struct {
	area      string
	why       string // WhyName, WhyLandmark or WhyPerhaps
	ambiguous bool
}

func newGazetteer(p *region.Pack) *gazetteer {
	g := &gazetteer{entries: map[string]entry{}, box: p.Identity.Box, parent: map[string]string{}, words: 1}
	add := func(name string, e entry) {
		key, n := "", 0
		for _, t := range text.Tokens(name) {
			if t.Kind <= text.Particle {
				key += t.Text
				n++
			}
		}
		if _, taken := g.entries[key]; key == "" || taken {
			return
		}
		g.entries[key] = e
		g.words = max(g.words, n)
		if len(key) >= typoRunes && !e.ambiguous {
			g.long = append(g.long, key)
		}
	}
	for _, a := range p.Areas {
		g.parent[a.Code] = a.Parent
		for _, name := range append([]string{a.Name}, a.Aliases...) {
			add(name, entry{a.Code, WhyName, a.Ambiguous})
		}
	}
	for _, l := range p.Landmarks {
		for _, name := range append([]string{l.Name}, l.Aliases...) {
			why := WhyPerhaps
			if l.Verified {
				why = WhyLandmark
			}
			add(name, entry{l.Area, why, false})
		}
	}
	slices.Sort(g.long)
	return g
}

// maxPlaceWords bounds how far into a message names are looked for.
const maxPlaceWords = 2000

// mention is one name found in a message.
type mention struct {
	area, why  string
	start, end int
}

// find places a message. A position never names an area, because no boundaries are
// known; it is only checked against the region's box.
func (g *gazetteer) find(message, chosen string, lat, lon *float64) Place {
	out := g.name(g.mentions(message))
	if _, ok := g.parent[chosen]; ok && chosen != "" {
		out.Area, out.Why, out.Confidence, out.Start, out.End = chosen, WhyChosen, trustIn[WhyChosen], 0, 0
	}
	if lat != nil && lon != nil {
		inside := *lat >= g.box[0] && *lat <= g.box[2] && *lon >= g.box[1] && *lon <= g.box[3]
		out.OutsideBox = !inside
	}
	return out
}

func (g *gazetteer) mentions(message string) []mention {
	var toks []text.Token
	for _, t := range text.Tokens(message) {
		n := len(toks)
		if t.Kind == text.Mark && t.Text == "." && n > 0 && has("place sure", word{text: toks[n-1].Text}) {
			continue // "kel. Wajo" is one name, not two sentences
		}
		if t.Kind <= text.Mark && n < maxPlaceWords {
			toks = append(toks, t)
		}
	}
	var out []mention
	for i := 0; i < len(toks); {
		e, why, n := g.match(toks, i)
		if n == 0 {
			i++
			continue
		}
		if why == WhyName {
			why = context(toks, i, e.ambiguous)
		}
		if why != "" {
			out = append(out, mention{e.area, why, toks[i].Start, toks[i+n-1].End})
		}
		i += n
	}
	return out
}

// match finds the longest name that begins at token i.
func (g *gazetteer) match(toks []text.Token, i int) (e entry, why string, n int) {
	key := ""
	for k := 0; k < g.words && i+k < len(toks) && toks[i+k].Kind != text.Mark; k++ {
		key += toks[i+k].Text
		if found, ok := g.entries[key]; ok {
			e, why, n = found, found.why, k+1
		}
	}
	if n > 0 {
		return e, why, n
	}
	t := toks[i]
	if t.Kind != text.Word || len(t.Text) < typoRunes-1 || text.Common(t.Text) {
		return e, "", 0
	}
	hit := ""
	for _, name := range g.long {
		if name[0] == t.Text[0] && near(name, t.Text) {
			if hit != "" && g.entries[hit].area != g.entries[name].area {
				return e, "", 0
			}
			hit = name
		}
	}
	if hit == "" {
		return e, "", 0
	}
	return g.entries[hit], WhyTypo, 1
}

// context says how far the words before a name make a place of it; "" means that it
// names something else (Jalan Wolio, suku Wolio).
func context(toks []text.Token, i int, ambiguous bool) string {
	before := func(k int) word {
		if i-k >= 0 && toks[i-k].Kind == text.Word {
			return word{text: toks[i-k].Text}
		}
		return word{}
	}
	switch {
	case has("place sure", before(1)):
		return WhyNamed
	case has("place not", before(1)):
		return ""
	case !ambiguous:
		return WhyName
	}
	for k := 1; k <= 3; k++ {
		if w := before(k); w.text == "" && k <= i && toks[i-k].Kind == text.Mark {
			break
		} else if has("place hint", w) {
			return WhyHint
		}
	}
	return WhyAmbiguous
}

// name decides what the mentions of a message say together.
func (g *gazetteer) name(found []mention) Place {
	best := map[string]mention{}
	for _, m := range found {
		if b, ok := best[m.area]; !ok || g.trust(m) > g.trust(b) {
			best[m.area] = m
		}
	}
	var areas []mention
	for _, m := range best {
		// A kecamatan that holds another named area says nothing more.
		if !slices.ContainsFunc(found, func(o mention) bool { return g.parent[o.area] == m.area && g.rank(o) > 0 }) {
			areas = append(areas, m)
		}
	}
	if len(areas) == 0 {
		return Place{Why: WhyNone}
	}
	slices.SortFunc(areas, func(a, b mention) int {
		if x, y := g.trust(a), g.trust(b); x != y {
			if x > y {
				return -1
			}
			return 1
		}
		return a.start - b.start
	})
	first := areas[0]
	p := Place{Why: first.why, Start: first.start, End: first.end}
	for _, m := range areas[:min(len(areas), 3)] {
		p.Candidates = append(p.Candidates, Candidate{m.area, g.trust(m)})
	}
	switch {
	case g.rank(first) == 0:
		return p
	case len(areas) > 1 && g.rank(areas[1]) == g.rank(first):
		p.Why = WhyTwo
		return p
	}
	p.Area, p.Confidence = first.area, g.trust(first)
	if len(areas) > 1 && g.rank(areas[1]) > 0 {
		p.Confidence = min(p.Confidence, 0.75) // something else was named as well
	}
	if g.parent[first.area] == "" {
		p.Why, p.Confidence = WhyDistrict, min(p.Confidence, trustIn[WhyDistrict])
	}
	return p
}

func (g *gazetteer) trust(m mention) float64 {
	t := trustIn[m.why]
	if g.parent[m.area] == "" {
		t = min(t, trustIn[WhyDistrict])
	}
	return t
}

// rank groups signs of a place: of two areas of one rank neither is believed.
func (g *gazetteer) rank(m mention) int {
	switch {
	case m.why == WhyAmbiguous || m.why == WhyPerhaps:
		return 0
	case g.parent[m.area] == "":
		return 1
	case m.why == WhyLandmark:
		return 2
	case m.why == WhyNamed:
		return 4
	}
	return 3
}

// trim shortens a span's text for a reason, at a character.
func trim(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return strings.TrimSpace(s[:most])
}
