package edition

import (
	"context"
	"errors"
	"time"

	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// Types of events about a region's pack. Their payloads hold codes, names of columns and
// numbers of versions, never what a row says.
const (
	Edited      = "pack.edited"
	Uploaded    = "pack.uploaded"
	Restored    = "pack.restored"
	Discarded   = "pack.discarded"
	Scheduled   = "pack.scheduled"
	Unscheduled = "pack.unscheduled"
	Enforced    = "pack.enforced"
	Rebased     = "pack.rebased" // the draft was compared with a newer version in force
)

// Events are all of them.
var Events = []string{Edited, Uploaded, Restored, Discarded, Scheduled, Unscheduled, Enforced, Rebased}

// System is the actor of what the program does by itself.
const System = "system"

// Draft is a region's pack as administrators are editing it. Without a Row nobody has
// changed anything yet, and Files are those in force.
type Draft struct {
	Row     *store.PackDraft
	Files   region.Files
	InForce int64 // version
}

// Open returns the draft of a region, or what one would begin with.
func Open(ctx context.Context, s *store.Store, code string) (*Draft, error) {
	d := &Draft{}
	var err error
	if d.InForce, err = inForce(ctx, s, code); err != nil {
		return nil, err
	}
	if d.Row, err = s.PackDraft(ctx, code); err != nil {
		return nil, err
	}
	if d.Row == nil {
		d.Files, err = Files(ctx, s, code, d.InForce)
		return d, err
	}
	d.Files, err = unpack(d.Row.Archive)
	return d, err
}

// Moved reports whether another version came into force since the draft was begun.
func (d *Draft) Moved() bool { return d.Row != nil && d.Row.Base != d.InForce }

// Edit changes the draft, which is begun if there is none, in one step that stands in the
// history under kind. A scheduled draft is not changed any more (Conflict).
func Edit(ctx context.Context, s *store.Store, code, by, kind string, facts map[string]any, fn func(f region.Files) error) error {
	return s.InTx(ctx, func(tx *store.Store) error {
		if err := lock(ctx, tx, code); err != nil {
			return err
		}
		d, err := Open(ctx, tx, code)
		if err != nil {
			return err
		}
		row := d.Row
		if row == nil {
			row = &store.PackDraft{Region: code, Base: d.InForce}
		}
		if !row.EffectiveAt.IsZero() {
			return tanggap.Errorf(tanggap.Conflict, "konsep ini sudah dijadwalkan berlaku; batalkan jadwalnya sebelum mengubah isinya")
		}
		if err := fn(d.Files); err != nil {
			return err
		}
		if row.Archive, err = d.Files.Archive(); err != nil {
			return err
		}
		row.ChangedBy = by
		if err := tx.PutPackDraft(ctx, row); err != nil {
			return err
		}
		return tx.AddRegionEvent(ctx, code, actor(by), kind, facts)
	})
}

func actor(by string) string {
	if by == System {
		return System
	}
	return "officer:" + by
}

// Upload replaces the draft by the files of a zip. They may have faults: the pages show
// them, and nothing faulty comes into force.
func Upload(ctx context.Context, s *store.Store, code, by string, archive []byte) error {
	files, err := unpack(archive)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return tanggap.Errorf(tanggap.Invalid, "Arsip ini tidak berisi berkas paket daerah. Zip-lah isi foldernya, bukan foldernya.")
	}
	return replaceBy(ctx, s, code, by, Uploaded, nil, files)
}

// Restore replaces the draft by an earlier version.
func Restore(ctx context.Context, s *store.Store, code, by string, version int64) error {
	files, err := Files(ctx, s, code, version)
	if err != nil {
		return err
	}
	return replaceBy(ctx, s, code, by, Restored, map[string]any{"version": version}, files)
}

func replaceBy(ctx context.Context, s *store.Store, code, by, kind string, facts map[string]any, files region.Files) error {
	return Edit(ctx, s, code, by, kind, facts, func(f region.Files) error {
		clear(f)
		for name, data := range files {
			f[name] = data
		}
		return nil
	})
}

// Discard forgets the draft.
func Discard(ctx context.Context, s *store.Store, code, by string) error {
	return touch(ctx, s, code, 0, func(tx *store.Store, d *Draft) error {
		if err := tx.DropPackDraft(ctx, code); err != nil {
			return err
		}
		return tx.AddRegionEvent(ctx, code, actor(by), Discarded, map[string]any{"base": d.Row.Base})
	})
}

// touch runs fn on a draft that exists and, unless version is 0, is still the one that
// somebody has seen.
func touch(ctx context.Context, s *store.Store, code string, version int64, fn func(tx *store.Store, d *Draft) error) error {
	return s.InTx(ctx, func(tx *store.Store) error {
		if err := lock(ctx, tx, code); err != nil {
			return err
		}
		d, err := Open(ctx, tx, code)
		if err != nil {
			return err
		}
		if d.Row == nil {
			return tanggap.Errorf(tanggap.Conflict, "tidak ada konsep; mungkin sudah diberlakukan atau dibuang orang lain")
		}
		if version != 0 && d.Row.Version != version {
			return tanggap.Errorf(tanggap.Conflict, "konsep ini berubah sejak Anda melihatnya; periksa lagi perbedaannya sebelum memberlakukan")
		}
		return fn(tx, d)
	})
}

// Rebase lets the draft replace the version that came into force in the meantime, whose
// changes it does not hold.
func Rebase(ctx context.Context, s *store.Store, code, by string, version int64) error {
	return touch(ctx, s, code, version, func(tx *store.Store, d *Draft) error {
		d.Row.Base = d.InForce
		if err := tx.PutPackDraft(ctx, d.Row); err != nil {
			return err
		}
		return tx.AddRegionEvent(ctx, code, actor(by), Rebased, map[string]any{"base": d.InForce})
	})
}

// Enforce puts the draft in force now. version is that of the draft which by has seen, and
// reason why, which loosening a promise needs. It returns the pack.
func Enforce(ctx context.Context, s *store.Store, code, by string, version int64, reason string) (p *region.Pack, err error) {
	err = touch(ctx, s, code, version, func(tx *store.Store, d *Draft) error {
		p, err = ready(ctx, tx, code, d, reason)
		if err != nil {
			return err
		}
		return enforce(ctx, tx, code, by, d, p, reason)
	})
	return p, err
}

func enforce(ctx context.Context, tx *store.Store, code, by string, d *Draft, p *region.Pack, reason string) error {
	archive, err := d.Files.Archive()
	if err != nil {
		return err
	}
	if p.Version, err = tx.AddPack(ctx, code, p.Hash, archive, reason); err != nil {
		return err
	}
	if err := tx.DropPackDraft(ctx, code); err != nil {
		return err
	}
	return tx.AddRegionEvent(ctx, code, actor(by), Enforced, map[string]any{"version": p.Version, "from": d.InForce, "hash": p.Hash})
}

// Schedule lets the draft come into force at a time. Until then it is not changed.
func Schedule(ctx context.Context, s *store.Store, code, by string, version int64, reason string, when time.Time) error {
	return touch(ctx, s, code, version, func(tx *store.Store, d *Draft) error {
		if !when.After(tx.Clock().Now()) {
			return &tanggap.Error{Code: tanggap.Invalid, Field: "tanggal", Message: "Tanggal berlaku sudah lewat. Pilih hari sesudah hari ini, atau berlakukan sekarang."}
		}
		if _, err := ready(ctx, tx, code, d, reason); err != nil {
			return err
		}
		d.Row.EffectiveAt, d.Row.Note, d.Row.ChangedBy = when.UTC(), reason, by
		if err := tx.PutPackDraft(ctx, d.Row); err != nil {
			return err
		}
		return tx.AddRegionEvent(ctx, code, actor(by), Scheduled, map[string]any{"at": when.UTC()})
	})
}

// Unschedule takes the date away; the draft can be changed again.
func Unschedule(ctx context.Context, s *store.Store, code, by string) error {
	return touch(ctx, s, code, 0, func(tx *store.Store, d *Draft) error { return unschedule(ctx, tx, code, by, d, "") })
}

func unschedule(ctx context.Context, tx *store.Store, code, by string, d *Draft, why tanggap.Code) error {
	d.Row.EffectiveAt = time.Time{}
	if err := tx.PutPackDraft(ctx, d.Row); err != nil {
		return err
	}
	return tx.AddRegionEvent(ctx, code, actor(by), Unscheduled, map[string]any{"why": why})
}

// Due puts a draft in force whose time has come, and reports whether it did. One that
// cannot come into force any more, such as after an import in between, loses its date and
// waits for a person.
func Due(ctx context.Context, s *store.Store, code string) (done bool, err error) {
	row, err := s.PackDraft(ctx, code)
	if err != nil || row == nil || row.EffectiveAt.IsZero() || row.EffectiveAt.After(s.Clock().Now()) {
		return false, err
	}
	err = touch(ctx, s, code, row.Version, func(tx *store.Store, d *Draft) error {
		p, err := ready(ctx, tx, code, d, d.Row.Note)
		if err != nil {
			return err
		}
		done = true
		return enforce(ctx, tx, code, System, d, p, d.Row.Note)
	})
	var e *tanggap.Error
	if !errors.As(err, &e) {
		return done && err == nil, err
	}
	return false, touch(ctx, s, code, row.Version, func(tx *store.Store, d *Draft) error {
		return unschedule(ctx, tx, code, System, d, e.Code)
	})
}

// ready returns the pack that a draft makes if it may come into force.
func ready(ctx context.Context, tx *store.Store, code string, d *Draft, reason string) (*region.Pack, error) {
	if d.Moved() {
		return nil, tanggap.Errorf(tanggap.Conflict, "versi %d berlaku sejak konsep ini dibuat; bandingkan dulu, lalu pilih mana yang dipakai", d.InForce)
	}
	p, err := d.Files.Load()
	var problems region.Problems
	if errors.As(err, &problems) {
		return nil, tanggap.Errorf(tanggap.Invalid, "konsep ini masih punya %d kesalahan, jadi belum bisa berlaku; perbaiki dulu", len(problems))
	}
	if err != nil {
		return nil, err
	}
	old, err := Version(ctx, tx, code, d.InForce)
	if err != nil {
		return nil, err
	}
	if p.Hash == old.Hash {
		return nil, tanggap.Errorf(tanggap.Invalid, "konsep ini sama dengan versi yang berlaku; tidak ada yang diberlakukan")
	}
	obstacles, err := Obstacles(ctx, tx, old, p)
	if err != nil {
		return nil, err
	}
	if len(obstacles) > 0 {
		return nil, tanggap.Errorf(tanggap.Invalid, "%s", obstacles[0].Message)
	}
	if len(Loosened(old, p, tx.Clock().Now())) > 0 && reason == "" {
		return nil, &tanggap.Error{Code: tanggap.Invalid, Field: "alasan", Message: "Ada janji kepada warga yang menjadi lebih longgar. Tulis alasannya; alasan ini tersimpan pada versi."}
	}
	return p, clash(ctx, tx, p)
}
