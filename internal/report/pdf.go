package report

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"codeberg.org/go-pdf/fpdf"
	"github.com/boombuler/barcode/qr"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Paper is A4 with these margins, in mm.
const (
	pageWide, pageHigh = 210.0, 297.0
	marginTop          = 18.0
	marginSide         = 16.0
	marginFoot         = 20.0
)

// PDF prints the document. The same document gives the same bytes.
func (d *Document) PDF() ([]byte, error) {
	face, err := loadTypeface()
	if err != nil {
		return nil, err
	}
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(d.Made.UTC())
	pdf.SetModificationDate(d.Made.UTC())
	pdf.SetTitle(d.Title+", "+d.Period, true)
	pdf.SetAuthor(d.Owner, true)
	pdf.SetProducer("Tanggap", true)
	pdf.SetLang("id")
	pdf.SetMargins(marginSide, marginTop, marginSide)
	pdf.SetAutoPageBreak(false, marginFoot)
	pdf.AddUTF8FontFromBytes(family, "", face.regular)
	pdf.AddUTF8FontFromBytes(family, "B", face.bold)
	p := &paper{pdf: pdf, face: face, d: d, x: marginSide, w: pageWide - 2*marginSide}
	p.main[0], p.main[1], p.main[2] = rgb(colourOf(cmp.Or(d.Colour, "#0B5C5B")))
	pdf.SetFooterFunc(p.foot)
	pdf.AliasNbPages("{nb}")
	p.page()
	p.front()
	for i, s := range d.Sections {
		p.section(i, s)
	}
	p.end()
	var b bytes.Buffer
	if err := pdf.Output(&b); err != nil {
		return nil, fmt.Errorf("report: pdf: %w", err)
	}
	return b.Bytes(), nil
}

// paper is where the next block goes.
type paper struct {
	pdf     *fpdf.Fpdf
	face    *typeface
	d       *Document
	x, y, w float64
	main    [3]int
	figure  int
}

func (p *paper) page() {
	p.pdf.AddPage()
	p.y = marginTop
	if p.d.Draft {
		p.font("B", 7.5, 138, 90, 0)
		s := "DRAF, belum disetujui"
		p.pdf.Text(pageWide-marginSide-p.pdf.GetStringWidth(s), 12, s)
	}
}

// room starts a new page unless so much is left.
func (p *paper) room(h float64) {
	if p.y+h > pageHigh-marginFoot {
		p.page()
	}
}

func (p *paper) foot() {
	p.font("", 7.5, 74, 90, 102)
	y := pageHigh - 11
	if p.pdf.PageNo() == 1 { // the first page is complete by itself
		p.pdf.Text(marginSide, y-5, p.face.clean(p.d.Source))
	}
	p.pdf.Text(marginSide, y, p.face.clean(p.d.Title+", "+p.d.Period+" · versi "+number(p.d.Version)+" · "+short(p.d.Hash)))
	n := fmt.Sprintf("%d", p.pdf.PageNo())
	p.pdf.Text(pageWide-marginSide-p.pdf.GetStringWidth(n), y, n)
}

// short is the beginning of a hash, enough to find the document by.
func short(hash string) string { return hash[:min(12, len(hash))] }

func (p *paper) font(style string, size float64, r, g, b int) {
	p.pdf.SetFont(family, style, size)
	p.pdf.SetTextColor(r, g, b)
}

func (p *paper) ink(style string, size float64)   { p.font(style, size, 20, 33, 43) }
func (p *paper) muted(style string, size float64) { p.font(style, size, 74, 90, 102) }

// line height in mm of a size in points
func leading(size float64) float64 { return size * 25.4 / 72 * 1.42 }

// front is the head of page 1.
func (p *paper) front() {
	p.font("B", 8.5, p.main[0], p.main[1], p.main[2])
	p.pdf.Text(p.x, p.y+3, p.face.clean(p.d.Owner))
	p.ink("B", 20)
	p.pdf.Text(p.x, p.y+12, p.face.clean(p.d.Title))
	p.ink("", 12)
	p.pdf.Text(p.x, p.y+19, p.face.clean(p.d.Period))
	p.y += 24
}

func (p *paper) section(i int, s Section) {
	if i > 0 {
		if s.Fresh {
			p.page()
		}
		p.room(40)
		p.y += 2
		p.ink("B", 14)
		p.pdf.Text(p.x, p.y+5, p.face.clean(s.Title))
		p.y += 10
	}
	p.pdf.Bookmark(s.Title, 0, -1)
	for _, b := range s.Blocks {
		p.block(b, i == 0)
	}
	p.y += 4
}

func (p *paper) block(b Block, summary bool) {
	switch {
	case b.Words != nil:
		size := 9.5
		if summary && p.w > 100 {
			size = 10.5
		}
		p.words(b.Words, size, 0)
		p.y += 2
	case b.Tiles != nil:
		p.tiles(b.Tiles)
	case b.Chart != nil:
		p.chart(b.Chart)
	case b.Table != nil:
		p.table(b.Table)
	case b.Points != nil:
		p.points(b.Points)
	case b.Columns != nil:
		p.columns(b.Columns, summary)
	case b.Note != "":
		p.muted("", 7.5)
		p.text(b.Note, 7.5, 0)
		p.y += 2
	}
}

// words writes a paragraph of spans, wrapped, with a hanging indent.
func (p *paper) words(spans []Span, size, indent float64) {
	type word struct {
		text  string
		style string
		space bool // before it
	}
	var list []word
	space := false
	for _, s := range spans {
		style := ""
		if s.Bold {
			style = "B"
		}
		for line, part := range strings.Split(s.Text, "\n") {
			if line > 0 {
				list, space = append(list, word{text: "\n"}), false
			}
			part = p.face.clean(part)
			for i, w := range strings.Split(part, " ") {
				space = space || i > 0
				if w == "" {
					continue
				}
				if !space && len(list) > 0 && list[len(list)-1].style == style && list[len(list)-1].text != "\n" {
					list[len(list)-1].text += w
				} else {
					list = append(list, word{w, style, space})
				}
				space = false
			}
		}
	}
	h := leading(size)
	p.room(h)
	x := p.x + indent
	p.ink("", size)
	gap := p.pdf.GetStringWidth(" ")
	for _, w := range list {
		if w.text == "\n" {
			x = p.x + indent
			p.y += h
			p.room(h)
			continue
		}
		p.ink(w.style, size)
		for _, piece := range p.pieces(w.text, p.w-indent) {
			wide := p.pdf.GetStringWidth(piece)
			if w.space && x > p.x+indent {
				x += gap
			}
			if x+wide > p.x+p.w+.01 && x > p.x+indent {
				x = p.x + indent
				p.y += h
				p.room(h)
				p.ink(w.style, size)
			}
			p.pdf.Text(x, p.y+h*.75, piece)
			x += wide
		}
	}
	p.y += h
}

// pieces cuts a word that is wider than a line.
func (p *paper) pieces(w string, width float64) []string {
	var out []string
	for p.pdf.GetStringWidth(w) > width {
		r := []rune(w)
		n := len(r)
		for n > 1 && p.pdf.GetStringWidth(string(r[:n])) > width {
			n--
		}
		out, w = append(out, string(r[:n])), string(r[n:])
		if n <= 1 && len(r) <= 1 {
			break
		}
	}
	return append(out, w)
}

// text writes plain words in the font that is set.
func (p *paper) text(s string, size, indent float64) {
	h := leading(size)
	for _, line := range p.wrap(p.face.clean(s), p.w-indent) {
		p.room(h)
		p.pdf.Text(p.x+indent, p.y+h*.75, line)
		p.y += h
	}
}

// wrap cuts words into lines of a width, in the font that is set.
func (p *paper) wrap(s string, width float64) []string {
	var out []string
	line := ""
	for _, w := range strings.Fields(s) {
		for _, piece := range p.pieces(w, width) {
			switch {
			case line == "":
				line = piece
			case p.pdf.GetStringWidth(line+" "+piece) <= width:
				line += " " + piece
			default:
				out, line = append(out, line), piece
			}
		}
	}
	return append(out, line)
}

func (p *paper) tiles(list []Tile) {
	const gap, high = 4.0, 19.0
	p.room(high)
	p.y += 1
	wide := (p.w - gap*float64(len(list)-1)) / float64(len(list))
	for i, t := range list {
		x := p.x + float64(i)*(wide+gap)
		p.pdf.SetFillColor(p.main[0], p.main[1], p.main[2])
		p.pdf.Rect(x, p.y, wide, .7, "F")
		p.ink("B", 17)
		p.pdf.Text(x, p.y+8.5, p.face.clean(t.Value))
		p.muted("", 7.5)
		p.pdf.Text(x, p.y+12.8, p.face.clean(t.Label))
		p.pdf.Text(x, p.y+16.4, p.face.clean(t.Note))
	}
	p.y += high
}

func (p *paper) chart(c *Chart) {
	p.figure++
	p.y += 1.5
	p.ink("B", 10.5)
	title := p.wrap(p.face.clean(c.Title), p.w)
	high := p.w * c.Ratio
	h := leading(10.5)
	p.room(float64(len(title))*h + high + 10)
	for _, line := range title {
		p.ink("B", 10.5)
		p.pdf.Text(p.x, p.y+h*.75, line)
		p.y += h
	}
	p.y += 1.5
	points := func(mm float64) vg.Length { return vg.Length(mm / mmPerPoint) }
	c.Draw(draw.NewCanvas(newCanvas(p.pdf, p.face, p.x, p.y+high), points(p.w), points(high)))
	p.y += high + 1
	p.muted("", 7.5)
	p.text(fmt.Sprintf("Gambar %d. %s", p.figure, c.Sub), 7.5, 0)
	p.y += 3
}

func (p *paper) points(list [][]Span) {
	for i, s := range list {
		p.room(leading(9.5))
		p.ink("B", 9.5)
		p.pdf.Text(p.x, p.y+leading(9.5)*.75, fmt.Sprintf("%d.", i+1))
		p.words(s, 9.5, 5)
		p.y += 1
	}
	p.y += 1
}

// columns sets two runs of blocks beside each other.
func (p *paper) columns(c *[2][]Block, summary bool) {
	const gap = 7.0
	p.room(80)
	x, y, w := p.x, p.y, p.w
	low := y
	for i, blocks := range c {
		p.w = (w - gap) / 2
		p.x, p.y = x+float64(i)*(p.w+gap), y
		for _, b := range blocks {
			p.block(b, summary)
		}
		low = max(low, p.y)
	}
	p.x, p.y, p.w = x, low, w
}

const cellSize = 8.0

func (p *paper) table(t *Table) {
	rows := t.Rows
	if t.Shown > 0 && len(rows) > t.Shown {
		rows = rows[:t.Shown]
	}
	p.ink("B", 10.5)
	p.room(leading(10.5) + 16)
	p.pdf.Text(p.x, p.y+leading(10.5)*.75, p.face.clean(t.Title))
	p.y += leading(10.5) + .5
	if len(rows) == 0 {
		p.muted("", 9)
		p.text(cmp.Or(t.Empty, "Belum ada."), 9, 0)
		p.y += 3
		return
	}
	wide := p.w
	if len(t.Columns) < 4 && t.Columns[1].Number {
		p.w = min(p.w, 50*float64(len(t.Columns))) // a line of three figures is not read across a page
	}
	defer func() { p.w = wide }()
	widths := p.widths(t, rows)
	p.heads(t, widths)
	for i, r := range rows {
		if p.y+p.rowHigh(t, widths, r) > pageHigh-marginFoot {
			p.page()
			p.heads(t, widths)
		}
		p.cells(t, widths, r, t.Sum && i == len(rows)-1)
	}
	if len(rows) < len(t.Rows) {
		p.muted("", 7.5)
		p.text(fmt.Sprintf("%d dari %d baris; selengkapnya pada halaman web dan lembar Excel.", len(rows), len(t.Rows)), 7.5, 0)
	}
	p.y += 4
}

// widths gives numbers what they need and words the rest.
func (p *paper) widths(t *Table, rows [][]Cell) []float64 {
	out := make([]float64, len(t.Columns))
	left, weights := p.w, 0.0
	for i, c := range t.Columns {
		if !c.Number {
			weights += cmp.Or(c.Weight, 1)
			continue
		}
		p.ink("B", cellSize)
		for _, w := range strings.Fields(c.Name) {
			out[i] = max(out[i], p.pdf.GetStringWidth(p.face.clean(w)))
		}
		if n := p.pdf.GetStringWidth(p.face.clean(c.Name)); n < 22 {
			out[i] = max(out[i], n)
		}
		p.ink("", cellSize)
		for _, r := range rows {
			out[i] = max(out[i], p.pdf.GetStringWidth(p.face.clean(r[i].String())))
		}
		out[i] += 4
		left -= out[i]
	}
	for i, c := range t.Columns {
		if !c.Number {
			out[i] = left * cmp.Or(c.Weight, 1) / weights
		}
	}
	return out
}

func (p *paper) rowHigh(t *Table, widths []float64, r []Cell) float64 {
	p.ink("", cellSize)
	lines := 1
	for i, c := range r {
		if !t.Columns[i].Number {
			lines = max(lines, len(p.wrap(p.face.clean(c.String()), widths[i]-2)))
		}
	}
	return float64(lines)*leading(cellSize) + 1.6
}

func (p *paper) heads(t *Table, widths []float64) {
	p.ink("B", cellSize)
	lines := 1
	heads := make([][]string, len(t.Columns))
	for i, c := range t.Columns {
		heads[i] = p.wrap(p.face.clean(c.Name), widths[i]-2)
		lines = max(lines, len(heads[i]))
	}
	h := leading(cellSize)
	p.room(float64(lines)*h + 8)
	p.ink("B", cellSize)
	x := p.x
	for i, head := range heads {
		for j, line := range head {
			y := p.y + h*(float64(lines-len(head)+j)+.85)
			at := x
			if t.Columns[i].Number {
				at = x + widths[i] - 1 - p.pdf.GetStringWidth(line)
			}
			p.pdf.Text(at, y, line)
		}
		x += widths[i]
	}
	p.y += float64(lines)*h + 1.4
	p.rule(.35)
}

func (p *paper) cells(t *Table, widths []float64, r []Cell, sum bool) {
	high := p.rowHigh(t, widths, r)
	style := ""
	if sum {
		style = "B"
	}
	p.ink(style, cellSize)
	h := leading(cellSize)
	x := p.x
	for i, c := range r {
		s := p.face.clean(c.String())
		if t.Columns[i].Number {
			p.pdf.Text(x+widths[i]-1-p.pdf.GetStringWidth(s), p.y+.8+h*.75, s)
		} else {
			for j, line := range p.wrap(s, widths[i]-2) {
				p.pdf.Text(x, p.y+.8+h*(float64(j)+.75), line)
			}
		}
		x += widths[i]
	}
	p.y += high
	p.rule(.15)
}

func (p *paper) rule(width float64) {
	p.pdf.SetDrawColor(201, 211, 218)
	p.pdf.SetLineWidth(width)
	p.pdf.Line(p.x, p.y, p.x+p.w, p.y)
}

// end is the signature, the way to check the document, and its hash.
func (p *paper) end() {
	const high = 62.0
	p.room(high)
	p.y += 4
	p.rule(.35)
	p.y += 6
	top, s := p.y, p.d.Sign
	p.ink("", 9.5)
	where := cmp.Or(s.Place, p.d.Owner)
	if !s.Day.IsZero() {
		where += ", " + plainDay(s.Day)
	}
	right := p.x + p.w/2
	write := func(style string, size float64, text string) {
		p.ink(style, size)
		for _, line := range p.wrap(p.face.clean(text), p.w/2) {
			p.pdf.Text(right, p.y+leading(size)*.75, line)
			p.y += leading(size)
		}
	}
	write("", 9.5, where)
	write("", 9.5, s.Office)
	p.y += 18
	if s.Approved == "" {
		write("", 9.5, "........................................")
		write("", 8, "Belum disetujui")
	} else {
		write("B", 9.5, s.Approved)
		note := "Disetujui; disusun oleh " + cmp.Or(s.Author, "komputer") + "."
		if s.Alone {
			note = "Disetujui oleh penyusunnya, karena tidak ada orang kedua."
		}
		write("", 8, note)
	}
	p.y = top
	if p.d.Link != "" {
		p.qr(p.x, p.y, 26)
		p.y += 28
		p.muted("", 7.5)
		w := p.w
		p.w = p.w/2 - 6
		p.text("Keaslian dan versi web: "+p.d.Link, 7.5, 0)
		p.w = w
	}
	p.y = top + high - 16
	p.muted("", 7.5)
	p.text("Sidik dokumen (SHA-256 atas angka dan kata): "+groups(p.d.Hash), 7.5, 0)
}

// groups prints a hash in pieces that an eye can follow.
func groups(hash string) string {
	var out []string
	for len(hash) > 8 {
		out, hash = append(out, hash[:8]), hash[8:]
	}
	return strings.Join(append(out, hash), " ")
}

// qr draws the code of the document's address as squares.
func (p *paper) qr(x, y, size float64) {
	code, err := qr.Encode(p.d.Link, qr.M, qr.Auto)
	if err != nil {
		p.pdf.SetError(err)
		return
	}
	n := code.Bounds().Dx()
	dot := size / float64(n)
	p.pdf.SetFillColor(20, 33, 43)
	for i := range n {
		for j := 0; j < n; j++ {
			from := j
			for j < n {
				if r, _, _, _ := code.At(j, i).RGBA(); r != 0 {
					break
				}
				j++
			}
			if j > from {
				p.pdf.Rect(x+float64(from)*dot, y+float64(i)*dot, float64(j-from)*dot, dot+.02, "F")
			}
		}
	}
	p.pdf.LinkString(x, y, size, size, p.d.Link)
}
