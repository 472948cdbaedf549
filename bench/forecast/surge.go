package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"tanggap/internal/forecast"
)

// injected is one copy of a series, with or without a surge put into its last year.
type injected struct {
	name, shape string
	onset, days int // place of the first unusual day, and how many
	s           forecast.Series
	w           *forecast.Watched
}

const (
	lastYear = 365
	apart    = 7    // days between two episodes
	allowed  = 6    // episodes in the clean last year, the same for all
	budget   = .115 // that is, a week
)

// surges measures detection on injected surges, with the threshold that gives each clean
// last year the same number of alarms, and with the one that the series' own past gives.
func surges(ctx context.Context, l *lab) error {
	all, err := readSurges(filepath.Join(l.data, "surge_injected", "surge.txt.gz"))
	if err != nil {
		return err
	}
	return detection(ctx, all, nil)
}

func readSurges(file string) ([]*injected, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	var out []*injected
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 8<<20)
	for lines.Scan() {
		c := strings.Split(lines.Text(), ",")
		start, err := time.Parse(time.DateOnly, c[1])
		if err != nil {
			return nil, err
		}
		onset, _ := strconv.Atoi(c[2])
		days, _ := strconv.Atoi(c[3])
		x := &injected{name: c[0], shape: c[4], onset: onset - 1, days: days, s: forecast.Series{Start: start, Period: forecast.Daily}}
		for _, cell := range c[6:] {
			v, err := strconv.ParseFloat(cell, 64)
			if err != nil {
				v = math.NaN()
			}
			x.s.Values = append(x.s.Values, v)
		}
		out = append(out, x)
	}
	return out, lines.Err()
}

func detection(ctx context.Context, all []*injected, set *forecast.Settings) error {
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(runtime.NumCPU())
	for _, x := range all {
		work.Go(func() (err error) {
			x.w, err = forecast.Detect(ctx, x.s, forecast.Drivers{Calendars: forecast.StandardCalendars()}, forecast.Watch{PerWeek: budget, Settings: set})
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return err
	}
	same := map[string]float64{}
	own, series := 0, 0
	for _, x := range all {
		if x.shape == "clean" {
			same[x.name] = equalised(x.w.Score)
			own += episodes(x.w.Score, func(t int) float64 { return x.w.Threshold[t] })
			series++
		}
	}
	weeks := float64(series) * lastYear / 7
	fmt.Println("| threshold | false alarms a week | detected | within 3 days | by the third day after | mean delay, days | spike2 1.5/3/5 | step7 | ramp14 |\n|---|---|---|---|---|---|---|---|---|")
	for _, kind := range []string{"the same number of alarms", "from its own past"} {
		rate := float64(own) / weeks
		if kind[0] == 't' {
			rate = float64(allowed) / lastYear * 7
		}
		var n, hit, soon, third, delay float64
		shapes := map[string][2]float64{}
		for _, x := range all {
			if x.shape == "clean" {
				continue
			}
			n++
			s := shapes[x.shape]
			s[0]++
			for d := range x.days {
				limit := x.w.Threshold[x.onset+d]
				if kind[0] == 't' {
					limit = same[x.name]
				}
				if x.w.Score[x.onset+d] >= limit {
					hit++
					s[1]++
					delay += float64(d)
					if d < 3 {
						soon++
					}
					if d <= 3 {
						third++
					}
					break
				}
			}
			shapes[x.shape] = s
		}
		fmt.Printf("| %s | %.3f | %.3f | %.3f | %.3f | %.2f ", kind, rate, hit/n, soon/n, third/n, delay/hit)
		for _, shape := range []string{"spike2", "step7", "ramp14"} {
			fmt.Print("|")
			for _, size := range []string{"1.5", "3", "5"} {
				s := shapes[shape+"_"+size]
				fmt.Printf(" %.2f", s[1]/s[0])
			}
		}
		fmt.Println(" |")
	}
	return nil
}

// episodes counts the alarms of the last year; days no further apart than a week are one.
func episodes(score []float64, limit func(t int) float64) int {
	n, last := 0, math.MinInt/2
	for t := len(score) - lastYear; t < len(score); t++ {
		if score[t] >= limit(t) {
			if t-last > apart {
				n++
			}
			last = t
		}
	}
	return n
}

// equalised is the lowest threshold with no more than the allowed episodes.
func equalised(score []float64) float64 {
	tries := slices.Clone(score[len(score)-lastYear:])
	slices.Sort(tries)
	best := tries[len(tries)-1] + 1e-9
	for _, x := range slices.Backward(tries) {
		if math.IsNaN(x) || episodes(score, func(int) float64 { return x }) > allowed {
			break
		}
		best = x
	}
	return best
}
