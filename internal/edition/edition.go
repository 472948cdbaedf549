// Package edition keeps the versions of region packs in the database: the one in force,
// the earlier ones, and the draft in which administrators prepare the next. What is
// right or wrong about a pack, package region says; this one adds what only the database
// knows, such as how many cases a change would touch.
package edition

import (
	"context"
	"fmt"

	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Put puts a pack in force as the next version of its region, which is made if it is
// new, and returns the version. A pack that claims a host or a prefix of another region
// of this database is refused (Conflict).
func Put(ctx context.Context, s *store.Store, p *region.Pack, archive []byte, note string) (version int64, err error) {
	code := p.Identity.Code
	if err := clash(ctx, s, p); err != nil {
		return 0, err
	}
	if err := s.AddRegion(ctx, code); err != nil {
		return 0, err
	}
	err = s.InTx(ctx, func(tx *store.Store) error {
		if err := lock(ctx, tx, code); err != nil {
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

func lock(ctx context.Context, tx *store.Store, code string) error { return tx.Lock(ctx, "pack:"+code) }

// clash compares a pack with those in force in the other regions of the database, also
// with those that no process serves now: their numbers are in people's hands.
func clash(ctx context.Context, s *store.Store, p *region.Pack) error {
	rows, err := s.Regions(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.Region == p.Identity.Code || row.Pack == 0 {
			continue
		}
		other, err := Version(ctx, s, row.Region, row.Pack)
		if err != nil {
			return err
		}
		if err := p.Clash(other); err != nil {
			return err
		}
	}
	return nil
}

// Version loads one version of a pack from the database.
func Version(ctx context.Context, s *store.Store, code string, version int64) (*region.Pack, error) {
	files, err := Files(ctx, s, code, version)
	if err != nil {
		return nil, err
	}
	p, err := files.Load()
	if err != nil {
		return nil, fmt.Errorf("stored pack %d of %s: %w", version, code, err)
	}
	p.Version = version
	return p, nil
}

// Files are the files of one version.
func Files(ctx context.Context, s *store.Store, code string, version int64) (region.Files, error) {
	row, err := s.PackVersion(ctx, code, version)
	if err != nil {
		return nil, err
	}
	return unpack(row.Archive)
}

func unpack(archive []byte) (region.Files, error) {
	fsys, err := region.FromArchive(archive)
	if err != nil {
		return nil, err
	}
	return region.ReadFiles(fsys)
}

// inForce is the number of the version in force.
func inForce(ctx context.Context, s *store.Store, code string) (int64, error) {
	row, err := s.Pack(ctx, code)
	if err != nil {
		return 0, err
	}
	if row == nil {
		return 0, tanggap.Errorf(tanggap.NotFound, "daerah %s belum punya paket", code)
	}
	return row.Version, nil
}
