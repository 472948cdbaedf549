package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tanggap/internal/apptest"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// What is foreseen stands once for each series; warnings go from open to ended; events,
// workloads and figures from elsewhere are replaced, not doubled.
func TestOutlookRows(t *testing.T) {
	apptest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, region := t.Context(), "74.72"
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, body := range []string{"1", "2"} {
			must(s.PutForecast(ctx, &store.Forecast{Region: region, Series: "unit:PUPR", MadeOn: "2026-11-2" + body, Body: body}))
		}
		f, err := s.Forecast(ctx, region, "unit:PUPR")
		must(err)
		if f == nil || f.Body != "2" || f.MadeOn != "2026-11-22" {
			t.Errorf("forecast: %+v", f)
		}
		if f, err := s.Forecast(ctx, "33.19", "unit:PUPR"); f != nil || err != nil {
			t.Errorf("another region sees %+v, %v", f, err)
		}
		must(s.DropForecasts(ctx, region, "2026-11-23"))
		if all, err := s.Forecasts(ctx, region); len(all) != 0 || err != nil {
			t.Errorf("left: %v, %v", all, err)
		}

		x := &store.Surge{Region: region, Series: "service:PJU-PADAM", Kind: store.SurgeMore, FromDay: "2026-11-20", ToDay: "2026-11-21", Observed: 31, Expected: 9.5, Severity: 4.2, State: store.SurgeOpen}
		must(s.AddSurge(ctx, x))
		x.State, x.ToDay, x.EndedAt = store.SurgeEnded, "2026-11-22", s.Clock().Now().UTC()
		must(s.SetSurge(ctx, x))
		got, err := s.Surge(ctx, region, x.ID)
		must(err)
		if diff := cmp.Diff(x, got, cmpopts.EquateApproxTime(1000)); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
		for since, want := range map[string]int{"2026-11-22": 1, "2026-11-23": 0} {
			if list, err := s.Surges(ctx, region, since, 10); len(list) != want || err != nil {
				t.Errorf("since %s: %d warnings, want %d (%v)", since, len(list), want, err)
			}
		}
		if _, err := s.Surge(ctx, "33.19", x.ID); tanggap.CodeOf(err) != tanggap.NotFound {
			t.Errorf("another region: %v", err)
		}

		e := &store.DeclaredEvent{Region: region, Name: "Pendaftaran bansos", Kind: "bansos", FromDay: "2026-12-01", ToDay: "2026-12-05", MadeBy: "o"}
		must(s.AddDeclaredEvent(ctx, e))
		if list, err := s.DeclaredEvents(ctx, region); len(list) != 1 || err != nil {
			t.Errorf("events: %v, %v", list, err)
		}
		must(s.CancelDeclaredEvent(ctx, region, e.ID))
		if list, err := s.DeclaredEvents(ctx, region); len(list) != 0 || err != nil {
			t.Errorf("cancelled, and still there: %v, %v", list, err)
		}

		for _, minutes := range []int{20, 35} {
			must(s.PutWorkload(ctx, &store.Workload{Region: region, Unit: "PUPR", Minutes: minutes, Hours: 5.5, Level: .9, ChangedBy: "o"}))
		}
		if w, err := s.Workloads(ctx, region); err != nil || len(w) != 1 || w["PUPR"].Minutes != 35 {
			t.Errorf("workloads: %v, %v", w, err)
		}

		o := &store.OutsideSeries{Region: region, Name: "DBD", Measure: "kasus", Source: "Dinkes", Period: "week", MadeBy: "o"}
		must(s.PutOutsideSeries(ctx, o))
		for _, v := range []float64{3, 4} {
			must(s.PutOutsideValues(ctx, []*store.OutsideValue{{Region: region, SeriesID: o.ID, Place: "Wajo", Day: "2026-11-16", Value: v, Population: 12000},
				{Region: region, SeriesID: o.ID, Place: "Wajo", Day: "2026-11-23", Value: v, Population: 12000}}))
		}
		if list, err := s.OutsideValues(ctx, region, o.ID); err != nil || len(list) != 2 || list[0].Value != 4 {
			t.Errorf("values: %v, %v", list, err)
		}
	})
}
