package outlook

import (
	"encoding/json"
	"math"
	"time"

	"tanggap/internal/forecast"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// View is the forecast of one series as it is kept and shown.
type View struct {
	Series string  `json:"series"`
	Until  string  `json:"until"`           // the last day whose count was known, 2006-01-02
	Recent []Count `json:"recent"`          // of the last days (or weeks, or months), oldest first
	Cold   string  `json:"cold,omitempty"`  // why there are no steps: forecast.TooShort or TooThin
	Share  string  `json:"share,omitempty"` // the series of which this one, too thin by itself, is foreseen as a share
	Days   *Steps  `json:"days,omitempty"`
	Weeks  *Steps  `json:"weeks,omitempty"`
	Months *Steps  `json:"months,omitempty"`
}

// Count is what came on a day, or in the week or month that begins on it; below 0 where
// nothing is known.
type Count struct {
	Day string  `json:"d"`
	N   float64 `json:"n"`
}

// Steps are the days, weeks or months that a forecast is about.
type Steps struct {
	Start    string            `json:"start"` // first day of the first step
	Mean     []float64         `json:"mean"`
	Q        [][]float64       `json:"q"` // at forecast.Levels, one row a step
	Members  []Weight          `json:"members"`
	Error    forecast.Error    `json:"error"`
	Calendar string            `json:"calendar,omitempty"`
	Reasons  []forecast.Reason `json:"reasons,omitempty"`
}

// Weight is the part of one method in a forecast.
type Weight struct {
	Name   string  `json:"name"`
	Weight float64 `json:"weight"`
}

// round3 keeps three decimals: more would be noise, and bytes.
func round3(x float64) float64 { return math.Round(x*1000) / 1000 }

// steps writes a forecast down, nil without one.
func steps(f *forecast.Forecast) *Steps {
	if f == nil || f.Cold != forecast.Warm || len(f.Mean) == 0 {
		return nil
	}
	out := &Steps{Start: f.Start.Format(time.DateOnly), Calendar: f.Calendar, Reasons: f.Reasons}
	for h, m := range f.Mean {
		out.Mean = append(out.Mean, round3(m))
		q := make([]float64, len(forecast.Levels))
		for i := range q {
			q[i] = round3(f.Quantiles[h][i])
		}
		out.Q = append(out.Q, q)
	}
	for _, m := range f.Members {
		out.Members = append(out.Members, Weight{m.Name, round3(m.Weight)})
	}
	e := f.Error
	e.MASE, e.WAPE, e.Cover80, e.Cover95, e.Bias = number(e.MASE), number(e.WAPE), number(e.Cover80), number(e.Cover95), number(e.Bias)
	out.Error = e
	return out
}

// number is x for JSON, which knows no other than finite ones.
func number(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return round3(x)
}

// Forecast is the steps as package forecast knows them; period says what a step is.
func (s *Steps) Forecast(period forecast.Period) (*forecast.Forecast, error) {
	start, err := time.Parse(time.DateOnly, s.Start)
	if err != nil {
		return nil, err
	}
	f := &forecast.Forecast{Start: start, Period: period, Mean: s.Mean, Error: s.Error, Calendar: s.Calendar, Reasons: s.Reasons}
	for _, row := range s.Q {
		var q forecast.Quantiles
		copy(q[:], row)
		f.Quantiles = append(f.Quantiles, q)
	}
	return f, nil
}

// Day is the date of a step of days.
func (s *Steps) Day(period forecast.Period, step int) time.Time {
	start, err := time.Parse(time.DateOnly, s.Start)
	if err != nil {
		return time.Time{}
	}
	return period.Date(start, step)
}

func (v *View) encode() (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// Read takes a kept forecast apart.
func Read(f *store.Forecast) (*View, error) {
	if f == nil {
		return nil, tanggap.Errorf(tanggap.NotFound, "belum ada prakiraan untuk deret ini")
	}
	v := &View{}
	return v, json.Unmarshal([]byte(f.Body), v)
}
