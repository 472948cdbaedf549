package web

import (
	"cmp"
	"context"
	"math"
	"slices"

	"tanggap/internal/region"
	"tanggap/internal/stat"
	"tanggap/internal/store"
	"tanggap/internal/web/view"
)

// rates are the class limits of the map, in cases a year for 1,000 inhabitants: fixed, so
// that two months can be compared.
var rates = []float64{5, 10, 20, 40, 80}

// areas is the map: kelurahan by cases per 1,000 inhabitants, in their outlines, or as tiles
// in the order of the pack until the city loads its boundaries.
func (b *board) areas(ctx context.Context) (view.Panel, error) {
	list, err := b.by(ctx, stat.Area)
	if err != nil {
		return view.Panel{}, err
	}
	count := map[string]*stat.Group{}
	for i := range list {
		count[list[i].Key] = &list[i]
	}
	p := view.Panel{Sub: b.t("dashboard.map_sub", "days", b.days(b.period)), Note: b.t("dashboard.map_note"), Open: true, Wide: true}
	chart := &view.Chart{Kind: "tiles", Legend: b.rateLegend()}
	table := view.Table{Caption: b.t("dashboard.panel_peta"), Head: []string{b.t("dashboard.area"), b.t("dashboard.opened"), b.t("dashboard.rate"), b.t("dashboard.kept")}}
	type row struct {
		area region.Area
		n    int64
		rate float64
	}
	var rows []row
	perYear := 365 / float64(b.period.Days())
	top, topN := "", int64(0)
	b.eachTile(func(a region.Area, x, y int) {
		r := row{area: a, rate: -1}
		if g := count[a.Code]; g != nil {
			r.n = g.Opened
		}
		if a.Population > 0 && r.n >= few {
			r.rate = float64(r.n) / float64(a.Population) * 1000 * perYear
		}
		class := -1
		if r.rate >= 0 {
			class = classOf(r.rate)
		}
		if r.n > topN {
			top, topN = a.Name, r.n
		}
		rows = append(rows, r)
		chart.X, chart.Y = append(chart.X, x), append(chart.Y, y)
		chart.Names, chart.Classes = append(chart.Names, a.Name), append(chart.Classes, class)
		chart.Texts = append(chart.Texts, a.Name+": "+b.rate(r.rate)+", "+b.t("dashboard.n_cases", "n", b.num(r.n)))
		chart.URLs = append(chart.URLs, b.cases(store.CountedOpened, "wilayah", a.Code, "rahasia", "tanpa"))
	})
	slices.SortStableFunc(rows, func(x, y row) int { return cmp.Or(-cmp.Compare(x.rate, y.rate), -cmp.Compare(x.n, y.n)) })
	for _, r := range rows {
		if r.n == 0 {
			continue
		}
		table.Rows = append(table.Rows, []view.Cell{rowLink(r.area.Name, b.cases(store.CountedOpened, "wilayah", r.area.Code, "rahasia", "tanpa")),
			{Text: b.num(r.n)}, {Text: b.rate(r.rate)}, {Text: b.share(count[r.area.Code].Kept())}})
	}
	if g := count[""]; g != nil {
		table.Rows = append(table.Rows, []view.Cell{rowLink(b.t("dashboard.unknown"), b.cases(store.CountedOpened, "tanpa", "wilayah", "rahasia", "tanpa")), {Text: b.num(g.Opened)}, {Text: "–"}, {Text: b.share(g.Kept())}})
	}
	p.Title = b.t("dashboard.map_none")
	if len(rows) > 0 && rows[0].rate >= 0 {
		p.Title = b.t("dashboard.map_found", "area", rows[0].area.Name, "rate", b.f.Number(rows[0].rate, 1))
	} else if topN > 0 {
		p.Title = b.t("dashboard.map_no_people", "area", top, "n", b.num(topN))
	}
	chart.Label = p.Title
	outline(b.v.pack, chart)
	if chart.Kind == "map" {
		p.Note = b.t("dashboard.map_note_outlined")
	}
	p.Chart, p.Tables = chart, []view.Table{table}
	return p, nil
}

// mapWidth is in how many steps the longer side of a map is drawn.
const mapWidth = 1000

// outline makes a map of tiles in the order of the pack's kelurahan, where their outlines
// are known. What has none stays in the table.
func outline(p *region.Pack, tiles *view.Chart) {
	if len(p.Boundaries) == 0 {
		return
	}
	at := map[string]int{}
	for _, k := range p.Areas { // the order of eachTile
		for _, a := range p.Areas {
			if k.Parent == "" && a.Parent == k.Code {
				at[a.Code] = len(at)
			}
		}
	}
	all := p.Boundaries[0].Shape.Bound()
	for _, x := range p.Boundaries {
		all = all.Union(x.Shape.Bound())
	}
	narrow := math.Cos((all.Min.Lat() + all.Max.Lat()) / 2 * math.Pi / 180) // a degree of longitude against one of latitude
	wide, high := (all.Max.Lon()-all.Min.Lon())*narrow, all.Max.Lat()-all.Min.Lat()
	k := mapWidth / max(wide, high)
	steps := func(degrees float64) int { return int(math.Round(degrees * k)) }
	drawn := &view.Chart{Kind: "map", Label: tiles.Label, Legend: tiles.Legend, Size: []int{steps(wide), steps(high)}}
	for _, x := range p.Boundaries {
		i, ok := at[x.Area]
		if !ok {
			continue
		}
		var rings [][]int
		for _, polygon := range x.Shape {
			if len(polygon) == 0 {
				continue
			}
			var ring []int // holes are other kelurahan, drawn above
			for _, point := range polygon[0] {
				ring = append(ring, steps((point.Lon()-all.Min.Lon())*narrow), steps(all.Max.Lat()-point.Lat()))
			}
			rings = append(rings, ring)
		}
		drawn.Shapes = append(drawn.Shapes, rings)
		drawn.Names, drawn.Classes = append(drawn.Names, tiles.Names[i]), append(drawn.Classes, tiles.Classes[i])
		drawn.Texts, drawn.URLs = append(drawn.Texts, tiles.Texts[i]), append(drawn.URLs, tiles.URLs[i])
	}
	*tiles = *drawn
}

// eachTile places kelurahan in rows, one kecamatan below the other, in the pack's order:
// a scheme that is the same for everybody, and no map.
func (b *board) eachTile(fn func(a region.Area, x, y int)) {
	const wide = 8
	y := 0
	for _, k := range b.v.pack.Areas {
		if k.Parent != "" {
			continue
		}
		x := 0
		for _, a := range b.v.pack.Areas {
			if a.Parent != k.Code {
				continue
			}
			if x == wide {
				x, y = 0, y+1
			}
			fn(a, x, y)
			x++
		}
		if x > 0 {
			y++
		}
	}
}

func classOf(rate float64) int {
	class, _ := slices.BinarySearch(rates, math.Nextafter(rate, math.Inf(1)))
	return class
}

func (b *board) rate(rate float64) string {
	if rate < 0 {
		return b.t("dashboard.too_few")
	}
	return b.f.Number(rate, 1)
}

func (b *board) rateLegend() []string {
	out := []string{"< " + b.f.Number(rates[0], 0)}
	for i := 1; i < len(rates); i++ {
		out = append(out, b.f.Number(rates[i-1], 0)+"–"+b.f.Number(rates[i], 0))
	}
	return append(out, b.f.Number(rates[len(rates)-1], 0)+"+", b.t("dashboard.too_few"))
}
