package region

import (
	"maps"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tanggap/internal/deadline"
	"tanggap/internal/tanggap"
)

func embedded(t testing.TB, name string) *Pack {
	t.Helper()
	fsys, err := Embedded(name)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Load(fsys)
	if err != nil {
		t.Fatalf("pack has errors:\n%v", err)
	}
	return p
}

func baubau(t testing.TB) *Pack { return embedded(t, "baubau") }

func TestEmbeddedPacks(t *testing.T) {
	now := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	for _, name := range Names() {
		fsys, err := Embedded(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range Check(fsys, now) {
			if !p.Warning {
				t.Errorf("%s: %v", name, p)
			} else if p.Field != "verified" && p.Field != "emergency_number" {
				t.Errorf("%s: only unconfirmed contacts and rules may warn: %v", name, p)
			}
		}
	}
	if _, err := Embedded("nowhere"); tanggap.CodeOf(err) != tanggap.NotFound {
		t.Errorf("Embedded(nowhere) = %v, want not_found", err)
	}
}

func TestCounts(t *testing.T) {
	for name, want := range map[string]map[string]int{
		"baubau": {"kecamatan": 8, "kelurahan": 43, "services": 59, "technical": 4, "holidays": 28 + 25 + 17},
		"kudus":  {"kecamatan": 9, "kelurahan": 9, "desa": 123, "services": 62, "technical": 4, "holidays": 25 + 17},
	} {
		p := embedded(t, name)
		got := map[string]int{"services": len(p.Services), "holidays": len(p.Holidays)}
		for _, a := range p.Areas {
			got[a.Kind]++
		}
		for _, s := range p.Services {
			if s.Technical {
				got["technical"]++
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
		if len(p.Seeds) < 600 {
			t.Errorf("%s: %d seeds, want at least 600", name, len(p.Seeds))
		}
	}
}

// The second region is no copy of the first: other words, messages, units and hours.
func TestPacksDiffer(t *testing.T) {
	a, b := baubau(t), embedded(t, "kudus")
	if a.Identity.Zone == b.Identity.Zone || a.Identity.Kind == b.Identity.Kind || a.Identity.Colour == b.Identity.Colour {
		t.Error("zone, kind and colour must differ")
	}
	if err := a.Clash(b); err != nil {
		t.Error(err)
	}
	same := 0
	for key, text := range a.Texts {
		if !strings.HasPrefix(key, TextState) && text["id"] == b.Texts[key]["id"] {
			same++
		}
	}
	if same > len(a.Texts)/5 {
		t.Errorf("%d of %d texts are the same", same, len(a.Texts))
	}
	theirs := map[string]bool{}
	for _, s := range a.Seeds {
		theirs[strings.ToLower(s.Text)] = true
	}
	same = 0
	for _, s := range b.Seeds {
		if theirs[strings.ToLower(s.Text)] {
			same++
		}
	}
	if same > len(b.Seeds)/20 {
		t.Errorf("%d of %d seed messages are the same", same, len(b.Seeds))
	}
}

func TestRoute(t *testing.T) {
	p := baubau(t)
	for _, c := range []struct{ service, area, unit, also, why string }{
		{"SRT-DOM", "74.72.08.1003", "KEL-WAMEO", "", WhyLevel},
		{"SRT-DOM", "74.72.08", "KEC-BATUPOARO", "", WhyLevel},
		{"SRT-DOM", "", "KOMINFO", "", WhyNone},
		{"SRT-PINDAH", "", "DUKCAPIL", "", WhyService},
		{"SRT-AHLI", "74.72.08.1003", "KEL-WAMEO", "KEC-BATUPOARO", WhyLevel},
		{"PJU-PADAM", "74.72.02.1005", "DISHUB", "", WhyService},
		{"BNS-USUL", "74.72.01.1014", "DINSOS", "KEL-LIPU", WhyService},
		{"BNS-USUL", "", "DINSOS", "", WhyService},
		{"UNKNOWN", "74.72.01.1014", "KOMINFO", "", WhyNone},
	} {
		unit, also, why := p.Route(c.service, c.area)
		if unit != c.unit || strings.Join(also, " ") != c.also || why != c.why {
			t.Errorf("Route(%s, %s) = %s %v %s, want %s [%s] %s", c.service, c.area, unit, also, why, c.unit, c.also, c.why)
		}
	}
}

// In a kabupaten a desa has a budget and a kelurahan has none, so one service goes
// different ways by the kind of village.
func TestRouteOfDesa(t *testing.T) {
	p := embedded(t, "kudus")
	for _, c := range []struct{ service, area, unit, also, why string }{
		{"SRT-DOM", "33.19.09.2010", "DS-PIJI", "", WhyLevel},
		{"SRT-DOM", "33.19.02.1008", "KEL-MLATI-KIDUL", "", WhyLevel},
		{"SRT-TANAH", "33.19.04.2007", "DS-KUTUK", "KEC-UNDAAN", WhyLevel},
		{"SRT-DOM", "33.19.09", "KEC-DAWE", "", WhyLevel},
		{"SRT-DOM", "", "SETDA", "", WhyNone},
		{"JLN-DESA", "33.19.09.2010", "DS-PIJI", "DPUPR", WhyLevel},
		{"JLN-DESA", "33.19.02.1008", "DPUPR", "KEL-MLATI-KIDUL", WhyLevel},
		{"JLN-DESA", "33.19.06", "KEC-JEKULO", "", WhyLevel},
		{"JLN-DESA", "", "DPMD", "", WhyService},
		{"DES-PERANGKAT", "33.19.09.2010", "DPMD", "KEC-DAWE", WhyService},
		{"BNC-BANJIR", "33.19.04.2012", "BPBD", "KEC-UNDAAN", WhyService},
	} {
		unit, also, why := p.Route(c.service, c.area)
		if unit != c.unit || strings.Join(also, " ") != c.also || why != c.why {
			t.Errorf("Route(%s, %s) = %s %v %s, want %s [%s] %s", c.service, c.area, unit, also, why, c.unit, c.also, c.why)
		}
	}
}

func TestHosts(t *testing.T) {
	a, b := &Pack{Identity: Identity{Code: "01.01", Name: "Kota A", Prefix: "AAA", Hosts: []string{"a.example", "www.a.example"}}},
		&Pack{Identity: Identity{Code: "02.02", Name: "Kota B", Prefix: "BBB", Hosts: []string{"b.example"}}}
	alone := NewRegistry(a)
	if p, ok := alone.Host("anything"); !ok || p != a {
		t.Error("a region alone answers on every name")
	}
	r := NewRegistry(a, b)
	if err := r.Answer("02.02", "lapor.b.example:8443"); err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]*Pack{"a.example": a, "A.Example:8080": a, "www.a.example.": a, "b.example": b, "lapor.b.example": b,
		"": nil, "c.example": nil, "x.a.example": nil, "a.example.evil": nil, "01.01": nil} {
		if p, ok := r.Host(host); p != want || ok != (want != nil) {
			t.Errorf("%q is answered by %v", host, p)
		}
	}
	for what, err := range map[string]error{
		"a host of another pack":     r.Answer("02.02", "a.example"),
		"a configured host":          r.Clash(&Pack{Identity: Identity{Code: "01.01", Prefix: "AAA", Hosts: []string{"lapor.b.example"}}}),
		"a prefix of another pack":   r.Clash(&Pack{Identity: Identity{Code: "03.03", Prefix: "BBB"}}),
		"two packs on the same host": r.Clash(&Pack{Identity: Identity{Code: "03.03", Prefix: "CCC", Hosts: []string{"b.example"}}}),
	} {
		if tanggap.CodeOf(err) != tanggap.Conflict {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := r.Clash(&Pack{Identity: Identity{Code: "01.01", Prefix: "AAA", Hosts: []string{"a.example"}}}); err != nil {
		t.Errorf("a new version of the same region: %v", err)
	}
}

func TestRouteNarrowestWins(t *testing.T) {
	p := &Pack{
		Identity: Identity{Triage: "DESK"},
		Areas:    []Area{{Code: "1.1", Kind: "kecamatan"}, {Code: "1.1.1", Kind: "desa", Parent: "1.1"}, {Code: "1.1.2", Kind: "desa", Parent: "1.1"}},
		Routes: []Route{{Service: "*", Area: "*", Unit: "ANY"}, {Service: "A", Area: "*", Unit: "SERVICE"},
			{Service: "A", Area: "1.1", Unit: "DISTRICT"}, {Service: "A", Area: "1.1.1", Unit: "AREA"}},
	}
	for area, want := range map[string]string{"1.1.1": "AREA " + WhyArea, "1.1.2": "DISTRICT " + WhyDistrict, "1.1": "DISTRICT " + WhyArea, "": "SERVICE " + WhyService} {
		unit, _, why := p.Route("A", area)
		if got := unit + " " + why; got != want {
			t.Errorf("area %q: %s, want %s", area, got, want)
		}
	}
	if unit, _, why := p.Route("B", "1.1.1"); unit != "ANY" || why != WhyDefault {
		t.Errorf("default: %s %s", unit, why)
	}
}

// Due dates of domain knowledge: long weekends of 2026 counted on this calendar.
func TestRulesOnTheCalendar(t *testing.T) {
	p := baubau(t)
	for _, c := range []struct{ received, rule, due string }{
		{"2026-03-13 10:00", "TERUS-3HK", "2026-03-25 16:00"},
		{"2026-12-22 10:00", "INFO-5HK", "2026-12-31 16:00"},
		{"2026-05-13 10:00", "INFO-5HK", "2026-05-22 16:30"},
		{"2026-05-13 10:00", "T-4JAM", "2026-05-13 14:00"},
	} {
		start, err := time.ParseInLocation("2006-01-02 15:04", c.received, p.Location())
		if err != nil {
			t.Fatal(err)
		}
		rule, ok := p.Rule(c.rule, start)
		if !ok {
			t.Fatalf("no rule %s", c.rule)
		}
		due, err := deadline.Due(p.Calendar(), rule.Deadline(), start)
		if err != nil {
			t.Fatal(err)
		}
		if got := due.In(p.Location()).Format("2006-01-02 15:04"); got != c.due {
			t.Errorf("%s received %s: due %s, want %s", c.rule, c.received, got, c.due)
		}
	}
	if known := p.Calendar().KnownUntil.String(); known != "2026-12-31" {
		t.Errorf("calendar known until %s", known)
	}
}

func TestRuleInForce(t *testing.T) {
	day := func(s string) time.Time { d, _ := time.Parse(time.DateOnly, s); return d }
	p := &Pack{Rules: []Rule{{Code: "A", Amount: 5, From: day("2026-07-01")}, {Code: "A", Amount: 3, From: day("2025-01-01")}}}
	for at, want := range map[string]int{"2024-12-31": 0, "2025-01-01": 3, "2026-06-30": 3, "2026-07-01": 5} {
		if r, ok := p.Rule("A", day(at)); r.Amount != want || ok != (want > 0) {
			t.Errorf("%s: %d %v, want %d", at, r.Amount, ok, want)
		}
	}
}

func TestUnitCalendars(t *testing.T) {
	p := baubau(t)
	sunday := time.Date(2026, 3, 22, 3, 0, 0, 0, p.Location()) // also Idul Fitri
	if !p.CalendarFor("DAMKAR").Within(sunday) || p.CalendarFor("PUPR").Within(sunday) {
		t.Error("the fire brigade is always open, the office is not")
	}
	saturday := time.Date(2026, 4, 11, 9, 0, 0, 0, p.Location())
	if !p.CalendarFor("DLH").Within(saturday) || p.CalendarFor("unknown").Within(saturday) {
		t.Error("only six-day units work on Saturday")
	}
}

func TestOnDuty(t *testing.T) {
	p := baubau(t)
	at := func(day, hour int) time.Time { return time.Date(2026, 4, day, hour, 0, 0, 0, p.Location()) }
	for _, c := range []struct {
		unit string
		at   time.Time
		want string
	}{
		{"PDAM", at(6, 10), "pdam@baubau.example"}, // Monday
		{"PDAM", at(6, 2), "pdam.malam@baubau.example"},
		{"PDAM", at(6, 23), "pdam.malam@baubau.example"},
		{"BPBD", at(5, 3), "bpbd@baubau.example bpbd.kepala@baubau.example"},
		{"DUKCAPIL", at(5, 3), "pemeriksa@baubau.example kominfo@baubau.example"}, // nobody: triage
	} {
		if got := strings.Join(p.OnDuty(c.unit, c.at), " "); got != c.want {
			t.Errorf("OnDuty(%s, %v) = %s, want %s", c.unit, c.at, got, c.want)
		}
	}
}

func TestDutyOverMidnight(t *testing.T) {
	d := Duty{Weekdays: "fri", From: "20:00", To: "06:00"}
	for at, want := range map[string]bool{"2026-04-10 21:00": true, "2026-04-11 05:00": true, "2026-04-10 05:00": false, "2026-04-11 21:00": false} {
		local, _ := time.Parse("2006-01-02 15:04", at)
		if d.covers(local) != want {
			t.Errorf("%s: %v, want %v", at, !want, want)
		}
	}
}

func TestQuiet(t *testing.T) {
	p := baubau(t)
	for clock, want := range map[int]bool{20: false, 21: true, 3: true, 7: false} {
		if p.Quiet(time.Date(2026, 4, 6, clock, 0, 0, 0, p.Location())) != want {
			t.Errorf("%d:00 quiet: want %v", clock, want)
		}
	}
}

func TestText(t *testing.T) {
	p := baubau(t)
	args := map[string]string{"number": "BAU-26-000001", "link": "https://contoh.go.id/l/x", "due": "{number}"}
	got := p.Text("id", TextReceivedTriage, args)
	if !strings.Contains(got, "*BAU-26-000001*") || !strings.Contains(got, "paling lambat {number}.") {
		t.Errorf("arguments must be put in once and not read again: %s", got)
	}
	if got := p.Text("id", TextEmergency, nil); !strings.Contains(got, "110 (Polisi)") || strings.Contains(got, "0811") {
		t.Errorf("only confirmed numbers are shown: %s", got)
	}
	if got := p.Text("fr", ButtonSolved, nil); got != "Sudah beres" {
		t.Errorf("unknown language falls back to Indonesian, got %q", got)
	}
	if got := p.Text("id", "no.such", nil); got != "no.such" {
		t.Errorf("unknown key shows itself, got %q", got)
	}
}

// The voice of the texts: short sentences, no filler, nothing over a channel's limits.
func TestVoice(t *testing.T) {
	for _, name := range Names() {
		voice(t, embedded(t, name))
	}
}

func voice(t *testing.T, p *Pack) {
	t.Helper()
	for _, key := range TextKeys() {
		for lang, text := range p.Texts[key] {
			for _, sentence := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(".!?\n:", r) }) {
				if n := len(strings.Fields(sentence)); n > 20 {
					t.Errorf("%s %s: %d words: %q", lang, key, n, sentence)
				}
			}
			if strings.Contains(strings.ToLower(text), "mohon maaf") {
				t.Errorf("%s %s: filler: %q", lang, key, text)
			}
			if utf8.RuneCountInString(text) > 700 {
				t.Errorf("%s %s: too long to leave room for names and links", lang, key)
			}
		}
	}
}

func TestNothingSensitiveIsAutomatic(t *testing.T) {
	for _, name := range Names() {
		for _, s := range embedded(t, name).Services {
			if (s.Secret || s.Judges) && s.Automation != Suggest {
				t.Errorf("%s: %s is %s", name, s.Code, s.Automation)
			}
		}
	}
}
