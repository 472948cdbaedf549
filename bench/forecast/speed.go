package main

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"tanggap/internal/forecast"
)

// speed refits 5,000 series of three years, made of the real ones cut to other spans, and
// watches the memory.
func speed(ctx context.Context, l *lab) error {
	const count, length = 5000, 3 * 365
	ts, err := l.tasks("full", "tasks/tasks_civic_full.txt.gz")
	if err != nil {
		return err
	}
	var long []forecast.Task
	for _, t := range ts {
		if len(t.Series.Values) >= length {
			long = append(long, t)
		}
	}
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	var peak atomic.Uint64
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(2)
	calendars := forecast.StandardCalendars()
	begin, cpu := clock.Now(), processTime()
	for k := range count {
		work.Go(func() error {
			s := long[k%len(long)].Series
			s.Start = s.Start.AddDate(0, 0, len(s.Values)-length)
			s.Values = s.Values[len(s.Values)-length:]
			_, err := forecast.Fit(ctx, s, forecast.Drivers{Calendars: calendars}, forecast.Options{Force: true})
			if k%50 == 0 {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak.Store(max(peak.Load(), m.HeapInuse))
			}
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return err
	}
	used := processTime() - cpu
	fmt.Printf("%d series × %d days: %.1f s processor, so %.1f s on two cores of their own (asked: 60), %.1f ms a series; %.1f s by the clock of this machine; %d MB more heap at most (asked: 64)\n", count, length,
		used.Seconds(), used.Seconds()/2, used.Seconds()*1000/count, clock.Now().Sub(begin).Round(time.Millisecond).Seconds(), (max(peak.Load(), before.HeapInuse)-before.HeapInuse)>>20)
	return nil
}
