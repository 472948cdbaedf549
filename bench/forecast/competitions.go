package main

import (
	"context"
	"fmt"

	"tanggap/internal/forecast"
)

// Naive 2 on the weekly series of M4, as the competition published it.
const weeklySMAPE, weeklyMASE = 9.161, 2.777

// competitions measures weeks and months.
func competitions(ctx context.Context, l *lab) error {
	for _, set := range []struct{ name, packed string }{
		{"m4_weekly", "m4/weekly.txt.gz"}, {"m3_monthly_odd", "m3_monthly/series_odd.txt.gz"}, {"tourism_monthly_odd", "tourism_monthly/series_odd.txt.gz"},
	} {
		ts, err := l.tasks(set.name, set.packed)
		if err != nil {
			return err
		}
		fmt.Printf("### %s, %d series\n", set.name, len(ts))
		file, fs, err := l.ours(ctx, set.name, ts)
		if err != nil {
			return err
		}
		if l.scripts != "" {
			peers, err := l.peers(ctx, set.name, "snaive", "theta")
			if err != nil {
				return err
			}
			if err := l.eval(ctx, set.name, peers, file); err != nil {
				return err
			}
			theirs, err := readForecasts(peers)
			if err != nil {
				return err
			}
			var p pairs
			for i, t := range ts {
				if q := theirs["theta"][t.ID]; len(q) == t.Horizon {
					p.add(t.ID, scoreOf(t, q).smape, scoreOf(t, fs[i].Quantiles).smape)
				}
			}
			low, high := p.interval()
			fmt.Printf("sMAPE against theta: %+.1f %% (95 %%: %+.1f … %+.1f)\n", 100*(p.b/p.a-1), 100*low, 100*high)
		}
		s := total(ts, fs)
		fmt.Printf("MASE %.3f, sMAPE %.3f, in 80 %% %.1f, in 95 %% %.1f", s.mase, s.smape, 100*s.in80, 100*s.in95)
		if set.name == "m4_weekly" {
			fmt.Printf(", OWA %.4f", (s.smape/weeklySMAPE+s.mase/weeklyMASE)/2)
		}
		fmt.Println()
	}
	return nil
}

// total is the mean of the scores.
func total(ts []forecast.Task, fs []*forecast.Forecast) score {
	var out score
	n := float64(len(ts))
	for i, t := range ts {
		s := scoreOf(t, fs[i].Quantiles)
		out.mase, out.crps, out.smape = out.mase+s.mase/n, out.crps+s.crps/n, out.smape+s.smape/n
		out.in80, out.in95 = out.in80+s.in80/n, out.in95+s.in95/n
	}
	return out
}
