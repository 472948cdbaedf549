package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"tanggap/internal/forecast"
)

// region watches a simulated region of 126 series over two years after two years of past,
// in which nothing happens that is not ordinary: weekdays, seasons, slow drift, chance.
func region(ctx context.Context, _ *lab) error {
	const series, days, from = 126, 4 * 365, 2 * 365
	r := rand.New(rand.NewPCG(126, 1)) //nolint:gosec // draws that can be repeated
	raised, strong := 0, 0
	begin := clock.Now()
	for k := range series {
		mean := math.Exp(-1.2 + 4.5*float64(k)/series) // from one in three days to 27 a day
		size := 3 + 20*r.Float64()
		wave, drift, low := .3*r.Float64(), 0.0, .3+.7*r.Float64()
		s := forecast.Series{Start: time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC), Period: forecast.Daily}
		for t := range days {
			drift = .995*drift + .015*r.NormFloat64()
			mu := mean * math.Exp(drift+wave*math.Sin(2*math.Pi*float64(t)/365.25))
			if t%7 < 2 {
				mu *= low
			}
			s.Values = append(s.Values, poisson(r, mu*gamma(r, size)/size))
		}
		w, err := forecast.Detect(ctx, s, forecast.Drivers{}, forecast.Watch{PerWeek: forecast.Budget(1, series), From: from})
		if err != nil {
			return err
		}
		raised += len(w.Alarms)
		for _, a := range w.Alarms {
			if a.Severity > 1 {
				strong++
			}
		}
	}
	weeks := float64(days-from) / 7
	fmt.Printf("%d series, %.0f weeks: %d warnings, %.2f a week in all (asked: at most 1), %d of them strong; %.0f ms a series\n", series, weeks, raised, float64(raised)/weeks, strong,
		clock.Now().Sub(begin).Seconds()*1000/series)
	return nil
}

func poisson(r *rand.Rand, mu float64) float64 {
	k := 0.0
	for mu > 0 {
		mu -= r.ExpFloat64()
		if mu > 0 {
			k++
		}
	}
	return k
}

// gamma draws from a gamma distribution of shape ≥ 1 and scale 1 (Marsaglia and Tsang, 2000).
func gamma(r *rand.Rand, shape float64) float64 {
	d := shape - 1./3
	for {
		x := r.NormFloat64()
		v := math.Pow(1+x/math.Sqrt(9*d), 3)
		if v > 0 && math.Log(1-r.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}
