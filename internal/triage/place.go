package triage

import (
	"cmp"
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
	WhyPosition  = "position"  // the shared position lies in the area
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
	WhyLandmark: 0.75, WhyPosition: 0.9, WhyDistrict: 0.8, WhyPerhaps: 0.5, WhyAmbiguous: 0.3,
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
	names   []string // keys that may be misspelt, sorted
	box     [4]float64
	parent  map[string]string
	words   int // most words of a name
	areaAt  func(lat, lon float64) string
}

type entry struct {
	area      string
	why       string // WhyName, WhyLandmark or WhyPerhaps
	ambiguous bool
}

func newGazetteer(p *region.Pack) *gazetteer {
	g := &gazetteer{entries: map[string]entry{}, box: p.Identity.Box, parent: map[string]string{}, words: 1, areaAt: p.AreaAt}
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
		if len(key) >= shortName && !e.ambiguous && e.why == WhyName {
			g.names = append(g.names, key)
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
	slices.Sort(g.names)
	return g
}

// maxPlaceWords bounds how far into a message names are looked for.
const maxPlaceWords = 2000

// mention is one name found in a message.
type mention struct {
	area, why  string
	start, end int
	home       bool // it says where the writer lives, which need not be where the matter is
}

// find places a message. A position is checked against the region's box and, where the
// city has loaded its boundaries, names the area in which it lies; a name that is said
// outweighs it, for people also write from home.
func (g *gazetteer) find(message, chosen string, lat, lon *float64) Place {
	out := g.name(g.mentions(message))
	if _, ok := g.parent[chosen]; ok && chosen != "" {
		out.Area, out.Why, out.Confidence, out.Start, out.End = chosen, WhyChosen, trustIn[WhyChosen], 0, 0
	}
	if lat != nil && lon != nil {
		inside := *lat >= g.box[0] && *lat <= g.box[2] && *lon >= g.box[1] && *lon <= g.box[3]
		out.OutsideBox = !inside
		if at := g.areaAt(*lat, *lon); at != "" {
			out.lie(at, g.parent)
		}
	}
	return out
}

// lie takes the area of a position into a place.
func (p *Place) lie(at string, parent map[string]string) {
	sure := p.Area != "" && p.Why != WhyDistrict && p.Why != WhyLandmark
	switch {
	case p.Area == at:
		p.Confidence = max(p.Confidence, trustIn[WhyPosition])
	case sure:
		p.offer(at)
	case p.Why == WhyDistrict && parent[at] != p.Area:
		p.offer(at) // it lies in another kecamatan than the one that is said
	default:
		p.Area, p.Why, p.Confidence, p.Start, p.End = at, WhyPosition, trustIn[WhyPosition], 0, 0
		p.offer(at)
	}
}

// offer puts an area among the candidates.
func (p *Place) offer(area string) {
	if !slices.ContainsFunc(p.Candidates, func(c Candidate) bool { return c.Value == area }) {
		p.Candidates = append(p.Candidates, Candidate{area, trustIn[WhyPosition]})
		slices.SortStableFunc(p.Candidates, func(a, b Candidate) int { return cmp.Compare(b.Confidence, a.Confidence) })
	}
}

func (g *gazetteer) mentions(message string) []mention {
	var toks []text.Token
	for _, t := range text.Tokens(message) {
		n := len(toks)
		if t.Kind == text.Mark && t.Text == "." && n > 0 && has("place sure", word{text: toks[n-1].Text}) {
			continue // "kel. Wajo" is one name, not two sentences
		}
		if t.Kind == text.Word && t.End-t.Start == len(t.Text)+1 && message[t.End-1] == '2' {
			t.Text += t.Text // bone2
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
			why = context(toks, i, n, e.ambiguous)
		}
		if why != "" {
			out = append(out, mention{e.area, why, toks[i].Start, toks[i+n-1].End, atHome(toks, i)})
		}
		i += n
	}
	return out
}

// atHome reports "saya dari X", "kami warga kelurahan X": up to four words before, with
// none of place between.
func atHome(toks []text.Token, i int) bool {
	var words []word
	for k := i - 1; k >= max(i-4, 0) && toks[k].Kind != text.Mark; k-- {
		words = append(words, word{text: toks[k].Text})
	}
	slices.Reverse(words)
	_, end, ok := find("place home", words, 0, len(words))
	return ok && !contains("place event", words, end, len(words))
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
	if area, more := g.misspelt(toks, i); more > n { // "kadolo katapy" is not Kadolo
		return entry{area: area}, WhyTypo, more
	}
	return e, why, n
}

// misspelt finds the one name that the next words, written together, come near to: one
// letter wrong in seven, two in ten, and one in five where the words before say that a
// name follows.
func (g *gazetteer) misspelt(toks []text.Token, i int) (area string, n int) {
	cued := i > 0 && has("place sure", word{text: toks[i-1].Text})
	key, strange := "", false
	for k := 0; k < g.words && i+k < len(toks) && toks[i+k].Kind != text.Mark; k++ {
		key += toks[i+k].Text
		strange = strange || toks[i+k].Kind == text.Word && !text.Common(toks[i+k].Text)
		if !strange {
			continue
		}
		best, found, two := longName, "", false
		for _, name := range g.names {
			slips := 0
			switch {
			case name[0] != key[0]:
				continue
			case len(name) >= longName:
				slips = 2
			case len(name) >= typoRunes || cued:
				slips = 1
			}
			d := slipsBetween(name, key, slips+1)
			switch {
			case d > slips || d > best:
			case d < best:
				best, found, two = d, g.entries[name].area, false
			case g.entries[name].area != found:
				two = true
			}
		}
		if found != "" && !two {
			area, n = found, k+1
		}
	}
	return area, n
}

const (
	shortName = 5  // letters of a name that may be misspelt after "kelurahan"
	longName  = 10 // ... in which two letters may be wrong
)

// slipsBetween is how many letters must be put in, left out, changed or swapped with the
// next to make b of a, or most where that is as many or more.
func slipsBetween(a, b string, most int) int {
	if len(a)-len(b) >= most || len(b)-len(a) >= most {
		return most
	}
	before, last, now := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		for j := 1; j <= len(b); j++ {
			d := last[j-1]
			if a[i-1] != b[j-1] {
				d++
			}
			d = min(d, last[j]+1, now[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			now[j] = d
		}
		before, last, now = last, now, before
	}
	return min(last[len(b)], most)
}

// context says how far the words around a name of n tokens make a place of it; "" means
// that it names something else (Jalan Wolio, suku Wolio, Pak Wajo).
func context(toks []text.Token, i, n int, ambiguous bool) string {
	at := func(k int) word {
		if k >= 0 && k < len(toks) && toks[k].Kind == text.Word {
			return word{text: toks[k].Text}
		}
		return word{}
	}
	switch {
	case has("place sure", at(i-1)):
		return WhyNamed
	case has("place not", at(i-1)):
		return ""
	case !ambiguous:
		return WhyName
	case has("place person", at(i-1)):
		return ""
	}
	for k := i - 1; k >= max(i-3, 0) && toks[k].Kind != text.Mark; k-- {
		if has("place hint", at(k)) {
			return WhyHint
		}
	}
	if has("place after", at(i+n)) {
		return WhyHint
	}
	// "selokan mampet, lipu": alone at the end, it says where.
	if i > 0 && toks[i-1].Kind == text.Mark && (i+n == len(toks) || toks[i+n].Kind == text.Mark && i+n+1 == len(toks)) {
		return WhyHint
	}
	return WhyAmbiguous
}

// name decides what the mentions of a message say together.
func (g *gazetteer) name(found []mention) Place {
	best := map[string]mention{}
	for _, m := range found {
		if b, ok := best[m.area]; !ok || g.trust(m) > g.trust(b) {
			m.home = m.home && (!ok || b.home)
			best[m.area] = m
		} else if !m.home {
			b.home = false
			best[m.area] = b
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
	// Where the writer lives counts only where nothing says where the matter is.
	if slices.ContainsFunc(areas, func(m mention) bool { return !m.home && g.rank(m) > 1 }) {
		areas = slices.DeleteFunc(areas, func(m mention) bool { return m.home })
	}
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
