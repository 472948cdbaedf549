package backup

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"filippo.io/age"

	"tanggap/internal/tanggap"
)

// sink takes what a backup holds, in order.
type sink interface {
	row(ctx context.Context, table string, row []byte) error
	file(ctx context.Context, group, name string, r io.Reader) error
}

// nothing is a sink for checking only.
type nothing struct{}

func (nothing) row(context.Context, string, []byte) error { return nil }

func (nothing) file(_ context.Context, _, _ string, r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}

const maxManifest = 4 << 20

var errDamaged = tanggap.Errorf(tanggap.Invalid, "Berkas cadangan rusak atau terpotong.")

// read walks through a backup, hands everything to to, and compares it with the
// manifest at the end.
func read(ctx context.Context, r io.Reader, ids []age.Identity, to sink) (*Manifest, error) {
	plain, err := age.Decrypt(r, ids...)
	var noMatch *age.NoIdentityMatchError
	if errors.As(err, &noMatch) {
		return nil, tanggap.Errorf(tanggap.Forbidden, "Kunci ini tidak membuka cadangan: cadangan dienkripsi untuk penerima lain.")
	}
	if err != nil {
		return nil, tanggap.Errorf(tanggap.Invalid, "Berkas ini bukan cadangan tanggap: %v", err)
	}
	zipped, err := gzip.NewReader(plain)
	if err != nil {
		return nil, errDamaged
	}
	w := reader{to: to, tables: map[string]*counted{}}
	entries := tar.NewReader(zipped)
	for n := 0; ; n++ {
		h, err := entries.Next()
		if err != nil {
			// The manifest comes last; an end before it is a cut.
			return nil, errDamaged
		}
		if n == 0 {
			if err := checkHeader(h, entries); err != nil {
				return nil, err
			}
			continue
		}
		if h.Name == entryManifest {
			return w.end(entries)
		}
		if err := w.entry(ctx, h, entries); err != nil {
			return nil, err
		}
	}
}

func checkHeader(h *tar.Header, r io.Reader) error {
	b, err := io.ReadAll(io.LimitReader(r, 16))
	if err != nil || h.Name != entryHeader {
		return tanggap.Errorf(tanggap.Invalid, "Berkas ini bukan cadangan tanggap.")
	}
	if string(b) != fmt.Sprintf("%d\n", Format) {
		return tanggap.Errorf(tanggap.Invalid, "Bentuk cadangan %s tidak dikenal program ini (yang dikenal: %d).", strings.TrimSpace(string(b)), Format)
	}
	return nil
}

type counted struct {
	rows int64
	hash hash.Hash
}

type reader struct {
	to          sink
	tables      map[string]*counted
	media, keys FileSum
}

func (w *reader) entry(ctx context.Context, h *tar.Header, r io.Reader) error {
	group, name, _ := strings.Cut(h.Name, "/")
	switch {
	case group == "tables":
		table, _, _ := strings.Cut(name, "/")
		return w.chunk(ctx, table, h.Size, r)
	case group == MediaDir:
		return w.file(ctx, h, group, name, r, &w.media)
	case group == KeysDir:
		return w.file(ctx, h, group, name, r, &w.keys)
	}
	return tanggap.Errorf(tanggap.Invalid, "Cadangan berisi %q yang tidak dikenal program ini.", h.Name)
}

func (w *reader) chunk(ctx context.Context, table string, size int64, r io.Reader) error {
	if size > maxRow+chunkSize {
		return errDamaged
	}
	chunk, err := io.ReadAll(r)
	if err != nil {
		return errDamaged
	}
	c, ok := w.tables[table]
	if !ok {
		c = &counted{hash: sha256.New()}
		w.tables[table] = c
	}
	c.hash.Write(chunk)
	for len(chunk) > 0 {
		var row []byte
		if row, chunk, err = nextRow(chunk); err != nil {
			return errDamaged
		}
		c.rows++
		if err := w.to.row(ctx, table, row); err != nil {
			return err
		}
	}
	return nil
}

func (w *reader) file(ctx context.Context, h *tar.Header, group, name string, r io.Reader, sum *FileSum) error {
	content := sha256.New()
	if err := w.to.file(ctx, group, name, io.TeeReader(r, content)); err != nil {
		return err
	}
	sum.add(h.Name, h.Size, content.Sum(nil))
	return nil
}

// end reads the manifest and compares it with what was read.
func (w *reader) end(r io.Reader) (*Manifest, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxManifest))
	if err != nil {
		return nil, errDamaged
	}
	m := &Manifest{}
	if err := json.Unmarshal(b, m); err != nil {
		return nil, errDamaged
	}
	seen := 0
	for _, t := range m.Tables {
		rows, sum := int64(0), sha256.New().Sum(nil)
		if c, ok := w.tables[t.Name]; ok {
			rows, sum = c.rows, c.hash.Sum(nil)
			seen++
		}
		if t.Rows != rows || t.SHA256 != hex.EncodeToString(sum) {
			return nil, tanggap.Errorf(tanggap.Invalid, "Cadangan rusak: tabel %s tidak sesuai dengan daftarnya.", t.Name)
		}
	}
	if seen != len(w.tables) || !m.Media.same(w.media) || !m.Keys.same(w.keys) {
		return nil, errDamaged
	}
	return m, nil
}
