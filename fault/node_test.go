package fault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tanggap/internal/lossyfs"
	"tanggap/internal/sandbox"
	"tanggap/internal/sandbox/parsers"
)

const (
	appSecret = "rahasia-aplikasi-uji"
	token     = "token-uji"
	regionOf  = "74.72"
)

// builds keeps one program per set of build tags for all tests of the process.
var builds struct {
	sync.Mutex
	dir   string
	paths map[string]string
}

func TestMain(m *testing.M) {
	if sandbox.Main(parsers.All()...) {
		return
	}
	lossyfs.Main()
	code := m.Run()
	if builds.dir != "" {
		os.RemoveAll(builds.dir)
	}
	os.Exit(code)
}

// build compiles the program with build tags.
func build(t *testing.T, tags string) string {
	t.Helper()
	builds.Lock()
	defer builds.Unlock()
	if path, ok := builds.paths[tags]; ok {
		return path
	}
	if builds.dir == "" {
		dir, err := os.MkdirTemp("", "tanggap-fault")
		if err != nil {
			t.Fatal(err)
		}
		builds.dir, builds.paths = dir, map[string]string{}
	}
	path := filepath.Join(builds.dir, "tanggap"+strings.ReplaceAll(tags, ",", "-"))
	cmd := exec.Command("go", "build", "-trimpath", "-tags", tags, "-o", path, "tanggap/cmd/tanggap")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build with tags %q: %v\n%s", tags, err, out)
	}
	builds.paths[tags] = path
	return path
}

// site is one installation: a data folder and a database that several processes,
// one after another or at once, serve.
type site struct {
	t        *testing.T
	dir      string
	folder   string // with the data
	database string // "" = SQLite in the data folder
	graph    string // address of the simulated provider
	pack     string // name or folder of the region pack
	more     string // of the configuration of the region
	port     int    // of every process, one after another; 0 = a free one for each
}

func newSite(t *testing.T, database, graph string) *site {
	t.Helper()
	dir := t.TempDir()
	s := &site{t: t, dir: dir, folder: filepath.Join(dir, "data"), database: database, graph: graph, pack: "baubau"}
	for name, value := range map[string]string{"token": token, "secret": appSecret, "verify": "verifikasi-uji"} {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(value), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// url is where a site with a port of its own is reached.
func (s *site) url() string { return fmt.Sprintf("http://127.0.0.1:%d", s.port) }

func (s *site) data() string { return s.folder }

// config writes the configuration of one process of the site.
func (s *site) config(port int) string {
	s.t.Helper()
	path := filepath.Join(s.dir, fmt.Sprintf("tanggap-%d.toml", port))
	text := fmt.Sprintf(`listen = "127.0.0.1:%d"
base_url = "http://127.0.0.1:%d"
data = %q
database = %q
trusted_proxies = ["127.0.0.1/32"]

[[region]]
pack = %[7]q

[region.whatsapp]
phone_number_id = "100000000000001"
token = "file:%[5]s/token"
app_secret = "file:%[5]s/secret"
verify_token = "file:%[5]s/verify"
base_url = %[6]q
`, port, port, s.data(), s.database, s.dir, s.graph, s.pack) + s.more
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// node is one running process.
type node struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string
	log  *bytes.Buffer
	done chan struct{} // closed when the process has ended
	err  error
}

// start runs a process of the site, with a wrapper such as strace before it, and
// waits until it takes deliveries.
func (s *site) start(program string, wrapper ...string) *node {
	s.t.Helper()
	n := s.rise(append(append([]string{}, wrapper...), program, "serve")...)
	if n.ended() {
		s.t.Fatalf("the server did not become ready:\n%s", n.log)
	}
	return n
}

// rise runs a serving process until it takes deliveries or has ended.
func (s *site) rise(args ...string) *node {
	s.t.Helper()
	for {
		n := s.launch(args...)
		if !within(2*time.Minute, func() bool { return n.ready() || n.ended() }) || n.ended() {
			n.kill()
		}
		if !n.unlucky() {
			return n
		}
	}
}

// unlucky reports that somebody else took the port before the process did.
func (n *node) unlucky() bool {
	return n.ended() && strings.Contains(n.log.String(), "address already in use")
}

// launch runs a serving process and waits for nothing.
func (s *site) launch(args ...string) *node {
	s.t.Helper()
	port := s.port
	if port == 0 {
		port = freePort(s.t)
	}
	args = append(args, "--config", s.config(port))
	n := &node{t: s.t, cmd: exec.Command(args[0], args[1:]...), url: fmt.Sprintf("http://127.0.0.1:%d", port),
		log: &bytes.Buffer{}, done: make(chan struct{})}
	n.cmd.Stdout, n.cmd.Stderr = n.log, n.log
	n.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := n.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() {
		n.err = n.cmd.Wait()
		close(n.done)
	}()
	s.t.Cleanup(n.kill)
	return n
}

// refused runs a serving process that must end by itself with an error, and returns
// what it said.
func (s *site) refused(program string) string {
	s.t.Helper()
	n := s.launch(program, "serve")
	if !within(30*time.Second, n.ended) {
		n.kill()
		s.t.Fatalf("the server did not refuse to start:\n%s", n.log)
	}
	if n.err == nil {
		s.t.Fatalf("the server ended without an error:\n%s", n.log)
	}
	return n.log.String()
}

// command runs a command of the program on the site's configuration and returns its
// exit code and all it printed.
func (s *site) command(program, input string, args ...string) (int, string) {
	s.t.Helper()
	return execute(s.t, program, input, append(args, "--config", s.config(s.port))...)
}

func execute(t *testing.T, program, input string, args ...string) (int, string) {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// must is command for one that has to succeed.
func (s *site) must(program, input string, args ...string) string {
	s.t.Helper()
	code, out := s.command(program, input, args...)
	if code != 0 {
		s.t.Fatalf("tanggap %s: exit %d\n%s", strings.Join(args, " "), code, out)
	}
	return out
}

func (n *node) ready() bool {
	resp, err := http.Get(n.url + "/readyz")
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

func (n *node) ended() bool {
	select {
	case <-n.done:
		return true
	default:
		return false
	}
}

// kill ends the process and whatever wraps it at once, as a crash would.
func (n *node) kill() {
	if !n.ended() {
		_ = syscall.Kill(-n.cmd.Process.Pid, syscall.SIGKILL)
		<-n.done
	}
}

// end asks the process to end.
func (n *node) end() { _ = syscall.Kill(-n.cmd.Process.Pid, syscall.SIGTERM) }

// stop asks the process to end and waits for it.
func (n *node) stop() {
	n.t.Helper()
	n.end()
	if !within(20*time.Second, n.ended) {
		n.kill()
		n.t.Fatalf("the server did not stop:\n%s", n.log)
	}
}

// within polls until cond holds or the time is over.
func within(limit time.Duration, cond func() bool) bool {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if cond() {
			return true
		}
		select {
		case <-ctx.Done():
			return cond()
		case <-tick.C:
		}
	}
}

// Ports of processes. None is given twice, and none is of those that the system hands out
// for outgoing connections or to others who ask for any: a process that is long in starting
// would find its port taken, and whoever has it would be asked in its place whether it is
// ready, and take its messages.
var ports = struct {
	sync.Mutex
	next int
}{next: firstPort + os.Getpid()*37%(lastPort-firstPort)}

const (
	firstPort = 18000
	lastPort  = 32000
)

// freePort is a port that nothing listens on and that nobody else in this run was given.
func freePort(t *testing.T) int {
	t.Helper()
	ports.Lock()
	defer ports.Unlock()
	for range lastPort - firstPort {
		port := ports.next
		if ports.next++; ports.next == lastPort {
			ports.next = firstPort
		}
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		return port
	}
	t.Fatalf("no port from %d to %d is free", firstPort, lastPort)
	return 0
}
