package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"tanggap/internal/survey"
)

// Words are the sentences of a report: those that rules made, what an officer made of
// them, and what only people know.
type Words struct {
	Paragraphs []Paragraph
	Matters    []Paragraph // at most three that need a decision
	Remark     string      // of the leadership, free
	Follow     []Follow    // what was promised last month, and what came of it
	Next       []string    // what is promised now
	Examples   []Example   `json:",omitempty"` // of a planning book
}

// Follow is a promise of the month before with its result.
type Follow struct{ Promise, Result string }

// Keys of paragraphs.
const (
	Conclusion = "kesimpulan"
	Outlook    = "perkiraan"
	Load       = "beban"
	Areas      = "wilayah"
	Time       = "waktu"
	Content    = "kepuasan"
	Computer   = "komputer"
)

// Write makes the sentences of a month from rules. A rise or fall is one only outside
// its 95 % interval; anything else is about the same.
func Write(m *Month) Words {
	spread := m.spread()
	w := Words{Paragraphs: []Paragraph{m.conclusion(spread), m.outlook(), m.load(spread), m.areas(), m.time(), m.content(), m.computer()}, Matters: m.matters(spread)}
	for _, p := range m.Promise {
		w.Follow = append(w.Follow, Follow{Promise: p})
	}
	return w
}

// Paragraph returns the paragraph with a key.
func (w *Words) Paragraph(key string) *Paragraph {
	for i := range w.Paragraphs {
		if w.Paragraphs[i].Key == key {
			return &w.Paragraphs[i]
		}
	}
	return &Paragraph{Key: key}
}

func (m *Month) conclusion(spread float64) Paragraph {
	p := Paragraph{Key: Conclusion}
	switch trend, r := m.change(m.Received.Now, m.Received.Before, 1, spread); {
	case m.Received.Now == 0:
		p.say("Pada {bulan} tidak ada laporan yang diterima.", "bulan", m.Period())
	case m.First:
		p.say("{masuk} laporan diterima pada {bulan}, bulan pertama yang tercatat.", "masuk", number(m.Received.Now), "bulan", m.Period())
	case m.Received.Before == 0:
		p.say("{masuk} laporan diterima; pada {lalu} tidak ada.", "masuk", number(m.Received.Now), "lalu", m.previous())
	case trend == Rose:
		p.say("{masuk} laporan diterima, per hari naik {naik} dari {lalu}.", "masuk", number(m.Received.Now), "naik", relative(r), "lalu", m.previous())
	case trend == Fell:
		p.say("{masuk} laporan diterima, per hari turun {turun} dari {lalu}.", "masuk", number(m.Received.Now), "turun", relative(r), "lalu", m.previous())
	default:
		p.say("{masuk} laporan diterima, kira-kira sama dengan {lalu}.", "masuk", number(m.Received.Now), "lalu", m.previous())
	}
	if m.OnTime.Due == 0 {
		p.say("Belum ada janji layanan yang jatuh tempo.")
		return p
	}
	line := "{tepat} janji layanan ditepati, sekitar target {target}"
	switch against(m.OnTime) {
	case Fell:
		line = "{tepat} janji layanan ditepati, di bawah target {target}"
	case Rose:
		line = "{tepat} janji layanan ditepati, di atas target {target}"
	}
	pairs := []string{"tepat", percent(m.OnTime.Share()), "target", percent(Target)}
	if u, late := m.latest(); late >= 5 {
		line += "; keterlambatan terbanyak di {unit}"
		pairs = append(pairs, "unit", u.Name)
	}
	p.say(line+".", pairs...)
	return p
}

// relative prints a change; beyond tenfold nobody reads percents.
func relative(r float64) string {
	if r >= 9 {
		return decimal(r+1, 0) + " kali lipat"
	}
	return whole(math.Abs(r))
}

// latest is the unit with the most broken promises.
func (m *Month) latest() (Unit, int) {
	var worst Unit
	most := 0
	for _, u := range m.Units {
		if late := u.OnTime.Due - u.OnTime.Kept; late > most {
			worst, most = u, late
		}
	}
	return worst, most
}

func (m *Month) outlook() Paragraph {
	p := Paragraph{Key: Outlook}
	if len(m.Forecast) == 0 {
		if len(m.Daily) < 56 {
			p.say("Perkiraan muncul setelah ada data delapan minggu.")
		} else {
			p.say("Untuk bulan ini tidak ada perkiraan.")
		}
		return p
	}
	top := m.busiest()
	p.say("Dalam {hari} hari ke depan hari tersibuk diperkirakan {tanggal}, dengan {rendah}–{tinggi} laporan (rentang {taraf}).",
		"hari", number(len(m.Forecast)), "tanggal", longDay(dayOf(top.Day)), "rendah", decimal(top.Low80, 0), "tinggi", decimal(top.High80, 0), "taraf", "80%")
	if m.Error > 0 {
		p.say("Perkiraan selama ini meleset rata-rata {galat}.", "galat", percent(m.Error))
	}
	return p
}

func (m *Month) busiest() Expected {
	return slices.MaxFunc(m.Forecast, func(a, b Expected) int { return cmp.Or(cmp.Compare(a.Median, b.Median), cmp.Compare(b.Day, a.Day)) })
}

// changed are the lines that rose or fell, the largest change in cases first.
func (m *Month) changed(lines []Line, spread float64) (rose, fell []Line) {
	compared := 0
	for _, l := range lines {
		if l.N > 0 && l.Before > 0 {
			compared++
		}
	}
	for _, l := range lines {
		switch trend, _ := m.change(l.N, l.Before, compared, spread); trend {
		case Rose:
			rose = append(rose, l)
		case Fell:
			fell = append(fell, l)
		}
	}
	by := func(a, b Line) int {
		return cmp.Or(cmp.Compare(abs(b.N-b.Before), abs(a.N-a.Before)), cmp.Compare(a.Code, b.Code))
	}
	slices.SortFunc(rose, by)
	slices.SortFunc(fell, by)
	return rose, fell
}

func abs(n int) int { return max(n, -n) }

func most(lines []Line) []Line {
	out := slices.DeleteFunc(slices.Clone(lines), func(l Line) bool { return l.N == 0 })
	slices.SortStableFunc(out, func(a, b Line) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Code, b.Code)) })
	return out
}

func (m *Month) load(spread float64) Paragraph {
	p := Paragraph{Key: Load}
	top := most(m.Services)
	if len(top) == 0 {
		p.say("Belum ada layanan yang dilaporkan.")
		return p
	}
	p.list("Layanan terbanyak: ", top[:min(3, len(top))], "layanan", func(l Line) string { return number(l.N) })
	if m.First {
		return p
	}
	rose, fell := m.changed(m.Services, spread)
	if len(rose)+len(fell) == 0 {
		p.say("Tidak ada layanan yang naik atau turun di luar kebiasaan.")
		return p
	}
	change := func(l Line) string { _, r := m.change(l.N, l.Before, 1, 1); return relative(r) }
	if len(rose) > 0 {
		p.list("Naik di luar kebiasaan: ", rose[:min(3, len(rose))], "naik", change)
	}
	if len(fell) > 0 {
		p.list("Turun di luar kebiasaan: ", fell[:min(3, len(fell))], "turun", change)
	}
	return p
}

// ranked are the areas whose rate can be told, the highest first.
func (m *Month) ranked() []Line {
	out := slices.DeleteFunc(slices.Clone(m.Areas), func(l Line) bool { _, ok := l.rate(); return !ok })
	slices.SortStableFunc(out, func(a, b Line) int {
		x, _ := a.rate()
		y, _ := b.rate()
		return cmp.Or(cmp.Compare(y, x), cmp.Compare(a.Code, b.Code))
	})
	return out
}

func (m *Month) areas() Paragraph {
	p := Paragraph{Key: Areas}
	top := m.ranked()
	switch {
	case len(m.Areas) == 0:
		p.say("Daerah ini belum mempunyai daftar wilayah.")
		return p
	case len(top) > 0:
		p.list("Menurut jumlah penduduk, laporan terbanyak datang dari ", top[:min(3, len(top))], "wilayah", func(l Line) string { r, _ := l.rate(); return decimal(r, 1) })
		p.say("Angka dalam kurung adalah laporan per seribu penduduk.")
	default:
		if list := most(m.Areas); len(list) > 0 {
			p.list("Laporan terbanyak datang dari ", list[:min(3, len(list))], "wilayah", func(l Line) string { return number(l.N) })
			p.say("Angka per penduduk belum dapat dihitung.")
		} else {
			p.say("Belum ada laporan yang diketahui wilayahnya.")
		}
	}
	silent := 0
	for _, l := range m.Areas {
		if l.N == 0 {
			silent++
		}
	}
	if silent > 0 && silent < len(m.Areas) {
		p.say("Dari {diam} wilayah tidak ada laporan; itu belum tentu berarti tidak ada masalah.", "diam", number(silent))
	}
	if m.Unplaced > 0 {
		p.say("{tanpa} laporan tidak menyebut wilayahnya.", "tanpa", number(m.Unplaced))
	}
	return p
}

func (m *Month) time() Paragraph {
	p := Paragraph{Key: Time}
	if m.Answered > 0 {
		line, pairs := "Separuh laporan ditanggapi petugas dalam {tanggap}", []string{"tanggap", m.span(m.Answer)}
		if m.AnswerBy > 0 && !m.First {
			how := map[Trend]string{Same: ", kira-kira sama dengan {lalu} ({dulu})", Rose: ", lebih lambat dari {lalu} ({dulu})", Fell: ", lebih cepat dari {lalu} ({dulu})"}[m.AnswerTrend]
			line, pairs = line+how, append(pairs, "lalu", m.previous(), "dulu", m.span(m.AnswerBy))
		}
		p.say(line+".", pairs...)
	} else {
		p.say("Belum ada laporan yang ditanggapi petugas.")
	}
	if trend, d := moved(m.OnTime, m.Before); !m.First && m.OnTime.Due > 0 && m.Before.Due > 0 {
		switch trend {
		case Rose:
			p.say("Janji yang ditepati naik {beda} dari {bulan}.", "beda", points(d), "bulan", m.previous())
		case Fell:
			p.say("Janji yang ditepati turun {beda} dari {bulan}.", "beda", points(d), "bulan", m.previous())
		default:
			p.say("Janji yang ditepati kira-kira sama dengan {bulan}.", "bulan", m.previous())
		}
	}
	var below []Line
	for _, u := range m.worst() {
		if against(u.OnTime) == Fell {
			below = append(below, Line{Name: u.Name, N: u.OnTime.Kept, Before: u.OnTime.Due})
		}
	}
	if len(below) > 0 {
		p.list("Di bawah target: ", below[:min(4, len(below))], "unit", func(l Line) string { return percent(float64(l.N) / float64(l.Before)) })
	}
	open := m.Open[0] + m.Open[1] + m.Open[2] + m.Open[3]
	switch {
	case open == 0:
		p.say("Pada akhir bulan tidak ada laporan yang terbuka.")
	case m.Open[3] == 0:
		p.say("{terbuka} laporan masih terbuka pada akhir bulan, tidak ada yang lebih dari dua minggu.", "terbuka", number(open))
	default:
		p.say("{terbuka} laporan masih terbuka pada akhir bulan, {lama} di antaranya lebih dari dua minggu.", "terbuka", number(open), "lama", number(m.Open[3]))
	}
	return p
}

var grades = map[string]string{"A": "sangat baik", "B": "baik", "C": "kurang baik", "D": "tidak baik"}

// ElementNames are the nine elements of the survey as people read them.
var ElementNames = map[string]string{"persyaratan": "Persyaratan", "prosedur": "Prosedur", "waktu": "Waktu penyelesaian", "biaya": "Biaya", "produk": "Hasil layanan",
	"kompetensi": "Kompetensi pelaksana", "perilaku": "Perilaku pelaksana", "pengaduan": "Penanganan pengaduan", "sarpras": "Sarana dan prasarana"}

func (m *Month) content() Paragraph {
	p := Paragraph{Key: Content}
	s := m.Survey
	switch {
	case s.Respondents == 0:
		p.say("Belum ada jawaban survei pada bulan ini.")
		return p
	case s.Respondents < fewest || s.IKM == 0:
		p.say("Baru {jawab} warga menjawab survei, terlalu sedikit untuk sebuah indeks.", "jawab", number(s.Respondents))
		return p
	}
	line, pairs := "Indeks kepuasan {ikm}, mutu {mutu}, dari {jawab} jawaban", []string{"ikm", decimal(float64(s.IKM)/100, 2), "mutu", s.Grade() + " (" + grades[s.Grade()] + ")", "jawab", number(s.Respondents)}
	if s.High > 0 {
		line, pairs = line+" (rentang {taraf}: {bawah}–{atas})", append(pairs, "taraf", "95%", "bawah", decimal(float64(s.Low)/100, 1), "atas", decimal(float64(s.High)/100, 1))
	}
	p.say(line+".", pairs...)
	answered := slices.DeleteFunc(slices.Clone(s.Elements), func(e Element) bool { return e.N == 0 })
	if len(answered) > 1 {
		worst := slices.MinFunc(answered, func(a, b Element) int { return cmp.Compare(a.Mean, b.Mean) })
		p.say("Unsur terendah: {unsur} ({nilai} dari {skala}).", "unsur", ElementNames[worst.Key], "nilai", decimal(worst.Mean, 2), "skala", "4")
	}
	if need := survey.Sample(max(s.Served, s.Respondents)); s.Respondents < need {
		p.say("Contoh yang disarankan {perlu} jawaban; indeks ini indikatif.", "perlu", number(need))
	}
	return p
}

// ReaderKinds are the kinds of suggestions as people read them.
var ReaderKinds = map[string]string{"service": "layanan", "unit": "unit", "urgency": "urgensi", "area": "wilayah", "same": "laporan serupa", "draft": "konsep balasan", "emergency": "tanda darurat"}

func kindName(kind string) string { return cmp.Or(ReaderKinds[kind], kind) }

func (m *Month) computer() Paragraph {
	p := Paragraph{Key: Computer}
	i := slices.IndexFunc(m.Reader, func(t Taken) bool { return t.Kind == "service" && t.Decided > 0 })
	if i < 0 {
		p.say("Belum ada saran komputer yang diputuskan petugas.")
		return p
	}
	t := m.Reader[i]
	p.say("Dari {putus} saran layanan yang diperiksa petugas, {terima} diterima dan {ubah} diubah.", "putus", number(t.Decided),
		"terima", percent(float64(t.Taken)/float64(t.Decided)), "ubah", number(t.Decided-t.Taken))
	p.say("Setiap perubahan tercatat dan menjadi bahan belajar.")
	return p
}

// matters are at most three things that need a decision, the weightiest first.
func (m *Month) matters(spread float64) []Paragraph {
	type candidate struct {
		weight float64
		p      Paragraph
	}
	var list []candidate
	add := func(weight float64, line string, pairs ...string) {
		p := Paragraph{}
		p.say(line, pairs...)
		list = append(list, candidate{weight, p})
	}
	for _, u := range m.worst() {
		if late := u.OnTime.Due - u.OnTime.Kept; against(u.OnTime) == Fell && late >= 5 {
			add(float64(late), "{unit} menepati {tepat} janjinya, target {target}; {lambat} laporan terlambat.", "unit", u.Name,
				"tepat", percent(u.OnTime.Share()), "target", percent(Target), "lambat", number(late))
		}
	}
	rose, _ := m.changed(m.Services, spread)
	for _, l := range rose {
		_, r := m.change(l.N, l.Before, 1, 1)
		add(float64(l.N-l.Before), "{layanan} naik {naik} menjadi {masuk} laporan.", "layanan", l.Name, "naik", relative(r), "masuk", number(l.N))
	}
	if m.Open[3] >= 5 {
		add(float64(m.Open[3]), "{lama} laporan terbuka lebih dari dua minggu.", "lama", number(m.Open[3]))
	}
	if g := m.Survey.Grade(); m.Survey.Respondents >= fewest && (g == "C" || g == "D") {
		add(float64(m.Received.Now)/10, "Indeks kepuasan {ikm}, mutu {mutu}.", "ikm", decimal(float64(m.Survey.IKM)/100, 2), "mutu", g+" ("+grades[g]+")")
	}
	if m.Unplaced*5 > m.Received.Now && m.Unplaced >= 20 {
		add(float64(m.Unplaced)/10, "{tanpa} dari {masuk} laporan tidak diketahui wilayahnya.", "tanpa", number(m.Unplaced), "masuk", number(m.Received.Now))
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return cmp.Compare(b.weight, a.weight) })
	var out []Paragraph
	for i, c := range list[:min(3, len(list))] {
		c.p.Key = fmt.Sprintf("hal-%d", i+1)
		out = append(out, c.p)
	}
	return out
}

// say adds a sentence; pairs are names and figures of its {names}.
func (p *Paragraph) say(line string, pairs ...string) {
	if p.Source != "" {
		p.Source += " "
	}
	p.Source += line
	for i := 0; i+1 < len(pairs); i += 2 {
		p.Values = append(p.Values, Value{pairs[i], pairs[i+1]})
	}
}

// list adds a sentence that names lines, each with a figure in brackets.
func (p *Paragraph) list(lead string, lines []Line, name string, figure func(Line) string) {
	var parts, pairs []string
	for i, l := range lines {
		n := fmt.Sprintf("%s-%c", name, 'a'+i)
		parts = append(parts, "{"+n+"} ({nilai-"+n+"})")
		pairs = append(pairs, n, l.Name, "nilai-"+n, figure(l))
	}
	p.say(lead+join(parts)+".", pairs...)
}

// plain is a paragraph in letters.
func (p *Paragraph) plain() string {
	var b strings.Builder
	for _, s := range p.Spans() {
		b.WriteString(s.Text)
	}
	return b.String()
}
