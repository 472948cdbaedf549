package forecast

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var monday = time.Date(2022, 1, 3, 0, 0, 0, 0, time.UTC)

// city makes days of invented counts: few on Sundays, more in the wet months, and what
// change does to the expected count of a day.
func city(seed uint64, days int, mean float64, change func(t int, mu float64) float64) Series {
	r := rand.New(rand.NewPCG(seed, 1))
	week := [7]float64{.5, 1.3, 1.2, 1.1, 1.1, 1.0, .8}
	s := Series{Start: monday, Period: Daily, Values: make([]float64, days)}
	for t := range s.Values {
		day := dayNumber(monday) + t
		mu := mean * week[weekdayOf(day)] * math.Exp(.2*math.Sin(2*math.Pi*float64(day)/daysAYear))
		if change != nil {
			mu = change(t, mu)
		}
		s.Values[t] = nbQuantile(.5e-6+.999999*r.Float64(), mu, 12)
	}
	return s
}

// written is a forecast as bytes; numbers that JSON does not know become words.
func written(t *testing.T, f *Forecast) []byte {
	t.Helper()
	g := *f
	g.Members = slices.Clone(f.Members)
	for i := range g.Members {
		if math.IsNaN(g.Members[i].MASE) {
			g.Members[i].MASE = -1
		}
	}
	if math.IsNaN(g.Error.MASE) {
		g.Error.MASE, g.Error.WAPE = -1, -1
	}
	b, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTheSameInputGivesTheSameBytes(t *testing.T) {
	for _, period := range []Period{Daily, Weekly, Monthly} {
		s := city(3, 700, 20, nil)
		s.Period = period
		var first []byte
		for range 3 {
			f, err := Fit(context.Background(), s, Drivers{Calendars: StandardCalendars()}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			b := written(t, f)
			if first == nil {
				first = b
			}
			if !bytes.Equal(first, b) {
				t.Fatalf("period %d: two forecasts of the same series differ", period)
			}
		}
	}
}

// TestRubbish: whatever comes in, a forecast is finite, its quantiles never fall, and
// counts are never below nothing.
func TestRubbish(t *testing.T) {
	value := rapid.OneOf(rapid.Just(0.0), rapid.Just(math.NaN()), rapid.Float64Range(0, 50), rapid.Float64Range(-1e6, 1e11), rapid.Just(7.0))
	rapid.Check(t, func(t *rapid.T) {
		few := rapid.SliceOfN(value, 1, 5).Draw(t, "pattern")
		n := rapid.IntRange(0, 300).Draw(t, "n")
		s := Series{Start: monday, Period: rapid.SampledFrom([]Period{1, Daily, Weekly, Monthly, 4}).Draw(t, "period")}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))
		for range n {
			s.Values = append(s.Values, few[r.IntN(len(few))])
		}
		f, err := Fit(context.Background(), s, Drivers{Calendars: StandardCalendars()[:1]}, Options{Force: true})
		if err != nil {
			t.Fatalf("refused: %v", err)
		}
		if f.Cold == Warm && len(f.Quantiles) != s.Period.horizon() {
			t.Fatalf("%d steps, want %d", len(f.Quantiles), s.Period.horizon())
		}
		for h, q := range f.Quantiles {
			if math.IsNaN(f.Mean[h]) || math.IsInf(f.Mean[h], 0) {
				t.Fatalf("step %d: mean %g", h, f.Mean[h])
			}
			for i, v := range q {
				if math.IsNaN(v) || math.IsInf(v, 0) || (i > 0 && v < q[i-1]) || (s.Period == Daily && v < 0) {
					t.Fatalf("step %d: quantiles %v", h, q)
				}
			}
		}
		if _, err := Detect(context.Background(), s, Drivers{}, Watch{}); err != nil {
			t.Fatalf("watching refused: %v", err)
		}
	})
}

func TestColdStartsSaySo(t *testing.T) {
	for _, c := range []struct {
		name string
		s    Series
		want Cold
	}{
		{"seven weeks", city(1, 49, 20, nil), TooShort},
		{"nothing", Series{Start: monday, Period: Daily}, TooShort},
		{"one value", Series{Start: monday, Period: Daily, Values: []float64{4}}, TooShort},
		{"one in a month", city(1, 300, .03, nil), TooThin},
		{"a year", city(1, 365, 20, nil), Warm},
	} {
		f, err := Fit(context.Background(), c.s, Drivers{}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if f.Cold != c.want || (f.Cold != Warm) != (len(f.Quantiles) == 0) {
			t.Errorf("%s: cold %q with %d steps, want %q", c.name, f.Cold, len(f.Quantiles), c.want)
		}
	}
	if _, err := Fit(context.Background(), Series{Period: Daily, Values: []float64{math.Inf(1)}}, Drivers{}, Options{}); err == nil {
		t.Error("an infinite count is accepted")
	}
}

// TestReasons: what the invented city was given must be named, in the right direction.
func TestReasons(t *testing.T) {
	open := monday.AddDate(0, 0, 380)
	again := monday.AddDate(0, 0, 735)
	s := city(5, 730, 40, func(t int, mu float64) float64 {
		if t >= 380 && t < 400 {
			return 2 * mu
		}
		return mu
	})
	events := []Event{{"bansos", "Pendaftaran bansos", open, open.AddDate(0, 0, 19)}, {"bansos", "Pendaftaran bansos", again, again.AddDate(0, 0, 5)}}
	f, err := Fit(context.Background(), s, Drivers{Events: events}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	factor := map[string]float64{}
	for _, r := range f.Reasons {
		factor[string(r.Kind)+r.Key+"@"+strconv.Itoa(r.Step)] = r.Factor
	}
	// Step 0 is a Monday (730 = 104 weeks + 2 days: Wednesday).
	sunday := 4
	if x := factor["weekday0@"+strconv.Itoa(sunday)]; x < .4 || x > .6 {
		t.Errorf("Sunday's factor is %.2f, the city has 0.5; reasons %v", x, f.Reasons)
	}
	if x := factor["eventbansos@5"]; x < 1.5 || x > 2.5 {
		t.Errorf("the event's factor is %.2f, the city has 2", x)
	}
	if _, ok := factor["eventbansos@2"]; ok {
		t.Error("the event is named on a day before it starts")
	}
}

func TestPartsAddUp(t *testing.T) {
	tree := []Node{{Parent: -1}, {Parent: 0}, {Parent: 0}, {Parent: 1}, {Parent: 1}, {Parent: 2}, {Parent: 2}, {Parent: 2}}
	for i := range tree {
		s := city(uint64(i), 400, []float64{60, 20, 45, 11, 9, 30, 1, 12}[i], nil)
		f, err := Fit(context.Background(), s, Drivers{}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		tree[i].Forecast = f
	}
	if err := Reconcile(tree); err != nil {
		t.Fatal(err)
	}
	for h := range tree[0].Forecast.Mean {
		sums := map[int]float64{}
		for i, n := range tree {
			f := n.Forecast
			if n.Parent >= 0 {
				sums[n.Parent] += f.Mean[h]
			}
			if f.Mean[h] < 0 || !slices.IsSorted(f.Quantiles[h][:]) || f.Mean[h] < f.Quantiles[h][Low95] || f.Mean[h] > f.Quantiles[h][High95] {
				t.Fatalf("node %d step %d: mean %g outside of %v", i, h, f.Mean[h], f.Quantiles[h])
			}
		}
		for p, sum := range sums {
			if math.Abs(sum-tree[p].Forecast.Mean[h]) > 1e-6*(1+sum) {
				t.Errorf("step %d: the parts of %d add up to %g, it is %g", h, p, sum, tree[p].Forecast.Mean[h])
			}
		}
	}
	// Weeks are the sums of their days.
	days := tree[0].Forecast
	weeks, err := days.Coarsen(Weekly, time.Monday)
	if err != nil {
		t.Fatal(err)
	}
	from := dayNumber(weeks.Start) - dayNumber(days.Start)
	for i, m := range weeks.Mean {
		sum := 0.0
		for h := from + 7*i; h < from+7*i+7; h++ {
			sum += days.Mean[h]
		}
		if math.Abs(sum-m) > 1e-9*sum || !slices.IsSorted(weeks.Quantiles[i][:]) {
			t.Errorf("week %d: %g, its days add up to %g", i, m, sum)
		}
	}
}

func TestSurgesAndSilences(t *testing.T) {
	quiet := city(9, 730, 25, nil)
	surge := city(9, 730, 25, func(t int, mu float64) float64 {
		if t >= 700 && t < 707 {
			return 2 * mu
		}
		return mu
	})
	dead := city(9, 730, 25, nil)
	for t := 715; t < 730; t++ {
		dead.Values[t] = 0
	}
	for _, c := range []struct {
		name string
		s    Series
		kind AlarmKind
		at   int
	}{{"surge", surge, Surge, 700}, {"silence", dead, Silence, 715}, {"quiet", quiet, "", 0}} {
		w, err := Detect(context.Background(), c.s, Drivers{}, Watch{PerWeek: Budget(1, 60), From: 690})
		if err != nil {
			t.Fatal(err)
		}
		if c.kind == "" {
			if len(w.Alarms) > 0 {
				t.Errorf("%s: alarms %+v", c.name, w.Alarms)
			}
			continue
		}
		if len(w.Alarms) == 0 || w.Alarms[0].Kind != c.kind || w.Alarms[0].Raised < c.at || w.Alarms[0].Raised > c.at+3 || w.Alarms[0].Severity < 2 {
			t.Errorf("%s: want it within three days of %d, got %+v", c.name, c.at, w.Alarms)
		}
	}
}

func TestStaffing(t *testing.T) {
	f, err := Fit(context.Background(), city(2, 500, 30, nil), Drivers{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	plans, err := Staff(f, Work{Minutes: 20, CostFew: 9, CostMany: 1})
	if err != nil {
		t.Fatal(err)
	}
	for h, p := range plans {
		if p.Service != .9 || p.Hours <= p.Expected || p.Cost > p.CostByMean || math.Abs(p.Expected-f.Mean[h]/3) > .15*f.Mean[h] {
			t.Errorf("step %d, %g cases: %+v", h, f.Mean[h], p)
		}
	}
	// 100 calls an hour of 3 minutes, 8 in 10 to be answered within 20 seconds. By hand:
	// Erlang B of 5 erlang is .1205 for 7 officers, so C is .324 and .741 are answered in
	// time; 8 officers answer .880.
	d, err := Serve(Counter{PerHour: 100, Minutes: 3, Wait: 1. / 3, Share: .8})
	if err != nil {
		t.Fatal(err)
	}
	if d.Officers != 8 || math.Abs(d.Busy-5./8) > 1e-9 || math.Abs(d.Share-.880) > .0005 {
		t.Errorf("Erlang C: %+v", d)
	}
}
