package app

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"

	"tanggap/internal/backup"
	"tanggap/internal/edition"
	"tanggap/internal/job"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// OpenStore opens the configured database for a command beside the service: with
// its keys, migrated, with its regions.
func OpenStore(ctx context.Context, cfg Config, clock tanggap.Clock, log *slog.Logger) (*store.Store, error) {
	a := &App{cfg: cfg, log: log, deps: Deps{Clock: clock, Log: log}, packs: region.NewRegistry()}
	for _, step := range []func(context.Context) error{a.makeData, a.openStore, a.openPacks} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, a.Close())
		}
	}
	return a.store, nil
}

// reindexBatch is how many cases are indexed in one transaction.
const reindexBatch = 200

// Reindex makes the search index of a restored system anew. It needs no keys: the
// index holds masked words only.
func Reindex(ctx context.Context, to backup.Target, clock tanggap.Clock, log *slog.Logger) error {
	address := to.Postgres
	if address == "" {
		address = filepath.Join(to.Dir, backup.DatabaseFile)
	}
	s, err := store.Open(ctx, address, nil, clock, log)
	if err != nil {
		return err
	}
	if err := job.Migrate(ctx, s, log); err != nil {
		return errors.Join(err, s.Close())
	}
	snap, err := backup.OpenSnapshot(ctx, address)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	err = reindex(ctx, s, snap)
	return errors.Join(err, snap.Close(), s.Close())
}

func reindex(ctx context.Context, s *store.Store, snap *backup.Snapshot) error {
	regions, err := snap.Regions(ctx)
	if err != nil {
		return err
	}
	for _, code := range regions {
		words, err := packWords(ctx, s, code)
		if err != nil {
			return err
		}
		for after := ""; ; {
			cases, err := snap.OpenCases(ctx, code, after, reindexBatch)
			if err != nil {
				return err
			}
			if len(cases) == 0 {
				break
			}
			err = s.InTx(ctx, func(tx *store.Store) error {
				for _, c := range cases {
					masked, err := tx.MaskedText(ctx, code, c.ID)
					if err != nil {
						return err
					}
					if err := tx.IndexCase(ctx, code, c.ID, strings.Join([]string{c.Number, masked, words[c.Service], words[c.Area]}, "\n")); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
			after = cases[len(cases)-1].ID
		}
	}
	return nil
}

// packWords names services and areas by code.
func packWords(ctx context.Context, s *store.Store, code string) (map[string]string, error) {
	out := map[string]string{}
	row, err := s.Pack(ctx, code)
	if err != nil || row == nil {
		return out, err
	}
	p, err := edition.Version(ctx, s, code, row.Version)
	if err != nil {
		return nil, err
	}
	for _, x := range p.Services {
		out[x.Code] = x.Name
	}
	for _, x := range p.Areas {
		out[x.Code] = x.Name
	}
	return out, nil
}
