package main

import (
	"fmt"

	"tanggap/internal/app"
	"tanggap/internal/durable"
	"tanggap/internal/region"
	"tanggap/internal/report"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

type reportCmd struct {
	Month reportMonth `cmd:"" help:"Laporan satu bulan. / The report of a month."`
	Book  reportBook  `cmd:"" help:"Buku perencanaan satu wilayah. / The planning book of an area."`
}

// reportFiles are where a report is written to.
type reportFiles struct {
	ofRegion
	Pdf  string `help:"Berkas PDF. / PDF file." placeholder:"FILE"`
	Xlsx string `help:"Berkas Excel. / Spreadsheet." placeholder:"FILE"`
	HTML string `name:"html" help:"Berkas HTML. / HTML file." placeholder:"FILE"`
}

// write writes the report of a name: the newest version, or, where nobody asked for it
// yet, as it would be made now.
func (f reportFiles) write(e *env, name string) error {
	files := [][2]string{{report.FormatPDF, f.Pdf}, {report.FormatXLSX, f.Xlsx}, {report.FormatHTML, f.HTML}}
	if f.Pdf+f.Xlsx+f.HTML == "" {
		return tanggap.Errorf(tanggap.Invalid, "Sebut paling sedikit satu berkas: --pdf, --xlsx atau --html.")
	}
	n, err := report.ParseName(name)
	if err != nil {
		return err
	}
	cfg, err := f.load()
	if err != nil {
		return err
	}
	return f.region(e, func(s *store.Store, p *region.Pack) error {
		office := app.Reports(&cfg, s, p, e.log)
		r, err := office.Peek(e.ctx, p, n)
		if err != nil {
			return err
		}
		officers, err := s.Officers(e.ctx, p.Identity.Code)
		if err != nil {
			return err
		}
		names := map[string]string{}
		for _, o := range officers {
			names[o.ID] = o.Name
		}
		for _, x := range files {
			if x[1] == "" {
				continue
			}
			body, err := office.File(e.ctx, r, names, x[0])
			if err != nil {
				return err
			}
			if err := durable.ReplaceBytes(x[1], body); err != nil {
				return err
			}
			fmt.Fprintf(e.out, "%s: %d byte, %s, %s %d\n", x[1], len(body), r.State, n, r.Version)
		}
		return nil
	})
}

type reportMonth struct {
	reportFiles
	Month string `arg:"" help:"Bulan, mis. 2026-10. / Month." placeholder:"2026-10"`
}

// Help implements kong.HelpProvider.
func (reportMonth) Help() string {
	return `Tanpa laporan yang tersimpan, laporan dihitung sekarang dan tidak disimpan. Angka dijaga oleh layanan yang berjalan.
/ Without a kept report it is computed now and not kept. The figures are kept by the running service.

Contoh / example:

  tanggap report month 2026-10 -c tanggap.toml --pdf oktober.pdf --xlsx oktober.xlsx`
}

func (c reportMonth) Run(e *env) error { return c.write(e, c.Month) }

type reportBook struct {
	reportFiles
	Year string `arg:"" help:"Tahun rencana. / Planned year." placeholder:"2027"`
	Area string `arg:"" help:"Kode kecamatan atau kelurahan. / Area code." placeholder:"74.72.01"`
}

// Help implements kong.HelpProvider.
func (reportBook) Help() string {
	return `Contoh / example:

  tanggap report book 2027 74.72.01 -c tanggap.toml --pdf buku.pdf`
}

func (c reportBook) Run(e *env) error { return c.write(e, c.Year+"-"+c.Area) }
