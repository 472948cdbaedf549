package report

import (
	"image"
	"image/color"
	"math"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font"
	plotfont "gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// canvas draws a chart on a page of a report: it is gonum's vg.Canvas over the same
// document that the words stand in, so that there is one file, one set of fonts, and
// letters of any alphabet. Its origin is the lower left corner of a box on the page.
type canvas struct {
	pdf   *fpdf.Fpdf
	face  *typeface
	x, y  float64 // of the lower left corner on the page, mm from the top
	now   state
	stack []state
}

type state struct {
	width  vg.Length
	dash   []vg.Length
	offset vg.Length
	colour color.Color
	turn   transform
}

// transform is x' = a·x + c·y + e, y' = b·x + d·y + f, in points.
type transform struct{ a, b, c, d, e, f float64 }

func (t transform) then(u transform) transform {
	return transform{t.a*u.a + t.c*u.b, t.b*u.a + t.d*u.b, t.a*u.c + t.c*u.d, t.b*u.c + t.d*u.d,
		t.a*u.e + t.c*u.f + t.e, t.b*u.e + t.d*u.f + t.f}
}

const mmPerPoint = 25.4 / 72

func newCanvas(pdf *fpdf.Fpdf, face *typeface, x, y float64) *canvas {
	return &canvas{pdf: pdf, face: face, x: x, y: y, now: state{width: 1, colour: color.Black, turn: transform{a: 1, d: 1}}}
}

func (c *canvas) SetLineWidth(w vg.Length)                 { c.now.width = w }
func (c *canvas) SetLineDash(p []vg.Length, off vg.Length) { c.now.dash, c.now.offset = p, off }
func (c *canvas) SetColor(x color.Color) {
	if x == nil {
		x = color.Black
	}
	c.now.colour = x
}
func (c *canvas) Rotate(rad float64) {
	s, k := math.Sincos(rad)
	c.now.turn = c.now.turn.then(transform{a: k, b: s, c: -s, d: k})
}
func (c *canvas) Translate(p vg.Point) {
	c.now.turn = c.now.turn.then(transform{a: 1, d: 1, e: float64(p.X), f: float64(p.Y)})
}
func (c *canvas) Scale(x, y float64) { c.now.turn = c.now.turn.then(transform{a: x, d: y}) }
func (c *canvas) Push()              { c.stack = append(c.stack, c.now) }
func (c *canvas) Pop() {
	c.now = c.stack[len(c.stack)-1]
	c.stack = c.stack[:len(c.stack)-1]
}

// at is where a point of the drawing lies on the page, in mm.
func (c *canvas) at(p vg.Point) (x, y float64) {
	t, px, py := c.now.turn, float64(p.X), float64(p.Y)
	return c.x + (t.a*px+t.c*py+t.e)*mmPerPoint, c.y - (t.b*px+t.d*py+t.f)*mmPerPoint
}

func (c *canvas) path(p vg.Path) {
	for _, part := range p {
		switch part.Type {
		case vg.MoveComp:
			c.pdf.MoveTo(c.at(part.Pos))
		case vg.LineComp:
			c.pdf.LineTo(c.at(part.Pos))
		case vg.CurveComp:
			x, y := c.at(part.Pos)
			x0, y0 := c.at(part.Control[0])
			if len(part.Control) == 1 {
				c.pdf.CurveTo(x0, y0, x, y)
				continue
			}
			x1, y1 := c.at(part.Control[1])
			c.pdf.CurveBezierCubicTo(x0, y0, x1, y1, x, y)
		case vg.ArcComp:
			c.arc(part)
		case vg.CloseComp:
			c.pdf.ClosePath()
		}
	}
}

// arc draws a piece of a circle as short cubic curves of at most a quarter each.
func (c *canvas) arc(part vg.PathComp) {
	steps := max(1, int(math.Ceil(math.Abs(part.Angle)/(math.Pi/2))))
	turn := part.Angle / float64(steps)
	pull := 4.0 / 3 * math.Tan(turn/4)
	on := func(angle float64) (p, tangent vg.Point) {
		s, k := math.Sincos(angle)
		return vg.Point{X: part.Pos.X + part.Radius*vg.Length(k), Y: part.Pos.Y + part.Radius*vg.Length(s)},
			vg.Point{X: -part.Radius * vg.Length(s*pull), Y: part.Radius * vg.Length(k*pull)}
	}
	from, leave := on(part.Start)
	c.pdf.LineTo(c.at(from))
	for i := range steps {
		to, arrive := on(part.Start + turn*float64(i+1))
		x0, y0 := c.at(from.Add(leave))
		x1, y1 := c.at(to.Sub(arrive))
		x, y := c.at(to)
		c.pdf.CurveBezierCubicTo(x0, y0, x1, y1, x, y)
		from, leave = to, arrive
	}
}

func rgb(x color.Color) (r, g, b int) {
	n := color.NRGBAModel.Convert(x).(color.NRGBA)
	return int(n.R), int(n.G), int(n.B)
}

func (c *canvas) Stroke(p vg.Path) {
	if c.now.width <= 0 {
		return
	}
	c.pdf.SetDrawColor(rgb(c.now.colour))
	c.pdf.SetLineWidth(float64(c.now.width) * mmPerPoint)
	dash := make([]float64, len(c.now.dash))
	for i, d := range c.now.dash {
		dash[i] = float64(d) * mmPerPoint
	}
	c.pdf.SetDashPattern(dash, float64(c.now.offset)*mmPerPoint)
	c.path(p)
	c.pdf.DrawPath("D")
	c.pdf.SetDashPattern(nil, 0)
}

func (c *canvas) Fill(p vg.Path) {
	c.pdf.SetFillColor(rgb(c.now.colour))
	c.path(p)
	c.pdf.DrawPath("F")
}

func (c *canvas) FillString(f plotfont.Face, p vg.Point, text string) {
	size := float64(f.Font.Size)
	if size == 0 {
		return
	}
	style := ""
	if f.Font.Weight >= font.WeightSemiBold {
		style = "B"
	}
	c.pdf.SetFont(family, style, size)
	c.pdf.SetTextColor(rgb(c.now.colour))
	x, y := c.at(p)
	text = c.face.clean(text)
	if angle := math.Atan2(c.now.turn.b, c.now.turn.a); angle != 0 {
		c.pdf.TransformBegin()
		c.pdf.TransformRotate(angle*180/math.Pi, x, y)
		c.pdf.Text(x, y, text)
		c.pdf.TransformEnd()
		return
	}
	c.pdf.Text(x, y, text)
}

// DrawImage is part of vg.Canvas; no chart of ours holds a picture.
func (c *canvas) DrawImage(vg.Rectangle, image.Image) {}
