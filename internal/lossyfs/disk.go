package lossyfs

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing" //nolint:depguard // the package is a kit for tests
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// serves names the variable by which a process is told to be the file system.
const serves = "TANGGAP_LOSSYFS"

// order is one line to the process of the file system; reply is its answer.
type order struct {
	Cut    Loss   // "" leaves everything as it is
	Seed   uint64 // of what Cut takes
	Free   int64  // bytes that still fit on the disk; below 0 as many as anybody wants
	Broken bool   // fsync fails from now on
}

type reply struct {
	Error  string
	Report Report
}

// Disk is a mounted file system.
type Disk struct {
	Dir string // where it is mounted

	t   testing.TB
	in  io.WriteCloser
	out *json.Decoder
}

// New mounts an empty file system that ends with the test. An fsync takes syncTime.
// Where nobody may mount, the test is skipped, or fails with CI=true. The test
// binary's TestMain must call Main first.
func New(t testing.TB, syncTime time.Duration) *Disk {
	t.Helper()
	d := &Disk{Dir: t.TempDir(), t: t}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serves+"="+d.Dir, serves+"_SYNC="+syncTime.String())
	cmd.Stderr = os.Stderr
	var err error
	if d.in, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(d.in.Close(), cmd.Wait()); err != nil {
			t.Errorf("lossyfs: %v", err)
		}
	})
	d.out = json.NewDecoder(bufio.NewReader(out))
	var first reply
	if err := d.out.Decode(&first); err != nil {
		t.Fatalf("lossyfs: %v; does TestMain call lossyfs.Main?", err)
	}
	if first.Error != "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("cannot mount by FUSE: " + first.Error)
		}
		t.Skip("cannot mount by FUSE, which needs root and /dev/fuse: " + first.Error)
	}
	return d
}

// Cut is a loss of power: everything not synced goes as how says, chosen by seed, and
// what is left is mounted anew. No process may have anything open on the disk.
func (d *Disk) Cut(how Loss, seed uint64) Report {
	d.t.Helper()
	return d.do(order{Cut: how, Seed: seed, Free: -1})
}

// Fill leaves room for free more bytes; below 0 there is room for everything.
func (d *Disk) Fill(free int64) {
	d.t.Helper()
	d.do(order{Free: free})
}

// Break makes every fsync fail with EIO, or work again at the next call of Fill.
func (d *Disk) Break() {
	d.t.Helper()
	d.do(order{Free: -1, Broken: true})
}

func (d *Disk) do(o order) Report {
	d.t.Helper()
	var answer reply
	err := json.NewEncoder(d.in).Encode(o)
	if err == nil {
		err = d.out.Decode(&answer)
	}
	if err == nil && answer.Error != "" {
		err = errors.New(answer.Error)
	}
	if err != nil {
		d.t.Fatalf("lossyfs: %v", err)
	}
	return answer.Report
}

// Main turns the process into the file system if New started it for that; otherwise
// it returns at once.
func Main() {
	dir := os.Getenv(serves)
	if dir == "" {
		return
	}
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM) // the end of standard input ends it
	syncTime, err := time.ParseDuration(os.Getenv(serves + "_SYNC"))
	if err == nil {
		err = serve(dir, newTree(syncTime), os.Stdin, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "lossyfs:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func mount(dir string, t *tree) (*fuse.Server, error) {
	s, err := fuse.NewServer(t, dir, &fuse.MountOptions{Name: "lossyfs", DirectMountStrict: true, AllowOther: true, DisableXAttrs: true,
		DisableReadDirPlus: true, IgnoreSecurityLabels: true})
	if err != nil {
		return nil, err
	}
	go s.Serve()
	return s, s.WaitMount()
}

// serve follows orders until there are no more.
func serve(dir string, t *tree, in io.Reader, out io.Writer) error {
	orders, answers := json.NewDecoder(in), json.NewEncoder(out)
	server, err := mount(dir, t)
	if err != nil {
		return answers.Encode(reply{Error: err.Error()})
	}
	if err := answers.Encode(reply{}); err != nil {
		return err
	}
	for {
		var o order
		if err := orders.Decode(&o); err != nil {
			// Somebody may still have files open: the mount goes when they do.
			return errors.Join(eof(err), syscall.Unmount(dir, syscall.MNT_DETACH))
		}
		var answer reply
		if o.Cut == "" {
			t.set(o)
		} else if err := server.Unmount(); err != nil {
			answer.Error = err.Error()
		} else {
			answer.Report = t.cut(o.Cut, o.Seed)
			if server, err = mount(dir, t); err != nil {
				return errors.Join(err, answers.Encode(reply{Error: err.Error()}))
			}
		}
		if err := answers.Encode(answer); err != nil {
			return err
		}
	}
}

func eof(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func (t *tree) set(o order) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.broken, t.limit = o.Broken, unlimited
	if o.Free >= 0 {
		t.limit = t.used + o.Free
	}
}
