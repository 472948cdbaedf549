package main

import (
	"fmt"

	"tanggap/internal/app"
)

type demoCmd struct {
	Listen string `default:"localhost:8080" help:"Alamat, loopback saja. / Address, loopback only." placeholder:"ADDR"`
	Data   string `default:"demo-data" help:"Folder kota tiruan; dibuat bila belum ada. / Folder of the simulated city." placeholder:"DIR"`
	Pack   string `name:"region" default:"baubau" help:"Paket daerah. / Region pack." placeholder:"PACK"`
	Second string `default:"kudus" help:"Paket daerah kedua pada server yang sama; kosong = tidak ada. / Second region; empty = none." placeholder:"PACK"`
	Cases  int    `default:"5000" help:"Jumlah laporan masa lalu. / Cases of the past."`
	Months int    `default:"24" help:"Panjang masa lalu. / Months of the past."`
	Seed   int64  `default:"1" help:"Benih acak. / Random seed."`
}

// Help implements kong.HelpProvider.
func (demoCmd) Help() string {
	return `Kota tiruan dengan dua tahun riwayat, server sungguhan dan WhatsApp tiruan. Daerah
kedua dengan sepersepuluh riwayat dilayani proses yang sama pada host lain. Hapus
foldernya untuk mulai lagi. / A simulated city with a past, the real server and a
simulated WhatsApp; a second region on another host. Delete the folder to begin again.

Contoh / examples:

  tanggap demo
  tanggap demo --cases 500 --months 3 --data /tmp/kota --listen localhost:9000`
}

func (c demoCmd) Run(e *env) error {
	d := app.Demo{Listen: c.Listen, Data: c.Data, Pack: c.Pack, Second: c.Second, Months: c.Months, Cases: c.Cases, Seed: c.Seed}
	told := -1
	d.Progress = func(done, total int) {
		if percent := 100 * done / max(total, 1); percent/5 != told {
			told = percent / 5
			fmt.Fprintf(e.out, "\rMembuat kota / making the city: %3d %%", percent)
		}
	}
	d.Ready = func(cities []app.Playing) {
		fmt.Fprintf(e.out, "\n\nSiap / ready (Ctrl-C untuk berhenti / to stop)\n")
		for _, p := range cities {
			fmt.Fprintf(e.out, "\n%s\n  Jadi warga / be the citizen   %s/demo\n  Formulir / web form           %s/lapor\n  Petugas / officers            %s/masuk\n  Surel / e-mail                %s (SMTP %s)\n\n", p.Region, p.Address, p.Address, p.Address, p.Mail, p.Post)
			for _, o := range p.Officers {
				fmt.Fprintf(e.out, "  %-16s %-36s %s\n", o.Role, o.Name, o.Password)
			}
		}
		fmt.Fprintln(e.out)
	}
	return d.Run(e.ctx, app.Deps{Log: e.log, Clock: e.clock, Program: programVersion()})
}
