package tanggap

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestTrackingCodesSurviveHowPeopleType(t *testing.T) {
	for range 200 {
		code := NewTrackingCode()
		typed := strings.ToLower(strings.NewReplacer("0", "O", "1", "l").Replace(code))
		for _, s := range []string{code, typed, code[:4] + "-" + code[4:8] + " " + code[8:], " " + code + " "} {
			if got, err := ParseTrackingCode(s); err != nil || got != code {
				t.Fatalf("%q: %q, %v; want %q", s, got, err, code)
			}
		}
	}
}

// TestTrackingCodesNoticeSlips: the check character finds every wrong character and
// every swap of neighbours.
func TestTrackingCodesNoticeSlips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := []byte(NewTrackingCode())
		i := rapid.IntRange(0, CodeLength-1).Draw(t, "at")
		slip := append([]byte(nil), code...)
		if rapid.Bool().Draw(t, "swap") {
			slip[i], slip[i+1] = slip[i+1], slip[i]
		} else {
			slip[i] = crockford[rapid.IntRange(0, 31).Draw(t, "wrong")]
		}
		if string(slip) == string(code) {
			return
		}
		if got, err := ParseTrackingCode(string(slip)); err == nil {
			t.Fatalf("%s typed as %s passes as %s", code, slip, got)
		}
	})
}

func TestBadTrackingCodesSayWhy(t *testing.T) {
	for _, s := range []string{"", "BAU", strings.Repeat("A", 100), "UUUUUUUUUUUUU", "🔥🔥🔥", "\x00"} {
		if _, err := ParseTrackingCode(s); CodeOf(err) != Invalid {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestStateTable(t *testing.T) {
	for _, s := range States {
		if !s.Valid() {
			t.Errorf("%s is listed and has no row", s)
		}
		for _, to := range s.Next() {
			if !to.Valid() || !s.CanBecome(to) {
				t.Errorf("%s may become %q", s, to)
			}
		}
		if s.Open() && !s.CanBecome(External) {
			t.Errorf("%s is open and cannot be handed to another body", s)
		}
		if s.Paused() != (s == WaitingCitizen) {
			t.Errorf("%s: only waiting for the citizen pauses the clock", s)
		}
	}
	if len(States) != len(next) {
		t.Errorf("%d states are listed, %d have a row", len(States), len(next))
	}
	if Received.CanBecome(Done) || Merged.CanBecome(Reopened) || State("x").Valid() {
		t.Error("the table allows what it must not")
	}
}

func TestErrorsKeepTheirCode(t *testing.T) {
	err := fmt.Errorf("while saving: %w", Errorf(Conflict, "sudah diubah"))
	if CodeOf(err) != Conflict || CodeOf(errors.New("x")) != Internal || CodeOf(nil) != "" {
		t.Errorf("codes: %q %q %q", CodeOf(err), CodeOf(errors.New("x")), CodeOf(nil))
	}
	if got := CaseNumber("BAU", 2026, 123); got != "BAU-26-000123" {
		t.Errorf("case number %s", got)
	}
}
