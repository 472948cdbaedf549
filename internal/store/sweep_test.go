package store_test

import (
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/store"
)

func TestSweepForgetsOldRawBytesAndKeepsTheWitness(t *testing.T) {
	apptest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		clock := s.Clock().(*apptest.Clock)
		if _, err := deliver(ctx, s, "finished", "waiting"); err != nil {
			t.Fatal(err)
		}
		in, err := s.Inbound(ctx, region, 1)
		if err != nil {
			t.Fatal(err)
		}
		in.State, in.Outcome = store.InboundDone, store.OutcomeIgnored
		if err := s.FinishInbound(ctx, in); err != nil {
			t.Fatal(err)
		}
		clock.Advance(40 * 24 * time.Hour)
		if _, err := deliver(ctx, s, "new"); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second finds nothing to do
			if err := s.SweepRaw(ctx, region, clock.Now().Add(-30*24*time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		for seq, kept := range map[int64]bool{1: false, 2: true, 3: true} {
			in, err := s.Inbound(ctx, region, seq)
			if err != nil {
				t.Fatalf("inbound %d is gone: %v", seq, err)
			}
			if (in.RawCT != nil) != kept {
				t.Errorf("inbound %d: raw kept %t, want %t", seq, in.RawCT != nil, kept)
			}
		}
		if again, err := deliver(ctx, s, "finished"); err != nil || len(again) != 0 {
			t.Errorf("a late redelivery was taken as new: %v, %v", again, err)
		}
	})
}
