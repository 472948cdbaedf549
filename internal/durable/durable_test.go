package durable_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"tanggap/internal/durable"
	"tanggap/internal/lossyfs"
)

func TestMain(m *testing.M) {
	lossyfs.Main()
	os.Exit(m.Run())
}

func TestReplacedFileSurvivesAPowerCut(t *testing.T) {
	d := lossyfs.New(t, 0)
	path := filepath.Join(d.Dir, "saksi")
	for _, words := range []string{"satu", "dua"} {
		if err := durable.ReplaceBytes(path, []byte(words)); err != nil {
			t.Fatal(err)
		}
		d.Cut(lossyfs.LoseAll, 1)
		if b, err := os.ReadFile(path); err != nil || string(b) != words {
			t.Errorf("%q, %v", b, err)
		}
	}
}

func TestFailedReplaceLeavesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "saksi")
	if err := durable.ReplaceBytes(path, []byte("satu")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("no more words")
	if err := durable.Replace(path, func(io.Writer) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) != 1 {
		t.Errorf("%v, %v", files, err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "satu" {
		t.Errorf("%q, %v", b, err)
	}
}

func TestCreatedFileSurvivesAPowerCutAndIsNeverReplaced(t *testing.T) {
	d := lossyfs.New(t, 0)
	folder := filepath.Join(d.Dir, "kunci", "induk")
	path := filepath.Join(folder, "satu")
	if err := errors.Join(durable.MkdirAll(folder), durable.Create(path, []byte("satu"))); err != nil {
		t.Fatal(err)
	}
	d.Cut(lossyfs.LoseAll, 1)
	if err := durable.Create(path, []byte("dua")); !errors.Is(err, os.ErrExist) {
		t.Errorf("%v", err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "satu" {
		t.Errorf("%q, %v", b, err)
	}
	if files, err := os.ReadDir(folder); err != nil || len(files) != 1 {
		t.Errorf("%v, %v", files, err)
	}
}

func TestRenamedFolderSurvivesAPowerCut(t *testing.T) {
	d := lossyfs.New(t, 0)
	from, to := filepath.Join(d.Dir, "a"), filepath.Join(d.Dir, "b")
	if err := errors.Join(os.Mkdir(from, 0o700), durable.SyncDir(d.Dir), durable.Rename(from, to)); err != nil {
		t.Fatal(err)
	}
	d.Cut(lossyfs.LoseAll, 1)
	if _, err := os.Stat(to); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(from); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
