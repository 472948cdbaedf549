package outlook

import (
	"slices"
	"strings"
	"time"

	"tanggap/internal/forecast"
	"tanggap/internal/region"
	"tanggap/internal/store"
)

// calendar is what the region's days off are to a forecast: the country's, with the dates
// of the region's own calendar in the years that it covers, and those that only the region
// has. An administrator who moves a holiday moves it here, too.
func calendar(p *region.Pack) forecast.Calendar {
	base := forecast.StandardCalendars()[0]
	own := map[string][]time.Time{} // by name, first days only
	covered := map[int]bool{}
	for _, h := range p.Holidays {
		day, err := time.Parse(time.DateOnly, h.Date)
		if err != nil || h.Kind == "joint" {
			continue
		}
		covered[day.Year()] = true
		name := plainName(h.Name)
		if n := len(own[name]); n > 0 && day.Sub(own[name][n-1]) <= 4*24*time.Hour {
			continue // second day of the same feast
		}
		own[name] = append(own[name], day)
	}
	out := forecast.Calendar{Name: p.Identity.Name}
	for _, h := range base.Holidays {
		dates, ok := take(own, h.Name)
		if ok {
			h.Dates = append(slices.DeleteFunc(slices.Clone(h.Dates), func(d time.Time) bool { return covered[d.Year()] }), dates...)
			slices.SortFunc(h.Dates, time.Time.Compare)
		}
		out.Holidays = append(out.Holidays, h)
	}
	var left []string
	for name := range own {
		left = append(left, name)
	}
	slices.Sort(left)
	for _, name := range left {
		out.Holidays = append(out.Holidays, forecast.Holiday{Key: "daerah-" + strings.ReplaceAll(name, " ", "-"), Name: name, Dates: own[name]})
	}
	return out
}

// plainName is a holiday's name without what differs between lists: "Idul Fitri hari
// kedua" is the second day of Idul Fitri.
func plainName(s string) string {
	s, _, _ = strings.Cut(strings.ToLower(s), "(")
	for _, more := range []string{" hari kedua", " masehi", " 1 muharam", " 1 muharram", " muhammad", " saw"} {
		s = strings.ReplaceAll(s, more, "")
	}
	return strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(s, "hari raya "), "hari suci "))
}

// take removes from own the dates of the holiday that is called so, or nearly so.
func take(own map[string][]time.Time, name string) ([]time.Time, bool) {
	want := plainName(name)
	for _, have := range []string{want, strings.TrimPrefix(want, "tahun baru "), strings.TrimPrefix(want, "hari ")} {
		if dates, ok := own[have]; ok {
			delete(own, have)
			return dates, true
		}
	}
	return nil, false
}

// events are the declared events that touch a service; code "" asks for all.
func events(list []*store.DeclaredEvent, code string) []forecast.Event {
	var out []forecast.Event
	for _, e := range list {
		if code != "" && e.Services != "" && !slices.Contains(strings.Fields(e.Services), code) {
			continue
		}
		from, err := time.Parse(time.DateOnly, e.FromDay)
		to, err2 := time.Parse(time.DateOnly, e.ToDay)
		if err != nil || err2 != nil {
			continue
		}
		out = append(out, forecast.Event{Key: e.Kind, Name: e.Name, Start: from, End: to})
	}
	slices.SortStableFunc(out, func(a, b forecast.Event) int { return a.Start.Compare(b.Start) })
	return out
}

// HolidayName is the name of a holiday by its key, "" if the region has none such.
func HolidayName(p *region.Pack, key string) string {
	for _, h := range calendar(p).Holidays {
		if h.Key == key {
			return h.Name
		}
	}
	return ""
}
