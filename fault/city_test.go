package fault

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"tanggap/internal/region"
	"tanggap/internal/sim"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// city is a site whose people write by the simulated WhatsApp and are answered by it.
type city struct {
	*site
	program string
	meta    *sim.Meta
}

// newCity prepares a site that nobody serves yet. cfg holds what the simulated
// WhatsApp does otherwise than by default.
func newCity(t *testing.T, database string, cfg sim.MetaConfig) *city {
	t.Helper()
	s := newSite(t, database, "")
	s.port, s.pack = freePort(t), wakeful(t)
	cfg.Clock, cfg.Token, cfg.AppSecret = tanggap.SystemClock{}, token, appSecret
	cfg.Callback = s.url() + "/webhook/whatsapp"
	c := &city{site: s, program: build(t, ""), meta: sim.NewMeta(cfg)}
	srv := httptest.NewServer(c.meta.Handler())
	t.Cleanup(srv.Close)
	s.graph = srv.URL
	return c
}

// wakeful is a folder with the pack of Baubau without quiet hours, so that people are
// answered at whatever hour the tests run.
func wakeful(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	pack, err := region.Embedded("baubau")
	if err == nil {
		err = os.CopyFS(dir, pack)
	}
	path := filepath.Join(dir, "region.toml")
	var text []byte
	if err == nil {
		text, err = os.ReadFile(path)
	}
	if err == nil {
		text = regexp.MustCompile(`(?m)^quiet_(from|to) = .*$`).ReplaceAll(text, []byte(`quiet_$1 = "00:00"`))
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// listen delivers the simulated WhatsApp's webhooks as they come, until the test ends.
func (c *city) listen() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		c.meta.Run(ctx)
		close(done)
	}()
	c.t.Cleanup(func() { cancel(); <-done })
}

// hire makes an officer with the command line.
func (c *city) hire(email, role, unit string) {
	c.t.Helper()
	args := []string{"officer", "add", "--password-stdin", "--email", email, "--name", "Petugas " + unit, "--as", role}
	if unit != "" {
		args = append(args, "--unit", unit)
	}
	c.must(c.program, password+"\n", args...)
}

const password = "perahu hijau tujuh belas"

// say is a person writing.
func (c *city) say(phone, words string) {
	c.t.Helper()
	if _, err := c.meta.Say(phone, words); err != nil {
		c.t.Fatal(err)
	}
}

// hears waits for a line of the city that matches a pattern and comes after the
// first from lines of the chat; it returns the line and the groups of the pattern.
func (c *city) hears(phone string, from int, pattern string) (sim.Line, []string) {
	c.t.Helper()
	changed, stop := c.meta.Subscribe(phone)
	defer stop()
	form := regexp.MustCompile(pattern)
	for late := time.After(30 * time.Second); ; {
		chat := c.meta.Chat(phone)
		for _, line := range chat[min(from, len(chat)):] {
			if m := form.FindStringSubmatch(line.Text); line.FromCity && m != nil {
				return line, m
			}
		}
		select {
		case <-changed:
		case <-late:
			c.t.Fatalf("%s hears no %s within 30 s: %+v", phone, pattern, c.meta.Chat(phone))
		}
	}
}

// settled waits until every inbound has its outcome.
func (c *city) settled(db *store.Store) {
	c.t.Helper()
	if !within(2*time.Minute, func() bool { return pending(c.t, db) == 0 }) {
		c.t.Fatalf("%d items still have no outcome", pending(c.t, db))
	}
}

// text returns the single value of a query as text.
func text(t *testing.T, db *store.Store, query string) string {
	t.Helper()
	var v string
	if err := db.SQL().QueryRowContext(context.Background(), query).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return strings.TrimSpace(v)
}

func atoi(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
