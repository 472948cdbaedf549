package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"tanggap/bench/rig"
	"tanggap/internal/seal"
	"tanggap/internal/store"
)

// newDatabase makes a database on a PostgreSQL server and returns how to drop it.
func newDatabase(ctx context.Context, server string) (address string, drop func() error, err error) {
	db, err := sql.Open("pgx", server)
	if err != nil {
		return "", nil, err
	}
	name := "tanggap_bench_" + strings.ToLower(rand.Text())
	if _, err := db.ExecContext(ctx, "CREATE DATABASE "+name); err != nil {
		return "", nil, errors.Join(err, db.Close())
	}
	u, err := url.Parse(server)
	if err != nil {
		return "", nil, errors.Join(err, db.Close())
	}
	u.Path = "/" + name
	return u.String(), func() error {
		_, err := db.ExecContext(context.WithoutCancel(ctx), "DROP DATABASE "+name+" WITH (FORCE)")
		return errors.Join(err, db.Close())
	}, nil
}

// missing counts the acknowledged items that are not in the database exactly once.
// That none is there twice, the unique index sees to; it is counted all the same.
func missing(ctx context.Context, site rig.Site, ids []string) (lost, twice int, err error) {
	db, err := site.Open(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err := db.SQL().QueryContext(ctx, "SELECT external_bidx FROM inbounds")
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	have := map[string]int{}
	for rows.Next() {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			return 0, 0, err
		}
		have[string(b)]++
	}
	if err := rows.Err(); err != nil {
		return 0, 0, err
	}
	for _, id := range ids {
		b, err := db.Blind(ctx, rig.Region, seal.PurposeExternalID, id)
		if err != nil {
			return 0, 0, err
		}
		switch have[string(b)] {
		case 0:
			lost++
		case 1:
		default:
			twice++
		}
	}
	return lost, twice, nil
}

// contents prints what one item costs in the database, and returns the bytes.
func contents(ctx context.Context, db *store.Store, print bool) (perItem int, err error) {
	var items float64
	if err := db.SQL().QueryRowContext(ctx, "SELECT count(*) FROM inbounds").Scan(&items); err != nil {
		return 0, err
	}
	total := 0.0
	for _, table := range []string{"deliveries", "inbounds", "river_job"} {
		columns, err := columnsOf(ctx, db.SQL(), table)
		if err != nil {
			return 0, err
		}
		var line []string
		var rows, sum float64
		for _, c := range columns {
			var n, bytes float64
			if err := db.SQL().QueryRowContext(ctx, fmt.Sprintf(`SELECT count(*), coalesce(sum(length(CAST("%s" AS BLOB))), 0) FROM %s`, c, table)).Scan(&n, &bytes); err != nil {
				return 0, err
			}
			rows, sum = n, sum+bytes
			if bytes > 0 {
				line = append(line, fmt.Sprintf("%s %.0f", c, bytes/n))
			}
		}
		total += sum / items
		if print {
			fmt.Printf("  %-11s %.2f rows/item, %4.0f bytes/row: %s\n", table, rows/items, sum/max(rows, 1), strings.Join(line, ", "))
		}
	}
	return int(total), nil
}

func columnsOf(ctx context.Context, db *sql.DB, table string) (names []string, err error) {
	rows, err := db.QueryContext(ctx, "SELECT name FROM pragma_table_info($1)", table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		names = append(names, n)
	}
	return names, rows.Err()
}
