package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tanggap/internal/region"
	"tanggap/internal/tanggap"
)

// Name is what a report is called: 2026-10 the one of a month, 2027-74.72.01 the planning
// book of a year for an area.
type Name struct {
	Month string // 2026-10, "" of a book
	Year  int    // of a book
	Area  string
}

// ParseName reads a name. Of areas it knows only the form; Check asks the pack.
func ParseName(s string) (Name, error) {
	bad := tanggap.Errorf(tanggap.NotFound, "laporan %q tidak ada; tulis bulan seperti 2026-10", cut(s, 40))
	if t, err := time.Parse("2006-01", s); err == nil && t.Year() >= 2000 {
		return Name{Month: s}, nil
	}
	year, area, ok := strings.Cut(s, "-")
	n, err := strconv.Atoi(year)
	if !ok || err != nil || len(year) != 4 || !strings.Contains(area, ".") || len(area) > 20 || strings.Trim(area, "0123456789.") != "" {
		return Name{}, bad
	}
	return Name{Year: n, Area: area}, nil
}

func (n Name) String() string {
	if n.Month != "" {
		return n.Month
	}
	return fmt.Sprintf("%04d-%s", n.Year, n.Area)
}

// Title is the name as people read it.
func (n Name) Title(p *region.Pack) string {
	if n.Month != "" {
		t, err := time.Parse("2006-01", n.Month)
		if err != nil {
			return n.Month
		}
		return period(t)
	}
	return fmt.Sprintf("%s %d, %s", BookTitle, n.Year, areaName(p, n.Area))
}

func areaName(p *region.Pack, code string) string {
	a, ok := p.Area(code)
	switch {
	case !ok:
		return p.PublicName()
	case a.Parent == "":
		return "Kecamatan " + a.Name
	case a.Kind == "desa":
		return "Desa " + a.Name
	}
	return "Kelurahan " + a.Name
}

// Check says why a report of this name cannot be made now, nil if it can.
func (n Name) Check(p *region.Pack, now time.Time) error {
	now = now.In(p.Location())
	if n.Month != "" {
		if t, err := time.ParseInLocation("2006-01", n.Month, p.Location()); err != nil || t.AddDate(0, 1, 0).After(now) {
			return &tanggap.Error{Code: tanggap.Invalid, Field: "bulan", Message: "Bulan ini belum selesai. Pilih bulan yang sudah lewat."}
		}
		return nil
	}
	if _, ok := p.Area(n.Area); !ok {
		return &tanggap.Error{Code: tanggap.Invalid, Field: "wilayah", Message: "Wilayah ini tidak ada di daerah ini. Pilih dari daftar."}
	}
	if n.Year < now.Year()-5 || n.Year > now.Year()+2 {
		return &tanggap.Error{Code: tanggap.Invalid, Field: "tahun", Message: "Tahun rencana terlalu jauh. Pilih tahun ini atau tahun depan."}
	}
	return nil
}

// Due is the report that must exist now by itself: that of the month before, from the
// first working day of the region's calendar on; "" before.
func Due(p *region.Pack, now time.Time) string {
	local := now.In(p.Location())
	first := time.Date(local.Year(), local.Month(), 1, 0, 0, 0, 0, p.Location())
	day, err := p.Calendar().NextOpening(first)
	if err != nil || local.Before(day) {
		return ""
	}
	return first.AddDate(0, 0, -1).Format("2006-01")
}
