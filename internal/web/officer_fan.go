package web

import (
	"math"
	"time"

	"tanggap/internal/forecast"
	"tanggap/internal/outlook"
	"tanggap/internal/web/view"
)

// fanPast is how many known days stand before the expected ones in a chart.
const fanPast = 28

// fan is the chart of a daily forecast: what came, then what is expected with its bands. It
// is nil without one.
func (s *Server) fan(v *visit, seen *outlook.View, title string) *view.Chart {
	if seen == nil || seen.Days == nil || len(seen.Days.Q) == 0 {
		return nil
	}
	f := view.Format{Lang: v.lang, Zone: v.pack.Location()}
	t := func(key string, pairs ...any) string { return s.View.T(v.lang, key, pairs...) }
	c := &view.Chart{Kind: "fan", Label: title, Series: []string{t("foresight.came"), t("foresight.middle"), t("foresight.range95"), t("foresight.range80")}, Rows: make([][]float64, 5)}
	recent := seen.Recent
	for _, x := range recent[max(0, len(recent)-fanPast):] {
		day, err := time.Parse(time.DateOnly, x.Day)
		if err != nil || x.N < 0 {
			continue
		}
		n := math.Round(x.N)
		c.Names, c.Values = append(c.Names, f.ShortDay(day)), append(c.Values, n)
		c.Texts = append(c.Texts, f.ShortDay(day)+": "+t("dashboard.n_cases", "n", f.Number(n, 0)))
	}
	for h, q := range seen.Days.Q {
		if len(q) != len(forecast.Levels) {
			return nil
		}
		day := seen.Days.Day(forecast.Daily, h)
		c.Names = append(c.Names, f.ShortDay(day))
		for i, level := range []int{forecast.Low95, forecast.High95, forecast.Low80, forecast.High80, forecast.Median} {
			c.Rows[i] = append(c.Rows[i], math.Round(q[level]))
		}
		c.Texts = append(c.Texts, t("foresight.said", "day", f.ShortDay(day), "middle", f.Number(q[forecast.Median], 0), "low", f.Number(q[forecast.Low80], 0), "high", f.Number(q[forecast.High80], 0)))
	}
	return c
}
