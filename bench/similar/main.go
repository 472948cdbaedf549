// Similar measures how fast the index of same matters answers among many cases, what it
// weighs, and what is lost against comparing with every case of the window, which is its
// peer in the same run.
//
//	go run ./bench/similar [-cases 1000000] [-days 365] [-queries 2000]
package main

import (
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"github.com/google/uuid"

	"tanggap/internal/region"
	"tanggap/internal/similar"
	"tanggap/internal/tanggap"
)

var clock tanggap.SystemClock

func main() {
	cases := flag.Int("cases", 1_000_000, "cases in the index")
	days := flag.Int("days", 365, "days over which they are spread")
	queries := flag.Int("queries", 2000, "queries that are timed")
	flag.Parse()
	if err := run(*cases, *days, *queries); err != nil {
		log.Fatal(err)
	}
}

func run(cases, days, queries int) error {
	fsys, err := region.Embedded("baubau")
	if err != nil {
		return err
	}
	p, err := region.Load(fsys)
	if err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(1, 1)) //nolint:gosec // the same cases again
	now := time.Date(2026, 3, 4, 2, 0, 0, 0, time.UTC)
	var usual []string
	for _, s := range p.Seeds {
		usual = append(usual, s.Text)
	}
	one := func(at time.Time) similar.Facts {
		s, area := p.Seeds[rng.IntN(len(p.Seeds))], ""
		if rng.IntN(3) > 0 {
			area = p.Areas[rng.IntN(len(p.Areas))].Code
		}
		kind, _ := p.Service(s.Service)
		return similar.For(p, kind, fmt.Sprintf("%s dekat rumah %c%c%c lorong %d", s.Text, letter(rng), letter(rng), letter(rng), rng.IntN(20)), area, at)
	}
	before := heap()
	x := similar.New(usual)
	began := clock.Now()
	for i := range cases {
		at := now.Add(-time.Duration(days) * 24 * time.Hour * time.Duration(cases-i) / time.Duration(cases))
		x.Add(uuid.New(), one(at))
	}
	built := clock.Now().Sub(began)
	fmt.Printf("%d cases over %d days, window of a query %d days: %d cases in it\n", cases, days, int(similar.Window.Hours()/24), min(cases, cases*14/days))
	fmt.Printf("built in %.1f s, %.0f MB (%.0f bytes a case)\n", built.Seconds(), mb(heap()-before), float64(heap()-before)/float64(cases))

	var took, all []time.Duration
	same, found := 0, 0
	for i := range queries {
		f := one(now)
		t := clock.Now()
		fast := x.Find(f, similar.Window, 3)
		took = append(took, clock.Now().Sub(t))
		if i < queries/100 {
			t = clock.Now()
			every := x.FindAll(f, similar.Window, 3)
			all = append(all, clock.Now().Sub(t))
			for _, m := range every {
				if m.P < similar.SameFrom {
					continue
				}
				found++
				if slices.ContainsFunc(fast, func(o similar.Match) bool { return o.P >= m.P }) {
					same++
				}
			}
		}
	}
	slices.Sort(took)
	slices.Sort(all)
	at := func(d []time.Duration, q float64) float64 { return d[int(q*float64(len(d)-1))].Seconds() * 1000 }
	fmt.Printf("query: p50 %.2f ms, p95 %.2f ms, p99 %.2f ms, most %.2f ms\n", at(took, .5), at(took, .95), at(took, .99), at(took, 1))
	fmt.Printf("comparing with every case: p50 %.1f ms (%.0f times the index); of its %d offers the index had as good ones for %d\n",
		at(all, .5), at(all, .5)/at(took, .5), found, same)
	return nil
}

func letter(r *rand.Rand) rune { return 'a' + rune(r.IntN(26)) }

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func mb(b uint64) float64 { return float64(b) / (1 << 20) }
