package edition

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"tanggap/internal/deadline"
	"tanggap/internal/region"
	"tanggap/internal/store"
)

// Obstacles are what the database has against a pack, as far as the pack itself is right:
// codes that cases or officers use must not vanish, and a region stays itself.
func Obstacles(ctx context.Context, s *store.Store, old, p *region.Pack) ([]region.Problem, error) {
	var out []region.Problem
	add := func(file, format string, args ...any) {
		out = append(out, region.Problem{File: file, Message: fmt.Sprintf(format, args...)})
	}
	if old.Identity.Code != p.Identity.Code {
		add("region.toml", "Paket ini untuk daerah %s, bukan %s. Unggah paket daerah ini.", p.Identity.Code, old.Identity.Code)
		return out, nil
	}
	if old.Identity.Prefix != p.Identity.Prefix {
		add("region.toml", "Awalan nomor %s sudah tercetak pada laporan warga, jadi tidak bisa menjadi %s. Kembalikan.", old.Identity.Prefix, p.Identity.Prefix)
	}
	if !slices.Equal(old.Identity.Hosts, p.Identity.Hosts) {
		add("region.toml", "Nama host hanya diubah operator dengan tanggap region import, supaya tidak ada yang terkunci di luar. Kembalikan.")
	}
	for _, x := range old.Services {
		if _, ok := p.Service(x.Code); ok {
			continue
		}
		u, err := s.UseOfService(ctx, p.Identity.Code, x.Code)
		if err != nil {
			return nil, err
		}
		if u.All > 0 {
			add("services.csv", "Layanan %s dipakai %d laporan, jadi tidak bisa dihapus. Isi retired dengan ya supaya berhenti dipakai.", x.Code, u.All)
		}
	}
	for _, x := range old.Units {
		if _, ok := p.Unit(x.Code); ok {
			continue
		}
		u, err := s.UseOfUnit(ctx, p.Identity.Code, x.Code)
		if err != nil {
			return nil, err
		}
		if u.All+u.Officers > 0 {
			add("units.csv", "Unit %s dipakai %d laporan dan %d peran petugas, jadi tidak bisa dihapus. Isi retired dengan ya supaya berhenti dipakai.", x.Code, u.All, u.Officers)
		}
	}
	return out, nil
}

// Looser is a service whose promise to citizens a new pack makes longer.
type Looser struct {
	Service  string // "" for the promise while the service is unknown
	Old, New region.Rule
}

// Loosened lists the promises that p makes longer than old, now or from a later date on
// that its rules name. Both are counted on the calendar of old: a new holiday is no
// weaker promise.
func Loosened(old, p *region.Pack, now time.Time) []Looser {
	moments := []time.Time{now}
	for _, r := range p.Rules {
		if r.From.After(now) {
			moments = append(moments, r.From)
		}
	}
	var out []Looser
	compare := func(service, a, b string) {
		for _, t := range moments {
			x, ok1 := old.Rule(a, t)
			y, ok2 := p.Rule(b, t)
			if ok1 && ok2 && longer(old.Calendar(), x.Deadline(), y.Deadline(), t) {
				out = append(out, Looser{service, x, y})
				return
			}
		}
	}
	compare("", old.Identity.FirstRule, p.Identity.FirstRule)
	for _, s := range p.Services {
		if was, ok := old.Service(s.Code); ok && !s.Technical && !s.Retired {
			compare(s.Code, was.Rule, s.Rule)
		}
	}
	return out
}

// longer reports whether b falls later than a for a case that comes in on any day of the
// week after t.
func longer(c *deadline.Calendar, a, b deadline.Rule, t time.Time) bool {
	if a.Amount == b.Amount && a.Unit == b.Unit {
		return false
	}
	for day := range 7 {
		start := t.AddDate(0, 0, day)
		x, err1 := deadline.Due(c, a, start)
		y, err2 := deadline.Due(c, b, start)
		if err1 == nil && err2 == nil && y.After(x) {
			return true
		}
	}
	return false
}

// Effect is what would become of the region's cases if a pack came into force now.
type Effect struct {
	Moves   []Move
	Later   int  // open promises that would fall later
	Same    int  // open promises that stay: none falls earlier
	More    bool // there are more open promises than were counted
	Relearn bool // the model has to learn anew
}

// Move is what is retired, and where its open cases go; Into is "" where they stay.
type Move struct {
	Unit       bool
	Code, Into string
	Open       int
	Officers   int // roles of officers in a unit that is retired
}

// maxPromises is how many open promises a dry run counts.
const maxPromises = 5000

// Dry counts what p would do to the region's cases.
func Dry(ctx context.Context, s *store.Store, old, p *region.Pack) (*Effect, error) {
	e := &Effect{Relearn: old.Lesson != p.Lesson}
	code := p.Identity.Code
	for _, x := range p.Services {
		if was, ok := old.Service(x.Code); !x.Retired || !ok || was.Retired && was.Into == x.Into {
			continue
		}
		u, err := s.UseOfService(ctx, code, x.Code)
		if err != nil {
			return nil, err
		}
		e.Moves = append(e.Moves, Move{Code: x.Code, Into: p.Current(x.Code), Open: u.Open})
	}
	for _, x := range p.Units {
		if was, ok := old.Unit(x.Code); !x.Retired || !ok || was.Retired && was.Into == x.Into {
			continue
		}
		u, err := s.UseOfUnit(ctx, code, x.Code)
		if err != nil {
			return nil, err
		}
		e.Moves = append(e.Moves, Move{Unit: true, Code: x.Code, Into: p.CurrentUnit(x.Code), Open: u.Open, Officers: u.Officers})
	}
	return e, e.promises(ctx, s, p)
}

func (e *Effect) promises(ctx context.Context, s *store.Store, p *region.Pack) error {
	for after := ""; ; {
		list, err := s.OpenDeadlines(ctx, p.Identity.Code, math.MaxInt64, after, 500)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, d := range list {
			if d.Kind != store.Promise {
				continue
			}
			if e.Later+e.Same == maxPromises {
				e.More = true
				return nil
			}
			var pauses []deadline.Pause
			if err := json.Unmarshal([]byte(d.Pauses), &pauses); err != nil {
				return err
			}
			due := d.DueAt
			if r, ok := p.Rule(d.Rule, d.StartedAt); ok {
				if due, err = deadline.Recompute(d.DueAt, p.Calendar(), r.Deadline(), d.StartedAt, pauses...); err != nil {
					return err
				}
			}
			if due.After(d.DueAt) {
				e.Later++
			} else {
				e.Same++
			}
		}
		after = list[len(list)-1].ID
	}
}
