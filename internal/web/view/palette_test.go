package view

import "testing"

func TestPalette(t *testing.T) {
	for colour, want := range map[string]Palette{
		"#0B5C5B": {"#0B5C5B", "#084746", "#E4EDEC"},
		"#000000": {"#000000", "#000000", "#E2E2E2"},
		"#12345":  {}, "": {}, "red": {}, "#12345G": {}, "x123456": {}, "#-12345": {},
	} {
		if got := NewPalette(colour); got != want {
			t.Errorf("%q: %v, want %v", colour, got, want)
		}
	}
}
