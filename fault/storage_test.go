package fault

import (
	"net/http"
	"testing"
	"time"

	"tanggap/internal/lossyfs"
)

// TestFullDisk wants refusals that say when to come again while nothing fits, pages
// that still open, and recovery by itself.
func TestFullDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the real program; runs in make test")
	}
	t.Parallel()
	o := newOrdeal(t, build(t, ""), lossyfs.New(t, 0))
	node := o.start(o.program)
	o.working(node)
	o.disk.Fill(0)
	refusedAll := within(20*time.Second, func() bool {
		status, again := o.hooks.status(node.url, webhook(o.hooks.fresh()))
		if status == http.StatusServiceUnavailable && again == "" {
			t.Error("503 without Retry-After")
		}
		return status == http.StatusServiceUnavailable
	})
	if !refusedAll {
		t.Error("a full disk is not answered 503")
	}
	for range 20 {
		if o.hooks.post(node.url, o.hooks.fresh()) {
			t.Error("acknowledged with a full disk")
		}
	}
	newBrowser(t, node.url).get("/lacak").at(200, "/lacak")
	if !within(20*time.Second, func() bool { return !node.ready() }) {
		t.Error("a process that cannot store says that it is ready")
	}
	o.disk.Fill(-1)
	freed := time.Now()
	if !within(5*time.Second, func() bool { return o.hooks.post(node.url, o.hooks.fresh()) }) {
		t.Error("5 s after there is room again nothing is taken")
	}
	t.Logf("taken again after %d ms", time.Since(freed).Milliseconds())
	node.stop()
	for _, b := range o.finish() {
		t.Error(b)
	}
}

// working waits until the process has worked on a message: then all its parts run.
func (o *ordeal) working(node *node) {
	o.t.Helper()
	if !o.hooks.post(node.url, o.hooks.fresh()) {
		o.t.Fatal("a healthy disk takes nothing")
	}
	db := o.open()
	if !within(20*time.Second, func() bool { return pending(o.t, db) == 0 }) {
		o.t.Fatal("nothing is worked on")
	}
	if err := db.Close(); err != nil {
		o.t.Fatal(err)
	}
}

// TestBrokenSync wants no acknowledgement while fsync fails, and that what is
// acknowledged afterwards survives a power cut.
func TestBrokenSync(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the real program; runs in make test")
	}
	t.Parallel()
	o := newOrdeal(t, build(t, ""), lossyfs.New(t, 0))
	node := o.start(o.program)
	o.working(node)
	o.disk.Break()
	for range 50 {
		if o.hooks.post(node.url, o.hooks.fresh()) {
			t.Error("acknowledged though fsync fails")
		}
	}
	o.disk.Fill(-1)
	if node.ended() { // which is right: a supervisor starts it anew
		node = o.start(o.program)
	}
	if !within(5*time.Second, func() bool { return o.hooks.post(node.url, o.hooks.fresh()) }) {
		t.Error("5 s after the disk is well nothing is taken")
	}
	node.kill()
	o.disk.Cut(lossyfs.LoseAll, 1)
	for _, b := range o.finish() {
		t.Error(b)
	}
}
