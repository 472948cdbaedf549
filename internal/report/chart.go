package report

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"strings"
	"time"

	"golang.org/x/image/font"
	"gonum.org/v1/plot"
	plotfont "gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Colours of charts: checked for colour-blind readers where they were chosen.
var (
	ink      = colourOf("#14212B")
	muted    = colourOf("#4A5A66")
	hairline = colourOf("#D5DDE2")
	blue     = colourOf("#0368A9")
	band80   = colourOf("#AECFE6")
	band95   = colourOf("#DCEAF4")
	grey     = colourOf("#B9C4CB")
	scale    = []color.Color{colourOf("#EAF3F8"), colourOf("#C3DDEC"), colourOf("#8FBFDB"), colourOf("#569CC4"), colourOf("#2776A6"), colourOf("#0B4F7D")}
)

func colourOf(s string) color.Color {
	var r, g, b uint8
	if _, err := fmt.Sscanf(strings.TrimPrefix(s, "#"), "%02x%02x%02x", &r, &g, &b); err != nil {
		return color.Black
	}
	return color.RGBA{r, g, b, 255}
}

// style is text of a chart.
func (t *typeface) style(size vg.Length, c color.Color, bold bool) text.Style {
	f := plotfont.Font{Typeface: family, Variant: "Sans", Size: size}
	if bold {
		f.Weight = font.WeightBold
	}
	return text.Style{Font: f, Color: c, Handler: text.Plain{Fonts: t.cache}}
}

const small vg.Length = 7.5

// plot is an empty one in our style: light grid lines, no boxes.
func (t *typeface) plot() *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	p.TextHandler = text.Plain{Fonts: t.cache}
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Tick.Label.Font = t.style(small, muted, false).Font
		a.Tick.Label.Color, a.Tick.Label.Handler = muted, p.TextHandler
		a.Label.TextStyle = t.style(small, muted, false)
		a.LineStyle.Width, a.Tick.LineStyle.Width, a.Tick.Length, a.Padding = 0, 0, 3, 0
	}
	p.Title.TextStyle, p.Legend.TextStyle = t.style(small, ink, true), t.style(small, ink, false)
	return p
}

func grid() *plotter.Grid {
	g := plotter.NewGrid()
	g.Vertical.Width = 0
	g.Horizontal = draw.LineStyle{Color: hairline, Width: .5}
	return g
}

// steps are round values from 0 that cover the largest.
func steps(most float64) (top float64, ticks []plot.Tick) {
	step := 1.0
	for _, f := range []float64{1, 2, 2.5, 5} {
		for e := 1.0; e < 1e9; e *= 10 {
			if s := f * e; s == math.Trunc(s) && most/s <= 5 && (step == 1 && most/step > 5 || s < step) {
				step = s
			}
		}
	}
	top = math.Max(step, math.Ceil(most/step)*step)
	for v := 0.0; v <= top; v += step {
		ticks = append(ticks, plot.Tick{Value: v, Label: decimal(v, 0)})
	}
	return top, ticks
}

// fan draws what came day by day and what is expected: a solid line, a dashed one with
// bands of 80 and 95 %.
func (t *typeface) fan(days []Daily, next []Expected) func(draw.Canvas) {
	return func(c draw.Canvas) {
		if len(days) == 0 {
			return
		}
		p := t.plot()
		p.Add(grid())
		first := dayOf(days[0].Day)
		at := func(day string) float64 { return dayOf(day).Sub(first).Hours() / 24 }
		most := 1.0
		var seen, mid, low80, low95 plotter.XYs
		for _, d := range days {
			seen = append(seen, plotter.XY{X: at(d.Day), Y: float64(d.N)})
			most = math.Max(most, float64(d.N))
		}
		last := seen[len(seen)-1]
		high80, high95 := plotter.XYs{}, plotter.XYs{}
		if len(next) > 0 {
			mid, low80, low95, high80, high95 = plotter.XYs{last}, plotter.XYs{last}, plotter.XYs{last}, plotter.XYs{last}, plotter.XYs{last}
		}
		for _, e := range next {
			x := at(e.Day)
			mid = append(mid, plotter.XY{X: x, Y: e.Median})
			low80, high80 = append(low80, plotter.XY{X: x, Y: e.Low80}), append(high80, plotter.XY{X: x, Y: e.High80})
			low95, high95 = append(low95, plotter.XY{X: x, Y: e.Low95}), append(high95, plotter.XY{X: x, Y: e.High95})
			most = math.Max(most, e.High95)
		}
		for _, b := range []struct {
			low, high plotter.XYs
			fill      color.Color
		}{{low95, high95, band95}, {low80, high80, band80}} {
			if len(b.low) == 0 {
				continue
			}
			ring := append(plotter.XYs{}, b.low...)
			for i := len(b.high) - 1; i >= 0; i-- {
				ring = append(ring, b.high[i])
			}
			if poly, err := plotter.NewPolygon(ring); err == nil {
				poly.Color, poly.LineStyle.Width = b.fill, 0
				p.Add(poly)
			}
		}
		for _, l := range []struct {
			xy   plotter.XYs
			dash []vg.Length
		}{{seen, nil}, {mid, []vg.Length{3, 2}}} {
			if len(l.xy) == 0 {
				continue
			}
			if line, err := plotter.NewLine(l.xy); err == nil {
				line.LineStyle = draw.LineStyle{Color: blue, Width: 1.3, Dashes: l.dash}
				p.Add(line)
			}
		}
		end := at(days[len(days)-1].Day)
		if len(next) > 0 {
			e := next[len(next)-1]
			end = at(e.Day)
			p.Add(&ends{X: end, Y: e.Median, Lines: []string{"~" + decimal(e.Median, 0), "80%: " + decimal(e.Low80, 0) + "–" + decimal(e.High80, 0)},
				Styles: []text.Style{t.style(small, ink, true), t.style(small, muted, false)}})
		}
		p.X.Min, p.X.Max, p.Y.Min = 0, math.Max(end, 1), 0
		var marks []plot.Tick
		p.Y.Max, marks = steps(most)
		p.Y.Tick.Marker = plot.ConstantTicks(marks)
		p.X.Padding = 3
		p.X.Tick.Marker = plot.ConstantTicks(mondays(first, int(end)))
		p.Draw(c)
	}
}

// mondays marks Mondays with day and month, so far apart that they do not touch.
func mondays(first time.Time, days int) []plot.Tick {
	apart := 7 * max(1, int(math.Ceil(float64(days)/7/9)))
	var out []plot.Tick
	start := (8 - int(first.Weekday())) % 7
	for start < 3 { // the corner belongs to the zero of the other axis
		start += 7
	}
	for x := start; x <= days; x += apart {
		out = append(out, plot.Tick{Value: float64(x), Label: shortDay(first.AddDate(0, 0, x))})
	}
	return out
}

// ends writes lines of text right of a point and takes the room they need.
type ends struct {
	X, Y   float64
	Lines  []string
	Styles []text.Style
}

func (e *ends) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	at := vg.Point{X: x(e.X) + 5, Y: y(e.Y) + 2}
	for i, line := range e.Lines {
		c.FillText(e.Styles[i], at, line)
		at.Y -= e.Styles[i].Font.Size + 2
	}
}

// GlyphBoxes implements plot.GlyphBoxer.
func (e *ends) GlyphBoxes(p *plot.Plot) []plot.GlyphBox {
	width := vg.Length(0)
	for i, line := range e.Lines {
		width = max(width, e.Styles[i].Width(line))
	}
	return []plot.GlyphBox{{X: p.X.Norm(e.X), Y: p.Y.Norm(e.Y), Rectangle: vg.Rectangle{Max: vg.Point{X: width + 8, Y: 8}}}}
}

// bar is one row of a bar chart; Behind is drawn as an outline, 0 leaves it out.
type bar struct {
	Label         string
	Value, Behind float64
	Text          string
}

// bars draws horizontal bars from 0, the first on top, with an optional target tick.
func (t *typeface) bars(rows []bar, target float64) func(draw.Canvas) {
	return func(c draw.Canvas) {
		if len(rows) == 0 {
			return
		}
		label, value := t.style(small, ink, false), t.style(small, muted, false)
		left, right, most := vg.Length(0), vg.Length(0), target
		for _, r := range rows {
			left, right = max(left, label.Width(r.Label)), max(right, value.Width(r.Text))
			most = math.Max(most, math.Max(r.Value, r.Behind))
		}
		size := c.Rectangle.Size()
		left = min(left, size.X/2)
		width := size.X - left - right - 14
		if most == 0 {
			most = 1
		}
		pitch := min(size.Y/vg.Length(len(rows)), 17)
		for i, r := range rows {
			mid := c.Max.Y - pitch*(vg.Length(i)+.5)
			from := c.Min.X + left + 6
			thick := min(pitch*.62, 9)
			if r.Behind > 0 {
				rect(c, grey, from, mid-thick/2, width*vg.Length(r.Behind/most), thick)
				thick *= .55
			}
			rect(c, blue, from, mid-thick/2, width*vg.Length(r.Value/most), thick)
			if target > 0 {
				x := from + width*vg.Length(target/most)
				c.StrokeLine2(draw.LineStyle{Color: ink, Width: 1.4}, x, mid-pitch*.42, x, mid+pitch*.42)
			}
			name := label
			name.XAlign, name.YAlign = draw.XRight, draw.YCenter
			c.FillText(name, vg.Point{X: from - 6, Y: mid}, t.fit(r.Label, label, left))
			n := value
			n.XAlign, n.YAlign = draw.XRight, draw.YCenter
			c.FillText(n, vg.Point{X: c.Max.X, Y: mid}, r.Text)
		}
	}
}

// barsHigh is the ratio that bars need in so many points of width.
func barsHigh(rows int, wide float64) float64 { return float64(max(1, rows)) * 16 / wide }

// tilesHigh is the same of a schematic map.
func tilesHigh(areas []Line, wide float64) float64 {
	rows := map[string]bool{}
	for _, a := range areas {
		rows[a.Under] = true
	}
	return min(.85, (float64(max(1, len(rows)))*21+16)/wide)
}

// Widths of a whole line and of half of one, in points.
const (
	lineWide = (pageWide - 2*marginSide) / mmPerPoint
	halfWide = lineWide/2 - 10
)

func rect(c draw.Canvas, fill color.Color, x, y, w, h vg.Length) {
	if w > 0 {
		c.FillPolygon(fill, []vg.Point{{X: x, Y: y}, {X: x + w, Y: y}, {X: x + w, Y: y + h}, {X: x, Y: y + h}})
	}
}

// fit shortens a label to a width.
func (t *typeface) fit(s string, style text.Style, width vg.Length) string {
	s = t.clean(s)
	if style.Width(s) <= width {
		return s
	}
	r := []rune(s)
	for len(r) > 1 && style.Width(string(r)+"…") > width {
		r = r[:len(r)-1]
	}
	return strings.TrimRight(string(r), " ") + "…"
}

// calendar draws one cell a day, Monday on top, a column a week.
func (t *typeface) calendar(days []Daily) func(draw.Canvas) {
	return func(c draw.Canvas) {
		if len(days) == 0 {
			return
		}
		first := dayOf(days[0].Day)
		back := (int(first.Weekday()) + 6) % 7
		weeks := (len(days) + back + 6) / 7
		most := 1
		for _, d := range days {
			most = max(most, d.N)
		}
		label := t.style(small, muted, false)
		left := label.Width("Sen") + 6
		size := c.Rectangle.Size()
		cell := min((size.X-left)/vg.Length(weeks), (size.Y-24)/7)
		top := c.Max.Y - 12
		month, since := time.Month(0), 99
		byClass := make([]vg.Path, len(scale))
		for i, d := range days {
			date := dayOf(d.Day)
			week, row := (i+back)/7, (int(date.Weekday())+6)%7
			x, y := c.Min.X+left+cell*vg.Length(week), top-cell*vg.Length(row+1)
			class := min(len(scale)-1, d.N*len(scale)/(most+1))
			p := &byClass[class]
			p.Move(vg.Point{X: x + .6, Y: y + .6})
			p.Line(vg.Point{X: x + cell - .6, Y: y + .6})
			p.Line(vg.Point{X: x + cell - .6, Y: y + cell - .6})
			p.Line(vg.Point{X: x + .6, Y: y + cell - .6})
			p.Close()
			if row == 0 || i == 0 {
				since++
			}
			if date.Month() != month && (date.Day() <= 7 || i == 0) {
				if since >= 3 {
					c.FillText(label, vg.Point{X: x, Y: top + 3}, monthShort[date.Month()-1])
					since = 0
				}
				month = date.Month()
			}
		}
		for i, p := range byClass {
			if len(p) > 0 {
				c.SetColor(scale[i])
				c.Fill(p)
			}
		}
		for row, name := range []string{"Sen", "", "Rab", "", "Jum", "", "Min"} {
			s := label
			s.YAlign = draw.YCenter
			c.FillText(s, vg.Point{X: c.Min.X, Y: top - cell*(vg.Length(row)+.5)}, name)
		}
		limits := make([]string, len(scale))
		for i := range scale {
			from, to := (i*(most+1)+len(scale)-1)/len(scale), ((i+1)*(most+1)+len(scale)-1)/len(scale)-1
			limits[i] = number(from)
			if to > from {
				limits[i] += "–" + number(to)
			}
			if to < from {
				limits[i] = ""
			}
		}
		t.key(c, c.Min.X+left, top-cell*7-12, limits)
	}
}

// key is the row of classes under a map or calendar.
func (t *typeface) key(c draw.Canvas, x, y vg.Length, limits []string) {
	label := t.style(small-.5, muted, false)
	for i, limit := range limits {
		if limit == "" {
			continue
		}
		rect(c, scale[i], x, y, 9, 6)
		c.FillText(label, vg.Point{X: x + 11, Y: y}, limit)
		x += 11 + label.Width(limit) + 7
	}
}

// classes are the limits of rates per 1,000 inhabitants, the same in every month.
var classes = []float64{2, 4, 6, 8, 10}

// tiles is a schematic map: a row of tiles for each kecamatan, one for each kelurahan,
// in classes of cases per 1,000 inhabitants; hatched where that cannot be told.
func (t *typeface) tiles(areas []Line) func(draw.Canvas) {
	return func(c draw.Canvas) {
		var names []string
		rows := map[string][]Line{}
		widest := 1
		for _, a := range areas {
			if rows[a.Under] == nil {
				names = append(names, a.Under)
			}
			rows[a.Under] = append(rows[a.Under], a)
			widest = max(widest, len(rows[a.Under]))
		}
		if len(names) == 0 {
			return
		}
		label := t.style(small, ink, false)
		left := vg.Length(0)
		for _, n := range names {
			left = max(left, label.Width(n)+6)
		}
		size := c.Rectangle.Size()
		left = min(left, size.X/3)
		wide := min((size.X-left)/vg.Length(widest), 60)
		high := min((size.Y-16)/vg.Length(len(names)), 24)
		for i, n := range names {
			y := c.Max.Y - high*vg.Length(i+1)
			s := label
			s.YAlign = draw.YCenter
			c.FillText(s, vg.Point{X: c.Min.X, Y: y + high/2}, t.fit(n, label, left-4))
			for j, a := range rows[n] {
				t.tile(c, a, c.Min.X+left+wide*vg.Length(j)+.7, y+.7, wide-1.4, high-1.4)
			}
		}
		limits := make([]string, len(scale))
		for i := range limits {
			switch {
			case i == 0:
				limits[i] = "0–" + decimal(classes[0], 0)
			case i == len(classes):
				limits[i] = decimal(classes[i-1], 0) + "+"
			default:
				limits[i] = decimal(classes[i-1], 0) + "–" + decimal(classes[i], 0)
			}
		}
		t.key(c, c.Min.X+left, c.Max.Y-high*vg.Length(len(names))-12, limits)
	}
}

func (t *typeface) tile(c draw.Canvas, a Line, x, y, w, h vg.Length) {
	word := t.style(min(6, h*.4), ink, false)
	rate, ok := a.rate()
	class := 0
	for class < len(classes) && rate >= classes[class] {
		class++
	}
	if ok {
		rect(c, scale[class], x, y, w, h)
		if class >= 3 {
			word.Color = color.White
		}
	} else {
		hatch := draw.LineStyle{Color: grey, Width: .5}
		for d := vg.Length(0); d < w+h; d += 4 {
			x0, y0 := x+d, y
			if d > w {
				x0, y0 = x+w, y+d-w
			}
			x1, y1 := x, y+d
			if d > h {
				x1, y1 = x+d-h, y+h
			}
			c.StrokeLine2(hatch, x0, y0, x1, y1)
		}
		c.StrokeLines(hatch, []vg.Point{{X: x, Y: y}, {X: x + w, Y: y}, {X: x + w, Y: y + h}, {X: x, Y: y + h}, {X: x, Y: y}})
		word.Color = muted
	}
	word.XAlign, word.YAlign = draw.XCenter, draw.YCenter
	c.FillText(word, vg.Point{X: x + w/2, Y: y + h/2}, t.fit(a.Name, word, w-3))
}

// svg draws a chart as a picture for a page: 640 points wide.
func (x *Chart) svg() ([]byte, error) {
	const wide = 640
	c := vgsvg.New(wide, vg.Length(wide*x.Ratio))
	x.Draw(draw.New(c))
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return nil, err
	}
	// The fonts of a picture are those of the reader's computer.
	return bytes.ReplaceAll(b.Bytes(), []byte("font-family:"+family), []byte("font-family:'Plus Jakarta Sans',system-ui,sans-serif;x-was:"+family)), nil
}
