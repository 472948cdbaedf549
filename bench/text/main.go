// Program text measures internal/text on public and private collections of Indonesian
// messages under $TANGGAP_DATA/text, against Debian's fasttext in the same run. See
// README.md beside it.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tanggap/internal/tanggap"
)

var clock tanggap.SystemClock

func main() {
	test := flag.String("test", "", "train on train and valid, report on the files of this `folder`")
	only := flag.String("only", "", "run the sets and measures (typos, calibration, speed) whose name contains this")
	baseline := flag.Bool("fasttext", true, "compare with fasttext")
	flag.Parse()
	data := os.Getenv("TANGGAP_DATA")
	dir := filepath.Join(data, "text")
	if _, err := os.Stat(dir); data == "" || err != nil {
		fmt.Println("bench/text: no data: set TANGGAP_DATA to the folder that holds text/; nothing was measured")
		return
	}
	if err := run(source{dir, testFolder(*test)}, *only, *baseline); err != nil {
		fmt.Fprintln(os.Stderr, "bench/text:", err)
		os.Exit(1)
	}
}

// testFolder is the folder of the parts kept apart, which may lie under text/ as in the
// data.
func testFolder(dir string) string {
	if under := filepath.Join(dir, "text"); dir != "" {
		if _, err := os.Stat(under); err == nil {
			return under
		}
	}
	return dir
}

func run(s source, only string, fast bool) error {
	if s.test != "" {
		if _, err := os.Stat(s.test); err != nil {
			return fmt.Errorf("--test: %w", err)
		}
		fmt.Printf("Trained on train and valid, reported on %s\n\n", s.test)
	}
	if fast && !fastTextInstalled() {
		fast = false
		fmt.Println("fasttext is not installed (Debian package fasttext): no baseline")
	}
	fmt.Println("| set | n | system | accuracy | macro-F1 | top 3 | automatic at 95 % | ECE | train s |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	for _, l := range loaders {
		if !strings.Contains(l.name, only) {
			continue
		}
		set, err := l.load(s)
		if missing(err) {
			fmt.Printf("| %s | - | not there: %v |\n", l.name, err)
			continue
		}
		if err != nil {
			return err
		}
		if err := compare(set, fast); err != nil {
			return err
		}
	}
	for _, extra := range extras {
		if !strings.Contains(extra.name, only) {
			continue
		}
		set, err := loaders[0].load(s)
		if missing(err) {
			fmt.Printf("\n%s: not measured: %v\n", extra.name, err)
			continue
		}
		if err != nil {
			return err
		}
		if err := extra.measure(set, fast); err != nil {
			return err
		}
	}
	return nil
}

// extras are measured on the first set, whose messages are dated complaints.
var extras = []struct {
	name    string
	measure func(s set, fast bool) error
}{
	{"typos", typos},
	{"calibration", func(s set, _ bool) error { return calibration(s) }},
	{"speed", speed},
}

func systems(fast bool) []system {
	if fast {
		return []system{baseline{}, linear{}}
	}
	return []system{linear{}}
}

// compare prints one line a system and one a difference.
func compare(s set, fast bool) error {
	var base []answer
	all := systems(fast)
	if s.second {
		all = append(all, blended{})
	}
	if s.timed {
		all = append(all, joint{})
	}
	for _, sys := range all {
		start := clock.Now()
		answers, err := ask(sys, s)
		if err != nil {
			return err
		}
		own, ahead := bootstrap(answers, base)
		fmt.Printf("| %s | %d | %s | %s | %.1f |\n", s.name, len(answers), sys.name(), cells(own), clock.Now().Sub(start).Seconds())
		if base != nil {
			fmt.Printf("| | | ahead of fastText | %s | |\n", cells(ahead))
		}
		if base == nil && fast {
			base = answers
		}
		if len(s.parts) > 1 || len(s.parts[0].eval) > 1 {
			fmt.Printf("| | | %s by group | %s |\n", sys.name(), byGroup(answers))
		}
	}
	fmt.Printf("| | | target (parts kept apart) | %s |\n", s.target)
	return nil
}

func cells(all []interval) string {
	var out []string
	for _, i := range all {
		out = append(out, i.String())
	}
	return strings.Join(out, " | ")
}

func byGroup(answers []answer) string {
	by := map[string][]int{}
	var names []string
	for i, a := range answers {
		if by[a.Group] == nil {
			names = append(names, a.Group)
		}
		by[a.Group] = append(by[a.Group], i)
	}
	slices.Sort(names)
	var out []string
	for _, g := range names {
		out = append(out, fmt.Sprintf("%s %.1f", g, measured(answers, by[g]).MacroF1))
	}
	return "macro-F1: " + strings.Join(out, ", ")
}
