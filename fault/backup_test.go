package fault

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tanggap/internal/backup"
	"tanggap/internal/sim"
)

// TestBackupAndRestore takes one backup under load and one at rest, restores them
// with the command line, and compares every row and the audit root.
func TestBackupAndRestore(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the real program; runs in make test")
	}
	t.Parallel()
	c := newCity(t, "", sim.MetaConfig{Statuses: []string{}})
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	identity := filepath.Join(c.dir, "cadangan.key")
	if err := os.WriteFile(identity, []byte(id.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	save := func(name string) (file, said string) {
		file = filepath.Join(c.dir, name)
		return file, c.must(c.program, "", "backup", "--with-keys", "--to", file, "--recipient", id.Recipient().String())
	}
	restore := func(file string) *city {
		to := &city{newSite(t, "", c.graph), c.program, c.meta}
		to.port, to.pack = freePort(t), c.pack
		if code, out := execute(t, c.program, "", "restore", "--from", file, "--identity", identity, "--into", to.data()); code != 0 {
			t.Fatalf("restore: exit %d\n%s", code, out)
		}
		return to
	}

	node := c.start(c.program)
	l, stop, ended := newLoad(t), make(chan struct{}), make(chan struct{})
	go func() {
		l.run(node.url, 1, stop)
		close(ended)
	}()
	db := c.open()
	if !within(30*time.Second, func() bool { return atoi(t, text(t, db, `SELECT count(*) FROM events`)) > 100 }) {
		t.Fatal("the load makes no history")
	}
	file, said := save("ramai.age")
	close(stop)
	<-ended
	moved := restore(file)
	if got, want := root(t, moved.must(c.program, "", "verify")), root(t, said); got != want {
		t.Errorf("under load: the backup says %s, the restored site %s", want, got)
	}

	c.settled(db)
	// What the original still owes would come before what the restored site owes.
	if !within(2*time.Minute, func() bool {
		return text(t, db, `SELECT count(*) FROM notifications WHERE state IN ('ready', 'leased') AND channel = 'whatsapp'`) == "0"
	}) {
		t.Fatal("the original's answers never end")
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	node.stop()
	file, said = save("tenang.age")
	moved = restore(file)
	want := root(t, said)
	for _, verified := range []string{c.must(c.program, "", "verify"), moved.must(c.program, "", "verify")} {
		if got := root(t, verified); got != want {
			t.Errorf("at rest: the backup says %s, verify %s", want, got)
		}
	}
	// One counter differs: the restored site sends nothing.
	ignore := cmp.Options{cmpopts.IgnoreUnexported(backup.Column{}), cmpopts.IgnoreSliceElements(func(s backup.Sum) bool { return s.Name == "counters" })}
	if diff := cmp.Diff(sums(t, c.site), sums(t, moved.site), ignore); diff != "" {
		t.Errorf("tables: -original +restored\n%s", diff)
	}
	moved.silent()
}

// silent starts a restored site: it takes what people write and sends nothing, until
// somebody says that the original is down for good.
func (c *city) silent() {
	c.t.Helper()
	const phone = "628110000500"
	if _, err := c.meta.Take(); err != nil { // what waits for the original
		c.t.Fatal(err)
	}
	before := c.meta.Counts().Accepted
	node := c.start(c.program)
	db := c.open()
	cases := text(c.t, db, `SELECT count(*) FROM cases`)
	c.say(phone, lampWords)
	bodies, err := c.meta.Take()
	if err != nil || len(bodies) != 1 {
		c.t.Fatalf("%d webhooks, %v", len(bodies), err)
	}
	l := newLoad(c.t)
	if l.deliver(node.url, bodies[0]) != told {
		c.t.Fatal("the restored site took no message")
	}
	c.settled(db)
	if now := text(c.t, db, `SELECT count(*) FROM cases`); now == cases {
		c.t.Error("the message opened no case")
	}
	if within(3*time.Second, func() bool { return c.meta.Counts().Accepted > before }) {
		c.t.Error("the restored site sent something")
	}
	if n := text(c.t, db, `SELECT count(*) FROM notifications WHERE state = 'ready'`); n == "0" {
		c.t.Error("nothing is owed, so the silence proves nothing")
	}
	node.stop()
	// A stopped sender looks again after a minute; the test does not wait for it.
	c.edit(`UPDATE notifications SET not_before_at = created_at WHERE state = 'ready'`)
	resumed := c.launch(c.program, "serve", "--outbound", "resume")
	c.hears(phone, 0, "BAU-")
	resumed.stop()
}

// root is the line of events, audit root and inbound that both backup and verify say.
func root(t *testing.T, said string) string {
	t.Helper()
	m := regexp.MustCompile(`74\.72: (\d+) peristiwa / events, akar / root ([A-Za-z0-9+/=]+)`).FindStringSubmatch(said)
	if m == nil {
		t.Fatalf("no audit root in: %s", said)
	}
	return fmt.Sprintf("%s events, root %s", m[1], m[2])
}

func sums(t *testing.T, s *site) []backup.Sum {
	t.Helper()
	snap, err := backup.OpenSnapshot(t.Context(), filepath.Join(s.data(), "tanggap.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
	list, err := snap.Sums(t.Context())
	if err != nil || len(list) < 10 {
		t.Fatalf("%d tables, %v", len(list), err)
	}
	return list
}
