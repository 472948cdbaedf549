package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"tanggap/internal/forecast"
)

// noPeers says why R's methods cannot run, or "".
func (l *lab) noPeers() string {
	if _, err := exec.LookPath("Rscript"); err != nil {
		return "Rscript is not installed (Debian: r-base-core r-cran-forecast r-cran-data.table r-cran-mass)"
	}
	for _, s := range []string{"run.R", "eval.R"} {
		if _, err := os.Stat(filepath.Join(l.scripts, s)); err != nil {
			return "no " + s + " in " + l.scripts
		}
	}
	return ""
}

// peers makes R's forecasts of a file of tasks unless they were made before.
func (l *lab) peers(ctx context.Context, name string, methods ...string) (string, error) {
	out := filepath.Join(l.work, "peers_"+name+".csv")
	if info, err := os.Stat(out); err == nil && info.Size() > 0 {
		return out, nil
	}
	cmd := exec.CommandContext(ctx, "Rscript", filepath.Join(l.scripts, "run.R"), l.tasksFile(name), strings.Join(methods, ","), out, "2")
	if b, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("run.R: %w: %s", err, bytes.TrimSpace(b))
	}
	return out, nil
}

// eval prints what eval.R says of the files, without the lines that name its parts.
func (l *lab) eval(ctx context.Context, name string, files ...string) error {
	var full []string
	for _, f := range append([]string{l.tasksFile(name)}, files...) {
		a, err := filepath.Abs(f)
		if err != nil {
			return err
		}
		full = append(full, a)
	}
	script, err := filepath.Abs(filepath.Join(l.scripts, "eval.R"))
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "Rscript", append([]string{script}, full...)...)
	cmd.Dir = l.work // where eval.R leaves its summary
	b, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("eval.R: %w: %s", err, b)
	}
	fmt.Printf("```\n%s```\n", b)
	return nil
}

func (l *lab) tasksFile(name string) string { return filepath.Join(l.work, name+".txt") }

// readForecasts reads a file of forecasts: method, then id, then one row of quantiles a step.
func readForecasts(file string) (map[string]map[string][]forecast.Quantiles, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	out := map[string]map[string][]forecast.Quantiles{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		c := strings.Split(lines.Text(), ",")
		if len(c) != 4+len(forecast.Levels) {
			continue // a method that failed says so in a shorter line
		}
		var q forecast.Quantiles
		for i := range q {
			if q[i], err = strconv.ParseFloat(c[4+i], 64); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
		}
		if out[c[1]] == nil {
			out[c[1]] = map[string][]forecast.Quantiles{}
		}
		out[c[1]][c[0]] = append(out[c[1]][c[0]], q)
	}
	return out, lines.Err()
}
