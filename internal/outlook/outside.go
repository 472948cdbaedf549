package outlook

import (
	"context"
	"math"
	"time"

	"tanggap/internal/forecast"
	"tanggap/internal/store"
)

// outside is a series from elsewhere with its figures by place.
type outside struct {
	row    *store.OutsideSeries
	places []string // in order; "" for a series of one place
	series map[string]forecast.Series
}

// periods of figures from elsewhere, by their names in the database.
var periods = map[string]forecast.Period{"day": forecast.Daily, "week": forecast.Weekly, "month": forecast.Monthly}

// longest is how many figures of one place are read.
const longest = 12 * 366

func (k *Keeper) readOutside(ctx context.Context, b *book) error {
	list, err := k.Store.AllOutsideSeries(ctx, b.code)
	if err != nil {
		return err
	}
	for _, row := range list {
		values, err := k.Store.OutsideValues(ctx, b.code, row.ID)
		if err != nil {
			return err
		}
		o := &outside{row: row, series: map[string]forecast.Series{}}
		for _, v := range values {
			day, err := time.Parse(time.DateOnly, v.Day)
			if err != nil {
				continue
			}
			s, known := o.series[v.Place]
			if !known {
				o.places = append(o.places, v.Place)
				s = forecast.Series{Start: day, Period: periods[row.Period]}
			}
			at := stepsBetween(s.Start, day, s.Period)
			if at < len(s.Values) || at >= longest {
				continue // the same week twice, or far away from the others
			}
			for len(s.Values) < at {
				s.Values = append(s.Values, math.NaN()) // nobody reported
			}
			s.Values = append(s.Values, v.Value)
			o.series[v.Place] = s
		}
		b.outside = append(b.outside, o)
	}
	return nil
}

// stepsBetween is how many steps of a period lie between two days.
func stepsBetween(from, to time.Time, period forecast.Period) int {
	switch period {
	case forecast.Monthly:
		return (to.Year()-from.Year())*12 + int(to.Month()-from.Month())
	case forecast.Weekly:
		return int(math.Round(to.Sub(from).Hours() / 24 / 7))
	default:
		return int(math.Round(to.Sub(from).Hours() / 24))
	}
}

// driver is the series as one that moves another: of several places, their mean.
func (o *outside) driver() forecast.Outside {
	out := forecast.Outside{Key: o.row.ID, Name: o.row.Name}
	for _, place := range o.places {
		if s := o.series[place]; out.Start.IsZero() || s.Start.Before(out.Start) {
			out.Start = s.Start
		}
	}
	var n []float64
	for _, place := range o.places {
		s := o.series[place]
		from := stepsBetween(out.Start, s.Start, forecast.Daily)
		for len(out.Values) < from+len(s.Values) {
			out.Values, n = append(out.Values, math.NaN()), append(n, 0)
		}
		for i, v := range s.Values {
			if math.IsNaN(v) {
				continue
			}
			at := from + i
			if n[at] == 0 {
				out.Values[at] = 0
			}
			out.Values[at] += v
			n[at]++
		}
	}
	for i := range out.Values {
		if n[i] > 0 {
			out.Values[i] /= n[i]
		}
	}
	return out
}

// foreseeOutside adds the forecasts of figures from elsewhere.
func (b *book) foreseeOutside(ctx context.Context, views []*View) ([]*View, error) {
	for _, o := range b.outside {
		for _, place := range o.places {
			s := o.series[place]
			f, err := forecast.Fit(ctx, s, forecast.Drivers{Calendars: []forecast.Calendar{b.calendar}}, forecast.Options{})
			if err != nil {
				return nil, err
			}
			v := &View{Series: OutsideName(o.row.ID, place), Until: s.Period.Date(s.Start, len(s.Values)-1).Format(time.DateOnly), Cold: string(f.Cold)}
			for i := max(0, len(s.Values)-recent); i < len(s.Values); i++ {
				n := s.Values[i]
				if math.IsNaN(n) {
					n = -1
				}
				v.Recent = append(v.Recent, Count{s.Period.Date(s.Start, i).Format(time.DateOnly), n})
			}
			switch s.Period {
			case forecast.Weekly:
				v.Weeks = steps(f)
			case forecast.Monthly:
				v.Months = steps(f)
			default:
				v.Days = steps(f)
			}
			views = append(views, v)
		}
	}
	return views, nil
}

// OutsideName is the name of one place's series of figures from elsewhere.
func OutsideName(id, place string) string {
	if place == "" {
		return OfOutside + ":" + id
	}
	return OfOutside + ":" + id + "/" + place
}
