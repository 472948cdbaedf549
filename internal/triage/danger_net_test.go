package triage

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"tanggap/internal/region"
	"tanggap/internal/text"
)

var update = flag.Bool("update", false, "learn danger.model anew")

const (
	sayings   = 6  // of one line of danger_talk.txt
	seedsEach = 24 // of one service of a pack
)

// dangerExamples are what the net of dangers learns from.
func dangerExamples(t *testing.T) []text.Example {
	t.Helper()
	file, err := os.ReadFile("danger_talk.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []text.Example
	random := rand.New(rand.NewPCG(1, 2))
	for line := range strings.Lines(string(file)) {
		line = strings.TrimSpace(line)
		mark, core, ok := strings.Cut(line, " ")
		label := map[string]string{"+": atHand, "-": calm}[mark]
		if !ok || label == "" {
			continue
		}
		said := map[string]bool{}
		for range 4 * sayings {
			s := choose(core, random)
			if said[s] || len(said) == sayings {
				continue
			}
			said[s] = true
			out = append(out, text.Example{Text: s, Label: label, Group: core}, text.Example{Text: voiced(s, random), Label: label, Group: core})
		}
	}
	for _, line := range chatter() {
		out = append(out, text.Example{Text: line.Text, Label: calm, Group: line.Group})
	}
	for _, name := range []string{"baubau", "kudus"} {
		pack := packOf(t, name)
		d := newDetector(pack)
		danger := dangerous(pack, d)
		taken := map[string]int{}
		for _, i := range random.Perm(len(pack.Seeds)) {
			s := pack.Seeds[i]
			if taken[s.Service]++; taken[s.Service] > seedsEach {
				continue
			}
			e := text.Example{Text: s.Text, Label: calm, Group: s.Core + s.Text[:min(len(s.Text), 20)]}
			if danger[s.Service] {
				if d.find(s.Text) == nil {
					continue // some seeds of such a service only ask about it
				}
				e.Label = atHand
			}
			out = append(out, e)
		}
	}
	return out
}

func packOf(t *testing.T, name string) *region.Pack {
	t.Helper()
	folder, err := region.Embedded(name)
	if err != nil {
		t.Fatal(err)
	}
	p, err := region.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// choose says one of the ways of a line: (a|b) is a or b.
func choose(s string, random *rand.Rand) string {
	for {
		open := strings.IndexByte(s, '(')
		if open < 0 {
			return strings.Join(strings.Fields(s), " ")
		}
		end := open + strings.IndexByte(s[open:], ')')
		ways := strings.Split(s[open+1:end], "|")
		s = s[:open] + ways[random.IntN(len(ways))] + s[end+1:]
	}
}

var (
	openers = strings.Split("pak|bu|min|tolong|halo|assalamualaikum|permisi mau lapor|lapor|eh|izin pak|selamat malam|tabe|ini|woi|aduh|maaf ganggu|kak", "|")
	closers = strings.Split("pak|tolong|bu|cepat|terima kasih|mohon bantuannya|kodong|di lorong kami|dekat masjid|di kelurahan kami|bagaimana ini|ini|kasian|minta tolong|di rt 3|depan sekolah|di pasar", "|")
	clipped = strings.NewReplacer("tidak", "tdk", "sudah", "su", "yang", "yg", "dengan", "dgn", "rumah", "rmh", "tolong", "tlg", "orang", "org", "sekarang", "skrg", "dari", "dr", "belum", "blm", "jalan", "jln", "depan", "dpn", "kalau", "klo", "saya", "sa", "besar", "bsr")
	dialect = strings.NewReplacer("sudah", "su", "tidak ", "nda ", "saya", "sa", "sekali", "skali", "besar", "besarmi", "sekarang", "ini mi", "terus", "trus", "ada ", "adami ", "naik", "naikmi")
)

// voiced says a sentence as another person would type it.
func voiced(s string, random *rand.Rand) string {
	switch random.IntN(4) {
	case 0:
		s = clipped.Replace(s)
	case 1:
		s = dialect.Replace(s)
	case 2:
		w := strings.Fields(s)
		i := random.IntN(len(w))
		if r := []rune(w[i]); len(r) > 3 {
			k := 1 + random.IntN(len(r)-2)
			w[i] = string(r[:k]) + string(r[k+1:])
		}
		s = strings.Join(w, " ")
	}
	if random.IntN(2) == 0 {
		s = openers[random.IntN(len(openers))] + " " + s
	}
	if random.IntN(2) == 0 {
		s += " " + closers[random.IntN(len(closers))]
	}
	return s
}

func TestDangerNetIsWhatItsSentencesTeach(t *testing.T) {
	examples := dangerExamples(t)
	m, err := text.Train(examples, text.Options{Floor: 3})
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("danger.model", m.Save(), 0o644); err != nil {
			t.Fatal(err)
		}
		dangerWeights = m.Save()
	}
	have, err := text.Load(dangerWeights)
	if err != nil {
		t.Fatal(err)
	}
	if have.Version() != m.Version() {
		t.Errorf("danger.model is %s, its sentences teach %s: run with -update", have.Version(), m.Version())
	}
	n := 0
	for _, e := range examples {
		if e.Label == atHand {
			n++
		}
	}
	t.Logf("%d sentences, %d of danger; %d bytes", len(examples), n, len(m.Save()))
	for _, at := range []float64{0.5, 0.6, 0.7, 0.8, 0.9, 0.95} {
		t.Log(fmt.Sprint(m.Curve().At(at)))
	}
	if p := m.Curve().At(0.5); p.Wrong > 0.15 {
		t.Errorf("of held-out sentences %.1f %% are read wrongly", 100*p.Wrong)
	}
	if !slices.Equal(have.Labels(), []string{calm, atHand}) {
		t.Error(have.Labels())
	}
}

// What no rule hears the net does, and a friendly word does not silence it.
func TestNetHearsWhatNoRuleDoes(t *testing.T) {
	e := engine()
	for message, want := range map[string]bool{
		"selamat malam pak, bengkel di sebelah kami sudah dijilat api sampai seng, terima kasih": true,
		"tabe pak anaknya tetangga terkapar di depan toko tidak ada gerakannya, kasian":          true,
		"kampung kami dikepung air dari kali, orang tua sudah di atas meja, mohon perahu":        true,
		"selamat siang, mohon info jadwal posyandu di lorong kami":                               false,
		"bengkel las di sebelah berisik sampai malam, percikannya bikin takut anak anak bermain": false,
		"air kali di belakang rumah baunya menyengat tiap kemarau":                               false,
		"tetangga saya suka teriak teriak karaoke sampai tengah malam":                           false,
		"kucing saya beranak lima di atas lemari, ada yang mau ambil":                            false,
	} {
		if s, rings := e.Decide(Input{Text: message}).Get(Emergency); rings != want {
			t.Errorf("%q rings %v (%.2f), want %v", message, rings, s.Confidence, want)
		} else if rings && (s.Value == "" || s.Model == "" && s.Reasons[0].Rule == RuleModel) {
			t.Errorf("%q: %+v", message, s)
		}
	}
}
