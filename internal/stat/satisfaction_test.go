package stat_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"tanggap/internal/apptest"
	"tanggap/internal/apptest/town"
	"tanggap/internal/deadline"
	"tanggap/internal/stat"
	"tanggap/internal/store"
	"tanggap/internal/survey"
	"tanggap/internal/tanggap"
)

// The index counts the answers of its period and scope, says how sure it is, and keeps
// still below thirty answers.
func TestSatisfaction(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		w := town.New(t, s)
		rate := func(secret bool, score int) {
			t.Helper()
			town.Once(t, func(r *rapid.T) { w.Arrive(r) })
			err := s.InTx(t.Context(), func(tx *store.Store) error {
				c, err := tx.Case(t.Context(), apptest.Region, w.Cases[len(w.Cases)-1])
				if err != nil {
					return err
				}
				c.Unit, c.Service, c.State = "DLH", "SRT-DOM", tanggap.Assigned
				if err := w.Flags(t.Context(), tx, w.Pack, c, town.Officer, secret, false); err != nil {
					return err
				}
				if err := w.Reply(t.Context(), tx, w.Pack, c, town.Officer, "Sudah.", tanggap.Answered); err != nil {
					return err
				}
				a := survey.Answers{}
				for _, e := range survey.Elements {
					a[e] = score
				}
				return tx.PutSurvey(t.Context(), &store.Survey{Region: c.Region, CaseID: c.ID, CitizenID: c.CitizenID, Unit: c.Unit, Service: c.Service, Scores: a})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for i := range 8 {
			rate(false, 3+i%2)
		}
		rate(true, 1)
		k := &stat.Keeper{Store: s}
		town.Once(t, func(r *rapid.T) { w.Update(r, k) })
		today := deadline.DateOf(w.Clock.Now(), w.Pack.Location())
		for _, x := range []struct {
			scope  stat.Scope
			day    deadline.Date
			n      int
			points float64
		}{
			{stat.All(apptest.Region), today, 8, 87.5},
			{stat.Scope{Region: apptest.Region, Units: []string{"DLH"}, Secrets: []string{"DLH"}}, today, 9, 80.56},
			{stat.Scope{Region: apptest.Region, Units: []string{"PUPR"}}, today, 0, 0},
			{stat.All(apptest.Region), today.AddDays(-1), 0, 0},
		} {
			got, err := (&stat.Reader{Store: s}).Satisfaction(t.Context(), x.scope, stat.Period{From: x.day, To: x.day}, w.Pack.Location(), []string{"DLH", "PUPR"})
			if err != nil {
				t.Fatal(err)
			}
			whole := got[0]
			if whole.Index.Respondents != x.n || whole.Points() != x.points || whole.Known() || whole.Served != int64(x.n) {
				t.Errorf("%v on %s: n %d, %v points, known %v, served %d", x.scope, x.day, whole.Index.Respondents, whole.Points(), whole.Known(), whole.Served)
			}
			if x.n == 8 {
				// Half of them gave 75 points, half 100: their deviation is 25/2·√(8/7).
				if want := 1.96 * 12.5 * math.Sqrt(8.0/7) / math.Sqrt(8); math.Abs(whole.Half-want) > 0.01 {
					t.Errorf("half an interval of %v, want %v", whole.Half, want)
				}
				if len(got) != 2 || got[1].Unit != "DLH" || !got[1].Indicative() == (got[1].Needed > 8) {
					t.Errorf("by unit: %+v", got[1:])
				}
			}
		}
	})
}
