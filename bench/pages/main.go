// Command pages measures the officers' pages with very many cases in the database: time
// on the server as a client beside it sees it, and CPU of the inbox.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"time"

	"tanggap/bench/rig"
	"tanggap/internal/tanggap"
)

var (
	cases     = flag.Int("cases", 1_000_000, "cases in the database, the newest 3 % of them open")
	rounds    = flag.Int("rounds", 200, "requests of each page")
	database  = flag.String("database", "", "postgres:// address of an empty database; empty = SQLite")
	keep      = flag.String("keep", "", "folder for the database, kept and used again; empty = a temporary one")
	only      = flag.String("only", "", "measure only pages whose name holds this")
	figures   = flag.Bool("figures", true, "make the figures of the dashboard, some ten minutes, and measure it")
	profile   = flag.String("profile", "", "file for a CPU profile of the server")
	most      = flag.Duration("most", 150*time.Millisecond, "p95 that no page may pass")
	mostBoard = flag.Duration("most-dashboard", 300*time.Millisecond, "p95 that no page of the dashboard may pass")
	mostCPU   = flag.Duration("most-cpu", 5*time.Millisecond, "CPU that an inbox page may cost")
)

var clock tanggap.SystemClock

func main() {
	rig.Main()
	flag.Parse()
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "bench/pages:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	dir := *keep
	if dir == "" {
		if dir, err = os.MkdirTemp("", "tanggap-bench-pages"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	graph := httptest.NewServer(rig.Provider(func() {}))
	defer graph.Close()
	// Pages only: nobody works on what the many cases leave to do.
	site := rig.Site{Dir: dir, Graph: graph.URL, Database: *database, Log: true, Profile: *profile}
	first, err := site.Start(ctx) // makes the tables and learns the model
	if err != nil {
		return err
	}
	if _, _, err := first.Stop(); err != nil {
		return err
	}
	open, err := prepare(ctx, site)
	if err != nil {
		return err
	}
	server, err := site.Start(ctx)
	if err != nil {
		return err
	}
	err = measure(ctx, server, open)
	_, _, stopped := server.Stop()
	return errors.Join(err, stopped)
}

// measure asks for every page in turn and prints what it took.
func measure(ctx context.Context, server *rig.Server, open []string) error {
	client, err := rig.LogIn(ctx, server.URL)
	if err != nil {
		return err
	}
	pages := []struct {
		name string
		path func(i int) string
	}{
		{"inbox", always("/kotak-masuk")},
		{"inbox of one unit", always("/kotak-masuk?unit=DLH")},
		{"inbox, page 10", always("/kotak-masuk?hal=10")},
		{"inbox, all cases", always("/kotak-masuk?tampil=semua")},
		{"inbox, one service", always("/kotak-masuk?tampil=semua&layanan=SMP-TUMPUK")},
		{"inbox, one area", always("/kotak-masuk?wilayah=74.72.02.1001")},
		{"inbox by urgency", always("/kotak-masuk?urut=urgensi")},
		{"inbox, late", always("/kotak-masuk?tampil=lewat")},
		{"search, two words", always("/kotak-masuk?tampil=semua&cari=lampu+mati")},
		{"search, one common word", always("/kotak-masuk?tampil=semua&cari=jalan")},
		{"search, no hit", always("/kotak-masuk?tampil=semua&cari=zirkonium")},
		{"case", func(i int) string { return "/kasus/" + open[i%len(open)] }},
		{"triage", always("/triase")},
		{"dashboard, 30 days", always("/dasbor")},
		{"dashboard, 90 days", always("/dasbor?jangka=90")},
		{"dashboard, a year", always("/dasbor?jangka=tahun")},
		{"dashboard of one unit", always("/dasbor?unit=DLH")},
		{"dashboard, fresh figures", always("/dasbor/angka")},
		{"from a figure to its cases, 30 days", always("/kotak-masuk?hitung=late" + days(30))},
		{"from a figure to its cases, a year", always("/kotak-masuk?hitung=resolved" + days(365))},
		{"from a rare figure, a year", always("/kotak-masuk?hitung=reopened" + days(365))},
		{"cases of a year", always("/kotak-masuk?hitung=opened" + days(365))},
	}
	fmt.Printf("| page | p50 | p95 | most |\n| --- | ---: | ---: | ---: |\n")
	var slow []string
	for _, p := range pages {
		if !strings.Contains(p.name, *only) || !*figures && strings.HasPrefix(p.name, "dashboard") {
			continue
		}
		var took []time.Duration
		for i := range *rounds + 5 {
			began := clock.Now()
			if err := get(ctx, client, server.URL+p.path(i)); err != nil {
				return err
			}
			if i >= 5 { // the first warm the caches
				took = append(took, clock.Now().Sub(began))
			}
		}
		slices.Sort(took)
		p95 := took[len(took)*95/100]
		fmt.Printf("| %s | %.1f ms | %.1f ms | %.1f ms |\n", p.name, ms(took[len(took)/2]), ms(p95), ms(took[len(took)-1]))
		limit := *most
		if strings.HasPrefix(p.name, "dashboard") {
			limit = *mostBoard
		}
		if p95 > limit {
			slow = append(slow, p.name)
		}
	}
	before, err := server.CPU()
	if err != nil {
		return err
	}
	for range *rounds {
		if err := get(ctx, client, server.URL+"/kotak-masuk"); err != nil {
			return err
		}
	}
	after, err := server.CPU()
	if err != nil {
		return err
	}
	cpu := (after - before) / time.Duration(*rounds)
	fmt.Printf("\nCPU of the server for one inbox page: %.1f ms\n", ms(cpu))
	if cpu > *mostCPU {
		slow = append(slow, "CPU of the inbox")
	}
	if len(slow) > 0 {
		return fmt.Errorf("too slow: %s", strings.Join(slow, ", "))
	}
	return nil
}

// days is the part of an address that asks for so many days up to today.
func days(n int) string {
	now := clock.Now()
	return "&dari=" + now.AddDate(0, 0, -n).Format(time.DateOnly) + "&sampai=" + now.Format(time.DateOnly)
}

func always(path string) func(int) string { return func(int) string { return path } }

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func get(ctx context.Context, c *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK || strings.HasPrefix(resp.Request.URL.Path, "/masuk") {
		return fmt.Errorf("%s: %s at %s", url, resp.Status, resp.Request.URL.Path)
	}
	return nil
}
