// Package durable changes files so that a loss of power at any moment leaves the old
// or the new, never a part, and never takes back what was reported done.
package durable

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Replace makes path a private file (0600) with what write writes. Until that is on
// the disk, path stays as it was.
func Replace(path string, write func(io.Writer) error) error {
	tmp, err := beside(path, write)
	if err != nil {
		return err
	}
	defer os.Remove(tmp) // gone already if all went well
	return Rename(tmp, path)
}

// Create makes a private file (0600) that must not exist yet; the error is
// fs.ErrExist if it does.
func Create(path string, b []byte) error {
	tmp, err := beside(path, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
	if err != nil {
		return err
	}
	if err := errors.Join(os.Link(tmp, path), os.Remove(tmp)); err != nil {
		return fmt.Errorf("create: %w", err)
	}
	return SyncDir(filepath.Dir(path))
}

// beside writes a synced file of a random name into the folder of path.
func beside(path string, write func(io.Writer) error) (name string, err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return "", fmt.Errorf("write %s: %w", path, err)
	}
	err = write(tmp)
	if err == nil {
		err = tmp.Sync()
	}
	if err := errors.Join(err, tmp.Close()); err != nil {
		return "", errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(tmp.Name()))
	}
	return tmp.Name(), nil
}

// ReplaceBytes is Replace with what is known already.
func ReplaceBytes(path string, b []byte) error {
	return Replace(path, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

// Rename gives a file or folder another name in the same folder or another one.
func Rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return fmt.Errorf("rename: %w", err)
	}
	if filepath.Dir(from) != filepath.Dir(to) {
		if err := SyncDir(filepath.Dir(from)); err != nil {
			return err
		}
	}
	return SyncDir(filepath.Dir(to))
}

// MkdirAll makes a private folder (0700) and those above it.
func MkdirAll(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil
	}
	parent := filepath.Dir(path)
	if parent != path {
		if err := MkdirAll(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("make folder: %w", err)
	}
	return SyncDir(parent)
}

// SyncDir waits until the names in a folder are on the disk.
func SyncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	return nil
}
