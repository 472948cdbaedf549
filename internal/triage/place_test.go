package triage

import (
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"tanggap/internal/region"
)

func TestPlace(t *testing.T) {
	e := engine()
	pack, _ := baubau()
	for _, c := range []struct{ message, area, why string }{
		{"lampu mati di Wameo", "Wameo", WhyName},
		{"air mati di kelurahan bone bone", "Bonebone", WhyNamed},
		{"Bone-Bone gelap", "Bonebone", WhyName},
		{"sampah di kel. Wajo", "Wajo", WhyNamed},
		{"banjirmi di lorong 3 Lipu selutut", "Lipu", WhyHint},
		{"orang wajo pintar dagang", "", WhyNone},
		{"wajo itu bagus", "", WhyAmbiguous},
		{"jalan Wolio berlubang", "", WhyNone},
		{"benteng Wolio kotor", "", WhyPerhaps},
		{"sampah di Kotamara, kelurahan Wale", "Wale", WhyNamed},
		{"kecamatan wolio gelap", "Wolio", WhyDistrict},
		{"di Bukit Wolio Indah air mati", "Bukit Wolio Indah", WhyName},
		{"BWI blok C air keruh", "Bukit Wolio Indah", WhyName},
		{"air di Kadolo Katapi", "Kadolo Katapi", WhyName},
		{"air di kadolokatapi", "Kadolo Katapi", WhyName},
		{"air di Kadolomoko", "Kadolomoko", WhyName},
		{"air di Kadolo mati", "Kadolo", WhyHint},
		{"kapal ke Pulau Makassar", "Liwuto", WhyName},
		{"sodara saya di Makassar", "", WhyNone},
		{"jalan rusak di Katobenke", "Katobengke", WhyTypo},
		{"Wameo kecamatan Batupoaro", "Wameo", WhyName},
		{"dari Wameo sampai Tarafu gelap", "", WhyTwo},
		{"saya warga Tarafu, sampah di kelurahan Wameo", "Wameo", WhyNamed},
		{"ada kabel putus depan sd 2 batulo", "Batulo", WhyLandmark},
		{"di nganganaumla banyak sampah", "Nganganaumala", WhyTypo},
		{"bukit wolyo indah air mati", "Bukit Wolio Indah", WhyTypo},
		{"kel tomva gelap", "Tomba", WhyTypo},
		{"tomva gelap", "", WhyNone},
		{"air di kadolo katapy", "Kadolo Katapi", WhyTypo},
		{"bone2 gelap", "Bonebone", WhyName},
		{"antara Kadolo sama Kadolomoko gelap", "", WhyTwo},
		{"saya dari Wajo mau lapor jalan rusak di Melai", "Melai", WhyHint},
		{"kami warga Kaobula resah", "Kaobula", WhyName},
		{"pak Wajo marah-marah", "", WhyNone},
		{"bu Melai jual ikan", "", WhyNone},
		{"sampah Lanto RT 2", "Lanto", WhyHint},
		{"got mampet, Lanto", "Lanto", WhyHint},
		{"lampu di sulawesi", "", WhyNone},
		{"tanpa tempat", "", WhyNone},
		{"", "", WhyNone},
	} {
		p := e.Place(c.message, nil, nil)
		area, _ := pack.Area(p.Area)
		if area.Name != c.area || p.Why != c.why {
			t.Errorf("%q -> %q (%s, %v), want %q (%s)", c.message, area.Name, p.Why, p.Candidates, c.area, c.why)
		}
		if p.Area != "" && (p.Confidence <= 0 || p.End <= p.Start || p.End > len(c.message)) {
			t.Errorf("%q: %+v", c.message, p)
		}
	}
}

func TestPositionIsOnlyChecked(t *testing.T) {
	e := engine()
	at := func(lat, lon float64) Place { return e.Place("lampu mati di Wameo", &lat, &lon) }
	if p := at(-5.47, 122.60); p.OutsideBox || p.Area == "" {
		t.Errorf("inside: %+v", p)
	}
	if p := at(-3.99, 122.51); !p.OutsideBox || p.Area == "" {
		t.Errorf("outside must be asked about, not rejected: %+v", p)
	}
}

// TestPositionNamesItsArea holds what a shared position says in a city that has loaded its
// boundaries: here Wameo, a square.
func TestPositionNamesItsArea(t *testing.T) {
	pack, _ := baubau()
	own := *pack
	var wameo, lipu string
	for _, a := range pack.Areas {
		switch a.Name {
		case "Wameo":
			wameo = a.Code
		case "Lipu":
			lipu = a.Code
		}
	}
	own.Boundaries = []region.Boundary{{Area: wameo, Shape: orb.MultiPolygon{{{{122.60, -5.47}, {122.61, -5.47}, {122.61, -5.46}, {122.60, -5.46}, {122.60, -5.47}}}}}}
	g := newGazetteer(&own)
	for _, c := range []struct {
		message  string
		lat, lon float64
		area     string
		why      string
	}{
		{"lampu mati", -5.465, 122.605, wameo, WhyPosition},
		{"lampu mati", -5.475, 122.605, "", WhyNone},                 // beside it
		{"lampu mati di Wameo", -5.465, 122.605, wameo, WhyName},     // both say so
		{"lampu mati di kel. Lipu", -5.465, 122.605, lipu, WhyNamed}, // written from elsewhere
		{"benteng Wolio kotor", -5.465, 122.605, wameo, WhyPosition}, // more than a perhaps
	} {
		p := g.find(c.message, "", &c.lat, &c.lon)
		if p.Area != c.area || p.Why != c.why {
			t.Errorf("%q at %v, %v: %+v", c.message, c.lat, c.lon, p)
		}
		inside := c.lon < 122.61 && c.lat > -5.47
		if inside != slices.ContainsFunc(p.Candidates, func(x Candidate) bool { return x.Value == wameo }) {
			t.Errorf("%q: candidates %+v", c.message, p.Candidates)
		}
	}
	e := *engine()
	e.gazetteer = g
	lat, lon := -5.465, 122.605
	for message, want := range map[string]string{"lampu mati": RulePosition, "lampu mati di Wameo": RulePlace} {
		if got := e.area(Input{Text: message, Lat: &lat, Lon: &lon}); got.Value != wameo || got.Reasons[0].Rule != want {
			t.Errorf("%q is explained by %+v", message, got.Reasons)
		}
	}
	if got := e.area(Input{Text: "lampu mati di Lipu", Area: wameo}); got.Value != wameo || got.Reasons[0].Rule != RuleChosen {
		t.Errorf("what the citizen picked is explained by %+v", got.Reasons)
	}
}
