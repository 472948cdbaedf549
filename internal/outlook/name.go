package outlook

import (
	"strings"

	"tanggap/internal/region"
)

// Kinds of series. The name of a series is its kind, a colon and a code; that of the whole
// region is its kind alone.
const (
	OfRegion  = "region"
	OfUnit    = "unit"
	OfService = "service"
	OfArea    = "area"
	OfChannel = "channel"
	OfOutside = "outside"
)

// Name is the name of a series, such as "unit:PUPR".
func Name(kind, code string) string {
	if kind == OfRegion {
		return OfRegion
	}
	return kind + ":" + code
}

// Split takes a name apart. The code of a series from elsewhere is its id and, after a
// slash, its place.
func Split(name string) (kind, code string) {
	kind, code, _ = strings.Cut(name, ":")
	return kind, code
}

// Units are those that answer for a series: the unit itself, or the units that the pack
// sends a service or an area's cases to; nobody in particular for the region and a channel.
func Units(p *region.Pack, name string) []string {
	switch kind, code := Split(name); kind {
	case OfUnit:
		return []string{code}
	case OfService:
		if unit, _, _ := p.Route(code, ""); unit != "" {
			return []string{unit}
		}
	case OfArea:
		for _, u := range p.Units {
			if u.Area == code {
				return []string{u.Code}
			}
		}
	}
	return nil
}
