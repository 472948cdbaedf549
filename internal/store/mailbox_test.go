package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tanggap/internal/apptest"
	"tanggap/internal/store"
)

func TestMailboxRemembersItsPlace(t *testing.T) {
	apptest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		x, err := s.Mailbox(ctx, apptest.Region, "lapor@mail.contoh.go.id", "INBOX")
		if err != nil || x.UID != 0 || x.UIDValidity != 0 {
			t.Fatalf("never read: %+v, %v", x, err)
		}
		// Both numbers go up to 2^32-1.
		for _, uid := range []int64{1, 1<<32 - 1} {
			x.UIDValidity, x.UID, x.CheckedAt, x.Error = 1<<32-1, uid, s.Clock().Now(), "sibuk"
			if err := s.SetMailbox(ctx, x); err != nil {
				t.Fatal(err)
			}
		}
		other := *x
		other.Folder, other.Error, other.CheckedAt = "Sampah", "", x.CheckedAt.Add(time.Minute)
		if err := s.SetMailbox(ctx, &other); err != nil {
			t.Fatal(err)
		}
		all, err := s.Mailboxes(ctx, apptest.Region)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]*store.Mailbox{x, &other}, all); diff != "" {
			t.Error(diff)
		}
		if all, err = s.Mailboxes(ctx, "33.19"); err != nil || len(all) != 0 {
			t.Errorf("another region sees %v, %v", all, err)
		}
	})
}
