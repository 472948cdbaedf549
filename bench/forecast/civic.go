package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"tanggap/internal/forecast"
)

// civic measures daily counts of public services, 28 days ahead.
func civic(ctx context.Context, l *lab) error {
	for _, set := range []struct {
		name, packed string
		methods      []string
	}{
		{"s40", "tasks/tasks_civic_s40.txt.gz", []string{"snaive", "theta", "ets", "nbglm"}},
		{"full", "tasks/tasks_civic_full.txt.gz", []string{"snaive", "theta", "nbglm"}},
	} {
		ts, err := l.tasks(set.name, set.packed)
		if err != nil {
			return err
		}
		if err := l.measure(ctx, set.name, ts, set.methods); err != nil {
			return err
		}
	}
	ts, err := l.apart()
	if err != nil {
		return err
	}
	fmt.Println("### series and years that no setting was chosen by")
	if err := l.write("apart", ts); err != nil {
		return err
	}
	return l.measure(ctx, "apart", ts, []string{"snaive", "theta", "nbglm"})
}

func (l *lab) measure(ctx context.Context, name string, ts []forecast.Task, methods []string) error {
	fmt.Printf("### %s, %d tasks\n", name, len(ts))
	file, fs, err := l.ours(ctx, name, ts)
	if err != nil {
		return err
	}
	mine := make([]score, len(ts))
	for i, t := range ts {
		mine[i] = scoreOf(t, fs[i].Quantiles)
	}
	if l.scripts != "" {
		peers, err := l.peers(ctx, name, methods...)
		if err != nil {
			return err
		}
		if err := l.eval(ctx, name, peers, file); err != nil {
			return err
		}
		if err := intervals(ts, mine, peers, methods); err != nil {
			return err
		}
	}
	coverage(ts, fs)
	fasting(ts, fs)
	return nil
}

// intervals prints by how much we are better or worse, by group, with paired bootstrap
// intervals over series.
func intervals(ts []forecast.Task, mine []score, file string, methods []string) error {
	theirs, err := readForecasts(file)
	if err != nil {
		return err
	}
	groups := []string{"all"}
	for _, s := range mine {
		if !slices.Contains(groups, s.group) {
			groups = append(groups, s.group)
		}
	}
	fmt.Println("| sCRPS against | group | tasks | theirs | ours | difference | 95 % |\n|---|---|---|---|---|---|---|")
	for _, m := range methods {
		for _, g := range groups {
			var p pairs
			for i, t := range ts {
				q := theirs[m][t.ID]
				if len(q) != t.Horizon || (g != "all" && mine[i].group != g) {
					continue
				}
				name, _, _ := strings.Cut(t.ID, "@")
				p.add(name, scoreOf(t, q).crps, mine[i].crps)
			}
			if p.n == 0 {
				continue
			}
			low, high := p.interval()
			fmt.Printf("| %s | %s | %d | %.4f | %.4f | %+.1f %% | %+.1f … %+.1f |\n", m, g, p.n, p.a/float64(p.n), p.b/float64(p.n), 100*(p.b/p.a-1), 100*low, 100*high)
		}
	}
	return nil
}

// coverage prints how many values lie in the intervals by level and week of the horizon,
// and below ten a day how uniform the randomised PIT is.
func coverage(ts []forecast.Task, fs []*forecast.Forecast) {
	type cell struct{ n, in80, in95 float64 }
	table, rows := map[string]*cell{}, []string{"< 1", "1–3", "3–10", "10–50", "> 50", "> 10", "> 10, week 1", "> 10, week 2", "> 10, week 3", "> 10, week 4"}
	var pit [200]float64
	pits := 0.0
	for i, t := range ts {
		l := level(t)
		for h, y := range t.Actual {
			q := fs[i].Quantiles[h]
			keys := []string{rows[band(l)]}
			if l > 10 {
				keys = append(keys, "> 10", fmt.Sprintf("> 10, week %d", min(h/7, 3)+1))
			} else {
				lo, hi := place(q, y)
				for k := range pit {
					pit[k] += max(0, min(hi, float64(k+1)/200)-max(lo, float64(k)/200)) / (hi - lo)
				}
				pits++
			}
			for _, k := range keys {
				if table[k] == nil {
					table[k] = &cell{}
				}
				c := table[k]
				c.n++
				if y >= q[forecast.Low80] && y <= q[forecast.High80] {
					c.in80++
				}
				if y >= q[forecast.Low95] && y <= q[forecast.High95] {
					c.in95++
				}
			}
		}
	}
	fmt.Println("\n| mean a day | values | in 80 % | in 95 % |\n|---|---|---|---|")
	for _, k := range rows {
		if c := table[k]; c != nil {
			fmt.Printf("| %s | %.0f | %.1f | %.1f |\n", k, c.n, 100*c.in80/c.n, 100*c.in95/c.n)
		}
	}
	sum, ks := 0.0, 0.0
	for k, v := range pit {
		sum += v / max(pits, 1)
		ks = max(ks, math.Abs(sum-float64(k+1)/200))
	}
	fmt.Printf("\nrandomised PIT below 10 a day: KS %.4f, %.0f values\n", ks, pits)
}

func level(t forecast.Task) float64 {
	x := t.Series.Values
	x = x[max(0, len(x)-56):]
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

func band(l float64) int {
	for i, most := range []float64{1, 3, 10, 50} {
		if l <= most {
			return i
		}
	}
	return 4
}

// place is where y lies in the distribution that the quantiles tell of: between the
// probability of less and that of no more.
func place(q forecast.Quantiles, y float64) (lo, hi float64) {
	hi = 1
	for i, v := range q {
		if v < y-1e-9 {
			lo = forecast.Levels[i]
		}
		if v > y+1e-9 {
			hi = forecast.Levels[i]
			break
		}
	}
	return lo, hi
}

// fasting prints the scaled error on the days of Ramadan and from Idul Fitri to nine days
// after, of series from where they are kept.
func fasting(ts []forecast.Task, fs []*forecast.Forecast) {
	spans := [][2]string{{"2012-07-21", "2012-08-28"}, {"2018-05-17", "2018-06-24"}, {"2019-05-06", "2019-06-14"}}
	sum, n := 0.0, 0
	for i, t := range ts {
		if !strings.HasPrefix(t.ID, "my_") {
			continue
		}
		scale := weeklyChange(t.Series.Values)
		for h, y := range t.Actual {
			d := fs[i].Period.Date(fs[i].Start, h).Format(time.DateOnly)
			if slices.ContainsFunc(spans, func(s [2]string) bool { return d >= s[0] && d <= s[1] }) {
				sum += math.Abs(y-fs[i].Quantiles[h][forecast.Median]) / scale
				n++
			}
		}
	}
	if n > 0 {
		fmt.Printf("days of Ramadan and Idul Fitri: %d, scaled MAE %.3f\n\n", n, sum/float64(n))
	}
}
