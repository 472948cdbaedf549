package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"
)

// Pack is one stored version of a region pack, as a deterministic archive.
type Pack struct {
	bun.BaseModel `bun:"packs"`
	Region        string
	Version       int64
	Hash          string
	Archive       []byte
	Note          string
	EffectiveAt   time.Time
	CreatedAt     time.Time
}

// AddPack stores archive as the region's next version and puts it in force, or
// returns the version that already has this hash when it is the newest.
func (s *Store) AddPack(ctx context.Context, region, hash string, archive []byte, note string) (int64, error) {
	cur, err := s.Pack(ctx, region)
	if err != nil {
		return 0, err
	}
	if cur != nil && cur.Hash == hash {
		return cur.Version, nil
	}
	v, err := s.Take(ctx, region, "pack", 1)
	if err != nil {
		return 0, err
	}
	p := &Pack{Region: region, Version: v, Hash: hash, Archive: archive, Note: note, EffectiveAt: s.now(), CreatedAt: s.now()}
	if _, err := s.w().NewInsert().Model(p).Exec(ctx); err != nil {
		return 0, err
	}
	_, err = s.w().NewUpdate().Model((*Region)(nil)).Set("pack = ?", v).Where("region = ?", region).Exec(ctx)
	return v, err
}

// Pack returns the version in force, nil if there is none.
func (s *Store) Pack(ctx context.Context, region string) (*Pack, error) {
	p := &Pack{}
	err := s.r().NewSelect().Model(p).Where("region = ?", region).Order("version DESC").Limit(1).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return p, err
}

// PackVersion returns one version.
func (s *Store) PackVersion(ctx context.Context, region string, version int64) (*Pack, error) {
	p := &Pack{}
	err := s.r().NewSelect().Model(p).Where("region = ? AND version = ?", region, version).Scan(ctx)
	return p, one(err, "versi paket daerah")
}
