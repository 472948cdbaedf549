package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"tanggap/internal/forecast"
)

// apart makes tasks of years that are in no file of tasks: Malaysia in 2012, the stations in
// 2008.
func (l *lab) apart() ([]forecast.Task, error) {
	var out []forecast.Task
	for _, s := range []struct {
		folder, id, from string
		origins          []string
	}{
		{"malaysia_newdonors", "my_", "2007-01-01", []string{"2012-07-23", "2012-11-05"}},
		{"cta_ridership", "cta_", "2004-01-01", []string{"2008-01-10", "2008-08-21"}},
	} {
		days, err := readDays(filepath.Join(l.data, s.folder, "daily_counts.csv"))
		if err != nil {
			return nil, err
		}
		for _, c := range days.names {
			for _, o := range s.origins {
				t, ok := days.task(c, s.id+c, s.from, o)
				if ok {
					out = append(out, t)
				}
			}
		}
	}
	return out, nil
}

type days struct {
	names  []string
	start  time.Time
	values map[string][]float64
}

func readDays(file string) (*days, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	d := &days{names: rows[0][1:], values: map[string][]float64{}}
	if d.start, err = time.Parse(time.DateOnly, rows[1][0]); err != nil {
		return nil, err
	}
	for _, r := range rows[1:] {
		for i, c := range r[1:] {
			v, err := strconv.ParseFloat(c, 64)
			if err != nil {
				v = 0
			}
			d.values[d.names[i]] = append(d.values[d.names[i]], v)
		}
	}
	return d, nil
}

// task is 28 days from origin, after the days from the first date on.
func (d *days) task(column, id, from, origin string) (forecast.Task, bool) {
	a, _ := time.Parse(time.DateOnly, from)
	b, _ := time.Parse(time.DateOnly, origin)
	i, j := int(a.Sub(d.start).Hours()/24), int(b.Sub(d.start).Hours()/24)
	y := d.values[column]
	if i < 0 || j <= i || j+28 > len(y) {
		return forecast.Task{}, false
	}
	sum := 0.0
	for _, v := range y[i:j] {
		sum += v
	}
	return forecast.Task{ID: id + "@" + origin, Horizon: 28, Actual: y[j : j+28],
		Series: forecast.Series{Start: a, Period: forecast.Daily, Values: y[i:j:j]}}, sum > 0
}
