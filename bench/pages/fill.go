package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"tanggap/bench/rig"
	"tanggap/internal/casework"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/stat"
	"tanggap/internal/store"
	"tanggap/internal/text"
)

const (
	real     = 40     // cases made as the program makes them; their pages are opened
	citizens = 50_000 // who the others belong to
	years    = 3
)

// prepare fills the database, unless it is full, and returns the ids of cases that are
// whole, with messages, decisions and deadlines.
func prepare(ctx context.Context, site rig.Site) ([]string, error) {
	db, err := site.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	pack, err := region.Embedded("baubau")
	if err != nil {
		return nil, err
	}
	p, err := region.Load(pack)
	if err != nil {
		return nil, err
	}
	p.Version = 1
	list, err := db.Cases(ctx, store.CaseFilter{Region: rig.Region, Text: "tolokukur", Sort: "new", Limit: real})
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		if err := rig.Hire(ctx, db); err != nil {
			return nil, err
		}
		began := clock.Now()
		if err := fill(ctx, db, p); err != nil {
			return nil, fmt.Errorf("fill: %w", err)
		}
		fmt.Printf("%d cases filled in within %.0f s\n\n", *cases, clock.Now().Sub(began).Seconds())
		if list, err = openReal(ctx, db, p); err != nil {
			return nil, err
		}
		if began = clock.Now(); *figures {
			if err := makeFigures(ctx, db, p); err != nil {
				return nil, err
			}
			fmt.Printf("their figures, which the service keeps as cases change: %.0f s\n\n", clock.Now().Sub(began).Seconds())
		}
	}
	ids := make([]string, len(list))
	for i, c := range list {
		ids[i] = c.ID
	}
	return ids, nil
}

func makeFigures(ctx context.Context, db *store.Store, p *region.Pack) error {
	keeper := &stat.Keeper{Store: db}
	for changed := true; changed; {
		var err error
		if changed, err = keeper.Update(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// openReal opens cases in the program's own way, on top of the others.
func openReal(ctx context.Context, db *store.Store, p *region.Pack) (out []*store.Case, err error) {
	packs := region.NewRegistry(p)
	desk := &casework.Desk{Packs: packs, Outbox: notify.New(packs, func(*region.Pack) string { return "http://localhost" })}
	for i := range real {
		err := db.InTx(ctx, func(tx *store.Store) error {
			who := &store.Citizen{Region: rig.Region, Name: "Warga Contoh", Lang: "id"}
			if err := tx.AddCitizen(ctx, who); err != nil {
				return err
			}
			seed := p.Seeds[i*37%len(p.Seeds)]
			words := text.Mask(seed.Text) + " tolokukur"
			c, err := desk.Open(ctx, tx, p, casework.New{CitizenID: who.ID, Channel: "web", OpenedAt: db.Clock().Now(),
				Decisions: []*store.Decision{{Kind: casework.KindService, Value: seed.Service, Confidence: 0.9, State: store.DecisionAuto,
					Reasons: []store.Reason{{Rule: "model", Words: words[:5], Weight: 1, End: 5}}}},
				Message: &store.Message{Channel: "web", Kind: "text", Body: words, Masked: words}})
			out = append(out, c)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// fill writes the many cases with SQL of its own: what the lists, the filters and the
// search read is as in life, what only a case's page reads is empty.
func fill(ctx context.Context, db *store.Store, p *region.Pack) error {
	conn := db.SQL()
	do := func(query string) error {
		_, err := conn.ExecContext(ctx, query)
		if err != nil {
			return fmt.Errorf("%w in %s", err, query)
		}
		return nil
	}
	if err := words(ctx, conn, db.Postgres(), p); err != nil {
		return err
	}
	d := liteWords
	if db.Postgres() {
		d = postgresWords
	}
	end := db.Clock().Now().Unix()
	apart := float64(years*365*24*3600) / float64(*cases)
	opened := d.at(fmt.Sprintf("%d - (%d - n.i) * %f", end, *cases, apart))
	due := d.at(fmt.Sprintf("%d - (%d - n.i) * %f + 432000", end, *cases, apart))
	closed := *cases - *cases*3/100
	state := fmt.Sprintf(`CASE WHEN n.i <= %d THEN CASE WHEN n.i %% 9 = 0 THEN 'rejected' ELSE 'archived' END WHEN n.i %% 50 = 0 THEN 'triage' WHEN n.i %% 3 = 0 THEN 'in_progress' WHEN n.i %% 7 = 0 THEN 'waiting_citizen' ELSE 'assigned' END`, closed)
	numbers := "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
	id := func(of string) string { return "'01900000-0000-7000-8000-' || " + d.pad(of) }
	for _, query := range []string{
		fmt.Sprintf(numbers, citizens) + `INSERT INTO citizens (region, id, lang, created_at) SELECT '` + rig.Region + `', ` + id("n.i") + `, 'id', ` + d.at(fmt.Sprint(end)) + ` FROM n`,
		fmt.Sprintf(numbers, *cases) + `INSERT INTO cases (region, id, number, code_hash, link_hash, state, service, unit, officer_id, area, urgency, secret, anonymous,
			channel, citizen_id, identity_id, summary, opened_at, opened_day, rule, due_at, rank_at, reopens, external_to, merged_into, follows, pack, version,
			next_step, last_in_at, updated_at)
			SELECT '` + rig.Region + `', ` + id("n.i") + `, 'UKR-26-' || ` + d.pad("n.i") + `, 'c' || n.i, 'l' || n.i, ` + state + `,
			w.service, CASE WHEN n.i % 50 = 0 AND n.i > ` + fmt.Sprint(closed) + ` THEN '` + p.Identity.Triage + `' ELSE w.unit END, '', w.area,
			CASE WHEN n.i % 997 = 0 THEN 3 WHEN n.i % 11 = 0 THEN 2 ELSE 1 END, ` + d.no + `, ` + d.no + `, 'web', ` + id(fmt.Sprintf("(1 + n.i %% %d)", citizens)) + `, '', w.body,
			` + opened + `, '2025-01-01', '', ` + due + `, CASE WHEN n.i > ` + fmt.Sprint(closed) + ` THEN ` + due + ` END, 0, '', '', '', 1, 1, '', ` + opened + `, ` + opened + `
			FROM n JOIN bench_words AS w ON w.i = n.i % (SELECT count(*) FROM bench_words)`,
	} {
		if err := do(query); err != nil {
			return err
		}
	}
	// What figures are made from: a promise to each, and an answer to most of those that
	// are closed. The events have no place in the log yet, for no worker runs.
	answered := d.at(fmt.Sprintf("%d - (%d - n.i) * %f + 3600 * (1 + n.i * 31 %% 170)", end, *cases, apart))
	for _, query := range []string{
		`INSERT INTO deadlines (region, id, case_id, kind, rule, pack, started_at, due_at, pauses) SELECT region, id, id, '` + store.Promise + `', 'ukur', 1, opened_at, due_at, '[]' FROM cases`,
		fmt.Sprintf(numbers, closed) + `INSERT INTO events (region, id, case_id, case_version, actor, type, version, payload, salt, leaf, erased, happened_at)
			SELECT '` + rig.Region + `', ` + id("n.i") + `, ` + id("n.i") + `, 2, 'officer:x', '` + casework.StateMoved + `', 1, '{"state":"answered"}', ` + d.blob + `, ` + d.blob + `, '', ` + answered + ` FROM n WHERE n.i % 23 <> 0`,
	} {
		if err := do(query); err != nil {
			return err
		}
	}
	search := []string{`INSERT INTO case_search_docs (region, case_id) SELECT region, id FROM cases ORDER BY id`,
		`INSERT INTO case_search (rowid, body) SELECT d.doc, c.number || ' ' || c.summary FROM case_search_docs AS d JOIN cases AS c ON c.region = d.region AND c.id = d.case_id`}
	if db.Postgres() {
		search = []string{`INSERT INTO case_search (region, case_id, body) SELECT region, id, number || ' ' || summary FROM cases`, `DROP TABLE bench_words`, `VACUUM ANALYZE`}
	}
	for _, query := range search {
		if err := do(query); err != nil {
			return err
		}
	}
	return nil
}

// dialect is what the two engines spell differently.
type dialect struct {
	at  func(epoch string) string
	pad func(n string) string
	no  string
	// blob is some bytes.
	blob string
}

var (
	liteWords = dialect{func(e string) string { return "strftime('%Y-%m-%d %H:%M:%S', " + e + ", 'unixepoch') || '+00:00'" },
		func(n string) string { return "printf('%012d', " + n + ")" }, "0", "x'00'"}
	postgresWords = dialect{func(e string) string { return "to_timestamp(" + e + ")" },
		func(n string) string { return "lpad((" + n + ")::text, 12, '0')" }, "false", `'\x00'::bytea`}
)

// words puts the seeds of the pack, masked, into a table beside the program's: they are
// what the many cases say, each with another area.
func words(ctx context.Context, conn *sql.DB, postgres bool, p *region.Pack) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "CREATE TABLE bench_words (i BIGINT PRIMARY KEY, body TEXT, service TEXT, unit TEXT, area TEXT)"); err != nil {
		return err
	}
	insert := "INSERT INTO bench_words VALUES (?, ?, ?, ?, ?)"
	if postgres {
		insert = "INSERT INTO bench_words VALUES ($1, $2, $3, $4, $5)"
	}
	n := 0
	for i, s := range p.Seeds {
		service, ok := p.Service(s.Service)
		if !ok || service.Technical {
			continue
		}
		area := p.Areas[i%len(p.Areas)].Code
		unit, _, _ := p.Route(s.Service, area)
		if _, err := tx.ExecContext(ctx, insert, n, casework.Summarise(text.Mask(strings.ReplaceAll(s.Text, "\x00", ""))), s.Service, unit, area); err != nil {
			return err
		}
		n++
	}
	return tx.Commit()
}
