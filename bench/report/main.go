// Command report measures the monthly report of a month with very many cases: reading the
// figures, the list of cases, the sentences, and every format.
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"tanggap/internal/app"
	"tanggap/internal/casework"
	"tanggap/internal/edition"
	"tanggap/internal/region"
	"tanggap/internal/report"
	"tanggap/internal/stat"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

var (
	cases = flag.Int("cases", 100_000, "cases in the month, and as many in the one before")
	keep  = flag.String("keep", "", "folder for the files that were made; empty = none")
	most  = flag.Duration("most", 5*time.Second, "time that the whole report may take")
)

const code, month = "74.72", "2026-10"

func main() {
	flag.Parse()
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "bench/report:", err)
		os.Exit(1)
	}
}

// clock stands a day after the month, so that every run measures the same.
type clock struct{}

func (clock) Now() time.Time { return time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC) }

func run(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "tanggap-bench-report")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	pack := "baubau"
	cfg, err := app.Load("", app.Overrides{Data: &dir, Region: &pack})
	if err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	s, err := app.OpenStore(ctx, cfg, clock{}, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	row, err := s.Pack(ctx, code)
	if err != nil {
		return err
	}
	p, err := edition.Version(ctx, s, code, row.Version)
	if err != nil {
		return err
	}
	office := app.Reports(&cfg, s, p, log)
	var watch tanggap.SystemClock
	began := watch.Now()
	if err := fill(ctx, s, p); err != nil {
		return fmt.Errorf("fill: %w", err)
	}
	fmt.Printf("%d cases filled in within %.0f s\n", 2**cases, watch.Now().Sub(began).Seconds())
	began = watch.Now()
	keeper := &stat.Keeper{Store: s}
	for changed := true; changed; {
		if changed, err = keeper.Update(ctx, p); err != nil {
			return err
		}
	}
	fmt.Printf("their figures, which the service keeps as cases change: %.0f s\n\n| step | seconds | CPU | bytes |\n| --- | ---: | ---: | ---: |\n", watch.Now().Sub(began).Seconds())

	n, err := report.ParseName(month)
	if err != nil {
		return err
	}
	total, busy, before := time.Duration(0), time.Duration(0), cpu()
	step := func(name string, bytes int, from time.Time) {
		took, used := watch.Now().Sub(from), cpu()-before
		total, busy, before = total+took, busy+used, cpu()
		fmt.Printf("| %s | %.2f | %.2f | %d |\n", name, took.Seconds(), used.Seconds(), bytes)
	}
	began, before = watch.Now(), cpu()
	r, err := office.Peek(ctx, p, n)
	if err != nil {
		return err
	}
	step("figures, list of cases, sentences", len(r.Figures)+len(r.Cases), began)
	for _, format := range report.Formats {
		began = watch.Now()
		b, err := office.Render(r, nil, format)
		if err != nil {
			return err
		}
		step(format, len(b), began)
		if *keep != "" {
			if err := os.WriteFile(filepath.Join(*keep, month+"."+format), b, 0o600); err != nil {
				return err
			}
		}
	}
	fmt.Printf("| all | %.2f | %.2f | |\n", total.Seconds(), busy.Seconds())
	if total > *most {
		return fmt.Errorf("too slow: %v, asked %v", total, *most)
	}
	return nil
}

// cpu is the processor time of this process so far: what can be compared on a machine with
// other work.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// fill writes cases with what figures are made from: an answer to most, and a promise.
func fill(ctx context.Context, s *store.Store, p *region.Pack) error {
	tx, err := s.SQL().BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	prepare := func(query string) *sql.Stmt {
		st, e := tx.PrepareContext(ctx, query)
		err = errors.Join(err, e)
		return st
	}
	citizen := prepare("INSERT INTO citizens (region, id, lang, created_at) VALUES (?, ?, 'id', ?)") //nolint:sqlclosecheck // the end of the transaction closes it
	//nolint:sqlclosecheck // the end of the transaction closes it
	one := prepare(`INSERT INTO cases (region, id, number, code_hash, link_hash, state, service, unit, officer_id, area, urgency, secret, anonymous, channel, citizen_id, identity_id, summary,
		opened_at, opened_day, rule, due_at, reopens, external_to, merged_into, follows, pack, version, next_step, updated_at)
		VALUES (?1, ?2, ?3, ?2, ?2, ?4, ?5, ?6, '', ?7, 1, 0, 0, ?8, ?9, '', 'contoh', ?10, ?11, '', ?12, 0, '', '', '', 1, 2, '', ?10)`)
	event := prepare("INSERT INTO events (region, id, case_id, case_version, actor, type, version, payload, salt, leaf, erased, happened_at) VALUES (?, ?, ?, 2, 'officer:x', '" + casework.StateMoved + "', 1, '{\"state\":\"answered\"}', x'00', x'00', '', ?)") //nolint:sqlclosecheck // the end of the transaction closes it
	promise := prepare("INSERT INTO deadlines (region, id, case_id, kind, rule, pack, started_at, due_at, pauses) VALUES (?, ?, ?, '" + store.Promise + "', 'ukur', 1, ?, ?, '[]')")                                                                               //nolint:sqlclosecheck // the end of the transaction closes it
	if err != nil {
		return err
	}
	at := func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") + "+00:00" }
	from := time.Date(2026, 9, 1, 0, 0, 0, 0, p.Location())
	var services []region.Service
	for _, x := range p.Services {
		if !x.Technical && !x.Secret {
			services = append(services, x)
		}
	}
	channels := []string{"whatsapp", "whatsapp", "whatsapp", "web", "email", "desk"}
	for i := range 2 * *cases {
		id := fmt.Sprintf("01900000-0000-7000-8000-%012d", i)
		who := fmt.Sprintf("01900000-0000-7000-9000-%012d", i/10)
		opened := from.Add(time.Duration(float64(i) * float64(61*24*time.Hour) / float64(2**cases)))
		service := services[(i*7919)%len(services)]
		area := p.Areas[(i*104729)%len(p.Areas)].Code
		unit, _, _ := p.Route(service.Code, area)
		due, answered, state := opened.Add(5*24*time.Hour), opened.Add(time.Duration(1+i*31%170)*time.Hour), "answered"
		if i%23 == 0 {
			state = "assigned"
		}
		if i%10 == 0 {
			if _, err := citizen.ExecContext(ctx, code, who, at(opened)); err != nil {
				return err
			}
		}
		if _, err := one.ExecContext(ctx, code, id, fmt.Sprintf("UKR-26-%06d", i), state, service.Code, unit, area, channels[i%len(channels)], who, at(opened), opened.Format(time.DateOnly), at(due)); err != nil {
			return err
		}
		if _, err := promise.ExecContext(ctx, code, id, id, at(opened), at(due)); err != nil {
			return err
		}
		if state == "answered" && answered.Before(clock{}.Now()) {
			if _, err := event.ExecContext(ctx, code, id, id, at(answered)); err != nil {
				return err
			}
		}
	}
	return tx.Commit()
}
