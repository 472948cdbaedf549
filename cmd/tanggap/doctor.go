package main

import (
	"fmt"

	"tanggap/internal/app"
)

type doctorCmd struct{ settings }

// Help implements kong.HelpProvider.
func (doctorCmd) Help() string {
	return `Memeriksa basis data, jam, disk, kunci, paket daerah, kalender tahun depan, WhatsApp,
alamat publik dan kiriman keluar. Tidak mengubah apa pun dan bisa dipakai sebelum
start pertama. Keluar dengan 1 bila ada yang SALAH. / Checks everything, changes
nothing, works before the first start; exit code 1 if something is wrong.

Contoh / examples:

  tanggap doctor --config /etc/tanggap/tanggap.toml
  tanggap doctor --region baubau --data ./data`
}

func (c doctorCmd) Run(e *env) error {
	cfg, err := c.load()
	if err != nil {
		fmt.Fprintf(e.out, "%-8s konfigurasi: %s\n", app.Failing, words(err))
		return errFound
	}
	bad := 0
	for _, f := range app.Doctor(e.ctx, cfg, app.Deps{Clock: e.clock}) {
		fmt.Fprintf(e.out, "%-8s %s: %s\n", f.Level, f.About, f.Words)
		if f.Do != "" {
			fmt.Fprintf(e.out, "%-8s -> %s\n", "", f.Do)
		}
		if f.Level == app.Failing {
			bad++
		}
	}
	if bad > 0 {
		fmt.Fprintf(e.out, "\n%d hal SALAH. / %d things are wrong.\n", bad, bad)
		return errFound
	}
	fmt.Fprintln(e.out, "\nSiap. / Ready.")
	return nil
}
