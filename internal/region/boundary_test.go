package region

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// melati has two kecamatan, each with a Melati, as happens.
var melati = &Pack{Areas: []Area{
	{Code: "99.99.01", Name: "Utara"}, {Code: "99.99.01.1001", Name: "Melati", Parent: "99.99.01"},
	{Code: "99.99.01.1002", Name: "Bukit Sari", Parent: "99.99.01", Aliases: []string{"Bukit Sari Indah"}},
	{Code: "99.99.02", Name: "Selatan"}, {Code: "99.99.02.1001", Name: "Melati", Parent: "99.99.02"}, {Code: "99.99.02.1002", Name: "Kenanga", Parent: "99.99.02"},
}}

// square is a polygon of one degree with its lower left corner there.
func square(x, y int) string {
	return fmt.Sprintf(`{"type":"Polygon","coordinates":[[[%d,%d],[%d,%d],[%d,%d],[%d,%d],[%d,%d]]]}`, x, y, x+1, y, x+1, y+1, x, y+1, x, y)
}

func outlined(properties, geometry string) string {
	return `{"type":"Feature","properties":{` + properties + `},"geometry":` + geometry + `}`
}

func collection(features ...string) []byte {
	return []byte(`{"type":"FeatureCollection","features":[` + strings.Join(features, ",") + `]}`)
}

func TestOutlinesAreFoundByNameAndCode(t *testing.T) {
	for _, c := range []struct {
		name     string
		feature  string
		property string
		want     string // code of the area
		doubt    string
	}{
		{"name", outlined(`"NAMOBJ":"KENANGA"`, square(1, 1)), "", "99.99.02.1002", ""},
		{"rank before the name", outlined(`"nama":"Kelurahan Kenanga","luas":2.5`, square(1, 1)), "", "99.99.02.1002", ""},
		{"another spelling", outlined(`"nama":"bukit sari indah"`, square(1, 1)), "", "99.99.01.1002", ""},
		{"code with dots", outlined(`"kode":"99.99.01.1002"`, square(1, 1)), "", "99.99.01.1002", ""},
		{"code without", outlined(`"kode":"9999011002"`, square(1, 1)), "", "99.99.01.1002", ""},
		{"code as a number", outlined(`"kode":9999011002`, square(1, 1)), "", "99.99.01.1002", ""},
		{"a name twice", outlined(`"nama":"Melati"`, square(1, 1)), "", "", "Melati di Utara dan Melati di Selatan"},
		{"told apart by the kecamatan", outlined(`"nama":"Melati","kec":"Kecamatan Selatan"`, square(1, 1)), "", "99.99.02.1001", ""},
		{"the same with a property", outlined(`"nama":"Melati","kec":"Selatan"`, square(1, 1)), "nama", "99.99.02.1001", ""},
		{"name and code disagree", outlined(`"nama":"Kenanga","kode":"99.99.01.1002"`, square(1, 1)), "", "", "pilih salah satu"},
		{"one of them chosen", outlined(`"nama":"Kenanga","kode":"99.99.01.1002"`, square(1, 1)), "nama", "99.99.02.1002", ""},
		{"metres", outlined(`"nama":"Kenanga"`, `{"type":"Polygon","coordinates":[[[500000,9400000],[500100,9400000],[500100,9400100],[500000,9400000]]]}`), "", "", "bujur-lintang"},
		{"open ring", outlined(`"nama":"Kenanga"`, `{"type":"Polygon","coordinates":[[[1,1],[2,1],[2,2],[1,2]]]}`), "", "", "utuh"},
		{"no ring", outlined(`"nama":"Kenanga"`, `{"type":"Polygon","coordinates":[]}`), "", "", "utuh"},
		{"no part", outlined(`"nama":"Kenanga"`, `{"type":"MultiPolygon","coordinates":[]}`), "", "", "utuh"},
		{"a line", outlined(`"nama":"Kenanga"`, `{"type":"LineString","coordinates":[[1,1],[2,1]]}`), "", "", "utuh"},
		{"islands and heights", outlined(`"nama":"Kenanga"`, `{"type":"MultiPolygon","coordinates":[[[[1,1,9],[2,1,9],[2,2,9],[1,1,9]]],[[[3,3],[4,3],[4,4],[3,3]]]]}`), "", "99.99.02.1002", ""},
		{"a name that is also a kecamatan's", outlined(`"nama":"Kenanga","catatan":"bukit sari"`, square(1, 1)), "", "", "Bukit Sari di Utara dan Kenanga di Selatan"},
		{"unknown", outlined(`"nama":"Laut"`, square(1, 1)), "", "", ""},
		{"nothing", outlined(``, `null`), "", "", ""},
	} {
		got, err := melati.ReadOutlines(collection(c.feature), c.property)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		switch {
		case c.want != "":
			if len(got.Found) != 1 || got.Found[0].Code != c.want || len(got.Missing) != 3 {
				t.Errorf("%s: found %v", c.name, got.Found)
			}
		case c.doubt != "":
			if len(got.Found) > 0 || len(got.Doubt) != 1 || !strings.Contains(got.Doubt[0], c.doubt) {
				t.Errorf("%s: found %v, doubt %v", c.name, got.Found, got.Doubt)
			}
		case len(got.Strange) != 1 || len(got.Found) > 0:
			t.Errorf("%s: strange %v", c.name, got.Strange)
		}
	}
	for _, data := range []string{"", "name,code\n", `{"type":"Feature"}`, `{"type":"FeatureCollection","features":[]}`} {
		if _, err := melati.ReadOutlines([]byte(data), ""); err == nil {
			t.Errorf("%q is taken for outlines", data)
		}
	}
}

// TestOutlinesBecomeAMap holds that what is written is read again, coarse enough for a
// telephone, and still knows what lies in it.
func TestOutlinesBecomeAMap(t *testing.T) {
	files := scaffolded(t)
	p, err := Load(files)
	if err != nil {
		t.Fatal(err)
	}
	var ring []string
	const n = 30_000
	for i := range n + 1 {
		a := 2 * math.Pi * float64(i%n) / n
		r := 0.05 + 0.0002*math.Sin(200*a)
		ring = append(ring, fmt.Sprintf("[%.7f,%.7f]", 122.6+r*math.Cos(a), -5.4+r*math.Sin(a)))
	}
	round := `{"type":"Polygon","coordinates":[[` + strings.Join(ring, ",") + `]]}`
	got, err := p.ReadOutlines(collection(outlined(`"nama":"Contoh Baru"`, round)), "")
	if err != nil {
		t.Fatal(err)
	}
	if got.Before != n+1 || got.Points > wantedPoints || got.Points < 50 {
		t.Errorf("%d points became %d", got.Before, got.Points)
	}
	files[BoundaryFile] = &fstest.MapFile{Data: got.File}
	q, err := Load(files)
	if err != nil {
		t.Fatal(err)
	}
	if q.Hash == p.Hash {
		t.Error("the outlines are no part of the version")
	}
	for _, c := range []struct {
		lat, lon float64
		want     string
	}{{-5.4, 122.6, "99.99.01.1001"}, {-5.36, 122.6, "99.99.01.1001"}, {-5.34, 122.6, ""}, {-5.4, 122.66, ""}, {0, 0, ""}} {
		if at := q.AreaAt(c.lat, c.lon); at != c.want {
			t.Errorf("%v, %v lies in %q, want %q", c.lat, c.lon, at, c.want)
		}
	}
	var told []string
	for _, x := range Diff(p, q) {
		told = append(told, x.String())
	}
	if diff := cmp.Diff([]string{"boundaries.geojson: 99.99.01.1001: ditambahkan"}, told); diff != "" {
		t.Error(diff)
	}
}

// TestHostileOutlines holds that a file which cannot be made coarse ends, and that a code of
// another form is no match for whatever has no code.
func TestHostileOutlines(t *testing.T) {
	dot := `{"type":"Polygon","coordinates":[[` + strings.Repeat("[1,1],", 30_000) + `[1,1]]]}`
	if got, err := melati.ReadOutlines(collection(outlined(`"nama":"Kenanga"`, dot)), ""); err == nil && got.Points > mostPoints {
		t.Errorf("%d points are written, which no pack may hold", got.Points)
	}
	odd := &Pack{Areas: []Area{{Code: "A", Name: "Utara"}, {Code: "A-1", Name: "Mawar", Parent: "A"}}}
	got, err := odd.ReadOutlines(collection(outlined(`"nama":"Laut"`, square(1, 1))), "")
	if err != nil || len(got.Found) > 0 {
		t.Errorf("found %v, %v", got.Found, err)
	}
	quoted := &Pack{Areas: []Area{{Code: "99.99.01", Name: "Utara"}, {Code: "99.99.01.1001", Name: "Jum\u00e9 \"Ba'a\"\a", Parent: "99.99.01"}}}
	got, err = quoted.ReadOutlines(collection(outlined(`"kode":"9999011001"`, square(1, 1))), "")
	if err != nil || !json.Valid(got.File) {
		t.Errorf("%v: %s", err, got.File)
	}
}

// TestBoundariesAreLookedAt holds what a check says of outlines that look wrong.
func TestBoundariesAreLookedAt(t *testing.T) {
	files := scaffolded(t)
	files[BoundaryFile] = &fstest.MapFile{Data: collection(outlined(`"code":"99.99.01.1001"`, square(1, 1)))} // far from the region's box
	var told []string
	for _, x := range Check(files, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) {
		if x.File == BoundaryFile {
			told = append(told, x.Message)
		}
	}
	if len(told) != 1 || !strings.Contains(told[0], "tertukar") {
		t.Error(told)
	}
	files[BoundaryFile] = &fstest.MapFile{Data: collection()}
	if p, err := Load(files); err != nil || len(p.Boundaries) > 0 {
		t.Error(err)
	}
}

func TestBrokenBoundaries(t *testing.T) {
	files := scaffolded(t)
	good := outlined(`"code":"99.99.01.1001"`, square(1, 1))
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"no JSON":          {[]byte("x"), "bukan GeoJSON"},
		"one feature":      {[]byte(good), "bukan GeoJSON"},
		"unknown code":     {collection(outlined(`"code":"1"`, square(1, 1))), "bukan kelurahan"},
		"a kecamatan":      {collection(outlined(`"code":"99.99.01"`, square(1, 1))), "bukan kelurahan"},
		"twice":            {collection(good, good), "sudah punya batas"},
		"no shape":         {collection(outlined(`"code":"99.99.01.1001"`, `{"type":"Point","coordinates":[1,1]}`)), "bidang yang utuh"},
		"far too detailed": {collection(outlined(`"code":"99.99.01.1001"`, `{"type":"Polygon","coordinates":[[`+strings.Repeat("[1,1],", mostPoints)+`[1,1]]]}`)), "terlalu rinci"},
	} {
		files[BoundaryFile] = &fstest.MapFile{Data: c.data}
		if _, err := Load(files); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
