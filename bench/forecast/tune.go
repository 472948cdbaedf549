package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"tanggap/internal/forecast"
)

// tune prints how the settings were chosen: from what lies before each series' first task,
// never from a test part. Each setting is tried alone around the present ones, on every
// second series; the others confirm.
func tune(ctx context.Context, l *lab) error {
	full, err := l.tasks("full", "tasks/tasks_civic_full.txt.gz")
	if err != nil {
		return err
	}
	ts := earlier(full)
	change := func(f func(s *forecast.Settings)) *forecast.Settings {
		s := forecast.Standard()
		f(&s)
		return &s
	}
	type variant struct {
		name string
		set  *forecast.Settings
	}
	std := variant{"as it is", change(func(*forecast.Settings) {})}
	daily := []variant{std}
	for _, v := range []float64{0, 1, 4, 6} {
		daily = append(daily, variant{fmt.Sprintf("Sharpness %g", v), change(func(s *forecast.Settings) { s.Sharpness = v })})
	}
	for _, v := range []float64{10, 1000, 1e6} {
		daily = append(daily, variant{fmt.Sprintf("PITWeight %g", v), change(func(s *forecast.Settings) { s.PITWeight = v })})
	}
	for i := range std.set.Members {
		daily = append(daily, variant{fmt.Sprintf("without member %d", i), change(func(s *forecast.Settings) { s.Members[i] = 1e-9 })})
	}
	for _, v := range []float64{0, .1, .4} {
		daily = append(daily, variant{fmt.Sprintf("Yearly %g", v), change(func(s *forecast.Settings) { s.Yearly = v })})
	}
	fmt.Printf("daily, %d earlier tasks: sCRPS; earlier days of Ramadan and Idul Fitri: scaled MAE\n\n| setting | every second series | the others | Ramadan |\n|---|---|---|---|\n", len(ts))
	for _, v := range daily {
		fs, _, err := fit(ctx, ts, v.set)
		if err != nil {
			return err
		}
		var sum, n [2]float64
		for i, t := range ts {
			name, _, _ := strings.Cut(t.ID, "@")
			k := half(name)
			sum[k] += scoreOf(t, fs[i].Quantiles).crps
			n[k]++
		}
		fasts, err := earlierFasts(ctx, l, v.set)
		if err != nil {
			return err
		}
		fmt.Printf("| %s | %.4f | %.4f | %.4f |\n", v.name, sum[0]/n[0], sum[1]/n[1], fasts)
	}
	var slow []variant
	slow = append(slow, std)
	for _, v := range []float64{4, 12} {
		slow = append(slow, variant{fmt.Sprintf("WeeklySharpness %g", v), change(func(s *forecast.Settings) { s.WeeklySharpness = v })})
	}
	for _, v := range []float64{0, 2, 4} {
		slow = append(slow, variant{fmt.Sprintf("MonthlySharpness %g", v), change(func(s *forecast.Settings) { s.MonthlySharpness = v })})
	}
	for _, v := range []float64{.02, .06} {
		slow = append(slow, variant{fmt.Sprintf("SlowTail %g", v), change(func(s *forecast.Settings) { s.SlowTail = v })})
	}
	for _, set := range []struct{ name, packed string }{{"m4_weekly", "m4/weekly.txt.gz"}, {"m3_monthly_odd", "m3_monthly/series_odd.txt.gz"}} {
		all, err := l.tasks(set.name, set.packed)
		if err != nil {
			return err
		}
		ts := shortened(all)
		fmt.Printf("\n%s without their last steps, %d series\n\n| setting | MASE | sMAPE | in 95 %% |\n|---|---|---|---|\n", set.name, len(ts))
		for _, v := range slow {
			fs, _, err := fit(ctx, ts, v.set)
			if err != nil {
				return err
			}
			s := total(ts, fs)
			fmt.Printf("| %s | %.3f | %.3f | %.1f |\n", v.name, s.mase, s.smape, 100*s.in95)
		}
	}
	all, err := readSurges(filepath.Join(l.data, "surge_injected", "surge.txt.gz"))
	if err != nil {
		return err
	}
	fmt.Print("\nsurges of our own in the year before the last\n")
	for _, v := range []variant{std,
		{"Allowance .4", change(func(s *forecast.Settings) { s.Allowance = .4 })}, {"Allowance .9", change(func(s *forecast.Settings) { s.Allowance = .9 })},
		{"Memory .9", change(func(s *forecast.Settings) { s.Memory = .9 })}, {"Memory .98", change(func(s *forecast.Settings) { s.Memory = .98 })},
		{"Scan all .8", change(func(s *forecast.Settings) { s.Scan = [7]float64{.8, .8, .8, .8, .8, .8, .8} })}} {
		fmt.Printf("\n%s\n\n", v.name)
		if err := detection(ctx, inject(all), v.set); err != nil {
			return err
		}
	}
	return nil
}

// half puts a series into one of two halves by its name.
func half(name string) int {
	sum := 0
	for _, c := range name {
		sum = (sum*31 + int(c)) % 1009
	}
	return sum % 2
}

// earlier makes tasks of the part of each series before its first task begins, with origins
// in the last year of that.
func earlier(all []forecast.Task) []forecast.Task {
	first := map[string]forecast.Task{}
	for _, t := range all {
		name, _, _ := strings.Cut(t.ID, "@")
		if o, ok := first[name]; !ok || len(t.Series.Values) < len(o.Series.Values) {
			first[name] = t
		}
	}
	var out []forecast.Task
	var names []string
	for n := range first {
		names = append(names, n)
	}
	sort.Strings(names)
	for i, n := range names {
		s := first[n].Series
		for k := 13; k >= 1; k-- {
			at := len(s.Values) - 28*k
			if (k+i)%4 != 0 || at < 300 {
				continue
			}
			d := s.Start.AddDate(0, 0, at)
			out = append(out, forecast.Task{ID: n + "@" + d.Format(time.DateOnly), Horizon: 28,
				Series: forecast.Series{Start: s.Start, Period: forecast.Daily, Values: s.Values[:at:at]}, Actual: s.Values[at : at+28]})
		}
	}
	return out
}

// shortened hides the last steps of the training parts.
func shortened(all []forecast.Task) []forecast.Task {
	var out []forecast.Task
	for i, t := range all {
		at := len(t.Series.Values) - t.Horizon
		if at < 30 || i%3 != 0 {
			continue
		}
		y := t.Series.Values
		t.Actual, t.Series.Values = y[at:], y[:at:at]
		out = append(out, t)
	}
	return out
}

// inject cuts off the last year of the clean copies and puts surges of our own into what is
// then the last one.
func inject(all []*injected) []*injected {
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // draws that can be repeated
	var out []*injected
	for _, c := range all {
		n := len(c.s.Values) - lastYear
		if c.shape != "clean" || n < lastYear+200 {
			continue
		}
		y := c.s.Values[:n]
		add := func(shape string, onset, days int, v []float64) {
			out = append(out, &injected{name: c.name, shape: shape, onset: onset, days: days, s: forecast.Series{Start: c.s.Start, Period: forecast.Daily, Values: v}})
		}
		add("clean", 0, 0, y)
		for _, shape := range []struct {
			name string
			days int
		}{{"spike2", 2}, {"step7", 7}, {"ramp14", 14}} {
			for _, size := range []float64{1.5, 3, 5} {
				onset := n - 340 + r.IntN(310)
				near := y[onset-28 : onset+28]
				mean, sd := 0.0, 0.0
				for _, v := range near {
					mean += v / float64(len(near))
				}
				for _, v := range near {
					sd += (v - mean) * (v - mean) / float64(len(near))
				}
				sd = math.Sqrt(sd)
				v := slices.Clone(y)
				for d := range shape.days {
					more := size * sd
					if shape.name == "ramp14" {
						more *= float64(d+1) / float64(shape.days)
					}
					v[onset+d] += poisson(r, more)
				}
				add(fmt.Sprintf("%s_%g", shape.name, size), onset, shape.days, v)
			}
		}
	}
	return out
}
