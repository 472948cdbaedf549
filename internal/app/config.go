package app

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"tanggap/internal/access"
	"tanggap/internal/backup"
	"tanggap/internal/region"
	"tanggap/internal/tanggap"
)

// Roles of a process.
const (
	RoleWeb    = "web"    // answers HTTP
	RoleWorker = "worker" // processes, sends, and may lead
)

// Values of Config.Outbound.
const (
	OutboundOn     = "on"
	OutboundOff    = "off"    // nothing leaves, whatever the database says
	OutboundResume = "resume" // as on, and ends the stop that a restore left
)

// Config is how one process runs. deploy/tanggap.example.toml explains every field
// to operators; a test holds the two together.
type Config struct {
	Listen         string         `toml:"listen"`
	Database       string         `toml:"database"`
	Data           string         `toml:"data"`
	MasterKey      string         `toml:"master_key"`
	BaseURL        string         `toml:"base_url"`
	Role           []string       `toml:"role"`
	TrustedProxies []netip.Prefix `toml:"trusted_proxies"`
	Metrics        string         `toml:"metrics"`
	Outbound       string         `toml:"outbound"`
	Workers        int            `toml:"workers"`
	SecondFactor   []string       `toml:"second_factor"` // roles that must have one before anything else
	TLS            TLS            `toml:"tls"`
	OIDC           *OIDC          `toml:"oidc"`
	Regions        []Region       `toml:"region"`

	// AcceptLoss serves a database that is behind its checkpoints. Only a flag sets it.
	AcceptLoss bool `toml:"-"`
}

// TLS says who encrypts.
type TLS struct {
	Mode  string   `toml:"mode"` // off, acme or files
	Hosts []string `toml:"hosts"`
	Email string   `toml:"email"`
	Cache string   `toml:"cache"`
	Cert  string   `toml:"cert"`
	Key   string   `toml:"key"`
}

// OIDC is an identity provider (OpenID Connect) by which officers may log in.
type OIDC struct {
	Issuer   string   `toml:"issuer"` // as the provider names itself
	ClientID string   `toml:"client_id"`
	Secret   Secret   `toml:"client_secret"`
	Label    string   `toml:"label"`   // on the button
	Domains  []string `toml:"domains"` // of the e-mail addresses by which officers are linked the first time
}

// Modes of TLS.
const (
	TLSOff   = "off"
	TLSACME  = "acme"
	TLSFiles = "files"
)

// Region is one region served by this process.
type Region struct {
	Pack     string    `toml:"pack"`     // folder, or the name of a pack that comes with the program
	BaseURL  string    `toml:"base_url"` // public address of this region's pages; "" = see Config.baseURL
	WhatsApp *WhatsApp `toml:"whatsapp"`
	Email    *Email    `toml:"email"`

	aliases []string // further hosts; the demo answers on all names of this computer
}

// Email is a region's mailbox.
type Email struct {
	Address    string `toml:"address"`     // that citizens write to
	Name       string `toml:"name"`        // shown beside it; "" = the region's name
	CA         string `toml:"ca"`          // PEM file of who signs the servers' certificates; "" = whom the computer trusts
	AuthServID string `toml:"authserv_id"` // our receiving server's name in Authentication-Results; "" = not read
	IMAP       IMAP   `toml:"imap"`
	SMTP       SMTP   `toml:"smtp"`
}

// IMAP is where mail is fetched.
type IMAP struct {
	Host     string `toml:"host"`     // with port, e.g. mail.contoh.go.id:993
	Security string `toml:"security"` // tls (default), starttls, or none, which is for loopback only
	User     string `toml:"user"`
	Password Secret `toml:"password"`
	Folder   string `toml:"folder"` // "" = INBOX
	Done     string `toml:"done"`   // where taken mail is moved, made if missing; "" = Tanggap
}

// SMTP is where mail is handed in.
type SMTP struct {
	Host     string `toml:"host"`
	Security string `toml:"security"` // as IMAP.Security
	User     string `toml:"user"`     // "" = no log-in
	Password Secret `toml:"password"`
}

// WhatsApp is a region's account at Meta.
type WhatsApp struct {
	PhoneNumberID string              `toml:"phone_number_id"`
	WABAID        string              `toml:"waba_id"` // of the business account; without it templates are not checked before they are sent
	Number        string              `toml:"number"`  // that citizens write to, digits; "" hides it
	Token         Secret              `toml:"token"`
	AppSecret     Secret              `toml:"app_secret"`
	AppSecretNext Secret              `toml:"app_secret_next"`
	VerifyToken   Secret              `toml:"verify_token"`
	BaseURL       string              `toml:"base_url"`
	Version       string              `toml:"version"`
	MediaHosts    []string            `toml:"media_hosts"`
	Templates     map[string]Template `toml:"templates"`     // by text key of the pack, or "default"
	Budget        int64               `toml:"budget"`        // charged messages a month, of all categories; 0 = no limit
	FreeMessages  int64               `toml:"free_messages"` // service messages a month without charge; 0 = 1000, -1 = none
}

// Template is a text that Meta approved, needed outside the 24-hour window.
type Template struct {
	Name   string   `toml:"name"`
	Params []string `toml:"params"` // which of the notice's words fill {{1}}, {{2}}, ...: number, due, link, ...
}

// Default is a complete configuration for one city on one machine.
func Default() Config {
	return Config{
		Listen: "127.0.0.1:8080", Data: "data", BaseURL: "http://localhost:8080", Role: []string{RoleWeb, RoleWorker},
		Outbound: OutboundOn, Workers: 8, TLS: TLS{Mode: TLSOff},
		SecondFactor: []string{string(access.Admin), string(access.Inspectorate), string(access.DPO)},
	}
}

// Overrides are the settings that a flag or an environment variable may give; they
// win over the file. A nil field was not given.
type Overrides struct {
	Listen    *string `help:"Alamat dan porta, mis. 127.0.0.1:8080 atau :443. / Address to listen on." env:"TANGGAP_LISTEN" placeholder:"ADDR"`
	Database  *string `help:"Berkas SQLite atau postgres://…; kosong = DATA/tanggap.db. / SQLite file or PostgreSQL address." env:"TANGGAP_DATABASE" placeholder:"DB"`
	Data      *string `help:"Folder data: media, kunci, titik periksa. / Data folder." env:"TANGGAP_DATA_DIR" placeholder:"DIR"`
	MasterKey *string `help:"Berkas kunci induk, atau credential:NAMA. / Master key file." env:"TANGGAP_MASTER_KEY" placeholder:"FILE"`
	BaseURL   *string `help:"Alamat publik. / Public address, e.g. https://lapor.contoh.go.id" name:"base-url" env:"TANGGAP_BASE_URL" placeholder:"URL"`
	Role      *string `help:"web, worker atau web,worker. / What this process does." env:"TANGGAP_ROLE" placeholder:"ROLE"`
	Metrics   *string `help:"Alamat loopback untuk /metrics; kosong = mati. / Loopback address of /metrics." env:"TANGGAP_METRICS" placeholder:"ADDR"`
	Outbound  *string `help:"on, off, atau resume (setelah pemulihan). / Whether anything is sent." env:"TANGGAP_OUTBOUND" placeholder:"MODE"`
	Region    *string `help:"Paket daerah bila berkas konfigurasi tidak menyebutnya: folder atau nama bawaan. / Region pack." env:"TANGGAP_REGION" placeholder:"PACK"`
}

// apply writes what was given over c.
func (o Overrides) apply(c *Config) {
	for _, f := range []struct {
		from *string
		to   *string
	}{{o.Listen, &c.Listen}, {o.Database, &c.Database}, {o.Data, &c.Data}, {o.MasterKey, &c.MasterKey},
		{o.BaseURL, &c.BaseURL}, {o.Metrics, &c.Metrics}, {o.Outbound, &c.Outbound}} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	if o.Role != nil {
		c.Role = strings.Split(*o.Role, ",")
	}
	if o.Region != nil && len(c.Regions) == 0 {
		c.Regions = []Region{{Pack: *o.Region}}
	}
}

// maxConfig caps the configuration file in bytes.
const maxConfig = 1 << 20

// Load reads the configuration: defaults, then the file at path ("" = none), then
// overrides. It reads the secrets and checks everything that can be checked without
// touching the database.
func Load(path string, o Overrides) (Config, error) {
	c := Default()
	if path != "" {
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return c, tanggap.Errorf(tanggap.NotFound, "Berkas konfigurasi %s tidak ada.", path)
		}
		if err != nil {
			return c, fmt.Errorf("configuration: %w", err)
		}
		if err := decode(path, b, &c); err != nil {
			return c, err
		}
	}
	o.apply(&c)
	return c, c.settle()
}

// decode reads TOML and refuses keys that it does not know, with their line.
func decode(path string, b []byte, c *Config) error {
	if len(b) > maxConfig {
		return tanggap.Errorf(tanggap.Invalid, "%s lebih besar dari %d MB.", path, maxConfig>>20)
	}
	meta, err := toml.Decode(string(b), c)
	var parse toml.ParseError
	if errors.As(err, &parse) {
		return tanggap.Errorf(tanggap.Invalid, "%s:%d: %s", path, parse.Position.Line, parse.Message)
	}
	if err != nil {
		return tanggap.Errorf(tanggap.Invalid, "%s: %v", path, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		key := unknown[0]
		return tanggap.Errorf(tanggap.Invalid, "%s:%d: kunci %q tidak dikenal; lihat tanggap.example.toml", path, lineOf(b, key), key)
	}
	return nil
}

var (
	tableForm = regexp.MustCompile(`^\s*\[\[?\s*([^\]]+?)\s*\]\]?`)
	keyForm   = regexp.MustCompile(`^\s*([A-Za-z0-9_."'-]+)\s*=`)
)

// lineOf finds the line on which a key stands, 0 if it is written in another way.
func lineOf(b []byte, key toml.Key) int {
	table := ""
	for i, line := range bytes.Split(b, []byte("\n")) {
		if m := tableForm.FindSubmatch(line); m != nil {
			if table = string(m[1]); table == key.String() {
				return i + 1
			}
		} else if m := keyForm.FindSubmatch(line); m != nil {
			if strings.TrimPrefix(table+"."+string(m[1]), ".") == key.String() {
				return i + 1
			}
		}
	}
	return 0
}

// settle fills in what follows from other fields, reads secrets and checks.
func (c *Config) settle() error {
	if c.Database == "" {
		c.Database = filepath.Join(c.Data, backup.DatabaseFile)
	}
	if c.MasterKey == "" {
		c.MasterKey = filepath.Join(c.Data, backup.KeysDir, "master.json")
	}
	if c.TLS.Cache == "" {
		c.TLS.Cache = filepath.Join(c.Data, "acme")
	}
	if len(c.Regions) == 0 {
		return wrong("region", "Belum ada daerah. Tambahkan [[region]] dengan pack = \"baubau\" atau folder paket Anda, atau pakai --region.")
	}
	c.BaseURL = strings.TrimSuffix(c.BaseURL, "/")
	for _, check := range []func() error{c.checkAddresses, c.checkRole, c.checkTLS, c.readOIDC, c.readRegions, c.checkEmail} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func wrong(field, format string, args ...any) error {
	return &tanggap.Error{Code: tanggap.Invalid, Field: field, Message: fmt.Sprintf(format, args...)}
}

func (c *Config) checkAddresses() error {
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return wrong("listen", "%q bukan alamat seperti 127.0.0.1:8080.", c.Listen)
	}
	if !publicAddress(c.BaseURL) {
		return wrong("base_url", "%q bukan alamat seperti https://lapor.contoh.go.id.", c.BaseURL)
	}
	if c.Metrics != "" {
		host, _, err := net.SplitHostPort(c.Metrics)
		if err != nil || !loopback(host) {
			return wrong("metrics", "%q harus alamat loopback, mis. 127.0.0.1:9464: angka di sana bukan untuk umum.", c.Metrics)
		}
	}
	return nil
}

// publicAddress reports whether s is the root of a site.
func publicAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.Path == "" && u.RawQuery == ""
}

func (c *Config) checkRole() error {
	for _, r := range c.Role {
		if r != RoleWeb && r != RoleWorker {
			return wrong("role", "%q tidak dikenal. Tulis web, worker atau keduanya.", r)
		}
	}
	if len(c.Role) == 0 {
		return wrong("role", "Kosong. Tulis web, worker atau keduanya.")
	}
	if !slices.Contains([]string{OutboundOn, OutboundOff, OutboundResume}, c.Outbound) {
		return wrong("outbound", "%q tidak dikenal. Tulis on, off atau resume.", c.Outbound)
	}
	for _, r := range c.SecondFactor {
		if !access.Role(r).Known() {
			return wrong("second_factor", "peran %q tidak ada.", r)
		}
	}
	if c.Workers < 1 || c.Workers > 256 {
		return wrong("workers", "%d di luar batas 1 sampai 256.", c.Workers)
	}
	return nil
}

func (c *Config) checkTLS() error {
	switch c.TLS.Mode {
	case TLSOff:
	case TLSACME:
		if len(c.TLS.Hosts) == 0 {
			return wrong("tls.hosts", "Kosong, padahal mode acme. Sebut nama host yang dilayani.")
		}
	case TLSFiles:
		if c.TLS.Cert == "" || c.TLS.Key == "" {
			return wrong("tls.cert", "Mode files memerlukan cert dan key.")
		}
	default:
		return wrong("tls.mode", "%q tidak dikenal. Tulis off, acme atau files.", c.TLS.Mode)
	}
	return nil
}

func (c *Config) readOIDC() error {
	x := c.OIDC
	if x == nil {
		return nil
	}
	u, err := url.Parse(x.Issuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())) {
		return wrong("oidc.issuer", "%q bukan alamat https seperti https://masuk.contoh.go.id.", x.Issuer)
	}
	if x.ClientID == "" || !x.Secret.Set() || strings.TrimSpace(x.Label) == "" {
		return wrong("oidc", "Perlu client_id, client_secret dan label.")
	}
	if len(x.Domains) == 0 || slices.ContainsFunc(x.Domains, func(d string) bool { return !strings.Contains(d, ".") || strings.ContainsAny(d, " /") }) {
		return wrong("oidc.domains", "Sebut domain surel dinas yang diterima, mis. [\"contoh.go.id\"].")
	}
	return x.Secret.read()
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (c *Config) readRegions() error {
	for i := range c.Regions {
		r := &c.Regions[i]
		if r.Pack == "" {
			return wrong("region.pack", "Kosong. Tulis folder paket daerah atau nama paket bawaan (%s).", strings.Join(region.Names(), ", "))
		}
		if r.BaseURL = strings.TrimSuffix(r.BaseURL, "/"); r.BaseURL != "" && !publicAddress(r.BaseURL) {
			return wrong("region.base_url", "%q bukan alamat seperti https://lapor.contoh.go.id.", r.BaseURL)
		}
		w := r.WhatsApp
		if w == nil {
			continue
		}
		if w.PhoneNumberID == "" || !w.Token.Set() || !w.AppSecret.Set() || !w.VerifyToken.Set() {
			return wrong("region.whatsapp", "Perlu phone_number_id, token, app_secret dan verify_token.")
		}
		if w.BaseURL == "" {
			w.BaseURL = "https://graph.facebook.com"
		}
		if w.Version == "" {
			w.Version = "v26.0"
		}
		for _, s := range []*Secret{&w.Token, &w.AppSecret, &w.AppSecretNext, &w.VerifyToken} {
			if err := s.read(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Has reports whether this process has a role.
func (c *Config) Has(role string) bool { return slices.Contains(c.Role, role) }

// Postgres reports whether the database is PostgreSQL.
func (c *Config) Postgres() bool {
	return strings.HasPrefix(c.Database, "postgres://") || strings.HasPrefix(c.Database, "postgresql://")
}

// path is a place inside the data folder.
func (c *Config) path(name ...string) string {
	return filepath.Join(append([]string{c.Data}, name...)...)
}
