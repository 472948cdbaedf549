package app

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"tanggap/internal/learn"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/text"
	"tanggap/internal/triage"
)

// modelsDir is the folder of what was learned from packs, in the data folder.
const modelsDir = "models"

// Models are the service models that a command beside the service works with; s may be
// nil for those of packs alone.
func Models(cfg *Config, s *store.Store, log *slog.Logger) *learn.Registry {
	return &learn.Registry{Store: s, Dir: cfg.path(modelsDir), Log: log}
}

// engines holds the triage engine of each pack in force, with the model in use.
type engines struct {
	models *learn.Registry

	mu    sync.Mutex
	ready map[string]engine   // by hash of the pack
	order map[string][]string // by region: hashes in ready, the newest last
}

type engine struct {
	*triage.Engine
	model  string // version of the learned model, "" for that of the seeds
	lesson string // of the pack
	mind   *text.Model
}

func newEngines(m *learn.Registry) *engines {
	return &engines{models: m, ready: map[string]engine{}, order: map[string][]string{}}
}

// For returns the engine of a pack. While the model of a pack that teaches something new
// is still being learned, the engine has rules only and leaves services to people.
func (e *engines) For(p *region.Pack) *triage.Engine {
	e.mu.Lock()
	defer e.mu.Unlock()
	x, ok := e.ready[p.Hash]
	if !ok {
		x = engine{triage.New(p, nil), "-", p.Lesson, nil}
		for _, hash := range e.order[p.Identity.Code] {
			if old := e.ready[hash]; old.lesson == p.Lesson && old.mind != nil {
				x = engine{triage.New(p, old.mind), old.model, p.Lesson, old.mind}
			}
		}
		e.keep(p, x)
	}
	return x.Engine
}

// follow makes the engine of a pack use the model that is in force now.
func (e *engines) follow(ctx context.Context, p *region.Pack) error {
	version := ""
	if e.models.Store != nil {
		var err error
		if version, err = e.models.Active(ctx, p); err != nil {
			return err
		}
	}
	e.mu.Lock()
	x, ok := e.ready[p.Hash]
	e.mu.Unlock()
	if ok && x.model == version {
		return nil
	}
	m, err := e.models.Load(ctx, p, version)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.keep(p, engine{triage.New(p, m), version, p.Lesson, m})
	return nil
}

// keep holds an engine, and lets go of all of the region but it and the one before,
// whose pack may still be in a running transaction's hands.
func (e *engines) keep(p *region.Pack, x engine) {
	code := p.Identity.Code
	if _, ok := e.ready[p.Hash]; !ok {
		e.order[code] = append(e.order[code], p.Hash)
	}
	e.ready[p.Hash] = x
	for len(e.order[code]) > 2 {
		delete(e.ready, e.order[code][0])
		e.order[code] = e.order[code][1:]
	}
}

// learnEvery is how often the leader looks whether a model is due.
const learnEvery = 10 * time.Minute

// learnCases lets the regions learn from their confirmed cases while this node leads.
func (a *App) learnCases(ctx context.Context) (wait func()) {
	var g sync.WaitGroup
	g.Go(func() {
		tick := time.NewTicker(learnEvery)
		defer tick.Stop()
		for {
			for _, p := range a.packs.All() {
				step, err := a.models.Routine(ctx, p)
				switch {
				case ctx.Err() != nil:
					return
				case err != nil:
					a.log.Error("learning failed; the model in use stays", "region", p.Identity.Code, "error", err)
				case step != learn.Waited:
					a.log.Info("model", "region", p.Identity.Code, "step", step)
				}
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	})
	return g.Wait
}

// follow lets every engine use the model that is in force.
func (a *App) follow(ctx context.Context) error {
	var errs []error
	for _, p := range a.packs.All() {
		errs = append(errs, a.engines.follow(ctx, p))
	}
	return errors.Join(errs...)
}
