package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"tanggap/internal/apptest/race"
	"tanggap/internal/tanggap"
)

func TestMain(m *testing.M) {
	if Main(testHandlers...) {
		return
	}
	goleak.VerifyTestMain(m)
}

var testHandlers = []Handler{
	{"echo", func(b []byte) ([]byte, error) { return b, nil }},
	{"pid", func([]byte) ([]byte, error) { return fmt.Append(nil, os.Getpid()), nil }},
	{"env", func([]byte) ([]byte, error) { return []byte(strings.Join(os.Environ(), "\n")), nil }},
	{"refuse", func([]byte) ([]byte, error) { return nil, tanggap.Errorf(tanggap.NotFound, "tidak ada") }},
	{"fail", func([]byte) ([]byte, error) { return nil, errors.New("plain") }},
	{"panic", func([]byte) ([]byte, error) { panic("boom") }},
	{"quit", func([]byte) ([]byte, error) { os.Exit(0); return nil, nil }},
	{"huge", func([]byte) ([]byte, error) { return make([]byte, maxAnswer+1), nil }},
	{"spin", func([]byte) ([]byte, error) {
		// A few seconds at once would make the test slow; the limit is the same one.
		if err := syscall.Setrlimit(syscall.RLIMIT_CPU, &syscall.Rlimit{Cur: 1, Max: 20}); err != nil {
			return nil, err
		}
		for n := 0; ; n++ {
			spun = n
		}
	}},
	{"sleep", func([]byte) ([]byte, error) { select {} }},
	{"eat", func([]byte) ([]byte, error) {
		for n := 16 << 20; ; n *= 2 {
			if eaten := bytes.Repeat([]byte{1}, n); len(eaten) != n {
				return nil, nil
			}
		}
	}},
	{"recurse", func([]byte) ([]byte, error) { return fmt.Append(nil, recurse(1)), nil }},
	{"write", func([]byte) ([]byte, error) {
		f, err := os.CreateTemp("", "sandbox")
		if err != nil {
			return nil, err
		}
		defer os.Remove(f.Name())
		defer f.Close()
		_, err = f.WriteString("x")
		return nil, err
	}},
}

var spun int // keeps the loop of spin from being nothing

func recurse(n int) int {
	if n == 0 {
		return 0
	}
	return recurse(n+1) + 1
}

func newPool(t *testing.T) *Pool {
	t.Helper()
	p := new(Pool)
	t.Cleanup(p.Close)
	return p
}

// Each broken request names its limit, and the next request is answered.
func TestOneRequestFailsAlone(t *testing.T) {
	p := newPool(t)
	for name, want := range map[string]string{
		"panic":   "panic: boom",
		"quit":    "tanpa keterangan",
		"huge":    "ukuran hasil 64 MB",
		"spin":    "waktu CPU 10 detik",
		"eat":     "memori 512 MB",
		"recurse": "memori",
	} {
		t.Run(name, func(t *testing.T) {
			if memory := name == "huge" || name == "eat" || name == "recurse"; memory && race.Watches {
				t.Skip("the race detector takes memory of its own; tools/test.sh also runs this without it")
			}
			_, err := p.Call(t.Context(), name, nil)
			if tanggap.CodeOf(err) != tanggap.Invalid || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
			if got, err := p.Call(t.Context(), "echo", []byte("hidup")); err != nil || string(got) != "hidup" {
				t.Errorf("afterwards: %q, %v", got, err)
			}
		})
	}
}

func TestFailuresOfTheHandlerComeBack(t *testing.T) {
	p := newPool(t)
	_, err := p.Call(t.Context(), "refuse", nil)
	if tanggap.CodeOf(err) != tanggap.NotFound || !strings.Contains(err.Error(), "tidak ada") {
		t.Error(err)
	}
	if _, err = p.Call(t.Context(), "fail", nil); err == nil || err.Error() != "plain" {
		t.Error(err)
	}
	if _, err = p.Call(t.Context(), "none", nil); err == nil {
		t.Error("an unknown handler answered")
	}
	if _, err = p.Call(t.Context(), "echo", make([]byte, maxInput+1)); tanggap.CodeOf(err) != tanggap.Invalid {
		t.Error(err)
	}
	if _, err = p.Call(t.Context(), "write", nil); err == nil {
		t.Error("a child wrote a file")
	}
}

// A child that is killed while it waits costs no request; one that is asked to end
// with its parent finishes its work.
func TestChildEndedFromOutside(t *testing.T) {
	p := &Pool{}
	defer p.Close()
	for _, sign := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
		var pids []int
		for range 2 * cap1(p) {
			got, err := p.Call(t.Context(), "pid", nil)
			if err != nil {
				t.Fatal(err)
			}
			pid, err := strconv.Atoi(string(got))
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
		for _, pid := range pids {
			if err := syscall.Kill(pid, sign); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 * cap1(p) {
			if _, err := p.Call(t.Context(), "echo", nil); err != nil {
				t.Errorf("%v: %v", sign, err)
			}
		}
	}
}

// Good requests go on while others kill their children.
func TestGoodAmongBad(t *testing.T) {
	p := newPool(t)
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := range 10 {
				if i%3 == worker%3 {
					if _, err := p.Call(t.Context(), "panic", nil); err == nil {
						t.Error("no error")
					}
					continue
				}
				want := fmt.Sprint(worker, i)
				if got, err := p.Call(t.Context(), "echo", []byte(want)); err != nil || string(got) != want {
					t.Errorf("%q: %q, %v", want, got, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestChildIsUsedAgainAndRenewed(t *testing.T) {
	p := newPool(t)
	pids := map[string]int{}
	n := lifetime + 10*cap1(p)
	for range n {
		got, err := p.Call(t.Context(), "pid", nil)
		if err != nil {
			t.Fatal(err)
		}
		pids[string(got)]++
	}
	for pid, served := range pids {
		if served > lifetime {
			t.Errorf("child %s served %d", pid, served)
		}
	}
	if len(pids) > cap1(p)+1 {
		t.Errorf("%d children for %d requests", len(pids), n)
	}
}

func cap1(p *Pool) int { p.once.Do(p.fill); return cap(p.slots) }

func TestChildGetsNoSecrets(t *testing.T) {
	t.Setenv("TANGGAP_MASTER_KEY", "rahasia")
	got, err := newPool(t).Call(t.Context(), "env", nil)
	if err != nil || strings.Contains(string(got), "rahasia") {
		t.Errorf("%s, %v", got, err)
	}
}

func TestWallClock(t *testing.T) {
	p := &Pool{wall: time.Second}
	defer p.Close()
	if _, err := p.Call(t.Context(), "sleep", nil); err == nil || !strings.Contains(err.Error(), "batas waktu 1 detik") {
		t.Error(err)
	}
	if _, err := p.Call(t.Context(), "echo", nil); err != nil {
		t.Error(err)
	}
}

func TestCancelledRequest(t *testing.T) {
	p := newPool(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := p.Call(ctx, "spin", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if _, err := p.Call(t.Context(), "echo", nil); err != nil {
		t.Error(err)
	}
}

func TestClosedPool(t *testing.T) {
	p := newPool(t)
	if _, err := p.Call(t.Context(), "echo", nil); err != nil {
		t.Fatal(err)
	}
	p.Close()
	if _, err := p.Call(t.Context(), "echo", nil); tanggap.CodeOf(err) != tanggap.Unavailable {
		t.Error(err)
	}
}

func TestPackUnpack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name, file := rapid.String().Draw(t, "name"), rapid.SliceOf(rapid.Byte()).Draw(t, "file")
		packed, err := Pack(name, file)
		if err != nil {
			t.Fatal(err)
		}
		var got string
		rest, err := Unpack(packed, &got)
		if err != nil || got != strings.ToValidUTF8(name, "\ufffd") || !bytes.Equal(rest, file) {
			t.Fatalf("%q %q, %v", got, rest, err)
		}
	})
	if _, err := Unpack([]byte("no line"), new(string)); err == nil {
		t.Error("no error")
	}
}

// What a child says is never trusted to be well formed.
func TestServeRefusesBadFrames(t *testing.T) {
	for _, in := range []string{"\x00\x00\x00", "\xff\xff\xff\xff", "\x00\x00\x00\x04ec", "\x00\x00\x00\x04echo\xff\xff\xff\xff"} {
		var out bytes.Buffer
		if err := serve(testHandlers, strings.NewReader(in), &out); err == nil {
			t.Errorf("%q was served", in)
		}
	}
	if err := serve(testHandlers, strings.NewReader(""), new(bytes.Buffer)); err != nil {
		t.Error(err)
	}
}

func BenchmarkCall(b *testing.B) {
	p := new(Pool)
	defer p.Close()
	input := make([]byte, 8<<10)
	for b.Loop() {
		if _, err := p.Call(b.Context(), "echo", input); err != nil {
			b.Fatal(err)
		}
	}
}
