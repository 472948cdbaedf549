package app

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"tanggap/internal/durable"
	"tanggap/internal/region"
	"tanggap/internal/text"
	"tanggap/internal/triage"
)

// modelsDir is the folder of what was learned, in the data folder.
const modelsDir = "models"

// engines holds the triage engine of each pack in force. A model is learned from
// the pack once and kept in the data folder, because learning takes about a second
// and a start should not.
type engines struct {
	dir string
	log *slog.Logger

	mu    sync.Mutex
	ready map[string]*triage.Engine // by hash of the pack
}

func newEngines(dir string, log *slog.Logger) *engines {
	return &engines{dir: dir, log: log, ready: map[string]*triage.Engine{}}
}

// For returns the engine of a pack. While the model of a new pack is still being
// learned, the engine has rules only and leaves services to people.
func (e *engines) For(p *region.Pack) *triage.Engine {
	e.mu.Lock()
	defer e.mu.Unlock()
	engine, ok := e.ready[p.Hash]
	if !ok {
		engine = triage.New(p, nil)
		e.ready[p.Hash] = engine
	}
	return engine
}

// prepare makes the engine of a pack, with its model.
func (e *engines) prepare(p *region.Pack) error {
	m, err := e.model(p)
	if err != nil {
		return err
	}
	engine := triage.New(p, m)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ready[p.Hash] = engine
	return nil
}

func (e *engines) model(p *region.Pack) (*text.Model, error) {
	path := filepath.Join(e.dir, p.Hash+".model")
	if b, err := os.ReadFile(path); err == nil {
		if m, err := text.Load(b); err == nil {
			return m, nil
		}
		e.log.Warn("kept model does not load; learning again", "file", path)
	}
	m, err := triage.Train(p)
	if err != nil {
		return nil, fmt.Errorf("learn model of %s: %w", p.Identity.Code, err)
	}
	if err := durable.MkdirAll(e.dir); err != nil {
		return nil, fmt.Errorf("keep model: %w", err)
	}
	if err := durable.ReplaceBytes(path, m.Save()); err != nil {
		return nil, fmt.Errorf("keep model: %w", err)
	}
	return m, nil
}
