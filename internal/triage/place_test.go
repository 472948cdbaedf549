package triage

import "testing"

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
