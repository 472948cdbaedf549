package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"tanggap/internal/app"
	"tanggap/internal/forecast"
	"tanggap/internal/outlook"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

type forecastRun struct{ ofRegion }

// Help implements kong.HelpProvider.
func (forecastRun) Help() string {
	return `Biasanya tidak perlu: layanan menghitung sendiri tiap malam. Perintah ini menghitung sekarang, tanpa mengirim peringatan
kepada siapa pun. / Rarely needed: the service does so each night. This computes now and warns nobody.

  tanggap forecast run --config tanggap.toml`
}

func (c forecastRun) Run(e *env) error {
	return c.region(e, func(s *store.Store, p *region.Pack) error {
		k := app.Outlook(s, nil)
		if err := k.Update(e.ctx, p); err != nil {
			return err
		}
		list, err := s.Forecasts(e.ctx, p.Identity.Code)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			fmt.Fprintf(e.out, "%s: belum ada angka untuk diperkirakan. / no figures to foresee yet.\n", p.Identity.Name)
			return nil
		}
		w := tabwriter.NewWriter(e.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "deret\ttentang\t7 hari\t80%\tkeadaan")
		for _, row := range list {
			v, err := outlook.Read(row)
			if err != nil {
				return err
			}
			title, err := k.Title(e.ctx, p, row.Series)
			if err != nil {
				return err
			}
			sum, span, state := "–", "–", v.Cold
			if v.Share != "" {
				state = "share"
			}
			if v.Days != nil {
				f, err := v.Days.Forecast(forecast.Daily)
				if err != nil {
					return err
				}
				mean, q := f.Sum(0, min(7, len(f.Mean)))
				sum, span = fmt.Sprintf("%.0f", mean), fmt.Sprintf("%.0f–%.0f", math.Floor(q[forecast.Low80]), math.Ceil(q[forecast.High80]))
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", row.Series, title, sum, span, state)
		}
		return w.Flush()
	})
}

type forecastExplain struct {
	ofRegion
	Series string `arg:"" help:"Nama deret, seperti unit:PUPR; lihat forecast run. / Name of a series." placeholder:"DERET"`
}

// Help implements kong.HelpProvider.
func (forecastExplain) Help() string {
	return `Sebab di balik prakiraan terakhir sebuah deret, hari demi hari, dan seberapa tepat cara ini pada masa lalu. /
What moves the newest forecast of a series, day by day, and how right the method was before.

  tanggap forecast explain service:PJU-PADAM --config tanggap.toml`
}

func (c forecastExplain) Run(e *env) error {
	return c.region(e, func(s *store.Store, p *region.Pack) error {
		row, err := s.Forecast(e.ctx, p.Identity.Code, c.Series)
		if err != nil {
			return err
		}
		if row == nil {
			return tanggap.Errorf(tanggap.NotFound, "Tidak ada prakiraan bernama %q. Lihat nama deret dengan: tanggap forecast run. / no such series.", c.Series)
		}
		v, err := outlook.Read(row)
		if err != nil {
			return err
		}
		fmt.Fprintf(e.out, "%s, data sampai %s\n", row.Series, v.Until)
		if v.Days == nil {
			fmt.Fprintf(e.out, "tanpa prakiraan harian / no daily forecast: %s\n", v.Cold)
			return nil
		}
		if d := v.Days.Error; d.Measured {
			fmt.Fprintf(e.out, "%d kali dicoba: MASE %.2f, WAPE %.0f%%, rentang 80%% memuat %.0f%%\n", d.Origins, d.MASE, 100*d.WAPE, 100*d.Cover80)
		}
		var parts []string
		for _, m := range v.Days.Members {
			parts = append(parts, fmt.Sprintf("%s %.0f%%", m.Name, 100*m.Weight))
		}
		fmt.Fprintln(e.out, "gabungan / combined:", strings.Join(parts, ", "))
		w := tabwriter.NewWriter(e.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "hari\ttengah\t80%\tsebab")
		for h, q := range v.Days.Q {
			var why []string
			for _, r := range v.Days.Reasons {
				if r.Step == h {
					why = append(why, strings.TrimSpace(string(r.Kind)+" "+r.Key)+" ×"+strconv.FormatFloat(r.Factor, 'f', 2, 64))
				}
			}
			fmt.Fprintf(w, "%s\t%.0f\t%.0f–%.0f\t%s\n", v.Days.Day(forecast.Daily, h).Format(time.DateOnly), q[forecast.Median], q[forecast.Low80], q[forecast.High80], strings.Join(why, ", "))
		}
		return w.Flush()
	})
}
