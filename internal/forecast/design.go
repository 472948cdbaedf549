package forecast

import (
	"math"
	"strconv"
	"time"
)

// A design says for every day of the past and of the horizon which effects act on it. It
// is sparse: most holidays are far away on most days.
type design struct {
	start   int // day number of row 0
	n       int // rows of the past; the horizon follows
	columns []column
	core    int // the first columns, whose effects are learned together
	rows    []row
}

// column is one effect to be learned.
type column struct {
	block block
	key   string
	prior float64 // variance before anything is known, on the logarithmic scale
	alone bool    // acts on few days, so that it is learned by itself
}

type block uint8

const (
	levelBlock block = iota
	weekdayBlock
	seasonBlock
	holidayBlock
	eventBlock
	outsideBlock
)

// row lists the effects that act on a day and how strongly.
type row struct {
	at  []int32
	val []float64
}

func (r *row) add(column int, v float64) {
	r.at = append(r.at, int32(column))
	r.val = append(r.val, v)
}

// dot is the sum of effects m on the day.
func (r *row) dot(m []float64) float64 {
	s := 0.0
	for i, j := range r.at {
		s += r.val[i] * m[j]
	}
	return s
}

const secondsADay = 24 * 60 * 60

// dayNumber counts days from 1 January 1970.
func dayNumber(t time.Time) int {
	t = t.UTC()
	return int(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix() / secondsADay)
}

// weekdayOf is 0 on Sundays.
func weekdayOf(day int) int { return ((day+4)%7 + 7) % 7 }

const (
	daysAYear    = 365.2425
	leastForYear = 400 // days from which a yearly season is looked for
)

// Prior standard deviations of effects on the logarithmic scale, chosen by
// `bench/forecast tune` from the training parts.
const (
	weekdaySD = 0.5
	seasonSD  = 0.2
	eventSD   = 0.3
	outsideSD = 0.1
	waves     = 3

	weekendSD = 0.35 // of the weekend amid a long holiday, against its other days
)

// newDesign lays out the effects of a daily series.
func newDesign(s Series, horizon int, d Drivers, c choice) *design {
	g := &design{start: dayNumber(s.Start), n: len(s.Values)}
	g.rows = make([]row, g.n+horizon)
	for t := range g.rows {
		g.rows[t] = row{make([]int32, 0, 14), make([]float64, 0, 14)}
	}
	one := g.column(levelBlock, "", 4)
	for t := range g.rows {
		g.rows[t].add(one, 1)
	}
	g.addWeekdays()
	if g.n >= leastForYear {
		g.addSeason()
	}
	if c.calendar != nil {
		for i := range c.calendar.Holidays {
			g.addHoliday(&c.calendar.Holidays[i], c.late, c.prior)
		}
	}
	g.addEvents(d.Events)
	for i := range d.Outside {
		g.addOutside(&d.Outside[i])
	}
	g.sort()
	return g
}

// sort puts the columns that are learned together first.
func (g *design) sort() {
	to := make([]int32, len(g.columns))
	sorted := make([]column, 0, len(g.columns))
	for _, alone := range []bool{false, true} {
		for j, c := range g.columns {
			if c.alone == alone {
				to[j] = int32(len(sorted))
				sorted = append(sorted, c)
			}
		}
		if !alone {
			g.core = len(sorted)
		}
	}
	g.columns = sorted
	for t := range g.rows {
		for i, j := range g.rows[t].at {
			g.rows[t].at[i] = to[j]
		}
	}
}

func (g *design) column(b block, key string, prior float64) int {
	g.columns = append(g.columns, column{block: b, key: key, prior: prior})
	return len(g.columns) - 1
}

// addWeekdays gives six columns, Sunday being minus their sum, so that a week's effects
// add up to nothing and the level stays the level.
func (g *design) addWeekdays() {
	first := len(g.columns)
	for w := 1; w < 7; w++ {
		g.column(weekdayBlock, strconv.Itoa(w), weekdaySD*weekdaySD)
	}
	for t := range g.rows {
		w := weekdayOf(g.start + t)
		if w > 0 {
			g.rows[t].add(first+w-1, 1)
			continue
		}
		for j := range 6 {
			g.rows[t].add(first+j, -1)
		}
	}
}

func (g *design) addSeason() {
	for k := 1; k <= waves; k++ {
		prior := seasonSD * seasonSD / float64(k)
		s, c := g.column(seasonBlock, "", prior), g.column(seasonBlock, "", prior)
		for t := range g.rows {
			sin, cos := math.Sincos(2 * math.Pi * float64(k) * float64(g.start+t) / daysAYear)
			g.rows[t].add(s, sin)
			g.rows[t].add(c, cos)
		}
	}
}

// days visits the days of a holiday's windows from row 0 to before row end, each with its
// place in the window: the first day of a long holiday and its quarters are one place each.
// Late is by how many days the series is dated later than things happened.
func (h *Holiday) days(start, end, late int, visit func(t, place int)) {
	length := max(1, h.Length)
	for _, d := range h.Dates {
		first := dayNumber(d) - start + late
		for o := max(-h.Before, -first); o < length+h.After && first+o < end; o++ {
			place := o
			if h.long(o) {
				place = max(1, o*4/length*length/4)
			}
			visit(first+o, place+h.Before)
		}
	}
}

// long tells whether day o of a holiday is one of many alike, as the first one is not.
func (h *Holiday) long(o int) bool { return h.Length > 7 && o > 0 && o < h.Length }

// addHoliday gives each place in a holiday's window a column; what the past has never shown
// gets none.
func (g *design) addHoliday(h *Holiday, late int, prior float64) {
	columns := make([]int, h.Before+max(1, h.Length)+h.After)
	h.days(g.start, len(g.rows), late, func(t, place int) {
		if t < g.n && columns[place] == 0 {
			o, v := place-h.Before, prior
			if h.Closing && o >= 0 && o < max(1, h.Length) {
				v *= closing
			}
			columns[place] = g.column(holidayBlock, h.Key, v)
			g.columns[columns[place]].alone = !h.long(o)
		}
	})
	h.days(g.start, len(g.rows), late, func(t, place int) {
		if c := columns[place]; c > 0 {
			g.rows[t].add(c, 1)
		}
	})
	g.addLongWeekends(h, late, columns)
}

// addLongWeekends gives the weekends amid a long holiday, such as those of Ramadan, a column:
// what people do on free days is not what they do then.
func (g *design) addLongWeekends(h *Holiday, late int, columns []int) {
	c := 0
	h.days(g.start, len(g.rows), late, func(t, place int) {
		if !h.long(place-h.Before) || columns[place] == 0 {
			return
		}
		if c == 0 {
			c = g.column(holidayBlock, h.Key, weekendSD*weekendSD)
		}
		x := -2. / 7
		if w := weekdayOf(g.start + t); w == 0 || w == 6 {
			x = 5. / 7
		}
		g.rows[t].add(c, x)
	})
}

// addEvents gives the events of one key a column: they are expected to act alike.
func (g *design) addEvents(events []Event) {
	at := map[string]int{}
	for _, pass := range []bool{true, false} { // the past first: without it nothing is known
		for _, e := range events {
			from, to := dayNumber(e.Start)-g.start, dayNumber(e.End)-g.start
			for t := max(0, from); t <= to && t < len(g.rows); t++ {
				if (t < g.n) != pass {
					continue
				}
				c, ok := at[e.Key]
				if !ok {
					if !pass {
						continue
					}
					c = g.column(eventBlock, e.Key, eventSD*eventSD)
					at[e.Key] = c
				}
				g.rows[t].add(c, 1)
			}
		}
	}
}

// addOutside gives another series a column in units of its standard deviation in the past.
func (g *design) addOutside(o *Outside) {
	shift := dayNumber(o.Start) - g.start
	value := func(t int) float64 {
		if i := t - shift; i >= 0 && i < len(o.Values) {
			return o.Values[i]
		}
		return math.NaN()
	}
	n, mean, m2 := 0.0, 0.0, 0.0
	for t := range g.n {
		if v := value(t); !math.IsNaN(v) && !math.IsInf(v, 0) {
			n++
			d := v - mean
			mean += d / n
			m2 += d * (v - mean)
		}
	}
	if n < 28 || !(m2 > 0) {
		return
	}
	sd := math.Sqrt(m2 / n)
	c := g.column(outsideBlock, o.Key, outsideSD*outsideSD)
	for t := range g.rows {
		if z := (value(t) - mean) / sd; !math.IsNaN(z) {
			g.rows[t].add(c, max(-5, min(z, 5)))
		}
	}
}
