package outlook

import (
	"math"
	"slices"
	"time"
)

// ShareOut divides a stock among places by their needs, in whole pieces: nobody gets more
// than he needs, and what is left of rounding goes to the largest remainders (Hamilton's
// method). With enough for all everybody gets his need, rounded up.
func ShareOut(stock int, needs []float64) []int {
	out := make([]int, len(needs))
	total := 0.0
	for _, n := range needs {
		total += math.Max(0, n)
	}
	if total == 0 || stock <= 0 {
		return out
	}
	scale := math.Min(1, float64(stock)/total)
	type rest struct {
		at   int
		part float64
	}
	var rests []rest
	left := stock
	for i, n := range needs {
		exact := math.Max(0, n) * scale
		out[i] = int(exact)
		left -= out[i]
		rests = append(rests, rest{i, exact - float64(out[i])})
	}
	slices.SortStableFunc(rests, func(a, b rest) int {
		switch {
		case a.part > b.part:
			return -1
		case a.part < b.part:
			return 1
		}
		return 0
	})
	for _, r := range rests {
		if left == 0 || r.part <= 1e-9 {
			break
		}
		out[r.at]++
		left--
	}
	return out
}

// Begin is the first day of the period in which a day lies: of weeks the Monday.
func Begin(day time.Time, period string) time.Time {
	switch period {
	case "week":
		return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
	case "month":
		return day.AddDate(0, 0, 1-day.Day())
	}
	return day
}
