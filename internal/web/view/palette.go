package view

import (
	"fmt"
	"strconv"
)

// Palette is a region's colour as the pages use it, "#RRGGBB" each. The zero Palette
// leaves the style sheet's own colours.
type Palette struct {
	Main string // of buttons, links and the header; at least 4.5:1 on white
	Dark string // the same under the pointer
	Soft string // behind dark text
}

// NewPalette derives the shades of "#RRGGBB"; anything else gives the zero Palette.
func NewPalette(colour string) Palette {
	n, err := strconv.ParseUint(colour[min(1, len(colour)):], 16, 24)
	if err != nil || len(colour) != 7 || colour[0] != '#' {
		return Palette{}
	}
	mix := func(with, share uint64) string {
		part := func(shift uint) uint64 { return ((n>>shift&0xff)*(100-share) + with*share) / 100 }
		return fmt.Sprintf("#%02X%02X%02X", part(16), part(8), part(0))
	}
	return Palette{Main: colour, Dark: mix(0, 22), Soft: mix(255, 89)}
}
