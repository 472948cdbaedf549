package sandbox

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"

	"tanggap/internal/tanggap"
)

const (
	wallLimit = 30 * time.Second // of one request; CPU is limited by the child itself
	lifetime  = 1000             // requests, after which a child gives way to a fresh one
)

// Pool keeps as many children as the computer has processors. They start when they
// are first needed. The zero value is ready; a nil *Pool is none.
type Pool struct {
	wall  time.Duration // shorter in tests
	once  sync.Once
	slots chan *child // a nil entry is a child not started yet

	mu     sync.Mutex
	closed bool
}

// Call lets a child do the named work. A request that breaks a limit or the child
// fails alone, with a tanggap.Error that names the limit: Invalid if the input is to
// blame, Unavailable if no child could be started (the request may be repeated).
// Errors of the handler come back as they were, if they are tanggap.Errors, else as
// their text.
func (p *Pool) Call(ctx context.Context, name string, input []byte) ([]byte, error) {
	if len(input) > maxInput {
		return nil, tanggap.Errorf(tanggap.Invalid, "Kiriman melebihi batas ukuran (%d MB).", maxInput>>20)
	}
	p.once.Do(p.fill)
	var c *child
	select {
	case c = <-p.slots:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { p.giveBack(c) }()
	if p.isClosed() {
		return nil, tanggap.Errorf(tanggap.Unavailable, "Layanan sedang berhenti.")
	}
	for range 2 {
		if c == nil {
			var err error
			if c, err = start(); err != nil {
				return nil, tanggap.Errorf(tanggap.Unavailable, "Proses pembaca tidak dapat dijalankan: %v", err)
			}
		}
		answer, failure, err := c.ask(ctx, cmp.Or(p.wall, wallLimit), name, input)
		switch {
		case err == nil && len(failure) > 0:
			return nil, unpackError(failure)
		case err == nil:
			return answer, nil
		}
		if c = nil; !errors.Is(err, errVanished) {
			return nil, err
		}
		// Somebody else ended it, perhaps while it was idle: the input gets one more try.
	}
	return nil, tanggap.Errorf(tanggap.Invalid, "Kiriman membuat proses pembacanya berhenti tanpa keterangan.")
}

// errVanished means that a child was ended from outside: it did not say why.
var errVanished = errors.New("sandbox: child vanished")

// Close ends the children that are idle, and the busy ones when they are done.
func (p *Pool) Close() {
	p.once.Do(p.fill)
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	for range cap(p.slots) {
		c := <-p.slots
		c.end()
		p.slots <- nil
	}
}

func (p *Pool) fill() {
	p.slots = make(chan *child, runtime.GOMAXPROCS(0))
	for range cap(p.slots) {
		p.slots <- nil
	}
}

func (p *Pool) isClosed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

// giveBack frees the slot; a child that is old, or left over from a closed pool, ends.
func (p *Pool) giveBack(c *child) {
	if c != nil && (c.served >= lifetime || p.isClosed()) {
		c.end()
		c = nil
	}
	p.slots <- c
}

// child is one process that waits for requests.
type child struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr tail
	served int
}

// start runs this program again. The flag after its name makes a test binary without
// the hook in TestMain run no test instead of all of them.
func start() (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &child{cmd: exec.Command(self, "-test.run=^$")}
	c.cmd.Env = []string{mark + "=1", "GOMEMLIMIT=256MiB", "GOMAXPROCS=1", "GOTRACEBACK=none"}
	c.cmd.Dir = "/"
	c.cmd.Stderr = &c.stderr
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewReader(out)
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	stop := time.AfterFunc(wallLimit, c.kill)
	defer stop.Stop()
	hello := make([]byte, len(greeting))
	if _, err := io.ReadFull(c.out, hello); err != nil || string(hello) != greeting {
		c.end()
		return nil, fmt.Errorf("no greeting from the child process: %s", c.stderr.first())
	}
	return c, nil
}

// ask sends one request and waits for its answer. With an error the child is gone.
func (c *child) ask(ctx context.Context, wall time.Duration, name string, input []byte) (answer, failure []byte, err error) {
	limited, cancel := context.WithTimeout(ctx, wall)
	defer cancel()
	stop := context.AfterFunc(limited, c.kill)
	defer stop()
	c.served++
	err = c.exchange(name, input, &answer, &failure)
	if err == nil && stop() {
		return answer, failure, nil
	}
	c.end()
	switch {
	case ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case limited.Err() != nil:
		return nil, nil, broken("waktu %d detik", int(wall.Seconds()))
	case errors.Is(err, errFrame):
		return nil, nil, broken("ukuran hasil %d MB", maxAnswer>>20)
	}
	return nil, nil, c.verdict()
}

func (c *child) exchange(name string, input []byte, answer, failure *[]byte) (err error) {
	if err = writeFrame(c.in, []byte(name)); err != nil {
		return err
	}
	if err = writeFrame(c.in, input); err != nil {
		return err
	}
	if *failure, err = readFrame(c.out, maxAnswer); err != nil {
		return err
	}
	*answer, err = readFrame(c.out, maxAnswer)
	return err
}

// verdict tells from its last words why a child died.
func (c *child) verdict() error {
	words := c.stderr.String()
	if words == "" {
		return errVanished
	}
	says := func(s string) bool { return strings.Contains(words, s) }
	switch {
	case says("SIGXCPU"):
		return broken("waktu CPU %d detik", cpuLimit)
	case says("out of memory"), says("cannot allocate memory"), says("failed to reserve"), says("failed to create new OS thread"):
		return broken("memori %d MB", dataLimit>>20)
	case says("stack exceeds"), says("stack overflow"):
		return broken("memori tumpukan %d MB", maxStack>>20)
	}
	return tanggap.Errorf(tanggap.Invalid, "Kiriman membuat proses pembacanya berhenti (%s).", c.stderr.first())
}

func broken(limit string, n int) error {
	return tanggap.Errorf(tanggap.Invalid, "Kiriman tidak dapat dibaca dengan aman: melebihi batas "+limit+".", n)
}

func (c *child) kill() { _ = c.cmd.Process.Kill() } // it fails only if the child is dead already

// end stops the child and waits until it is gone.
func (c *child) end() {
	if c == nil {
		return
	}
	_ = c.in.Close() // lets an idle child return by itself, but none is waited for
	c.kill()
	_ = c.cmd.Wait() // how it ended is told by its standard error
}

// tail keeps the beginning of what a child says on its standard error: the runtime
// names the cause of its death first.
type tail struct {
	mu sync.Mutex
	b  []byte
}

const maxTail = 4096

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p[:min(len(p), maxTail-len(t.b))]...)
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.b)
}

// first is the first line, short; it names a fault of the program, not its input.
func (t *tail) first() string {
	line, _, _ := strings.Cut(strings.TrimSpace(t.String()), "\n")
	return line[:min(len(line), 120)]
}
