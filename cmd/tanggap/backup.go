package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"tanggap/internal/app"
	"tanggap/internal/backup"
	"tanggap/internal/durable"
	"tanggap/internal/tanggap"
)

type backupCmd struct {
	settings
	To         string   `required:"" help:"Berkas cadangan yang dibuat; - = keluaran baku. / File to write; - = standard output." placeholder:"FILE"`
	Recipients []string `name:"recipient" required:"" help:"Kunci publik penerima, boleh beberapa. / Public key that may read it; repeatable." placeholder:"age1..."`
	WithKeys   bool     `help:"Sertakan kunci induk dan kunci audit. / Include master and audit keys."`
}

// Help implements kong.HelpProvider.
func (backupCmd) Help() string {
	return `Menyalin basis data dan media pada satu saat ke satu berkas terenkripsi (age), selagi
layanan berjalan. / Copies database and media of one moment into one encrypted file,
while the service runs.

Buat kunci penerima di komputer lain, bukan di server: age-keygen -o cadangan.key

Kunci induk TIDAK ikut: cadangan tanpa kunci tidak membuka data pribadi siapa pun.
Simpan kunci terpisah, atau pakai --with-keys bila berkas ini satu-satunya salinan.
/ The master key stays out, so that the file alone opens nobody's data.

Contoh / examples:

  tanggap backup --config t.toml --to /cadangan/$(date +%F).age --recipient age1...
  tanggap backup --config t.toml --to - --recipient age1... | ssh arsip 'cat > t.age'`
}

func (c backupCmd) Run(e *env) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	var recipients []age.Recipient
	for _, r := range c.Recipients {
		parsed, err := age.ParseX25519Recipient(r)
		if err != nil {
			return tanggap.Errorf(tanggap.Invalid, "Penerima %q bukan kunci publik age (age1…).", r)
		}
		recipients = append(recipients, parsed)
	}
	src := backup.Source{Database: cfg.Database, Media: filepath.Join(cfg.Data, backup.MediaDir), Program: programVersion(), Now: e.clock.Now()}
	if c.WithKeys {
		src.Keys = filepath.Join(cfg.Data, backup.KeysDir)
	}
	if c.To == "-" {
		_, err := backup.Write(e.ctx, e.out, src, recipients...)
		return err
	}
	m, err := writeFile(c.To, func(w io.Writer) (*backup.Manifest, error) { return backup.Write(e.ctx, w, src, recipients...) })
	if err != nil {
		return err
	}
	tell(e.out, m)
	return nil
}

// writeFile makes path only if fn succeeds, and forces it to disk.
func writeFile(path string, fn func(io.Writer) (*backup.Manifest, error)) (*backup.Manifest, error) {
	var m *backup.Manifest
	err := durable.Replace(path, func(w io.Writer) (err error) {
		m, err = fn(w)
		return err
	})
	return m, err
}

func tell(w io.Writer, m *backup.Manifest) {
	rows := int64(0)
	for _, t := range m.Tables {
		rows += t.Rows
	}
	fmt.Fprintf(w, "%d baris dalam %d tabel, %d berkas media (%d MB), %d kunci / rows, tables, media, keys\n",
		rows, len(m.Tables), m.Media.Files, m.Media.Bytes>>20, m.Keys.Files)
	for _, r := range m.Regions {
		fmt.Fprintf(w, "%s: %d peristiwa / events, akar / root %s, kiriman / inbound %d\n", r.Region, r.Events, r.Root, r.Inbound)
	}
}

type restoreCmd struct {
	From     string `required:"" help:"Berkas cadangan. / Backup file." type:"existingfile" placeholder:"FILE"`
	Identity string `required:"" help:"Berkas kunci rahasia age. / Secret key file." type:"existingfile" placeholder:"KEYFILE"`
	Into     string `help:"Folder data kosong, atau postgres://… kosong. / Empty data folder or PostgreSQL database." placeholder:"DIR|postgres://"`
	Data     string `help:"Folder data kosong, bila --into postgres://. / Empty data folder with PostgreSQL." placeholder:"DIR"`
	DryRun   bool   `help:"Hanya periksa berkas. / Only check the file."`
}

// Help implements kong.HelpProvider.
func (restoreCmd) Help() string {
	return `Memeriksa seluruh cadangan, memulihkannya ke tempat kosong, membaca kembali setiap
baris dan membandingkan hash serta akar audit. Sistem yang dipulihkan TIDAK mengirim
apa pun sampai dijalankan sekali dengan --outbound resume, supaya warga tidak menerima
kabar dua kali. / Verifies, restores, compares; the restored system sends nothing
until started once with --outbound resume.

Contoh / examples:

  tanggap restore --from t.age --identity cadangan.key --dry-run
  tanggap restore --from t.age --identity cadangan.key --into /var/lib/tanggap
  tanggap restore --from t.age --identity cadangan.key --into postgres://... --data /var/lib/tanggap

Bila kunci tidak ada di dalam cadangan, salin keys/ ke folder itu sebelum serve.
/ If the keys are not inside, copy keys/ there before serve.`
}

func (c restoreCmd) Run(e *env) (err error) {
	ids, err := readIdentities(c.Identity)
	if err != nil {
		return err
	}
	f, err := os.Open(c.From)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	defer f.Close()
	var m *backup.Manifest
	if c.DryRun {
		m, err = backup.Check(e.ctx, f, ids...)
	} else {
		var to backup.Target
		if to, err = c.target(); err != nil {
			return err
		}
		if m, err = backup.Restore(e.ctx, f, to, e.clock, e.log, ids...); err == nil {
			err = app.Reindex(e.ctx, to, e.clock, e.log)
		}
	}
	if err != nil {
		return err
	}
	tell(e.out, m)
	if c.DryRun {
		fmt.Fprintln(e.out, "Cadangan utuh; tidak ada yang ditulis. / The backup is intact; nothing was written.")
		return nil
	}
	fmt.Fprintln(e.out, "Pulih dan cocok. Kiriman keluar mati sampai: tanggap serve --outbound resume / Restored and equal; outbound is off.")
	return nil
}

func (c restoreCmd) target() (backup.Target, error) {
	postgres := strings.HasPrefix(c.Into, "postgres://") || strings.HasPrefix(c.Into, "postgresql://")
	switch {
	case c.Into == "":
		return backup.Target{}, tanggap.Errorf(tanggap.Invalid, "Sebut --into: folder kosong atau postgres://….")
	case !postgres:
		return backup.Target{Dir: c.Into}, nil
	case c.Data == "":
		return backup.Target{}, tanggap.Errorf(tanggap.Invalid, "Sebut juga --data: folder kosong untuk media.")
	}
	return backup.Target{Dir: c.Data, Postgres: c.Into}, nil
}

func readIdentities(path string) ([]age.Identity, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("identity: %w", err)
	}
	defer f.Close()
	ids, err := age.ParseIdentities(f)
	if err != nil {
		return nil, tanggap.Errorf(tanggap.Invalid, "%s bukan berkas kunci rahasia age.", path)
	}
	return ids, nil
}
