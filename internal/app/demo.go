package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"

	"tanggap/internal/access"
	"tanggap/internal/backup"
	"tanggap/internal/casework"
	"tanggap/internal/channel/email"
	"tanggap/internal/job"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/sim"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/triage"
	"tanggap/internal/web"
	"tanggap/internal/web/view"
)

// DemoPassword opens every officer's account of the demo, and nothing else.
const DemoPassword = "kapal-layar-biru-74"

// Demo is a simulated city on this computer: the real program beside a simulated
// WhatsApp.
type Demo struct {
	Listen string
	Data   string // made, with the city's past, when it is not there
	Pack   string
	Second string // a second region beside it with a tenth of the cases; "" = none
	Months int
	Cases  int
	Seed   int64

	Progress func(done, total int)  // while the past is made
	Ready    func(cities []Playing) // once it serves
}

// Playing is what a visitor of the demo needs to know of one region.
type Playing struct {
	Region   string
	Address  string
	Officers []view.DemoLogin
	Mail     string // address that citizens write to
	Post     string // SMTP server that takes mail for it from anybody on this computer
}

// demoAccount is the number id of the simulated WhatsApp of the first region, and
// secondAccount that of the second.
const (
	demoAccount   = "100000000000001"
	secondAccount = "100000000000002"
)

// secondShare is by how much the second region is smaller, so that a start stays
// quick.
const secondShare = 10

// demoPeople are the telephones a visitor may hold.
var demoPeople = []web.DemoPersona{
	{Name: "Warga Contoh Satu", Phone: "+628110000001"},
	{Name: "Warga Contoh Dua", Phone: "+628110000002"},
	{Name: "Warga Contoh Tiga", Phone: "+628110000003"},
	{Name: "Warga Contoh Empat", Phone: "+628110000004"},
	{Name: "Petugas Contoh Koordinator", Phone: sim.CoordinatorPhone},
}

// Run makes the city if needed and serves it until ctx ends.
func (d Demo) Run(ctx context.Context, deps Deps) error {
	if deps.Clock == nil {
		deps.Clock = tanggap.SystemClock{}
	}
	if _, err := os.Stat(filepath.Join(d.Data, backup.DatabaseFile)); err != nil {
		if err := d.make(ctx, deps); err != nil {
			return err
		}
	}
	city, err := net.Listen("tcp", d.Listen)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	cfg, err := d.config(city.Addr().String())
	if err != nil {
		return errors.Join(err, city.Close())
	}
	companies := make([]*company, len(cfg.Regions))
	for i := range cfg.Regions {
		if companies[i], err = newCompany(deps.Clock, demoAccounts[i], "http://"+city.Addr().String(), demoAddress(cfg.Regions[i])); err != nil {
			return errors.Join(err, city.Close(), hangUp(companies))
		}
		cfg.Regions[i].WhatsApp, cfg.Regions[i].Email = companies[i].whatsApp(), &companies[i].box
	}
	deps.Listener = city
	a, err := New(ctx, cfg, deps)
	if err != nil {
		return errors.Join(err, city.Close(), hangUp(companies))
	}
	return errors.Join(d.play(ctx, a, companies), a.Close())
}

// demoAddress is a made-up mail address of a region.
func demoAddress(r Region) string { return "lapor@" + filepath.Base(r.Pack) + ".contoh.go.id" }

var demoAccounts = []string{demoAccount, secondAccount}

// config is that of the real program on a listening address. The first region
// answers on every name of this computer, the second on one below localhost, which
// browsers take to this computer without asking anybody.
func (d Demo) config(listen string) (Config, error) {
	cfg := Default()
	cfg.SecondFactor = nil // its accounts are public
	cfg.Data, cfg.BaseURL = d.Data, "http://"+listen
	cfg.Regions = []Region{{Pack: d.Pack, BaseURL: cfg.BaseURL, aliases: []string{"localhost", "127.0.0.1", "::1"}}}
	if d.Second != "" {
		_, port, err := net.SplitHostPort(listen)
		if err != nil {
			return cfg, fmt.Errorf("demo: %w", err)
		}
		cfg.Regions = append(cfg.Regions, Region{Pack: d.Second, BaseURL: "http://" + filepath.Base(d.Second) + ".localhost:" + port})
	}
	return cfg, cfg.settle()
}

// company is the simulated telephone and mail company of one region.
type company struct {
	account sim.MetaConfig
	meta    *sim.Meta
	graph   net.Listener
	mail    *sim.Mail
	box     Email
}

func newCompany(clock tanggap.Clock, account, city, address string) (*company, error) {
	graph, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	c := &company{graph: graph, account: sim.MetaConfig{Clock: clock, Token: tanggap.NewToken(), AppSecret: tanggap.NewToken(),
		VerifyToken: tanggap.NewToken(), PhoneNumberID: account, Callback: city + "/webhook/whatsapp"}}
	c.box = Email{Address: address, AuthServID: "mail.contoh.go.id"}
	password := tanggap.NewToken()
	if c.mail, err = sim.NewMail(sim.MailConfig{Clock: clock, Address: address, Password: password, AuthServID: c.box.AuthServID}); err != nil {
		return nil, errors.Join(err, graph.Close())
	}
	c.box.IMAP = IMAP{Host: c.mail.IMAP(), Security: email.SecurityNone, User: address, Password: NewSecret(password)}
	c.box.SMTP = SMTP{Host: c.mail.SMTP(), Security: email.SecurityNone, User: address, Password: NewSecret(password)}
	return c, c.box.settle()
}

// connect makes the company deliver to a region.
func (c *company) connect(region string) {
	c.account.Callback += "/" + region
	c.meta = sim.NewMeta(c.account)
	for _, p := range demoPeople {
		c.meta.AddUser(sim.MetaUser{Phone: p.Phone[1:], Name: p.Name})
	}
}

func (c *company) whatsApp() *WhatsApp {
	return &WhatsApp{PhoneNumberID: c.account.PhoneNumberID, Token: NewSecret(c.account.Token), AppSecret: NewSecret(c.account.AppSecret),
		VerifyToken: NewSecret(c.account.VerifyToken), BaseURL: "http://" + c.graph.Addr().String(), Version: "v26.0"}
}

func hangUp(companies []*company) (err error) {
	for _, c := range companies {
		if c != nil {
			err = errors.Join(err, c.graph.Close(), c.mail.Close())
		}
	}
	return err
}

// play runs the regions and their telephone companies side by side.
func (d Demo) play(ctx context.Context, a *App, companies []*company) error {
	a.demos = map[string]*web.Demo{}
	var cities []Playing
	for i, code := range a.codes {
		p, err := a.packs.Get(code)
		if err != nil {
			return errors.Join(err, hangUp(companies))
		}
		companies[i].connect(code)
		a.demos[code] = &web.Demo{Meta: companies[i].meta, Mail: companies[i].mail, Personas: demoPeople, Officers: demoLogins(p), Places: demoPlaces(p), Samples: demoSamples(p)}
		cities = append(cities, Playing{Region: p.PublicName(), Address: a.baseURL(p), Officers: a.demos[code].Officers, Mail: companies[i].box.Address, Post: companies[i].mail.SMTP()})
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	g, ctx := errgroup.WithContext(ctx)
	for _, c := range companies {
		exchange := newServer(c.meta.Handler(), c.graph)
		g.Go(exchange.serve)
		g.Go(func() error {
			<-ctx.Done()
			return exchange.shutdown(context.WithoutCancel(ctx))
		})
		g.Go(func() error { c.meta.Run(ctx); return nil })
	}
	g.Go(func() error { defer stop(); return a.Run(ctx) })
	if d.Ready != nil {
		d.Ready(cities)
	}
	err := g.Wait()
	for _, c := range companies { // only now: the city reads its mail to the end
		err = errors.Join(err, c.mail.Close())
	}
	return err
}

// make fills a new data folder with the city's past. It becomes Data only when it
// is complete.
func (d Demo) make(ctx context.Context, deps Deps) error {
	switch inside, err := os.ReadDir(d.Data); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil || len(inside) > 0:
		return fmt.Errorf("%s bukan folder kosong; pilih folder baru atau kosong / is no empty folder; name a new or an empty one", d.Data)
	default: // empty: its place is needed
		if err := os.Remove(d.Data); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
	}
	parent := filepath.Dir(filepath.Clean(d.Data))
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	staging, err := os.MkdirTemp(parent, ".tanggap-demo-*")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	into := d
	into.Data = staging
	if err := into.fill(ctx, deps); err != nil {
		return errors.Join(err, os.RemoveAll(staging))
	}
	return os.Rename(staging, d.Data)
}

func (d Demo) fill(ctx context.Context, deps Deps) (err error) {
	cfg, err := d.config(d.Listen)
	if err != nil {
		return err
	}
	clock := sim.NewCityClock(deps.Clock.Now())
	quiet := slog.New(slog.DiscardHandler)
	s, err := OpenStore(ctx, cfg, clock, quiet)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := job.Migrate(ctx, s, quiet); err != nil {
		return err
	}
	done, total := 0, d.Cases
	if d.Second != "" {
		total += d.Cases / secondShare
	}
	for i, r := range cfg.Regions {
		city := &sim.City{Seed: d.Seed, Months: d.Months, Cases: d.Cases}
		if i > 0 {
			city.Cases = d.Cases / secondShare
		}
		before := done
		if err := fillRegion(ctx, s, &cfg, r, city, sim.CityDeps{Store: s, Clock: clock, Until: deps.Clock.Now(), Account: demoAccounts[i]},
			func(n, _ int) { done = before + n; d.Progress(done, total) }); err != nil {
			return err
		}
	}
	return nil
}

// fillRegion gives one region its officers and its past.
func fillRegion(ctx context.Context, s *store.Store, cfg *Config, r Region, city *sim.City, deps sim.CityDeps, progress func(done, total int)) error {
	p, _, err := LoadPack(r.Pack)
	if err != nil {
		return err
	}
	row, err := s.Pack(ctx, p.Identity.Code)
	if err != nil {
		return err
	}
	p.Version = row.Version
	if err := addDemoOfficers(ctx, s, p, deps.Clock); err != nil {
		return err
	}
	m, err := Models(cfg, nil, slog.New(slog.DiscardHandler)).Seed(p)
	if err != nil {
		return err
	}
	packs := region.NewRegistry(p)
	outbox := notify.New(packs, func(p *region.Pack) string { return cfg.baseURL(r, p) })
	deps.Desk, deps.Pack, deps.Engine = &casework.Desk{Packs: packs, Outbox: outbox}, p, triage.New(p, m)
	return city.Fill(ctx, deps, progress)
}

func addDemoOfficers(ctx context.Context, s *store.Store, p *region.Pack, clock tanggap.Clock) error {
	who, err := access.New(s, clock)
	if err != nil {
		return err
	}
	for _, o := range sim.DemoOfficers(p) {
		n := access.NewOfficer{Email: o.Email, Name: o.Name, Phone: o.Phone, Password: DemoPassword}
		for _, r := range o.Roles {
			n.Grants = append(n.Grants, access.Grant{Role: access.Role(r.Role), Region: r.Region, Unit: r.Unit})
		}
		if _, err := who.AddOfficer(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// demoRoles are the kinds of officers a visitor may be, as the pages call them.
var demoRoles = []struct {
	role access.Role
	name string
}{
	{access.Coordinator, "Koordinator, melihat semua unit"}, {access.CitizenDesk, "Meja warga, triase"},
	{access.UnitOfficer, "Petugas"}, {access.UnitHead, "Kepala"}, {access.Leader, "Pimpinan daerah"}, {access.Admin, "Admin"},
}

// demoLogins are officers of different kinds; those of a unit come from the units
// that the sample messages reach, so that a visitor finds in the inbox what he wrote.
func demoLogins(p *region.Pack) []view.DemoLogin {
	var out []view.DemoLogin
	officers := sim.DemoOfficers(p)
	add := func(role access.Role, name, unit string) {
		i := slices.IndexFunc(officers, func(o store.Officer) bool {
			return slices.ContainsFunc(o.Roles, func(r store.Role) bool { return r.Role == string(role) && r.Unit == unit })
		})
		if i < 0 {
			return
		}
		if u, ok := p.Unit(unit); ok {
			name += " " + u.Name
		}
		out = append(out, view.DemoLogin{Name: officers[i].Email, Password: DemoPassword, Role: name})
	}
	for _, r := range demoRoles {
		switch r.role {
		case access.UnitOfficer, access.UnitHead:
			for _, service := range demoServices[:2] {
				unit, _, _ := p.Route(service, "")
				add(r.role, r.name, unit)
			}
		default:
			add(r.role, r.name, "")
		}
	}
	return out
}

// demoPlaces is the middle of the region's box: packs name places without positions.
func demoPlaces(p *region.Pack) []web.DemoPlace {
	b := p.Identity.Box
	return []web.DemoPlace{{Name: p.Identity.Name, Lat: (b[0] + b[2]) / 2, Lon: (b[1] + b[3]) / 2}}
}

// demoServices are what visitors like to try first; a pack without one of them
// leaves it out.
var demoServices = []string{"PJU-PADAM", "BNC-KEBAKARAN", "AIR-MATI", "SRT-DOM", "SMP-TUMPUK", "APR-PUNGLI"}

// demoSamples are seed messages about them.
func demoSamples(p *region.Pack) []string {
	var out []string
	for _, service := range demoServices {
		if i := slices.IndexFunc(p.Seeds, func(s region.Seed) bool { return s.Service == service }); i >= 0 {
			out = append(out, p.Seeds[i].Text)
		}
	}
	return out
}
