package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"tanggap/internal/forecast"
)

// tasks reads a packed file of tasks and leaves it unpacked for R.
func (l *lab) tasks(name, packed string) ([]forecast.Task, error) {
	f, err := os.Open(filepath.Join(l.data, packed))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	ts, err := forecast.ReadTasks(f)
	if err != nil {
		return nil, err
	}
	return ts, l.write(name, ts)
}

func (l *lab) write(name string, ts []forecast.Task) error {
	out, err := os.Create(l.tasksFile(name))
	if err != nil {
		return err
	}
	defer out.Close()
	w := bufio.NewWriter(out)
	writeTasks(w, ts)
	return w.Flush()
}

// writeTasks writes tasks in the form that run.R and eval.R read.
func writeTasks(w io.Writer, tasks []forecast.Task) {
	for _, t := range tasks {
		var b strings.Builder
		fmt.Fprintf(&b, "%s,%d,%d,%d", t.ID, t.Series.Period, t.Horizon, len(t.Series.Values))
		for _, v := range t.Series.Values {
			fmt.Fprintf(&b, ",%g", v)
		}
		for _, v := range t.Actual {
			fmt.Fprintf(&b, ",%g", v)
		}
		b.WriteByte('\n')
		_, _ = io.WriteString(w, b.String())
	}
}

// fit forecasts all tasks as `tanggap forecast eval` does, and the mean processor time.
func fit(ctx context.Context, tasks []forecast.Task, set *forecast.Settings) ([]*forecast.Forecast, float64, error) {
	out := make([]*forecast.Forecast, len(tasks))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(runtime.NumCPU())
	begin := processTime()
	for i, t := range tasks {
		work.Go(func() error {
			f, err := forecast.Fit(ctx, t.Series, forecast.Drivers{Calendars: forecast.StandardCalendars()}, forecast.Options{Horizon: t.Horizon, Force: true, Settings: set})
			out[i] = f
			return err
		})
	}
	err := work.Wait()
	return out, (processTime() - begin).Seconds() / float64(max(1, len(tasks))), err
}

// ours forecasts a set and writes what eval.R reads.
func (l *lab) ours(ctx context.Context, name string, tasks []forecast.Task) (file string, fs []*forecast.Forecast, err error) {
	fs, cpu, err := fit(ctx, tasks, nil)
	if err != nil {
		return "", nil, err
	}
	file = filepath.Join(l.work, "ours_"+name+".csv")
	out, err := os.Create(file)
	if err != nil {
		return "", nil, err
	}
	defer out.Close()
	w := bufio.NewWriter(out)
	for i, f := range fs {
		if err := forecast.WriteTask(w, tasks[i].ID, "tanggap", cpu, f); err != nil {
			return "", nil, err
		}
	}
	return file, fs, w.Flush()
}

// processTime is the processor time of this process so far.
func processTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
