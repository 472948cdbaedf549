package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"tanggap/internal/forecast"
	"tanggap/internal/tanggap"
)

type forecastBacktest struct {
	File    string `arg:"" help:"CSV dengan kolom tanggal dan jumlah. / CSV of date and count." placeholder:"BERKAS"`
	Horizon int    `help:"Langkah ke depan; 0: 28 hari, 13 minggu atau 12 bulan. / Steps ahead."`
	Origins int    `help:"Banyaknya titik awal. / How many earlier days to forecast from." default:"12"`
	Gaps    bool   `help:"Tanggal yang tidak tertulis tidak diketahui, bukan 0. / Dates that are not listed are unknown, not 0."`
}

// Help implements kong.HelpProvider.
func (forecastBacktest) Help() string {
	return `Membaca CSV berisi tanggal (2026-01-31 atau 31/01/2026) dan jumlah, lalu meramal dari beberapa hari di masa lalu
hanya dengan data sebelum hari itu, dan membandingkannya dengan yang sungguh terjadi. Pembanding: mengulang musim
terakhir, dan rata-rata hari yang sama delapan minggu terakhir. MASE di bawah 1 lebih baik daripada mengulang minggu
lalu; interval 80 % yang jujur memuat 80 % kenyataan.

Reads a CSV of dates and counts, forecasts from some days of the past with the data before that day only, and compares
with what came. The rivals repeat the last season, or the mean of the same days over eight weeks. A MASE below 1 is better
than repeating last week; an honest 80 % interval holds 80 % of what came. Days are told from weeks and months by the
gaps between dates. A date that appears twice is added up.

Contoh / examples:

  tanggap forecast backtest laporan.csv
  tanggap forecast backtest laporan.csv --horizon 14 --origins 26`
}

func (c forecastBacktest) Run(e *env) error {
	s, err := readCounts(c.File, c.Gaps)
	if err != nil {
		return err
	}
	if c.Horizon == 0 {
		c.Horizon = map[forecast.Period]int{forecast.Daily: 28, forecast.Weekly: 13, forecast.Monthly: 12}[s.Period]
	}
	d := forecast.Drivers{Calendars: forecast.StandardCalendars()}
	o := forecast.Options{Horizon: c.Horizon}
	n := len(s.Values)
	fmt.Fprintf(e.out, "%d %s, %s – %s\n", n, unitOf(s.Period), s.Start.Format(time.DateOnly), s.Period.Date(s.Start, n-1).Format(time.DateOnly))
	var tried [3]tally
	first, counted := "", 0
	for k := c.Origins; k >= 1; k-- {
		at := n - k*max(1, c.Horizon/2) - c.Horizon/2
		if at < 1 || at >= n {
			continue
		}
		past := s
		past.Values = s.Values[:at:at]
		f, err := forecast.Fit(e.ctx, past, d, o)
		if err != nil {
			return err
		}
		if f.Cold != forecast.Warm {
			continue
		}
		counted++
		if first == "" {
			first = f.Start.Format(time.DateOnly)
		}
		for h := 0; h < c.Horizon && at+h < n; h++ {
			v := s.Values[at+h]
			if math.IsNaN(v) {
				continue
			}
			tried[0].add(v, f.Quantiles[h][forecast.Median], &f.Quantiles[h])
			tried[1].add(v, again(past.Values, int(s.Period), h, 1), nil)
			tried[2].add(v, again(past.Values, int(s.Period), h, 8), nil)
		}
	}
	if counted == 0 {
		return tanggap.Errorf(tanggap.Invalid, "%s: terlalu pendek atau terlalu jarang untuk diuji; perlu sedikitnya delapan minggu harian sebelum titik awal pertama. / too short or too thin to try.", c.File)
	}
	fmt.Fprintf(e.out, "%d titik awal / origins, %s …, %d langkah / steps\n\n", counted, first, c.Horizon)
	fmt.Fprintf(e.out, "%-34s %8s %8s %8s %8s\n", "", "MASE", "WAPE", "80 %", "95 %")
	scale := tried[1].absolute
	for i, name := range []string{"Tanggap", "musim terakhir / last season", "rata-rata 8 musim / mean of 8"} {
		t := tried[i]
		cover := "       –        –"
		if i == 0 {
			cover = fmt.Sprintf("%6.1f %% %6.1f %%", 100*t.in80/t.n, 100*t.in95/t.n)
		}
		fmt.Fprintf(e.out, "%-34s %8.3f %6.1f %% %s\n", name, t.absolute/max(scale, 1e-9), 100*t.absolute/max(t.sum, 1e-9), cover)
	}
	f, err := forecast.Fit(e.ctx, s, d, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "\n%-12s %10s %10s %10s\n", "berikut/next", "10 %", "50 %", "90 %")
	for h := range min(len(f.Quantiles), 14) {
		q := f.Quantiles[h]
		fmt.Fprintf(e.out, "%-12s %10.4g %10.4g %10.4g\n", f.Period.Date(f.Start, h).Format(time.DateOnly), q[forecast.Low80], q[forecast.Median], q[forecast.High80])
	}
	if f.Calendar != "" {
		fmt.Fprintf(e.out, "\nkalender / calendar: %s\n", f.Calendar)
	}
	for _, m := range f.Members {
		fmt.Fprintf(e.out, "%-16s %5.1f %%  MASE %.3f\n", m.Name, 100*m.Weight, m.MASE)
	}
	return nil
}

func unitOf(p forecast.Period) string {
	switch p {
	case forecast.Daily:
		return "hari / days"
	case forecast.Weekly:
		return "minggu / weeks"
	}
	return "bulan / months"
}

type tally struct{ n, absolute, sum, in80, in95 float64 }

func (t *tally) add(v, point float64, q *forecast.Quantiles) {
	t.n++
	t.absolute += math.Abs(v - point)
	t.sum += v
	if q != nil && v >= q[forecast.Low80] && v <= q[forecast.High80] {
		t.in80++
	}
	if q != nil && v >= q[forecast.Low95] && v <= q[forecast.High95] {
		t.in95++
	}
}

// again is the mean of the last few values of the same season, h steps ahead.
func again(y []float64, period, h, few int) float64 {
	sum, n := 0.0, 0.0
	for t := len(y) + h%period - period; t >= 0 && few > 0; t -= period {
		if !math.IsNaN(y[t]) {
			sum += y[t]
			n++
		}
		few--
	}
	return sum / max(n, 1)
}

// Limits of a file of counts.
const (
	maxCountsFile = 64 << 20
	maxCountsDays = 80 * 366
)

// readCounts reads dates and counts, in any order, with or without a line of names.
func readCounts(file string, gaps bool) (forecast.Series, error) {
	f, err := os.Open(file)
	if err != nil {
		return forecast.Series{}, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxCountsFile))
	if err != nil {
		return forecast.Series{}, err
	}
	text := strings.TrimPrefix(string(b), "\ufeff")
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	if line, _, _ := strings.Cut(text, "\n"); strings.Count(line, ";") > strings.Count(line, ",") {
		r.Comma = ';'
	}
	counts := map[time.Time]float64{}
	var dates []time.Time
	for n := 1; ; n++ {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return forecast.Series{}, tanggap.Errorf(tanggap.Invalid, "%s: %v", file, err)
		}
		line, _ := r.FieldPos(0)
		bad := func(what string) error {
			return tanggap.Errorf(tanggap.Invalid, "%s baris %d: %s; tulis tanggal,jumlah, misalnya 2026-01-31,12", file, line, what)
		}
		if len(cells) < 2 {
			return forecast.Series{}, bad("kurang dari dua kolom")
		}
		d, okDate := readDate(cells[0])
		v, err := strconv.ParseFloat(strings.TrimSpace(cells[1]), 64)
		if cell := strings.TrimSpace(cells[1]); cell == "" || cell == "NA" {
			v, err = math.NaN(), nil
		}
		switch {
		case n == 1 && !okDate:
			continue // names of the columns
		case !okDate:
			return forecast.Series{}, bad(fmt.Sprintf("tanggal %q tidak terbaca", cells[0]))
		case err != nil || math.IsInf(v, 0):
			return forecast.Series{}, bad(fmt.Sprintf("jumlah %q bukan angka", cells[1]))
		}
		if _, twice := counts[d]; !twice {
			dates = append(dates, d)
		}
		counts[d] += v
	}
	if len(dates) < 2 {
		return forecast.Series{}, tanggap.Errorf(tanggap.Invalid, "%s: kurang dari dua tanggal. / fewer than two dates.", file)
	}
	slices.SortFunc(dates, time.Time.Compare)
	s := forecast.Series{Start: dates[0], Period: periodOf(dates)}
	last := dates[len(dates)-1]
	if last.Sub(dates[0]) > maxCountsDays*24*time.Hour {
		return s, tanggap.Errorf(tanggap.Invalid, "%s: dari %s sampai %s lebih dari 80 tahun; periksa tanggalnya.", file, dates[0].Format(time.DateOnly), last.Format(time.DateOnly))
	}
	for i := 0; ; i++ {
		d := s.Period.Date(s.Start, i)
		if d.After(last) {
			return s, nil
		}
		v, ok := counts[d]
		if !ok && gaps {
			v = math.NaN()
		}
		s.Values = append(s.Values, v)
	}
}

func readDate(cell string) (time.Time, bool) {
	cell = strings.TrimSpace(cell)
	for _, form := range []string{time.DateOnly, "2/1/2006", "2006-01", "2006/1/2", "20060102"} {
		if d, err := time.Parse(form, cell); err == nil {
			return d, true
		}
	}
	return time.Time{}, false
}

// periodOf tells months (all first days), weeks (all gaps of whole weeks) and days apart.
func periodOf(dates []time.Time) forecast.Period {
	months, weeks := true, true
	for i, d := range dates {
		months = months && d.Day() == 1
		weeks = weeks && (i == 0 || int(d.Sub(dates[i-1]).Hours()/24+.5)%7 == 0)
	}
	switch {
	case months:
		return forecast.Monthly
	case weeks:
		return forecast.Weekly
	}
	return forecast.Daily
}
