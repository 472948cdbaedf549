package web

import (
	"context"
	"math"
	"net/url"
	"time"

	"tanggap/internal/access"
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

// forecast is the expected load of what the page is about: the chosen unit, the only one of
// the officer, or the region.
func (b *board) forecast(ctx context.Context) (view.Panel, error) {
	p := view.Panel{Title: b.t("dashboard.panel_prakiraan"), Empty: b.t("dashboard.no_forecast")}
	name := outlook.Name(outlook.OfRegion, "")
	switch {
	case b.unit != "":
		name = outlook.Name(outlook.OfUnit, b.unit)
	case len(b.units) == 1:
		name = outlook.Name(outlook.OfUnit, b.units[0])
	}
	if !mayForesee(b.v, access.ForecastRead, name) {
		p.Empty = b.t("dashboard.forecast_choose")
		return p, nil
	}
	row, err := b.s.Store.Forecast(ctx, b.v.pack.Identity.Code, name)
	if err != nil || row == nil {
		return p, err
	}
	seen, err := outlook.Read(row)
	if err != nil || seen.Days == nil {
		return p, err
	}
	page := &view.Foresight{}
	b.s.fillForecast(b.v, page, seen)
	if page.Peak == nil {
		return p, nil
	}
	number := func(x float64) string { return b.num(int64(math.Round(x))) }
	p.Empty, p.Wide = "", true
	p.Title = b.t("foresight.peak", "day", b.f.Day(page.Peak.Day), "low", number(page.Peak.Low), "high", number(page.Peak.High))
	p.Sub = b.t("foresight.until", "day", b.f.Day(page.Until))
	if page.Past.Tries > 0 {
		p.Note = b.t("foresight.past", "n", b.num(int64(page.Past.Tries)), "cover", b.f.Percent(page.Past.Cover80))
	}
	t := view.Table{Caption: b.t("foresight.days"), Head: []string{b.t("foresight.day"), b.t("foresight.came"), b.t("foresight.middle"), b.t("foresight.range80"), b.t("foresight.range95")}}
	for _, x := range page.Recent[max(0, len(page.Recent)-fanPast):] {
		t.Rows = append(t.Rows, []view.Cell{{Text: b.f.ShortDay(x.Day)}, {Text: number(x.N)}, {}, {}, {}})
	}
	link := foresightPath + "?deret=" + url.QueryEscape(name)
	for _, x := range page.Days {
		t.Rows = append(t.Rows, []view.Cell{{Text: b.f.ShortDay(x.Day), URL: link}, {}, {Text: number(x.Middle)}, {Text: number(x.Low) + "–" + number(x.High)}, {Text: number(x.Least) + "–" + number(x.Most)}})
	}
	p.Chart, p.Tables = b.s.fan(b.v, seen, p.Title), []view.Table{t}
	return p, nil
}
