package casework_test

import (
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/casework"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// The stated rule, told by cases in the order in which they are to be worked on. The
// hours are those to the due time.
func TestOrderOfWork(t *testing.T) {
	hours := func(h float64) time.Duration { return time.Duration(h * float64(time.Hour)) }
	want := []struct {
		name       string
		due        time.Duration
		urgency    tanggap.Urgency
		vulnerable string
		citizens   int
	}{
		{"an emergency, due soonest", hours(2), tanggap.Emergency, "", 1},
		{"an emergency due later comes before all that is none", hours(60), tanggap.Emergency, "", 1},
		{"late, and urgent", hours(-20), tanggap.High, "", 1},
		{"late by a day", hours(-24), tanggap.Normal, "", 1},
		{"urgent and an elder", hours(20), tanggap.High, "yes", 1},
		{"a child, due in eleven hours", hours(11), tanggap.Normal, "yes", 1},
		{"due in five hours", hours(5), tanggap.Normal, "", 1},
		{"an event of eight citizens", hours(18), tanggap.Normal, "", 8},
		{"an event of thousands counts no more than one of eight", hours(18.5), tanggap.Normal, "", 5000},
		{"due in seven hours", hours(7), tanggap.Normal, "", 1},
		{"urgent, due in two days", hours(48), tanggap.High, "", 1},
		{"an event of two", hours(30), tanggap.Normal, "", 2},
		{"due in a week", hours(168), tanggap.Normal, "", 1},
	}
	agree, pairs := 0, 0
	rank := func(i int) (emergency bool, at time.Duration) {
		c := want[i]
		lead := int64(0)
		for _, l := range casework.Leads(&store.Case{Urgency: c.urgency, Vulnerable: c.vulnerable}, c.citizens) {
			lead += l.Hours
		}
		return c.urgency == tanggap.Emergency, c.due - time.Duration(lead)*time.Hour
	}
	for i := range want {
		for j := i + 1; j < len(want); j++ {
			pairs++
			ei, ai := rank(i)
			ej, aj := rank(j)
			if ei && !ej || ei == ej && ai <= aj {
				agree++
			} else {
				t.Logf("%q does not come before %q", want[i].name, want[j].name)
			}
		}
	}
	t.Logf("%d of %d pairs in the stated order", agree, pairs)
	if float64(agree) < 0.95*float64(pairs) {
		t.Errorf("%d of %d pairs in the stated order", agree, pairs)
	}
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		c := &store.Citizen{Region: apptest.Region, Name: "Warga Contoh", Lang: "id"}
		if err := s.AddCitizen(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		for i := len(want) - 1; i >= 0; i-- {
			w := want[i]
			x := &store.Case{Region: apptest.Region, State: tanggap.Assigned, Unit: "DLH", Urgency: w.urgency, Channel: "web", CitizenID: c.ID,
				OpenedAt: apptest.Start, DueAt: apptest.Start.Add(w.due), Vulnerable: w.vulnerable, Summary: w.name}
			for _, l := range casework.Leads(x, w.citizens) {
				x.Lead += l.Hours
			}
			if err := s.AddCase(t.Context(), x, "BAU", time.UTC); err != nil {
				t.Fatal(err)
			}
		}
		list, err := s.Cases(t.Context(), store.CaseFilter{Region: apptest.Region})
		if err != nil {
			t.Fatal(err)
		}
		for i := 1; i < len(list); i++ {
			a, b := list[i-1], list[i]
			if a.Urgency != tanggap.Emergency && b.Urgency == tanggap.Emergency || (a.Urgency == tanggap.Emergency) == (b.Urgency == tanggap.Emergency) && a.RankAt.After(b.RankAt) {
				t.Errorf("%q stands before %q", a.Summary, b.Summary)
			}
		}
	})
}
