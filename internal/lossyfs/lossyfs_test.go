package lossyfs

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	_ "modernc.org/sqlite" // the sqlite driver
)

func TestMain(m *testing.M) {
	Main()
	if source := os.Getenv(writer); source != "" {
		writeRows(source)
	}
	os.Exit(m.Run())
}

// put writes a file anew and syncs it if asked to.
func put(t *testing.T, path, words string, sync bool) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(words)
	if err == nil && sync {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

func syncDir(t *testing.T, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err == nil {
		err = errors.Join(f.Sync(), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// has is the content of a file, or "-" if there is none.
func has(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return "-"
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestOnlyWhatIsSyncedSurvives(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(t *testing.T, dir string)
		want map[string]string
	}{
		{"synced file in a synced folder", func(t *testing.T, dir string) {
			put(t, dir+"/a", "satu", true)
			syncDir(t, dir)
		}, map[string]string{"a": "satu"}},
		{"file without fsync", func(t *testing.T, dir string) {
			put(t, dir+"/a", "satu", false)
			syncDir(t, dir)
		}, map[string]string{"a": ""}},
		{"folder without fsync", func(t *testing.T, dir string) {
			put(t, dir+"/a", "satu", true)
		}, map[string]string{"a": "-"}},
		{"second write without fsync", func(t *testing.T, dir string) {
			put(t, dir+"/a", "satu", true)
			syncDir(t, dir)
			put(t, dir+"/a", "dua", false)
		}, map[string]string{"a": "satu"}},
		{"rename without fsync of the folder", func(t *testing.T, dir string) {
			put(t, dir+"/a", "satu", true)
			put(t, dir+"/b", "dua", true)
			syncDir(t, dir)
			if err := os.Rename(dir+"/b", dir+"/a"); err != nil {
				t.Fatal(err)
			}
		}, map[string]string{"a": "satu", "b": "dua"}},
		{"rename with it", func(t *testing.T, dir string) {
			put(t, dir+"/a", "satu", true)
			put(t, dir+"/b", "dua", true)
			if err := os.Rename(dir+"/b", dir+"/a"); err != nil {
				t.Fatal(err)
			}
			syncDir(t, dir)
		}, map[string]string{"a": "dua", "b": "-"}},
		{"rename before the fsync of the file", func(t *testing.T, dir string) {
			put(t, dir+"/a", "satu", true)
			put(t, dir+"/b", "dua", false)
			if err := os.Rename(dir+"/b", dir+"/a"); err != nil {
				t.Fatal(err)
			}
			syncDir(t, dir)
		}, map[string]string{"a": ""}},
		{"removal without fsync of the folder", func(t *testing.T, dir string) {
			put(t, dir+"/a", "satu", true)
			syncDir(t, dir)
			if err := os.Remove(dir + "/a"); err != nil {
				t.Fatal(err)
			}
		}, map[string]string{"a": "satu"}},
		{"file in a folder that its parent has not", func(t *testing.T, dir string) {
			if err := os.Mkdir(dir+"/d", 0o700); err != nil {
				t.Fatal(err)
			}
			put(t, dir+"/d/a", "satu", true)
			syncDir(t, dir+"/d")
		}, map[string]string{"d/a": "-"}},
		{"truncated and grown without fsync", func(t *testing.T, dir string) {
			put(t, dir+"/a", "satu dua tiga", true)
			syncDir(t, dir)
			if err := errors.Join(os.Truncate(dir+"/a", 4), os.Truncate(dir+"/a", 100)); err != nil {
				t.Fatal(err)
			}
		}, map[string]string{"a": "satu dua tiga"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := New(t, 0)
			c.do(t, d.Dir)
			d.Cut(LoseAll, 1)
			for name, want := range c.want {
				if got := has(t, filepath.Join(d.Dir, name)); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

// TestWritesAreTornAndReordered wants each kind of loss to leave, over many seeds,
// what it is there for, and never to touch what was synced.
func TestWritesAreTornAndReordered(t *testing.T) {
	const writes, size = 8, 4 * sector
	seen := map[Loss]map[string]bool{LoseTail: {}, LoseSome: {}}
	for _, how := range []Loss{LoseTail, LoseSome} {
		for seed := range uint64(100) {
			n := &node{}
			n.write(0, bytes.Repeat([]byte("-"), writes*size))
			n.sync(1)
			for i := range writes {
				n.write(int64(i*size), bytes.Repeat([]byte{byte('a' + i)}, size))
			}
			tr := newTree(0)
			tr.last++
			n.id = tr.last
			tr.nodes[n.id] = n
			tr.nodes[1].entries["x"], tr.nodes[1].synced["x"] = n, n
			tr.cut(how, seed)
			if len(n.data) != writes*size {
				t.Fatalf("%s %d: %d bytes are left", how, seed, len(n.data))
			}
			var kept strings.Builder
			for i := range writes {
				switch got := bytes.Count(n.data[i*size:(i+1)*size], []byte{byte('a' + i)}); {
				case got == size:
					kept.WriteByte('+')
				case got > 0 && got%sector == 0:
					kept.WriteByte('~')
				case got == 0:
					kept.WriteByte('-')
				default:
					t.Fatalf("%s %d: %d bytes of a write are left: no disk does that", how, seed, got)
				}
			}
			seen[how][kept.String()] = true
			if k := strings.TrimLeft(kept.String(), "+"); how == LoseTail && strings.ContainsAny(k[min(1, len(k)):], "+~") {
				t.Errorf("%s %d kept a write after one it lost: %s", how, seed, kept.String())
			}
		}
	}
	torn, reordered := 0, 0
	for how, patterns := range seen {
		for p := range patterns {
			if strings.Contains(p, "~") {
				torn++
			}
			if how == LoseSome && strings.Contains(p, "-+") {
				reordered++
			}
		}
	}
	if torn < 10 || reordered < 10 {
		t.Errorf("%d ways of tearing and %d of reordering", torn, reordered)
	}
}

func TestFullDiskAndBrokenSync(t *testing.T) {
	d := New(t, 0)
	d.Fill(1000)
	if err := os.WriteFile(d.Dir+"/a", make([]byte, 2000), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a write beyond the end of the disk: %v", err)
	}
	d.Fill(-1)
	put(t, d.Dir+"/a", "satu", true)
	f, err := os.Open(d.Dir + "/a")
	if err != nil {
		t.Fatal(err)
	}
	d.Break()
	if err := errors.Join(f.Sync(), f.Close()); !errors.Is(err, syscall.EIO) {
		t.Errorf("fsync of a broken disk: %v", err)
	}
}

// writer names the variable with the data source that a child process writes rows to.
const writer = "TANGGAP_LOSSYFS_WRITER"

// writeRows adds rows to a table and tells each as soon as it is committed, until
// somebody kills the process. It writes nothing if told only to count.
func writeRows(source string) {
	db, err := sql.Open("sqlite", source)
	if err == nil {
		_, err = db.Exec("CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY)")
	}
	var n int
	if err == nil {
		err = db.QueryRow("SELECT count(*) FROM t").Scan(&n)
	}
	for err == nil {
		fmt.Println(n)
		n++
		_, err = db.Exec("INSERT INTO t VALUES (?)", n)
	}
	fmt.Println(err)
	os.Exit(1)
}

// TestSQLiteRunsOnIt uses the settings of the program: WAL, whose index is a mapped
// file.
func TestSQLiteRunsOnIt(t *testing.T) {
	for _, c := range []struct {
		level string
		keeps bool
	}{{"FULL", true}, {"OFF", false}} {
		t.Run(c.level, func(t *testing.T) {
			d := New(t, 0)
			put(t, d.Dir+"/db", "", true) // SQLite syncs the folder for its journals only
			syncDir(t, d.Dir)
			// rows runs a writer until it has told of so many rows, and returns how many
			// it found.
			rows := func(upTo int) int {
				cmd := exec.Command(os.Args[0])
				cmd.Env = append(os.Environ(), writer+"=file:"+d.Dir+"/db?_pragma=journal_mode(WAL)&_pragma=synchronous("+c.level+")")
				out, err := cmd.StdoutPipe()
				if err == nil {
					err = cmd.Start()
				}
				if err != nil {
					t.Fatal(err)
				}
				var first, last int
				_, err = fmt.Fscan(out, &first)
				for last = first; err == nil && last < upTo; {
					_, err = fmt.Fscan(out, &last)
				}
				if err != nil {
					t.Fatal(err)
				}
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
				_ = cmd.Wait() // it was killed
				return first
			}
			rows(200)
			d.Cut(LoseAll, 1)
			if left := rows(0); left >= 200 != c.keeps {
				t.Errorf("%d of 200 rows are left", left)
			}
		})
	}
}
