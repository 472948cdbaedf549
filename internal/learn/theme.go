package learn

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/text"
)

// Theme is a group of messages that the services explain badly and that say something
// alike: a need that nobody has given a name yet.
type Theme struct {
	Words    []string // that make it, the most telling first
	Cases    int
	Citizens int
	Recent   int            // cases of the newest half of the time looked at
	Before   int            // of the older half
	Areas    map[string]int // by area code; "" where none was named
	Examples []string       // masked
}

// Growth is how much oftener the theme came in the newer half, 1 for as often; both
// counts are raised by one, so that two cases after none are no explosion.
func (t Theme) Growth() float64 { return float64(t.Recent+1) / float64(t.Before+1) }

const (
	themeAlike    = 0.28 // cosine from which on two messages say something alike
	themeCitizens = 3    // fewer citizens are no theme: one who writes often makes none
	themeWords    = 5
	themeExamples = 3
	mostThemed    = 2000 // newest messages looked at
	mostThemes    = 12
	shortestTold  = 4 // letters of a word that can name a theme
)

// Themes groups messages, newest last, of the time from since to now. Each new message
// joins the group whose mean it resembles most, or begins one.
func Themes(p *region.Pack, rows []*store.Unexplained, since, now time.Time) []Theme {
	rows = rows[max(0, len(rows)-mostThemed):]
	rare := rarity(p, rows)
	var groups []*group
	for _, r := range rows {
		v := vector(r.Summary, rare)
		if len(v) < 2 {
			continue
		}
		var best *group
		most := themeAlike
		for _, g := range groups {
			if c := cosine(v, g.sum); c > most {
				best, most = g, c
			}
		}
		if best == nil {
			best = &group{sum: map[string]float64{}}
			groups = append(groups, best)
		}
		for w, x := range v {
			best.sum[w] += x
		}
		best.members = append(best.members, r)
	}
	groups = join(groups)
	middle := since.Add(now.Sub(since) / 2)
	var out []Theme
	for _, g := range groups {
		t := Theme{Cases: len(g.members), Areas: map[string]int{}}
		who := map[string]bool{}
		for _, m := range g.members {
			who[m.CitizenID] = true
			t.Areas[m.Area]++
			if m.OpenedAt.After(middle) {
				t.Recent++
			} else {
				t.Before++
			}
			if len(t.Examples) < themeExamples {
				t.Examples = append(t.Examples, m.Summary)
			}
		}
		if t.Citizens = len(who); t.Citizens < themeCitizens {
			continue
		}
		for w := range g.sum {
			if in := appearances(w, g.members); 2*in >= len(g.members) && len(w) >= shortestTold {
				t.Words = append(t.Words, w)
			}
		}
		slices.SortFunc(t.Words, func(a, b string) int { return cmp.Or(cmp.Compare(g.sum[b], g.sum[a]), cmp.Compare(a, b)) })
		t.Words = t.Words[:min(len(t.Words), themeWords)]
		if len(t.Words) > 0 {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b Theme) int {
		return cmp.Or(cmp.Compare(b.Growth()*float64(b.Citizens), a.Growth()*float64(a.Citizens)), cmp.Compare(a.Words[0], b.Words[0]))
	})
	return out[:min(len(out), mostThemes)]
}

type group struct {
	sum     map[string]float64
	members []*store.Unexplained
}

// join puts groups together that grew alike from different beginnings. Groups of one
// message stay alone.
func join(groups []*group) []*group {
	var out []*group
	for _, g := range groups {
		into := -1
		if len(g.members) > 1 {
			into = slices.IndexFunc(out, func(o *group) bool { return len(o.members) > 1 && cosine(unit(g.sum), o.sum) > themeAlike })
		}
		if into < 0 {
			out = append(out, g)
			continue
		}
		for w, x := range g.sum {
			out[into].sum[w] += x
		}
		out[into].members = append(out[into].members, g.members...)
	}
	return out
}

func unit(v map[string]float64) map[string]float64 {
	norm := 0.0
	for _, x := range v {
		norm += x * x
	}
	out := make(map[string]float64, len(v))
	for w, x := range v {
		out[w] = x / math.Sqrt(norm)
	}
	return out
}

func appearances(w string, members []*store.Unexplained) int {
	n := 0
	for _, m := range members {
		if slices.ContainsFunc(text.Tokens(m.Summary), func(t text.Token) bool { return t.Kind == text.Word && t.Text == w }) {
			n++
		}
	}
	return n
}

// rarity says how much a word tells, by how seldom it stands in the seeds and in the
// messages themselves.
func rarity(p *region.Pack, rows []*store.Unexplained) func(string) float64 {
	in := map[string]int{}
	count := func(s string) {
		seen := map[string]bool{}
		for _, t := range text.Tokens(s) {
			if t.Kind == text.Word && !seen[t.Text] {
				seen[t.Text] = true
				in[t.Text]++
			}
		}
	}
	for _, s := range p.Seeds {
		count(s.Text)
	}
	for _, r := range rows {
		count(r.Summary)
	}
	n := float64(len(p.Seeds) + len(rows))
	return func(w string) float64 { return math.Log((n + 1) / float64(in[w]+1)) }
}

func vector(s string, rare func(string) float64) map[string]float64 {
	v := map[string]float64{}
	for _, t := range text.Tokens(s) {
		if t.Kind == text.Word && len(t.Text) > 2 && strings.Trim(t.Text, "0123456789") != "" {
			v[t.Text] = rare(t.Text)
		}
	}
	return unit(v)
}

func cosine(unit, sum map[string]float64) float64 {
	dot, norm := 0.0, 0.0
	for w, x := range unit {
		dot += x * sum[w]
	}
	if dot == 0 {
		return 0
	}
	for _, x := range sum {
		norm += x * x
	}
	return dot / math.Sqrt(norm)
}

// Draft is a line of services.csv and lines of seed.csv with which a theme becomes a
// service: somebody gives it a better name and the right unit.
func (t Theme) Draft() (service, seeds string) {
	name := strings.Join(t.Words[:min(2, len(t.Words))], " ")
	code := "BARU-" + strings.ToUpper(t.Words[0])
	cell := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
	service = strings.Join([]string{code, cell(name), cell(name), "pengaduan", "1", "suggest", "tidak", "tidak", "tidak", "tidak", "LAYANAN-5HK", "", "tidak",
		cell(strings.Join(t.Words, "|")), cell("Tulis di mana dan sejak kapan."), cell("Say where and since when.")}, ",")
	for _, e := range t.Examples {
		seeds += code + "," + cell(e) + "\n"
	}
	return service, seeds
}
