package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"tanggap/internal/region"
	"tanggap/internal/tanggap"
)

type regionBoundaries struct {
	Pack     string `arg:"" help:"Folder paket. / Folder of the pack." type:"existingdir"`
	File     string `arg:"" help:"GeoJSON bidang kelurahan, WGS 84. / GeoJSON of villages." type:"existingfile"`
	Property string `help:"Nama sifat yang memuat nama atau kode; kosong = semua. / Property with the name or the code." placeholder:"NAME"`
	DryRun   bool   `name:"dry-run" help:"Cocokkan saja, jangan tulis. / Match, write nothing."`
}

// Help implements kong.HelpProvider.
func (regionBoundaries) Help() string {
	return `Bidang dicocokkan dengan areas.csv menurut nama (dan kecamatan bila namanya sama) atau
kode Kemendagri, disederhanakan untuk layar, lalu ditulis ke boundaries.geojson di folder
paket. Sesudah itu peta dasbor memakai bentuk sebenarnya, dan lokasi yang dibagikan warga
menunjuk kelurahannya. Batas wilayah resmi ada pada pemerintah daerah dan BIG; paket bawaan
tidak membawanya. / Features are matched by name or code and made coarse for a screen.

Contoh / examples:

  tanggap region boundaries ./kota-saya kelurahan.geojson --dry-run
  tanggap region boundaries ./kota-saya kelurahan.geojson --property NAMOBJ
  tanggap region check ./kota-saya`
}

// withoutOutlines is a pack's folder as it was before: an outline that is wrong is what a
// new one is for.
type withoutOutlines struct{ fs.FS }

func (f withoutOutlines) Open(name string) (fs.File, error) {
	if name == region.BoundaryFile {
		return nil, fs.ErrNotExist
	}
	return f.FS.Open(name)
}

func (c regionBoundaries) Run(e *env) error {
	p, err := region.Load(withoutOutlines{os.DirFS(c.Pack)})
	if err != nil {
		return fmt.Errorf("paket %s salah / the pack is wrong:\n%w", c.Pack, err)
	}
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, region.MaxOutline+1))
	if err != nil {
		return err
	}
	if len(data) > region.MaxOutline {
		return tanggap.Errorf(tanggap.Invalid, "File lebih besar dari %d MB. Sederhanakan dulu, atau pilih kelurahan daerah ini saja. / The file is too large.", region.MaxOutline>>20)
	}
	found, err := p.ReadOutlines(data, c.Property)
	if err != nil {
		return err
	}
	for _, s := range found.Doubt {
		fmt.Fprintf(e.out, "ragu, tidak dipakai / doubtful, left out: %s\n", s)
	}
	for _, s := range found.Strange {
		fmt.Fprintf(e.out, "tidak ada di paket / not in the pack: %s\n", s)
	}
	for _, a := range found.Missing {
		fmt.Fprintf(e.out, "belum punya batas / without an outline: %s (%s)\n", a.Name, a.Code)
	}
	all := len(found.Found) + len(found.Missing)
	fmt.Fprintf(e.out, "%d dari %d kelurahan; %d titik menjadi %d. / %d of %d; %d points became %d.\n",
		len(found.Found), all, found.Before, found.Points, len(found.Found), all, found.Before, found.Points)
	switch {
	case len(found.Found) == 0:
		return errFound
	case c.DryRun:
		return nil
	}
	to := filepath.Join(c.Pack, region.BoundaryFile)
	if err := os.WriteFile(to, found.File, 0o644); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.out, "Ditulis: %s. Berlakukan dengan: tanggap region import %s / Written.\n", to, c.Pack)
	return err
}
