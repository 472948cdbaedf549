// Command tanggap is the whole system: server, demo, and the operator's tools.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"

	"tanggap/internal/app"
	"tanggap/internal/sandbox"
	"tanggap/internal/sandbox/parsers"
	"tanggap/internal/tanggap"
)

// version is set by the build: -ldflags "-X main.version=v1.2.3".
var version = ""

const description = `Tanggap: layanan publik yang tanggap. / Responsive public service.

Mulai / first steps:

  tanggap demo                               coba dengan kota tiruan / try with a simulated city
  tanggap doctor --config tanggap.toml       apa yang kurang / what is missing
  tanggap serve  --config tanggap.toml       jalankan / run
  tanggap officer add --config tanggap.toml --email nama@contoh.go.id \
      --name "Nama" --as admin             petugas pertama / first officer

Setiap perintah punya --help dengan contoh. / Every command has --help with examples.`

// cli is the command line. Each command is one type in a file of its own.
type cli struct {
	Serve   serveCmd   `cmd:"" help:"Jalankan layanan. / Run the service."`
	Demo    demoCmd    `cmd:"" help:"Jalankan kota tiruan di komputer ini. / Run a simulated city on this computer."`
	Doctor  doctorCmd  `cmd:"" help:"Katakan apa yang kurang atau salah. / Say what is missing or wrong."`
	Backup  backupCmd  `cmd:"" help:"Buat cadangan terenkripsi. / Write an encrypted backup."`
	Restore restoreCmd `cmd:"" help:"Pulihkan cadangan ke tempat kosong. / Restore a backup into an empty place."`
	Verify  verifyCmd  `cmd:"" help:"Periksa keutuhan riwayat. / Check that history was not changed."`
	Region  regionCmd  `cmd:"" help:"Paket daerah: periksa, buat, impor, bandingkan. / Region packs."`
	Officer officerCmd `cmd:"" help:"Petugas: tambah, atur sandi, daftar. / Officers."`
	Model   modelCmd   `cmd:"" help:"Model: latih, ukur, jelaskan, pakai. / Models: train, measure, explain, promote."`
	Stat    statCmd    `cmd:"" help:"Angka dasbor: hitung ulang. / Figures of the dashboard: compute anew."`
	Report  reportCmd  `cmd:"" help:"Laporan bulanan dan buku perencanaan ke berkas. / Monthly report and planning book to files."`
	Version versionCmd `cmd:"" help:"Tampilkan versi. / Print the version."`
}

// env is what commands share.
type env struct {
	ctx   context.Context
	out   io.Writer
	err   io.Writer
	log   *slog.Logger
	clock tanggap.Clock
}

// settings are the flags of every command that needs the configuration.
type settings struct {
	Config        string `short:"c" help:"Berkas konfigurasi TOML. / Configuration file." env:"TANGGAP_CONFIG" placeholder:"FILE"`
	app.Overrides `embed:""`
}

func (s settings) load() (app.Config, error) { return app.Load(s.Config, s.Overrides) }

func main() {
	if sandbox.Main(parsers.All()...) {
		return // this was a child process for one parser
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// errFound says that a command did its work and found something bad, which it has
// already told.
var errFound = errors.New("found")

// run is main without the process: it returns the exit code.
func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	var c cli
	exit := -1
	parser, err := kong.New(&c, kong.Name("tanggap"), kong.Description(description), kong.Writers(out, errOut),
		kong.Exit(func(code int) { exit = code }), kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.UsageOnError())
	if err != nil {
		fmt.Fprintln(errOut, "tanggap:", err)
		return 2
	}
	parsed, err := parser.Parse(args)
	if exit >= 0 {
		return exit // --help was answered
	}
	if err != nil {
		fmt.Fprintf(errOut, "tanggap: %v\nLihat / see: tanggap --help\n", err)
		return 2
	}
	log := slog.New(slog.NewTextHandler(errOut, &slog.HandlerOptions{Level: slog.LevelWarn}))
	err = parsed.Run(&env{ctx: ctx, out: out, err: errOut, log: log, clock: tanggap.SystemClock{}})
	if err == nil {
		return 0
	}
	if !errors.Is(err, errFound) {
		fmt.Fprintln(errOut, "tanggap:", words(err))
	}
	return 1
}

// words is what a person at a terminal reads of an error.
func words(err error) string {
	var e *tanggap.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	if e.Field != "" {
		return e.Field + ": " + e.Message
	}
	return e.Message
}

type versionCmd struct{}

func (versionCmd) Run(e *env) error {
	_, err := fmt.Fprintln(e.out, "tanggap", programVersion())
	return err
}

// programVersion is the released version, else the commit that was built.
func programVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "dev-" + s.Value[:12]
		}
	}
	return "dev"
}
