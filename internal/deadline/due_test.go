package deadline

import (
	"testing"
	"time"
	_ "time/tzdata"

	"tanggap/internal/tanggap"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func date(t testing.TB, s string) Date {
	t.Helper()
	d, err := ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func at(t testing.TB, loc *time.Location, s string) time.Time {
	t.Helper()
	v, err := time.ParseInLocation("2006-01-02 15:04", s, loc)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// baubau is the working calendar of 2026 (national and joint holidays of the
// ministers' decree) in the zone of Kota Baubau.
func baubau(t testing.TB) *Calendar {
	c := &Calendar{Location: zone(t, "Asia/Makassar"), Week: OfficeWeek(), Holidays: map[Date]string{}, KnownUntil: Date{2026, 12, 31}}
	for _, d := range []string{
		"01-01", "01-16", "02-16", "02-17", "03-18", "03-19", "03-20", "03-21", "03-22", "03-23", "03-24", "04-03",
		"04-05", "05-01", "05-14", "05-15", "05-27", "05-28", "05-31", "06-01", "06-16", "08-17", "08-25", "12-24", "12-25",
	} {
		c.Holidays[date(t, "2026-"+d)] = "libur"
	}
	return c
}

func TestDue(t *testing.T) {
	c := baubau(t)
	wd, cd, hours := WorkingDay, CalendarDay, Hour
	for _, tt := range []struct {
		name  string
		start string
		n     int
		unit  Unit
		want  string
	}{
		{"Nyepi and Idul Fitri", "2026-03-13 10:00", 3, wd, "2026-03-25 16:00"},
		{"Christmas", "2026-12-22 09:00", 5, wd, "2026-12-31 16:00"},
		{"Ascension", "2026-05-13 23:59", 5, wd, "2026-05-22 16:30"},
		{"received on Saturday, Monday is day 1", "2026-07-04 08:00", 1, wd, "2026-07-06 16:00"},
		{"received on a holiday", "2026-08-17 08:00", 1, wd, "2026-08-18 16:00"},
		{"Friday closes later", "2026-07-09 08:00", 1, wd, "2026-07-10 16:30"},
		{"after closing is still day 0", "2026-07-06 20:00", 1, wd, "2026-07-07 16:00"},
		{"first minute of the day", "2026-07-06 00:00", 1, wd, "2026-07-07 16:00"},
		{"year edge", "2026-12-31 10:00", 1, wd, "2027-01-01 16:30"}, // 2027 has no list yet
		{"calendar days ignore holidays", "2026-03-18 10:00", 3, cd, "2026-03-21 23:59"},
		{"calendar days over the year", "2026-12-30 10:00", 5, cd, "2027-01-04 23:59"},
		{"leap day", "2028-02-28 10:00", 1, cd, "2028-02-29 23:59"},
		{"hours run through the night", "2026-03-20 22:30", 3, hours, "2026-03-21 01:30"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Due(c, Rule{"X", tt.n, tt.unit}, at(t, c.Location, tt.start).UTC())
			if err != nil {
				t.Fatal(err)
			}
			if want := at(t, c.Location, tt.want); !got.Truncate(time.Minute).Equal(want) {
				t.Errorf("due %v, want %v", got.In(c.Location), want)
			}
		})
	}
}

func TestDueErrors(t *testing.T) {
	good := baubau(t)
	closed := &Calendar{Location: time.UTC}
	start := at(t, time.UTC, "2026-01-05 10:00")
	for name, tt := range map[string]struct {
		c *Calendar
		r Rule
	}{
		"zero":           {good, Rule{"X", 0, WorkingDay}},
		"negative":       {good, Rule{"X", -1, Hour}},
		"beyond horizon": {good, Rule{"X", 9000, WorkingDay}},
		"overflow":       {good, Rule{"X", 1 << 40, Hour}},
		"unit":           {good, Rule{"X", 1, "week"}},
		"never opens":    {closed, Rule{"X", 1, WorkingDay}},
		"no zone":        {&Calendar{Week: OfficeWeek()}, Rule{"X", 1, WorkingDay}},
		"hours overlap":  {&Calendar{Location: time.UTC, Week: Week{time.Monday: {{60, 120}, {100, 200}}}}, Rule{"X", 1, WorkingDay}},
		"hours empty":    {&Calendar{Location: time.UTC, Week: Week{time.Monday: {{60, 60}}}}, Rule{"X", 1, WorkingDay}},
		"past midnight":  {&Calendar{Location: time.UTC, Week: Week{time.Monday: {{60, 1500}}}}, Rule{"X", 1, WorkingDay}},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := Due(tt.c, tt.r, start); tanggap.CodeOf(err) != tanggap.Invalid {
				t.Errorf("got %v, %v; want an invalid error", got, err)
			}
			if _, err := Recompute(start, tt.c, tt.r, start); err == nil {
				t.Error("Recompute accepts it")
			}
		})
	}
	if got, err := Due(closed, Rule{"X", 2, CalendarDay}, start); err != nil || DateOf(got, time.UTC) != (Date{2026, 1, 7}) {
		t.Errorf("calendar days need no open day: %v, %v", got, err)
	}
}

func TestPauses(t *testing.T) {
	c := baubau(t)
	p := func(from, to string) Pause { return Pause{at(t, c.Location, from), at(t, c.Location, to)} }
	three := Rule{"X", 3, WorkingDay}
	// Received Monday 2026-07-06; unpaused due Thursday 9th 16:00.
	for _, tt := range []struct {
		name   string
		rule   Rule
		pauses []Pause
		want   string
	}{
		{"none", three, nil, "2026-07-09 16:00"},
		{"a whole day", three, []Pause{p("2026-07-06 15:00", "2026-07-08 07:00")}, "2026-07-10 16:30"},
		{"exactly the office hours", three, []Pause{p("2026-07-07 07:30", "2026-07-07 16:00")}, "2026-07-10 16:30"},
		{"two halves joined", three, []Pause{p("2026-07-07 12:00", "2026-07-07 20:00"), p("2026-07-07 06:00", "2026-07-07 12:00")}, "2026-07-10 16:30"},
		{"counted once when overlapping", three, []Pause{p("2026-07-07 00:00", "2026-07-08 00:00"), p("2026-07-07 01:00", "2026-07-08 01:00")}, "2026-07-10 16:30"},
		{"part of a day wins nothing", three, []Pause{p("2026-07-07 15:55", "2026-07-08 07:35")}, "2026-07-09 16:00"},
		{"weekend wins nothing", three, []Pause{p("2026-07-11 00:00", "2026-07-13 00:00")}, "2026-07-09 16:00"},
		{"over the weekend", three, []Pause{p("2026-07-07 00:00", "2026-07-13 06:00")}, "2026-07-15 16:00"},
		{"standing at the due moment", three, []Pause{p("2026-07-09 10:00", "2026-07-11 12:00")}, "2026-07-13 16:00"},
		{"until the due moment", three, []Pause{p("2026-07-09 10:00", "2026-07-09 16:00")}, "2026-07-10 16:30"},
		{"before receipt", three, []Pause{p("2026-07-01 10:00", "2026-07-06 09:00")}, "2026-07-09 16:00"},
		{"after due", three, []Pause{p("2026-07-09 16:00", "2026-07-20 16:00")}, "2026-07-09 16:00"},
		{"backwards is nothing", three, []Pause{p("2026-07-08 10:00", "2026-07-07 10:00")}, "2026-07-09 16:00"},
		{"hours add up", Rule{"X", 4, Hour}, []Pause{p("2026-07-06 11:00", "2026-07-06 12:30"), p("2026-07-06 15:00", "2026-07-06 15:10")}, "2026-07-06 15:40"},
		{"hours: pause at the due moment is too late", Rule{"X", 4, Hour}, []Pause{p("2026-07-06 14:00", "2026-07-06 18:00")}, "2026-07-06 14:00"},
		{"calendar day", Rule{"X", 2, CalendarDay}, []Pause{p("2026-07-06 12:00", "2026-07-08 00:00")}, "2026-07-09 23:59"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Due(c, tt.rule, at(t, c.Location, "2026-07-06 10:00"), tt.pauses...)
			if err != nil {
				t.Fatal(err)
			}
			if want := at(t, c.Location, tt.want); !got.Truncate(time.Minute).Equal(want) {
				t.Errorf("due %v, want %v", got.In(c.Location), want)
			}
		})
	}
}

func TestRecomputeNeverShortens(t *testing.T) {
	c := baubau(t)
	rule, start := Rule{"X", 3, WorkingDay}, at(t, c.Location, "2026-07-06 10:00")
	promised, err := Due(c, rule, start)
	if err != nil {
		t.Fatal(err)
	}
	c.Holidays[Date{2026, 7, 8}] = "pemilihan"
	later, err := Recompute(promised, c, rule, start)
	if want := at(t, c.Location, "2026-07-10 16:30"); err != nil || !later.Equal(want) {
		t.Fatalf("after a new holiday: %v, %v; want %v", later, err, want)
	}
	delete(c.Holidays, Date{2026, 7, 8})
	if got, err := Recompute(later, c, rule, start); err != nil || !got.Equal(later) {
		t.Errorf("after the holiday was taken back: %v, %v; want %v", got, err, later)
	}
}
