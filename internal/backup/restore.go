package backup

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"tanggap/internal/durable"
	"tanggap/internal/job"
	"tanggap/internal/media"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// OutboundOff is the counter that, when it is 1, keeps a region from sending
// anything: a restored system must not tell everybody everything again while the
// original may still be running. `tanggap serve --outbound=resume` takes it away.
const OutboundOff = "outbound_off"

// Names inside a data folder.
const (
	DatabaseFile   = "tanggap.db"
	MediaDir       = "media"
	KeysDir        = "keys"
	CheckpointsDir = "checkpoints"
)

// Target is where to restore to.
type Target struct {
	Dir      string // data folder, missing or empty: media, checkpoints and, for SQLite, the database
	Postgres string // address of an empty database, "" for SQLite in Dir
}

// Check reads a whole backup without writing anything and returns its manifest; it
// fails if the backup is damaged or cut off.
func Check(ctx context.Context, r io.Reader, ids ...age.Identity) (*Manifest, error) {
	return read(ctx, r, ids, nothing{})
}

// Restore reads a backup into an empty place. The target's rows are read back and
// compared with the backup's hashes and audit roots before anything is committed;
// on any error the target is as empty as before.
func Restore(ctx context.Context, r io.Reader, to Target, clock tanggap.Clock, log *slog.Logger, ids ...age.Identity) (*Manifest, error) {
	if err := mustBeEmpty(ctx, to); err != nil {
		return nil, err
	}
	parent := filepath.Dir(filepath.Clean(to.Dir))
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	staging, err := os.MkdirTemp(parent, ".tanggap-restore-*")
	if err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	m, err := restore(ctx, r, staging, to, clock, log, ids)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(staging))
	}
	return m, nil
}

func restore(ctx context.Context, r io.Reader, staging string, to Target, clock tanggap.Clock, log *slog.Logger, ids []age.Identity) (*Manifest, error) {
	address := to.Postgres
	if address == "" {
		address = filepath.Join(staging, DatabaseFile)
	}
	if err := migrate(ctx, address, clock, log); err != nil {
		return nil, err
	}
	l, err := newLoader(ctx, address, staging)
	if err != nil {
		return nil, err
	}
	m, err := read(ctx, r, ids, l)
	if err == nil {
		err = l.finish(ctx, m)
	}
	if err != nil {
		return nil, errors.Join(err, l.close())
	}
	// The folder is put in place first: a database without its media would be worse
	// than media without a database.
	if err := os.Remove(to.Dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(fmt.Errorf("restore: %w", err), l.close())
	}
	if to.Postgres == "" {
		if err := errors.Join(l.snap.tx.Commit(), l.close()); err != nil {
			return nil, fmt.Errorf("restore: commit: %w", err)
		}
		return m, rename(staging, to.Dir)
	}
	if err := rename(staging, to.Dir); err != nil {
		return nil, errors.Join(err, l.close())
	}
	if err := errors.Join(l.snap.tx.Commit(), l.close()); err != nil {
		return nil, fmt.Errorf("restore: commit: %w", err)
	}
	return m, nil
}

func rename(from, to string) error {
	if err := durable.Rename(from, to); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return nil
}

func mustBeEmpty(ctx context.Context, to Target) error {
	entries, err := os.ReadDir(to.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("restore: %w", err)
	}
	if len(entries) > 0 {
		return tanggap.Errorf(tanggap.Conflict, "Folder %s tidak kosong. Pemulihan hanya ke folder kosong atau yang belum ada.", to.Dir)
	}
	if to.Postgres == "" {
		return nil
	}
	s, err := OpenSnapshot(ctx, to.Postgres)
	if err != nil {
		return err
	}
	defer s.Close()
	tables, err := list(ctx, s, "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_name IN ('regions', 'officers')")
	if err != nil {
		return err
	}
	for _, t := range tables {
		n, err := s.number(ctx, "SELECT count(*) FROM "+t)
		if err != nil {
			return err
		}
		if n > 0 {
			return tanggap.Errorf(tanggap.Conflict, "Basis data tujuan tidak kosong (%s berisi %d baris). Buat basis data baru untuk pemulihan.", t, n)
		}
	}
	return nil
}

func migrate(ctx context.Context, address string, clock tanggap.Clock, log *slog.Logger) error {
	s, err := store.Open(ctx, address, nil, clock, log)
	if err != nil {
		return err
	}
	if err := s.Migrate(ctx); err != nil {
		return errors.Join(err, s.Close())
	}
	return errors.Join(job.Migrate(ctx, s, log), s.Close())
}

// loader writes what a backup holds into an empty database, in one transaction,
// and into a folder.
type loader struct {
	snap    *Snapshot // its transaction writes
	dir     string
	media   *media.Dir
	tables  map[string]table
	inserts map[string]*sql.Stmt
}

func newLoader(ctx context.Context, address, dir string) (*loader, error) {
	driver, source := "pgx", address
	if !isPostgres(address) {
		driver, source = "sqlite", "file:"+address+"?_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)&_txlock=immediate"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	l := &loader{snap: &Snapshot{db: db, postgres: isPostgres(address)}, dir: dir, tables: map[string]table{}, inserts: map[string]*sql.Stmt{}}
	if l.snap.tx, err = db.BeginTx(ctx, nil); err != nil {
		return nil, errors.Join(fmt.Errorf("restore: %w", err), db.Close())
	}
	tables, err := l.snap.tables(ctx)
	if err == nil {
		l.media, err = media.OpenDir(filepath.Join(dir, MediaDir))
	}
	if err != nil {
		return nil, errors.Join(err, l.close())
	}
	for _, t := range tables {
		l.tables[t.name] = t
	}
	return l, nil
}

// close gives up whatever was not committed.
func (l *loader) close() error {
	err := l.snap.tx.Rollback()
	if errors.Is(err, sql.ErrTxDone) {
		err = nil
	}
	if l.media != nil {
		err = errors.Join(err, l.media.Close())
	}
	return errors.Join(err, l.snap.db.Close())
}

func (l *loader) row(ctx context.Context, name string, row []byte) error {
	t, ok := l.tables[name]
	if !ok {
		return tanggap.Errorf(tanggap.Invalid, "Cadangan berisi tabel %q yang tidak dikenal program ini.", name)
	}
	insert, ok := l.inserts[name]
	if !ok {
		var err error
		if insert, err = l.snap.tx.PrepareContext(ctx, l.snap.bind(insertInto(t))); err != nil {
			return fmt.Errorf("restore: %w", err)
		}
		l.inserts[name] = insert
	}
	args, err := values(row, t.columns, l.snap.postgres)
	if err != nil {
		return err
	}
	if _, err := insert.ExecContext(ctx, args...); err != nil {
		return fmt.Errorf("restore: row of %s: %w", name, err)
	}
	return nil
}

func insertInto(t table) string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.Name
	}
	return "INSERT INTO " + t.name + " (" + strings.Join(names, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(names)-1) + ")"
}

func (l *loader) file(ctx context.Context, group, name string, r io.Reader) error {
	if group == MediaDir {
		return l.media.Put(ctx, name, r)
	}
	root, err := os.OpenRoot(l.dir)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	defer root.Close()
	if err := root.Mkdir(KeysDir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("restore: %w", err)
	}
	f, err := root.OpenFile(filepath.Join(KeysDir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Sync(), f.Close())
}

// finish compares what was written with the manifest and turns outbound off.
func (l *loader) finish(ctx context.Context, m *Manifest) error {
	schema, err := l.snap.Schema(ctx)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if schema != m.Schema {
		return tanggap.Errorf(tanggap.Invalid, "Cadangan dibuat oleh tanggap %s dengan skema %d; program ini memakai skema %d. Pulihkan dengan versi itu, lalu perbarui.", m.Program, m.Schema, schema)
	}
	for _, insert := range l.inserts {
		if err := insert.Close(); err != nil {
			return fmt.Errorf("restore: %w", err)
		}
	}
	sums, err := l.snap.Sums(ctx)
	if err != nil {
		return err
	}
	if err := sameSums(m.Tables, sums); err != nil {
		return err
	}
	regions, err := l.snap.RegionSums(ctx)
	if err != nil {
		return err
	}
	if len(regions) != len(m.Regions) {
		return tanggap.Errorf(tanggap.Invalid, "Cadangan rusak: %d daerah tercatat, %d dipulihkan.", len(m.Regions), len(regions))
	}
	for i, r := range regions {
		if r != m.Regions[i] {
			return tanggap.Errorf(tanggap.Invalid, "Akar audit daerah %s setelah pemulihan tidak sama dengan yang tercatat di cadangan.", r.Region)
		}
	}
	for _, r := range regions {
		if err := l.settle(ctx, r.Region); err != nil {
			return err
		}
	}
	return nil
}

// settle turns a region's outbound off and writes its checkpoints beside the
// database, where the next start looks for them.
func (l *loader) settle(ctx context.Context, region string) error {
	_, err := l.snap.tx.ExecContext(ctx, l.snap.bind(`INSERT INTO counters (region, name, value) VALUES (?, ?, 1)
		ON CONFLICT (region, name) DO UPDATE SET value = 1`), region, OutboundOff)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	notes, err := l.snap.History(region).Checkpoints(ctx)
	if err != nil || len(notes) == 0 {
		return err
	}
	dir := filepath.Join(l.dir, CheckpointsDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, region+".txt"), []byte(strings.Join(notes, "\n")), 0o600); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return nil
}

// sameSums compares tables by their rows and columns.
func sameSums(want, got []Sum) error {
	byName := map[string]Sum{}
	for _, s := range got {
		byName[s.Name] = s
	}
	for _, w := range want {
		g, ok := byName[w.Name]
		if !ok || g.Rows != w.Rows || g.SHA256 != w.SHA256 {
			return tanggap.Errorf(tanggap.Invalid, "Tabel %s tidak sama dengan yang tercatat di cadangan (%d baris, tercatat %d). Pemulihan dibatalkan.", w.Name, g.Rows, w.Rows)
		}
	}
	if len(want) != len(got) {
		return tanggap.Errorf(tanggap.Invalid, "Cadangan berisi %d tabel, program ini mengenal %d. Pemulihan dibatalkan.", len(want), len(got))
	}
	return nil
}
