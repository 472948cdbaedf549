package arch

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/modfile"
)

// modules is the allow-list of direct Go dependencies, each with what it is for. A
// new one is added here after somebody has looked whether it is alive, whether the
// standard library would do, and what it draws in.
var modules = map[string]string{
	"codeberg.org/go-pdf/fpdf":                                 "letters and reports as PDF",
	"github.com/xuri/excelize/v2":                              "reports as spreadsheets with their own charts",
	"gonum.org/v1/plot":                                        "charts of reports, as paths",
	"filippo.io/age":                                           "encrypted backups",
	"github.com/BurntSushi/toml":                               "region packs and configuration, with line numbers",
	"github.com/alecthomas/kong":                               "command line",
	"github.com/alexedwards/argon2id":                          "passwords",
	"github.com/alexedwards/scs/v2":                            "log-in sessions",
	"github.com/boombuler/barcode":                             "QR code on receipts and letters",
	"github.com/coreos/go-oidc/v3":                             "single sign-on of officers",
	"github.com/emersion/go-imap/v2":                           "fetching mail; its server for the simulated one",
	"github.com/emersion/go-message":                           "reading mail",
	"github.com/emersion/go-msgauth":                           "Authentication-Results of our own server",
	"github.com/emersion/go-smtp":                              "the simulated mail server",
	"github.com/emersion/go-sasl":                              "log-in at the simulated mail server",
	"github.com/go-webauthn/webauthn":                          "passkeys of officers",
	"github.com/google/go-cmp":                                 "differences in tests",
	"github.com/google/uuid":                                   "UUIDv7",
	"github.com/jackc/pgx/v5":                                  "PostgreSQL driver",
	"github.com/nyaruka/phonenumbers":                          "phone numbers in one form",
	"github.com/paulmach/orb":                                  "points and areas",
	"github.com/pressly/goose/v3":                              "migrations",
	"github.com/prometheus/client_golang":                      "metrics",
	"github.com/pquerna/otp":                                   "codes of authenticator apps (RFC 6238)",
	"github.com/riverqueue/river":                              "durable jobs",
	"github.com/riverqueue/river/riverdriver":                  "durable jobs",
	"github.com/riverqueue/river/riverdriver/riverdatabasesql": "durable jobs on PostgreSQL by database/sql",
	"github.com/riverqueue/river/riverdriver/riversqlite":      "durable jobs on SQLite",
	"github.com/riverqueue/river/rivertype":                    "durable jobs",
	"github.com/rogpeppe/go-internal":                          "testscript over the real program",
	"github.com/hanwen/go-fuse/v2":                             "file system that loses what was not synced, for harnesses",
	"github.com/tink-crypto/tink-go/v2":                        "sealing of personal data",
	"github.com/wneessen/go-mail":                              "handing mail in",
	"github.com/uptrace/bun":                                   "SQL for both engines",
	"github.com/uptrace/bun/dialect/pgdialect":                 "SQL for PostgreSQL",
	"github.com/uptrace/bun/dialect/sqlitedialect":             "SQL for SQLite",
	"go.uber.org/goleak":                                       "tests leave no goroutine behind",
	"golang.org/x/crypto":                                      "ACME certificates",
	"golang.org/x/image":                                       "thumbnails, WebP",
	"golang.org/x/mod":                                         "Merkle log and signed notes; go.mod in this test",
	"golang.org/x/net":                                         "HTML of mails to text",
	"golang.org/x/oauth2":                                      "authorisation code with PKCE for single sign-on",
	"golang.org/x/sync":                                        "groups of goroutines with one error",
	"golang.org/x/sys":                                         "free disk space",
	"golang.org/x/text":                                        "Unicode normal forms",
	"golang.org/x/time":                                        "rate limits",
	"modernc.org/sqlite":                                       "SQLite without cgo",
	"riverqueue.com/riverui":                                   "pages of durable jobs, for admins",
	"pgregory.net/rapid":                                       "property tests",
}

// packages is the same for the browser: name to the folder whose package.json may
// have it.
var packages = map[string]string{
	"@expo-google-fonts/plus-jakarta-sans": "ui", // the same typeface as TrueType, for reports
	"@fontsource/plus-jakarta-sans":        "ui",
	"echarts":                              "ui", // charts over the tables of the dashboard; draws in zrender and tslib
	"htmx-ext-sse":                         "ui",
	"htmx.org":                             "ui",
	"axe-core":                             "ui/test",
	"lighthouse":                           "ui/test/lighthouse", // of the campaign
	"playwright-core":                      "ui/test",
}

const root = "../../"

func TestGoDependenciesAreAllowed(t *testing.T) {
	b, err := os.ReadFile(root + "go.mod")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := modfile.Parse("go.mod", b, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range mod.Require {
		if !r.Indirect && modules[r.Mod.Path] == "" {
			t.Errorf("%s is not on the allow-list of direct dependencies", r.Mod.Path)
		}
	}
	if len(mod.Replace) > 0 {
		t.Error("go.mod replaces a module: others could not build what we build")
	}
	if mod.Toolchain == nil && strings.Count(mod.Go.Version, ".") < 2 {
		t.Errorf("go.mod names no exact toolchain: go %s", mod.Go.Version)
	}
}

func TestBrowserDependenciesAreAllowed(t *testing.T) {
	for _, folder := range []string{"ui", "ui/test", "ui/test/lighthouse"} {
		b, err := os.ReadFile(root + folder + "/package.json")
		if err != nil {
			t.Fatal(err)
		}
		var p struct {
			Dependencies    map[string]string
			DevDependencies map[string]string
			Scripts         map[string]string
		}
		if err := json.Unmarshal(b, &p); err != nil {
			t.Fatal(err)
		}
		want := []string{}
		for name, where := range packages {
			if where == folder {
				want = append(want, name)
			}
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(p.Dependencies))); diff != "" {
			t.Errorf("%s: -allowed +found:\n%s", folder, diff)
		}
		for name, version := range p.Dependencies {
			if strings.ContainsAny(version, "^~*x ><|") {
				t.Errorf("%s: %s is not pinned: %s", folder, name, version)
			}
		}
		if len(p.DevDependencies)+len(p.Scripts) > 0 {
			t.Errorf("%s: only dependencies are used here", folder)
		}
	}
}
