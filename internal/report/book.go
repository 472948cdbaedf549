package report

import (
	"fmt"
	"slices"
	"time"
)

// BookTitle of the planning book for Musrenbang.
const BookTitle = "Buku Perencanaan"

// hidden is the count below which a planning book tells none: such cells could be about
// somebody.
const hidden = 5

// Book is what a year's planning is told about one kecamatan or kelurahan, in figures.
type Book struct {
	Place
	Year       int    // that is planned
	Area       string // name, with its level
	Under      string // the kecamatan of a kelurahan
	People     int    // inhabitants of the area, 0 = unknown
	From, To   string // first and last day of the twelve months that are counted
	DataTo     time.Time
	Received   Pair // these twelve months and those before
	Comparable bool // the twelve months before are known whole
	OnTime     Kept
	Months     []Daily // first day of each month with its count, up to 24
	Services   []Line
	Wishes     []Line         // services of the kind aspirasi
	Expected   []ExpectedLine // forecasts of the planned year, nil where there are none
	Examples   []string       // masked, of wishes that are not secret
}

// ExpectedLine is the forecast of one service.
type ExpectedLine struct {
	Name              string
	Median, Low, High float64 // of a month
}

// Example is a masked wish; it is printed only when an officer has read and released it.
type Example struct {
	Text  string
	Shown bool
}

func (b *Book) period() string { return fmt.Sprintf("%d, %s", b.Year, b.Area) }

// trend compares twelve months with the twelve before.
func (b *Book) trend(now, before, of int) (Trend, float64) {
	m := Month{Month: "2026-08"} // it and the month before have 31 days: no length to adjust
	m.First = !b.Comparable
	return m.change(now, before, of, 2)
}

// WriteBook makes the sentences of a planning book.
func WriteBook(b *Book) Words {
	p := Paragraph{Key: Conclusion}
	switch trend, r := b.trend(b.Received.Now, b.Received.Before, 1); {
	case b.Received.Now < hidden:
		p.say("Dari {wilayah} datang kurang dari lima laporan dalam dua belas bulan; itu belum tentu berarti tidak ada kebutuhan.", "wilayah", b.Area)
	case !b.Comparable:
		p.say("{masuk} laporan datang dari {wilayah} dalam dua belas bulan.", "masuk", number(b.Received.Now), "wilayah", b.Area)
	case trend == Rose:
		p.say("{masuk} laporan datang dari {wilayah} dalam dua belas bulan, naik {naik} dari dua belas bulan sebelumnya.", "masuk", number(b.Received.Now), "wilayah", b.Area, "naik", relative(r))
	case trend == Fell:
		p.say("{masuk} laporan datang dari {wilayah} dalam dua belas bulan, turun {turun} dari dua belas bulan sebelumnya.", "masuk", number(b.Received.Now), "wilayah", b.Area, "turun", relative(r))
	default:
		p.say("{masuk} laporan datang dari {wilayah} dalam dua belas bulan, kira-kira sama dengan dua belas bulan sebelumnya.", "masuk", number(b.Received.Now), "wilayah", b.Area)
	}
	needs := Paragraph{Key: Load}
	top := slices.DeleteFunc(most(b.Services), func(l Line) bool { return l.N < hidden })
	if len(top) > 0 {
		needs.list("Kebutuhan terbanyak: ", top[:min(3, len(top))], "layanan", func(l Line) string { return number(l.N) })
	} else {
		needs.say("Belum ada kebutuhan yang cukup sering dilaporkan untuk disebut.")
	}
	wishes, n := Paragraph{Key: "aspirasi"}, 0
	for _, l := range b.Wishes {
		n += l.N
	}
	switch {
	case n == 0:
		wishes.say("Tidak ada aspirasi yang tercatat.")
	case n < hidden:
		wishes.say("Ada kurang dari lima aspirasi.")
	default:
		wishes.say("Warga menyampaikan {aspirasi} aspirasi.", "aspirasi", number(n))
	}
	w := Words{Paragraphs: []Paragraph{p, needs, wishes}}
	for _, e := range b.Examples {
		w.Examples = append(w.Examples, Example{Text: e})
	}
	return w
}

// document puts figures and words into what is printed.
func (b *Book) document(w *Words) (*Document, error) {
	face, err := loadTypeface()
	if err != nil {
		return nil, err
	}
	zone := b.zone()
	d := &Document{Title: BookTitle, Owner: owner(b.Place), Period: b.period(), Colour: b.Colour, DataTo: b.DataTo, Zone: zone, ZoneIs: b.ZoneName,
		Source: "Sumber: Tanggap " + b.Name + ", " + plainDay(dayOf(b.From)) + " sampai " + plainDay(dayOf(b.To)) + "."}
	tiles := []Tile{{Label: "laporan dalam 12 bulan", Value: told(b.Received.Now)}, {Label: "per 1.000 penduduk", Value: "–", Note: "jumlah penduduk belum diketahui"}, {Label: "janji ditepati", Value: "–"}}
	if b.People > 0 {
		tiles[1].Note = "penduduk " + number(b.People)
		if b.Received.Now >= hidden {
			tiles[1].Value = decimal(float64(b.Received.Now)/float64(b.People)*1000, 1)
		}
	}
	if b.OnTime.Due >= hidden {
		tiles[2].Value = whole(b.OnTime.Share())
	}
	var rows []bar
	top := slices.DeleteFunc(most(b.Services), func(l Line) bool { return l.N < hidden })
	for _, l := range top[:min(12, len(top))] {
		rows = append(rows, bar{Label: l.Name, Value: float64(l.N), Text: number(l.N)})
	}
	summary := Section{ID: "ringkasan", Title: "Ringkasan", Blocks: []Block{{Words: w.Paragraph(Conclusion).Spans()}, {Tiles: tiles}}}
	if len(rows) > 0 {
		summary.Blocks = append(summary.Blocks, Block{Chart: &Chart{Title: top[0].Name + " paling banyak dibutuhkan", Sub: "Laporan menurut layanan, 12 bulan.", Ratio: barsHigh(len(rows), lineWide),
			Draw: face.bars(rows, 0), Table: b.needs(), Kind: "bar", Columns: [2]string{"Layanan", "Laporan"}}})
	}
	if w.Remark != "" {
		summary.Blocks = append(summary.Blocks, Block{Words: []Span{{Text: "Catatan pimpinan. ", Bold: true}, {Text: w.Remark}}})
	}
	needs := Section{ID: "kebutuhan", Title: "Kebutuhan menurut layanan", Blocks: []Block{{Words: w.Paragraph(Load).Spans()}, {Table: b.needs()}}}
	if len(b.Months) > 1 {
		needs.Blocks = append(needs.Blocks, Block{Table: b.byMonth()})
	}
	ahead := Section{ID: "perkiraan", Title: "Perkiraan tahun rencana"}
	if len(b.Expected) == 0 {
		ahead.Blocks = []Block{{Words: []Span{{Text: "Perkiraan untuk wilayah ini belum tersedia. Angka di atas adalah yang sudah terjadi."}}}}
	} else {
		t := &Table{Sheet: "Perkiraan", Title: "Perkiraan laporan per bulan", Columns: []Column{{Name: "Layanan"}, {Name: "Tengah", Number: true}, {Name: "80% dari", Number: true}, {Name: "sampai", Number: true}}}
		for _, e := range b.Expected {
			t.Rows = append(t.Rows, []Cell{Str(e.Name), Dec(e.Median, 0), Dec(e.Low, 0), Dec(e.High, 0)})
		}
		ahead.Blocks = []Block{{Table: t}}
	}
	d.Sections = []Section{summary, needs, ahead, b.wishes(w), b.method()}
	return d, nil
}

// told is a count that may be too small to tell.
func told(n int) string { return small5(n).String() }

func small5(n int) Cell {
	if n > 0 && n < hidden {
		return Few()
	}
	return Num(n)
}

// grouped is a table of lines in which small ones stand together, so that none can be
// computed from the sum.
func (b *Book) grouped(sheet, title string, lines []Line) *Table {
	t := &Table{Sheet: sheet, Title: title, Empty: "Belum ada.", Columns: []Column{{Name: "Layanan"}, {Name: "Laporan", Number: true}, {Name: "12 bulan sebelumnya", Number: true, Weight: 1.4}, {Name: "Perubahan", Number: true}}}
	rest, restBefore := 0, 0
	list := most(lines)
	for _, l := range list {
		if l.N < hidden || l.Before > 0 && l.Before < hidden && b.Comparable {
			rest, restBefore = rest+l.N, restBefore+l.Before
			continue
		}
		before, change := None(), Str("–")
		if b.Comparable {
			before = small5(l.Before)
			switch trend, r := b.trend(l.N, l.Before, len(list)); trend {
			case Rose:
				change = Str("naik " + relative(r))
			case Fell:
				change = Str("turun " + relative(r))
			default:
				change = Str("kira-kira sama")
			}
		}
		t.Rows = append(t.Rows, []Cell{Str(l.Name), Num(l.N), before, change})
	}
	if rest > 0 {
		before := None()
		if b.Comparable {
			before = small5(restBefore)
		}
		t.Rows = append(t.Rows, []Cell{Str("Lainnya, masing-masing sedikit"), small5(rest), before, Str("–")})
	}
	return t
}

func (b *Book) needs() *Table { return b.grouped("Kebutuhan", "Kebutuhan menurut layanan", b.Services) }

func (b *Book) byMonth() *Table {
	t := &Table{Sheet: "Per bulan", Title: "Laporan per bulan", Columns: []Column{{Name: "Bulan"}, {Name: "Laporan", Number: true}}}
	for _, m := range b.Months {
		t.Rows = append(t.Rows, []Cell{Str(period(dayOf(m.Day))), small5(m.N)})
	}
	return t
}

func (b *Book) wishes(w *Words) Section {
	s := Section{ID: "aspirasi", Title: "Aspirasi warga", Blocks: []Block{{Words: w.Paragraph("aspirasi").Spans()}, {Table: b.grouped("Aspirasi", "Aspirasi menurut layanan", b.Wishes)}}}
	var points [][]Span
	for _, e := range w.Examples {
		if e.Shown {
			points = append(points, []Span{{Text: "“" + e.Text + "”"}})
		}
	}
	if len(points) > 0 {
		s.Blocks = append(s.Blocks, Block{Words: []Span{{Text: "Contoh, tanpa data pribadi", Bold: true}}}, Block{Points: points})
	}
	var next [][]Span
	for _, n := range w.Next {
		next = append(next, []Span{{Text: n}})
	}
	if len(next) > 0 {
		s.Blocks = append(s.Blocks, Block{Words: []Span{{Text: "Usulan", Bold: true}}}, Block{Points: next})
	}
	return s
}

func (b *Book) method() Section {
	return Section{ID: "metode", Title: "Cara membaca", Blocks: []Block{{Points: [][]Span{
		{{Text: "Dihitung: laporan yang menyebut wilayah ini, dua belas bulan terakhir sebelum buku dibuat, tanpa laporan rahasia."}},
		{{Text: "Angka di bawah lima ditulis < 5 dan layanan yang jarang digabung, agar tidak seorang pun dapat dikenali."}},
		{{Text: "Jumlah laporan menunjukkan siapa yang melapor, bukan di mana kebutuhan paling besar. Wilayah yang diam perlu ditanya langsung."}},
		{{Text: "Contoh aspirasi hanya dimuat setelah dibaca dan dilepas oleh petugas."}},
	}}}}
}
