package fault

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strconv"
	"testing"

	"tanggap/internal/channel"
	"tanggap/internal/seal"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// open opens the site's database as the harness's own reader.
func (s *site) open() *store.Store {
	s.t.Helper()
	return s.openAt(tanggap.SystemClock{})
}

// openAt is open with another time than now.
func (s *site) openAt(clock tanggap.Clock) *store.Store {
	s.t.Helper()
	db, err := s.tryOpen(clock)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { db.Close() })
	return db
}

// tryOpen is openAt for a database that may be damaged; the caller closes it.
func (s *site) tryOpen(clock tanggap.Clock) (*store.Store, error) {
	master, err := seal.LoadMaster(filepath.Join(s.data(), "keys", "master.json"))
	if err != nil {
		return nil, err
	}
	database := s.database
	if database == "" {
		database = filepath.Join(s.data(), "tanggap.db")
	}
	return store.Open(context.Background(), database, master, clock, slog.New(slog.NewTextHandler(io.Discard, nil)))
}

// pending counts inbounds that have no outcome yet.
func pending(t *testing.T, db *store.Store) int {
	t.Helper()
	n, err := strconv.Atoi(text(t, db, `SELECT count(*) FROM inbounds WHERE state = 'pending'`))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// findings compares what was acknowledged with what was kept. Each string is one
// broken promise.
func findings(t *testing.T, db *store.Store, acked map[string]bool) []string {
	t.Helper()
	ctx := context.Background()
	var bad []string
	for id := range acked {
		in, err := db.FindInbound(ctx, regionOf, channel.WhatsApp, "100000000000001", id)
		switch {
		case err != nil:
			t.Fatal(err)
		case in == nil:
			bad = append(bad, "lost: "+id)
		case in.State != store.InboundDone || in.Outcome != store.OutcomeMessage:
			bad = append(bad, fmt.Sprintf("no outcome: %s is %s %s %s", id, in.State, in.Outcome, in.Reason))
		}
	}
	for _, q := range []struct{ what, sql string }{
		{"inbounds whose words stand in no case or in several",
			`SELECT count(*) FROM inbounds AS i LEFT JOIN (SELECT region, inbound_seq, count(*) AS n FROM messages GROUP BY region, inbound_seq) AS m
				ON m.region = i.region AND m.inbound_seq = i.seq WHERE i.outcome = 'message' AND coalesce(m.n, 0) <> 1`},
		{"gaps in the inbound sequence", `SELECT coalesce(max(seq), 0) - count(*) FROM inbounds`},
		{"cases without the acknowledgement owed",
			`SELECT count(*) FROM cases AS c WHERE c.channel <> 'web' AND c.id NOT IN (SELECT case_id FROM notifications
				WHERE template LIKE 'citizen.received%' AND case_id IS NOT NULL)`},
		{"acknowledgements owed twice",
			`SELECT count(*) FROM (SELECT case_id FROM notifications WHERE template LIKE 'citizen.received%' GROUP BY case_id HAVING count(*) > 1) AS twice`},
		{"cases without an opening event",
			`SELECT count(*) FROM cases AS c LEFT JOIN (SELECT region, case_id, count(*) AS n FROM events WHERE type = 'case.opened' GROUP BY region, case_id) AS e
				ON e.region = c.region AND e.case_id = c.id WHERE coalesce(e.n, 0) <> 1`},
	} {
		var n int
		if err := db.SQL().QueryRowContext(ctx, q.sql).Scan(&n); err != nil {
			t.Fatalf("%s: %v", q.what, err)
		}
		if n != 0 {
			bad = append(bad, fmt.Sprintf("%s: %d", q.what, n))
		}
	}
	return bad
}
