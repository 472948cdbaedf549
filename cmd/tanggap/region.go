package main

import (
	"fmt"
	"slices"
	"strings"

	"tanggap/internal/app"
	"tanggap/internal/edition"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

type regionCmd struct {
	Check      regionCheck      `cmd:"" help:"Periksa paket, dengan nomor baris. / Validate a pack, with line numbers."`
	List       regionList       `cmd:"" help:"Daerah dalam basis data dan alamatnya. / Regions of the database."`
	New        regionNew        `cmd:"" help:"Buat kerangka paket baru. / Scaffold a new pack."`
	Import     regionImport     `cmd:"" help:"Berlakukan paket sebagai versi baru. / Put a pack in force as a new version."`
	Export     regionExport     `cmd:"" help:"Tulis paket yang berlaku ke folder. / Write the pack in force to a folder."`
	Boundaries regionBoundaries `cmd:"" help:"Muat batas kelurahan dari GeoJSON ke paket. / Take outlines of villages into a pack."`
	Compose    regionCompose    `cmd:"" help:"Susun contoh pesan buatan. / Compose synthetic messages."`
	Diff       regionDiff       `cmd:"" help:"Bandingkan dua paket. / Compare two packs."`
}

type regionCheck struct {
	Path string `arg:"" help:"Folder paket, atau nama paket bawaan. / Folder or built-in name."`
}

// Help implements kong.HelpProvider.
func (regionCheck) Help() string {
	return `Contoh / examples:

  tanggap region check ./kota-saya
  tanggap region check baubau`
}

func (c regionCheck) Run(e *env) error {
	fsys, err := app.PackFS(c.Path)
	if err != nil {
		return err
	}
	faults, warnings := 0, 0
	for _, p := range region.Check(fsys, e.clock.Now()) {
		fmt.Fprintln(e.out, p)
		if p.Warning {
			warnings++
		} else {
			faults++
		}
	}
	fmt.Fprintf(e.out, "%d kesalahan, %d peringatan. / %d errors, %d warnings.\n", faults, warnings, faults, warnings)
	if faults > 0 {
		return errFound
	}
	return nil
}

type regionNew struct {
	Dir  string `arg:"" help:"Folder kosong atau yang belum ada. / Empty or missing folder."`
	Name string `required:"" help:"Nama daerah. / Name of the region." placeholder:"NAMA"`
}

// Help implements kong.HelpProvider.
func (regionNew) Help() string {
	return `Contoh / example:

  tanggap region new ./kota-contoh --name "Kota Contoh"
  tanggap region check ./kota-contoh`
}

func (c regionNew) Run(e *env) error {
	if err := region.Scaffold(c.Dir, c.Name); err != nil {
		return err
	}
	_, err := fmt.Fprintf(e.out, "Dibuat. Ganti isinya, lalu: tanggap region check %s\n", c.Dir)
	return err
}

type regionImport struct {
	settings
	Path string `arg:"" help:"Folder paket. / Folder of the pack."`
	Note string `help:"Catatan perubahan. / Note about the change." placeholder:"TEXT"`
}

// Help implements kong.HelpProvider.
func (regionImport) Help() string {
	return `Layanan yang berjalan memakai versi baru dalam beberapa detik; janji kepada warga
tidak pernah dipendekkan. / The running service follows within seconds.

Contoh / example:

  tanggap region import ./kota-saya --config t.toml --note "libur 2027"`
}

func (c regionImport) Run(e *env) error {
	p, archive, err := app.LoadPack(c.Path)
	if err != nil {
		return err
	}
	return withStore(e, c.settings, func(s *store.Store) error {
		code := p.Identity.Code
		known, err := s.Regions(e.ctx)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(known, func(r store.Region) bool { return r.Region == code }) {
			return tanggap.Errorf(tanggap.NotFound, "Paket ini untuk daerah %s (%s), yang belum dilayani basis data ini. "+
				"Periksa [region].code, atau tambahkan daerah itu pada konfigurasi lalu jalankan serve.", code, p.Identity.Name)
		}
		v, err := edition.Put(e.ctx, s, p, archive, c.Note)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(e.out, "%s (%s): versi %d berlaku. / Version %d is in force.\n", p.Identity.Name, code, v, v)
		return err
	})
}

type regionList struct{ settings }

// Run tells of each region its code, name, prefix, version, hosts and officers.
func (c regionList) Run(e *env) error {
	return withStore(e, c.settings, func(s *store.Store) error {
		rows, err := s.Regions(e.ctx)
		if err != nil {
			return err
		}
		for _, row := range rows {
			p, err := edition.Version(e.ctx, s, row.Region, row.Pack)
			if err != nil {
				return err
			}
			officers, err := s.Officers(e.ctx, row.Region)
			if err != nil {
				return err
			}
			fmt.Fprintf(e.out, "%s\t%s\t%s\tversi %d\t%d petugas\t%s\n", row.Region, p.PublicName(), p.Identity.Prefix, row.Pack, len(officers), strings.Join(p.Identity.Hosts, " "))
		}
		return nil
	})
}

type regionExport struct {
	ofRegion
	Dir string `arg:"" help:"Folder kosong atau yang belum ada. / Empty or missing folder."`
}

// Help implements kong.HelpProvider.
func (regionExport) Help() string {
	return `Contoh / example:

  tanggap region export ./kota-saya --config t.toml --of 74.72
  (ubah / edit)
  tanggap region import ./kota-saya --config t.toml`
}

// Run writes the files of the version in force.
func (c regionExport) Run(e *env) error {
	return c.row(e, func(_ *store.Store, row *store.Pack) error {
		if err := region.Unpack(row.Archive, c.Dir); err != nil {
			return err
		}
		_, err := fmt.Fprintf(e.out, "Versi %d dari %s ditulis ke %s. / Written.\n", row.Version, row.Region, c.Dir)
		return err
	})
}

type regionDiff struct {
	Old string `arg:"" help:"Paket lama: folder atau nama bawaan. / Old pack."`
	New string `arg:"" help:"Paket baru. / New pack."`
}

func (c regionDiff) Run(e *env) error {
	a, _, err := app.LoadPack(c.Old)
	if err != nil {
		return err
	}
	b, _, err := app.LoadPack(c.New)
	if err != nil {
		return err
	}
	changes := region.Diff(a, b)
	for _, x := range changes {
		fmt.Fprintln(e.out, x)
	}
	fmt.Fprintf(e.out, "%d perbedaan. / %d differences.\n", len(changes), len(changes))
	return nil
}

// withStore runs fn on the configured database, which must have been served before.
func withStore(e *env, c settings, fn func(*store.Store) error) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	s, err := app.OpenStore(e.ctx, cfg, e.clock, e.log)
	if err != nil {
		return err
	}
	defer s.Close()
	return fn(s)
}

// oneRegion is the region that a command means: the named one, or the only one.
func oneRegion(e *env, s *store.Store, named string) (string, error) {
	rows, err := s.Regions(e.ctx)
	if err != nil {
		return "", err
	}
	var codes []string
	for _, r := range rows {
		if r.Region == named {
			return named, nil
		}
		codes = append(codes, r.Region)
	}
	if named == "" && len(codes) == 1 {
		return codes[0], nil
	}
	return "", tanggap.Errorf(tanggap.Invalid, "Sebut --of dengan salah satu kode daerah: %v.", codes)
}

// ofRegion says which region of a database a command is about.
type ofRegion struct {
	settings
	Of string `help:"Kode daerah bila lebih dari satu. / Region code." placeholder:"74.72"`
}

// row opens the database and reads the version of the region's pack in force.
func (o ofRegion) row(e *env, fn func(*store.Store, *store.Pack) error) error {
	return withStore(e, o.settings, func(s *store.Store) error {
		code, err := oneRegion(e, s, o.Of)
		if err != nil {
			return err
		}
		row, err := s.Pack(e.ctx, code)
		if err != nil {
			return err
		}
		if row == nil {
			return tanggap.Errorf(tanggap.NotFound, "Daerah %s belum punya paket.", code)
		}
		return fn(s, row)
	})
}

// region opens the database and the pack in force.
func (o ofRegion) region(e *env, fn func(*store.Store, *region.Pack) error) error {
	return o.row(e, func(s *store.Store, row *store.Pack) error {
		p, err := edition.Version(e.ctx, s, row.Region, row.Version)
		if err != nil {
			return err
		}
		return fn(s, p)
	})
}
