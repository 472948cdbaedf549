package app

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/learn"
	"tanggap/internal/region"
	"tanggap/internal/tanggap"
)

const secondRegion = "33.19"

// twoRegions is a configuration of a city and a kabupaten on one server.
func twoRegions(t *testing.T) Config {
	t.Helper()
	c := Default()
	c.Data = t.TempDir()
	c.Regions = []Region{{Pack: "baubau", BaseURL: "https://lapor.baubau.example"}, {Pack: "kudus", BaseURL: "https://lapor.kudus.example/"}}
	for i := range c.Regions {
		name := filepath.Base(c.Regions[i].Pack)
		c.Regions[i].WhatsApp = &WhatsApp{PhoneNumberID: demoAccounts[i], Token: NewSecret("token-" + name), AppSecret: NewSecret("secret-" + name),
			VerifyToken: NewSecret("kata-" + name), BaseURL: "http://127.0.0.1:1"}
	}
	if err := errors.Join(c.settle(), os.Symlink(models, filepath.Join(c.Data, modelsDir))); err != nil {
		t.Fatal(err)
	}
	return c
}

// variant writes the pack of Kudus with changes in region.toml to a folder.
func variant(t *testing.T, changes ...string) string {
	t.Helper()
	_, archive, err := LoadPack("kudus")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "pack")
	if err := region.Unpack(archive, dir); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "region.toml")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.NewReplacer(changes...).Replace(string(b))), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestTwoRegionsByHost(t *testing.T) {
	l := listen(t)
	a, _ := serve(t, twoRegions(t), Deps{Listener: l})
	ask := func(method, host, path string, body []byte, secret string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, "http://"+l.Addr().String()+path, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		if secret != "" {
			mac := hmac.New(sha256.New, []byte(secret))
			mac.Write(body)
			r.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(b)
	}
	for host, want := range map[string]struct {
		status int
		says   string
	}{
		"lapor.baubau.example": {200, "Kota Baubau"}, "lapor.kudus.example": {200, "Kabupaten Kudus"}, "LAPOR.KUDUS.example:443": {200, "Kabupaten Kudus"},
		"lapor.example": {404, "tidak dilayani"}, l.Addr().String(): {404, "tidak dilayani"},
	} {
		if status, body := ask(http.MethodGet, host, "/", nil, ""); status != want.status || !strings.Contains(body, want.says) {
			t.Errorf("%s: %d %.200s", host, status, body)
		}
	}
	everyAddressHasItsHeaders(t, l.Addr().String(), "lapor.baubau.example")
	for i, p := range a.packs.All() { // 33.19 comes first
		if got, want := a.baseURL(p), []string{"https://lapor.kudus.example", "https://lapor.baubau.example"}[i]; got != want {
			t.Errorf("notices of %s point to %s", p.Identity.Name, got)
		}
	}
	body := []byte(`{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messaging_product":"whatsapp",` +
		`"metadata":{"phone_number_id":"` + secondAccount + `"},"messages":[{"from":"628110000001","id":"wamid.1","timestamp":"1790000000","type":"text","text":{"body":"irigasi bocor"}}]}}]}]}`)
	for _, c := range []struct {
		path, secret string
		status       int
	}{
		{"/webhook/whatsapp/" + secondRegion, "secret-baubau", 403}, {"/webhook/whatsapp/" + secondRegion, "", 403},
		{"/webhook/whatsapp/" + apptest.Region, "secret-kudus", 403}, {"/webhook/whatsapp", "secret-kudus", 404},
		{"/webhook/whatsapp/73.71", "secret-kudus", 404}, {"/webhook/whatsapp/" + secondRegion, "secret-kudus", 200},
	} {
		if status, _ := ask(http.MethodPost, "any", c.path, body, c.secret); status != c.status {
			t.Errorf("webhook %s signed with %q: %d, want %d", c.path, c.secret, status, c.status)
		}
	}
	for code, want := range map[string]int64{secondRegion: 1, apptest.Region: 0} {
		if n, err := a.store.Counter(t.Context(), code, "inbound"); err != nil || n != want {
			t.Errorf("inbounds of %s: %d, %v", code, n, err)
		}
	}
	figures, err := a.health.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range figures {
		if name := f.GetName(); (name == "tanggap_outbox_age_seconds" || name == "tanggap_pack_version") && len(f.GetMetric()) != 2 {
			t.Errorf("%s has %d regions", name, len(f.GetMetric()))
		}
	}
}

// What two regions cannot share is refused before anything is served, in words that
// say what to change.
func TestRegionsThatClash(t *testing.T) {
	for name, c := range map[string]struct {
		regions []Region
		want    string
	}{
		"same prefix":      {[]Region{{Pack: "baubau", BaseURL: "https://a.example"}, {Pack: variant(t, `"KDS"`, `"BAU"`), BaseURL: "https://b.example"}}, "Awalan nomor BAU"},
		"same address":     {[]Region{{Pack: "baubau", BaseURL: "https://a.example"}, {Pack: "kudus", BaseURL: "https://a.example"}}, "Host a.example"},
		"host of the pack": {[]Region{{Pack: "baubau", BaseURL: "https://a.example"}, {Pack: variant(t, "hosts = []", `hosts = ["a.example"]`), BaseURL: "https://b.example"}}, "Host a.example"},
		"no address":       {[]Region{{Pack: "baubau", BaseURL: "https://a.example"}, {Pack: "kudus"}}, "Kabupaten Kudus tidak punya alamat"},
		"twice":            {[]Region{{Pack: "kudus", BaseURL: "https://a.example"}, {Pack: "kudus", BaseURL: "https://b.example"}}, "dua kali"},
	} {
		cfg := Default()
		cfg.Data, cfg.Regions = t.TempDir(), c.regions
		if err := cfg.settle(); err != nil {
			t.Fatal(err)
		}
		a, err := New(t.Context(), cfg, Deps{Log: apptest.Log()})
		if err == nil {
			t.Errorf("%s: served", name)
			_ = a.Close()
		} else if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A prefix stays taken by a region of the database that is not served any more: its
// numbers are in people's hands.
func TestPrefixOfAnUnservedRegion(t *testing.T) {
	cfg := testConfig(t, "")
	a, err := New(t.Context(), cfg, Deps{Log: apptest.Log()})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	cfg.Regions = []Region{{Pack: variant(t, `"KDS"`, `"BAU"`)}}
	if a, err = New(t.Context(), cfg, Deps{Log: apptest.Log()}); tanggap.CodeOf(err) != tanggap.Conflict {
		t.Errorf("served: %v", err)
		_ = a.Close()
	}
}

// The first host of a pack is its address where several regions share a server.
func TestAddressOfAPack(t *testing.T) {
	cfg := Default()
	cfg.Regions = []Region{{Pack: "kudus"}}
	p, _, err := LoadPack(variant(t, "hosts = []", `hosts = ["lapor.kudus.example", "kudus.example"]`))
	if err != nil {
		t.Fatal(err)
	}
	if got := cfg.baseURL(cfg.Regions[0], p); got != cfg.BaseURL {
		t.Errorf("alone: %s", got)
	}
	cfg.Regions = append(cfg.Regions, Region{Pack: "baubau"})
	if got := cfg.baseURL(cfg.Regions[0], p); got != "https://lapor.kudus.example" {
		t.Errorf("of two: %s", got)
	}
	if got := cfg.baseURL(Region{BaseURL: "http://kudus.localhost"}, p); got != "http://kudus.localhost" {
		t.Errorf("configured: %s", got)
	}
}

// Doctor looks at each region.
func TestDoctorOfTwoRegions(t *testing.T) {
	cfg := twoRegions(t)
	cfg.Regions[0].WhatsApp, cfg.Regions[1].WhatsApp = nil, nil
	cfg.TLS = TLS{Mode: TLSACME, Hosts: []string{"lapor.baubau.example"}}
	said := map[string]Level{}
	for _, f := range Doctor(t.Context(), cfg, Deps{Clock: tanggap.SystemClock{}}) {
		said[f.About] = f.Level
	}
	if said["alamat publik Kota Baubau"] != Fine || said["alamat publik Kabupaten Kudus"] != Failing || said["paket kudus"] != Look || said["paket baubau"] != Look {
		t.Errorf("%v", said)
	}
}

// BenchmarkEngine says what a second region costs: time to start with a learned and
// with a kept model, and memory.
func BenchmarkEngine(b *testing.B) {
	for _, name := range region.Names() {
		p, _, err := LoadPack(name)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				dir := b.TempDir()
				var before, after runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&before)
				e := newEngines(&learn.Registry{Dir: dir, Log: apptest.Log()})
				began := time.Duration(b.Elapsed())
				if err := e.follow(b.Context(), p); err != nil {
					b.Fatal(err)
				}
				learned := b.Elapsed() - began
				e = newEngines(&learn.Registry{Dir: dir, Log: apptest.Log()})
				if err := e.follow(b.Context(), p); err != nil {
					b.Fatal(err)
				}
				kept := b.Elapsed() - began - learned
				runtime.GC()
				runtime.ReadMemStats(&after)
				runtime.KeepAlive(e)
				b.ReportMetric(float64(learned.Milliseconds()), "ms-learned")
				b.ReportMetric(float64(kept.Milliseconds()), "ms-kept")
				b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MB-engine")
			}
		})
	}
}
