package learn

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/text"
)

func pack(t *testing.T) *region.Pack {
	t.Helper()
	fsys, err := region.Embedded("baubau")
	if err != nil {
		t.Fatal(err)
	}
	p, err := region.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// small is the pack with the seeds of a few services only, which learns at once.
func small(t *testing.T) *region.Pack {
	p := *pack(t)
	keep := []string{"AIR-MATI", "PJU-PADAM", "SMP-TUMPUK", "JLN-RUSAK", "SPAM"}
	p.Seeds = slices.DeleteFunc(slices.Clone(p.Seeds), func(s region.Seed) bool { return !slices.Contains(keep, s.Service) })
	return &p
}

func TestRowsKeepOriginAndMask(t *testing.T) {
	at := time.Date(2026, 3, 4, 2, 0, 0, 0, time.UTC)
	rows := Rows([]*store.Confirmed{
		{CitizenID: "a", OfficerID: "o", Channel: "web", Text: "air mati, hubungi 0811 0000 001", Suggested: "AIR-MATI", Service: "AIR-MATI", DecidedAt: at},
		{CitizenID: "b", OfficerID: "o", Channel: "whatsapp", Text: "lampu", Suggested: "", Service: "PJU-PADAM", DecidedAt: at},
	})
	if rows[0].Origin != Accepted || rows[1].Origin != Corrected {
		t.Errorf("origins %s, %s", rows[0].Origin, rows[1].Origin)
	}
	if rows[0].Text == "air mati, hubungi 0811 0000 001" {
		t.Error("a phone number went into training")
	}
	if s := Shareable(rows); len(s) != 1 || s[0].Channel != "web" {
		t.Errorf("shareable: %+v", s)
	}
}

func TestACitizenNeverStandsOnBothSides(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rows []Row
		for i, c := range rapid.SliceOf(rapid.IntRange(0, 40)).Draw(t, "citizens") {
			rows = append(rows, Row{Citizen: fmt.Sprint("citizen", c), Text: fmt.Sprint(i)})
		}
		learn, judge := Split(rows)
		if len(learn)+len(judge) != len(rows) {
			t.Fatalf("%d and %d of %d", len(learn), len(judge), len(rows))
		}
		side := map[string]bool{}
		for _, r := range learn {
			side[r.Citizen] = true
		}
		for _, r := range judge {
			if side[r.Citizen] {
				t.Fatalf("%s learns and judges", r.Citizen)
			}
		}
		more, _ := Split(append(rows, Row{Citizen: "new"}))
		if len(more) < len(learn) {
			t.Fatal("a later row moved an earlier one")
		}
	})
}

// attack is the wrong confirmations of many citizens' words, by officers in turn.
func attack(officers ...string) []Row {
	var rows []Row
	for i := range 600 {
		rows = append(rows, Row{Citizen: fmt.Sprint("c", i), Officer: pick(i, officers), Service: "SPAM", Channel: "web",
			Text: fmt.Sprintf("%s air pdam tidak mengalir %s sudah %d hari %s", pick(i, openings), pick(i/4, places), i%9, pick(i/20, endings))})
	}
	return rows
}

// The words around the attacked ones differ, so that it is not the same said 600 times.
var (
	openings = []string{"pak", "halo", "permisi", "tolong"}
	places   = []string{"di lorong", "di rumah", "di kos", "di sini", "dekat pasar"}
	endings  = []string{"mohon bantuan", "terima kasih", "kapan jalan", "bagaimana ini", "kasihan anak-anak", "bayar terus", "sampai sekarang", "padahal musim hujan",
		"satu kampung", "ibu sakit", "mandi di mana", "beli terus", "jual galon", "tetangga juga", "tangki mahal", "bak kosong", "cuci piring", "mau wudu",
		"malam saja", "siang saja", "tolonglah", "min", "bu", "ya", "kasih tahu jadwal", "lapor terus", "capek", "sekolah libur", "warung tutup", "sumur kering"}
)

func pick(i int, list []string) string { return list[i%len(list)] }

const victim = "air pdam tidak mengalir di lorong kami sudah 5 hari"

func TestOneOfficerCannotMoveAService(t *testing.T) {
	p := small(t)
	using, err := text.Train(Examples(p, nil, nil), text.Options{Floor: 1})
	if err != nil {
		t.Fatal(err)
	}
	guarded, err := text.Train(Examples(p, attack("one"), using), text.Options{Floor: 1})
	if err != nil {
		t.Fatal(err)
	}
	if top := guarded.Rank(victim).Top[0]; top.Label != "AIR-MATI" {
		t.Errorf("600 false confirmations of one officer moved the service to %s", top.Label)
	}
	// What several officers say is no attack: the office calls it so now.
	both, err := text.Train(Examples(p, attack("one", "two"), using), text.Options{Floor: 1})
	if err != nil {
		t.Fatal(err)
	}
	if top := both.Rank(victim).Top[0]; top.Label != "SPAM" {
		t.Errorf("two officers agree 600 times, and it stays %s", top.Label)
	}
	// The attack works where nothing bounds it, so the test can fail.
	open := Examples(p, nil, nil)
	for _, r := range attack("one") {
		open = append(open, text.Example{Text: r.Text, Label: r.Service, Weight: rowWeight})
	}
	naive, err := text.Train(open, text.Options{Floor: 1})
	if err != nil {
		t.Fatal(err)
	}
	if top := naive.Rank(victim).Top[0]; top.Label != "SPAM" {
		t.Errorf("without bounds the attack gives %s: it is too weak to prove anything", top.Label)
	}
}

func TestSourcesAreBounded(t *testing.T) {
	p := small(t)
	rapid.Check(t, func(t *rapid.T) {
		var rows []Row
		for i := range rapid.IntRange(0, 60).Draw(t, "rows") {
			rows = append(rows, Row{Text: fmt.Sprint("kata ", i), Service: rapid.SampledFrom([]string{"AIR-MATI", "SPAM", "GONE"}).Draw(t, "service"),
				Citizen: fmt.Sprint(rapid.IntRange(0, 5).Draw(t, "citizen")), Officer: fmt.Sprint(rapid.IntRange(0, 2).Draw(t, "officer"))})
		}
		total := map[string]float64{}
		for i, e := range Examples(p, rows, nil) {
			if e.Label == "GONE" {
				t.Fatal("learned a service that the pack does not have")
			}
			if e.Weight < 0 || e.Weight > rowWeight {
				t.Fatalf("example %d weighs %v", i, e.Weight)
			}
			if e.Weight > 0 {
				total[e.Label] += e.Weight
			}
		}
		// Three officers, each at most a third of the rest: together they cannot outweigh
		// the seeds more than threefold.
		for label, w := range total {
			if seeds := float64(len(Examples(p, nil, nil))); w > 3*seeds {
				t.Fatalf("%s: rows weigh %v beside %v seeds", label, w, seeds)
			}
		}
	})
}

func TestCompareSaysWorseForOneServiceAlone(t *testing.T) {
	p := small(t)
	good, err := text.Train(Examples(p, nil, nil), text.Options{Floor: 1})
	if err != nil {
		t.Fatal(err)
	}
	// The bad one knows no refuse: whatever is about it goes elsewhere.
	var without []text.Example
	for _, e := range Examples(p, nil, nil) {
		if e.Label != "SMP-TUMPUK" {
			without = append(without, e)
		}
	}
	bad, err := text.Train(without, text.Options{Floor: 1})
	if err != nil {
		t.Fatal(err)
	}
	var rows []Row
	for i := range 60 {
		rows = append(rows, Row{Text: fmt.Sprintf("air pdam mati %d hari", i), Service: "AIR-MATI"})
	}
	for i := range 10 {
		rows = append(rows, Row{Text: fmt.Sprintf("sampah menumpuk %d hari belum diangkut", i), Service: "SMP-TUMPUK"})
	}
	for _, c := range []struct {
		name       string
		old, fresh *text.Model
		rows       []Row
		want       Verdict
	}{
		{"the same", good, good, rows, Better},
		{"loses a service", good, bad, rows, Worse},
		{"gains a service", bad, good, rows, Better},
		{"too few", good, good, rows[:10], TooFew},
		{"none before", nil, good, rows, NoModel},
	} {
		got := Compare(c.old, c.fresh, c.rows)
		if got.Verdict != c.want {
			t.Errorf("%s: %s, want %s: %+v", c.name, got.Verdict, c.want, got)
		}
		if c.want == Worse && !slices.Equal(got.Worse, []string{"SMP-TUMPUK"}) {
			t.Errorf("%s: worse for %v", c.name, got.Worse)
		}
	}
}

func TestTrainingIsRepeatable(t *testing.T) {
	p := small(t)
	rows := attack("one")[:40]
	a, ra, err := Train(p, rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, rb, err := Train(p, rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	if a.Version() != b.Version() || fmt.Sprint(ra) != fmt.Sprint(rb) {
		t.Errorf("%s, %s; %+v, %+v", a.Version(), b.Version(), ra, rb)
	}
}

func TestDriftNamesStrangeWords(t *testing.T) {
	p := small(t)
	m, err := text.Train(Examples(p, nil, nil), text.Options{Floor: 1})
	if err != nil {
		t.Fatal(err)
	}
	var near, far []Row
	for i := range p.Seeds {
		s := p.Seeds[i*101%len(p.Seeds)] // seeds stand in the order of their services
		near = append(near, Row{Text: s.Text, Service: s.Service})
		far = append(far, Row{Text: fmt.Sprintf("qwertyan zxcvbnan lampu %d", i), Service: "PJU-PADAM"})
	}
	if d := Measure(p, m, near); d.Unknown != 0 || d.Shift > 0.1 {
		t.Errorf("seeds drift from themselves: %+v", d)
	}
	d := Measure(p, m, far)
	if d.Unknown < 0.5 || d.Shift < 0.5 || !slices.Contains(d.Words, "qwertyan") {
		t.Errorf("strange messages do not drift: %+v", d)
	}
	if d := Measure(p, m, nil); d.N != 0 || d.Words != nil {
		t.Errorf("nothing drifts: %+v", d)
	}
}
