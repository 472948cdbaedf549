package report

import (
	"archive/zip"
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

const (
	dateFormat    = "[$-421]dd mmmm yyyy"
	maxCell       = 32000 // letters; a cell takes 32,767
	axisColour    = "4A5A66"
	drawnRows     = 20
	summarySheet  = "Ringkasan"
	remarkSheet   = "Keterangan"
	defaultColour = "0B5C5B"
)

// XLSX prints the document as a workbook with native charts: a summary, one sheet for
// each table that has a name, the list of cases, and what the words mean. The same
// document gives the same bytes.
func (d *Document) XLSX() ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close()
	b := &book{f: f, d: d, styles: map[string]int{}}
	for _, step := range []func() error{b.properties, b.summary, b.sheets, b.cases, b.remarks} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("report: xlsx: %w", err)
		}
	}
	f.SetActiveSheet(0)
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		return nil, fmt.Errorf("report: xlsx: %w", err)
	}
	return steady(out.Bytes())
}

var defaults = regexp.MustCompile(`<Default [^>]*></Default>`)

// steady puts the one part of a workbook in order that the library writes in the order of
// a map, so that the same document gives the same bytes.
func steady(b []byte) ([]byte, error) {
	const types = "[Content_Types].xml"
	in, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range in.File {
		if f.Name != types {
			if err := w.Copy(f); err != nil {
				return nil, err
			}
			continue
		}
		body, err := fs.ReadFile(in, types)
		if err != nil {
			return nil, err
		}
		list := defaults.FindAllString(string(body), -1)
		slices.Sort(list)
		body = defaults.ReplaceAllFunc(body, func([]byte) []byte {
			first := list[0]
			list = list[1:]
			return []byte(first)
		})
		part, err := w.Create(types)
		if err != nil {
			return nil, err
		}
		if _, err := part.Write(body); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

type book struct {
	f      *excelize.File
	d      *Document
	styles map[string]int
}

func (b *book) properties() error {
	at := b.d.Made.UTC().Format("2006-01-02T15:04:05Z")
	return b.f.SetDocProps(&excelize.DocProperties{Title: printable(b.d.Title + ", " + b.d.Period), Creator: printable(b.d.Owner), LastModifiedBy: "Tanggap",
		Language: "id-ID", Created: at, Modified: at, Identifier: b.d.Hash, Version: fmt.Sprint(b.d.Version)})
}

// style returns the number of a named style.
func (b *book) style(name string) (int, error) {
	if n, ok := b.styles[name]; ok {
		return n, nil
	}
	font := &excelize.Font{Family: "Calibri", Size: 11, Color: "14212B"}
	s := &excelize.Style{Font: font, Alignment: &excelize.Alignment{Vertical: "top"}}
	format := func(code string) { s.CustomNumFmt = &code }
	switch name {
	case "head":
		font.Bold, font.Color = true, "FFFFFF"
		s.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{cmp.Or(strings.TrimPrefix(hexColour.FindString(b.d.Colour), "#"), defaultColour)}}
		s.Alignment = &excelize.Alignment{Vertical: "center", WrapText: true}
	case "title":
		font.Bold, font.Size = true, 16
	case "bold":
		font.Bold = true
	case "value":
		font.Bold, font.Size = true, 14
		s.Alignment.Horizontal = "left"
	case "wrap":
		s.Alignment.WrapText = true
	case "right":
		s.Alignment.Horizontal = "right"
	case "count":
		format("#,##0")
	case "dec1":
		format("#,##0.0")
	case "dec2":
		format("#,##0.00")
	case "share":
		format("0.0%")
	case "day":
		format(dateFormat)
	}
	n, err := b.f.NewStyle(s)
	b.styles[name] = n
	return n, err
}

// styleIn is the style of a cell in a column: words among figures stand at the right.
func styleIn(col Column, c Cell) string {
	if s := styleOf(c); s != "text" || !col.Number {
		return s
	}
	return "right"
}

func styleOf(c Cell) string {
	switch c.kind {
	case count:
		return "count"
	case fraction:
		if c.digits > 1 {
			return "dec2"
		}
		return "dec1"
	case share:
		return "share"
	case day:
		return "day"
	}
	return "text"
}

// value is what a cell holds. Words are always typed as text, so that nothing a citizen
// or a pack wrote is ever a formula.
func value(c Cell) any {
	switch c.kind {
	case count:
		return int64(c.value)
	case fraction, share:
		return c.value
	case day:
		return c.date
	case nothing:
		return nil
	}
	return inert(c.String())
}

// inert makes a text that no spreadsheet takes for a formula, neither here nor after it
// was saved as CSV and opened again: a leading = + - @, tab or line break, also in full
// width and after spaces, gets an apostrophe before it.
func inert(s string) string {
	s = printable(s)
	lead := strings.TrimLeft(s, " \u00a0\u3000")
	if lead != "" {
		r, _ := utf8.DecodeRuneInString(lead)
		if strings.ContainsRune("=+-@\t\r\n＝＋－＠", r) {
			s = "'" + s
		}
	}
	return s
}

// printable takes out what XML cannot hold, and cuts what no cell holds.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if utf8.RuneCountInString(s) > maxCell {
		return string([]rune(s)[:maxCell]) + "…"
	}
	return s
}

// put writes one cell.
func (b *book) put(sheet string, column, row int, style string, v any) error {
	at, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		return err
	}
	if s, ok := v.(string); ok {
		err = b.f.SetCellStr(sheet, at, s)
	} else {
		err = b.f.SetCellValue(sheet, at, v)
	}
	if err != nil {
		return err
	}
	n, err := b.style(style)
	if err != nil {
		return err
	}
	return b.f.SetCellStyle(sheet, at, at, n)
}

// paper sets a sheet up for printing.
func (b *book) paper(sheet string) error {
	orientation, size, one, zero, fit := "landscape", 9, 1, 0, true
	if err := b.f.SetPageLayout(sheet, &excelize.PageLayoutOptions{Orientation: &orientation, Size: &size, FitToWidth: &one, FitToHeight: &zero}); err != nil {
		return err
	}
	return b.f.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit})
}

// say writes a line of words into a wide column and makes its row high enough: programs
// do not measure wrapped words when they open a file.
func (b *book) say(sheet string, row, wide int, style, text string) error {
	if lines := 1 + utf8.RuneCountInString(text)/(wide-6); style == "wrap" && lines > 1 {
		if err := b.f.SetRowHeight(sheet, row, min(400, float64(lines)*15.5)); err != nil {
			return err
		}
	}
	return b.put(sheet, 1, row, style, inert(text))
}

func (b *book) summary() error {
	if err := b.f.SetSheetName("Sheet1", summarySheet); err != nil {
		return err
	}
	row := 0
	line := func(style, text string) error {
		row++
		return b.say(summarySheet, row, 88, style, text)
	}
	state := b.d.State
	if b.d.Draft {
		state += ", belum disetujui"
	}
	for _, x := range [][2]string{{"text", b.d.Owner}, {"title", b.d.Title}, {"bold", b.d.Period}, {"text", state + ", versi " + number(b.d.Version)}} {
		if err := line(x[0], x[1]); err != nil {
			return err
		}
	}
	row++
	for _, block := range b.d.Sections[0].Blocks {
		if block.Words != nil {
			if err := line("wrap", plain(block.Words)); err != nil {
				return err
			}
		}
		for _, t := range block.Tiles {
			row++
			for i, x := range [][2]string{{"text", t.Label}, {"value", t.Value}, {"text", t.Note}} {
				if err := b.put(summarySheet, 1+i, row, x[0], inert(x[1])); err != nil {
					return err
				}
			}
		}
	}
	row++
	for _, s := range b.d.Sections[1:] {
		for _, block := range s.Blocks {
			if block.Words == nil {
				continue
			}
			if err := line("bold", s.Title); err != nil {
				return err
			}
			if err := line("wrap", plain(block.Words)); err != nil {
				return err
			}
		}
	}
	row++
	for _, text := range []string{b.d.Source, "Sidik dokumen: " + b.d.Hash, b.d.Link} {
		if err := line("text", text); err != nil {
			return err
		}
	}
	if err := b.f.SetColWidth(summarySheet, "A", "A", 88); err != nil {
		return err
	}
	if err := b.f.SetColWidth(summarySheet, "B", "C", 26); err != nil {
		return err
	}
	return b.paper(summarySheet)
}

func plain(spans []Span) string {
	var s strings.Builder
	for _, x := range spans {
		s.WriteString(x.Text)
	}
	return s.String()
}

// sheets writes every table that has a sheet, with its chart.
func (b *book) sheets() error {
	var walk func(blocks []Block) error
	done := map[string]bool{}
	add := func(t *Table, c *Chart) error {
		if t == nil || t.Sheet == "" || done[t.Sheet] {
			return nil
		}
		done[t.Sheet] = true
		return b.table(t, c)
	}
	walk = func(blocks []Block) error {
		for _, x := range blocks {
			var err error
			switch {
			case x.Chart != nil:
				err = add(x.Chart.Table, x.Chart)
			case x.Table != nil:
				err = add(x.Table, nil)
			case x.Columns != nil:
				if err = walk(x.Columns[0]); err == nil {
					err = walk(x.Columns[1])
				}
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	for _, s := range b.d.Sections {
		if err := walk(s.Blocks); err != nil {
			return err
		}
	}
	return nil
}

func (b *book) table(t *Table, c *Chart) error {
	if _, err := b.f.NewSheet(t.Sheet); err != nil {
		return err
	}
	for i, col := range t.Columns {
		if err := b.put(t.Sheet, i+1, 1, "head", inert(strings.TrimSpace(col.Name))); err != nil {
			return err
		}
	}
	if err := b.f.SetRowHeight(t.Sheet, 1, 32); err != nil {
		return err
	}
	for r, row := range t.Rows {
		for i, cell := range row {
			if err := b.put(t.Sheet, i+1, r+2, styleIn(t.Columns[i], cell), value(cell)); err != nil {
				return err
			}
		}
	}
	if err := b.widths(t); err != nil {
		return err
	}
	if err := b.frame(t.Sheet, len(t.Columns), len(t.Rows)); err != nil {
		return err
	}
	if c != nil && c.Kind != "" && len(t.Rows) > 0 {
		if err := b.chart(t, c); err != nil {
			return err
		}
	}
	return b.paper(t.Sheet)
}

func (b *book) widths(t *Table) error {
	for i, col := range t.Columns {
		name, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		wide := min(14, utf8.RuneCountInString(col.Name)+3)
		for _, r := range t.Rows[:min(len(t.Rows), 500)] {
			wide = max(wide, min(52, utf8.RuneCountInString(r[i].String())+3))
		}
		if err := b.f.SetColWidth(t.Sheet, name, name, float64(wide)); err != nil {
			return err
		}
	}
	return nil
}

// frame freezes the heads and gives them filters.
func (b *book) frame(sheet string, columns, rows int) error {
	if err := b.f.SetPanes(sheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	last, err := excelize.CoordinatesToCellName(columns, max(2, rows+1))
	if err != nil {
		return err
	}
	return b.f.AutoFilter(sheet, "A1:"+last, nil)
}

// chart draws two columns of a table beside it.
func (b *book) chart(t *Table, c *Chart) error {
	names, values := -1, -1
	for i, col := range t.Columns {
		switch col.Name {
		case c.Columns[0]:
			names = i + 1
		case c.Columns[1]:
			values = i + 1
		}
	}
	if names < 0 || values < 0 {
		return fmt.Errorf("%s has no columns %v to draw", t.Sheet, c.Columns)
	}
	last := len(t.Rows) + 1
	if c.Kind == "bar" {
		last = min(last, drawnRows+1)
	}
	rng := func(column int) string {
		letters, err := excelize.ColumnNumberToName(column)
		if err != nil {
			return ""
		}
		return fmt.Sprintf("'%s'!$%s$2:$%s$%d", t.Sheet, letters, letters, last)
	}
	axisFont := excelize.Font{Color: axisColour, Size: 9}
	chart := &excelize.Chart{Type: excelize.Line, Title: excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: printable(c.Title), Font: &excelize.Font{Bold: true, Size: 12, Color: "14212B"}}}},
		Legend: excelize.ChartLegend{Position: "none"}, Dimension: excelize.ChartDimension{Width: 760, Height: 380},
		XAxis: excelize.ChartAxis{Font: axisFont}, YAxis: excelize.ChartAxis{Font: axisFont, MajorGridLines: true},
		Series: []excelize.ChartSeries{{Name: c.Columns[1], Categories: rng(names), Values: rng(values),
			Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"0368A9"}}, Line: excelize.LineOptions{Width: 1.5}, Marker: excelize.ChartMarker{Symbol: "none"}}}}
	zero, one := 0.0, 1.0
	chart.YAxis.Minimum = &zero
	if c.Kind == "bar" {
		chart.Type = excelize.Bar
		chart.XAxis.ReverseOrder = true // the first row on top
		gap := uint(50)
		chart.GapWidth = &gap
		if t.Rows[0][values-1].kind == share {
			chart.YAxis.Maximum, chart.YAxis.NumFmt = &one, excelize.ChartNumFmt{CustomNumFmt: "0%"}
		}
	} else {
		chart.XAxis.NumFmt = excelize.ChartNumFmt{CustomNumFmt: "[$-421]d mmm"}
		chart.XAxis.TickLabelSkip = 7
		if i := forecastColumn(t); i > 0 {
			chart.Series = append(chart.Series, excelize.ChartSeries{Name: "Perkiraan", Categories: rng(names), Values: rng(i),
				Line: excelize.LineOptions{Width: 1.5, Dash: excelize.LineDashDash}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"ED6C1F"}}, Marker: excelize.ChartMarker{Symbol: "none"}})
			chart.Legend.Position = "bottom"
		}
	}
	at, err := excelize.CoordinatesToCellName(len(t.Columns)+2, 2)
	if err != nil {
		return err
	}
	return b.f.AddChart(t.Sheet, at, chart)
}

func forecastColumn(t *Table) int {
	for i, c := range t.Columns {
		if c.Name == "Perkiraan" {
			return i + 1
		}
	}
	return 0
}

// cases streams the list of cases, which may be long.
func (b *book) cases() error {
	t := b.d.Cases
	if t == nil {
		return nil
	}
	if _, err := b.f.NewSheet(t.Sheet); err != nil {
		return err
	}
	styles := map[string]int{}
	for _, name := range []string{"head", "text", "count", "dec1", "dec2", "share", "day"} {
		n, err := b.style(name)
		if err != nil {
			return err
		}
		styles[name] = n
	}
	if err := b.paper(t.Sheet); err != nil {
		return err
	}
	last, err := excelize.CoordinatesToCellName(len(t.Columns), max(2, len(t.Rows)+1))
	if err != nil {
		return err
	}
	// Before the rows: afterwards the library would read all of them back for it.
	if err := b.f.AutoFilter(t.Sheet, "A1:"+last, nil); err != nil {
		return err
	}
	w, err := b.f.NewStreamWriter(t.Sheet)
	if err != nil {
		return err
	}
	for i := range t.Columns {
		if err := w.SetColWidth(i+1, i+1, 20); err != nil {
			return err
		}
	}
	if err := w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	row := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		row[i] = excelize.Cell{StyleID: styles["head"], Value: inert(c.Name)}
	}
	if err := w.SetRow("A1", row); err != nil {
		return err
	}
	for r, cells := range t.Rows {
		for i, c := range cells {
			row[i] = excelize.Cell{StyleID: styles[styleOf(c)], Value: value(c)}
		}
		if err := w.SetRow(fmt.Sprintf("A%d", r+2), row); err != nil {
			return err
		}
	}
	return w.Flush()
}

// remarks says what the words mean.
func (b *book) remarks() error {
	if _, err := b.f.NewSheet(remarkSheet); err != nil {
		return err
	}
	row := 0
	line := func(style, text string) error {
		row++
		return b.say(remarkSheet, row, 110, style, text)
	}
	if err := line("bold", "Keterangan"); err != nil {
		return err
	}
	for _, s := range b.d.Sections {
		if s.ID != "metode" {
			continue
		}
		for _, block := range s.Blocks {
			for _, p := range block.Points {
				if err := line("wrap", plain(p)); err != nil {
					return err
				}
			}
		}
	}
	for _, text := range []string{b.d.Source, "Data boleh dipakai dengan menyebut sumbernya. Tidak ada data pribadi dalam berkas ini.", "Sidik dokumen (SHA-256): " + b.d.Hash} {
		if err := line("wrap", text); err != nil {
			return err
		}
	}
	if err := b.f.SetColWidth(remarkSheet, "A", "A", 110); err != nil {
		return err
	}
	return b.paper(remarkSheet)
}
