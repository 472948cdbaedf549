// Program forecast measures internal/forecast on public series under
// $TANGGAP_DATA/forecast, against R's methods on the same tasks, scored by the same script.
// See README.md beside it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tanggap/internal/tanggap"
)

var clock tanggap.SystemClock

// A lab is where things are and what runs.
type lab struct {
	data    string // folder of the series
	scripts string // folder of run.R and eval.R; "" without R
	work    string // folder for what is made on the way: tasks, peers' forecasts
}

var parts = []struct {
	name string
	run  func(context.Context, *lab) error
}{{"civic", civic}, {"competitions", competitions}, {"surges", surges}, {"region", region}, {"speed", speed}, {"tune", tune}}

func main() {
	data := os.Getenv("TANGGAP_DATA")
	scripts := flag.String("scripts", filepath.Join(data, "..", "bench", "forecast"), "`folder` of run.R and eval.R, which make and score the peers' forecasts")
	work := flag.String("work", ".cache/forecast", "`folder` for tasks and the peers' forecasts, which are made once")
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "usage: forecast [flags] [%s ...]\nWithout names, all but tune run.\n", strings.Join(names(), "|"))
		flag.PrintDefaults()
	}
	flag.Parse()
	l := &lab{filepath.Join(data, "forecast"), *scripts, *work}
	if _, err := os.Stat(l.data); data == "" || err != nil {
		fmt.Println("bench/forecast: no data: set TANGGAP_DATA to the folder that holds forecast/; nothing was measured")
		return
	}
	if reason := l.noPeers(); reason != "" {
		fmt.Println("bench/forecast: no peers:", reason)
		l.scripts = ""
	}
	if err := os.MkdirAll(l.work, 0o755); err != nil {
		fail(err)
	}
	asked := flag.Args()
	for _, a := range asked {
		if !slices.Contains(names(), a) {
			flag.Usage()
			os.Exit(2)
		}
	}
	for _, p := range parts {
		if slices.Contains(asked, p.name) || (len(asked) == 0 && p.name != "tune") {
			fmt.Printf("\n## %s\n\n", p.name)
			if err := p.run(context.Background(), l); err != nil {
				fail(fmt.Errorf("%s: %w", p.name, err))
			}
		}
	}
}

func names() []string {
	var out []string
	for _, p := range parts {
		out = append(out, p.name)
	}
	return out
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "bench/forecast:", err)
	os.Exit(1)
}
