package learn

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"tanggap/internal/durable"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/text"
	"tanggap/internal/triage"
)

// Registry holds the models of all regions: those learned from cases in the database,
// and beside it, in a folder, the one each pack's seeds alone make.
type Registry struct {
	Store *store.Store // nil: seeds only
	Dir   string       // of the models of seeds; they are a cache and can be deleted
	Log   *slog.Logger
}

// Seed returns the model of a pack's seeds. It is learned once, in a few seconds, and
// then kept.
func (r *Registry) Seed(p *region.Pack) (*text.Model, error) {
	path := filepath.Join(r.Dir, p.Lesson+".model")
	if b, err := os.ReadFile(path); err == nil {
		if m, err := text.Load(b); err == nil {
			return m, nil
		}
		r.Log.Warn("kept model does not load; learning again", "file", path)
	}
	m, err := triage.Train(p)
	if err != nil {
		return nil, fmt.Errorf("learn model of %s: %w", p.Identity.Code, err)
	}
	if err := durable.MkdirAll(r.Dir); err != nil {
		return nil, fmt.Errorf("keep model: %w", err)
	}
	if err := durable.ReplaceBytes(path, m.Save()); err != nil {
		return nil, fmt.Errorf("keep model: %w", err)
	}
	return m, nil
}

// Active names the learned model in use under a pack, "" for that of the seeds. A model
// learned from other services or seeds is not used until it was learned anew; a new
// telephone number in the pack changes nothing for it.
func (r *Registry) Active(ctx context.Context, p *region.Pack) (string, error) {
	row, err := r.Store.ModelIn(ctx, p.Identity.Code, store.ModelActive)
	if err != nil || row == nil || row.PackHash != p.Lesson {
		return "", err
	}
	return row.Version, nil
}

// Load returns a learned model by version, or that of the seeds for "".
func (r *Registry) Load(ctx context.Context, p *region.Pack, version string) (*text.Model, error) {
	if version == "" {
		return r.Seed(p)
	}
	row, err := r.Store.Model(ctx, p.Identity.Code, version)
	if err != nil {
		return nil, err
	}
	m, err := text.Load(row.Weights)
	if err != nil {
		return nil, fmt.Errorf("model %s of %s: %w", version, p.Identity.Code, err)
	}
	return m, nil
}

// Current returns the model in use.
func (r *Registry) Current(ctx context.Context, p *region.Pack) (*text.Model, error) {
	version, err := r.Active(ctx, p)
	if err != nil {
		return nil, err
	}
	return r.Load(ctx, p, version)
}

// maxRows is how many of the newest confirmed cases are learned from.
const maxRows = 50_000

// Rows are the region's confirmed cases after a time, oldest first. What was confirmed
// as a service that is retired by now speaks for the one that took its place.
func (r *Registry) Rows(ctx context.Context, p *region.Pack, after time.Time) ([]Row, error) {
	list, err := r.Store.ConfirmedServices(ctx, p.Identity.Code, after, maxRows)
	rows := Rows(list)
	for i := range rows {
		rows[i].Service = p.Current(rows[i].Service)
	}
	return slices.DeleteFunc(rows, func(x Row) bool { return x.Service == "" }), err
}

// Train learns a model from everything confirmed so far and files it: in the shadow, or
// refused where it is worse than the one in use. With dry, nothing is filed.
func (r *Registry) Train(ctx context.Context, p *region.Pack, by string, dry bool) (*store.Model, Report, error) {
	rows, err := r.Rows(ctx, p, time.Time{})
	if err != nil {
		return nil, Report{}, err
	}
	if learn, _ := Split(rows); len(learn) == 0 {
		return nil, Report{}, tanggap.Errorf(tanggap.Conflict, "Belum ada laporan yang layanannya dikonfirmasi petugas; model tetap dari contoh paket daerah.")
	}
	old, err := r.Current(ctx, p)
	if err != nil {
		return nil, Report{}, err
	}
	m, report, err := Train(p, rows, old)
	if err != nil {
		return nil, Report{}, fmt.Errorf("learn model of %s: %w", p.Identity.Code, err)
	}
	file, err := json.Marshal(report)
	if err != nil {
		return nil, Report{}, err
	}
	row := &store.Model{Region: p.Identity.Code, Version: m.Version(), State: store.ModelShadow, PackHash: p.Lesson,
		Learned: int64(report.Rows), NewestAt: rows[len(rows)-1].At, Report: string(file), Weights: m.Save(), TrainedBy: by}
	if report.Compared.Verdict == Worse {
		row.State = store.ModelRefused
	}
	if dry {
		return row, report, nil
	}
	return row, report, r.Store.InTx(ctx, func(tx *store.Store) error { return tx.AddModel(ctx, row) })
}

// Shared learns a model that may leave the region: from the seeds and from what was not
// said on WhatsApp.
func (r *Registry) Shared(ctx context.Context, p *region.Pack) (*text.Model, Report, error) {
	rows, err := r.Rows(ctx, p, time.Time{})
	if err != nil {
		return nil, Report{}, err
	}
	return Train(p, Shareable(rows), nil)
}

// Replay compares a version with the one in use on what officers confirmed since it was
// trained: what it would have answered, had it answered. Neither has learned from any of
// it.
func (r *Registry) Replay(ctx context.Context, p *region.Pack, row *store.Model) (Comparison, error) {
	rows, err := r.Rows(ctx, p, row.TrainedAt)
	if err != nil {
		return Comparison{}, err
	}
	old, err := r.Current(ctx, p)
	if err != nil {
		return Comparison{}, err
	}
	fresh, err := r.Load(ctx, p, row.Version)
	if err != nil {
		return Comparison{}, err
	}
	return Compare(old, fresh, rows), nil
}

// Promote puts a version in force. One that was found worse, or could not be compared,
// needs a person's reason.
func (r *Registry) Promote(ctx context.Context, p *region.Pack, version, by, why string) error {
	row, err := r.Store.Model(ctx, p.Identity.Code, version)
	if err != nil {
		return err
	}
	report, err := ReportOf(row)
	if err != nil {
		return err
	}
	switch {
	case row.State == store.ModelActive:
		return tanggap.Errorf(tanggap.Conflict, "Model %s sudah dipakai.", version)
	case row.PackHash != p.Lesson:
		return tanggap.Errorf(tanggap.Conflict, "Model %s dilatih untuk paket daerah yang lain; latih lagi.", version)
	case why == "" && row.State != store.ModelRetired && report.Compared.Verdict != Better:
		return &tanggap.Error{Code: tanggap.Invalid, Field: "alasan", Message: "Model ini belum terbukti lebih baik. Tulis alasan untuk tetap memakainya."}
	}
	return r.Store.InTx(ctx, func(tx *store.Store) error {
		return tx.SetModel(ctx, p.Identity.Code, version, store.ModelActive, by, why)
	})
}

// Rollback takes the model in use out of force. The one before it answers again, or
// that of the seeds where there was none; its version is returned, "" for the seeds.
func (r *Registry) Rollback(ctx context.Context, p *region.Pack, by, why string) (version string, err error) {
	code := p.Identity.Code
	err = r.Store.InTx(ctx, func(tx *store.Store) error {
		row, err := tx.ModelIn(ctx, code, store.ModelActive)
		if err != nil {
			return err
		}
		if row == nil {
			return tanggap.Errorf(tanggap.Conflict, "Yang dipakai adalah model contoh paket daerah; tidak ada yang bisa dikembalikan.")
		}
		before, err := tx.ModelIn(ctx, code, store.ModelRetired)
		if err != nil {
			return err
		}
		if err := tx.SetModel(ctx, code, row.Version, store.ModelRefused, by, why); err != nil {
			return err
		}
		if before == nil || before.PackHash != p.Lesson {
			return nil
		}
		version = before.Version
		return tx.SetModel(ctx, code, version, store.ModelActive, by, why)
	})
	return version, err
}

// ReportOf reads what was measured when a model was trained.
func ReportOf(row *store.Model) (Report, error) {
	var r Report
	if err := json.Unmarshal([]byte(row.Report), &r); err != nil {
		return r, fmt.Errorf("report of model %s: %w", row.Version, err)
	}
	return r, nil
}
