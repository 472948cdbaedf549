// Command path measures the CPU of the whole way of a message, from the webhook to
// the case, its decisions and its notices, in the real server as one process.
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	_ "modernc.org/sqlite" // the sqlite driver

	"tanggap/bench/rig"
	"tanggap/internal/app"
	"tanggap/internal/region"
	"tanggap/internal/tanggap"
)

var (
	count   = flag.Int("messages", 10_000, "messages, each of another person and so a case of its own")
	rate    = flag.Int("rate", 0, "messages per second; 0 = as fast as the server takes them, 8 at a time")
	profile = flag.Bool("profile", true, "take a CPU profile and print the stages")
	keep    = flag.String("keep", "", "folder for the profile and the database, kept; empty = a temporary one")
	workers = flag.Int("workers", 8, "jobs at once")
	seed    = flag.Uint64("seed", 1, "of the choice of words")
)

func main() {
	rig.Main()
	flag.Parse()
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "bench/path:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	dir := *keep
	if dir == "" {
		if dir, err = os.MkdirTemp("", "tanggap-bench-path"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	var sent atomic.Int64
	graph := httptest.NewServer(rig.Provider(func() { sent.Add(1) }))
	defer graph.Close()
	site := rig.Site{Dir: dir, Graph: graph.URL, Workers: *workers, Log: true}
	// The first start learns the model, which later ones only load.
	first, err := site.Start(ctx)
	if err != nil {
		return err
	}
	if _, _, err := first.Stop(); err != nil {
		return err
	}
	if *profile {
		site.Profile = filepath.Join(dir, "cpu.pprof")
	}
	server, err := site.Start(ctx)
	if err != nil {
		return err
	}
	began, err := server.CPU()
	if err != nil {
		return err
	}
	clock := tanggap.SystemClock{}
	start := clock.Now()
	if err := send(ctx, server.URL); err != nil {
		return errors.Join(err, stop(server))
	}
	taken := clock.Now()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "data", "tanggap.db")+"?_pragma=query_only(1)&_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	defer db.Close()
	if err := settle(ctx, db); err != nil {
		return errors.Join(err, stop(server))
	}
	end := clock.Now()
	ended, err := server.CPU()
	if err != nil {
		return err
	}
	_, peak, err := server.RSS()
	if err != nil {
		return err
	}
	user, system, err := server.Stop()
	if err != nil {
		return err
	}
	fmt.Println(rig.Machine())
	var cases int
	for _, q := range []string{"cases", "messages", "decisions", "events", "notifications"} {
		var n int
		if err := db.QueryRowContext(ctx, "SELECT count(*) FROM "+q).Scan(&n); err != nil {
			return err
		}
		if q == "cases" {
			cases = n
		}
		fmt.Printf("%-14s %8d\n", q, n)
	}
	if cases == 0 {
		return errors.New("no case was opened")
	}
	per := func(d time.Duration) string { return fmt.Sprintf("%.2f ms", d.Seconds()*1000/float64(cases)) }
	fmt.Printf("%-14s %8d\n\n", "calls provider", sent.Load())
	fmt.Printf("taken in        %v, all done in %v\n", taken.Sub(start).Round(time.Millisecond), end.Sub(start).Round(time.Millisecond))
	fmt.Printf("CPU per case    %s from the first webhook to the last notice\n", per(ended-began))
	fmt.Printf("                %s (user %s, system %s) over the life of the process, start and end included\n", per(user+system), per(user), per(system))
	fmt.Printf("peak RSS        %d MB\n", peak>>20)
	fmt.Println("the same by hand: /usr/bin/time -v tanggap serve, (User time + System time) / cases")
	if *profile {
		return stages(ctx, site.Profile, cases)
	}
	return nil
}

func stop(s *rig.Server) error {
	_, _, err := s.Stop()
	return err
}

// send delivers every message, once or, where the server is busy, until it is taken.
func send(ctx context.Context, server string) error {
	pack, _, err := app.LoadPack("baubau")
	if err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(*seed, 0)) //nolint:gosec // the same messages again
	client := rig.Client(8, 30*time.Second)
	var g errgroup.Group
	g.SetLimit(8)
	var tick <-chan time.Time
	if *rate > 0 {
		t := time.NewTicker(time.Second / time.Duration(*rate))
		defer t.Stop()
		tick = t.C
	}
	for i := range *count {
		if tick != nil {
			<-tick
		}
		body := rig.Webhook(rig.Words{ID: fmt.Sprintf("wamid.path%07d", i), Person: i % 10_000, Text: words(pack, rng, i)})
		g.Go(func() error {
			for range 600 {
				resp, err := rig.Post(ctx, client, server, body)
				if err != nil {
					return err
				}
				resp.Body.Close()
				if resp.StatusCode == http.StatusOK {
					return nil
				}
				if resp.StatusCode != http.StatusServiceUnavailable {
					return fmt.Errorf("webhook answered %d", resp.StatusCode)
				}
				<-time.After(50 * time.Millisecond)
			}
			return errors.New("the server stayed busy for 30 s")
		})
	}
	return g.Wait()
}

// words are a seed message about a real matter with a house number, so that no two
// are the same and every one opens a case.
func words(p *region.Pack, rng *rand.Rand, i int) string {
	for {
		s := p.Seeds[rng.IntN(len(p.Seeds))]
		if x, ok := p.Service(s.Service); ok && !x.Technical {
			return s.Text + ", dekat rumah nomor " + strconv.Itoa(i)
		}
	}
}

// settle waits until nothing is pending and no first notice is owed any more; the
// further try of an urgent one, due ten minutes later, is not waited for.
func settle(ctx context.Context, db *sql.DB) error {
	for range 6000 {
		var waiting int
		err := db.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM inbounds WHERE state = 'pending')
			+ (SELECT count(*) FROM notifications WHERE state IN ('leased', 'sending'))
			+ (SELECT count(*) FROM notifications WHERE state = 'ready' AND recipient LIKE 'citizen:%' AND template NOT LIKE '%/again')
			+ (SELECT count(*) FROM events WHERE seq IS NULL)`).Scan(&waiting)
		if err != nil {
			return err
		}
		if waiting == 0 {
			return nil
		}
		<-time.After(100 * time.Millisecond)
	}
	return errors.New("work is left after ten minutes")
}
