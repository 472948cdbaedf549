package region

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/simplify"

	"tanggap/internal/tanggap"
)

// MaxOutline bounds a file of outlines as offices publish them, in bytes.
const MaxOutline = 200 << 20

// Outlines is what was found in a file of outlines.
type Outlines struct {
	File    []byte   // the pack's boundaries.geojson
	Found   []Area   // with an outline, in the order of the pack
	Missing []Area   // without one
	Strange []string // what the file has and the pack does not, in the file's words
	Doubt   []string // why an outline was left out although something of it is known
	Points  int      // kept
	Before  int      // points of the file
}

const (
	// wantedPoints is how many points a region's map keeps: enough for a screen, little
	// enough for a telephone.
	wantedPoints = 4000
	screen       = 4000 // steps across the region that any screen can show
	doublings    = 20   // of what may be lost, until an outline is a few corners
)

// ReadOutlines finds the kelurahan of a pack in GeoJSON, by name or by code, and makes
// the outlines as coarse as a screen can show. property is the one that holds the name or
// the code; with "" all of a feature's are looked at.
func (p *Pack) ReadOutlines(data []byte, property string) (*Outlines, error) {
	var all featureCollection
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, tanggap.Errorf(tanggap.Invalid, "Ini bukan GeoJSON: %v. Simpan lapisan kelurahan sebagai GeoJSON (WGS 84) dari QGIS atau geoportal.", err)
	}
	if all.Type != "FeatureCollection" || len(all.Features) == 0 {
		return nil, tanggap.Errorf(tanggap.Invalid, "GeoJSON ini tidak berisi FeatureCollection dengan bidang. Simpan lapisan kelurahan sebagai GeoJSON (WGS 84).")
	}
	out := &Outlines{}
	shapes := map[string]orb.MultiPolygon{}
	for i := range all.Features {
		f := &all.Features[i]
		name := called(f.Properties, property)
		area, doubt := p.areaOf(f.Properties, property)
		if area == nil {
			if doubt != "" {
				out.Doubt = append(out.Doubt, fmt.Sprintf("bidang ke-%d (%s): %s", i+1, name, doubt))
			} else {
				out.Strange = append(out.Strange, name)
			}
			continue
		}
		shape, err := f.shape()
		if err != nil {
			out.Doubt = append(out.Doubt, fmt.Sprintf("bidang ke-%d (%s): bukan bidang bujur-lintang yang utuh (%v)", i+1, name, err))
			continue
		}
		out.Before += points(shape)
		shapes[area.Code] = append(shapes[area.Code], shape...)
	}
	for _, a := range p.Areas {
		switch {
		case a.Parent == "":
		case len(shapes[a.Code]) > 0:
			out.Found = append(out.Found, a)
		default:
			out.Missing = append(out.Missing, a)
		}
	}
	if len(out.Found) == 0 {
		return out, nil
	}
	coarsen(shapes, wantedPoints)
	var err error
	out.File, out.Points, err = writeBoundaries(out.Found, shapes)
	if err == nil && out.Points > mostPoints {
		err = tanggap.Errorf(tanggap.Invalid, "Sesudah disederhanakan pun masih %d titik, paling banyak %d: terlalu banyak pulau atau bidang kecil. Hapus yang terkecil, lalu ulangi.", out.Points, mostPoints)
	}
	return out, err
}

// areaOf is the kelurahan that the properties of a feature name. Names come first: offices
// number villages in two ways (Kemendagri and BPS) that look alike. Of two villages of one
// name the one whose kecamatan stands beside it is meant.
func (p *Pack) areaOf(properties map[string]any, only string) (area *Area, doubt string) {
	words, numbers, anywhere := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for key, v := range properties {
		for _, s := range readings(v) {
			anywhere[letters(s)] = true
			if only == "" || key == only {
				words[letters(s)], numbers[digits(s)] = true, true
			}
		}
	}
	var named []*Area
	for i := range p.Areas {
		a := &p.Areas[i]
		if a.Parent != "" && (words[letters(a.Name)] || slices.ContainsFunc(a.Aliases, func(s string) bool { return words[letters(s)] })) {
			named = append(named, a)
		}
	}
	if len(named) > 1 {
		beside := slices.DeleteFunc(slices.Clone(named), func(a *Area) bool {
			k, _ := p.Area(a.Parent)
			return !anywhere[letters(k.Name)]
		})
		if len(beside) == 1 {
			named = beside
		}
	}
	var coded *Area
	for i := range p.Areas {
		if a := &p.Areas[i]; a.Parent != "" && digits(a.Code) != "" && numbers[digits(a.Code)] {
			coded = a
		}
	}
	switch {
	case len(named) == 1 && coded != nil && coded != named[0]:
		return nil, fmt.Sprintf("namanya %s, kodenya %s; pilih salah satu dengan --property", named[0].Name, coded.Name)
	case len(named) == 1:
		return named[0], ""
	case coded != nil:
		return coded, ""
	case len(named) > 1:
		var which []string
		for _, a := range named {
			k, _ := p.Area(a.Parent)
			which = append(which, a.Name+" di "+k.Name)
		}
		return nil, "cocok dengan " + strings.Join(which, " dan ") + "; sebut sifat yang memuat namanya dengan --property, atau tambahkan kecamatannya"
	}
	return nil, ""
}

// readings are a property as text: "Kel. Wameo" also without its first word.
func readings(v any) []string {
	switch v := v.(type) {
	case string:
		out := []string{v}
		low := strings.ToLower(strings.TrimSpace(v))
		for _, rank := range []string{"kelurahan ", "kel. ", "kel ", "desa ", "kecamatan ", "kec. ", "kec "} {
			if rest, ok := strings.CutPrefix(low, rank); ok {
				out = append(out, rest)
			}
		}
		return out
	case float64:
		if v == math.Trunc(v) {
			return []string{fmt.Sprintf("%.0f", v)}
		}
	}
	return nil
}

// called is how a feature that nobody knows is told of: its properties that are text.
func called(properties map[string]any, only string) string {
	var out []string
	for key, v := range properties {
		if s, ok := v.(string); ok && s != "" && (only == "" || key == only) {
			out = append(out, key+" "+s)
		}
	}
	slices.Sort(out)
	text := strings.Join(out[:min(len(out), 4)], ", ")
	return cmp.Or(text, "tanpa nama")
}

func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(s))
}

// digits of a code that has as many as that of a kelurahan, else "".
func digits(s string) string {
	const most = 10
	out := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		if r == '.' || r == ' ' {
			return -1
		}
		return 'x'
	}, s)
	if len(out) != most || strings.Contains(out, "x") {
		return ""
	}
	return out
}

// coarsen takes points away, those first that change the outline least, until no more than
// most are left. Neighbours lose the same points of the border between them.
func coarsen(shapes map[string]orb.MultiPolygon, most int) {
	var whole orb.MultiPolygon
	for _, s := range shapes {
		whole = append(whole, s...)
	}
	all := whole.Bound()
	step := max(all.Max[0]-all.Min[0], all.Max[1]-all.Min[1]) / screen
	threshold := step * step / 2
	for range doublings {
		n := 0
		for code, s := range shapes {
			s = simplify.VisvalingamThreshold(threshold).MultiPolygon(s)
			for _, polygon := range s {
				for _, ring := range polygon {
					for i := range ring {
						for k := range ring[i] {
							ring[i][k] = math.Round(ring[i][k]*everyDegree) / everyDegree
						}
					}
				}
			}
			shapes[code] = s
			n += points(s)
		}
		if n <= most {
			return
		}
		threshold *= 2
	}
}

// writeBoundaries writes outlines as a pack keeps them, one a line.
func writeBoundaries(areas []Area, shapes map[string]orb.MultiPolygon) (file []byte, n int, err error) {
	var lines []string
	for _, a := range areas {
		coordinates, err := json.Marshal(shapes[a.Code])
		if err != nil {
			return nil, 0, err
		}
		f := feature{Type: "Feature", Properties: map[string]any{"code": a.Code, "name": a.Name}}
		f.Geometry.Type, f.Geometry.Coordinates = "MultiPolygon", coordinates
		line, err := json.Marshal(f)
		if err != nil {
			return nil, 0, err
		}
		lines = append(lines, string(line))
		n += points(shapes[a.Code])
	}
	return []byte("{\"type\":\"FeatureCollection\",\"features\":[\n" + strings.Join(lines, ",\n") + "\n]}\n"), n, nil
}
