package fault

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"tanggap/internal/apptest"
)

// TestTwoNodesShareTheWork runs two processes on one PostgreSQL, kills one under
// load, and wants everything acknowledged by either to be finished by the other.
func TestTwoNodesShareTheWork(t *testing.T) {
	if testing.Short() {
		t.Skip("runs two processes of the real program; runs in make test")
	}
	t.Parallel() // it mostly waits
	s := newSite(t, apptest.EmptyPostgresURL(t), provider(t).URL)
	program := build(t, "")
	first := s.start(program)
	second := s.start(program)
	l := newLoad(t)
	stop, victimGone := make(chan struct{}), make(chan struct{})
	both := make(chan struct{}, 2)
	go func() { l.run(first.url, senders/2, stop); both <- struct{}{} }()
	go func() { l.run(second.url, senders/2, victimGone); both <- struct{}{} }()
	db := s.open()
	shared := func() bool { return workers(t, db.SQL()) >= 2 }
	if !within(30*time.Second, shared) {
		t.Errorf("only %d process works", workers(t, db.SQL()))
	}
	second.kill()
	killed := time.Now()
	close(victimGone)
	<-time.After(time.Second) // the survivor goes on under load
	close(stop)
	<-both
	<-both
	if !within(120*time.Second, func() bool { return pending(t, db) == 0 }) {
		t.Errorf("120 s after the kill %d items still have no outcome", pending(t, db))
	}
	t.Logf("%d acknowledged; the survivor finished everything %.0f s after the kill", len(l.acked), time.Since(killed).Seconds())
	first.stop()
	for _, b := range findings(t, db, l.acked) {
		t.Error(b)
	}
}

// workers counts the processes that have worked on a job.
func workers(t *testing.T, db *sql.DB) int {
	t.Helper()
	var n int
	err := db.QueryRowContext(context.Background(), `SELECT count(DISTINCT by) FROM river_job, unnest(attempted_by) AS by WHERE kind = 'intake.process'`).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
