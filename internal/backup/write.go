package backup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"golang.org/x/mod/sumdb/tlog"

	"tanggap/internal/tanggap"
)

// Format is the version of the backup format that this program writes and reads.
const Format = 1

const (
	entryHeader   = "tanggap-backup"
	entryManifest = "manifest.json"
	chunkSize     = 1 << 20
)

// Manifest says what a backup holds. It is the last entry.
type Manifest struct {
	Format  int         `json:"format"`
	Program string      `json:"program"` // version that wrote it
	Schema  int64       `json:"schema"`  // newest migration
	MadeAt  time.Time   `json:"made_at"`
	Tables  []Sum       `json:"tables"`
	Regions []RegionSum `json:"regions"`
	Media   FileSum     `json:"media"`
	Keys    FileSum     `json:"keys"`
}

// RegionSum is the state of a region's history.
type RegionSum struct {
	Region  string `json:"region"`
	Events  int64  `json:"events"`  // in the audit log
	Root    string `json:"root"`    // Merkle root of these, base64
	Inbound int64  `json:"inbound"` // last number of the gap-free inbound sequence
}

// FileSum is what a group of files holds; the hash is SHA-256 over the lines
// "NAME SIZE SHA256" in order of names.
type FileSum struct {
	Files  int64  `json:"files"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	hash   hash.Hash
}

func (f *FileSum) add(name string, size int64, content []byte) {
	if f.hash == nil {
		f.hash = sha256.New()
	}
	f.Files, f.Bytes = f.Files+1, f.Bytes+size
	fmt.Fprintf(f.hash, "%s %d %x\n", name, size, content)
	f.SHA256 = hex.EncodeToString(f.hash.Sum(nil))
}

func (f FileSum) same(g FileSum) bool {
	return f.Files == g.Files && f.Bytes == g.Bytes && f.SHA256 == g.SHA256
}

// Source is what to back up.
type Source struct {
	Database string // path or postgres://
	Media    string // folder; may be missing
	Keys     string // folder; "" leaves the keys out
	Program  string // version, for the manifest
	Now      time.Time
}

// Write backs src up into w, encrypted to the recipients.
func Write(ctx context.Context, w io.Writer, src Source, recipients ...age.Recipient) (*Manifest, error) {
	if len(recipients) == 0 {
		return nil, tanggap.Errorf(tanggap.Invalid, "Cadangan harus dienkripsi: sebut paling sedikit satu penerima (age1…).")
	}
	s, err := OpenSnapshot(ctx, src.Database)
	if err != nil {
		return nil, err
	}
	m, err := write(ctx, w, s, src, recipients)
	return m, errors.Join(err, s.Close())
}

func write(ctx context.Context, w io.Writer, s *Snapshot, src Source, recipients []age.Recipient) (*Manifest, error) {
	sealed, err := age.Encrypt(w, recipients...)
	if err != nil {
		return nil, fmt.Errorf("backup: encrypt: %w", err)
	}
	zipped, err := gzip.NewWriterLevel(sealed, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	out := writer{tar.NewWriter(zipped), src.Now}
	m, err := out.content(ctx, s, src)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(out.tar.Close(), zipped.Close(), sealed.Close()); err != nil {
		return nil, fmt.Errorf("backup: write: %w", err)
	}
	return m, nil
}

type writer struct {
	tar *tar.Writer
	now time.Time
}

func (w writer) content(ctx context.Context, s *Snapshot, src Source) (*Manifest, error) {
	m := &Manifest{Format: Format, Program: src.Program, MadeAt: src.Now.UTC()}
	var err error
	if m.Schema, err = s.Schema(ctx); err != nil {
		return nil, fmt.Errorf("backup: schema version: %w", err)
	}
	if err := w.put(entryHeader, fmt.Appendf(nil, "%d\n", Format)); err != nil {
		return nil, err
	}
	tables, err := s.tables(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range tables {
		sum, err := w.table(ctx, s, t)
		if err != nil {
			return nil, err
		}
		m.Tables = append(m.Tables, sum)
	}
	if m.Regions, err = s.RegionSums(ctx); err != nil {
		return nil, err
	}
	// Blobs are written before the rows that name them and never change, so reading
	// them after the snapshot misses none.
	if m.Media, err = w.folder(ctx, "media/", src.Media); err != nil {
		return nil, err
	}
	if src.Keys != "" {
		if m.Keys, err = w.folder(ctx, "keys/", src.Keys); err != nil {
			return nil, err
		}
	}
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, err
	}
	return m, w.put(entryManifest, b)
}

// RegionSums reads the state of every region's history.
func (s *Snapshot) RegionSums(ctx context.Context) ([]RegionSum, error) {
	regions, err := s.Regions(ctx)
	if err != nil {
		return nil, err
	}
	var out []RegionSum
	for _, r := range regions {
		h := s.History(r)
		size, err := h.Head(ctx)
		if err != nil {
			return nil, err
		}
		root, err := tlog.TreeHash(size, tlog.HashReaderFunc(func(idx []int64) ([]tlog.Hash, error) { return h.Hashes(ctx, idx) }))
		if err != nil {
			return nil, fmt.Errorf("backup: audit root of %s: %w", r, err)
		}
		inbound, _, err := h.LastInbound(ctx)
		if err != nil {
			return nil, err
		}
		out = append(out, RegionSum{Region: r, Events: size, Root: base64.StdEncoding.EncodeToString(root[:]), Inbound: inbound})
	}
	return out, nil
}

// table writes the rows of t in entries of about chunkSize.
func (w writer) table(ctx context.Context, s *Snapshot, t table) (Sum, error) {
	var chunk bytes.Buffer
	n := 0
	flush := func() error {
		if chunk.Len() == 0 {
			return nil
		}
		n++
		err := w.put(fmt.Sprintf("tables/%s/%06d", t.name, n), chunk.Bytes())
		chunk.Reset()
		return err
	}
	sum, err := s.dump(ctx, t, func(row []byte) error {
		chunk.Write(row)
		if chunk.Len() < chunkSize {
			return nil
		}
		return flush()
	})
	if err != nil {
		return sum, err
	}
	return sum, flush()
}

func (w writer) put(name string, content []byte) error {
	if err := w.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(content)), ModTime: w.now}); err != nil {
		return fmt.Errorf("backup: write %s: %w", name, err)
	}
	if _, err := w.tar.Write(content); err != nil {
		return fmt.Errorf("backup: write %s: %w", name, err)
	}
	return nil
}

// folder writes the regular files of a folder under their base names, which are
// unique there; half-written ones are left out.
func (w writer) folder(ctx context.Context, prefix, dir string) (FileSum, error) {
	var sum FileSum
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return sum, nil
	}
	if err != nil {
		return sum, fmt.Errorf("backup: %w", err)
	}
	defer root.Close()
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if !d.Type().IsRegular() || strings.HasSuffix(name, ".tmp") {
			return nil
		}
		return w.file(root, prefix, name, &sum)
	})
	return sum, err
}

func (w writer) file(root *os.Root, prefix, name string, sum *FileSum) error {
	f, err := root.Open(filepath.FromSlash(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // deleted meanwhile
	}
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	entry := prefix + path.Base(name)
	if err := w.tar.WriteHeader(&tar.Header{Name: entry, Mode: 0o600, Size: info.Size(), ModTime: w.now}); err != nil {
		return fmt.Errorf("backup: write %s: %w", entry, err)
	}
	h := sha256.New()
	if _, err := io.Copy(io.MultiWriter(w.tar, h), f); err != nil {
		return fmt.Errorf("backup: write %s: %w", entry, err)
	}
	sum.add(entry, info.Size(), h.Sum(nil))
	return nil
}
