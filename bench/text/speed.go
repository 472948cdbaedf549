package main

import (
	"fmt"
	"runtime"
	"slices"
	"syscall"
	"time"

	"tanggap/internal/text"
)

// cpu is the CPU time this process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

const (
	speedTexts  = 20_000
	retrainRows = 10_000
)

// speed measures what the machine does a second, on the texts of s, in CPU time of one
// core, so that others' work on the machine counts little.
func speed(s set, fast bool) error {
	p := s.parts[0]
	m, err := text.Train(examples(p.train), options(s))
	if err != nil {
		return err
	}
	var texts []string
	for len(texts) < speedTexts {
		for _, r := range p.eval[""] {
			texts = append(texts, r.Text)
		}
	}
	fmt.Printf("\nSpeed on %d texts of %s, %d labels, one core\n\n", len(texts), s.name, len(m.Labels()))
	fmt.Println("| what | figure |")
	fmt.Println("|---|---|")
	before := runtime.GOMAXPROCS(1)
	rate := func(name string, do func(string)) float64 {
		start := cpu()
		for _, t := range texts {
			do(t)
		}
		perSecond := float64(len(texts)) / (cpu() - start).Seconds()
		fmt.Printf("| %s | %.0f docs/s |\n", name, perSecond)
		return perSecond
	}
	own := rate("linear, text to labels", func(t string) { m.Rank(t) })
	rate("linear with reasons for every word", func(t string) { m.Classify(t) })
	if fast {
		if err := fastSpeed(p.train, texts, own); err != nil {
			return err
		}
	}
	fmt.Printf("| 95th percentile of one classification with reasons | %s |\n", p95(m, texts[:5000]))
	runtime.GOMAXPROCS(before)

	data := m.Save()
	start := clock.Now()
	if _, err := text.Load(data); err != nil {
		return err
	}
	fmt.Printf("| weights on disk; load | %.1f MB; %s |\n", float64(len(data))/1e6, clock.Now().Sub(start).Round(time.Millisecond))

	train := slices.Concat(p.train, p.eval[""])
	for len(train) < retrainRows {
		train = append(train, train[:min(len(train), retrainRows-len(train))]...)
	}
	start, used := clock.Now(), cpu()
	if _, err := text.Train(examples(train[len(train)-retrainRows:]), options(s)); err != nil {
		return err
	}
	fmt.Printf("| retraining on %d messages, with calibration | %.1f s on %d cores, %.1f s of CPU |\n",
		retrainRows, clock.Now().Sub(start).Seconds(), runtime.GOMAXPROCS(0), (cpu() - used).Seconds())
	return nil
}

func fastSpeed(train []row, texts []string, own float64) error {
	f, err := trainFastText(train)
	if err != nil {
		return err
	}
	load, predict, err := f.speed(texts)
	if err == nil {
		theirs := float64(len(texts)) / predict.Seconds()
		fmt.Printf("| fastText predict, its load of %.1f s left out | %.0f docs/s |\n", load.Seconds(), theirs)
		fmt.Printf("| linear : fastText | %.2f |\n", own/theirs)
	}
	if e := f.close(); err == nil {
		err = e
	}
	return err
}

func p95(m *text.Model, texts []string) time.Duration {
	took := make([]time.Duration, len(texts))
	for i, t := range texts {
		start := clock.Now()
		m.Classify(t)
		took[i] = clock.Now().Sub(start)
	}
	slices.Sort(took)
	return took[len(took)*95/100]
}
