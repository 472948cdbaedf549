package notify

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/channel"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

var (
	onWhatsApp = channel.Way{Region: apptest.Region, Channel: channel.WhatsApp}
	byMail     = channel.Way{Region: apptest.Region, Channel: channel.Email}
	toOfficers = channel.Way{Region: apptest.Region, Channel: ChannelOfficer}
)

// fake is a provider that answers as the script says, then accepts everything.
type fake struct {
	mu     sync.Mutex
	script []func(channel.Outbound) (string, error)
	sent   []channel.Outbound
}

func (f *fake) Send(_ context.Context, out channel.Outbound) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent = append(f.sent, out)
	if len(f.script) > 0 {
		answer := f.script[0]
		f.script = f.script[1:]
		return answer(out)
	}
	return fmt.Sprint("wamid.", len(f.sent)), nil
}

func (f *fake) texts() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []string
	for _, o := range f.sent {
		out = append(out, o.Text)
	}
	return out
}

func refuse(fault channel.Fault, code int, after time.Duration) func(channel.Outbound) (string, error) {
	return func(channel.Outbound) (string, error) {
		return "", &channel.SendError{Fault: fault, Code: code, Detail: "penyedia menolak 0812-0000-1234", RetryAfter: after}
	}
}

type kit struct {
	*testing.T
	s     *store.Store
	clock *apptest.Clock
	p     *region.Pack
	o     *Outbox
	d     *Dispatcher
	wa    *fake
	desk  *fake
	to    *store.Identity
	c     *store.Case
	event int
}

func newKit(t *testing.T, s *store.Store) *kit {
	t.Helper()
	k := newKitWithout(t, s)
	k.to = &store.Identity{Channel: channel.WhatsApp, Account: "1", External: "628110000001", Phone: "+628110000001",
		VerifiedAt: k.clock.Now(), LastInboundAt: k.clock.Now()}
	k.c = k.addCase(k.to)
	return k
}

// newKitWithout is a kit without a citizen and his case.
func newKitWithout(t *testing.T, s *store.Store) *kit {
	t.Helper()
	k := &kit{T: t, s: s, clock: s.Clock().(*apptest.Clock), p: apptest.Pack(t), wa: &fake{}, desk: &fake{}}
	packs := region.NewRegistry(k.p)
	k.o = New(packs, func(*region.Pack) string { return "https://lapor.example" })
	k.d = k.node(s)
	return k
}

// node returns another dispatcher that shares the providers.
func (k *kit) node(s *store.Store) *Dispatcher {
	d := NewDispatcher(s, k.o, apptest.Log())
	d.Senders[onWhatsApp], d.Senders[toOfficers] = k.wa, k.desk
	d.Tick = make(chan time.Time)
	return d
}

func (k *kit) must(err error) {
	k.Helper()
	if err != nil {
		k.Fatal(err)
	}
}

// addCase opens a case of a new citizen with the identity, or without when nil.
func (k *kit) addCase(i *store.Identity) *store.Case {
	k.Helper()
	c := &store.Case{Region: apptest.Region, State: tanggap.Assigned, Unit: "DAMKAR", Urgency: tanggap.Normal, Channel: channel.WhatsApp,
		OpenedAt: k.clock.Now(), LastInAt: k.clock.Now(), DueAt: k.clock.Now().Add(72 * time.Hour)}
	k.tx(func(tx *store.Store) error {
		citizen := &store.Citizen{Region: apptest.Region, Name: "Warga Contoh", Lang: "id"}
		if err := tx.AddCitizen(k.Context(), citizen); err != nil {
			return err
		}
		c.CitizenID = citizen.ID
		if i != nil {
			i.Region, i.CitizenID = apptest.Region, citizen.ID
			if err := tx.AddIdentity(k.Context(), i); err != nil {
				return err
			}
			c.IdentityID = i.ID
		}
		return tx.AddCase(k.Context(), c, "BAU", k.p.Location())
	})
	return c
}

func (k *kit) addOfficer(name, email, unit string) *store.Officer {
	k.Helper()
	x := &store.Officer{Name: name, Email: email, Roles: []store.Role{{Region: apptest.Region, Role: "officer", Unit: unit}}}
	k.must(k.s.AddOfficer(k.Context(), x))
	return x
}

func (k *kit) tx(fn func(tx *store.Store) error) {
	k.Helper()
	k.must(k.s.InTx(k.Context(), fn))
}

// owe owes the citizen a notice under an event of its own.
func (k *kit) owe(key string, opt Options) {
	k.Helper()
	k.event++
	k.tx(func(tx *store.Store) error {
		return k.o.Citizen(k.Context(), tx, k.p, k.c, fmt.Sprint("event-", k.event), key, opt)
	})
}

func (k *kit) step() {
	k.Helper()
	_, err := k.d.Step(k.Context())
	k.must(err)
}

// after moves the clock on and takes one step.
func (k *kit) after(d time.Duration) {
	k.Helper()
	k.clock.Advance(d)
	k.step()
}

func (k *kit) notices() []*store.Notification {
	k.Helper()
	list, err := k.s.Notifications(k.Context(), apptest.Region, k.c.ID)
	k.must(err)
	return list
}

// want compares the states of the case's notices, oldest first.
func (k *kit) want(states ...string) {
	k.Helper()
	var got []string
	for _, n := range k.notices() {
		got = append(got, n.State)
	}
	if !slices.Equal(got, states) {
		k.Fatalf("states %v, want %v", got, states)
	}
}

func (k *kit) wantSends(f *fake, n int) {
	k.Helper()
	if got := f.texts(); len(got) != n {
		k.Fatalf("%d sends, want %d: %q", len(got), n, got)
	}
}

func (k *kit) identity() *store.Identity {
	k.Helper()
	i, err := k.s.Identity(k.Context(), apptest.Region, k.to.ID)
	k.must(err)
	return i
}

func (k *kit) status(s channel.Status) {
	k.Helper()
	k.tx(func(tx *store.Store) error { return k.d.Status(k.Context(), tx, apptest.Region, s) })
}

func contains(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q is not in %q", w, text)
		}
	}
}
