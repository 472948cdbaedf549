package fault

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tanggap/internal/lossyfs"
)

// kills and cuts are how often a process is killed and how often the power goes.
func kills() int {
	if campaign() {
		return 500
	}
	return 50
}

func cuts() int {
	if campaign() {
		return 200
	}
	return 20
}

// syncTime is what an fsync takes on the disk that loses power.
const syncTime = time.Millisecond

// TestKilledUnderLoadNothingIsLostOrDoubled and the tests below it mostly wait: for the
// work of dead processes to be noticed. So they wait together.
func TestKilledUnderLoadNothingIsLostOrDoubled(t *testing.T) {
	if testing.Short() {
		t.Skip("kills the real program 50 times; runs in make test")
	}
	t.Parallel()
	for _, b := range newOrdeal(t, build(t, ""), nil).run(kills(), false) {
		t.Error(b)
	}
}

func TestCrashHarnessSeesAnEarlyAcknowledgement(t *testing.T) {
	if testing.Short() {
		t.Skip("kills the real program; runs in make test")
	}
	t.Parallel()
	bad := newOrdeal(t, build(t, "sabotage_ack_first"), nil).run(kills(), true)
	if !strings.Contains(strings.Join(bad, "\n"), "lost: ") {
		t.Errorf("a build that acknowledges before it commits went unnoticed: %v", bad)
	}
}

func TestCrashHarnessSeesMailMovedTooEarly(t *testing.T) {
	if testing.Short() {
		t.Skip("kills the real program; runs in make test")
	}
	t.Parallel()
	bad := newOrdeal(t, build(t, "sabotage_seen_first"), nil).run(kills(), true)
	if !strings.Contains(strings.Join(bad, "\n"), "lost: ") {
		t.Errorf("a build that moves mails before they are committed went unnoticed: %v", bad)
	}
}

func TestPowerCutNothingAcknowledgedIsLost(t *testing.T) {
	if testing.Short() {
		t.Skip("cuts the power of the real program 20 times; runs in make test")
	}
	t.Parallel()
	for _, b := range newOrdeal(t, build(t, ""), lossyfs.New(t, syncTime)).run(cuts(), false) {
		t.Error(b)
	}
}

func TestPowerCutHarnessSeesAMissingSync(t *testing.T) {
	if testing.Short() {
		t.Skip("cuts the power of the real program; runs in make test")
	}
	t.Parallel()
	bad := newOrdeal(t, build(t, "sabotage_sync_off"), lossyfs.New(t, syncTime)).run(cuts(), true)
	if len(bad) == 0 {
		t.Error("a build that does not wait for the disk went unnoticed")
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
		if !l.post(node.url, l.fresh()) {
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
	t.Parallel()
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
