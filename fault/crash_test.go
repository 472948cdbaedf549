package fault

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const senders = 16

// kills is how often a process is killed: 20 in `make test`, 200 in `make campaign`.
func kills() int {
	if os.Getenv("TANGGAP_CAMPAIGN") != "" {
		return 200
	}
	return 20
}

// crash kills the program n times under load at random moments, start-up included,
// lets it come up once more to finish its work, and returns the broken promises.
// With until, it stops at the first kill after which promises are broken.
func crash(t *testing.T, program string, n int, until bool) []string {
	s := newSite(t, "", provider(t).URL)
	l := newLoad(t)
	rng := rand.New(rand.NewPCG(7, 7))
	var bad []string
	for round := range n {
		if round%5 == 0 {
			// The first of all dies while it makes keys and tables.
			s.killStarting(program, time.Duration(rng.IntN(300))*time.Millisecond)
			continue
		}
		node := s.start(program)
		stop := make(chan struct{})
		alarm := time.AfterFunc(time.Duration(100+rng.IntN(500))*time.Millisecond, node.kill)
		go func() {
			<-node.done
			close(stop)
		}()
		l.run(node.url, senders, stop)
		alarm.Stop()
		if until || round == n-1 {
			bad = s.finish(program, l)
			if len(bad) > 0 {
				break
			}
		}
	}
	if len(l.acked) < 8*n && !until {
		t.Errorf("only %d deliveries were acknowledged in %d rounds: the harness loads nothing", len(l.acked), n)
	}
	t.Logf("%d deliveries acknowledged over %d kills", len(l.acked), n)
	return bad
}

// killStarting kills a process that long after its start, ready or not.
func (s *site) killStarting(program string, after time.Duration) {
	s.t.Helper()
	node := s.launch(program, "serve")
	select {
	case <-time.After(after):
		node.kill()
	case <-node.done:
		s.t.Fatalf("the server ended by itself: %v\n%s", node.err, node.log)
	}
}

// finish starts the program once more, waits until nothing is pending, stops it
// cleanly and compares.
func (s *site) finish(program string, l *load) []string {
	s.t.Helper()
	node := s.start(program)
	db := s.open()
	if !within(2*time.Minute, func() bool { return pending(s.t, db) == 0 }) {
		s.t.Errorf("%d items still have no outcome", pending(s.t, db))
	}
	node.stop()
	return findings(s.t, db, l.acked)
}

func TestKilledUnderLoadNothingIsLostOrDoubled(t *testing.T) {
	if testing.Short() {
		t.Skip("kills the real program 20 times; runs in make test")
	}
	for _, b := range crash(t, build(t, ""), kills(), false) {
		t.Error(b)
	}
}

func TestCrashHarnessSeesAnEarlyAcknowledgement(t *testing.T) {
	if testing.Short() {
		t.Skip("kills the real program; runs in make test")
	}
	bad := crash(t, build(t, "sabotage_ack_first"), kills(), true)
	if !strings.Contains(strings.Join(bad, "\n"), "lost: ") {
		t.Errorf("a build that acknowledges before it commits went unnoticed: %v", bad)
	}
}

// syncs counts how often the program waits for the disk while it acknowledges n
// deliveries, one after another.
func syncs(t *testing.T, program string, n int) int {
	t.Helper()
	trace := filepath.Join(t.TempDir(), "trace")
	s := newSite(t, "", provider(t).URL)
	node := s.start(program, "strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", trace)
	before := lines(t, trace)
	l := newLoad(t)
	for range n {
		if !l.post(node.url, l.pick(rand.New(rand.NewPCG(1, uint64(len(l.sent)))))) {
			t.Fatalf("a delivery was refused:\n%s", node.log)
		}
	}
	return lines(t, trace) - before
}

func lines(t *testing.T, path string) int {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(b), "sync(")
}

func TestEveryAcknowledgementWaitedForTheDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("traces the real program; runs in make test")
	}
	if _, err := exec.LookPath("strace"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("strace is missing")
		}
		t.Skip("strace is missing; install it with: apt-get install strace")
	}
	const n = 100
	if got := syncs(t, build(t, ""), n); got < n {
		t.Errorf("%d acknowledgements, %d syncs", n, got)
	}
	if got := syncs(t, build(t, "sabotage_sync_off"), n); got >= n {
		t.Errorf("a build with synchronous=OFF synced %d times for %d acknowledgements: the check cannot tell it", got, n)
	}
}
