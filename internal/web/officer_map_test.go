package web

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"tanggap/internal/region"
	"tanggap/internal/web/view"
)

// TestTilesBecomeAMap holds that each kelurahan keeps its own figures when it is drawn in
// its outline, and that one without an outline is not drawn.
func TestTilesBecomeAMap(t *testing.T) {
	p := &region.Pack{Areas: []region.Area{
		{Code: "1", Name: "Kota"}, {Code: "1.1", Name: "Melati", Parent: "1"}, {Code: "1.2", Name: "Kenanga", Parent: "1"}, {Code: "1.3", Name: "Mawar", Parent: "1"},
	}}
	made := func() *view.Chart {
		return &view.Chart{Kind: "tiles", Label: "L", Legend: []string{"<"}, X: []int{0, 1, 2}, Y: []int{0, 0, 0}, Names: []string{"Melati", "Kenanga", "Mawar"},
			Classes: []int{1, -1, 3}, Texts: []string{"a", "b", "c"}, URLs: []string{"/a", "/b", "/c"}}
	}
	got := made()
	outline(p, got)
	if diff := cmp.Diff(made(), got); diff != "" {
		t.Errorf("without outlines the tiles stay: %s", diff)
	}
	square := func(lon, lat float64) orb.MultiPolygon {
		return orb.MultiPolygon{{{{lon, lat}, {lon + 1, lat}, {lon + 1, lat + 1}, {lon, lat + 1}, {lon, lat}}}}
	}
	p.Boundaries = []region.Boundary{{Area: "1.1", Shape: square(0, 0)}, {Area: "1.3", Shape: square(1, -1)}} // beside the equator, where degrees are alike
	outline(p, got)
	want := &view.Chart{Kind: "map", Label: "L", Legend: []string{"<"}, Size: []int{1000, 1000}, Names: []string{"Melati", "Mawar"}, Classes: []int{1, 3}, Texts: []string{"a", "c"}, URLs: []string{"/a", "/c"},
		Shapes: [][][]int{{{0, 500, 500, 500, 500, 0, 0, 0, 0, 500}}, {{500, 1000, 1000, 1000, 1000, 500, 500, 500, 500, 1000}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
