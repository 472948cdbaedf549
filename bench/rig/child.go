// Package rig is what the benchmarks share: the real server as a child process, so
// that its CPU and memory are its own, signed webhooks, and a provider that says yes.
package rig

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"

	"tanggap/internal/app"
	"tanggap/internal/tanggap"
)

// childEnv carries a Site as JSON to the program run again as a server.
const childEnv = "TANGGAP_BENCH_SITE"

// Site is one server to be measured.
type Site struct {
	Dir      string // holds everything
	Database string // "" = SQLite in Dir
	Graph    string // address of the provider
	Workers  int    // jobs at once; 0 = only take, work on nothing
	Profile  string // file for a CPU profile; "" = none
	Log      bool   // the server's warnings go to standard error
}

// Secrets of the simulated account.
const (
	appSecret = "rahasia-tolok-ukur"
	token     = "token-tolok-ukur"
)

var clock tanggap.SystemClock

// morning is a clock that begins on a working day at ten in the morning, so that
// quiet hours hold nothing back, and then runs like the computer's.
type morning struct{ ahead time.Duration }

func newMorning() morning {
	start := time.Date(2026, 3, 4, 2, 0, 0, 0, time.UTC)
	return morning{start.Sub(clock.Now())}
}

// Now implements tanggap.Clock.
func (m morning) Now() time.Time { return clock.Now().Add(m.ahead) }

// Main runs the server and ends the process, if this process was started as one.
// Programs call it first.
func Main() {
	spec := os.Getenv(childEnv)
	if spec == "" {
		return
	}
	var s Site
	err := json.Unmarshal([]byte(spec), &s)
	if err == nil {
		err = s.serve()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func (s Site) serve() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	cfg, err := s.config()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	log := slog.DiscardHandler
	if s.Log {
		log = slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})
	}
	a, err := app.New(ctx, cfg, app.Deps{Clock: newMorning(), Listener: l,
		Log: slog.New(log)})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	if s.Profile != "" {
		f, err := os.Create(s.Profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	fmt.Println("http://" + l.Addr().String())
	return errors.Join(a.Run(ctx), a.Close())
}

func (s Site) config() (app.Config, error) {
	path := filepath.Join(s.Dir, "tanggap.toml")
	text := fmt.Sprintf(`data = %q
database = %q
workers = %d

[[region]]
pack = "baubau"

[region.whatsapp]
phone_number_id = "100000000000001"
token = "file:%[4]s/token"
app_secret = "file:%[4]s/secret"
verify_token = "file:%[4]s/token"
base_url = %[5]q
`, filepath.Join(s.Dir, "data"), s.Database, max(s.Workers, 1), s.Dir, s.Graph)
	for name, content := range map[string]string{path: text, filepath.Join(s.Dir, "token"): token, filepath.Join(s.Dir, "secret"): appSecret} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			return app.Config{}, err
		}
	}
	var o app.Overrides
	if s.Workers == 0 {
		role := app.RoleWeb
		o.Role = &role
	}
	return app.Load(path, o)
}

// Server is a running child.
type Server struct {
	URL string
	cmd *exec.Cmd
}

// Start runs this program again as a server and waits until it takes deliveries.
func (s Site) Start(ctx context.Context) (*Server, error) {
	spec, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.Env = append(os.Environ(), childEnv+"="+string(spec))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the server did not start: %w", err), cmd.Wait())
	}
	return &Server{URL: strings.TrimSpace(line), cmd: cmd}, nil
}

// Stop ends the server in order and returns the CPU it used in its life, in user and
// kernel: what /usr/bin/time says about a process.
func (s *Server) Stop() (user, system time.Duration, err error) {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, 0, err
	}
	err = s.cmd.Wait()
	return s.cmd.ProcessState.UserTime(), s.cmd.ProcessState.SystemTime(), err
}

// Provider answers every message of the city with an id, and counts them.
func Provider(sent func()) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The body matters to nobody; reading it keeps the connection usable.
		_, _ = io.Copy(io.Discard, r.Body)
		sent()
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"messaging_product":"whatsapp","messages":[{"id":"wamid.%s"}]}`, tanggap.NewToken())
	})
}
