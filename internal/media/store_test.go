package media

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tanggap/internal/tanggap"
)

func openDir(t *testing.T) (*Dir, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "media", "blobs")
	d, err := OpenDir(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d, path
}

func read(t *testing.T, s Store, key string) (string, error) {
	t.Helper()
	r, err := s.Get(t.Context(), key)
	if err != nil {
		return "", err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data), nil
}

func files(t *testing.T, path string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(path, func(p string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			names = append(names, filepath.Base(p))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestDir(t *testing.T) {
	d, path := openDir(t)
	ctx, key := t.Context(), NewKey()
	if _, err := read(t, d, key); tanggap.CodeOf(err) != tanggap.NotFound {
		t.Errorf("before Put: %v", err)
	}
	for _, content := range []string{"satu", "dua", ""} {
		if err := d.Put(ctx, key, strings.NewReader(content)); err != nil {
			t.Fatal(err)
		}
		if got, err := read(t, d, key); err != nil || got != content {
			t.Errorf("got %q, %v; want %q", got, err, content)
		}
	}
	if got := files(t, path); !slices.Equal(got, []string{key}) {
		t.Errorf("files %v", got)
	}
	info, err := os.Stat(filepath.Join(path, key[len(key)-2:], key))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	for range 2 {
		if err := d.Delete(ctx, key); err != nil {
			t.Errorf("delete: %v", err)
		}
	}
	if _, err := read(t, d, key); tanggap.CodeOf(err) != tanggap.NotFound {
		t.Errorf("after Delete: %v", err)
	}
}

func TestDirRefusesBadNames(t *testing.T) {
	d, path := openDir(t)
	for _, key := range []string{
		"", "short", "../../../../etc/passwd", "aaaaaaaaaaaaaaaa/..", "AAAAAAAAAAAAAAAAAAAA", "aaaaaaaaaaaaaaaaa.", "aaaaaaaaaaaaaaa..", strings.Repeat("a", 81), "aaaaaaaaaaaaaaaa\n",
	} {
		if err := d.Put(t.Context(), key, strings.NewReader("x")); err == nil {
			t.Errorf("Put %q", key)
		}
		if _, err := d.Get(t.Context(), key); err == nil {
			t.Errorf("Get %q", key)
		}
		if err := d.Delete(t.Context(), key); err == nil {
			t.Errorf("Delete %q", key)
		}
	}
	if got := files(t, filepath.Dir(path)); got != nil {
		t.Errorf("files %v", got)
	}
}

// At every step of Put, and whichever step fails, a reader sees the old blob or the
// new one, whole; and the order of steps is the one that survives a power cut.
func TestPutIsAtomic(t *testing.T) {
	steps := []string{"write", "sync file", "rename", "sync shard", "sync root"}
	for _, failing := range append([]string{""}, steps...) {
		d, path := openDir(t)
		key := NewKey()
		if err := d.Put(t.Context(), key, strings.NewReader("lama")); err != nil {
			t.Fatal(err)
		}
		var taken []string
		renamed := false
		d.step = func(name string) error {
			taken = append(taken, name)
			want := "lama"
			if renamed {
				want = "baru"
			}
			if got, err := read(t, d, key); err != nil || got != want {
				t.Errorf("before %q a reader sees %q, %v; want %q", name, got, err, want)
			}
			if name == failing {
				return errors.New("power cut")
			}
			renamed = renamed || name == "rename"
			return nil
		}
		err := d.Put(t.Context(), key, strings.NewReader("baru"))
		if (err != nil) != (failing != "") {
			t.Errorf("failing %q: %v", failing, err)
		}
		if failing == "" && !slices.Equal(taken, steps) {
			t.Errorf("steps %v, want %v", taken, steps)
		}
		if got := files(t, path); !slices.Equal(got, []string{key}) {
			t.Errorf("failing %q leaves %v", failing, got)
		}
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("connection lost") }

func TestPutOfBrokenStream(t *testing.T) {
	d, path := openDir(t)
	if err := d.Put(t.Context(), NewKey(), io.MultiReader(strings.NewReader("half"), failingReader{})); err == nil {
		t.Error("half a blob was stored")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Put(ctx, NewKey(), strings.NewReader("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if got := files(t, path); got != nil {
		t.Errorf("files %v", got)
	}
}
