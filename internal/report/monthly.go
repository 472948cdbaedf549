package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Title of the monthly report.
const Title = "Laporan Layanan Warga"

// Monthly puts figures and words into the document that is printed.
func Monthly(m *Month, w *Words) (*Document, error) {
	face, err := loadTypeface()
	if err != nil {
		return nil, err
	}
	b := monthly{m, w, face, m.spread()}
	d := &Document{Title: Title, Owner: owner(m.Place), Period: m.Period(), Colour: m.Colour, DataTo: m.DataTo, Zone: m.zone(), ZoneIs: m.ZoneName,
		Source: "Sumber: Tanggap " + m.Name + ", data sampai " + moment(m.DataTo, m.zone(), m.ZoneName) + "."}
	if m.Model != "" {
		d.Source += " Model pembaca " + m.Model + "."
	}
	d.Sections = []Section{b.summary(), b.load(), b.areas(), b.time(), b.content(), b.computer(), b.follow(), b.method()}
	return d, nil
}

func owner(p Place) string {
	if p.Office == "" {
		return "Pemerintah " + p.Name
	}
	return "Pemerintah " + p.Name + " · " + p.Office
}

type monthly struct {
	*Month
	w      *Words
	face   *typeface
	spread float64
}

func (b *monthly) words(key string) Block { return Block{Words: b.w.Paragraph(key).Spans()} }

func (b *monthly) summary() Section {
	s := Section{ID: "ringkasan", Title: "Ringkasan", Blocks: []Block{b.words(Conclusion), {Tiles: b.kpis()}, {Chart: b.fan(56, .31)}}}
	left := []Block{{Chart: b.map_(tilesHigh(b.Areas, halfWide))}}
	right := []Block{{Chart: b.kept(6, halfWide)}}
	if len(b.w.Matters) > 0 {
		var points [][]Span
		for i := range b.w.Matters {
			points = append(points, b.w.Matters[i].Spans())
		}
		right = append(right, Block{Words: []Span{{Text: "Yang perlu keputusan", Bold: true}}}, Block{Points: points})
	} else {
		right = append(right, Block{Words: []Span{{Text: "Tidak ada hal yang menonjol bulan ini."}}})
	}
	s.Blocks = append(s.Blocks, Block{Columns: &[2][]Block{left, right}})
	if t := b.attention(); len(t.Rows) > 0 {
		s.Blocks = append(s.Blocks, Block{Table: t})
	}
	if b.w.Remark != "" {
		s.Blocks = append(s.Blocks, Block{Words: []Span{{Text: "Catatan pimpinan. ", Bold: true}, {Text: b.w.Remark}}})
	}
	return s
}

// attention are the three units with the least kept promises.
func (b *monthly) attention() *Table {
	t := &Table{Title: "Unit yang perlu perhatian", Columns: []Column{{Name: "Unit"}, {Name: "Masuk", Number: true}, {Name: "Ditepati", Number: true}, {Name: "Median hari kerja", Number: true}}}
	for _, u := range b.worst() {
		if against(u.OnTime) == Fell && len(t.Rows) < 3 {
			resolve := None()
			if u.Resolve > 0 {
				resolve = Dec(b.workdays(u.Resolve), 1)
			}
			t.Rows = append(t.Rows, []Cell{Str(u.Name), Num(u.Received.Now), orNone(u.OnTime.Kept, u.OnTime.Due), resolve})
		}
	}
	return t
}

func (b *monthly) kpis() []Tile {
	out := []Tile{{Label: "laporan masuk", Value: number(b.Received.Now)}, {Label: "janji ditepati (target " + percent(Target) + ")", Value: "–"},
		{Label: "tanggapan pertama, median jam kerja", Value: "–"}, {Label: "indeks kepuasan", Value: "–", Note: "belum cukup jawaban"}}
	if !b.First {
		out[0].Note = b.previous() + ": " + number(b.Received.Before)
	}
	if b.OnTime.Due > 0 {
		out[1].Value = whole(b.OnTime.Share())
		low, high := wilson(b.OnTime)
		out[1].Note = fmt.Sprintf("rentang 95%%: %s–%s", whole(low), whole(high))
	}
	if b.Answered > 0 {
		out[2].Value = b.brief(b.Answer)
		out[2].Note = "dari " + number(b.Answered) + " laporan"
	}
	if s := b.Survey; s.Respondents >= fewest && s.IKM > 0 {
		out[3].Value = decimal(float64(s.IKM)/100, 1)
		out[3].Note = "mutu " + s.Grade() + ", n = " + number(s.Respondents)
	}
	return out
}

// brief is a length of time for a tile.
func (m *Month) brief(d time.Duration) string {
	if d < 2*time.Hour {
		return decimal(math.Round(d.Minutes()), 0) + " mnt"
	}
	return strings.TrimSuffix(m.span(d), " kerja")
}

// last are the newest n days.
func (m *Month) last(n int) []Daily { return m.Daily[max(0, len(m.Daily)-n):] }

func (b *monthly) fan(days int, ratio float64) *Chart {
	seen := b.last(days)
	c := &Chart{Title: "Tanpa perkiraan: laporan per hari", Sub: "Laporan per hari", Ratio: ratio, Kind: "line", Columns: [2]string{"Hari", "Laporan"},
		Draw: b.face.fan(seen, b.Forecast), Table: &Table{Sheet: "Data harian", Title: "Laporan per hari dan perkiraan",
			Columns: []Column{{Name: "Hari"}, {Name: "Laporan", Number: true}, {Name: "Perkiraan", Number: true}, {Name: "80% dari", Number: true}, {Name: "sampai", Number: true}, {Name: "95% dari", Number: true}, {Name: "sampai ", Number: true}}}}
	c.Title = "Laporan per hari, dua bulan terakhir"
	if len(b.Forecast) > 0 {
		top := b.busiest()
		c.Title = fmt.Sprintf("%s diperkirakan %s–%s laporan, tertinggi dalam %d hari ke depan", longDay(dayOf(top.Day)), decimal(top.Low80, 0), decimal(top.High80, 0), len(b.Forecast))
		c.Sub = fmt.Sprintf("Laporan per hari dan perkiraan %d hari. Pita gelap 80%%, pita terang 95%%.", len(b.Forecast))
		if b.Error > 0 {
			c.Sub += " Galat mundur " + percent(b.Error) + "."
		}
	}
	for _, d := range seen {
		c.Table.Rows = append(c.Table.Rows, []Cell{Day(dayOf(d.Day)), Num(d.N), None(), None(), None(), None(), None()})
	}
	for _, e := range b.Forecast {
		c.Table.Rows = append(c.Table.Rows, []Cell{Day(dayOf(e.Day)), None(), Dec(e.Median, 1), Dec(e.Low80, 1), Dec(e.High80, 1), Dec(e.Low95, 1), Dec(e.High95, 1)})
	}
	return c
}

func (b *monthly) map_(ratio float64) *Chart {
	top := b.ranked()
	c := &Chart{Title: "Belum ada wilayah yang dapat dibandingkan", Sub: "Laporan per 1.000 penduduk menurut kelurahan; arsir = data kurang.", Ratio: ratio,
		Draw: b.face.tiles(b.Areas), Table: b.areaTable("", 0)}
	if len(top) > 1 {
		c.Title = "Terbanyak per penduduk: " + top[0].Name + " dan " + top[1].Name
	}
	return c
}

func (b *monthly) kept(most int, wide float64) *Chart {
	var rows []bar
	below := 0
	list := b.worst()
	for _, u := range list {
		if against(u.OnTime) == Fell {
			below++
		}
	}
	for _, u := range list[:min(most, len(list))] {
		rows = append(rows, bar{Label: cmp.Or(u.Short, u.Name), Value: u.OnTime.Share(), Text: whole(u.OnTime.Share())})
	}
	c := &Chart{Title: "Semua unit memenuhi atau mendekati target", Sub: "Janji ditepati, terendah di atas; garis = target " + percent(Target) + ".", Ratio: barsHigh(len(rows), wide),
		Draw: b.face.bars(rows, Target), Table: b.unitTable("Per unit"), Kind: "bar", Columns: [2]string{"Unit", "Ditepati"}}
	switch {
	case len(list) == 0:
		c.Title = "Belum ada janji yang jatuh tempo"
	case below == 1:
		c.Title = "Satu unit di bawah target"
	case below > 1:
		c.Title = fmt.Sprintf("%d unit di bawah target", below)
	}
	return c
}

func (b *monthly) load() Section {
	s := Section{ID: "beban", Title: "Beban dan perkiraan", Fresh: true, Blocks: []Block{b.words(Load), b.words(Outlook)}}
	var rows []bar
	top := most(b.Services)
	for _, l := range top[:min(12, len(top))] {
		rows = append(rows, bar{Label: l.Name, Value: float64(l.N), Behind: float64(l.Before), Text: number(l.N)})
	}
	bars := &Chart{Title: b.loadTitle(), Sub: "Laporan menurut layanan; kelabu = bulan sebelumnya.", Ratio: barsHigh(len(rows), lineWide), Draw: b.face.bars(rows, 0),
		Table: b.lineTable("Per layanan", "Layanan", b.Services), Kind: "bar", Columns: [2]string{"Layanan", "Laporan"}}
	heat := &Chart{Title: b.heatTitle(), Sub: "Laporan per hari, sampai 26 minggu terakhir.", Ratio: .27, Draw: b.face.calendar(b.last(182)),
		Table: b.weekdays()}
	s.Blocks = append(s.Blocks, Block{Chart: bars}, Block{Chart: heat}, Block{Table: b.lineTable("Per saluran", "Saluran", b.Channels)})
	return s
}

func (b *monthly) loadTitle() string {
	rose, _ := b.changed(b.Services, b.spread)
	top := most(b.Services)
	switch {
	case len(rose) > 0:
		return rose[0].Name + " naik paling banyak"
	case len(top) > 0:
		return top[0].Name + " paling banyak dilaporkan"
	}
	return "Belum ada laporan"
}

func (b *monthly) heatTitle() string {
	sum, n := b.byWeekday()
	best := -1
	for d := range sum {
		if n[d] > 0 && (best < 0 || sum[d]/float64(n[d]) > sum[best]/float64(n[best])) {
			best = d
		}
	}
	if best < 0 || sum[best] == 0 {
		return "Belum ada laporan"
	}
	return dayNames[best] + " hari tersibuk"
}

func (b *monthly) byWeekday() (sum [7]float64, n [7]int) {
	for _, d := range b.last(182) {
		w := dayOf(d.Day).Weekday()
		sum[w] += float64(d.N)
		n[w]++
	}
	return sum, n
}

func (b *monthly) weekdays() *Table {
	sum, n := b.byWeekday()
	t := &Table{Title: "Rata-rata per hari dalam minggu", Columns: []Column{{Name: "Hari"}, {Name: "Rata-rata laporan", Number: true}}}
	for i := range 7 {
		d := (i + 1) % 7
		cell := None()
		if n[d] > 0 {
			cell = Dec(sum[d]/float64(n[d]), 1)
		}
		t.Rows = append(t.Rows, []Cell{Str(dayNames[d]), cell})
	}
	return t
}

func (b *monthly) lineTable(sheet, what string, lines []Line) *Table {
	t := &Table{Sheet: sheet, Title: sheet, Columns: []Column{{Name: what}, {Name: "Laporan", Number: true}, {Name: "Bagian", Number: true}, {Name: "Bulan lalu", Number: true}, {Name: "Perubahan per hari", Number: true, Weight: 1.4}}, Empty: "Belum ada."}
	for _, l := range most(lines) {
		t.Rows = append(t.Rows, []Cell{Str(l.Name), Num(l.N), orNone(l.N, b.Received.Now), b.ago(l.Before), b.changeCell(l.N, l.Before, len(lines))})
	}
	return t
}

func (b *monthly) ago(n int) Cell {
	if b.First {
		return None()
	}
	return Num(n)
}

// changeCell says how a count changed, in words where it did not.
func (b *monthly) changeCell(now, before, of int) Cell {
	trend, r := b.change(now, before, of, b.spread)
	switch {
	case b.First:
		return None()
	case before == 0 && now > 0:
		return Str("baru")
	case trend == Rose:
		return Str("naik " + relative(r))
	case trend == Fell:
		return Str("turun " + relative(r))
	}
	return Str("kira-kira sama")
}

func (b *monthly) areas() Section {
	t := b.areaTable("Per kelurahan", 10)
	return Section{ID: "wilayah", Title: "Wilayah", Fresh: true, Blocks: []Block{b.words(Areas), {Chart: b.map_(tilesHigh(b.Areas, lineWide))}, {Table: t},
		{Note: "Batas kelas tetap dari bulan ke bulan. Arsir: kurang dari 5 laporan atau jumlah penduduk belum diketahui. Jumlah laporan menunjukkan siapa yang melapor, bukan di mana masalah paling berat."}}}
}

func (b *monthly) areaTable(sheet string, shown int) *Table {
	t := &Table{Sheet: sheet, Title: "Per kelurahan", Shown: shown, Empty: "Belum ada wilayah.",
		Columns: []Column{{Name: "Kelurahan"}, {Name: "Kecamatan"}, {Name: "Laporan", Number: true}, {Name: "Bulan lalu", Number: true}, {Name: "Per 1.000 penduduk", Number: true, Weight: 1.5}, {Name: "Penduduk", Number: true}}}
	list := append(b.ranked(), slices.DeleteFunc(slices.Clone(b.Areas), func(l Line) bool { _, ok := l.rate(); return ok })...)
	rest := list[len(b.ranked()):]
	slices.SortStableFunc(rest, func(a, c Line) int { return cmp.Or(cmp.Compare(c.N, a.N), cmp.Compare(a.Code, c.Code)) })
	for _, l := range list {
		rate, people := Str("data kurang"), None()
		if r, ok := l.rate(); ok {
			rate = Dec(r, 1)
		}
		if l.Population > 0 {
			people = Num(l.Population)
		}
		t.Rows = append(t.Rows, []Cell{Str(l.Name), Str(l.Under), Num(l.N), b.ago(l.Before), rate, people})
	}
	return t
}

func (b *monthly) time() Section {
	open := &Table{Title: "Laporan terbuka menurut umur pada akhir bulan", Columns: []Column{{Name: "Umur"}, {Name: "Laporan", Number: true}}}
	for i, name := range []string{"0–2 hari", "3–7 hari", "8–14 hari", "lebih dari 14 hari"} {
		open.Rows = append(open.Rows, []Cell{Str(name), Num(b.Open[i])})
	}
	blocks := []Block{b.words(Time), {Chart: b.kept(14, lineWide)}, {Table: b.unitTable("")}, {Table: open}}
	if b.Reopen > 0 {
		blocks = append(blocks, Block{Note: number(b.Reopen) + " laporan bulan ini dibuka kembali oleh warga atau petugas."})
	}
	return Section{ID: "waktu", Title: "Ketepatan waktu", Fresh: true, Blocks: blocks}
}

func (b *monthly) unitTable(sheet string) *Table {
	t := &Table{Sheet: sheet, Title: "Per unit", Empty: "Belum ada unit dengan laporan.",
		Columns: []Column{{Name: "Unit"}, {Name: "Masuk", Number: true}, {Name: "Jatuh tempo", Number: true}, {Name: "Ditepati", Number: true}, {Name: "Bulan lalu", Number: true}, {Name: "Median hari kerja", Number: true}, {Name: "Terbuka", Number: true}, {Name: "Terlambat", Number: true}}}
	seen := map[string]bool{}
	add := func(u Unit) {
		if seen[u.Code] {
			return
		}
		seen[u.Code] = true
		resolve := None()
		if u.Resolve > 0 {
			resolve = Dec(b.workdays(u.Resolve), 1)
		}
		before := orNone(u.Before.Kept, u.Before.Due)
		if b.First {
			before = None()
		}
		t.Rows = append(t.Rows, []Cell{Str(u.Name), Num(u.Received.Now), Num(u.OnTime.Due), orNone(u.OnTime.Kept, u.OnTime.Due), before, resolve, Num(u.Open), Num(u.Late)})
	}
	for _, u := range b.worst() {
		add(u)
	}
	for _, u := range b.Units {
		if u.Received.Now+u.Open > 0 {
			add(u)
		}
	}
	return t
}

func (b *monthly) content() Section {
	t := &Table{Sheet: "Kepuasan", Title: "Unsur survei kepuasan (PermenPANRB 14/2017)", Empty: "Belum ada jawaban survei pada bulan ini.",
		Columns: []Column{{Name: "Unsur"}, {Name: "Jawaban", Number: true}, {Name: "Nilai (1–4)", Number: true}, {Name: "Mutu", Number: true}}}
	for _, e := range b.Survey.Elements {
		switch {
		case e.N == 0:
			t.Rows = append(t.Rows, []Cell{Str(ElementNames[e.Key]), Num(0), None(), None()})
		case b.Survey.Respondents < fewest:
			t.Rows = append(t.Rows, []Cell{Str(ElementNames[e.Key]), Num(e.N), None(), Str("terlalu sedikit")})
		default:
			g := Survey{IKM: int(math.Round(e.Mean * 2500))}.Grade()
			t.Rows = append(t.Rows, []Cell{Str(ElementNames[e.Key]), Num(e.N), Dec(e.Mean, 2), Str(g + " (" + grades[g] + ")")})
		}
	}
	return Section{ID: "kepuasan", Title: "Kepuasan", Fresh: true, Blocks: []Block{b.words(Content), {Table: t},
		{Note: "Setiap unsur berbobot sama, tepat satu per sembilan. Indeks dihitung dari jawaban pada bulan ini."}}}
}

func (b *monthly) computer() Section {
	t := &Table{Title: "Saran komputer yang diputuskan petugas", Empty: "Belum ada.", Columns: []Column{{Name: "Saran"}, {Name: "Diputuskan", Number: true}, {Name: "Diterima", Number: true}, {Name: "Diubah", Number: true}}}
	for _, r := range b.Reader {
		if r.Decided > 0 {
			t.Rows = append(t.Rows, []Cell{Str(kindName(r.Kind)), Num(r.Decided), orNone(r.Taken, r.Decided), Num(r.Decided - r.Taken)})
		}
	}
	return Section{ID: "komputer", Title: "Saran komputer", Blocks: []Block{b.words(Computer), {Table: t}}}
}

func (b *monthly) follow() Section {
	s := Section{ID: "tindak", Title: "Tindak lanjut"}
	t := &Table{Title: "Yang dijanjikan bulan lalu", Empty: "Tidak ada tindak lanjut yang dicatat bulan lalu.", Columns: []Column{{Name: "Janji"}, {Name: "Hasil"}}}
	for _, f := range b.w.Follow {
		t.Rows = append(t.Rows, []Cell{Str(f.Promise), Str(cmp.Or(f.Result, "belum diisi"))})
	}
	s.Blocks = append(s.Blocks, Block{Table: t})
	if len(b.w.Next) > 0 {
		var points [][]Span
		for _, n := range b.w.Next {
			points = append(points, []Span{{Text: n}})
		}
		s.Blocks = append(s.Blocks, Block{Words: []Span{{Text: "Yang dijanjikan sekarang", Bold: true}}}, Block{Points: points})
	}
	return s
}

func (b *monthly) method() Section {
	lines := []string{
		"Laporan masuk: semua laporan yang dibuka pada bulan itu menurut tanggal setempat, dari semua saluran.",
		"Janji ditepati: bagian dari laporan yang jatuh tempo pada bulan itu dan dijawab paling lambat pada waktunya, dihitung pada hari janji itu ditepati atau terlewat. Waktu menunggu jawaban warga tidak dihitung.",
		"Tanggapan pertama: waktu dalam jam kerja dari laporan sampai petugas pertama kali menjawab atau bertindak; mediannya tidak terganggu oleh laporan yang sangat lama.",
		"Naik atau turun hanya disebut bila perubahan per hari berada di luar rentang 95%; rentang memperhitungkan sebaran harian dan banyaknya perbandingan. Selain itu tertulis kira-kira sama.",
		"Perubahan janji yang ditepati dibandingkan dengan rentang selisih menurut Newcombe; di bawah target berarti seluruh rentang 95% di bawahnya.",
		"Peta: laporan per 1.000 penduduk. Wilayah dengan kurang dari 5 laporan diarsir dan tidak diurutkan.",
		"Indeks kepuasan: survei sembilan unsur, PermenPANRB 14/2017, bobot tepat 1/9; contoh menurut Krejcie dan Morgan.",
		"Laporan rahasia tidak dihitung dan tidak dimuat di mana pun dalam laporan ini.",
	}
	var points [][]Span
	for _, l := range lines {
		points = append(points, []Span{{Text: l}})
	}
	return Section{ID: "metode", Title: "Metode dan definisi", Blocks: []Block{{Points: points}}}
}
