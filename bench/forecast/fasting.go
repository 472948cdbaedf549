package main

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"time"

	"tanggap/internal/forecast"
)

// firstFasts are the beginnings of Ramadan in years before those of the tasks, and without
// those in which places began or ceased to be counted. What is expected of Ramadan and Idul
// Fitri was chosen by them.
var firstFasts = []string{"2011-08-01", "2013-07-10", "2016-06-07", "2017-05-27"}

// daysOfFast are those of Ramadan and from Idul Fitri to nine days after.
const daysOfFast = 39

// earlierFasts is the scaled absolute error on the days of Ramadan and Idul Fitri of years
// before the tasks.
func earlierFasts(ctx context.Context, l *lab, set *forecast.Settings) (mae float64, err error) {
	d, err := readDays(filepath.Join(l.data, "malaysia_newdonors", "daily_counts.csv"))
	if err != nil {
		return 0, err
	}
	sum, n := 0.0, 0
	for _, day := range firstFasts {
		first, err := time.Parse(time.DateOnly, day)
		if err != nil {
			return 0, err
		}
		var ts []forecast.Task
		for _, after := range []int{-12, 3, 20} {
			origin := first.AddDate(0, 0, after)
			for _, c := range d.names {
				if t, ok := d.task(c, "my_"+c, fmt.Sprintf("%d-01-01", origin.Year()-5), origin.Format(time.DateOnly)); ok {
					ts = append(ts, t)
				}
			}
		}
		fs, _, err := fit(ctx, ts, set)
		if err != nil {
			return 0, err
		}
		for i, t := range ts {
			scale := weeklyChange(t.Series.Values)
			for h, y := range t.Actual {
				day := int(fs[i].Start.AddDate(0, 0, h).Sub(first).Hours() / 24)
				if day >= 0 && day < daysOfFast {
					sum += math.Abs(y-fs[i].Quantiles[h][forecast.Median]) / scale
					n++
				}
			}
		}
	}
	return sum / float64(n), nil
}

// weeklyChange is the mean absolute change from a week before.
func weeklyChange(x []float64) float64 {
	sum := 0.0
	for k := 7; k < len(x); k++ {
		sum += math.Abs(x[k]-x[k-7]) / float64(len(x)-7)
	}
	return sum
}
