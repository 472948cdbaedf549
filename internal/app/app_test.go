package app

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/sandbox"
	"tanggap/internal/sandbox/parsers"
	"tanggap/internal/sim"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// models is where all tests keep what was learned from a pack: under the race detector
// learning takes long.
var models string

func TestMain(m *testing.M) {
	if sandbox.Main(parsers.All()...) {
		return // a child that reads mails
	}
	var err error
	if models = apptest.ModelsDir(); models != "" {
		os.Exit(m.Run())
	}
	if models, err = os.MkdirTemp("", "tanggap-models"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := os.RemoveAll(models); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

func testConfig(t *testing.T, database string) Config {
	t.Helper()
	c := Default()
	c.Data, c.Database, c.Regions = t.TempDir(), database, []Region{{Pack: "baubau"}}
	if err := errors.Join(c.settle(), os.Symlink(models, filepath.Join(c.Data, modelsDir))); err != nil {
		t.Fatal(err)
	}
	if database == "" { // its tables are there already: making them is tested by store, and takes its time
		if err := os.Rename(apptest.SQLiteFile(t), c.Database); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// serve runs an App until the test ends or stop is called.
func serve(t *testing.T, cfg Config, deps Deps) (a *App, stop func()) {
	t.Helper()
	deps.Log = apptest.Log()
	a, err := New(t.Context(), cfg, deps)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := errors.Join(<-done, a.Close()); err != nil {
			t.Errorf("stop: %v", err)
		}
	}
	t.Cleanup(stop)
	return a, stop
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// A message on a telephone becomes a case, and its number is on the telephone.
func TestMessageBecomesCaseWithAnswer(t *testing.T) {
	for name, database := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return "" },
		"postgres": func(t *testing.T) string { return apptest.EmptyPostgresURL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			l := listen(t)
			account := sim.MetaConfig{Clock: tanggap.SystemClock{}, Token: "token-uji", AppSecret: "secret-uji", VerifyToken: "kata-uji",
				Callback: "http://" + l.Addr().String() + "/webhook/whatsapp"}
			meta := sim.NewMeta(account)
			graph := httptest.NewServer(meta.Handler())
			t.Cleanup(graph.Close)
			cfg := testConfig(t, database(t))
			cfg.Regions[0].WhatsApp = &WhatsApp{PhoneNumberID: demoAccount, Token: NewSecret(account.Token), AppSecret: NewSecret(account.AppSecret),
				VerifyToken: NewSecret(account.VerifyToken), BaseURL: graph.URL, Version: "v26.0"}
			a, stop := serve(t, cfg, Deps{Listener: l})
			if err := meta.Handshake(t.Context()); err != nil {
				t.Errorf("handshake: %v", err)
			}
			if res, err := http.Get("http://" + l.Addr().String() + "/readyz"); err != nil || res.StatusCode != http.StatusOK {
				t.Errorf("readyz: %v, %v", res, err)
			} else if _, err := io.Copy(io.Discard, res.Body); err != nil || res.Body.Close() != nil {
				t.Error("readyz: body")
			}
			const phone = "628110000001"
			meta.AddUser(sim.MetaUser{Phone: phone, Name: "Warga Contoh"})
			changed, unsubscribe := meta.Subscribe(phone)
			defer unsubscribe()
			if _, err := meta.Say(phone, "lampu jalan di depan pasar wameo padam sudah tiga malam"); err != nil {
				t.Fatal(err)
			}
			if err := meta.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			wait, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			for answered := false; !answered; {
				for _, line := range meta.Chat(phone) {
					answered = answered || line.FromCity && strings.Contains(line.Text, "BAU-")
				}
				if answered {
					break
				}
				select {
				case <-changed:
				case <-wait.Done():
					t.Fatalf("no answer with a number: %+v", meta.Chat(phone))
				}
			}
			cases, err := a.store.Cases(t.Context(), store.CaseFilter{Region: apptest.Region, Secret: true})
			if err != nil || len(cases) != 1 || cases[0].DueAt.IsZero() {
				t.Errorf("cases %v, %v", cases, err)
			}
			stop()
			list, err := Verify(t.Context(), &cfg)
			if err != nil || len(list) != 1 || !list[0].Report.OK() || list[0].Report.Events == 0 || list[0].Report.Checkpoints == 0 || list[0].Waiting != 0 {
				t.Errorf("after an orderly end: %+v, %v", list, err)
			}
			if b, err := os.ReadFile(filepath.Join(cfg.Data, "checkpoints", apptest.Region+".inbound")); err != nil || strings.TrimSpace(string(b)) != "1" {
				t.Errorf("witness %q, %v", b, err)
			}
		})
	}
}

func TestSecondServeOnOneFileIsRefused(t *testing.T) {
	cfg := testConfig(t, "")
	a, err := New(t.Context(), cfg, Deps{Log: apptest.Log()})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if _, err := New(t.Context(), cfg, Deps{Log: apptest.Log()}); tanggap.CodeOf(err) != tanggap.Conflict {
		t.Errorf("second process: %v", err)
	}
}

func TestLostInboundsAreNoticedAtStart(t *testing.T) {
	cfg := testConfig(t, "")
	open := func() error {
		a, err := New(t.Context(), cfg, Deps{Log: apptest.Log()})
		if err != nil {
			return err
		}
		return a.Close()
	}
	if err := open(); err != nil {
		t.Fatal(err)
	}
	witness := filepath.Join(cfg.Data, "checkpoints", apptest.Region+".inbound")
	if err := os.WriteFile(witness, []byte("7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := open(); tanggap.CodeOf(err) != tanggap.Conflict || !strings.Contains(err.Error(), "--accept-loss") {
		t.Errorf("seven inbounds are gone: %v", err)
	}
	cfg.AcceptLoss = true
	if err := open(); err != nil {
		t.Errorf("loss accepted: %v", err)
	}
	cfg.AcceptLoss = false
	if err := open(); err != nil {
		t.Errorf("start after that: %v", err)
	}
}

func TestMissingMasterKeyIsNotReplaced(t *testing.T) {
	cfg := testConfig(t, "")
	a, err := New(t.Context(), cfg, Deps{Log: apptest.Log()})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(cfg.MasterKey); err != nil {
		t.Fatal(err)
	}
	if _, err := New(t.Context(), cfg, Deps{Log: apptest.Log()}); tanggap.CodeOf(err) != tanggap.NotFound {
		t.Errorf("start without the key: %v", err)
	}
	if _, err := os.Stat(cfg.MasterKey); err == nil {
		t.Error("a new key was made over data sealed with another")
	}
}

// Of two processes on one PostgreSQL one leads; when its connection dies it stops,
// and one of them leads again.
func TestOneLeader(t *testing.T) {
	address := apptest.PostgresURL(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	began, ended := make(chan string, 8), make(chan string, 8)
	for _, name := range []string{"a", "b"} {
		go func() {
			// Every process tries again and again, as lead does, but without its pauses.
			for ctx.Err() == nil {
				_ = leadOnce(ctx, address, apptest.Log(), func(leading context.Context) error {
					began <- name
					<-leading.Done()
					ended <- name
					return nil
				})
			}
		}()
	}
	first := <-began
	select {
	case other := <-began:
		t.Fatalf("%s and %s lead together", first, other)
	default:
	}
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid() AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"); err != nil {
		t.Fatal(err)
	}
	if was := <-ended; was != first {
		t.Errorf("%s ended, %s led", was, first)
	}
	<-began
	cancel()
	<-ended
}
