package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// PackFS opens a pack by the name of one that comes with the program, or by folder.
func PackFS(name string) (fs.FS, error) {
	if slices.Contains(region.Names(), name) {
		return region.Embedded(name)
	}
	info, err := os.Stat(name)
	if err != nil || !info.IsDir() {
		return nil, tanggap.Errorf(tanggap.NotFound, "Paket daerah %q bukan folder yang ada dan bukan paket bawaan (%v).", name, region.Names())
	}
	return os.DirFS(name), nil
}

// LoadPack loads a pack and its archive.
func LoadPack(name string) (*region.Pack, []byte, error) {
	fsys, err := PackFS(name)
	if err != nil {
		return nil, nil, err
	}
	p, err := region.Load(fsys)
	var problems region.Problems
	if errors.As(err, &problems) {
		return nil, nil, tanggap.Errorf(tanggap.Invalid, "Paket daerah %s salah:\n%v\nPeriksa dengan: tanggap region check %s", name, problems, name)
	}
	if err != nil {
		return nil, nil, err
	}
	archive, err := region.Archive(fsys)
	return p, archive, err
}

// installPacks makes each configured region and puts its pack in force as a new
// version, unless the database had it before: a later edit of an administrator
// stays in force. It returns the codes.
func installPacks(ctx context.Context, s *store.Store, regions []Region) ([]string, error) {
	var codes []string
	for _, r := range regions {
		p, archive, err := LoadPack(r.Pack)
		if err != nil {
			return nil, err
		}
		code := p.Identity.Code
		if slices.Contains(codes, code) {
			return nil, tanggap.Errorf(tanggap.Invalid, "Daerah %s disebut dua kali dalam konfigurasi.", code)
		}
		codes = append(codes, code)
		known, err := hasPack(ctx, s, code, p.Hash)
		if err != nil {
			return nil, err
		}
		if !known {
			if _, err := PutPack(ctx, s, p, archive, "serve"); err != nil {
				return nil, err
			}
		}
	}
	return codes, nil
}

// PutPack puts a pack in force as the next version of its region, which is made if
// it is new, and returns the version. A pack that claims a host or a prefix of
// another region of this database is refused (Conflict).
func PutPack(ctx context.Context, s *store.Store, p *region.Pack, archive []byte, note string) (version int64, err error) {
	code := p.Identity.Code
	if err := clash(ctx, s, p); err != nil {
		return 0, err
	}
	if err := s.AddRegion(ctx, code); err != nil {
		return 0, err
	}
	err = s.InTx(ctx, func(tx *store.Store) error {
		if err := tx.Lock(ctx, "pack:"+code); err != nil {
			return err
		}
		version, err = tx.AddPack(ctx, code, p.Hash, archive, note)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("pack of %s: %w", code, err)
	}
	return version, nil
}

// clash compares a pack with those in force in the other regions of the database,
// also with those that no process serves now: their numbers are in people's hands.
func clash(ctx context.Context, s *store.Store, p *region.Pack) error {
	rows, err := s.Regions(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.Region == p.Identity.Code || row.Pack == 0 {
			continue
		}
		other, err := PackVersion(ctx, s, row.Region, row.Pack)
		if err != nil {
			return err
		}
		if err := p.Clash(other); err != nil {
			return err
		}
	}
	return nil
}

// hasPack reports whether any version of a region's pack has this content.
func hasPack(ctx context.Context, s *store.Store, code, hash string) (bool, error) {
	newest, err := s.Pack(ctx, code)
	if err != nil || newest == nil {
		return false, err
	}
	for v := newest.Version; v > 0; v-- {
		p, err := s.PackVersion(ctx, code, v)
		if err != nil {
			return false, err
		}
		if p.Hash == hash {
			return true, nil
		}
	}
	return false, nil
}

// reloadPacks puts into the registry whatever versions the database has and the
// registry has not.
func reloadPacks(ctx context.Context, s *store.Store, reg *region.Registry, codes []string) error {
	rows, err := s.Regions(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if !slices.Contains(codes, row.Region) {
			continue
		}
		if p, err := reg.Get(row.Region); err == nil && p.Version == row.Pack {
			continue
		}
		p, err := PackVersion(ctx, s, row.Region, row.Pack)
		if err != nil {
			return err
		}
		if err := reg.Clash(p); err != nil {
			return err
		}
		reg.Set(p)
	}
	return nil
}

// PackVersion loads one version of a pack from the database.
func PackVersion(ctx context.Context, s *store.Store, code string, version int64) (*region.Pack, error) {
	row, err := s.PackVersion(ctx, code, version)
	if err != nil {
		return nil, err
	}
	fsys, err := region.FromArchive(row.Archive)
	if err != nil {
		return nil, err
	}
	p, err := region.Load(fsys)
	if err != nil {
		return nil, fmt.Errorf("stored pack %d of %s: %w", version, code, err)
	}
	p.Version = version
	return p, nil
}
