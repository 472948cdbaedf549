package view

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Format prints numbers and times for people of one language in one zone. Go carries
// no CLDR data, so the few forms a page needs are written out here (id-ID checked
// against ICU; Rp and % without a space follow EYD V).
type Format struct {
	Lang string
	Zone *time.Location
}

var names = map[string]struct{ days, months, short []string }{
	"id": {
		days:   []string{"Minggu", "Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu"},
		months: []string{"Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"},
		short:  []string{"Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"},
	},
	"en": {
		days:   []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		months: []string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		short:  []string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	},
}

func (f Format) indonesian() bool { return f.Lang != "en" }

// Number prints v with decimals digits: 1.234.567,89 (id) or 1,234,567.89 (en).
func (f Format) Number(v float64, decimals int) string {
	group, point := ".", ","
	if !f.indonesian() {
		group, point = ",", "."
	}
	text := strconv.FormatFloat(math.Abs(v), 'f', decimals, 64)
	whole, fraction, _ := strings.Cut(text, ".")
	var b strings.Builder
	if v < 0 && strings.Trim(text, "0.") != "" {
		b.WriteString("−")
	}
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(group)
		}
		b.WriteRune(digit)
	}
	if fraction != "" {
		b.WriteString(point + fraction)
	}
	return b.String()
}

// CountsTo is where counts beside lists stop: more is no news, and counting costs.
const CountsTo = 500

// UpTo prints a count that may have stopped at CountsTo.
func (f Format) UpTo(n int) string {
	if n >= CountsTo {
		return f.Number(CountsTo, 0) + "+"
	}
	return f.Number(float64(n), 0)
}

// Percent prints a share 0..1 as 12,5% without a needless zero.
func (f Format) Percent(share float64) string {
	tenths := math.Round(share * 1000)
	if math.Mod(tenths, 10) == 0 {
		return f.Number(tenths/10, 0) + "%"
	}
	return f.Number(tenths/10, 1) + "%"
}

// Moment prints Senin, 23 November 2026 pukul 15.04 WITA.
func (f Format) Moment(t time.Time) string {
	if f.indonesian() {
		return f.Day(t) + " pukul " + f.Clock(t)
	}
	return f.Day(t) + " at " + f.Clock(t)
}

// Day prints Senin, 23 November 2026.
func (f Format) Day(t time.Time) string {
	t = f.local(t)
	n := names[f.Lang]
	return fmt.Sprintf("%s, %d %s %d", n.days[t.Weekday()], t.Day(), n.months[t.Month()-1], t.Year())
}

// Weekday prints Senin.
func (f Format) Weekday(t time.Time) string { return names[f.Lang].days[f.local(t).Weekday()] }

// Month prints November 2026.
func (f Format) Month(t time.Time) string {
	t = f.local(t)
	return fmt.Sprintf("%s %d", names[f.Lang].months[t.Month()-1], t.Year())
}

// Date prints 23 Nov 2026.
func (f Format) Date(t time.Time) string {
	l := f.local(t)
	return fmt.Sprintf("%d %s %d", l.Day(), names[f.Lang].short[l.Month()-1], l.Year())
}

// ShortDay prints Sen, 23 Nov: a line of a table whose year is plain.
func (f Format) ShortDay(t time.Time) string {
	l, n := f.local(t), names[f.Lang]
	return fmt.Sprintf("%s, %d %s", n.days[l.Weekday()][:3], l.Day(), n.short[l.Month()-1])
}

// Medium prints 23 Nov 2026, 15.04 WITA.
func (f Format) Medium(t time.Time) string {
	l := f.local(t)
	return fmt.Sprintf("%d %s %d, %s", l.Day(), names[f.Lang].short[l.Month()-1], l.Year(), f.Clock(t))
}

// Clock prints 15.04 WITA (id) or 15:04 WITA (en).
func (f Format) Clock(t time.Time) string { return f.Hour(t) + " " + f.zoneName(t) }

// Hour prints 15.04 (id) or 15:04 (en), for lines whose zone stands nearby.
func (f Format) Hour(t time.Time) string {
	if f.indonesian() {
		return f.local(t).Format("15.04")
	}
	return f.local(t).Format("15:04")
}

// Days prints a range of days as short as it is clear: 25–28 November 2026,
// 28 November–2 Desember 2026.
func (f Format) Days(from, to time.Time) string {
	a, b := f.local(from), f.local(to)
	n := names[f.Lang].months
	end := fmt.Sprintf("%d %s %d", b.Day(), n[b.Month()-1], b.Year())
	switch {
	case a.Year() != b.Year():
		return fmt.Sprintf("%d %s %d–%s", a.Day(), n[a.Month()-1], a.Year(), end)
	case a.Month() != b.Month():
		return fmt.Sprintf("%d %s–%s", a.Day(), n[a.Month()-1], end)
	case a.Day() != b.Day():
		return fmt.Sprintf("%d–%s", a.Day(), end)
	}
	return end
}

// ISO prints the machine-readable time of a <time datetime>.
func (f Format) ISO(t time.Time) string { return f.local(t).Format("2006-01-02T15:04:05Z07:00") }

// Duration prints a length in its largest sensible unit: 48 menit, 5 jam, 2 hari.
func (f Format) Duration(d time.Duration) string {
	n, unit := measure(d)
	return strconv.Itoa(n) + " " + f.unit(n, unit)
}

// Brief is Duration for narrow rows: 12 mnt, 5 jam, 2 hari.
func (f Format) Brief(d time.Duration) string {
	n, unit := measure(d)
	if unit == minute {
		return strconv.Itoa(n) + map[bool]string{true: " mnt", false: " min"}[f.indonesian()]
	}
	return strconv.Itoa(n) + " " + f.unit(n, unit)
}

// Ago prints how long ago t was while that is less than a day, the medium form
// otherwise.
func (f Format) Ago(now, t time.Time) string {
	d := now.Sub(t)
	switch {
	case d < 0 || d >= 24*time.Hour:
		return f.Medium(t)
	case d < time.Minute:
		return map[bool]string{true: "baru saja", false: "just now"}[f.indonesian()]
	}
	return f.Duration(d) + map[bool]string{true: " lalu", false: " ago"}[f.indonesian()]
}

const (
	second = iota
	minute
	hour
	day
)

func measure(d time.Duration) (int, int) {
	if d < 0 {
		d = -d
	}
	switch {
	case d < time.Minute:
		return int(d.Seconds()), second
	case d < 2*time.Hour:
		return int(d.Minutes()), minute
	case d < 48*time.Hour:
		return int(d.Hours()), hour
	}
	return int(d.Hours() / 24), day
}

func (f Format) unit(n, unit int) string {
	if f.indonesian() {
		return [...]string{"detik", "menit", "jam", "hari"}[unit]
	}
	name := [...]string{"second", "minute", "hour", "day"}[unit]
	if n != 1 {
		name += "s"
	}
	return name
}

func (f Format) local(t time.Time) time.Time {
	if f.Zone == nil {
		return t.UTC()
	}
	return t.In(f.Zone)
}

// zoneName names the three zones of Indonesia by their offset, since zone databases
// disagree on abbreviations.
func (f Format) zoneName(t time.Time) string {
	name, offset := f.local(t).Zone()
	switch offset {
	case 7 * 3600:
		return "WIB"
	case 8 * 3600:
		return "WITA"
	case 9 * 3600:
		return "WIT"
	}
	return name
}

// GroupCode prints a tracking code in groups people can read aloud: 7K3F-92QX-M4TD5.
func GroupCode(code string) string {
	if len(code) != 13 {
		return code
	}
	return code[:4] + "-" + code[4:8] + "-" + code[8:]
}
