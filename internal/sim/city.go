package sim

import (
	"container/heap"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/BurntSushi/toml"

	"tanggap/internal/audit"
	"tanggap/internal/casework"
	"tanggap/internal/channel"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/triage"
)

// City is a simulated past: people write, officers work, and what has happened by
// now is in the database, made by the same functions that make it from real
// messages. The same seed gives the same city, but for ids, codes and keys.
type City struct {
	Seed   int64
	Months int // how far back it begins; at least 1
	Cases  int // how many cases were opened, about six in a hundred still are
}

// CityDeps is what a City is built from and in.
type CityDeps struct {
	Store   *store.Store // opened with Clock; the region and its officers are in it
	Clock   *CityClock
	Desk    *casework.Desk
	Pack    *region.Pack
	Engine  *triage.Engine
	Until   time.Time // the present of the city
	Account string    // WhatsApp account that people write to; default that of NewMeta
}

// CityClock shows whatever moment the simulation is at. It is safe for concurrent
// use.
type CityClock struct {
	mu  sync.Mutex
	now time.Time
}

// NewCityClock returns a clock that stands at t.
func NewCityClock(t time.Time) *CityClock { return &CityClock{now: t} }

// Now implements tanggap.Clock: UTC, cut to microseconds as the databases keep it.
func (c *CityClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now.UTC().Truncate(time.Microsecond)
}

func (c *CityClock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

//go:embed city.toml
var cityData string

// habits is what city.toml holds.
type habits struct {
	Often  map[string]float64
	Season []season
	Surge  []surge
	Words  struct {
		Place, Before, After, Who, More, Again []string
		Twice, Objection                       string
	}
	Officer struct {
		Question, Field, Letter, Other, Danger, Word, Note, Reject []string
		Spam, External, Why, NoPhoto                               string
	}
}

// stepsInTx is how many steps of the simulation share a transaction, and so a wait
// for the disk.
const stepsInTx = 400

// Fill writes the city's past into the store, in order of time, and reports after
// each transaction how many of its cases were opened. Nothing is left over that
// would be sent or worked on later: notices stand as sent at their time, and no
// jobs are added. It needs a region without cases and with officers, see
// DemoOfficers; when it fails, what was written until then stays.
func (city *City) Fill(ctx context.Context, d CityDeps, progress func(done, total int)) error {
	f := &fill{City: city, CityDeps: d, region: d.Pack.Identity.Code, rng: rand.New(rand.NewPCG(uint64(city.Seed), 7472))}
	if f.Account == "" {
		f.Account = defaultAccount
	}
	if _, err := toml.Decode(cityData, &f.habits); err != nil {
		return fmt.Errorf("city.toml: %w", err)
	}
	if err := f.findOfficers(ctx); err != nil {
		return err
	}
	births, err := f.births(ctx)
	if err != nil {
		return err
	}
	for _, b := range births {
		f.at(b.at, &life{birth: b}, (*fill).open)
	}
	for f.agenda.Len() > 0 {
		if err := f.some(ctx); err != nil {
			return err
		}
		progress(f.opened, city.Cases)
	}
	f.Clock.set(d.Until)
	return nil
}

// defaultAccount is the account of a Meta made with defaults.
const defaultAccount = "100000000000001"

// fill is one run of Fill.
type fill struct {
	*City
	CityDeps
	habits   habits
	region   string
	rng      *rand.Rand
	officers map[string][]string // by unit; "" = those of the whole region
	agenda   agenda
	people   []*person // who wrote by WhatsApp
	persons  int
	opened   int
	turn     int
}

// some carries the next steps out, in one transaction with the notices they owe
// and with their places in the history.
func (f *fill) some(ctx context.Context) error {
	ran := false
	return f.Store.InTx(ctx, func(tx *store.Store) error {
		if ran {
			return errors.New("simulated city: somebody else is using the database; fill it before the server starts")
		}
		ran = true
		for n := 0; n < stepsInTx && f.agenda.Len() > 0; n++ {
			a := heap.Pop(&f.agenda).(appointment)
			f.Clock.set(a.at)
			if err := a.do(f, ctx, tx, a.life); err != nil {
				return fmt.Errorf("simulated city, %s: %w", a.at.Format(time.DateTime), err)
			}
			f.watch(a.life)
		}
		if f.agenda.Len() == 0 {
			// The night's notices and digests are history too.
			f.Clock.set(f.Until.AddDate(0, 0, 14))
		}
		if err := f.settle(ctx, tx); err != nil {
			return err
		}
		for {
			n, err := audit.Sequence(ctx, tx.AuditLog(f.region), 1000)
			if err != nil || n == 0 {
				return err
			}
		}
	})
}

// settle marks what is owed as sent and read when it was due.
func (f *fill) settle(ctx context.Context, tx *store.Store) error {
	for {
		due, err := tx.LeaseNotifications(ctx, f.region, "simulated city", 500)
		if err != nil || len(due) == 0 {
			return err
		}
		for _, n := range due {
			n.State, n.SentAt, n.AttemptID, n.Attempts = store.NoticeSent, n.NotBeforeAt.Add(2*time.Second), tanggap.NewID(), 1
			if n.SentAt.After(f.Until) {
				n.SentAt = f.Until
			}
			if n.Channel == channel.WhatsApp {
				n.Delivery = string(channel.Read)
			}
			if _, err := tx.SetNotification(ctx, n, store.NoticeLeased); err != nil {
				return err
			}
		}
	}
}

// watch puts the sweep's next visit to a case on the agenda.
func (f *fill) watch(l *life) {
	if l.c != nil && !l.c.NextStepAt.IsZero() && !l.c.NextStepAt.Equal(l.visit) {
		l.visit = l.c.NextStepAt
		f.at(l.visit, l, (*fill).sweep)
	}
}

// at puts something that will happen on the agenda, unless it lies in the future.
func (f *fill) at(t time.Time, l *life, do step) {
	if t.After(f.Until) {
		return
	}
	f.turn++
	heap.Push(&f.agenda, appointment{t.UTC().Truncate(time.Microsecond), f.turn, l, do})
}

type step func(f *fill, ctx context.Context, tx *store.Store, l *life) error

// appointment is one thing that will happen in one life.
type appointment struct {
	at   time.Time
	turn int // orders what happens at the same moment
	life *life
	do   step
}

// agenda is a heap of appointments, the next one on top.
type agenda []appointment

func (a agenda) Len() int      { return len(a) }
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(appointment)) }
func (a agenda) Less(i, j int) bool {
	if !a[i].at.Equal(a[j].at) {
		return a[i].at.Before(a[j].at)
	}
	return a[i].turn < a[j].turn
}

// Pop implements heap.Interface.
func (a *agenda) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}
