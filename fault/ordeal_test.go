package fault

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tanggap/internal/lossyfs"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

const senders = 16 // of webhooks

// ordeal lets people write on every channel while the program is killed again and
// again, and with a disk the power cut each time.
type ordeal struct {
	*site
	*ledger
	t       *testing.T
	program string
	disk    *lossyfs.Disk // nil: only processes die
	rng     *rand.Rand
	hooks   *load
	forms   *forms
	mails   *mails
	took    []time.Duration // from start to ready, after a kill under load
	lost    lossyfs.Report
}

func newOrdeal(t *testing.T, program string, disk *lossyfs.Disk) *ordeal {
	t.Helper()
	n := seed(t)
	o := &ordeal{site: newSite(t, "", provider(t).URL), ledger: newLedger(t), t: t, program: program, disk: disk, rng: rand.New(rand.NewPCG(n, n))}
	if disk != nil {
		o.folder = disk.Dir
	}
	o.hooks, o.forms, o.mails = loadOn(o.ledger), newForms(t, o.ledger), &mails{ledger: o.ledger, t: t, server: o.post()}
	return o
}

// run kills the program n times and lets it come up once more to finish its work.
// It returns the broken promises; with until, those after the first kill that broke
// one.
func (o *ordeal) run(n int, until bool) []string {
	for round := range n {
		switch {
		case round < 3: // while it makes keys and tables for the first time
			o.killStarting(400)
		case round%10 == 9:
			o.killStarting(200)
		default:
			if said := o.killLoaded(round%10 == 5); said != "" {
				return []string{"does not start: " + said}
			}
		}
		if o.disk != nil {
			how := []lossyfs.Loss{lossyfs.LoseAll, lossyfs.LoseTail, lossyfs.LoseSome}[round%3]
			r := o.disk.Cut(how, o.rng.Uint64())
			o.lost.Changes, o.lost.Torn, o.lost.Names = o.lost.Changes+r.Changes, o.lost.Torn+r.Torn, o.lost.Names+r.Names
		}
		if until {
			if bad := o.missing(); len(bad) > 0 {
				o.t.Logf("noticed after %d kills: %s", round+1, bad[0])
				return bad
			}
		}
	}
	o.t.Logf("%d kills; acknowledged: %s; now the rest is worked off", n, o.total())
	bad := o.finish()
	var slowest time.Duration
	for _, d := range o.took {
		slowest = max(slowest, d)
	}
	o.t.Logf("%d kills; acknowledged: %s; slowest start %d ms", n, o.total(), slowest.Milliseconds())
	if o.disk != nil {
		o.t.Logf("the power took %d changes, tore %d and took %d names", o.lost.Changes, o.lost.Torn, o.lost.Names)
	}
	return bad
}

// killStarting kills a process within so many milliseconds of its start, ready or not.
func (o *ordeal) killStarting(ms int) {
	o.t.Helper()
	for {
		node := o.launch(o.program, "serve")
		select {
		case <-time.After(time.Duration(o.rng.IntN(ms)) * time.Millisecond):
			node.kill()
			return
		case <-node.done:
			if !node.unlucky() {
				o.t.Fatalf("the server ended by itself: %v\n%s", node.err, node.log)
			}
		}
	}
}

// killLoaded kills a process at a random moment under load, or while it ends in good
// order: then it signs a last checkpoint and empties the database's log. What a
// process says that does not start is returned.
func (o *ordeal) killLoaded(ending bool) (said string) {
	o.t.Helper()
	began := time.Now()
	node := o.rise(o.program, "serve")
	if node.ended() {
		return node.log.String()
	}
	o.took = append(o.took, time.Since(began))
	stop := make(chan struct{})
	alarm := time.AfterFunc(time.Duration(100+o.rng.IntN(400))*time.Millisecond, func() {
		if ending {
			node.end()
			<-time.After(time.Duration(o.rng.IntN(20)) * time.Millisecond)
		}
		node.kill()
	})
	defer alarm.Stop()
	go func() {
		<-node.done
		close(stop)
	}()
	var wg sync.WaitGroup
	wg.Go(func() { o.hooks.run(node.url, senders, stop) })
	wg.Go(func() { o.forms.run(node.url, 4, stop) })
	wg.Go(func() { o.mails.run(2, stop) })
	wg.Wait()
	o.mails.taken()
	return ""
}

// missing are acknowledged words that are nowhere in the database, neither in a case
// nor in what waits. It can be asked whenever nothing runs.
func (o *ordeal) missing() []string {
	o.t.Helper()
	if o.total() == "" {
		return nil // there may be no tables yet
	}
	got, err := o.present()
	if err != nil {
		return []string{"does not open: " + err.Error()}
	}
	o.ledger.mu.Lock()
	defer o.ledger.mu.Unlock()
	var bad []string
	for words, acked := range o.acked {
		if acked && got[words] == 0 {
			bad = append(bad, "lost: "+words)
		}
	}
	return bad
}

// present counts where words stand: in messages, and in what waits.
func (o *ordeal) present() (map[string]int, error) {
	db, err := o.tryOpen(tanggap.SystemClock{})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	ctx := context.Background()
	got, err := kept(db)
	if err != nil {
		return nil, err
	}
	waiting, err := db.PendingInbounds(ctx, regionOf, time.Now().Add(time.Hour), 100_000)
	if err != nil {
		return nil, err
	}
	for _, seq := range waiting {
		in, err := db.Inbound(ctx, regionOf, seq)
		if err == nil {
			err = db.OpenInbound(ctx, in)
		}
		if err != nil {
			return nil, err
		}
		if m := wordsForm.FindSubmatch(in.Raw); m != nil {
			got[string(m[1])]++
		}
	}
	return got, nil
}

// finish starts the program once more, waits until nothing is pending, stops it
// cleanly and compares.
func (o *ordeal) finish() []string {
	o.t.Helper()
	node := o.rise(o.program, "serve")
	if node.ended() {
		return []string{"does not start: " + node.log.String()}
	}
	db := o.open()
	// However much a campaign leaves behind, it must become less all the time.
	left := func() int { return o.mails.server.Folder("INBOX") + pending(o.t, db) }
	for before := left(); before > 0; before = left() {
		if !within(2*time.Minute, func() bool { n := left(); return n == 0 || n < before*9/10 }) {
			o.t.Errorf("%d items still have no outcome, %d mails wait, hardly less than two minutes ago", pending(o.t, db), o.mails.server.Folder("INBOX"))
			break
		}
	}
	node.stop()
	o.mails.taken()
	bad := append(findings(o.t, db, o.hooks.acked), o.compare(db)...)
	bad = append(bad, leftovers(o.t, db, o.data())...)
	if err := db.Close(); err != nil {
		o.t.Error(err)
	}
	if code, out := o.command(o.program, "", "verify"); code != 0 || !strings.Contains(out, "Utuh") {
		bad = append(bad, fmt.Sprintf("history: verify exits %d: %s", code, out))
	}
	return bad
}

// leftovers are jobs without an item, and photos whose file is gone.
func leftovers(t *testing.T, db *store.Store, data string) []string {
	t.Helper()
	var bad []string
	if n := text(t, db, `SELECT count(*) FROM river_job AS j WHERE j.kind = 'intake.process' AND NOT EXISTS
		(SELECT 1 FROM inbounds AS i WHERE i.region = json_extract(j.args, '$.region') AND i.seq = json_extract(j.args, '$.seq'))`); n != "0" {
		bad = append(bad, "jobs without an item: "+n)
	}
	rows, err := db.SQL().QueryContext(context.Background(), `SELECT blob FROM attachments WHERE state = 'stored'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var blob string
		if err := rows.Scan(&blob); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(data, "media", blob[len(blob)-2:], blob)); err != nil {
			bad = append(bad, fmt.Sprintf("photo: %v", err))
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return bad
}
