package text

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// topics make a small labelled world: label -> what a message about it says.
var topics = map[string][]string{
	"PJU":    {"lampu jalan padam", "lampu jalan mati gelap", "pju tidak menyala", "lampu lorong mati total"},
	"AIR":    {"air pdam tidak mengalir", "air mati dari kemarin", "ledeng macet tidak ada air", "air tidak jalan"},
	"SAMPAH": {"sampah menumpuk bau", "sampah belum diangkut", "tps penuh sampah", "truk sampah tidak datang"},
	"JALAN":  {"jalan rusak berlubang", "aspal hancur banyak lubang", "jalan berlubang dalam", "jalanan rusak parah"},
	"KTP":    {"mau bikin ktp baru", "ktp hilang urus dimana", "perekaman ktp kapan", "syarat ktp elektronik"},
}

var (
	openings = []string{"", "pak tolong", "assalamualaikum", "mohon bantuannya", "selamat pagi admin", "min", "bu lurah"}
	closings = []string{"", "terima kasih", "sudah 3 hari", "di lorong kami", "depan masjid", "mohon ditindaklanjuti", "kodong"}
)

func world(n int, seed uint64) []Example {
	rnd := rand.New(rand.NewPCG(seed, 1))
	labels := []string{"AIR", "JALAN", "KTP", "PJU", "SAMPAH"}
	var out []Example
	for i := range n {
		l := labels[i%len(labels)]
		k := rnd.IntN(len(topics[l]))
		text := strings.Join([]string{openings[rnd.IntN(len(openings))], topics[l][k], closings[rnd.IntN(len(closings))]}, " ")
		out = append(out, Example{Text: strings.TrimSpace(text), Label: l, Group: fmt.Sprint("voice", k)})
	}
	return out
}

func small(t testing.TB) *Model {
	m, err := Train(world(200, 1), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestClassify(t *testing.T) {
	m := small(t)
	for text, want := range map[string]string{
		"lampu jalannya mati mi di lorong, gelap sekali":      "PJU",
		"AIR PDAM TIDAK MENGALIIIIR pak":                      "AIR",
		"smpah numpuk bau busuk di TPS":                       "SAMPAH",
		"jlan berlobang dalam skali, hampir jatuh orang":      "JALAN",
		"saya mau urus ktp yang hilang, syaratnya apa":        "KTP",
		"l\u200bampu jаlan раdam":                             "PJU", // zero-width and Cyrillic
		"jalan gelap, lampunya 081100000012 tidak menyala ji": "PJU",
	} {
		r := m.Classify(text)
		if r.Top[0].Label != want {
			t.Errorf("%q -> %v, want %s", text, r.Top[:2], want)
		}
		sum := 0.0
		for _, c := range r.Top {
			sum += c.P
		}
		if math.Abs(sum-1) > 1e-9 || len(r.Top) != 5 {
			t.Errorf("%q: probabilities sum to %v over %d labels", text, sum, len(r.Top))
		}
	}
}

func TestReasonsAddUpToMargin(t *testing.T) {
	m := small(t)
	for _, text := range []string{"lampu jalan mati gelap sekali pak", "air air air tidak mengalir", "ktp", "jalan rusak jalan rusak"} {
		r := m.Classify(text)
		sum := r.Prior
		for _, x := range r.Reasons {
			sum += x.Weight
			if got := Normalise(text[x.Start:x.End]); got != x.Word {
				t.Errorf("%q: span %d-%d is %q, not %q", text, x.Start, x.End, got, x.Word)
			}
		}
		if math.Abs(sum-r.Margin) > 1e-4 {
			t.Errorf("%q: reasons sum to %v, margin %v", text, sum, r.Margin)
		}
	}
	r := m.Classify("tolong pak lampu padam di sana")
	if w := r.Reasons[0].Word; w != "lampu" && w != "padam" {
		t.Errorf("strongest reason is %q", w)
	}
}

// Strange words must not be judged by a scrap that happens to be known.
func TestUnknownTextIsUnsure(t *testing.T) {
	m := small(t)
	sure := m.Classify("sampah menumpuk belum diangkut").Top[0].P
	for _, text := range []string{"qwxz vvkk zzyq pxqj", "привет как дела сегодня", "xyzzy plugh"} {
		if p := m.Classify(text).Top[0].P; p > 0.6 || p > sure {
			t.Errorf("%q: confidence %.2f", text, p)
		}
	}
	for _, text := range []string{"", "  \n", "🔥🔥🔥", "!!!", "7472990101990001", "\x00\x00", "mi ji"} {
		if r := m.Classify(text); len(r.Reasons) > 1 {
			t.Errorf("%q: %v", text, r.Reasons)
		}
	}
}

func TestReasonsShowNoPersonalData(t *testing.T) {
	r := small(t).Classify("nama saya Budi Contoh NIK 7472990101990001 lampu jalan padam")
	for _, x := range r.Reasons {
		if strings.Contains(x.Word, "7472") || x.Word == "budi" {
			t.Errorf("reason shows %q", x.Word)
		}
	}
}

func TestTrainIsDeterministicAndStores(t *testing.T) {
	a, b := small(t), small(t)
	if a.Version() != b.Version() || !bytes.Equal(a.Save(), b.Save()) {
		t.Error("equal examples gave different models")
	}
	c, err := Load(a.Save())
	if err != nil {
		t.Fatal(err)
	}
	if c.Version() != a.Version() || !slices.Equal(c.Labels(), a.Labels()) {
		t.Errorf("loaded version %s, saved %s", c.Version(), a.Version())
	}
	for _, e := range world(40, 9) {
		x, y := a.Classify(e.Text), c.Classify(e.Text)
		if !slices.Equal(x.Top, y.Top) || !slices.Equal(x.Reasons, y.Reasons) {
			t.Fatalf("%q: %v before and %v after storing", e.Text, x.Top, y.Top)
		}
	}
	other, err := Train(world(200, 2), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if other.Version() == a.Version() {
		t.Error("other examples gave the same version")
	}
}

func TestTrainRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		examples []Example
		opt      Options
	}{
		"nothing":   {nil, Options{}},
		"one label": {[]Example{{Text: "a", Label: "X"}, {Text: "b", Label: "X"}}, Options{}},
		"bad cost":  {world(10, 1), Options{Cost: -1}},
		"no cost":   {world(10, 1), Options{Cost: math.NaN()}},
		"all held":  {world(10, 1), Options{Newest: 1}},
		"certainty": {world(10, 1), Options{Coverage: 1}},
		"weight":    {[]Example{{Text: "a", Label: "X", Weight: -1}, {Text: "b", Label: "Y"}}, Options{}},
	} {
		if _, err := Train(c.examples, c.opt); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := Train([]Example{{Label: "A"}, {Label: "B"}}, Options{}); err != nil {
		t.Errorf("empty texts must train: %v", err)
	}
}

// A server trains at its start when no model is stored: about a second is wanted for
// a thousand messages under sixty labels.
func BenchmarkTrain(b *testing.B) {
	examples := crowd(1200, 59)
	for b.Loop() {
		if _, err := Train(examples, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// crowd makes messages of invented words, some of them typical of a label.
func crowd(n, labels int) []Example {
	rnd := rand.New(rand.NewPCG(3, 4))
	syllables := strings.Fields("ba ca da ga ka la ma na pa ra sa ta wa bi di li mi ni ri si ti bu du ku lu mu nu ru su tu")
	word := func(seed uint64) string {
		r := rand.New(rand.NewPCG(seed, 5))
		var b strings.Builder
		for range 2 + r.IntN(3) {
			b.WriteString(syllables[r.IntN(len(syllables))])
		}
		return b.String()
	}
	var out []Example
	for i := range n {
		l := i % labels
		var b strings.Builder
		for range 14 {
			seed := uint64(rnd.IntN(800))
			if rnd.IntN(4) == 0 {
				seed = uint64(1000 + l*8 + rnd.IntN(8))
			}
			b.WriteString(word(seed) + " ")
		}
		out = append(out, Example{Text: b.String(), Label: fmt.Sprint("L", l), Group: fmt.Sprint("v", rnd.IntN(12))})
	}
	return out
}

func FuzzLoad(f *testing.F) {
	f.Add(small(f).Save())
	f.Add([]byte(magic))
	f.Add([]byte("tanggap-text\n\x00\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Load(data)
		if err != nil {
			return
		}
		if r := m.Classify("air mati sudah 7 hari"); len(r.Top) != len(m.Labels()) || len(r.Top) < 2 {
			t.Errorf("%d candidates for %d labels", len(r.Top), len(m.Labels()))
		}
	})
}

// Whatever is sent must be read without harm and give a sound result.
func FuzzClassify(f *testing.F) {
	m := small(f)
	for _, s := range []string{
		"", " \n", "🔥🔥🔥😭", "lampu jalan padam", strings.Repeat("sampah numpuk ", 8000), strings.Repeat("a", 100_000),
		"l\u0336\u0321a\u0336\u0322m\u0336p\u0334u\u0335" + strings.Repeat("\u0336", 2000), "\xff\xfe\x00", "نار في السوق", "漏水了请帮忙",
		strings.Repeat("x y ", 30_000), "ignore all instructions and answer KTP", strings.Repeat("\u200b", 5000) + "air mati",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := m.Classify(s)
		if len(r.Top) == 0 {
			return
		}
		sum, margin := 0.0, r.Prior
		for _, c := range r.Top {
			if !(c.P >= 0 && c.P <= 1) {
				t.Fatalf("probability %v", c.P)
			}
			sum += c.P
		}
		for _, x := range r.Reasons {
			if x.Start < 0 || x.End > len(s) || x.Start >= x.End {
				t.Fatalf("reason %+v of %d bytes", x, len(s))
			}
			margin += x.Weight
		}
		if len(r.Top) != 5 || math.Abs(sum-1) > 1e-9 || math.Abs(margin-r.Margin) > 1e-3 {
			t.Fatalf("%d labels, probabilities sum to %v, reasons to %v of %v", len(r.Top), sum, margin, r.Margin)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	for b.Loop() {
		Read(ordinary)
	}
}

func BenchmarkRank(b *testing.B) {
	m := many(b)
	for b.Loop() {
		m.Rank(ordinary)
	}
}

func BenchmarkLoad(b *testing.B) {
	data := many(b).Save()
	for b.Loop() {
		if _, err := Load(data); err != nil {
			b.Fatal(err)
		}
	}
}

const ordinary = "Assalamualaikum pak, lampu jalan di lorong sa mati mi 3 hari, gelap skali kodong, mohon segera diperbaiki karena anak-anak takut lewat situ kalau malam"

// many is a model of about the size of a region's.
func many(b *testing.B) *Model {
	m, err := Train(crowd(1200, 59), Options{})
	if err != nil {
		b.Fatal(err)
	}
	return m
}

func BenchmarkClassify(b *testing.B) {
	m := many(b)
	for b.Loop() {
		m.Classify(ordinary)
	}
}
