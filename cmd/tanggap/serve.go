package main

import (
	"errors"
	"log/slog"

	"tanggap/internal/app"
)

type serveCmd struct {
	settings
	AcceptLoss bool `help:"Layani basis data yang kehilangan data, setelah keputusan seseorang. / Serve a database that lost data, by a person's decision."`
}

// Help implements kong.HelpProvider.
func (serveCmd) Help() string {
	return `Satu berkas TOML, lalu variabel TANGGAP_..., lalu opsi. Semua kunci dijelaskan di
deploy/tanggap.example.toml. / One TOML file, then variables, then flags.

Contoh / examples:

  tanggap serve --config /etc/tanggap/tanggap.toml
  tanggap serve --region baubau --data ./data --listen 127.0.0.1:8080
  tanggap serve --config t.toml --role worker --database postgres://tanggap@db/tanggap
  tanggap serve --config t.toml --outbound resume     setelah pemulihan / after a restore

Berhenti dengan Ctrl-C atau SIGTERM: permintaan dan pekerjaan yang berjalan
diselesaikan dahulu. / Stops cleanly on Ctrl-C or SIGTERM.`
}

func (c serveCmd) Run(e *env) (err error) {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	cfg.AcceptLoss = c.AcceptLoss
	log := slog.New(slog.NewTextHandler(e.err, nil))
	a, err := app.New(e.ctx, cfg, app.Deps{Log: log, Clock: e.clock, Program: programVersion()})
	if err != nil {
		return err
	}
	log.Info("tanggap melayani", "listen", cfg.Listen, "base_url", cfg.BaseURL, "role", cfg.Role)
	return errors.Join(a.Run(e.ctx), a.Close())
}
