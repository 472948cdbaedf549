// Command intake measures the durable intake: how many webhook items a second are on
// the disk, sealed and with their jobs, before anybody is told that they arrived;
// beside what the disk and the bare database could do, and what happens when five
// times as many come. It starts the real server as a process of its own.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	"tanggap/bench/rig"
)

var (
	conns    = flag.Int("conns", 64, "connections of the provider")
	rate     = flag.Float64("rate", 2000, "items per second of the open loop")
	during   = flag.Duration("for", 10*time.Second, "length of each measurement")
	overload = flag.Float64("overload", 5, "how many times the rate to offer at the end; 0 = leave it out")
	workers  = flag.Int("workers", 8, "jobs worked on at once during the overload; the others run with none")
	loris    = flag.Int("loris", 500, "clients that send their body byte by byte during the overload")
	postgres = flag.String("postgres", os.Getenv("TANGGAP_TEST_POSTGRES"), "PostgreSQL server to measure beside SQLite; empty = none")
	dir      = flag.String("dir", "", "folder for the databases, on the disk to be measured; empty = a temporary one")
	profile  = flag.String("profile", "", "folder for CPU profiles of the server, one for each line of the table; empty = none")
	verbose  = flag.Bool("v", false, "show the server's warnings")
)

func main() {
	rig.Main()
	flag.Parse()
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "bench/intake:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	base, err := os.MkdirTemp(*dir, "tanggap-bench-intake")
	if err != nil {
		return err
	}
	defer os.RemoveAll(base)
	graph := httptest.NewServer(rig.Provider(func() {}))
	defer graph.Close()
	fsyncs, err := fsyncRate(base)
	if err != nil {
		return err
	}
	fmt.Printf("%s\nfsync of one page: %.0f/s\n", rig.Machine(), fsyncs)
	engines := []struct{ name, server string }{{"SQLite", ""}}
	if *postgres != "" {
		engines = append(engines, struct{ name, server string }{"PostgreSQL", *postgres})
	}
	for _, e := range engines {
		fmt.Printf("\n== %s ==\n", e.name)
		site := rig.Site{Dir: filepath.Join(base, e.name), Graph: graph.URL, Log: *verbose}
		if err := os.Mkdir(site.Dir, 0o700); err != nil {
			return err
		}
		drop := func() error { return nil }
		if e.server != "" {
			if site.Database, drop, err = newDatabase(ctx, e.server); err != nil {
				return err
			}
		}
		if err := errors.Join(measure(ctx, site, e.server), drop()); err != nil {
			return err
		}
	}
	return nil
}

func measure(ctx context.Context, site rig.Site, postgres string) error {
	db, err := site.Open(ctx)
	if err != nil {
		return err
	}
	if err := errors.Join(rig.Hire(ctx, db), db.Close()); err != nil {
		return err
	}
	var acked []string
	perSecond := map[int]float64{}
	fmt.Println("durable intake over HTTP (signed webhooks, no workers)      items/s   p50 ms   p99 ms   late ms   CPU ms/item  answers")
	for _, step := range []struct {
		items int
		rate  float64 // of items; 0 = closed loop
	}{{1, 0}, {10, 0}, {1, *rate / 2}, {1, *rate}, {1, *rate * 3 / 2}, {10, *rate}, {10, *rate * 2}, {10, *rate * 4}} {
		if *profile != "" {
			site.Profile = filepath.Join(*profile, fmt.Sprintf("intake-%d-%.0f.pprof", step.items, step.rate))
		}
		server, err := site.Start(ctx)
		if err != nil {
			return err
		}
		before, err := server.CPU()
		if err != nil {
			return err
		}
		s := newStream(step.items)
		r := rig.Load{Server: server.URL, Conns: *conns, Rate: step.rate / float64(step.items), For: *during, Request: s.request}.Run()
		after, err := server.CPU()
		if err != nil {
			return err
		}
		if _, _, err := server.Stop(); err != nil {
			return err
		}
		acked = append(acked, s.ids(r.Acked)...)
		name := fmt.Sprintf("open loop, %.0f items/s", step.rate)
		if step.rate == 0 {
			name = "closed loop: the limit"
			perSecond[step.items] = r.PerSecond() * float64(step.items)
		}
		fmt.Printf("  %-28s %2d item(s)/webhook, %d conns %10.0f %8.1f %8.1f %9.1f %12.2f   %v\n", name, step.items, *conns, r.PerSecond()*float64(step.items),
			ms(r.Quantile(0.5)), ms(r.Quantile(0.99)), ms(r.MaxQueue), ms(after-before)/float64(max(len(r.Acked)*step.items, 1)), r.Status)
	}
	if err := check(ctx, site, acked); err != nil {
		return err
	}
	size := 1500
	if postgres == "" {
		if db, err = site.Open(ctx); err != nil {
			return err
		}
		fmt.Println("what an item leaves in the database:")
		size, err = contents(ctx, db, true)
		if err := errors.Join(err, db.Close()); err != nil {
			return err
		}
		fmt.Printf("  together    %d bytes/item without indexes\n", size)
	}
	for _, items := range []int{1, 10} {
		limit, limitCPU, err := costing(func() (float64, error) {
			if postgres == "" {
				return bareSQLite(ctx, site.Dir, *conns, items, size, *during)
			}
			return barePostgres(ctx, postgres, *conns, items, size, *during)
		})
		if err != nil {
			return err
		}
		ours, oursCPU, err := costing(func() (float64, error) { return direct(ctx, site, *conns, items, *during) })
		if err != nil {
			return err
		}
		fmt.Printf("%d writers with %2d item(s) of %d bytes at a time: bare group commit %.0f items/s at %.3f CPU ms/item, durable intake %.0f at %.3f: %.0f %% by rate, %.0f %% by CPU; over HTTP %.0f %%\n",
			*conns, items, size, limit, limitCPU, ours, oursCPU, 100*ours/limit, 100*limitCPU/oursCPU, 100*perSecond[items]/limit)
	}
	if *overload > 0 {
		site.Workers = *workers
		return flood(ctx, site)
	}
	return nil
}

// check counts what was acknowledged and is not there.
func check(ctx context.Context, site rig.Site, ids []string) error {
	lost, twice, err := missing(ctx, site, ids)
	if err != nil {
		return err
	}
	fmt.Printf("acknowledged %d items: %d lost, %d stored twice\n", len(ids), lost, twice)
	if lost+twice > 0 {
		return errors.New("acknowledged items are not in the database exactly once")
	}
	return nil
}

// costing runs a measurement in this process and returns its rate and the CPU
// milliseconds of one item.
func costing(measurement func() (perSecond float64, err error)) (rate, cpu float64, err error) {
	before, err := rig.OwnCPU()
	if err != nil {
		return 0, 0, err
	}
	if rate, err = measurement(); err != nil {
		return 0, 0, err
	}
	after, err := rig.OwnCPU()
	return rate, ms(after-before) / (rate * during.Seconds()), err
}

func ms(d time.Duration) float64 { return d.Seconds() * 1000 }
