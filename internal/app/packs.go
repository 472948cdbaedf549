package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"

	"tanggap/internal/edition"
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
			if _, err := edition.Put(ctx, s, p, archive, "serve"); err != nil {
				return nil, err
			}
		}
	}
	return codes, nil
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
		p, err := edition.Version(ctx, s, row.Region, row.Pack)
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
