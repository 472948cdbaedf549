package main

import (
	"fmt"

	"tanggap/internal/region"
	"tanggap/internal/stat"
	"tanggap/internal/store"
)

type statCmd struct {
	Rebuild statRebuild `cmd:"" help:"Hitung ulang semua angka dari riwayat. / Compute all figures anew from the history."`
}

type statRebuild struct{ ofRegion }

// Help implements kong.HelpProvider.
func (statRebuild) Help() string {
	return `Biasanya tidak perlu: angka selalu mengikuti riwayat, dan dihitung ulang sendiri bila cara hitungnya berubah.
Layanan boleh tetap berjalan; selama menghitung, dasbor menunjukkan bahwa angkanya belum lengkap. / Rarely needed:
figures follow the history by themselves. The service may keep running; the dashboard says while they are incomplete.

  tanggap stat rebuild --config tanggap.toml`
}

func (c statRebuild) Run(e *env) error {
	return c.region(e, func(s *store.Store, p *region.Pack) error {
		k := &stat.Keeper{Store: s, Batch: 1000}
		if err := k.Rebuild(e.ctx, p.Identity.Code); err != nil {
			return err
		}
		if _, err := k.Update(e.ctx, p); err != nil {
			return err
		}
		head, err := s.FigureHead(e.ctx, p.Identity.Code)
		if err != nil {
			return err
		}
		fmt.Fprintf(e.out, "%s: %d laporan dihitung ulang. / %d cases counted anew.\n", p.Identity.Name, head.Built, head.Built)
		return nil
	})
}
