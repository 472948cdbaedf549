package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tanggap/internal/apptest"
	"tanggap/internal/store"
)

func TestChannelHealth(t *testing.T) {
	apptest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, now := t.Context(), s.Clock().Now()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		add := func(channel string, ids ...string) {
			var items []*store.Inbound
			for _, id := range ids {
				items = append(items, &store.Inbound{Account: "a", External: channel + id, Kind: "message", Raw: []byte(id)})
			}
			must(s.InTx(ctx, func(tx *store.Store) error {
				_, err := tx.AddDelivery(ctx, &store.Delivery{Region: apptest.Region, Channel: channel, Hash: "h", Body: []byte("x")}, items)
				return err
			}))
		}
		add("whatsapp", "1", "2", "3")
		s.Clock().(*apptest.Clock).Advance(time.Minute)
		add("email", "1")
		waiting, err := s.CountWaiting(ctx, apptest.Region, 100)
		must(err)
		if diff := cmp.Diff(map[string]int{"whatsapp": 3, "email": 1}, waiting); diff != "" {
			t.Error(diff)
		}
		if capped, err := s.CountWaiting(ctx, apptest.Region, 2); err != nil || capped["whatsapp"]+capped["email"] != 2 {
			t.Error(capped, err)
		}
		last, err := s.LastDeliveries(ctx, apptest.Region)
		must(err)
		if !last["whatsapp"].Equal(now) || !last["email"].Equal(now.Add(time.Minute)) || len(last) != 2 {
			t.Error(last)
		}

		c := &store.Citizen{Region: apptest.Region, Name: "Warga Contoh", Lang: "id"}
		must(s.AddCitizen(ctx, c))
		notice := func(event, state, delivery, why string, code int) {
			n := &store.Notification{Region: apptest.Region, EventID: event, CitizenID: c.ID, Recipient: "citizen:" + c.ID, Channel: "whatsapp", Template: "t", Body: "{}"}
			must(s.AddNotification(ctx, n))
			n.State, n.Delivery, n.Error, n.ErrorCode = state, delivery, why, code
			ok, err := s.SetNotification(ctx, n, store.NoticeReady)
			if must(err); !ok {
				t.Fatal("not set")
			}
		}
		notice("1", store.NoticeReady, "", "", 0)
		notice("2", store.NoticeSent, "delivered", "", 0)
		notice("3", store.NoticeFailed, "", "blokir", 131026)
		notice("4", store.NoticeSent, "failed", "blokir", 131026)
		notice("5", store.NoticeUnknown, "", "putus", 0)
		owed, err := s.CountOwed(ctx, apptest.Region, 100)
		if must(err); owed["whatsapp"] != 1 {
			t.Error(owed)
		}
		faults, err := s.NoticeFaults(ctx, apptest.Region, now.Add(-24*time.Hour), 10)
		must(err)
		at := s.Clock().Now().UTC()
		if diff := cmp.Diff([]*store.NoticeFault{
			{Channel: "whatsapp", Fate: "failed", ErrorCode: 131026, Error: "blokir", N: 2, LastAt: at},
			{Channel: "whatsapp", Fate: "unknown", Error: "putus", N: 1, LastAt: at},
		}, faults, cmp.Comparer(time.Time.Equal)); diff != "" {
			t.Error(diff)
		}
		if old, err := s.NoticeFaults(ctx, apptest.Region, at, 10); err != nil || len(old) != 0 {
			t.Error(old, err)
		}
	})
}
