package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"tanggap/internal/apptest"
	"tanggap/internal/store"
)

func notice(c *store.Case, event string) *store.Notification {
	return &store.Notification{Region: region, EventID: event, CaseID: c.ID, CitizenID: c.CitizenID,
		Recipient: "citizen:" + c.CitizenID, Channel: "whatsapp", Template: "received", Body: `{"text":"Laporan diterima"}`}
}

func TestNotificationIsOwedOnce(t *testing.T) {
	apptest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		c := addCase(t, s, nil)
		for range 3 {
			if err := s.AddNotification(ctx, notice(c, "event-1")); err != nil {
				t.Fatal(err)
			}
		}
		list, err := s.Notifications(ctx, region, c.ID)
		if err != nil || len(list) != 1 {
			t.Errorf("%d notices, %v", len(list), err)
		}
	})
}

func TestLeaseIsExclusive(t *testing.T) {
	apptest.Both(t, func(t *testing.T, s *store.Store) {
		c := addCase(t, s, nil)
		const total = 40
		for n := range total {
			if err := s.AddNotification(t.Context(), notice(c, fmt.Sprintf("event-%d", n))); err != nil {
				t.Fatal(err)
			}
		}
		var mu sync.Mutex
		holders := map[string]string{}
		g, ctx := errgroup.WithContext(t.Context())
		for h := range 4 {
			holder := fmt.Sprintf("node-%d", h)
			g.Go(func() error {
				for {
					got, err := s.LeaseNotifications(ctx, region, holder, 3)
					if err != nil {
						return err
					}
					if len(got) == 0 {
						due, err := s.DueNotification(ctx, region)
						if err != nil || !due {
							return err
						}
						continue // rows that another node is just taking
					}
					mu.Lock()
					for _, n := range got {
						if by, taken := holders[n.ID]; taken {
							t.Errorf("%s leased by %s and %s", n.ID, by, holder)
						}
						if n.State != store.NoticeLeased || n.LeasedBy != holder || n.Body == "" {
							t.Errorf("leased notice: %+v", n)
						}
						holders[n.ID] = holder
					}
					mu.Unlock()
				}
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		if len(holders) != total {
			t.Errorf("%d of %d leased", len(holders), total)
		}
	})
}

func TestOnlyTheHolderMovesANotice(t *testing.T) {
	apptest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, clock := t.Context(), s.Clock().(*apptest.Clock)
		c := addCase(t, s, nil)
		for _, event := range []string{"event-1", "event-2"} {
			if err := s.AddNotification(ctx, notice(c, event)); err != nil {
				t.Fatal(err)
			}
		}
		held, err := s.LeaseNotifications(ctx, region, "node-1", 10)
		if err != nil || len(held) != 2 {
			t.Fatalf("%d leased, %v", len(held), err)
		}
		sending := held[0]
		sending.State = store.NoticeSending
		if ok, err := s.SetNotification(ctx, sending, store.NoticeLeased); !ok || err != nil {
			t.Fatalf("own notice: %v, %v", ok, err)
		}
		clock.Advance(2 * time.Minute)
		if err := s.ReturnStale(ctx, region, clock.Now().Add(-time.Minute)); err != nil {
			t.Fatal(err)
		}
		states := map[string]string{}
		list, err := s.Notifications(ctx, region, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range list {
			states[n.ID] = n.State
		}
		if states[sending.ID] != store.NoticeUnknown || states[held[1].ID] != store.NoticeReady {
			t.Errorf("after a dead holder: %v", states)
		}
		late := held[1] // the dead holder wakes up
		late.State = store.NoticeSending
		if ok, err := s.SetNotification(ctx, late, store.NoticeLeased); ok || err != nil {
			t.Errorf("a notice that was given back was moved: %v, %v", ok, err)
		}
	})
}
