package forecast

import (
	_ "embed"
	"strings"
	"time"
)

// holidays.csv lists the moving holidays of 2005 to 2030 by their dates in Indonesia: as
// announced up to 2026, and from then on as the usual tables foresee them. A region's own
// calendar outranks it.
//
//go:embed holidays.csv
var movingHolidays string

// The years that StandardCalendars know.
const firstYear, lastYear = 2000, 2035

// StandardCalendars are the candidates for a series of unknown origin: Indonesia with the
// holidays of its faiths, its neighbour Malaysia, and the United States, whose open data the
// benchmarks use.
func StandardCalendars() []Calendar {
	moving := map[string][]time.Time{}
	for _, line := range strings.Split(strings.TrimSpace(movingHolidays), "\n")[1:] {
		key, date, _ := strings.Cut(line, ",")
		if d, err := time.Parse(time.DateOnly, date); err == nil {
			moving[key] = append(moving[key], d)
		}
	}
	shared := []Holiday{
		{Key: "ramadan", Name: "Ramadan", Dates: moving["ramadan"], Length: 29},
		{Key: "idul-fitri", Name: "Idul Fitri", Dates: moving["idul-fitri"], Length: 2, Before: 2, After: 8, Closing: true},
		{Key: "jelang-ramadan", Name: "menjelang Ramadan", Dates: moved(moving["ramadan"], -10), Length: 10},
		{Key: "idul-adha", Name: "Idul Adha", Dates: moving["idul-adha"], Before: 1, After: 2},
		{Key: "tahun-baru-islam", Name: "Tahun Baru Islam", Dates: moving["tahun-baru-islam"]},
		{Key: "maulid", Name: "Maulid Nabi", Dates: moving["maulid"]},
		{Key: "imlek", Name: "Tahun Baru Imlek", Dates: moving["imlek"], Length: 2, Before: 1, After: 3},
		{Key: "waisak", Name: "Waisak", Dates: moving["waisak"]},
		{Key: "tahun-baru", Name: "Tahun Baru", Dates: fixed(time.January, 1), Before: 1},
		{Key: "hari-buruh", Name: "Hari Buruh", Dates: fixed(time.May, 1)},
		{Key: "natal", Name: "Natal", Dates: fixed(time.December, 25)},
	}
	indonesia := append([]Holiday{
		{Key: "kemerdekaan", Name: "Hari Kemerdekaan", Dates: fixed(time.August, 17)},
		{Key: "pancasila", Name: "Hari Lahir Pancasila", Dates: fixed(time.June, 1)},
		{Key: "isra-mikraj", Name: "Isra Mikraj", Dates: moving["isra-mikraj"]},
		{Key: "nyepi", Name: "Nyepi", Dates: moving["nyepi"]},
		{Key: "jumat-agung", Name: "Wafat Yesus Kristus", Dates: easter(-2), After: 2},
		{Key: "kenaikan", Name: "Kenaikan Yesus Kristus", Dates: easter(39)},
	}, shared...)
	malaysia := append([]Holiday{
		{Key: "hari-kebangsaan", Name: "Hari Kebangsaan", Dates: fixed(time.August, 31)},
		{Key: "hari-malaysia", Name: "Hari Malaysia", Dates: fixed(time.September, 16)},
		{Key: "deepavali", Name: "Deepavali", Dates: moving["deepavali"]},
	}, shared...)
	return []Calendar{{"indonesia", indonesia}, {"malaysia", malaysia}, {"amerika-serikat", unitedStates()}}
}

// unitedStates are the federal holidays (5 U.S.C. 6103) by rule, with the days around them
// on which services are quiet.
func unitedStates() []Holiday {
	return []Holiday{
		{Key: "new-year", Name: "New Year", Dates: fixed(time.January, 1), Before: 1, After: 1},
		{Key: "king", Name: "Martin Luther King Day", Dates: nth(time.January, time.Monday, 3)},
		{Key: "washington", Name: "Washington's Birthday", Dates: nth(time.February, time.Monday, 3)},
		{Key: "memorial", Name: "Memorial Day", Dates: nth(time.May, time.Monday, -1), Before: 3},
		{Key: "independence", Name: "Independence Day", Dates: fixed(time.July, 4), Before: 1, After: 2},
		{Key: "labor", Name: "Labor Day", Dates: nth(time.September, time.Monday, 1), Before: 3},
		{Key: "columbus", Name: "Columbus Day", Dates: nth(time.October, time.Monday, 2)},
		{Key: "veterans", Name: "Veterans Day", Dates: fixed(time.November, 11)},
		{Key: "thanksgiving", Name: "Thanksgiving", Dates: nth(time.November, time.Thursday, 4), Before: 1, After: 3},
		{Key: "christmas", Name: "Christmas", Dates: fixed(time.December, 25), Before: 2, After: 5},
	}
}

// moved are dates some days later.
func moved(dates []time.Time, days int) []time.Time {
	out := make([]time.Time, len(dates))
	for i, d := range dates {
		out[i] = d.AddDate(0, 0, days)
	}
	return out
}

func fixed(m time.Month, day int) []time.Time {
	var out []time.Time
	for y := firstYear; y <= lastYear; y++ {
		out = append(out, time.Date(y, m, day, 0, 0, 0, 0, time.UTC))
	}
	return out
}

// nth is the n-th weekday of a month of each year, the last one for −1.
func nth(m time.Month, w time.Weekday, n int) []time.Time {
	var out []time.Time
	for y := firstYear; y <= lastYear; y++ {
		first := time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
		d := first.AddDate(0, 0, (int(w-first.Weekday())+7)%7+7*(n-1))
		if n < 0 {
			last := first.AddDate(0, 1, -1)
			d = last.AddDate(0, 0, -(int(last.Weekday()-w)+7)%7)
		}
		out = append(out, d)
	}
	return out
}

// easter is Easter Sunday of each year (the anonymous Gregorian computus), moved by days.
func easter(days int) []time.Time {
	var out []time.Time
	for y := firstYear; y <= lastYear; y++ {
		a, b, c := y%19, y/100, y%100
		h := (19*a + b - b/4 - (b-(b+8)/25+1)/3 + 15) % 30
		l := (32 + 2*(b%4) + 2*(c/4) - h - c%4) % 7
		m := (a + 11*h + 22*l) / 451
		n := h + l - 7*m + 114
		out = append(out, time.Date(y, time.Month(n/31), n%31+1+days, 0, 0, 0, 0, time.UTC))
	}
	return out
}
