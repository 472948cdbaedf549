// Package sample makes months that never were, for tests, pictures and the preview.
package sample

import (
	"fmt"
	"math"
	"time"

	"tanggap/internal/report"
)

// Kinds of sample months.
const (
	Usual   = "biasa"
	Empty   = "kosong"
	Tiny    = "sedikit"
	Surge   = "lonjakan"
	Silent  = "tanpa-survei"
	First   = "pertama"
	Hostile = "jahat"
)

// Kinds in order.
var Kinds = []string{Usual, Empty, Tiny, Surge, Silent, First, Hostile}

// Nasty are texts that break programs which trust them.
var Nasty = []string{"=HYPERLINK(\"http://jahat.example\";\"klik\")", "+62811000", "-1+1", "@SUM(A1)", "\t=1+1", "\r=cmd|' /C calc'!A0", "＝1+1",
	"<script>alert(1)</script>", "نص عربي 🙂 \u202e terbalik", "Ḥalīma Ñ {masuk} {{.}}", "sangat" + "panjang" + "tanpaspasi-Lorem-ipsum-dolor-sit-amet-consectetur-adipiscing"}

// Place is a city that does not exist.
var Place = report.Place{Code: "99.01", Name: "Kota Contoh", Office: "Dinas Komunikasi dan Informatika", Zone: "Asia/Makassar", ZoneName: "WITA", Colour: "#0B5C5B", Population: 160_000}

// Month is one of the kinds, October 2026.
func Month(kind string) *report.Month {
	m := &report.Month{Place: Place, Month: "2026-10", Model: "a1b2c3d4e5f6", DataTo: time.Date(2026, 11, 1, 0, 0, 0, 0, time.FixedZone("WITA", 8*3600))}
	scale := map[string]float64{Usual: 1, Empty: 0, Tiny: .01, Surge: 2.2, Silent: 1, First: 1, Hostile: 1}[kind]
	days(m, kind, scale)
	n := func(x float64) int { return int(math.Round(x * scale)) }
	m.First = kind == First
	for _, d := range m.Daily {
		switch d.Day[:7] {
		case "2026-10":
			m.Received.Now += d.N
		case "2026-09":
			m.Received.Before += d.N
		}
	}
	services := []struct {
		name        string
		now, before float64
	}{{"Lampu jalan padam", 820, 800}, {"Sampah menumpuk", 760, 742}, {"Drainase tersumbat", 688, 410}, {"Surat keterangan domisili", 540, 533}, {"Jalan rusak", 401, 398},
		{"Air PDAM tidak mengalir", 322, 360}, {"Kartu keluarga", 301, 290}, {"Pohon tumbang", 155, 160}, {"Parkir liar", 98, 101}, {"Bantuan sosial", 88, 90}}
	for i, s := range services {
		m.Services = append(m.Services, report.Line{Code: fmt.Sprintf("L%02d", i), Name: s.name, N: n(s.now), Before: int(s.before)})
	}
	districts := []string{"Wolio", "Murhum", "Betoambari", "Batupoaro", "Kokalukuna", "Lea-Lea"}
	names := []string{"Melati", "Kenanga", "Dahlia", "Anggrek", "Cempaka", "Teratai", "Mawar", "Bukit Indah Permai"}
	for i, d := range districts {
		for j := range 8 - i {
			count := n(float64((i*37+j*53)%140 + 4))
			if i == 5 && j == 1 {
				count = 0
			}
			people := 2000 + (i*911+j*773)%5200
			if i == 4 && j == 2 {
				people = 0
			}
			m.Areas = append(m.Areas, report.Line{Code: fmt.Sprintf("99.01.%02d.%04d", i+1, 1001+j), Name: names[j], Under: d, N: count, Before: int(float64(count)*.97) + 1, Population: people})
		}
	}
	m.Channels = []report.Line{{Code: "whatsapp", Name: "WhatsApp", N: n(3100), Before: 2950}, {Code: "web", Name: "Formulir web", N: n(820), Before: 810}, {Code: "email", Name: "Surel", N: n(410), Before: 402}, {Code: "desk", Name: "Loket dan telepon", N: n(150), Before: 160}}
	units := []struct {
		name, short string
		in          int
		kept        float64
		days        float64
	}{{"Dinas Pekerjaan Umum dan Penataan Ruang", "PUPR", 1204, .74, 6.2}, {"Dinas Perumahan dan Kawasan Permukiman", "Perkim", 388, .81, 5.4}, {"Dinas Perhubungan", "Dishub", 702, .86, 3.9},
		{"Dinas Lingkungan Hidup", "DLH", 940, .92, 2.1}, {"Dinas Kesehatan", "Dinkes", 211, .95, 1.4}, {"Dinas Kependudukan dan Pencatatan Sipil", "Dukcapil", 870, .97, 1.1}}
	for i, u := range units {
		due := n(float64(u.in) * .9)
		m.Units = append(m.Units, report.Unit{Code: fmt.Sprintf("U%d", i), Name: u.name, Short: u.short, Received: report.Pair{Now: n(float64(u.in)), Before: u.in},
			OnTime: report.Kept{Kept: int(float64(due) * u.kept), Due: due}, Before: report.Kept{Kept: int(float64(u.in) * .88), Due: u.in}, Resolve: time.Duration(u.days * 8 * float64(time.Hour)),
			Open: n(float64(u.in) * .08), Late: n(float64(u.in) * .02)})
		m.OnTime.Kept += m.Units[i].OnTime.Kept
		m.OnTime.Due += due
	}
	m.Before = report.Kept{Kept: 3500, Due: 3930}
	m.Unplaced, m.Open, m.Reopen, m.Workday = n(610), [4]int{n(210), n(130), n(60), n(48)}, n(71), 8*time.Hour
	if scale > 0 {
		m.Answer, m.AnswerBy, m.Answered = 72*time.Minute, 65*time.Minute, m.Received.Now
	}
	survey(m, kind, n)
	for i, k := range []string{"service", "area", "urgency", "same", "draft"} {
		m.Reader = append(m.Reader, report.Taken{Kind: k, Decided: n(float64(2100 / (i + 1))), Taken: n(float64(2100/(i+1)) * .86)})
	}
	if kind == Empty {
		m.Services, m.Channels, m.Units = nil, nil, nil
		m.Received.Before, m.Before = 120, report.Kept{}
	}
	if kind == First {
		m.Received.Before, m.Before, m.AnswerBy, m.Forecast = 0, report.Kept{}, 0, nil
	}
	if kind == Hostile {
		hostile(m)
	}
	if kind != First && kind != Empty {
		m.Promise = []string{"Bersihkan drainase di tiga kelurahan terpadat", "Tambah satu regu lampu jalan pada malam hari"}
	}
	return m
}

func days(m *report.Month, kind string, scale float64) {
	from, until := time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	if kind == First {
		from = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	}
	week := [7]float64{95, 205, 160, 152, 148, 140, 112}
	at := func(t time.Time) float64 {
		i := float64(t.Unix() / 86400)
		return week[t.Weekday()] * (1 + .12*math.Sin(i*1.7) + .05*math.Sin(i*.31))
	}
	for d := from; d.Before(until); d = d.AddDate(0, 0, 1) {
		v := at(d)
		if d.Month() == time.October {
			v *= 1.03 * scale
		} else if kind == Tiny {
			v *= scale
		}
		m.Daily = append(m.Daily, report.Daily{Day: d.Format(time.DateOnly), N: int(math.Round(v))})
	}
	if kind == Empty || kind == Tiny {
		return
	}
	for i := range 14 {
		d := until.AddDate(0, 0, i)
		v, wide := at(d)*1.05, 1+float64(i)/20
		m.Forecast = append(m.Forecast, report.Expected{Day: d.Format(time.DateOnly), Median: v, Low80: v * (1 - .15*wide), High80: v * (1 + .17*wide), Low95: v * (1 - .22*wide), High95: v * (1 + .28*wide)})
	}
	m.Error = .098
}

func survey(m *report.Month, kind string, n func(float64) int) {
	answers := n(1106)
	if kind == Silent {
		answers = 0
	}
	m.Survey = report.Survey{Respondents: answers, Served: n(3900)}
	for i, key := range []string{"persyaratan", "prosedur", "waktu", "biaya", "produk", "kompetensi", "perilaku", "pengaduan", "sarpras"} {
		e := report.Element{Key: key, N: answers}
		if answers > 0 {
			e.Mean = 3.1 + float64((i*7)%9)/12
		}
		m.Survey.Elements = append(m.Survey.Elements, e)
	}
	if answers >= 30 {
		m.Survey.IKM, m.Survey.Low, m.Survey.High = 8243, 8090, 8391
	}
}

// hostile puts nasty texts wherever a name comes from outside.
func hostile(m *report.Month) {
	for i, s := range Nasty {
		if i < len(m.Services) {
			m.Services[i].Name = s
		}
		if i < len(m.Areas) {
			m.Areas[i].Name, m.Areas[i].Under = s, Nasty[(i+3)%len(Nasty)]
		}
		if i < len(m.Units) {
			m.Units[i].Name, m.Units[i].Short = s, s
		}
		m.Promise = append(m.Promise, s)
	}
	m.Office = Nasty[0]
}
