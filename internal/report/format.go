package report

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Reports are written in Indonesian, whatever language the pages around them have.

var (
	monthNames = [...]string{"Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"}
	monthShort = [...]string{"Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"}
	dayNames   = [...]string{"Minggu", "Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu"}
)

// decimal prints 1.234.567,8 with so many digits behind the comma.
func decimal(v float64, digits int) string {
	s := strconv.FormatFloat(math.Abs(v), 'f', digits, 64)
	whole, fraction, _ := strings.Cut(s, ".")
	var b strings.Builder
	if v < 0 && strings.Trim(s, "0.") != "" {
		b.WriteString("−")
	}
	for i, d := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte('.')
		}
		b.WriteRune(d)
	}
	if fraction != "" {
		b.WriteString("," + fraction)
	}
	return b.String()
}

func number(n int) string { return decimal(float64(n), 0) }

// percent prints a share 0..1 as 12,5% without a needless zero.
func percent(share float64) string {
	tenths := math.Round(share * 1000)
	if math.Mod(tenths, 10) == 0 {
		return decimal(tenths/10, 0) + "%"
	}
	return decimal(tenths/10, 1) + "%"
}

// whole prints a share as 12%.
func whole(share float64) string { return decimal(math.Round(share*100), 0) + "%" }

// points prints a difference of shares as 2,1 poin.
func points(share float64) string {
	return strings.TrimSuffix(percent(math.Abs(share)), "%") + " poin"
}

// span prints a length of working time as people say it: 48 menit, 5 jam kerja, 2,5 hari
// kerja.
func (m *Month) span(d time.Duration) string {
	switch {
	case d < 2*time.Hour:
		return decimal(math.Round(d.Minutes()), 0) + " menit"
	case d < 2*m.workday():
		return decimal(math.Round(d.Hours()), 0) + " jam kerja"
	}
	return decimal(m.workdays(d), 1) + " hari kerja"
}

func (m *Month) workday() time.Duration { return cmp.Or(m.Workday, 8*time.Hour) }

func (m *Month) workdays(d time.Duration) float64 { return d.Hours() / m.workday().Hours() }

func longDay(d time.Time) string {
	return fmt.Sprintf("%s, %d %s %d", dayNames[d.Weekday()], d.Day(), monthNames[d.Month()-1], d.Year())
}

func plainDay(d time.Time) string {
	return fmt.Sprintf("%d %s %d", d.Day(), monthNames[d.Month()-1], d.Year())
}

func shortDay(d time.Time) string { return fmt.Sprintf("%d %s", d.Day(), monthShort[d.Month()-1]) }

// moment prints 1 November 2026 pukul 07.30 WITA.
func moment(t time.Time, zone *time.Location, name string) string {
	t = t.In(zone)
	return plainDay(t) + " pukul " + t.Format("15.04") + " " + name
}

// join lists words as a sentence does: a, b dan c.
func join(words []string) string {
	switch n := len(words); n {
	case 0:
		return ""
	case 1:
		return words[0]
	default:
		return strings.Join(words[:n-1], ", ") + " dan " + words[n-1]
	}
}
