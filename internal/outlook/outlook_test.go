package outlook_test

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/deadline"
	"tanggap/internal/outlook"
	"tanggap/internal/region"
	"tanggap/internal/stat"
	"tanggap/internal/store"
)

// days of the past that the town of these tests has.
const days = 210

// count is how many cases of a service came i days ago: a quiet service, a busy one with
// a weekly rhythm that jumps in the last four days, and one that is rare.
func count(service string, day deadline.Date, ago int) int64 {
	wobble := int64((day.Day*7 + int(day.Month)*3) % 4)
	switch service {
	case "PJU-PADAM":
		if ago <= 4 {
			return 26 + wobble
		}
		return 5 + wobble
	case "SMP-TUMPUK":
		if w := day.Weekday(); w == time.Saturday || w == time.Sunday {
			return 2 + wobble/2
		}
		return 9 + wobble
	case "PHN-TUMBANG":
		if day.Day == 3 {
			return 1
		}
	}
	return 0
}

var unitOf = map[string]string{"PJU-PADAM": "DISHUB", "SMP-TUMPUK": "DLH", "PHN-TUMBANG": "DLH"}

// fill writes the figures of the days before today, counted from now.
func fill(t *testing.T, s *store.Store, p *region.Pack) {
	t.Helper()
	today := deadline.DateOf(s.Clock().Now(), p.Location())
	rows := map[string]*store.Figure{}
	add := func(unit, dim, name string, day deadline.Date, n int64) {
		if n == 0 {
			return
		}
		key := unit + "|" + dim + "|" + name + "|" + day.String()
		if rows[key] == nil {
			rows[key] = &store.Figure{Region: apptest.Region, Unit: unit, Dim: dim, Name: name, Day: day.String()}
		}
		rows[key].Opened += n
	}
	for ago := 1; ago <= days; ago++ {
		day := today.AddDays(-ago)
		for service, unit := range unitOf {
			n := count(service, day, ago)
			add("", stat.Whole, "", day, n)
			add(unit, stat.Whole, "", day, n)
			add("", stat.Service, service, day, n)
			add("", stat.Channel, "whatsapp", day, n)
			add("", stat.Area, "74.72.04.1001", day, n)
		}
	}
	var list []*store.Figure
	for _, x := range rows {
		list = append(list, x)
	}
	must(t, s.PutFigures(t.Context(), list))
	must(t, s.PutFigureHead(t.Context(), &store.FigureHead{Region: apptest.Region, Layout: stat.Layout, AsOfAt: s.Clock().Now()}))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func keeper(s *store.Store, told *[]string) *outlook.Keeper {
	return &outlook.Keeper{Store: s, Figures: &stat.Reader{Store: s}, Warn: func(_ context.Context, _ *store.Store, _ *region.Pack, x *store.Surge) error {
		*told = append(*told, x.Series+" "+x.Kind)
		return nil
	}}
}

// A jump of one service is told once, grows while it lasts and ends by itself; the parts
// of a forecast add up; doing it again changes nothing.
func TestForeseeAndWarn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		ctx, clock := t.Context(), s.Clock().(*apptest.Clock)
		p := &region.Pack{}
		*p = *apptest.Pack(t)
		p.Identity.WarnWeekly = .01 // so that chance tells nothing here
		fill(t, s, p)
		var told []string
		k := keeper(s, &told)
		if due, err := k.Due(ctx, p); err != nil || !due {
			t.Fatalf("due: %v, %v", due, err)
		}
		must(t, k.Update(ctx, p))
		if due, err := k.Due(ctx, p); err != nil || due {
			t.Errorf("due again on the same day: %v, %v", due, err)
		}
		if !slices.Contains(told, "service:PJU-PADAM more") {
			t.Errorf("the jump was not told: %v", told)
		}
		for _, name := range told {
			if name == "service:SMP-TUMPUK more" || name == "service:PHN-TUMBANG more" {
				t.Errorf("told without a cause: %s", name)
			}
		}
		first, before := len(told), forecasts(t, s)
		must(t, k.Update(ctx, p))
		if len(told) != first {
			t.Errorf("told again: %v", told[first:])
		}
		for name, body := range forecasts(t, s) {
			if before[name] != body {
				t.Errorf("the forecast of %s differs when made again", name)
			}
		}

		whole, parts := view(t, s, "region"), []*outlook.View{view(t, s, "unit:DLH"), view(t, s, "unit:DISHUB")}
		if whole.Days == nil || len(whole.Days.Mean) != 28 || len(whole.Recent) == 0 {
			t.Fatalf("the region's forecast: %+v", whole)
		}
		for h, m := range whole.Days.Mean {
			sum := 0.0
			for _, x := range parts {
				sum += x.Days.Mean[h]
			}
			if math.Abs(sum-m) > .02 {
				t.Errorf("step %d: the units add up to %.3f, the region has %.3f", h, sum, m)
				break
			}
		}
		if x := view(t, s, "service:PHN-TUMBANG"); x.Share != "region" && x.Cold == "" {
			t.Errorf("a service with a case a month is foreseen by the day: %+v", x)
		}

		// A week as usual later the warning is over, and nobody had to say so.
		surges, err := s.Surges(ctx, apptest.Region, "2000-01-01", 10)
		must(t, err)
		at := slices.IndexFunc(surges, func(x *store.Surge) bool { return x.Series == "service:PJU-PADAM" })
		if at < 0 || surges[at].Observed < 80 || surges[at].Expected > 60 || surges[at].State != store.SurgeOpen {
			t.Fatalf("the warning says %+v", surges)
		}
		clock.Advance(12 * 24 * time.Hour)
		later(t, s, p, 12)
		must(t, k.Update(ctx, p))
		x, err := s.Surge(ctx, apptest.Region, surges[at].ID)
		must(t, err)
		if x.State != store.SurgeEnded || x.EndedAt.IsZero() {
			t.Errorf("after twelve usual days: %+v", x)
		}
	})
}

// later adds so many usual days up to yesterday.
func later(t *testing.T, s *store.Store, p *region.Pack, n int) {
	t.Helper()
	today := deadline.DateOf(s.Clock().Now(), p.Location())
	var list []*store.Figure
	for ago := 1; ago <= n; ago++ {
		day := today.AddDays(-ago)
		sum := int64(0)
		for service := range unitOf {
			c := count(service, day, 99)
			sum += c
			list = append(list, &store.Figure{Region: apptest.Region, Dim: stat.Service, Name: service, Day: day.String(), Counts: store.Counts{Opened: c}})
		}
		list = append(list, &store.Figure{Region: apptest.Region, Day: day.String(), Counts: store.Counts{Opened: sum}},
			&store.Figure{Region: apptest.Region, Dim: stat.Channel, Name: "whatsapp", Day: day.String(), Counts: store.Counts{Opened: sum}})
	}
	must(t, s.PutFigures(t.Context(), list))
}

func forecasts(t *testing.T, s *store.Store) map[string]string {
	t.Helper()
	list, err := s.Forecasts(t.Context(), apptest.Region)
	must(t, err)
	out := map[string]string{}
	for _, f := range list {
		out[f.Series] = f.Body
	}
	return out
}

func view(t *testing.T, s *store.Store, name string) *outlook.View {
	t.Helper()
	row, err := s.Forecast(t.Context(), apptest.Region, name)
	must(t, err)
	v, err := outlook.Read(row)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return v
}

// While the figures are still being computed nothing is foreseen from half of them.
func TestNothingFromHalfTheFigures(t *testing.T) {
	s, p := apptest.SQLite(t), apptest.Pack(t)
	fill(t, s, p)
	must(t, s.PutFigureHead(t.Context(), &store.FigureHead{Region: apptest.Region, Layout: stat.Layout, AsOfAt: s.Clock().Now(), BuiltTo: "x"}))
	var told []string
	must(t, keeper(s, &told).Update(t.Context(), p))
	if got := forecasts(t, s); len(got) != 0 || len(told) != 0 {
		t.Errorf("foreseen: %d, told: %v", len(got), told)
	}
}

// A silent channel is told as a gap.
func TestDeadChannel(t *testing.T) {
	s, p := apptest.SQLite(t), apptest.Pack(t)
	fill(t, s, p)
	today := deadline.DateOf(s.Clock().Now(), p.Location())
	var list []*store.Figure
	for ago := 1; ago <= days; ago++ {
		if ago > 3 {
			list = append(list, &store.Figure{Region: apptest.Region, Dim: stat.Channel, Name: "email", Day: today.AddDays(-ago).String(), Counts: store.Counts{Opened: 7 + int64(ago%3)}})
		}
	}
	must(t, s.PutFigures(t.Context(), list))
	var told []string
	must(t, keeper(s, &told).Update(t.Context(), p))
	if !slices.Contains(told, "channel:email gap") {
		t.Errorf("the dead channel was not told: %v", told)
	}
}

// Figures from elsewhere are foreseen as they are: by week, by place.
func TestFiguresFromElsewhere(t *testing.T) {
	s, p, ctx := apptest.SQLite(t), apptest.Pack(t), t.Context()
	fill(t, s, p)
	x := &store.OutsideSeries{Region: apptest.Region, Name: "DBD", Measure: "kasus", Source: "Dinkes", Period: "week", MadeBy: "o"}
	must(t, s.PutOutsideSeries(ctx, x))
	var list []*store.OutsideValue
	for w := range 120 {
		day := time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, 7*w)
		list = append(list, &store.OutsideValue{Region: apptest.Region, SeriesID: x.ID, Place: "Wajo", Day: day.Format(time.DateOnly), Value: 10 + 5*math.Sin(float64(w)*2*math.Pi/52)})
	}
	must(t, s.PutOutsideValues(ctx, list))
	var told []string
	must(t, keeper(s, &told).Update(ctx, p))
	v := view(t, s, outlook.OutsideName(x.ID, "Wajo"))
	if v.Weeks == nil || v.Days != nil || v.Weeks.Mean[0] < 3 || v.Weeks.Mean[0] > 20 {
		t.Errorf("%+v", v)
	}
}

func TestShareOut(t *testing.T) {
	for name, x := range map[string]struct {
		stock int
		needs []float64
		want  []int
	}{
		"by need":         {100, []float64{30, 10, 60}, []int{30, 10, 60}},
		"too little":      {10, []float64{30, 10, 60}, []int{3, 1, 6}},
		"remainders":      {10, []float64{1, 1, 1}, []int{1, 1, 1}},
		"largest first":   {2, []float64{5, 3, 2}, []int{1, 1, 0}},
		"nobody needs":    {10, []float64{0, 0}, []int{0, 0}},
		"nothing there":   {0, []float64{4}, []int{0}},
		"odd needs":       {10, []float64{-3, 2.4}, []int{0, 3}},
		"nobody is asked": {10, nil, []int{}},
	} {
		if got := outlook.ShareOut(x.stock, x.needs); !slices.Equal(got, x.want) {
			t.Errorf("%s: got %v, want %v", name, got, x.want)
		}
	}
}

func TestBegin(t *testing.T) {
	day := time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC) // a Sunday
	for period, want := range map[string]string{"day": "2026-11-29", "week": "2026-11-23", "month": "2026-11-01"} {
		if got := outlook.Begin(day, period).Format(time.DateOnly); got != want {
			t.Errorf("%s begins on %s, want %s", period, got, want)
		}
	}
}
