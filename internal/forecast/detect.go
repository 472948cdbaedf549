package forecast

import (
	"context"
	"math"
	"slices"
	"time"
)

// AlarmKind tells more than usual from suspiciously nothing.
type AlarmKind string

// Kinds of alarms.
const (
	Surge   AlarmKind = "surge"
	Silence AlarmKind = "silence" // far fewer than usual: a channel may be dead
)

// Alarm is one episode in which a series left what was expected of it.
type Alarm struct {
	Kind     AlarmKind
	Begin    int // place in the series of the first unusual day
	Raised   int // place of the day on which the alarm was raised
	Last     int // place of the last day on which it stood
	BeginsOn time.Time
	RaisedOn time.Time
	LastOn   time.Time
	Expected float64 // cases usual from Begin to Last
	Got      float64
	Chance   float64 // of so many (or so few) in the days from Begin to Raised when nothing is wrong (mid-p)
	Severity int     // 1 notable, 2 strong, 3 extreme
}

// Watch says how a series is watched.
type Watch struct {
	PerWeek float64 // false alarms a week that this series may cause, see Budget; 0: one in half a year
	From    int     // alarms raised before this place are left out; thresholds use only what lies before each day

	Settings *Settings // nil: Standard
}

// Budget is the share of one series when all the series of a region may together cause
// perWeek false alarms a week.
func Budget(perWeek float64, series int) float64 { return perWeek / float64(max(1, series)) }

// Watched is what watching a series found.
type Watched struct {
	Cold      Cold
	Alarms    []Alarm   // in order of Raised
	Expected  []float64 // expected count of each day, known the day before
	Score     []float64 // how far the days so far stand out, in standard deviations; NaN before watching began
	Threshold []float64 // the score from which a day alarms
}

// Lengths of watching in days, and the tail that is usual for the scores of a quiet past.
const (
	warmUp    = 56 // before the first score
	learnFor  = 28 // of an alarm after which its level is believed
	apart     = 7  // between two episodes
	tailScale = 1.2
	tailCount = 6 // how many episodes of a series' own the usual tail counts for
)

// watchDrifts are those of the quick and the steady model that tell what to expect.
var watchDrifts = [2]drift{{.985, .9995, .9998}, {.995, .9998, .9999}}

// Detect finds the surges and silences of a daily series. Each day is judged by what was
// expected of it the day before; the threshold comes from the series' own earlier days.
func Detect(ctx context.Context, s Series, d Drivers, w Watch) (*Watched, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	out := &Watched{}
	if s.Period != Daily || len(s.Values) < warmUp+28 {
		out.Cold = TooShort
		return out, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if w.PerWeek <= 0 {
		w.PerWeek = 1. / 26
	}
	g := newDesign(s, 0, d, chooseCalendar(s, d))
	set := Standard()
	if w.Settings != nil {
		set = *w.Settings
	}
	newWatcher(s, g, w, set).run(out)
	return out, nil
}

type watcher struct {
	s     Series
	w     Watch
	set   Settings
	m     [2]*dynamic // a quick and a steady one: what is expected is the mean of both
	mu    []float64
	size  []float64
	cusum float64
	begin int
	since int // day on which the standing alarm was raised, −1 without one
	peaks peaks
}

func newWatcher(s Series, g *design, w Watch, set Settings) *watcher {
	y := s.Values
	return &watcher{s: s, w: w, set: set, m: [2]*dynamic{newDynamic(g, watchDrifts[0], meanOf(y[:warmUp])), newDynamic(g, watchDrifts[1], meanOf(y[:warmUp]))}, since: -1,
		mu: make([]float64, len(y)), size: make([]float64, len(y))}
}

func (x *watcher) run(out *Watched) {
	n := len(x.s.Values)
	out.Score, out.Threshold = make([]float64, n), make([]float64, n)
	threshold := math.Inf(1)
	surge, silence := -1, -1 // places of the standing alarms
	for t, v := range x.s.Values {
		x.mu[t] = (x.m[0].expect(t) + x.m[1].expect(t)) / 2
		x.size[t] = max(x.m[0].size(), x.m[1].size())
		score := math.NaN()
		if t >= warmUp && !math.IsNaN(v) {
			score = x.score(t, v)
		}
		if t%28 == 0 && t >= warmUp+28 {
			threshold = x.peaks.threshold(x.w.PerWeek)
		}
		out.Score[t], out.Threshold[t] = score, threshold
		over := score >= threshold
		x.peaks.add(score)
		if t >= x.w.From {
			if over {
				surge = x.raise(out, surge, Surge, t, x.begin)
			}
			if from, ok := x.silent(t); ok {
				silence = x.raise(out, silence, Silence, t, from)
			}
		}
		if over && x.since < 0 {
			x.since = t
		}
		teach := v
		switch {
		case x.since >= 0 && t-x.since < learnFor && score > threshold/2:
			teach = min(v, x.mu[t]) // a surge does not become the new normal at once
		case !over:
			x.since = -1
		}
		x.m[0].step(t, teach)
		x.m[1].step(t, teach)
	}
	out.Expected = x.mu
	for i := range out.Alarms {
		x.describe(&out.Alarms[i])
	}
}

// score adds up the days' excess over the allowance (CUSUM) and scans the windows of one
// to seven days that end today; the larger tells.
func (x *watcher) score(t int, v float64) float64 {
	z := x.z(v, x.mu[t], x.size[t])
	if x.cusum <= 0 {
		x.begin = t
	}
	x.cusum = max(0, x.set.Memory*x.cusum+min(z, 4)-x.set.Allowance)
	best := x.cusum
	sum, mean, over := 0.0, 0.0, 0.0
	for w := 0; w < 7 && t-w >= 0; w++ {
		y := x.s.Values[t-w]
		if math.IsNaN(y) {
			continue
		}
		sum += y
		mean += x.mu[t-w]
		over += x.mu[t-w] * x.mu[t-w] / x.size[t-w]
		if k := x.set.Scan[w] * x.z(sum, mean, mean*mean/max(over, 1e-12)); k > best {
			best, x.begin = k, t-w
		}
	}
	return best
}

// z is the normal score of v's place (mid-p) in what was expected.
func (x *watcher) z(v, mu, size float64) float64 {
	v = max(0, math.Round(v))
	upper := 1 - nbCDF(v, mu, size) + math.Exp(nbLogPMF(v, mu, size))/2
	return -normQuantile(max(1e-15, min(upper, 1-1e-15)))
}

// silent looks for the shortest window ending today whose count is so low that it would
// hardly happen by chance.
func (x *watcher) silent(t int) (from int, ok bool) {
	chance := min(x.w.PerWeek/7, .01) / 30
	sum, mean := 0.0, 0.0
	for w := 0; w < 28 && t-w >= warmUp; w++ {
		y := x.s.Values[t-w]
		if math.IsNaN(y) {
			y = 0 // nothing was reported
		}
		sum += max(0, y)
		mean += x.mu[t-w]
		if sum > .1*mean+.5 {
			return 0, false
		}
		if mean > 4 && nbCDF(sum, mean, x.size[t]) < chance {
			return t - w, true
		}
	}
	return 0, false
}

// raise lengthens the alarm at place standing, or adds a new one, and returns its place.
func (x *watcher) raise(out *Watched, standing int, kind AlarmKind, t, begin int) int {
	if standing >= 0 && t-out.Alarms[standing].Last <= apart {
		out.Alarms[standing].Last = t
		return standing
	}
	out.Alarms = append(out.Alarms, Alarm{Kind: kind, Begin: begin, Raised: t, Last: t})
	return len(out.Alarms) - 1
}

// describe fills in what an alarm is about.
func (x *watcher) describe(a *Alarm) {
	sum, mean, over := 0.0, 0.0, 0.0
	for t := a.Begin; t <= a.Last; t++ {
		if y := x.s.Values[t]; !math.IsNaN(y) {
			a.Got += y
		}
		a.Expected += x.mu[t]
		if t <= a.Raised {
			sum, mean, over = a.Got, a.Expected, over+x.mu[t]*x.mu[t]/x.size[t]
		}
	}
	size := mean * mean / max(over, 1e-12)
	below := nbCDF(max(0, math.Round(sum)), mean, size) - math.Exp(nbLogPMF(max(0, math.Round(sum)), mean, size))/2
	a.Chance = max(0, min(below, 1-below))
	a.Severity = 1
	if a.Chance < 1e-5 {
		a.Severity = 2
	}
	if a.Chance < 1e-8 && (a.Kind == Silence || a.Got > 2*a.Expected) {
		a.Severity = 3
	}
	a.BeginsOn, a.RaisedOn, a.LastOn = Daily.Date(x.s.Start, a.Begin), Daily.Date(x.s.Start, a.Raised), Daily.Date(x.s.Start, a.Last)
}

// peaks keeps the highest score of each episode of the past.
type peaks struct {
	all  []float64
	run  float64 // highest of the present week
	days int
}

func (p *peaks) add(score float64) {
	if math.IsNaN(score) {
		return
	}
	p.days++
	p.run = max(p.run, score)
	if p.days%7 == 0 {
		p.all = append(p.all, p.run)
		p.run = 0
	}
}

// threshold is the score that episodes of the clean past exceed perWeek times a week:
// within the past by rank, beyond it by an exponential tail, whose scale leans on what is
// usual while the past is short.
func (p *peaks) threshold(perWeek float64) float64 {
	n := len(p.all)
	if n < 4 {
		return 8
	}
	var tops []float64 // one an episode: weeks higher than those beside them
	for i, v := range p.all {
		if (i == 0 || v > p.all[i-1]) && (i == n-1 || v >= p.all[i+1]) {
			tops = append(tops, v)
		}
	}
	slices.Sort(tops)
	m := len(tops)
	want := perWeek * float64(n)
	k := max(2, m/3) // the tail
	if m <= k {
		return 8
	}
	if want >= float64(k) {
		at := max(0, float64(m)-want)
		i := min(int(at), m-2)
		return tops[i] + (at-float64(i))*(tops[i+1]-tops[i])
	}
	u := tops[m-k-1]
	sum := 0.0
	for _, v := range tops[m-k:] {
		sum += min(v-u, 4) // the highest may be surges
	}
	scale := (sum + tailCount*tailScale) / (float64(k) + tailCount)
	return u + scale*math.Log(float64(k)/want)
}
