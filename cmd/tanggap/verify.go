package main

import (
	"encoding/base64"
	"fmt"

	"tanggap/internal/app"
)

type verifyCmd struct {
	settings
	Lang string `help:"Bahasa temuan: id atau en. / Language of findings." default:"id" enum:"id,en"`
}

// Help implements kong.HelpProvider.
func (verifyCmd) Help() string {
	return `Menghitung ulang riwayat dari baris-barisnya, hanya membaca, dan membandingkannya
dengan titik periksa bertanda tangan di basis data dan di folder data. Keluar dengan
1 bila ada yang berubah. / Recomputes the history, read-only, and compares it with
the signed checkpoints; exit code 1 if anything was changed.

Contoh / examples:

  tanggap verify --config /etc/tanggap/tanggap.toml
  tanggap verify --region baubau --data ./data --lang en`
}

func (c verifyCmd) Run(e *env) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	list, err := app.Verify(e.ctx, &cfg)
	if err != nil {
		return err
	}
	bad := false
	for _, v := range list {
		r := v.Report
		fmt.Fprintf(e.out, "%s: %d peristiwa / events, akar / root %s\n", v.Region, r.Events, base64.StdEncoding.EncodeToString(r.Root[:]))
		fmt.Fprintf(e.out, "  titik periksa / checkpoints %d, kiriman / inbound %d-%d, menunggu urutan / waiting %d, dihapus sah / erased %d\n",
			r.Checkpoints, r.InboundFirst, r.InboundLast, v.Waiting, r.Erased)
		if !v.Signed {
			fmt.Fprintln(e.out, "  kunci audit tidak ada: titik periksa tidak diperiksa / no audit key: checkpoints were not checked")
		}
		for _, p := range r.Problems {
			bad = true
			fmt.Fprintln(e.out, "  SALAH:", p.Say(c.Lang))
		}
	}
	if bad {
		return errFound
	}
	fmt.Fprintln(e.out, "Utuh. / Intact.")
	return nil
}
