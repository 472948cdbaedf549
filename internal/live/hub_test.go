package live

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"tanggap/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func change(n int) store.Change {
	return store.Change{Region: "74.72", CaseID: fmt.Sprint("case-", n), Unit: "DLH", Type: "case.opened"}
}

func cases(events []Event) []string {
	var out []string
	for _, e := range events {
		if e.Reload {
			out = append(out, "reload")
			continue
		}
		out = append(out, e.Change.CaseID)
	}
	return out
}

func TestSubscribeHearsWhatItWants(t *testing.T) {
	h := NewHub()
	all := h.Subscribe(t.Context(), "", nil)
	dlh := h.Subscribe(t.Context(), "", func(c store.Change) bool { return c.Unit == "DLH" })
	h.Publish([]store.Change{change(1), {CaseID: "case-2", Unit: "PUPR"}})
	<-all.More()
	if diff := cmp.Diff([]string{"case-1", "case-2"}, cases(all.Take())); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"case-1"}, cases(dlh.Take())); diff != "" {
		t.Error(diff)
	}
	if got := all.Take(); got != nil {
		t.Errorf("taken twice: %v", got)
	}
}

func TestSlowListenerIsToldToReload(t *testing.T) {
	h := NewHub()
	s := h.Subscribe(t.Context(), "", nil)
	for i := range buffer + 5 {
		h.Publish([]store.Change{change(i)})
	}
	got := s.Take()
	if diff := cmp.Diff([]string{"reload"}, cases(got)); diff != "" {
		t.Fatal(diff)
	}
	h.Publish([]store.Change{change(900)})
	if diff := cmp.Diff([]string{"case-900"}, cases(s.Take())); diff != "" {
		t.Error(diff)
	}
	// Whoever comes back with the reload's id has missed nothing since.
	back := h.Subscribe(t.Context(), got[0].ID, nil)
	if diff := cmp.Diff([]string{"case-900"}, cases(back.Take())); diff != "" {
		t.Error(diff)
	}
}

func TestEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub()
		ctx, cancel := context.WithCancel(t.Context())
		h.Subscribe(ctx, "", nil)
		cancel()
		synctest.Wait()
		if len(h.subs) != 0 {
			t.Error("subscription outlived its context")
		}
	})
}

// TestComingBack holds that a listener who comes back with any id hears exactly what
// came after it, or a reload.
func TestComingBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := NewHub()
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		n := rapid.IntRange(0, 2*replay).Draw(rt, "published")
		for i := range n {
			h.Publish([]store.Change{change(i + 1)})
		}
		last := rapid.IntRange(0, n).Draw(rt, "last heard")
		got := cases(h.Subscribe(ctx, h.id(int64(last)), nil).Take())
		var want []string
		for i := last; i < n; i++ {
			want = append(want, fmt.Sprint("case-", i+1))
		}
		if n-last > replay || len(want) > buffer {
			want = []string{"reload"}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatal(diff)
		}
	})
}

func TestStrangeIDsReload(t *testing.T) {
	h := NewHub()
	h.Publish([]store.Change{change(1)})
	for _, id := range []string{"x", h.name, h.name + "-", h.name + "-99", h.name + "--1", "OTHER-1", h.name + "-1-1"} {
		if diff := cmp.Diff([]string{"reload"}, cases(h.Subscribe(t.Context(), id, nil).Take())); diff != "" {
			t.Errorf("%q: %s", id, diff)
		}
	}
	h.Reload()
	if diff := cmp.Diff([]string{"reload"}, cases(h.Subscribe(t.Context(), h.id(1), nil).Take())); diff != "" {
		t.Error(diff)
	}
}

func TestManyAtOnce(t *testing.T) {
	h := NewHub()
	var wg sync.WaitGroup
	for range 4 {
		ctx, cancel := context.WithCancel(t.Context())
		s := h.Subscribe(ctx, "", nil)
		wg.Go(func() {
			defer cancel()
			for seen := 0; seen < 40; {
				<-s.More()
				for _, e := range s.Take() {
					seen++
					if e.Reload {
						return
					}
				}
			}
		})
	}
	for w := range 2 {
		wg.Go(func() {
			for i := range 20 {
				h.Publish([]store.Change{change(w*100 + i)})
			}
		})
	}
	wg.Wait()
	if h.last != 40 {
		t.Errorf("%d events, want 40", h.last)
	}
}
