package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"tanggap/internal/forecast"
	"tanggap/internal/tanggap"
)

type forecastCmd struct {
	Backtest forecastBacktest `cmd:"" help:"Uji ramalan pada masa lalu sebuah berkas. / Try forecasts on the past of a file."`
	Eval     forecastEval     `cmd:"" help:"Ramalkan tugas tolok ukur. / Forecast the tasks of a benchmark."`
}

type forecastEval struct {
	Tasks string `arg:"" help:"Berkas tugas, boleh .gz; - berarti masukan baku. / File of tasks, .gz too; - is standard input." placeholder:"TUGAS"`
	Jobs  int    `help:"Tugas yang dikerjakan bersamaan; 0: sebanyak inti prosesor. / Tasks at a time; 0: as many as processor cores."`
}

// Help implements kong.HelpProvider.
func (forecastEval) Help() string {
	return `Setiap baris satu tugas: id,period,h,n,y1,…,yn, boleh diikuti h nilai sesudahnya, yang tidak dibaca peramal.
Period 7 harian, 52 mingguan, 12 bulanan. Id yang berakhir @2018-04-23 memberi tanggal langkah pertama; hari libur
dicari dari deret itu sendiri. Keluaran: id,method,cpu_seconds,h, lalu 13 kuantil dari .025 sampai .975.

Each line is a task: id,period,h,n,y1,…,yn, perhaps followed by the h values after, which the forecaster never reads.
Period 7 is days, 52 weeks, 12 months. An id that ends in @2018-04-23 dates the first step; holidays are found out from
the series itself. Output: id,method,cpu_seconds,h, then 13 quantiles from .025 to .975. cpu_seconds is the mean over
all tasks, with everything the process did.

Contoh / example:

  tanggap forecast eval tasks_civic_s40.txt.gz > ours.csv
  Rscript eval.R tasks_civic_s40.txt peers.csv ours.csv`
}

func (c forecastEval) Run(e *env) error {
	in := io.Reader(os.Stdin)
	if c.Tasks != "-" {
		f, err := os.Open(c.Tasks)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	tasks, err := forecast.ReadTasks(in)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Tasks, err)
	}
	if len(tasks) == 0 {
		return tanggap.Errorf(tanggap.Invalid, "%s: tidak ada tugas. / no tasks.", c.Tasks)
	}
	begin := processTime()
	out := make([]*forecast.Forecast, len(tasks))
	work, ctx := errgroup.WithContext(e.ctx)
	work.SetLimit(jobs(c.Jobs))
	var mu sync.Mutex
	done := 0
	for i, t := range tasks {
		work.Go(func() error {
			f, err := forecast.Fit(ctx, t.Series, forecast.Drivers{Calendars: forecast.StandardCalendars()}, forecast.Options{Horizon: t.Horizon, Force: true})
			if err != nil {
				return fmt.Errorf("%s: %w", t.ID, err)
			}
			mu.Lock()
			defer mu.Unlock()
			out[i] = f
			if done++; done%100 == 0 || done == len(tasks) {
				fmt.Fprintf(e.err, "%d/%d\n", done, len(tasks))
			}
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		return err
	}
	cpu := (processTime() - begin).Seconds() / float64(len(tasks))
	w := bufio.NewWriter(e.out)
	for i, f := range out {
		if f.Cold != forecast.Warm {
			return tanggap.Errorf(tanggap.Invalid, "%s: tidak ada nilai untuk diramal. / nothing to forecast from.", tasks[i].ID)
		}
		if err := forecast.WriteTask(w, tasks[i].ID, "tanggap", cpu, f); err != nil {
			return err
		}
	}
	return w.Flush()
}

func jobs(n int) int {
	if n > 0 {
		return n
	}
	return runtime.NumCPU()
}

// processTime is the processor time of this process so far.
func processTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
