package app

import (
	"context"
	"log/slog"

	"tanggap/internal/region"
	"tanggap/internal/report"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Reports is the office of reports for a command beside the service; it reads and renders,
// and asks for nothing.
func Reports(ctx context.Context, cfg *Config, s *store.Store, code string, log *slog.Logger) (*report.Office, *region.Pack, error) {
	row, err := s.Pack(ctx, code)
	if err != nil {
		return nil, nil, err
	}
	if row == nil {
		return nil, nil, tanggap.Errorf(tanggap.NotFound, "Daerah %s belum punya paket.", code)
	}
	p, err := PackVersion(ctx, s, code, row.Version)
	if err != nil {
		return nil, nil, err
	}
	base := func(p *region.Pack) string {
		if len(cfg.Regions) == 1 {
			return cfg.baseURL(cfg.Regions[0], p)
		}
		return cfg.baseURL(Region{}, p) // by the pack's own host
	}
	return &report.Office{Store: s, Packs: region.NewRegistry(p), Source: &report.Figures{Store: s}, BaseURL: base, Log: log}, p, nil
}
