package region

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// Boundary is the outline of a kelurahan or desa: longitude and latitude in degrees
// (WGS 84, as in RFC 7946).
type Boundary struct {
	Area  string
	Shape orb.MultiPolygon
}

// Caps of a pack's boundaries. A page that shows them travels over slow lines.
const (
	mostPoints  = 20_000
	everyDegree = 1e5 // coordinates are kept to a metre
)

// AreaAt is the kelurahan in which a position lies, "" where none is known to.
func (p *Pack) AreaAt(lat, lon float64) string {
	at := orb.Point{lon, lat}
	for _, b := range p.Boundaries {
		if b.Shape.Bound().Contains(at) && planar.MultiPolygonContains(b.Shape, at) {
			return b.Area
		}
	}
	return ""
}

// featureCollection is the part of GeoJSON (RFC 7946) that outlines need.
type featureCollection struct {
	Type     string    `json:"type"`
	Features []feature `json:"features"`
}

type feature struct {
	Type       string         `json:"type"`
	Properties map[string]any `json:"properties"`
	Geometry   struct {
		Type        string          `json:"type"`
		Coordinates json.RawMessage `json:"coordinates"`
	} `json:"geometry"`
}

// shape is a feature's outline; a third number of a point, its height, is left out.
func (f *feature) shape() (orb.MultiPolygon, error) {
	var many orb.MultiPolygon
	switch f.Geometry.Type {
	case "Polygon":
		many = orb.MultiPolygon{nil}
		if err := json.Unmarshal(f.Geometry.Coordinates, &many[0]); err != nil {
			return nil, err
		}
	case "MultiPolygon":
		if err := json.Unmarshal(f.Geometry.Coordinates, &many); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("%q", f.Geometry.Type)
	}
	if len(many) == 0 {
		return nil, errors.New("nothing in it")
	}
	for _, polygon := range many {
		if len(polygon) == 0 {
			return nil, errors.New("a part without a ring")
		}
		for _, ring := range polygon {
			if len(ring) < 4 || ring[0] != ring[len(ring)-1] {
				return nil, fmt.Errorf("ring of %d points that does not close", len(ring))
			}
			for _, p := range ring {
				if !(math.Abs(p.Lon()) <= 180 && math.Abs(p.Lat()) <= 90) {
					return nil, fmt.Errorf("%v is no longitude and latitude", p)
				}
			}
		}
	}
	return many, nil
}

func points(shape orb.MultiPolygon) (n int) {
	for _, polygon := range shape {
		for _, ring := range polygon {
			n += len(ring)
		}
	}
	return n
}

// readBoundaries reads the outlines of a pack, in the order of its areas.
func (l *loader) readBoundaries() {
	data, ok := l.files[fileBoundaries]
	if !ok {
		return
	}
	wrong := func(format string, args ...any) { l.add(fileBoundaries, 0, "", format, args...) }
	const remake = " Buat ulang dengan: tanggap region boundaries."
	var all featureCollection
	if err := json.Unmarshal(data, &all); err != nil || all.Type != "FeatureCollection" {
		wrong("Isinya bukan GeoJSON FeatureCollection." + remake)
		return
	}
	total := 0
	for i := range all.Features {
		code, _ := all.Features[i].Properties["code"].(string)
		a, known := find(l.pack.Areas, func(a Area) bool { return a.Code == code && a.Parent != "" })
		shape, err := all.Features[i].shape()
		switch {
		case !known:
			wrong("Bidang ke-%d: kode %q bukan kelurahan di areas.csv.%s", i+1, code, remake)
		case err != nil:
			wrong("Bidang ke-%d (%s) bukan bidang yang utuh: %v.%s", i+1, a.Name, err, remake)
		case slices.ContainsFunc(l.pack.Boundaries, func(b Boundary) bool { return b.Area == code }):
			wrong("Bidang ke-%d: %s sudah punya batas.%s", i+1, a.Name, remake)
		default:
			l.pack.Boundaries = append(l.pack.Boundaries, Boundary{code, shape})
			total += points(shape)
		}
	}
	if total > mostPoints {
		wrong("Batas terlalu rinci: %d titik, paling banyak %d.%s", total, mostPoints, remake)
	}
	order := map[string]int{}
	for i, a := range l.pack.Areas {
		order[a.Code] = i
	}
	slices.SortStableFunc(l.pack.Boundaries, func(a, b Boundary) int { return order[a.Area] - order[b.Area] })
}

// warnBoundaries looks at what a pack with outlines still lacks.
func (l *loader) warnBoundaries() {
	p := l.pack
	if len(p.Boundaries) == 0 {
		return
	}
	box := orb.Bound{Min: orb.Point{p.Identity.Box[1], p.Identity.Box[0]}, Max: orb.Point{p.Identity.Box[3], p.Identity.Box[2]}}
	for _, a := range p.Areas {
		if a.Parent == "" {
			continue
		}
		b, ok := find(p.Boundaries, func(b Boundary) bool { return b.Area == a.Code })
		switch {
		case !ok:
			l.warning(fileBoundaries, 0, "code", "%s belum punya batas, jadi tidak tergambar di peta dasbor; tabelnya tetap ada.", a.Name)
		case !box.Intersects(b.Shape.Bound()):
			l.warning(fileBoundaries, 0, "code", "Batas %s di luar kotak daerah (box di region.toml). Periksa apakah lintang dan bujurnya tertukar.", a.Name)
		}
	}
}
