package triage

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tanggap/internal/text"
)

func decide(t *testing.T, in Input) map[Kind]Suggestion {
	t.Helper()
	out := map[Kind]Suggestion{}
	for _, s := range engine().Decide(in) {
		if _, twice := out[s.Kind]; twice {
			t.Errorf("%.60q: two suggestions of kind %s", in.Text, s.Kind)
		}
		out[s.Kind] = s
	}
	for _, k := range []Kind{Service, Unit, Urgency, Area} {
		if _, ok := out[k]; !ok {
			t.Errorf("%.60q: no suggestion of kind %s", in.Text, k)
		}
	}
	return out
}

func TestDecideEmergency(t *testing.T) {
	s := decide(t, Input{Text: "pak lampu jalan mati dan rumah terbakar di Wameo"})
	if s[Service].Value != "BNC-KEBAKARAN" || s[Urgency].Value != "3" || s[Emergency].Value != "BNC-KEBAKARAN" {
		t.Errorf("%+v", s)
	}
	if !s[Unit].Automatic || !s[Urgency].Automatic || s[Unit].Value == "" {
		t.Errorf("a danger must be routed at once: %+v", s[Unit])
	}
	// Neither the citizen's choice nor an unticked box lowers it.
	s = decide(t, Input{Text: "rumah terbakar", Service: "PJU-PADAM"})
	if s[Service].Value != "BNC-KEBAKARAN" || s[Urgency].Value != "3" {
		t.Errorf("%+v", s[Service])
	}
}

func TestDecideWithoutModel(t *testing.T) {
	pack, _ := baubau()
	e := New(pack, nil)
	out := e.Decide(Input{Text: "lampu jalan padam di Wameo"})
	s, _ := out.Get(Service)
	u, _ := out.Get(Unit)
	if s.Value != "" || u.Value != pack.Identity.Triage || u.Automatic {
		t.Errorf("without a model a person chooses: %+v %+v", s, u)
	}
	if a, _ := out.Get(Area); a.Value == "" {
		t.Error("places need no model")
	}
	if _, ok := e.Decide(Input{Text: "rumah terbakar"}).Get(Emergency); !ok {
		t.Error("dangers need no model")
	}
}

func TestDecideChosen(t *testing.T) {
	s := decide(t, Input{Text: "lampu jalan di lorong kami padam sudah 3 hari", Service: "PJU-PADAM", Area: "74.72.08.1003"})
	if s[Service].Value != "PJU-PADAM" || s[Service].Confidence < chosenTrust || s[Area].Value != "74.72.08.1003" || s[Area].Confidence != 1 {
		t.Errorf("%+v", s)
	}
	if s := decide(t, Input{Text: "xqzt", Service: "JLN-RUSAK", Area: "no such area"}); s[Service].Value != "JLN-RUSAK" || s[Area].Value != "" {
		t.Errorf("%+v", s)
	}
	if s := decide(t, Input{Text: "lampu jalan padam", Service: "NO-SUCH"}); s[Service].Value == "NO-SUCH" {
		t.Error("an unknown service must not be taken")
	}
}

func TestDecideDanger(t *testing.T) {
	if s := decide(t, Input{Text: "mau urus domisili", Danger: true}); s[Urgency].Value != "2" {
		t.Errorf("urgency %s", s[Urgency].Value)
	}
	if s := decide(t, Input{Text: "rumah terbakar", Danger: true}); s[Urgency].Value != "3" {
		t.Errorf("urgency %s", s[Urgency].Value)
	}
}

func TestDecideSensitive(t *testing.T) {
	for message, secret := range map[string]bool{
		"ada pungli di kantor lurah":                           true,
		"oknum minta uang 100rb waktu urus ktp":                true,
		"tolong rahasiakan nama saya, jalan rusak":             true,
		"anak tetangga sering dipukul bapaknya":                true,
		"adik saya hiv butuh obat":                             true,
		"tetangga saya dapat bansos padahal kaya punya oto":    true,
		"ada orang gila mengamuk di pasar":                     true,
		"lampu jalan padam di lorong 5":                        false,
		"mau bikin ktp syaratnya apa":                          false,
		"air pdam tidak mengalir dari minggu lalu di Lamangga": false,
	} {
		s, ok := decide(t, Input{Text: message})[Sensitive]
		if ok != secret || ok && (s.Value != "secret" || len(s.Reasons) == 0) {
			t.Errorf("%q: secret %v, want %v (%+v)", message, ok, secret, s)
		}
	}
}

func TestJudgingIsNeverAutomatic(t *testing.T) {
	pack, _ := baubau()
	for _, service := range pack.Services {
		s := decide(t, Input{Text: service.Name, Service: service.Code})
		if service.Judges && s[Service].Value == service.Code && s[Unit].Automatic {
			t.Errorf("%s judges, yet is routed without a person", service.Code)
		}
	}
}

func TestHostileInputs(t *testing.T) {
	e := engine()
	for name, s := range map[string]string{
		"empty": "", "spaces": " \n\t", "emoji": strings.Repeat("🔥", 25_000), "long": strings.Repeat("kebakaran di wameo tidak ada ", 3500),
		"zalgo": strings.Repeat("a\u0301\u0302", 20_000), "word": strings.Repeat("x", 100_000), "invalid": strings.Repeat("\xff\xc0", 50_000),
		"russian": strings.Repeat("пожар в доме ", 4000), "commas": strings.Repeat("pohon, ", 15_000), "gaps": strings.Repeat("pohon besar tua ", 7000),
	} {
		out := e.Decide(Input{Text: s})
		if len(out) < 4 {
			t.Errorf("%s: %d suggestions", name, len(out))
		}
	}
}

func FuzzDecide(f *testing.F) {
	for _, s := range []string{"kebakaran di wameo", "tidak ada api, tapi pohon ~ tumbang", "kel. kel. Kadolo", "\xff🔥\u202eapi ada", "a'mi b2 RT. 3/4?", "sudah, padam; banjir!"} {
		f.Add(s, true)
	}
	e := engine()
	f.Fuzz(func(t *testing.T, message string, danger bool) {
		if len(message) > 4096 {
			return
		}
		out := e.Decide(Input{Text: message, Danger: danger})
		for _, s := range out {
			for _, r := range s.Reasons {
				if r.Start < 0 || r.End > len(message) || r.Start > r.End {
					t.Fatalf("%q: reason %+v", message, r)
				}
			}
			if s.Confidence < 0 || s.Confidence > 1.0001 {
				t.Fatalf("%q: confidence %v", message, s.Confidence)
			}
		}
		_, alarm := out.Get(Emergency)
		if u, _ := out.Get(Urgency); alarm && u.Value != "3" || danger && u.Value == "1" {
			t.Fatalf("%q: urgency %s", message, u.Value)
		}
		// An innocent sentence before it must never silence a danger.
		if utf8.ValidString(message) && alarm {
			if a := e.Emergency("selamat pagi.\n" + message); a == nil {
				t.Fatalf("%q: silenced by a greeting", message)
			}
		}
	})
}

// BenchmarkDecide is the full decision about one message, with reasons: dangers, service,
// unit, urgency, place, sensitivity, kind, mood, several asks; and the masking that comes
// with every message. It reports the 95th percentile too.
func BenchmarkDecide(b *testing.B) {
	e := engine()
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		message := e.pack.Seeds[i*101%len(e.pack.Seeds)].Text
		began := time.Now()
		e.Decide(Input{Text: message})
		text.Mask(message)
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds()), "p95-µs")
}
