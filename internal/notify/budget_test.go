package notify

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/channel"
	"tanggap/internal/region"
	"tanggap/internal/store"
)

func (k *kit) budget() Budget {
	k.Helper()
	b, err := k.d.Budget(k.Context(), k.p, channel.WhatsApp)
	k.must(err)
	return b
}

// spend counts n messages that cost something.
func (k *kit) spend(n int) {
	k.Helper()
	k.tx(func(tx *store.Store) error {
		for range n {
			if err := tx.Charge(k.Context(), apptest.Region, channel.WhatsApp, month(k.p, k.clock.Now()), "", "utility.billed"); err != nil {
				return err
			}
		}
		return nil
	})
}

// TestMessagesAreCountedOnce follows one message through what we assume and what the
// provider says, late, twice and in any order.
func TestMessagesAreCountedOnce(t *testing.T) {
	sent := func(s channel.Status) func(k *kit) { return func(k *kit) { s.ProviderID = "wamid.1"; k.status(s) } }
	free := sent(channel.Status{State: channel.Sent, Category: "service"})
	paid := sent(channel.Status{State: channel.Delivered, Category: "utility", Billable: true})
	for _, test := range []struct {
		name  string
		steps []func(k *kit)
		want  string
		used  int64
	}{
		{"assumed", nil, "map[service:1]", 1},
		{"free", []func(k *kit){free, free}, "map[service:0 service.free:1]", 0},
		{"charged, and another category", []func(k *kit){paid, paid}, "map[service:0 utility.billed:1]", 1},
		{"no word about the price", []func(k *kit){sent(channel.Status{State: channel.Read})}, "map[service:1]", 1},
		{"failed", []func(k *kit){sent(channel.Status{State: channel.Failed, Fault: channel.FaultMessage})}, "map[service:0]", 0},
		{"failed, yet arrived", []func(k *kit){sent(channel.Status{State: channel.Failed, Fault: channel.FaultMessage}), paid},
			"map[service:0 utility.billed:1]", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, s *store.Store) {
				k := newKit(t, s)
				k.owe(region.TextReceived, Options{First: true})
				k.step()
				for _, step := range test.steps {
					step(k)
				}
				b := k.budget()
				if got := fmt.Sprint(b.Counts); got != test.want || b.Used != test.used || b.Month != "2026-03" {
					t.Errorf("%s used %d in %s, want %s used %d", got, b.Used, b.Month, test.want, test.used)
				}
			})
		})
	}
}

func TestBudgetLevels(t *testing.T) {
	k := newKit(t, apptest.SQLite(t))
	k.tx(func(tx *store.Store) error {
		for what, n := range map[string]int{"service": 30, "service.free": 15, "service.billed": 5, "utility": 2, "utility.free": 9} {
			for range n {
				if err := tx.Charge(t.Context(), apptest.Region, channel.WhatsApp, "2026-03", "", what); err != nil {
					return err
				}
			}
		}
		return nil
	})
	for _, test := range []struct {
		limit Limit
		used  int64
		level Level
	}{
		{Limit{0, 0}, 37, LevelNormal},
		{Limit{37, 0}, 37, LevelScarce},
		{Limit{40, 0}, 37, LevelMerge},
		{Limit{47, 0}, 37, LevelNormal},
		{Limit{40, 20}, 32, LevelMerge},   // five of the allowance are left for the thirty
		{Limit{40, 1000}, 7, LevelNormal}, // all thirty will be free
	} {
		k.d.Limits[onWhatsApp] = test.limit
		if b := k.budget(); b.Used != test.used || b.Level != test.level {
			t.Errorf("%+v: used %d, %s", test.limit, b.Used, b.Level)
		}
	}
	k.clock.Set(time.Date(2026, 3, 31, 17, 0, 0, 0, time.UTC)) // April in Baubau
	if b := k.budget(); b.Month != "2026-04" || b.Used != 0 {
		t.Errorf("%+v", b)
	}
}

// TestNearTheLimitNoticesAreMerged has three cases of one citizen change.
func TestNearTheLimitNoticesAreMerged(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		k := newKit(t, s)
		k.d.Limits[onWhatsApp] = Limit{Messages: 100}
		k.spend(80)
		cases := []*store.Case{k.c}
		for range 2 {
			c := *k.c
			k.tx(func(tx *store.Store) error { return tx.AddCase(t.Context(), &c, "BAU", k.p.Location()) })
			cases = append(cases, &c)
		}
		for i, c := range cases {
			k.c = c
			k.owe(region.TextAssigned, Options{})
			if i == 2 { // the newer one stands for both
				k.owe(region.TextInProgress, Options{})
			}
			k.after(5 * time.Minute)
		}
		k.owe("", Options{Text: "Kami datang besok.", Author: "officer:1"})
		k.step()
		k.wantSends(k.wa, 1) // an officer's words wait for nothing
		k.after(mergeWindow)
		k.wantSends(k.wa, 2)
		words := k.wa.texts()[1]
		contains(t, words, "3 laporan", cases[0].Number, cases[1].Number, cases[2].Number)
		merged := 0
		for _, c := range cases {
			k.c = c
			for _, n := range k.notices() {
				if n.State == Dropped && strings.HasPrefix(n.Error, "merged into") {
					merged++
				}
			}
		}
		if merged != 2 {
			t.Errorf("%d merged notices", merged)
		}
		// Once a day for a case is enough.
		k.c = cases[0]
		k.to.LastInboundAt = k.clock.Now().Add(30 * time.Hour)
		k.owe(region.TextDueChanged, Options{})
		k.after(5 * time.Hour)
		k.wantSends(k.wa, 2)
		k.owe(region.TextOverdue, Options{Urgent: true})
		k.step()
		k.wantSends(k.wa, 3) // what is urgent is not asked about
	})
}

// TestMergedNoticeKeepsItsWords covers a merged message that the provider refuses at
// first: what it says of the others is not lost.
func TestMergedNoticeKeepsItsWords(t *testing.T) {
	k := newKit(t, apptest.SQLite(t))
	k.d.Limits[onWhatsApp] = Limit{Messages: 100}
	k.spend(80)
	k.owe(region.TextAssigned, Options{})
	c := *k.c
	k.tx(func(tx *store.Store) error { return tx.AddCase(t.Context(), &c, "BAU", k.p.Location()) })
	k.c = &c
	k.owe(region.TextAssigned, Options{})
	k.wa.script = append(k.wa.script, refuse(channel.FaultRetry, 131000, 0))
	k.after(2 * mergeWindow)
	k.after(time.Minute)
	k.wantSends(k.wa, 2)
	if texts := k.wa.texts(); texts[0] != texts[1] || !strings.Contains(texts[1], "2 laporan") {
		t.Errorf("%q", texts)
	}
}

// TestSpentBudget holds what goes out when nothing is left, and that what does not
// is shown.
func TestSpentBudget(t *testing.T) {
	k := newKit(t, apptest.SQLite(t))
	k.d.Limits[onWhatsApp] = Limit{Messages: 10}
	k.spend(10)
	for _, test := range []struct {
		key  string
		opt  Options
		goes bool
	}{
		{region.TextReceived, Options{First: true}, true},
		{region.TextReceivedSecret, Options{First: true}, true},
		{"", Options{Text: "Kami datang besok.", Author: "officer:1"}, true},
		{region.TextAnswered, Options{Author: "officer:1"}, true},
		{region.TextAskedByOfficer, Options{}, true},
		{region.TextAskPlace, Options{First: true}, true},
		{region.TextEmergency, Options{Urgent: true}, true},
		{region.TextInProgress, Options{Urgent: true}, true},
		{region.TextInProgress, Options{}, false},
		{region.TextClosedSilence, Options{}, false},
		{region.TextAdded, Options{First: true}, false},
	} {
		before := len(k.wa.texts())
		k.owe(test.key, test.opt)
		k.step()
		if goes := len(k.wa.texts()) > before; goes != test.goes {
			t.Errorf("%q %+v: goes %v", test.key, test.opt, goes)
		}
		k.clock.Advance(10 * time.Second)
	}
	dropped := 0
	for _, n := range k.notices() {
		if n.State == Dropped {
			dropped++
			contains(t, n.Error, "anggaran", "10 pesan bulan 2026-03")
		}
	}
	if dropped != 3 {
		t.Errorf("%d dropped", dropped)
	}
}
