package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
)

// stageFuncs are the steps of the way and the function under which their time stands.
var stageFuncs = []struct{ name, function string }{
	{"webhook: HTTP, signature, sealing", `net/http\.\(\*conn\)\.serve`},
	{"commit of deliveries", `intake\.\(\*Intake\)\.commit`},
	{"jobs: fetch, complete, maintain", `riverqueue/river`},
	{"one item to its outcome", `intake\.\(\*Intake\)\.process`},
	{"  reading the words", `triage\.\(\*Engine\)\.Decide`},
	{"  looking for the same matter", `similar\.\(\*Book\)\.Find`},
	{"  opening the case", `casework\.\(\*Desk\)\.Open`},
	{"sending notices", `notify\.\(\*Dispatcher\)\.(Step|handle)`},
	{"leader: audit log, sweeps", `app\.\(\*chores\)`},
	{"garbage collector", `runtime\.gcBgMarkWorker`},
	{"SQLite, in all of the above", `modernc\.org/sqlite`},
	{"bun, without SQLite", `uptrace/bun`},
	{"sealing", `tanggap/internal/seal`},
}

var accounted = regexp.MustCompile(`accounting for ([0-9.]+)ms, ([0-9.]+)% of`)

// stages prints what the profile says about each stage. Jobs contain the items they
// work on, so their own time is told without them.
func stages(ctx context.Context, file string, cases int) error {
	fmt.Println("\nstage                                    ms/case    share")
	for _, s := range stageFuncs {
		args := []string{"tool", "pprof", "-top", "-unit=ms", "-nodecount=100000", "-nodefraction=0", "-focus=" + s.function}
		switch s.function {
		case `riverqueue/river`:
			args = append(args, `-ignore=intake\.\(\*Intake\)`)
		case `uptrace/bun`:
			args = append(args, `-ignore=modernc\.org/sqlite`)
		}
		out, err := exec.CommandContext(ctx, "go", append(args, file)...).Output()
		if err != nil {
			return fmt.Errorf("go tool pprof: %w", err)
		}
		m := accounted.FindSubmatch(out)
		if m == nil {
			fmt.Printf("%-40s %7s\n", s.name, "-")
			continue
		}
		ms, err := strconv.ParseFloat(string(m[1]), 64)
		if err != nil {
			return err
		}
		fmt.Printf("%-40s %7.2f  %6s %%\n", s.name, ms/float64(cases), m[2])
	}
	return nil
}
