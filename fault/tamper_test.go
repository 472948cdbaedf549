package fault

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tanggap/internal/sim"
)

// edit changes the database behind the program's back and returns how many rows.
func (s *site) edit(query string, args ...any) int64 {
	s.t.Helper()
	db := s.open()
	defer db.Close()
	res, err := db.SQL().ExecContext(context.Background(), query, args...)
	if err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// write serves the site while n people write one message each and are answered.
func (c *city) write(from, n int) {
	c.t.Helper()
	node := c.start(c.program)
	for i := from; i < from+n; i++ {
		phone := fmt.Sprintf("62811000%04d", 400+i)
		c.say(phone, lampWords)
		c.hears(phone, 0, "BAU-")
	}
	node.stop()
}

func TestTamperedHistoryIsFound(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the real program; runs in make test")
	}
	t.Parallel()
	c := newCity(t, "", sim.MetaConfig{})
	c.listen()
	c.write(0, 3)
	if out := c.must(c.program, "", "verify"); !strings.Contains(out, "Utuh") {
		t.Fatalf("untouched history: %s", out)
	}
	db := c.open()
	for _, seq := range []string{"0", "2", text(t, db, `SELECT max(seq) FROM events`)} {
		payload := text(t, db, `SELECT payload FROM events WHERE seq = `+seq)
		edited := strings.Replace(payload, `"`, `'`, 1)
		if c.edit(`UPDATE events SET payload = ? WHERE seq = ?`, edited, seq) != 1 {
			t.Fatalf("event %s has no payload to edit: %s", seq, payload)
		}
		code, out := c.command(c.program, "", "verify")
		if code != 1 || !strings.Contains(out, "nomor "+seq+" ") || strings.Count(out, "SALAH") != 1 {
			t.Errorf("event %s edited: exit %d\n%s", seq, code, out)
		}
		if code, out := c.command(c.program, "", "verify", "--lang", "en"); code != 1 || !strings.Contains(out, "event "+seq+" ") {
			t.Errorf("event %s edited: exit %d\n%s", seq, code, out)
		}
		c.edit(`UPDATE events SET payload = ? WHERE seq = ?`, payload, seq)
		c.must(c.program, "", "verify")
	}
}

func TestLostRowsAreNoticedAtStart(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the real program; runs in make test")
	}
	t.Parallel()
	c := newCity(t, "", sim.MetaConfig{})
	c.listen()
	c.write(0, 2)
	path := filepath.Join(c.data(), "tanggap.db")
	older, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c.write(2, 2)
	newer, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	put := func(b []byte) {
		t.Helper()
		for _, beside := range []string{"-wal", "-shm"} {
			if err := os.RemoveAll(path + beside); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, lost := range []struct {
		what string
		make func()
	}{
		{"an older copy of the file", func() { put(older) }},
		{"the newest inbound is gone", func() { c.edit(`DELETE FROM inbounds WHERE seq = (SELECT max(seq) FROM inbounds)`) }},
		{"the end of history is cut off", func() {
			c.edit(`DELETE FROM events WHERE seq >= (SELECT max(seq) - 2 FROM events)`)
			c.edit(`UPDATE audit_heads SET size = (SELECT max(seq) + 1 FROM events)`)
		}},
	} {
		put(newer)
		lost.make()
		if code, out := c.command(c.program, "", "verify"); code != 1 || !strings.Contains(out, "SALAH") {
			t.Errorf("%s: verify exits %d\n%s", lost.what, code, out)
		}
		if said := c.refused(c.program); !strings.Contains(said, "kehilangan data") || !strings.Contains(said, "restore") {
			t.Errorf("%s: the server says %s", lost.what, said)
		}
	}
	put(newer)
	c.start(c.program).stop()
}
