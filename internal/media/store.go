package media

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"tanggap/internal/tanggap"
)

// Store keeps blobs under random names. Put replaces a blob as a whole or not at
// all; when it returns nil the blob survives a power cut. Get fails with
// tanggap.NotFound; Delete of what is not there is no error.
type Store interface {
	Put(ctx context.Context, key string, r io.Reader) error
	Get(ctx context.Context, key string) (io.ReadCloser, error)
	Delete(ctx context.Context, key string) error
}

// NewKey returns a random name for a blob: 26 characters, 130 bits.
func NewKey() string { return strings.ToLower(rand.Text()) }

// Dir is a Store in a directory, spread over sub-directories named by the last two
// characters of the key. Names cannot lead out of it (os.Root).
type Dir struct {
	root *os.Root
	// step is told of each step of Put before it is taken, and may stop it: tests
	// check the order and simulate crashes.
	step func(name string) error
}

// OpenDir opens the directory at path and makes it when it is not there.
func OpenDir(path string) (*Dir, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("media: %w", err)
	}
	parent, err := os.OpenRoot(filepath.Dir(filepath.Clean(path)))
	if err != nil {
		return nil, fmt.Errorf("media: %w", err)
	}
	defer parent.Close()
	if err := syncDir(parent, "."); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("media: %w", err)
	}
	return &Dir{root: root, step: func(string) error { return nil }}, nil
}

// Close releases the directory.
func (d *Dir) Close() error { return d.root.Close() }

var validKey = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{14,78}[a-z0-9]$`)

// place returns the sub-directory and the path of a blob.
func place(key string) (shard, path string, err error) {
	if !validKey.MatchString(key) {
		return "", "", fmt.Errorf("media: bad blob name %q", key)
	}
	shard = key[len(key)-2:]
	return shard, shard + "/" + key, nil
}

// Put writes a temporary file, forces it to disk, renames it and forces the
// directories to disk. The root is forced every time: the sub-directory may be left
// from a Put that crashed before it did so.
func (d *Dir) Put(ctx context.Context, key string, r io.Reader) error {
	shard, path, err := place(key)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := d.root.Mkdir(shard, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("media: %w", err)
	}
	temp := path + "." + rand.Text() + ".tmp"
	if err := d.write(temp, r); err != nil {
		return errors.Join(err, d.root.Remove(temp))
	}
	if err := d.do("rename", func() error { return d.root.Rename(temp, path) }); err != nil {
		return errors.Join(err, d.root.Remove(temp))
	}
	if err := d.do("sync shard", func() error { return syncDir(d.root, shard) }); err != nil {
		return err
	}
	return d.do("sync root", func() error { return syncDir(d.root, ".") })
}

func (d *Dir) write(name string, r io.Reader) error {
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("media: %w", err)
	}
	err = d.do("write", func() error { _, err := io.Copy(f, r); return err })
	if err == nil {
		err = d.do("sync file", f.Sync)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("media: %w", err)
	}
	return nil
}

func (d *Dir) do(name string, f func() error) error {
	if err := d.step(name); err != nil {
		return err
	}
	if err := f(); err != nil {
		return fmt.Errorf("media: %s: %w", name, err)
	}
	return nil
}

// Get opens a blob.
func (d *Dir) Get(ctx context.Context, key string) (io.ReadCloser, error) {
	_, path, err := place(key)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := d.root.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, tanggap.Errorf(tanggap.NotFound, "Berkas tidak ditemukan.")
	}
	if err != nil {
		return nil, fmt.Errorf("media: %w", err)
	}
	return f, nil
}

// Delete removes a blob for good.
func (d *Dir) Delete(ctx context.Context, key string) error {
	shard, path, err := place(key)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	err = d.root.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("media: %w", err)
	}
	return syncDir(d.root, shard)
}

func syncDir(root *os.Root, name string) error {
	f, err := root.Open(name)
	if err != nil {
		return fmt.Errorf("media: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("media: sync directory: %w", err)
	}
	return nil
}
