package main

import (
	"fmt"
	"slices"
	"strings"

	"tanggap/internal/text"
)

// newestRows is how many rows, newest last, confidence is judged on.
const newestRows = 2400

// calibration shows whether the confidence and the shown sets of the linear engine
// keep their word on messages later than all it learned from: once frozen, once
// trained anew at the start of every month, as the product does.
func calibration(s set) error {
	p := s.parts[0]
	all := slices.Concat(p.train, p.eval[""])
	slices.SortStableFunc(all, func(a, b row) int { return strings.Compare(a.Date, b.Date) })
	cut := max(len(all)-max(newestRows, len(p.eval[""])), len(all)/2) // a small set is halved
	fmt.Printf("\n%s: %d rows until %s teach, %d rows until %s are judged\n\n", s.name, cut, all[cut-1].Date, len(all)-cut, all[len(all)-1].Date)
	fmt.Println("| training | ECE (15 bins) | coverage of the 95 % set | mean set size | classes n >= 100 with coverage >= 90 % | threshold from training: automatic, right |")
	fmt.Println("|---|---|---|---|---|---|")
	for _, monthly := range []bool{false, true} {
		var checked checks
		for from := cut; from < len(all); {
			to := len(all)
			if monthly {
				to = from
				for to < len(all) && all[to].Date[:7] == all[from].Date[:7] {
					to++
				}
			}
			m, err := text.Train(examples(all[:from]), options(s))
			if err != nil {
				return err
			}
			checked.add(m, all[from:to])
			from = to
		}
		name := "once"
		if monthly {
			name = "monthly"
		}
		checked.print(name)
	}
	return nil
}

// checks gathers what one way of training said.
type checks struct {
	answers          []answer
	judged           []text.Judged
	covered, size    int
	taken, takenWell int
	in, of           map[string]int
}

func (c *checks) add(m *text.Model, eval []row) {
	if c.of == nil {
		c.in, c.of = map[string]int{}, map[string]int{}
	}
	safe, ok := m.Curve().Safe(0.05)
	for _, e := range eval {
		r := m.Rank(e.Text)
		a := answer{Truth: e.Label, Top: r.Top}
		c.answers = append(c.answers, a)
		c.judged = append(c.judged, text.Judged{P: a.best().P, Right: a.right()})
		c.size += len(r.Set)
		c.of[e.Label]++
		if slices.ContainsFunc(r.Set, func(x text.Candidate) bool { return x.Label == e.Label }) {
			c.covered++
			c.in[e.Label]++
		}
		if ok && a.best().P >= safe.Threshold {
			c.taken++
			if a.right() {
				c.takenWell++
			}
		}
	}
}

func (c *checks) print(name string) {
	own, _ := bootstrap(c.answers, nil)
	n := len(c.answers)
	good, big := 0, 0
	var low []string
	for label, m := range c.of {
		if m < 100 {
			continue
		}
		big++
		if share := wilson(c.in[label], m); share.value >= 90 {
			good++
		} else {
			low = append(low, fmt.Sprintf("%s %s", label, share))
		}
	}
	slices.Sort(low)
	fmt.Printf("| %s | %s | %s | %.2f | %d of %d %s | %.1f %%, %s |\n", name, own[4], wilson(c.covered, n),
		float64(c.size)/float64(n), good, big, strings.Join(low, "; "), 100*float64(c.taken)/float64(n), wilson(c.takenWell, max(c.taken, 1)))
	curve := text.NewCurve(c.judged)
	var line []string
	for _, t := range []float64{0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95} {
		p := curve.At(t)
		line = append(line, fmt.Sprintf("at %.2f: %.0f %% automatic, %.1f %% wrong", t, 100*p.Automatic, 100*p.Wrong))
	}
	fmt.Printf("| | curve: %s |\n", strings.Join(line, "; "))
}
