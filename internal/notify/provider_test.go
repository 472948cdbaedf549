package notify_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/apptest/race"
	"tanggap/internal/channel"
	"tanggap/internal/channel/whatsapp"
	"tanggap/internal/notify"
	"tanggap/internal/region"
	"tanggap/internal/sim"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// A campaign sends many notices through a provider that fails in every way it can,
// with two dispatchers of which one dies in mid-call, and counts what the provider
// delivered.
const (
	perPerson  = 5
	urgentOnes = 3                // the third notice of each person is urgent
	faultShare = 20               // percent of the messages
	stuckAfter = 15 * time.Minute // no notice may be on its way for longer
)

// luck are the faults of a campaign, all as likely as each other. The first ones
// leave the caller not knowing; those marked lost were accepted all the same.
var luck = []sim.MetaStep{
	{Action: sim.ActTimeoutBefore},
	{Action: sim.ActReset},
	{Action: sim.ActRefuse, HTTP: 500},
	{Action: sim.ActTimeoutAfter},
	{Action: sim.ActReplyLost},
	{Action: sim.ActNoConnection},
	{Action: sim.ActRefuse, HTTP: 429, Code: 130429, RetryAfter: 7 * time.Second},
	{Action: sim.ActRefuse, HTTP: 400, Code: 131056},
	{Action: sim.ActRefuse, HTTP: 503},
	{Action: sim.ActSlow},
}

const (
	unclear = 5 // of luck: the caller cannot know
	notDone = 3 // of luck: and the message was not accepted
)

// engines are how many people a campaign has on each; the second one shows that two
// nodes may be at work in the same moment. Under the race detector, which makes SQLite
// ten times slower, the campaign is short; tools/test.sh also runs the whole without it.
func engines() map[string]int {
	if race.Watches {
		return map[string]int{"sqlite": 30, "postgres": 30}
	}
	return map[string]int{"sqlite": 400, "postgres": 100}
}

type campaign struct {
	*testing.T
	address string
	clock   *apptest.Clock
	s       *store.Store
	o       *notify.Outbox
	way     channel.Way
	sabot   func(channel.Sender) channel.Sender

	text map[string]string // by message id: the words, unique to the notice
	ids  []string          // of cases

	orphans map[string]string // words that were in the hands of the process that died

	mu    sync.Mutex
	tries map[string]int    // by words
	fate  map[string][]int  // by words: index in luck of each try, -1 = well
	once  map[string]string // words whose reply is lost and whose statuses never come
}

func newCampaign(t *testing.T, postgres bool, people int, way channel.Way) *campaign {
	t.Helper()
	c := &campaign{T: t, clock: apptest.NewClock(apptest.Start), way: way, text: map[string]string{},
		tries: map[string]int{}, fate: map[string][]int{}, once: map[string]string{}}
	if postgres {
		c.address = apptest.PostgresURL(t)
	} else {
		c.address = apptest.SQLiteFile(t)
	}
	c.s = c.open()
	c.check(c.s.AddRegion(t.Context(), apptest.Region))
	pack := apptest.Pack(t)
	c.o = notify.New(region.NewRegistry(pack), func(*region.Pack) string { return "https://lapor.example" })
	for from := 0; from < people; from += 50 {
		c.check(c.s.InTx(t.Context(), func(tx *store.Store) error {
			for i := from; i < min(people, from+50); i++ {
				if err := c.person(tx, pack, i); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	return c
}

func (c *campaign) check(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

// open is another process on the same database.
func (c *campaign) open() *store.Store {
	c.Helper()
	s, err := store.Open(context.Background(), c.address, apptest.Master(c.T), c.clock, apptest.Log())
	c.check(err)
	c.Cleanup(func() { s.Close() }) // a dead one is closed already
	return s
}

// person makes a citizen with a case, who is owed perPerson notices.
func (c *campaign) person(tx *store.Store, p *region.Pack, i int) error {
	ctx, now := c.Context(), c.clock.Now()
	citizen := &store.Citizen{Region: apptest.Region, Name: "Warga Contoh", Lang: "id"}
	if err := tx.AddCitizen(ctx, citizen); err != nil {
		return err
	}
	who := &store.Identity{Region: apptest.Region, CitizenID: citizen.ID, Channel: c.way.Channel, Account: "1", VerifiedAt: now, LastInboundAt: now}
	if c.way.Channel == channel.Email {
		who.Email = fmt.Sprintf("warga%04d@contoh.example", i)
		who.External = who.Email
	} else {
		who.External = fmt.Sprintf("62811000%04d", i)
		who.Phone = "+" + who.External
	}
	if err := tx.AddIdentity(ctx, who); err != nil {
		return err
	}
	x := &store.Case{Region: apptest.Region, CitizenID: citizen.ID, IdentityID: who.ID, State: tanggap.Assigned, Unit: "DAMKAR",
		Channel: c.way.Channel, OpenedAt: now, LastInAt: now, DueAt: now.Add(72 * time.Hour)}
	if err := tx.AddCase(ctx, x, "BAU", p.Location()); err != nil {
		return err
	}
	c.ids = append(c.ids, x.ID)
	for j := range perPerson {
		words := fmt.Sprintf("kabar %04d-%d", i, j)
		opt := notify.Options{Text: words, Author: "officer:1", Urgent: j == urgentOnes}
		if err := c.o.Citizen(ctx, tx, p, x, words, "", opt); err != nil {
			return err
		}
	}
	said, err := tx.Messages(ctx, apptest.Region, x.ID)
	for _, m := range said {
		c.text[m.ID] = m.Body
	}
	return err
}

// next draws the luck of one try, the same in every run. Only the first try can end
// without the caller knowing.
func (c *campaign) next(words string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	try := c.tries[words]
	c.tries[words]++
	h := fnv.New64a()
	fmt.Fprint(h, words, try)
	r := rand.New(rand.NewPCG(h.Sum64(), 1))
	drawn := -1
	switch {
	case try == 0 && c.once[words] != "":
		drawn = 4
	case r.IntN(100) >= faultShare:
	case try == 0:
		drawn = r.IntN(len(luck))
	default:
		drawn = unclear + r.IntN(len(luck)-unclear)
	}
	c.fate[words] = append(c.fate[words], drawn)
	return drawn
}

// step is the luck of one WhatsApp message.
func (c *campaign) step(mark string) sim.MetaStep {
	id, _, _ := strings.Cut(mark, ".")
	words := c.text[id]
	drawn := c.next(words)
	if drawn < 0 {
		return sim.MetaStep{Action: sim.ActOK}
	}
	step := luck[drawn]
	step.Untold = drawn < unclear && c.once[words] != ""
	return step
}

func (c *campaign) node(s *store.Store, sender channel.Sender) *notify.Dispatcher {
	d := notify.NewDispatcher(s, c.o, apptest.Log())
	if c.sabot != nil {
		sender = c.sabot(sender)
	}
	d.Senders[c.way] = sender
	if c.way.Channel == channel.WhatsApp {
		d.Pacers[c.way] = whatsapp.NewPace(whatsapp.PairGap, 10_000)
	}
	return d
}

// dying is a process that ends in the middle of a call: the provider has heard, and
// nobody is left to note it down.
type dying struct {
	channel.Sender
	s     *store.Store
	calls atomic.Int64
	after int64
}

func (x *dying) Send(ctx context.Context, out channel.Outbound) (string, error) {
	id, err := x.Sender.Send(ctx, out)
	if x.calls.Add(1) == x.after {
		if err := x.s.Close(); err != nil {
			return "", err
		}
	}
	return id, err
}

// run drives two dispatchers until nothing is owed any more; hear is called after
// each round. One of them dies and comes back.
func (c *campaign) run(sender channel.Sender, hear func(d *notify.Dispatcher)) {
	c.Helper()
	first := c.node(c.s, sender)
	second := c.open()
	// Which of the two gets how many calls nobody says: an eighth of all surely comes to each.
	mortal := &dying{Sender: sender, s: second, after: int64(len(c.ids) / 8)}
	nodes := []*notify.Dispatcher{first, c.node(second, mortal)}
	died := time.Time{}
	for end := c.clock.Now().Add(6 * time.Hour); c.clock.Now().Before(end); c.clock.Advance(3 * time.Second) {
		var wg sync.WaitGroup
		errs := make([]error, len(nodes))
		for i, d := range nodes {
			wg.Go(func() {
				for n := 1; n > 0 && errs[i] == nil; {
					n, errs[i] = d.Step(context.Background())
				}
			})
		}
		wg.Wait()
		c.check(errs[0])
		if len(errs) > 1 && errs[1] != nil {
			if mortal.calls.Load() < mortal.after {
				c.Fatal(errs[1])
			}
			died, nodes, c.orphans = c.clock.Now(), nodes[:1], c.states("sending")
		}
		if len(nodes) == 1 && c.clock.Now().Sub(died) > 20*time.Second {
			nodes = append(nodes, c.node(c.open(), sender))
			mortal.after = -1
		}
		hear(first)
		if c.onTheWay("state IN ('ready','leased','sending')") == 0 && c.clock.Now().Sub(apptest.Start) > stuckAfter {
			break
		}
	}
	if died.IsZero() {
		c.Error("nobody died")
	}
	if n := c.onTheWay("state IN ('ready','leased','sending')"); n != 0 {
		c.Errorf("%d notices are stuck", n)
	}
}

func (c *campaign) onTheWay(where string) (n int) {
	c.Helper()
	c.check(c.s.SQL().QueryRowContext(c.Context(), "SELECT count(*) FROM notifications WHERE "+where).Scan(&n))
	return n
}

// states returns the state of every notice by its words, which are its event too;
// only those in one state if that is not "".
func (c *campaign) states(only string) map[string]string {
	c.Helper()
	out := map[string]string{}
	for _, id := range c.ids {
		list, err := c.s.Notifications(c.Context(), apptest.Region, id)
		c.check(err)
		for _, n := range list {
			if !strings.HasSuffix(n.Template, "/again") && (only == "" || n.State == only) {
				out[n.EventID] = n.State
			}
		}
	}
	return out
}

// unclearTry reports whether a try of the words ended without the caller knowing, and
// whether it was accepted.
func (c *campaign) unclearTry(words string) (was, accepted bool) {
	first := c.fate[words][0]
	return first >= 0 && first < unclear, first >= notDone && first < unclear
}

// blind is the sabotage: it takes what is not known for what was refused.
type blind struct{ channel.Sender }

func (b blind) Send(ctx context.Context, out channel.Outbound) (string, error) {
	id, err := b.Sender.Send(ctx, out)
	var e *channel.SendError
	if errors.As(err, &e) && e.Fault == channel.FaultUnknown {
		again := *e
		again.Fault = channel.FaultRetry
		return "", &again
	}
	return id, err
}

// byWhatsApp runs a campaign against the simulated Meta and returns what is wrong.
func byWhatsApp(t *testing.T, postgres bool, people int, sabot func(channel.Sender) channel.Sender) (problems []string, sent int) {
	t.Helper()
	c := newCampaign(t, postgres, people, channel.Way{Region: apptest.Region, Channel: channel.WhatsApp})
	c.sabot = sabot
	c.once["kabar 0001-3"] = "lost"
	meta := sim.NewMeta(sim.MetaConfig{Clock: c.clock, Token: "token-uji", AppSecret: "rahasia", Fate: c.step, PairGap: whatsapp.PairGap,
		Statuses: []string{"sent", "delivered"}, Batch: 7, ShuffleSeed: 5})
	for i := range people {
		meta.AddUser(sim.MetaUser{Phone: fmt.Sprintf("62811000%04d", i), LastWrote: c.clock.Now()})
	}
	client, err := whatsapp.NewClient(whatsapp.Config{BaseURL: "http://127.0.0.1:1", Version: "v26.0", PhoneNumberID: "100000000000001",
		Token: "token-uji"}, &http.Client{Transport: meta.Transport()})
	c.check(err)
	luckOfBatches := rand.New(rand.NewPCG(7, 7))
	var later [][]byte
	c.run(client, func(d *notify.Dispatcher) {
		bodies, err := meta.Take()
		c.check(err)
		bodies, later = append(bodies, later...), nil
		c.check(c.s.InTx(t.Context(), func(tx *store.Store) error {
			for _, body := range bodies {
				items := whatsapp.Reader{}.Split(body)
				if luckOfBatches.IntN(10) == 0 { // a part of the batch arrives, and all of it once more
					items = items[:len(items)/2]
					later = append(later, body)
				}
				for _, item := range items {
					parsed, err := whatsapp.Reader{}.Parse(item)
					if err != nil {
						return err
					}
					if err := d.Status(t.Context(), tx, apptest.Region, *parsed.Status); err != nil {
						return err
					}
				}
			}
			return nil
		}))
	})
	states := c.states("")
	if len(states) != people*perPerson {
		t.Fatalf("%d notices", len(states))
	}
	for i := range people {
		got := map[string]int{}
		last := ""
		for _, line := range meta.Chat(fmt.Sprintf("62811000%04d", i)) {
			words := strings.TrimPrefix(line.Text, "(ulang) ")
			got[words]++
			sent++
			if strings.HasSuffix(words, fmt.Sprint("-", urgentOnes)) {
				continue // goes before others
			}
			if words < last {
				problems = append(problems, fmt.Sprintf("order: %q after %q", words, last))
			}
			last = words
		}
		for j := range perPerson {
			words := fmt.Sprintf("kabar %04d-%d", i, j)
			want := store.NoticeSent
			was, accepted := c.unclearTry(words)
			switch n := got[words]; {
			case n == 1:
				if j == urgentOnes && (was && !accepted || c.orphans[words] != "" && states[words] == store.NoticeUnknown) {
					want = store.NoticeUnknown // the repetition was told
				}
			case n == 0 && was && !accepted && j != urgentOnes:
				want = store.NoticeUnknown // shown to the officer, never sent blindly
			case n == 2 && c.once[words] != "":
				want = store.NoticeUnknown
			case n == 0 && c.orphans[words] != "":
				want = store.NoticeUnknown // refused, and nobody was left to note it down
			default:
				problems = append(problems, fmt.Sprintf("delivered %d times: %q, fate %v", n, words, c.fate[words]))
				continue
			}
			if states[words] != want {
				problems = append(problems, fmt.Sprintf("state %s, want %s: %q, fate %v", states[words], want, words, c.fate[words]))
			}
		}
	}
	return problems, sent
}

// TestProviderFaults has 2,000 notices to 400 people go through a provider with 20 %
// faults. Each is delivered once, in the order of its case, and nothing is stuck. Of
// a message whose request was lost nobody can know: an urgent one is repeated once,
// another one is shown as unknown. The one duplicate is the scripted one, of which
// neither the answer nor any status ever comes.
func TestProviderFaults(t *testing.T) {
	for engine, people := range engines() {
		t.Run(engine, func(t *testing.T) {
			problems, sent := byWhatsApp(t, engine == "postgres", people, nil)
			report(t, problems)
			t.Logf("%d messages delivered", sent)
		})
	}
}

// TestProviderFaultsSeeBlindRetry holds that the campaign tells a dispatcher which
// repeats what it does not know from a good one.
func TestProviderFaultsSeeBlindRetry(t *testing.T) {
	race.Skip(t)
	problems, _ := byWhatsApp(t, false, 80, func(s channel.Sender) channel.Sender { return blind{s} })
	twice := 0
	for _, p := range problems {
		if strings.HasPrefix(p, "delivered 2 times") {
			twice++
		}
	}
	if twice < 5 {
		t.Errorf("only %d duplicates were seen: %q", twice, problems)
	}
}

func report(t *testing.T, problems []string) {
	t.Helper()
	for i, p := range problems {
		if i == 10 {
			t.Errorf("and %d more", len(problems)-i)
			break
		}
		t.Error(p)
	}
}
