package forecast

import (
	"math"
	"strconv"
)

// notable is the least change worth a word: 5 %.
const notable = 0.05

// reasons tells what moves each step of the horizon away from the usual number, by the
// effects that the calendar member has learned. moved is how far the level has moved.
func (y *dynamic) reasons(moved float64) []Reason {
	var out []Reason
	add := func(step int, kind ReasonKind, key string, log float64) {
		if math.Abs(log) >= notable {
			out = append(out, Reason{step, kind, key, math.Exp(max(-5, min(log, 5)))})
		}
	}
	add(-1, ByLevel, "", moved)
	kinds := map[block]ReasonKind{weekdayBlock: ByWeekday, seasonBlock: BySeason, holidayBlock: ByHoliday, eventBlock: ByEvent, outsideBlock: ByOutside}
	for h, r := range y.g.rows[y.g.n:] {
		// Columns of one kind and key stand side by side, so their effects add up in order.
		var last column
		sum := 0.0
		flush := func() {
			if kind, ok := kinds[last.block]; ok {
				key := last.key
				if kind == ByWeekday {
					key = strconv.Itoa(weekdayOf(y.g.start + y.g.n + h))
				}
				add(h, kind, key, sum)
			}
		}
		for i, j := range r.at {
			c := y.g.columns[j]
			same := c.block == last.block && (c.key == last.key || c.block == weekdayBlock)
			if i > 0 && !same {
				flush()
				sum = 0
			}
			last = c
			sum += r.val[i] * y.m[j]
		}
		flush()
	}
	return out
}
