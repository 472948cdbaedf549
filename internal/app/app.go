// Package app is the composition root: a configuration becomes a running system.
// It is the only place that knows every other package.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"tanggap/internal/access"
	"tanggap/internal/api"
	"tanggap/internal/backup"
	"tanggap/internal/casework"
	"tanggap/internal/channel"
	"tanggap/internal/channel/email"
	form "tanggap/internal/channel/web"
	"tanggap/internal/channel/whatsapp"
	"tanggap/internal/durable"
	"tanggap/internal/intake"
	"tanggap/internal/job"
	"tanggap/internal/learn"
	"tanggap/internal/live"
	"tanggap/internal/media"
	"tanggap/internal/notify"
	"tanggap/internal/outlook"
	"tanggap/internal/region"
	"tanggap/internal/report"
	"tanggap/internal/sandbox"
	"tanggap/internal/sandbox/parsers"
	"tanggap/internal/similar"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web"
	"tanggap/internal/web/view"
)

// Deps is what a process takes from outside; zero fields mean the real thing.
type Deps struct {
	Clock    tanggap.Clock
	Log      *slog.Logger
	HTTP     *http.Client // for calls to providers
	Listener net.Listener // instead of Config.Listen
	Program  string       // version, for metrics
}

// App is one process of the system.
type App struct {
	cfg      Config
	deps     Deps
	log      *slog.Logger
	lock     *fileLock
	store    *store.Store
	packs    *region.Registry
	codes    []string // regions of this process
	models   *learn.Registry
	similar  *similar.Book
	outlook  *outlook.Keeper
	briefed  map[string]string // by region: day of the last brief
	engines  *engines
	outbox   *notify.Outbox
	desk     *casework.Desk
	send     *notify.Dispatcher
	intake   *intake.Intake
	queue    *job.Queue
	reports  *report.Office
	hub      *live.Hub
	media    *media.Dir
	access   *access.Access
	history  *history
	health   *health
	hooks    *api.WhatsApp
	view     *view.Renderer
	demos    map[string]*web.Demo            // by region; empty outside the demo
	mail     []*email.Mailbox                // that the leader reads
	children sandbox.Pool                    // processes that read hostile files
	paused   atomic.Pointer[map[string]bool] // regions in which a restore stopped outbound
}

// providerTimeout bounds one call to a provider.
// undoFor is how long an officer's step can be taken back before anybody outside hears of it.
const undoFor = 10 * time.Second

const providerTimeout = 30 * time.Second

// New opens everything and checks that it may serve. Close ends what it opened,
// whether or not Run was called.
func New(ctx context.Context, cfg Config, deps Deps) (*App, error) {
	if deps.Clock == nil {
		deps.Clock = tanggap.SystemClock{}
	}
	if deps.Log == nil {
		deps.Log = slog.Default()
	}
	if deps.HTTP == nil {
		deps.HTTP = &http.Client{Timeout: providerTimeout}
	}
	a := &App{cfg: cfg, deps: deps, log: deps.Log, packs: region.NewRegistry(), hub: live.NewHub()}
	for _, step := range []func(context.Context) error{a.makeData, a.openData, a.openStore, a.openPacks, a.checkHistory, a.openOutbound, a.compose} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, a.Close())
		}
	}
	return a, nil
}

func (a *App) makeData(context.Context) error {
	if err := durable.MkdirAll(a.cfg.Data); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	return nil
}

// openData opens the data folder and takes the lock on a SQLite database.
func (a *App) openData(context.Context) (err error) {
	if !a.cfg.Postgres() {
		if a.lock, err = lockDatabase(a.cfg.Database); err != nil {
			return err
		}
	}
	a.media, err = media.OpenDir(a.cfg.path(backup.MediaDir))
	return err
}

func (a *App) openStore(ctx context.Context) error {
	master, created, err := openMaster(ctx, &a.cfg)
	if err != nil {
		return err
	}
	if created {
		a.log.Warn("kunci induk baru dibuat; simpan salinannya di tempat lain, tanpa kunci ini seluruh data tidak terbaca", "file", a.cfg.MasterKey)
	}
	if a.store, err = store.Open(ctx, a.cfg.Database, master, a.deps.Clock, a.log); err != nil {
		return err
	}
	if err := a.store.Migrate(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return job.Migrate(ctx, a.store, a.log)
}

func (a *App) openPacks(ctx context.Context) (err error) {
	if a.codes, err = installPacks(ctx, a.store, a.cfg.Regions); err != nil {
		return err
	}
	a.models = Models(&a.cfg, a.store, a.log.With("part", "learn"))
	a.engines = newEngines(a.models)
	a.similar = similar.NewBook()
	err = reloadPacks(ctx, a.store, a.packs, a.codes)
	if err != nil {
		return err
	}
	if err := a.answerHosts(); err != nil {
		return err
	}
	return a.follow(ctx) // before the first message, so that none goes to triage for want of a model
}

// checkHistory refuses a database that has lost what was acknowledged.
func (a *App) checkHistory(ctx context.Context) (err error) {
	if a.history, err = openHistory(&a.cfg); err != nil {
		return err
	}
	for _, code := range a.codes {
		err := a.history.check(ctx, a.store, code)
		if tanggap.CodeOf(err) == tanggap.Conflict && a.cfg.AcceptLoss {
			a.log.Warn("a loss of data was accepted", "region", code, "error", err)
			err = a.history.setAside(code, a.deps.Clock.Now())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// openOutbound reads, or on request ends, the stop that a restore left.
func (a *App) openOutbound(ctx context.Context) error {
	if a.cfg.Outbound == OutboundResume {
		for _, code := range a.codes {
			err := a.store.InTx(ctx, func(tx *store.Store) error {
				n, err := tx.Counter(ctx, code, backup.OutboundOff)
				if err != nil || n == 0 {
					return err
				}
				_, err = tx.Take(ctx, code, backup.OutboundOff, -n)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	if err := a.readOutbound(ctx); err != nil {
		return err
	}
	for code := range *a.paused.Load() {
		a.log.Warn("outbound is off since a restore; start once with --outbound=resume when the original is down for good", "region", code)
	}
	return nil
}

func (a *App) readOutbound(ctx context.Context) error {
	paused := map[string]bool{}
	for _, code := range a.codes {
		n, err := a.store.Counter(ctx, code, backup.OutboundOff)
		if err != nil {
			return err
		}
		if n > 0 {
			paused[code] = true
		}
	}
	a.paused.Store(&paused)
	return nil
}

// compose makes the parts know each other.
func (a *App) compose(context.Context) (err error) {
	a.outbox = notify.New(a.packs, a.baseURL)
	a.desk = &casework.Desk{Packs: a.packs, Outbox: a.outbox, Hold: undoFor}
	a.outlook, a.briefed = Outlook(a.store, a.outbox), map[string]string{}
	a.send = notify.NewDispatcher(a.store, a.outbox, a.log.With("part", "notify"))
	a.send.Off = func() bool { return a.cfg.Outbound == OutboundOff }
	a.send.Stopped = func(code, _ string) bool { return (*a.paused.Load())[code] }
	for _, code := range a.codes {
		a.send.Senders[channel.Way{Region: code, Channel: notify.ChannelOfficer}] = officers{a.send.Senders, code}
	}
	a.intake = &intake.Intake{Store: a.store, Packs: a.packs, Desk: a.desk, Outbox: a.outbox, Engine: a.engines.For, Similar: a.similar,
		Readers: map[channel.Way]channel.Reader{}, Accounts: map[channel.Way][]string{},
		Fetchers: map[channel.Way]channel.Fetcher{}, Media: a.media, Sanitise: a.sanitise,
		Status: a.send.Status, Sign: a.send.Sign, Log: a.log.With("part", "intake")}
	for _, code := range a.codes {
		a.intake.Readers[channel.Way{Region: code, Channel: channel.Web}] = form.Reader{}
		a.intake.Readers[channel.Way{Region: code, Channel: channel.WhatsApp}] = whatsapp.Reader{}
	}
	a.hooks = &api.WhatsApp{Accounts: map[string]api.Account{}, Intake: a.intake, Log: a.log.With("part", "webhook")}
	if err := a.openWhatsApp(); err != nil {
		return err
	}
	if err := a.openEmail(); err != nil {
		return err
	}
	handlers := job.NewHandlers()
	a.intake.Register(handlers)
	a.reports = &report.Office{Store: a.store, Packs: a.packs, Source: &report.Figures{Store: a.store}, Outbox: a.outbox, BaseURL: a.baseURL, Log: a.log.With("part", "report")}
	a.reports.Register(handlers)
	workers := 0
	if a.cfg.Has(RoleWorker) {
		workers = a.cfg.Workers
	}
	if a.queue, err = job.New(a.store, handlers, job.Config{Workers: workers}, a.log); err != nil {
		return err
	}
	a.intake.Queue, a.reports.Queue = a.queue, a.queue
	a.store.OnCommit(a.hub.Publish)
	a.store.OnCommit(func([]store.Change) { a.send.Signal() })
	a.health = newHealth(a)
	if a.view, err = view.New(false); err != nil {
		return err
	}
	if a.access, err = access.New(a.store, a.deps.Clock); err != nil {
		return err
	}
	for _, r := range a.cfg.SecondFactor {
		a.access.Require = append(a.access.Require, access.Role(r))
	}
	return nil
}

// sanitise cleans a file in a child process: a picture may be made to break its reader.
func (a *App) sanitise(ctx context.Context, data []byte) (media.Clean, error) {
	return parsers.Sanitise(ctx, &a.children, data)
}

// Close releases what New opened.
func (a *App) Close() error {
	var errs []error
	a.children.Close()
	if a.store != nil {
		errs = append(errs, a.store.Close())
	}
	if a.media != nil {
		errs = append(errs, a.media.Close())
	}
	if a.lock != nil {
		errs = append(errs, a.lock.release())
	}
	return errors.Join(errs...)
}

const (
	packsEvery = 5 * time.Second
	stopWithin = 20 * time.Second // for running requests and jobs at an orderly end
)

// Run serves until ctx ends, then finishes in order: no new requests, running ones,
// running jobs, a last checkpoint.
func (a *App) Run(ctx context.Context) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	g, work := errgroup.WithContext(work)
	servers, err := a.servers(work)
	if err != nil {
		return err
	}
	for _, s := range servers {
		g.Go(s.serve)
	}
	g.Go(func() error { return a.reload(work) })
	if a.cfg.Postgres() {
		g.Go(func() error { return live.Bridge(work, a.cfg.Database, a.hub, a.log) })
	}
	if a.cfg.Has(RoleWorker) {
		if err := a.queue.Start(work); err != nil {
			return err
		}
		g.Go(func() error { return a.send.Run(work) })
		g.Go(func() error {
			return lead(work, a.cfg.Database, a.cfg.Postgres(), a.log, newChores(a).run)
		})
	}
	g.Go(func() error {
		select {
		case <-ctx.Done():
		case <-work.Done():
		}
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
		defer cancel()
		var errs []error
		for _, s := range servers {
			errs = append(errs, s.shutdown(end))
		}
		if a.cfg.Has(RoleWorker) {
			errs = append(errs, a.queue.Stop(end))
		}
		a.intake.Stop()
		stop()
		return errors.Join(errs...)
	})
	return g.Wait()
}

// reload follows what other processes change in the database: packs, models and the
// stop of outbound.
func (a *App) reload(ctx context.Context) error {
	tick := time.NewTicker(packsEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		err := reloadPacks(ctx, a.store, a.packs, a.codes)
		if err == nil {
			err = a.readOutbound(ctx)
		}
		if err == nil {
			err = a.follow(ctx)
		}
		if err != nil && ctx.Err() == nil {
			a.log.Error("reload failed; the former packs and models stay in force", "error", err)
		}
	}
}
