package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tanggap/internal/apptest"
	"tanggap/internal/channel"
	"tanggap/internal/channel/whatsapp"
	"tanggap/internal/region"
	"tanggap/internal/store"
)

// TestFaults holds what follows every fault of a send: the state, and how many sends
// there were after a minute and after a day.
func TestFaults(t *testing.T) {
	for _, test := range []struct {
		fault  channel.Fault
		code   int
		after  time.Duration
		state  string
		minute int
		end    string
		reason string
	}{
		{channel.FaultRetry, 131000, 0, store.NoticeReady, 2, store.NoticeSent, ""},
		{channel.FaultSlow, 131056, 6 * time.Second, store.NoticeReady, 2, store.NoticeSent, ""},
		{channel.FaultSlow, 131048, time.Hour, store.NoticeReady, 1, store.NoticeSent, ""},
		{channel.FaultAccount, 190, 0, store.NoticeReady, 1, store.NoticeSent, ""},
		{channel.FaultWindow, 131047, 0, store.NoticeFailed, 1, store.NoticeFailed, reasonWindow},
		{channel.FaultUnreachable, 131026, 0, store.NoticeFailed, 1, store.NoticeFailed, reasonUnreachable},
		{channel.FaultMessage, 100, 0, store.NoticeFailed, 1, store.NoticeFailed, "penyedia menolak"},
		{channel.FaultTemplate, 132001, 0, store.NoticeFailed, 1, store.NoticeFailed, "penyedia menolak"},
		{channel.FaultUnknown, 0, 0, store.NoticeUnknown, 1, store.NoticeUnknown, reasonUnknown},
	} {
		t.Run(fmt.Sprint(test.fault, test.code), func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, s *store.Store) {
				k := newKit(t, s)
				k.wa.script = append(k.wa.script, refuse(test.fault, test.code, test.after))
				k.owe(region.TextReceived, Options{First: true})
				k.step()
				k.want(test.state)
				n := k.notices()[0]
				if n.ErrorCode != test.code || strings.Contains(n.Error, "0812") || n.Error == "" {
					t.Errorf("code %d, error %q", n.ErrorCode, n.Error)
				}
				k.after(time.Minute)
				k.wantSends(k.wa, test.minute)
				k.clock.Set(apptest.Start.Add(23 * time.Hour)) // morning, and the window is still open
				k.step()
				k.want(test.end)
				contains(t, k.notices()[0].Error, test.reason)
				if marked := !k.identity().UnreachableAt.IsZero(); marked != (test.fault == channel.FaultUnreachable) {
					t.Errorf("identity marked unreachable: %v", marked)
				}
			})
		})
	}
}

func TestErrorThatIsNoSendErrorIsUnknown(t *testing.T) {
	k := newKit(t, apptest.SQLite(t))
	k.wa.script = append(k.wa.script, func(channel.Outbound) (string, error) { return "", errors.New("odd") })
	k.owe(region.TextReceived, Options{First: true})
	k.step()
	k.want(store.NoticeUnknown)
}

func TestGivesUpAfterADay(t *testing.T) {
	k := newKit(t, apptest.SQLite(t))
	for range 100 {
		k.wa.script = append(k.wa.script, refuse(channel.FaultRetry, 131000, 0))
	}
	k.d.Template = func(*region.Pack, Content) *channel.Template { return &channel.Template{Name: "t"} }
	k.owe(region.TextReceived, Options{First: true, Urgent: true})
	begun := k.clock.Now()
	for k.notices()[0].State == store.NoticeReady {
		k.clock.Set(k.notices()[0].NotBeforeAt)
		k.step()
	}
	if d := k.clock.Now().Sub(begun); k.notices()[0].State != store.NoticeFailed || d < 23*time.Hour || d > 30*time.Hour {
		t.Errorf("%s after %s", k.notices()[0].State, d)
	}
}

func TestWindow(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		k := newKit(t, s)
		k.clock.Advance(25 * time.Hour)
		k.owe(region.TextInProgress, Options{})
		k.step()
		k.wantSends(k.wa, 0) // it would be lost: not even tried
		k.want(store.NoticeFailed)
		contains(t, k.notices()[0].Error, reasonWindow)

		k.d.Template = func(p *region.Pack, c Content) *channel.Template {
			return &channel.Template{Name: "status_berubah", Language: c.Lang, Params: []string{c.Args["number"]}}
		}
		k.owe(region.TextInProgress, Options{})
		k.step()
		k.want(store.NoticeFailed, store.NoticeSent)
		if tpl := k.wa.sent[0].Template; tpl == nil || tpl.Params[0] != k.c.Number {
			t.Errorf("template %+v", tpl)
		}
	})
}

func TestWindowThatMetaSeesClosed(t *testing.T) {
	for _, asynchronous := range []bool{false, true} {
		t.Run(fmt.Sprint(asynchronous), func(t *testing.T) {
			k := newKit(t, apptest.SQLite(t))
			k.d.Template = func(*region.Pack, Content) *channel.Template { return &channel.Template{Name: "status_berubah"} }
			if !asynchronous {
				k.wa.script = append(k.wa.script, refuse(channel.FaultWindow, 131047, 0))
			}
			k.owe(region.TextInProgress, Options{})
			k.step()
			if asynchronous {
				failed := channel.Status{ProviderID: "wamid.1", State: channel.Failed, Fault: channel.FaultWindow, ErrorCode: 131047}
				k.status(failed)
				k.status(failed)
			}
			k.want(store.NoticeReady)
			k.after(10 * time.Second)
			k.want(store.NoticeSent)
			if k.wa.sent[1].Template == nil {
				t.Error("no template")
			}
		})
	}
}

// TestCrashInMidCall is a process that dies after it marked the notice and before it
// heard the answer: nobody sends again, and a status settles it.
func TestCrashInMidCall(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		k := newKit(t, s)
		k.owe(region.TextReceived, Options{First: true})
		leased, err := s.LeaseNotifications(t.Context(), apptest.Region, "dead", 10)
		k.must(err)
		n := leased[0]
		n.State, n.AttemptID, n.LeasedAt = store.NoticeSending, "attempt", k.clock.Now()
		ok, err := s.SetNotification(t.Context(), n, store.NoticeLeased)
		k.must(err)
		if !ok {
			t.Fatal("not marked")
		}
		k.after(59 * time.Second)
		k.want(store.NoticeSending)
		k.after(11 * time.Second)
		k.want(store.NoticeUnknown)
		k.after(time.Hour)
		k.wantSends(k.wa, 0)
		k.status(channel.Status{ProviderID: "wamid.late", AttemptID: "attempt", State: channel.Delivered})
		k.want(store.NoticeSent)
		k.status(channel.Status{ProviderID: "wamid.late", State: channel.Read})
		if got := k.notices()[0].Delivery; got != string(channel.Read) {
			t.Errorf("delivery %q", got)
		}
	})
}

func TestCrashBeforeTheCall(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		k := newKit(t, s)
		k.owe(region.TextReceived, Options{First: true})
		_, err := s.LeaseNotifications(t.Context(), apptest.Region, "dead", 10)
		k.must(err)
		k.step()
		k.want(store.NoticeLeased)
		k.after(61 * time.Second)
		k.want(store.NoticeSent)
		k.wantSends(k.wa, 1)
	})
}

// TestUrgentIsRepeatedOnce covers the one blind repetition there is.
func TestUrgentIsRepeatedOnce(t *testing.T) {
	unknown := refuse(channel.FaultUnknown, 0, 0)
	for _, test := range []struct {
		name   string
		before func(k *kit) // what happens within the ten minutes
		sends  int
		states []string
	}{
		{"nothing heard", func(*kit) {}, 2, []string{store.NoticeUnknown, store.NoticeSent}},
		{"it had arrived", func(k *kit) {
			k.status(channel.Status{ProviderID: "wamid.x", AttemptID: k.wa.sent[0].AttemptID, State: channel.Delivered})
		}, 1, []string{store.NoticeSent, Dropped}},
	} {
		t.Run(test.name, func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, s *store.Store) {
				k := newKit(t, s)
				k.wa.script = append(k.wa.script, unknown)
				k.owe(region.TextEmergency, Options{Urgent: true, First: true})
				k.step()
				k.after(9 * time.Minute)
				k.wantSends(k.wa, 1)
				test.before(k)
				k.after(2 * time.Minute)
				k.after(time.Hour)
				k.wantSends(k.wa, test.sends)
				k.want(test.states...)
				if test.sends == 2 {
					contains(t, k.wa.sent[1].Text, "(ulang) "+k.wa.sent[0].Text)
				}
			})
		})
	}
}

func TestSentUrgentIsNotRepeated(t *testing.T) {
	k := newKit(t, apptest.SQLite(t))
	k.wa.script = append(k.wa.script, refuse(channel.FaultSlow, 130429, 15*time.Minute))
	k.owe(region.TextEmergency, Options{Urgent: true, First: true})
	k.step()
	k.after(11 * time.Minute)
	k.wantSends(k.wa, 1) // the repetition waits as long as the first is on its way
	for range 10 {
		k.after(10 * time.Minute)
	}
	k.want(store.NoticeSent, Dropped)
	k.wantSends(k.wa, 2)
}

func TestStatusesInAnyOrder(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		k := newKit(t, s)
		k.owe(region.TextReceived, Options{First: true})
		k.step()
		for _, test := range []struct {
			news     channel.DeliveryState
			delivery string
			state    string
		}{
			{channel.Failed, "failed", store.NoticeFailed}, // one of several devices
			{channel.Sent, "failed", store.NoticeFailed},
			{channel.Read, "read", store.NoticeSent},
			{channel.Delivered, "read", store.NoticeSent},
			{channel.Failed, "read", store.NoticeSent},
			{channel.Sent, "read", store.NoticeSent},
		} {
			k.status(channel.Status{ProviderID: "wamid.1", State: test.news, Fault: channel.FaultMessage, ErrorCode: 131049, ErrorText: "x"})
			if n := k.notices()[0]; n.Delivery != test.delivery || n.State != test.state {
				t.Errorf("after %s: %s, %s", test.news, n.Delivery, n.State)
			}
		}
		k.status(channel.Status{ProviderID: "wamid.stranger", AttemptID: "stranger", State: channel.Read})
		k.status(channel.Status{State: channel.Read})
	})
}

// TestStatusOvertakesTheAnswer is a webhook that comes while Send still runs.
func TestStatusOvertakesTheAnswer(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		k := newKit(t, s)
		k.wa.script = append(k.wa.script, func(out channel.Outbound) (string, error) {
			k.status(channel.Status{AttemptID: out.AttemptID, State: channel.Delivered})
			return "wamid.fast", nil
		})
		k.owe(region.TextReceived, Options{First: true})
		k.step()
		k.want(store.NoticeSent)
		k.status(channel.Status{ProviderID: "wamid.fast", State: channel.Read})
		if got := k.notices()[0].Delivery; got != "read" {
			t.Errorf("delivery %q", got)
		}
		if m, err := s.MessageByExternal(t.Context(), apptest.Region, "wamid.fast"); err != nil || m == nil {
			t.Errorf("message %v, %v", m, err)
		}
	})
}

func TestFailedLater(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		k := newKit(t, s)
		k.owe(region.TextReceived, Options{First: true})
		k.step()
		k.status(channel.Status{ProviderID: "wamid.1", State: channel.Failed, Fault: channel.FaultRetry, ErrorCode: 131000})
		k.want(store.NoticeReady)
		k.after(10 * time.Second)
		k.want(store.NoticeSent)
		k.status(channel.Status{ProviderID: "wamid.2", State: channel.Failed, Fault: channel.FaultUnreachable, ErrorCode: 131026})
		k.want(store.NoticeFailed)
		if k.identity().UnreachableAt.IsZero() {
			t.Error("identity not marked")
		}
		k.owe(region.TextInProgress, Options{})
		k.step()
		k.want(store.NoticeFailed, store.NoticeFailed)
		k.wantSends(k.wa, 2)
	})
}

func TestUnreachableTurnsToAnotherContact(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		k := newKit(t, s)
		mail := &fake{}
		k.d.Senders[byMail] = mail
		k.tx(func(tx *store.Store) error {
			return tx.AddIdentity(t.Context(), &store.Identity{Region: apptest.Region, CitizenID: k.c.CitizenID, Channel: channel.Email,
				Account: "m", External: "warga@contoh.example", Email: "warga@contoh.example", VerifiedAt: k.clock.Now()})
		})
		k.wa.script = append(k.wa.script, refuse(channel.FaultUnreachable, 131026, 0))
		k.owe(region.TextReceived, Options{First: true})
		k.step()
		k.step()
		k.want(store.NoticeSent)
		k.owe(region.TextInProgress, Options{})
		k.step()
		k.wantSends(k.wa, 1)
		k.wantSends(mail, 2)
	})
}

func TestAccountStopsItsChannelOnly(t *testing.T) {
	k := newKit(t, apptest.SQLite(t))
	k.addOfficer("Jaga Satu", "damkar@baubau.example", "DAMKAR")
	k.wa.script = append(k.wa.script, refuse(channel.FaultAccount, 190, 0))
	k.owe(region.TextReceived, Options{First: true})
	k.step()
	k.owe("", Options{Text: "Halo", Author: "officer:1"})
	k.tx(func(tx *store.Store) error { _, err := k.o.OnDuty(t.Context(), tx, k.p, k.c, "alarm"); return err })
	k.after(time.Minute)
	k.wantSends(k.wa, 1)
	k.wantSends(k.desk, 1)
	k.after(accountWait)
	k.after(10 * time.Second) // the second waits behind the first
	k.wantSends(k.wa, 3)
	if got := k.wa.texts(); got[2] != "Halo" {
		t.Errorf("order %q", got)
	}
}

func TestSwitches(t *testing.T) {
	k := newKit(t, apptest.SQLite(t))
	off, stopped := true, true
	k.d.Off = func() bool { return off }
	k.d.Stopped = func(_, ch string) bool { return stopped && ch == channel.WhatsApp }
	k.owe(region.TextReceived, Options{First: true})
	k.step()
	k.want(store.NoticeReady)
	off = false
	k.step()
	k.wantSends(k.wa, 0)
	k.want(store.NoticeReady)
	stopped = false
	k.after(stoppedWait)
	k.want(store.NoticeSent)
}

func TestMissingChannelFailsVisibly(t *testing.T) {
	k := newKit(t, apptest.SQLite(t))
	delete(k.d.Senders, onWhatsApp)
	k.owe(region.TextReceived, Options{First: true})
	k.step()
	k.want(store.NoticeFailed)
	contains(t, k.notices()[0].Error, reasonNoChannel)
}

func TestPaceKeepsOrder(t *testing.T) {
	k := newKit(t, apptest.SQLite(t))
	k.d.Pacers[onWhatsApp] = whatsapp.NewPace(whatsapp.PairGap, 100)
	for i := range 4 {
		k.owe("", Options{Text: fmt.Sprint("kata ", i), Author: "officer:1"})
	}
	for i := range 4 {
		k.step()
		k.wantSends(k.wa, i+1)
		k.after(whatsapp.PairGap - time.Second)
		k.wantSends(k.wa, i+1)
		k.clock.Advance(time.Second)
	}
	for i, text := range k.wa.texts() {
		if text != fmt.Sprint("kata ", i) {
			t.Errorf("order %q", k.wa.texts())
		}
	}
}

func TestRefusedNoticeKeepsItsPlace(t *testing.T) {
	k := newKit(t, apptest.SQLite(t))
	k.wa.script = append(k.wa.script, refuse(channel.FaultRetry, 131000, time.Minute))
	k.owe("", Options{Text: "satu", Author: "officer:1"})
	k.owe("", Options{Text: "dua", Author: "officer:1"})
	k.step()
	for range 6 {
		k.after(30 * time.Second)
	}
	if got := strings.Join(k.wa.texts(), " "); got != "satu satu dua" {
		t.Errorf("order %q", got)
	}
}

func TestDisabledOfficerIsNotTold(t *testing.T) {
	k := newKit(t, apptest.SQLite(t))
	x := k.addOfficer("Jaga Satu", "damkar@baubau.example", "DAMKAR")
	k.tx(func(tx *store.Store) error { _, err := k.o.OnDuty(t.Context(), tx, k.p, k.c, "alarm"); return err })
	x.DisabledAt = k.clock.Now()
	k.must(k.s.SetOfficer(t.Context(), x))
	k.step()
	k.want(store.NoticeFailed)
	k.wantSends(k.desk, 0)
}

func TestErasedCitizenIsNotTold(t *testing.T) {
	k := newKit(t, apptest.SQLite(t))
	k.owe(region.TextReceived, Options{First: true})
	_, err := k.s.SQL().ExecContext(t.Context(), "UPDATE notifications SET body_ct = NULL")
	k.must(err)
	k.step()
	k.want(Dropped)
}

// TestTwoNodes has two dispatchers race for a hundred notices.
func TestTwoNodes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		k := newKit(t, s)
		const many = 100
		for i := range many {
			k.c = k.addCase(&store.Identity{Channel: channel.WhatsApp, Account: "1", External: fmt.Sprint("62812000", 1000+i),
				VerifiedAt: k.clock.Now(), LastInboundAt: k.clock.Now()})
			k.owe("", Options{Text: fmt.Sprint("kata ", i), Author: "officer:1"})
		}
		var wg sync.WaitGroup
		for _, d := range []*Dispatcher{k.d, k.node(s)} {
			wg.Go(func() {
				for {
					if n, err := d.Step(context.Background()); err != nil || n == 0 {
						if err != nil {
							t.Error(err)
						}
						return
					}
				}
			})
		}
		wg.Wait()
		seen := map[string]int{}
		for _, text := range k.wa.texts() {
			seen[text]++
		}
		if len(seen) != many || len(k.wa.texts()) != many {
			t.Errorf("%d sends of %d notices", len(k.wa.texts()), len(seen))
		}
	})
}

func TestRun(t *testing.T) {
	k := newKit(t, apptest.SQLite(t))
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	ctx, cancel := context.WithCancel(t.Context())
	done, sent := make(chan error), make(chan string)
	answer := func(out channel.Outbound) (string, error) { sent <- out.Text; return "wamid", nil }
	k.wa.script = append(k.wa.script, answer, answer)
	tick := make(chan time.Time)
	k.d.Tick = tick
	go func() { done <- k.d.Run(ctx) }()
	k.owe("", Options{Text: "satu", Author: "officer:1"})
	k.d.Signal()
	k.d.Signal()
	if got := <-sent; got != "satu" {
		t.Error(got)
	}
	k.owe("", Options{Text: "dua", Author: "officer:1"})
	var got string
	for got == "" {
		select {
		case tick <- time.Time{}:
		case got = <-sent:
		}
	}
	// A call that has begun is finished and recorded.
	cancel()
	if err := <-done; err != nil || got != "dua" {
		t.Error(got, err)
	}
	k.want(store.NoticeSent, store.NoticeSent)
}
