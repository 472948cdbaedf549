package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the pgx driver
	_ "modernc.org/sqlite"             // the sqlite driver

	"tanggap/internal/tanggap"
)

var clock tanggap.SystemClock

// fsyncRate writes one page and waits for the disk, for a while; it returns how often
// that went in a second.
func fsyncRate(dir string) (float64, error) {
	f, err := os.Create(filepath.Join(dir, "fsync"))
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	page := make([]byte, 4096)
	start, n := clock.Now(), 0
	for ; clock.Now().Sub(start) < 2*time.Second; n++ {
		if _, err := f.Write(page); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
	}
	return float64(n) / clock.Now().Sub(start).Seconds(), nil
}

// maxBatch is how many writers share a commit at most, as in the server.
const maxBatch = 512

// bare is how many items a second the database can take from conns writers who wait
// for their commit, when nothing is done but that: each brings items rows of size
// bytes for one table, and whatever waits shares a commit.
func bare(ctx context.Context, driver, address string, conns, items, size int, during time.Duration) (float64, error) {
	db, err := sql.Open(driver, address)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	blob := "BYTEA"
	if driver == "sqlite" {
		blob = "BLOB"
	}
	if _, err := db.ExecContext(ctx, "CREATE TABLE bare (id BIGINT PRIMARY KEY, body "+blob+")"); err != nil {
		return 0, err
	}
	insert, err := db.PrepareContext(ctx, "INSERT INTO bare (id, body) VALUES ($1, $2)")
	if err != nil {
		return 0, err
	}
	defer insert.Close()
	line := make(chan chan struct{}, conns)
	done := make(chan error, 1)
	body := []byte(strings.Repeat("x", size))
	go func() {
		id := int64(0)
		commit := func(n int) error {
			tx, err := db.BeginTx(ctx, nil)
			if err != nil {
				return err
			}
			defer tx.Rollback()
			stmt := tx.StmtContext(ctx, insert)
			defer stmt.Close()
			for range n * items {
				id++
				if _, err := stmt.ExecContext(ctx, id, body); err != nil {
					return err
				}
			}
			return tx.Commit()
		}
		var failed error
		for first := range line {
			batch := []chan struct{}{first}
			for len(batch) < maxBatch && len(line) > 0 {
				batch = append(batch, <-line)
			}
			if failed == nil {
				failed = commit(len(batch))
			}
			for _, b := range batch {
				close(b)
			}
		}
		done <- failed
	}()
	var wg sync.WaitGroup
	start := clock.Now()
	counts := make([]int, conns)
	for i := range conns {
		wg.Go(func() {
			for clock.Now().Sub(start) < during {
				ack := make(chan struct{})
				line <- ack
				<-ack
				counts[i]++
			}
		})
	}
	wg.Wait()
	took := clock.Now().Sub(start)
	close(line)
	if err := <-done; err != nil {
		return 0, err
	}
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return float64(sum*items) / took.Seconds(), nil
}

// bareSQLite and barePostgres prepare an empty database for bare.
func bareSQLite(ctx context.Context, dir string, conns, items, size int, during time.Duration) (float64, error) {
	path := filepath.Join(dir, fmt.Sprintf("bare%d.db", items))
	defer func() {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			os.Remove(path + suffix)
		}
	}()
	return bare(ctx, "sqlite", "file:"+path+"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)", conns, items, size, during)
}

func barePostgres(ctx context.Context, server string, conns, items, size int, during time.Duration) (rate float64, err error) {
	address, drop, err := newDatabase(ctx, server)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, drop()) }()
	return bare(ctx, "pgx", address, conns, items, size, during)
}
