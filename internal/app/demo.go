package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"

	"tanggap/internal/access"
	"tanggap/internal/backup"
	"tanggap/internal/casework"
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
	Months int
	Cases  int
	Seed   int64

	Progress func(done, total int)           // while the past is made
	Ready    func(address string, d Playing) // once it serves
}

// Playing is what a visitor of the demo needs to know.
type Playing struct {
	Officers []view.DemoLogin
	Password string
}

// demoAccount is the number id of the simulated WhatsApp.
const demoAccount = "100000000000001"

// demoPeople are the telephones a visitor may hold.
var demoPeople = []web.DemoPersona{
	{Name: "Warga Contoh Satu", Phone: "+628110000001"},
	{Name: "Warga Contoh Dua", Phone: "+628110000002"},
	{Name: "Warga Contoh Tiga", Phone: "+628110000003"},
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
	graph, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return errors.Join(fmt.Errorf("demo: %w", err), city.Close())
	}
	address := "http://" + city.Addr().String()
	account := sim.MetaConfig{Clock: deps.Clock, Token: tanggap.NewToken(), AppSecret: tanggap.NewToken(), VerifyToken: tanggap.NewToken(),
		PhoneNumberID: demoAccount, Callback: address + "/webhook/whatsapp"}
	meta := sim.NewMeta(account)
	for _, p := range demoPeople {
		meta.AddUser(sim.MetaUser{Phone: p.Phone[1:], Name: p.Name})
	}
	cfg, err := d.config(address)
	if err == nil {
		cfg.Regions[0].WhatsApp = &WhatsApp{PhoneNumberID: demoAccount, Token: NewSecret(account.Token), AppSecret: NewSecret(account.AppSecret),
			VerifyToken: NewSecret(account.VerifyToken), BaseURL: "http://" + graph.Addr().String(), Version: "v26.0"}
		deps.Listener = city
	}
	if err != nil {
		return errors.Join(err, city.Close(), graph.Close())
	}
	a, err := New(ctx, cfg, deps)
	if err != nil {
		return errors.Join(err, city.Close(), graph.Close())
	}
	return errors.Join(d.play(ctx, a, meta, graph, address), a.Close())
}

func (d Demo) config(address string) (Config, error) {
	cfg := Default()
	cfg.Data, cfg.BaseURL, cfg.Regions = d.Data, address, []Region{{Pack: d.Pack}}
	return cfg, cfg.settle()
}

// play runs city and telephone company side by side.
func (d Demo) play(ctx context.Context, a *App, meta *sim.Meta, graph net.Listener, address string) error {
	p, err := a.packs.Get(a.codes[0])
	if err != nil {
		return errors.Join(err, graph.Close())
	}
	a.demo = &web.Demo{Meta: meta, Personas: demoPeople, Officers: demoLogins(p), Places: demoPlaces(p), Samples: demoSamples(p)}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	g, ctx := errgroup.WithContext(ctx)
	company := newServer(meta.Handler(), graph)
	g.Go(company.serve)
	g.Go(func() error {
		<-ctx.Done()
		return company.shutdown(context.WithoutCancel(ctx))
	})
	g.Go(func() error { meta.Run(ctx); return nil })
	g.Go(func() error { defer stop(); return a.Run(ctx) })
	if d.Ready != nil {
		d.Ready(address, Playing{Officers: a.demo.Officers, Password: DemoPassword})
	}
	return g.Wait()
}

// make fills a new data folder with the city's past. It becomes Data only when it
// is complete.
func (d Demo) make(ctx context.Context, deps Deps) error {
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
	cfg, err := d.config("http://" + d.Listen)
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
	packs := region.NewRegistry()
	p, _, err := LoadPack(d.Pack)
	if err != nil {
		return err
	}
	row, err := s.Pack(ctx, p.Identity.Code)
	if err != nil {
		return err
	}
	p.Version = row.Version
	packs.Set(p)
	if err := addDemoOfficers(ctx, s, p, clock); err != nil {
		return err
	}
	m, err := newEngines(cfg.path("models"), quiet).model(p)
	if err != nil {
		return err
	}
	outbox := notify.New(packs, func(*region.Pack) string { return cfg.BaseURL })
	city := &sim.City{Seed: d.Seed, Months: d.Months, Cases: d.Cases}
	return city.Fill(ctx, sim.CityDeps{Store: s, Clock: clock, Desk: &casework.Desk{Packs: packs, Outbox: outbox}, Pack: p,
		Engine: triage.New(p, m), Until: deps.Clock.Now(), Account: demoAccount}, d.Progress)
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
