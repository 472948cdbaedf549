package live

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tanggap/internal/apptest"
	"tanggap/internal/store"
)

// TestBridge joins three nodes: each hears the others once, and itself not again.
func TestBridge(t *testing.T) {
	dsn := apptest.EmptyPostgresURL(t)
	ctx, cancel := context.WithCancel(t.Context())
	var hubs []*Hub
	var subs []*Subscription
	done := make(chan error)
	for range 3 {
		h := NewHub()
		s := h.Subscribe(ctx, "", nil)
		hubs, subs = append(hubs, h), append(subs, s)
		go func() { done <- Bridge(ctx, dsn, h, apptest.Log()) }()
		// Joining tells the node's own listeners, and by way of LISTEN all others', to
		// reload. A reload takes the place of what waits, so each is heard out here.
		for i, s := range subs {
			<-s.More()
			if diff := cmp.Diff([]string{"reload"}, cases(s.Take())); diff != "" {
				t.Fatalf("node %d: %s", i, diff)
			}
		}
	}
	hubs[1].Publish([]store.Change{change(1), change(2)})
	for i, s := range subs {
		var got []string
		for len(got) == 0 || got[len(got)-1] != "case-2" {
			<-s.More()
			got = append(got, cases(s.Take())...)
		}
		if diff := cmp.Diff([]string{"case-1", "case-2"}, got); diff != "" {
			t.Errorf("node %d: %s", i, diff)
		}
	}
	cancel()
	for range hubs {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestBridgeRefusesNonsense(t *testing.T) {
	if err := Bridge(t.Context(), "postgres://%zz", NewHub(), apptest.Log()); err == nil {
		t.Error("no error")
	}
}
