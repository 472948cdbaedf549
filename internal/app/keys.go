package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tanggap/internal/backup"
	"tanggap/internal/durable"
	"tanggap/internal/seal"
	"tanggap/internal/tanggap"
)

// loadMaster reads the master key from its file or systemd credential.
func loadMaster(cfg *Config) (*seal.Master, error) {
	name, isCredential := strings.CutPrefix(cfg.MasterKey, "credential:")
	if !isCredential {
		return seal.LoadMaster(cfg.MasterKey)
	}
	path, err := credential(name)
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	return seal.ParseMaster(b)
}

// openMaster is loadMaster, and makes the key at the very first start: only while
// the database has no region, because nothing then depends on another key.
func openMaster(ctx context.Context, cfg *Config) (m *seal.Master, created bool, err error) {
	m, err = loadMaster(cfg)
	if tanggap.CodeOf(err) != tanggap.NotFound || strings.HasPrefix(cfg.MasterKey, "credential:") {
		return m, false, err
	}
	used, err := hasRegions(ctx, cfg)
	if err != nil {
		return nil, false, err
	}
	if used {
		return nil, false, tanggap.Errorf(tanggap.NotFound, "Berkas kunci induk %s tidak ada, tetapi basis data sudah berisi data yang dikunci dengannya. "+
			"Kembalikan salinan kunci itu, atau salin dari simpul lain.", cfg.MasterKey)
	}
	if err := durable.MkdirAll(filepath.Dir(cfg.MasterKey)); err != nil {
		return nil, false, fmt.Errorf("master key: %w", err)
	}
	if err := seal.GenerateMaster(cfg.MasterKey); err != nil {
		return nil, false, err
	}
	m, err = seal.LoadMaster(cfg.MasterKey)
	return m, true, err
}

// hasRegions reports whether the database holds anything sealed.
func hasRegions(ctx context.Context, cfg *Config) (bool, error) {
	s, err := backup.OpenSnapshot(ctx, cfg.Database)
	if tanggap.CodeOf(err) == tanggap.NotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer s.Close()
	regions, err := s.RegionsIfAny(ctx)
	return len(regions) > 0, err
}
