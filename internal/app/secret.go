package app

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"tanggap/internal/tanggap"
)

// Secret is a value that is never printed. In the configuration stands only where
// it is: "file:/path", "credential:NAME" (systemd) or "env:NAME".
type Secret struct {
	source string
	value  string
}

// NewSecret wraps a value that is known already, for the demo and for tests.
func NewSecret(value string) Secret { return Secret{source: "program", value: value} }

// maxSecret caps a secret's file in bytes.
const maxSecret = 64 << 10

// UnmarshalText takes the place of a secret from the configuration.
func (s *Secret) UnmarshalText(b []byte) error {
	source := string(b)
	kind, name, ok := strings.Cut(source, ":")
	if source != "" && (!ok || name == "" || kind != "file" && kind != "credential" && kind != "env") {
		return tanggap.Errorf(tanggap.Invalid, `rahasia tidak ditulis langsung di sini; tulis tempatnya: "file:/jalur", "credential:NAMA" atau "env:NAMA"`)
	}
	*s = Secret{source: source}
	return nil
}

// read fetches the value from its place.
func (s *Secret) read() error {
	if s.source == "" || s.value != "" {
		return nil
	}
	kind, name, _ := strings.Cut(s.source, ":")
	switch kind {
	case "env":
		s.value = strings.TrimSpace(os.Getenv(name))
	case "credential":
		path, err := credential(name)
		if err != nil {
			return err
		}
		return s.readFile(path)
	case "file":
		return s.readFile(name)
	}
	if s.value == "" {
		return tanggap.Errorf(tanggap.NotFound, "rahasia %s kosong", s.source)
	}
	return nil
}

func (s *Secret) readFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return tanggap.Errorf(tanggap.NotFound, "berkas rahasia %s tidak bisa dibaca: %v", path, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSecret))
	if err != nil {
		return tanggap.Errorf(tanggap.Invalid, "berkas rahasia %s tidak bisa dibaca: %v", path, err)
	}
	if s.value = strings.TrimSpace(string(b)); s.value == "" {
		return tanggap.Errorf(tanggap.Invalid, "berkas rahasia %s kosong", path)
	}
	return nil
}

// credential is the path of a systemd credential (systemd.exec(5), LoadCredential=).
func credential(name string) (string, error) {
	dir := os.Getenv("CREDENTIALS_DIRECTORY")
	if dir == "" {
		return "", tanggap.Errorf(tanggap.NotFound, "kredensial %s diminta, tetapi program ini tidak dijalankan systemd dengan LoadCredential", name)
	}
	if name != filepath.Base(name) {
		return "", tanggap.Errorf(tanggap.Invalid, "nama kredensial %q tidak sah", name)
	}
	return filepath.Join(dir, name), nil
}

// Reveal returns the value. Call it only where the value is used.
func (s Secret) Reveal() string { return s.value }

// Set reports whether a place for the secret is configured.
func (s Secret) Set() bool { return s.source != "" }

// String, GoString, MarshalText and LogValue tell the place, never the value.
func (s Secret) String() string { return "[" + s.source + "]" }

func (s Secret) GoString() string { return s.String() }

func (s Secret) MarshalText() ([]byte, error) { return []byte(s.source), nil }

func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
