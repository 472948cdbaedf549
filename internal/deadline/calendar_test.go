package deadline

import (
	"testing"
	"time"

	"tanggap/internal/tanggap"
)

func TestOpen(t *testing.T) {
	c := baubau(t)
	for s, want := range map[string]bool{
		"2026-07-06": true, "2026-07-04": false, "2026-07-05": false, "2026-03-19": false, "2026-12-24": false, "2026-12-28": true,
	} {
		if got := c.Open(date(t, s)); got != want {
			t.Errorf("%s open: %v, want %v", s, got, want)
		}
	}
	if !c.Known(at(t, c.Location, "2026-12-31 23:59")) || c.Known(at(t, c.Location, "2027-01-01 00:00")) {
		t.Error("the list of 2026 must be official until its last local day and no longer")
	}
}

func TestWorkingDays(t *testing.T) {
	c := baubau(t)
	from, to := date(t, "2026-03-13"), date(t, "2026-03-25")
	if got := c.WorkingDaysBetween(from, to); got != 3 {
		t.Errorf("between: %d, want 3", got)
	}
	if got := c.WorkingDaysBetween(to, from); got != -3 {
		t.Errorf("backwards: %d, want -3", got)
	}
	if got := c.WorkingDaysBetween(from, from); got != 0 {
		t.Errorf("same day: %d, want 0", got)
	}
	if got, err := c.AddWorkingDays(from, 3); err != nil || got != to {
		t.Errorf("add: %v, %v; want %v", got, err, to)
	}
	if _, err := c.AddWorkingDays(from, 0); tanggap.CodeOf(err) != tanggap.Invalid {
		t.Errorf("zero days: %v", err)
	}
	if _, err := (&Calendar{Location: time.UTC}).AddWorkingDays(from, 1); tanggap.CodeOf(err) != tanggap.Invalid {
		t.Errorf("never open: %v", err)
	}
}

func TestNextOpening(t *testing.T) {
	c := baubau(t)
	lunch := []Interval{{8 * 60, 12 * 60}, {13 * 60, 15 * 60}}
	split := &Calendar{Location: c.Location, Week: Week{time.Monday: lunch}}
	for _, tt := range []struct {
		name     string
		c        *Calendar
		at, want string
	}{
		{"open now", c, "2026-07-06 10:00", "2026-07-06 10:00"},
		{"early morning", c, "2026-07-06 05:00", "2026-07-06 07:30"},
		{"at closing", c, "2026-07-06 16:00", "2026-07-07 07:30"},
		{"Friday evening", c, "2026-07-10 18:00", "2026-07-13 07:30"},
		{"before Eid", c, "2026-03-17 20:00", "2026-03-25 07:30"},
		{"lunch break", split, "2026-07-06 12:00", "2026-07-06 13:00"},
		{"next week", split, "2026-07-06 15:00", "2026-07-13 08:00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now, want := at(t, c.Location, tt.at), at(t, c.Location, tt.want)
			got, err := tt.c.NextOpening(now)
			if err != nil || !got.Equal(want) {
				t.Errorf("next opening %v, %v; want %v", got, err, want)
			}
			if tt.c.Within(now) != now.Equal(want) || !tt.c.Within(got) {
				t.Errorf("Within disagrees with NextOpening")
			}
		})
	}
	if _, err := (&Calendar{Location: time.UTC}).NextOpening(at(t, time.UTC, "2026-07-06 10:00")); err == nil {
		t.Error("an office without hours opens")
	}
}

func TestQuietHours(t *testing.T) {
	loc := zone(t, "Asia/Makassar")
	night := QuietHours{21 * 60, 7 * 60}
	for _, tt := range []struct {
		q        QuietHours
		at, want string
	}{
		{night, "2026-07-06 20:59", "2026-07-06 20:59"},
		{night, "2026-07-06 21:00", "2026-07-07 07:00"},
		{night, "2026-12-31 23:59", "2027-01-01 07:00"},
		{night, "2026-07-07 06:59", "2026-07-07 07:00"},
		{night, "2026-07-07 07:00", "2026-07-07 07:00"},
		{QuietHours{12 * 60, 13 * 60}, "2026-07-07 12:30", "2026-07-07 13:00"},
		{QuietHours{}, "2026-07-07 00:00", "2026-07-07 00:00"},
	} {
		now, want := at(t, loc, tt.at), at(t, loc, tt.want)
		if got := tt.q.After(now.UTC(), loc); !got.Equal(want) {
			t.Errorf("%v after %s: %v, want %v", tt.q, tt.at, got.In(loc), want)
		}
		if got := tt.q.Contain(now, loc); got == now.Equal(want) {
			t.Errorf("%v contains %s: %v", tt.q, tt.at, got)
		}
	}
}

func TestSummerTime(t *testing.T) {
	london, santiago, lordHowe := zone(t, "Europe/London"), zone(t, "America/Santiago"), zone(t, "Australia/Lord_Howe")
	for _, tt := range []struct {
		name           string
		d              Date
		m              string
		loc            *time.Location
		opening, until string // UTC
	}{
		{"plain", Date{2026, 1, 5}, "16:00", london, "2026-01-05 16:00", "2026-01-05 16:00"},
		{"repeated", Date{2026, 10, 25}, "01:30", london, "2026-10-25 00:30", "2026-10-25 01:30"},
		{"skipped", Date{2026, 3, 29}, "01:30", london, "2026-03-29 01:00", "2026-03-29 01:00"},
		{"just after the change", Date{2026, 3, 29}, "02:00", london, "2026-03-29 01:00", "2026-03-29 01:00"},
		{"no midnight", Date{2026, 9, 6}, "00:00", santiago, "2026-09-06 04:00", "2026-09-06 04:00"},
		{"half an hour repeated", Date{2026, 4, 5}, "01:45", lordHowe, "2026-04-04 14:45", "2026-04-04 15:15"},
		{"half an hour skipped", Date{2026, 10, 4}, "02:15", lordHowe, "2026-10-03 15:30", "2026-10-03 15:30"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, err := ParseMinute(tt.m)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := tt.d.opening(m, tt.loc), at(t, time.UTC, tt.opening); !got.Equal(want) {
				t.Errorf("opening %v, want %v", got.UTC(), want)
			}
			if got, want := tt.d.closing(m, tt.loc), at(t, time.UTC, tt.until); !got.Equal(want) {
				t.Errorf("closing %v, want %v", got.UTC(), want)
			}
		})
	}
	// Santiago skips the midnight that ends Saturday: the day still ends on itself.
	if got := (Date{2026, 9, 5}).closing(endOfDay, santiago); DateOf(got, santiago) != (Date{2026, 9, 5}) {
		t.Errorf("Saturday ends at %v", got)
	}
}

func TestParse(t *testing.T) {
	for s, want := range map[string]Minute{"00:00": 0, "07:30": 450, "23:59": 1439, "24:00": 1440} {
		if got, err := ParseMinute(s); err != nil || got != want || got.String() != s {
			t.Errorf("ParseMinute(%q) = %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "7:30", "24:01", "25:00", "07.30", "07:60", "-1:00"} {
		if got, err := ParseMinute(s); tanggap.CodeOf(err) != tanggap.Invalid {
			t.Errorf("ParseMinute(%q) = %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "2026-02-29", "2026-1-1", "17-08-2026"} {
		if got, err := ParseDate(s); tanggap.CodeOf(err) != tanggap.Invalid {
			t.Errorf("ParseDate(%q) = %v, %v", s, got, err)
		}
	}
	if got := date(t, "2026-12-31").AddDays(1).String(); got != "2027-01-01" {
		t.Errorf("the day after New Year's Eve is %s", got)
	}
}
