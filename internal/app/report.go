package app

import (
	"log/slog"

	"tanggap/internal/region"
	"tanggap/internal/report"
	"tanggap/internal/store"
)

// Reports is the office of reports for a command beside the service; it reads and renders,
// and asks for nothing.
func Reports(cfg *Config, s *store.Store, p *region.Pack, log *slog.Logger) *report.Office {
	base := func(p *region.Pack) string {
		if len(cfg.Regions) == 1 {
			return cfg.baseURL(cfg.Regions[0], p)
		}
		return cfg.baseURL(Region{}, p) // by the pack's own host
	}
	return &report.Office{Store: s, Packs: region.NewRegistry(p), Source: &report.Figures{Store: s}, BaseURL: base, Log: log}
}
