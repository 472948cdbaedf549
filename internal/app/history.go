package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"tanggap/internal/audit"
	"tanggap/internal/backup"
	"tanggap/internal/durable"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// history keeps the evidence about a database outside of it, in the data folder:
// signed checkpoints of each region's audit log, and the last number of the
// gap-free inbound sequence, which is newer than any checkpoint. At every start the
// database must still hold what they saw.
type history struct {
	dir string
	key audit.Key
}

// Limits of what one checkpoint may leave unsigned.
const (
	checkpointEvents = 1000
	checkpointEvery  = time.Hour
)

// openHistory loads the signing key, and makes it at the first start.
func openHistory(cfg *Config) (*history, error) {
	h := &history{dir: cfg.path(backup.CheckpointsDir)}
	for _, dir := range []string{h.dir, cfg.path(backup.KeysDir)} {
		if err := durable.MkdirAll(dir); err != nil {
			return nil, fmt.Errorf("data folder: %w", err)
		}
	}
	path := auditKeyPath(cfg)
	key, err := audit.LoadKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		key, err = audit.CreateKey(path, "tanggap")
	}
	h.key = key
	return h, err
}

func auditKeyPath(cfg *Config) string { return cfg.path(backup.KeysDir, "audit.key") }

// trust says which checkpoints of a region count.
func trust(region string, key audit.Key) audit.Trust {
	return audit.Trust{Origin: "tanggap/" + region, Keys: note.VerifierList(key.Verifier())}
}

func (h *history) file(region string) audit.File {
	return audit.File{Path: filepath.Join(h.dir, region+".txt"), Trust: trust(region, h.key)}
}

func (h *history) inboundPath(region string) string { return filepath.Join(h.dir, region+".inbound") }

// check compares the database with the evidence. A database that has lost what was
// acknowledged gives a tanggap.Error that says so.
func (h *history) check(ctx context.Context, s *store.Store, region string) error {
	inbound, err := s.LastInbound(ctx, region)
	if err != nil {
		return err
	}
	witness, err := h.inbound(region)
	if err != nil {
		return err
	}
	if inbound < witness {
		return restoreNeeded(region, fmt.Sprintf("kiriman masuk berakhir pada nomor %d, padahal pernah tercatat sampai %d", inbound, witness))
	}
	c, ok, err := h.file(region).Newest()
	if err != nil || !ok {
		return err
	}
	err = audit.CheckHead(ctx, s.AuditLog(region), inbound, c)
	if tanggap.CodeOf(err) == tanggap.Conflict {
		return restoreNeeded(region, err.Error())
	}
	return err
}

func restoreNeeded(region, why string) error {
	return tanggap.Errorf(tanggap.Conflict, "Basis data daerah %s kehilangan data: %s. Pulihkan dari cadangan (tanggap restore). "+
		"Bila kehilangan ini diketahui dan diterima, jalankan sekali dengan --accept-loss.", region, why)
}

// setAside renames the evidence, so that a database that lost data may be served
// by a person's decision. It stays in the folder.
func (h *history) setAside(region string, now time.Time) error {
	for _, path := range []string{h.file(region).Path, h.inboundPath(region)} {
		err := durable.Rename(path, path+".lost-"+now.UTC().Format("20060102T150405Z"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("set checkpoints aside: %w", err)
		}
	}
	return nil
}

// inbound reads the witness of the inbound sequence, 0 if there is none.
func (h *history) inbound(region string) (int64, error) {
	b, err := os.ReadFile(h.inboundPath(region))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("inbound witness: %w", err)
	}
	n, err := strconv.ParseInt(string(bytes.TrimSpace(b)), 10, 64)
	if err != nil {
		return 0, tanggap.Errorf(tanggap.Conflict, "Berkas saksi %s rusak.", h.inboundPath(region))
	}
	return n, nil
}

// witness writes down the last committed inbound number.
func (h *history) witness(region string, last int64) error {
	if err := durable.ReplaceBytes(h.inboundPath(region), []byte(strconv.FormatInt(last, 10)+"\n")); err != nil {
		return fmt.Errorf("inbound witness: %w", err)
	}
	return nil
}

// checkpoint signs the present state of a region's log into database and file.
func (h *history) checkpoint(ctx context.Context, s *store.Store, region string) error {
	var signed []byte
	err := s.InTx(ctx, func(tx *store.Store) error {
		inbound, err := tx.LastInbound(ctx, region)
		if err != nil {
			return err
		}
		c, err := audit.NewCheckpoint(ctx, tx.AuditLog(region), trust(region, h.key).Origin, inbound, tx.Clock().Now())
		if err != nil {
			return err
		}
		if signed, err = audit.Sign(c, h.key.Signer); err != nil {
			return err
		}
		return tx.AddCheckpoint(ctx, &store.Checkpoint{Region: region, Size: c.Size, Note: string(signed), MadeAt: c.At})
	})
	if err != nil {
		return fmt.Errorf("checkpoint of %s: %w", region, err)
	}
	return h.file(region).Append(signed)
}

// Verification is what Verify found in one region.
type Verification struct {
	Region  string
	Report  audit.Report
	Waiting int64 // events without a place in the log yet
	Signed  bool  // a signing key was there to check checkpoints with
}

// Verify recomputes every region's history from the rows, read-only and without
// the program's own store, and compares it with the checkpoints in the database and
// in the data folder.
func Verify(ctx context.Context, cfg *Config) ([]Verification, error) {
	s, err := backup.OpenSnapshot(ctx, cfg.Database)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	regions, err := s.Regions(ctx)
	if err != nil {
		return nil, err
	}
	key, err := audit.LoadKey(auditKeyPath(cfg))
	signed := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var out []Verification
	for _, r := range regions {
		v := Verification{Region: r, Signed: signed}
		var notes [][]byte
		if signed {
			if notes, err = gather(ctx, s.History(r), cfg, r); err != nil {
				return nil, err
			}
			v.Report, err = audit.Verify(ctx, s.History(r), trust(r, key), notes)
		} else {
			v.Report, err = audit.Verify(ctx, s.History(r), audit.Trust{}, nil)
		}
		if err != nil {
			return nil, err
		}
		if v.Waiting, err = s.History(r).Waiting(ctx); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// gather returns the checkpoints of file and database, each once.
func gather(ctx context.Context, h backup.History, cfg *Config, region string) ([][]byte, error) {
	notes, err := audit.File{Path: cfg.path(backup.CheckpointsDir, region+".txt")}.Load()
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, n := range notes {
		seen[strings.TrimSpace(string(n))] = true
	}
	rows, err := h.Checkpoints(ctx)
	if err != nil {
		return nil, err
	}
	for _, n := range rows {
		if !seen[strings.TrimSpace(n)] {
			notes = append(notes, []byte(n))
		}
	}
	return notes, nil
}
