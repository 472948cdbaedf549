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

// mailKit is a kit whose citizen wrote by mail.
func mailKit(t *testing.T, s *store.Store, verified bool) (*kit, *fake) {
	t.Helper()
	k := newKit(t, s)
	mail := &fake{}
	k.d.Senders[byMail] = mail
	k.to = k.writer("warga@contoh.example", verified)
	k.c = k.addCase(k.to)
	return k, mail
}

func (k *kit) writer(address string, verified bool) *store.Identity {
	i := &store.Identity{Channel: channel.Email, Account: "lapor@kota.example", External: address, Email: address}
	if verified {
		i.VerifiedAt = k.clock.Now()
	}
	return i
}

// say stores a mail of the citizen in the case.
func (k *kit) say(id string) {
	k.tx(func(tx *store.Store) error {
		return tx.AddMessage(k.Context(), &store.Message{Region: apptest.Region, CaseID: k.c.ID, CitizenID: k.c.CitizenID, IdentityID: k.to.ID,
			Direction: store.In, Channel: channel.Email, Kind: "text", Author: "citizen", Body: "lampu mati", External: id})
	})
}

func TestMailIsPartOfItsConversation(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		k, mail := mailKit(t, s, true)
		k.say("1@contoh.example")
		k.owe(region.TextReceived, Options{First: true})
		k.step()
		k.owe(region.TextInProgress, Options{})
		k.step()
		k.wantSends(mail, 2)
		first, second := mail.sent[0], mail.sent[1]
		notices := k.notices()
		if first.MessageID != notices[0].ID+"@lapor.example" || second.MessageID != notices[1].ID+"@lapor.example" {
			t.Errorf("Message-IDs %q, %q", first.MessageID, second.MessageID)
		}
		if got := fmt.Sprint(second.References); got != fmt.Sprint([]string{"1@contoh.example", first.MessageID}) {
			t.Errorf("References %s", got)
		}
		if first.InReplyTo != "1@contoh.example" || !first.Automatic || second.Automatic || notices[1].Automatic {
			t.Errorf("%+v, %+v", first, second)
		}
		keys, err := s.RegionKeys(t.Context(), apptest.Region)
		k.must(err)
		if id, ok := ThreadCase(keys, first.Thread); !ok || id != k.c.ID {
			t.Errorf("token %q names %q", first.Thread, id)
		}
		contains(t, first.Subject, "["+k.c.Number+"]")
		contains(t, first.Text, "BERHENTI")
		// An answer to it finds its message.
		m, err := s.MessageByExternal(t.Context(), apptest.Region, first.MessageID)
		k.must(err)
		if m == nil || m.Direction != store.Out {
			t.Error("the mail's own name does not find its message")
		}
	})
}

func TestLongConversationNamesItsFirstAndLastMails(t *testing.T) {
	k, mail := mailKit(t, apptest.SQLite(t), true)
	for i := range 40 {
		k.say(fmt.Sprintf("%d@contoh.example", i))
	}
	k.owe(region.TextReceived, Options{})
	k.step()
	if r := mail.sent[0].References; len(r) != maxReferences || r[0] != "0@contoh.example" || r[19] != "39@contoh.example" {
		t.Errorf("%q", r)
	}
}

// TestUnknownMailIsTriedOnceMore covers the second try under the same name, also
// after a crash in mid-call, and that there is no third.
func TestUnknownMailIsTriedOnceMore(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		k, mail := mailKit(t, s, true)
		unknown := refuse(channel.FaultUnknown, 0, 0)
		mail.script = append(mail.script, unknown, unknown)
		k.owe(region.TextReceived, Options{First: true, Urgent: true})
		k.step()
		k.want(store.NoticeUnknown)
		k.after(9 * time.Minute)
		k.wantSends(mail, 1)
		k.after(2 * time.Minute)
		k.wantSends(mail, 2)
		k.after(time.Hour)
		k.wantSends(mail, 2)
		k.want(store.NoticeUnknown)
		if mail.sent[0].MessageID != mail.sent[1].MessageID {
			t.Error("the second try is another mail")
		}
		// A bounce names the mail although we never heard that it was taken.
		k.status(channel.Status{ProviderID: mail.sent[0].MessageID, State: channel.Failed, Fault: channel.FaultUnreachable, ErrorText: "5.1.1"})
		k.want(store.NoticeFailed)
		if k.identity().UnreachableAt.IsZero() {
			t.Error("the address is not marked")
		}
	})
}

func TestBounceTurnsToAnotherContact(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		k, mail := mailKit(t, s, true)
		k.tx(func(tx *store.Store) error {
			return tx.AddIdentity(t.Context(), &store.Identity{Region: apptest.Region, CitizenID: k.c.CitizenID, Channel: channel.WhatsApp,
				Account: "1", External: "628110000077", Phone: "+628110000077", VerifiedAt: k.clock.Now(), LastInboundAt: k.clock.Now()})
		})
		k.owe(region.TextReceived, Options{First: true})
		k.step()
		k.want(store.NoticeSent)
		bounce := channel.Status{ProviderID: mail.sent[0].MessageID, State: channel.Failed, Fault: channel.FaultUnreachable, ErrorText: "5.1.1 no such user"}
		k.status(bounce)
		k.status(bounce) // told twice
		k.step()
		k.want(store.NoticeSent)
		k.wantSends(k.wa, 1)
		k.wantSends(mail, 1)
	})
}

// TestUnverifiedWriterByMail holds what an address hears that may be a stranger's:
// the receipt of each case and how to confirm, nothing of the case's words.
func TestUnverifiedWriterByMail(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		k, mail := mailKit(t, s, false)
		k.say("1@contoh.example")
		k.owe(region.TextReceived, Options{First: true, Lead: region.TextEmergencyNoNumber})
		k.owe(region.TextInProgress, Options{})
		k.owe("", Options{Text: "Kami datang besok.", Author: "officer:1"})
		k.owe(region.TextReceived, Options{First: true})
		k.step()
		k.wantSends(mail, 1)
		got := mail.sent[0]
		contains(t, got.Text, k.c.Number, "https://lapor.example/lacak/"+k.c.Code, "https://lapor.example/confirm/", k.p.Text("id", region.TextEmergencyNoNumber, nil)[:20])
		contains(t, got.Subject, k.c.Number)
		if strings.Contains(got.Text, k.c.Link) || strings.Contains(got.Text+got.Subject, "lampu") {
			t.Errorf("says too much: %q", got.Text)
		}
		if !got.Automatic || got.Thread == "" {
			t.Errorf("%+v", got)
		}
		token := got.Text[strings.Index(got.Text, "/confirm/")+len("/confirm/"):]
		token, _, _ = strings.Cut(token, "\n")
		k.tx(func(tx *store.Store) error { _, err := k.o.Confirm(t.Context(), tx, k.p, token); return err })
		k.owe(region.TextInProgress, Options{})
		k.step()
		k.wantSends(mail, 2)
		contains(t, mail.sent[1].Text, k.c.Link)
	})
}

// TestAutomaticAnswersAreLimited counts what one address gets, whatever it writes.
func TestAutomaticAnswersAreLimited(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		for i, test := range []struct {
			name     string
			verified bool
			newCase  bool
			every    time.Duration
			tries    int
			sent     int
		}{
			{"one case, one answer a day", true, false, 10 * time.Minute, 12, 1},
			{"and another the next day", true, false, 25 * time.Hour, 2, 2},
			{"many cases, five a day", true, true, 10 * time.Minute, 12, 5},
			{"unverified, one an hour", false, true, 10 * time.Minute, 6, 1},
			{"unverified, later again", false, true, 61 * time.Minute, 8, 5},
		} {
			t.Run(test.name, func(t *testing.T) {
				k := newKitWithout(t, s)
				k.clock.Set(apptest.Start)
				mail := &fake{}
				k.d.Senders[byMail] = mail
				k.to = k.writer(fmt.Sprintf("robot%d@contoh.example", i), test.verified)
				k.c = k.addCase(k.to)
				cases := []*store.Case{k.c}
				for i := range test.tries {
					if i > 0 && test.newCase {
						c := *k.c
						c.ID = ""
						k.tx(func(tx *store.Store) error { return tx.AddCase(t.Context(), &c, "BAU", k.p.Location()) })
						k.c = &c
						cases = append(cases, k.c)
					}
					k.c.LastInAt = k.clock.Now()
					k.owe(region.TextReceived, Options{First: true})
					k.step()
					k.after(test.every)
				}
				k.wantSends(mail, test.sent)
				dropped := 0
				for _, c := range cases {
					k.c = c
					for _, n := range k.notices() {
						if n.State == Dropped && n.Error == reasonAutomatic {
							dropped++
						}
					}
				}
				if dropped != test.tries-test.sent {
					t.Errorf("%d are shown as dropped", dropped)
				}
				// What is no automatic answer goes out all the same.
				if test.verified {
					k.owe("", Options{Text: "Kami datang besok.", Author: "officer:1"})
					k.step()
					k.wantSends(mail, test.sent+1)
				}
			})
		}
	})
}

// TestBreakerStopsAutomaticAnswers has many addresses write at once: the region's
// breaker trips, shows, and closes again by itself.
func TestBreakerStopsAutomaticAnswers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		k, mail := mailKit(t, s, true)
		shown := func(want string) {
			t.Helper()
			signs, err := s.Signs(t.Context(), apptest.Region, channel.Email)
			k.must(err)
			got := ""
			for _, x := range signs {
				if x.Sign == SignAutomatic {
					got = x.Value
				}
			}
			if got != want {
				t.Errorf("sign %q, want %q", got, want)
			}
		}
		for i := range automaticFloor + 20 {
			k.c = k.addCase(k.writer(fmt.Sprintf("robot%d@contoh.example", i), true))
			k.owe(region.TextReceived, Options{First: true})
			k.clock.Advance(time.Second)
		}
		for range 10 {
			k.step()
		}
		if n := len(mail.sent); n < automaticFloor || n > automaticFloor+parallel {
			t.Errorf("%d automatic answers in an hour", n)
		}
		shown(SignStopped)
		k.owe("", Options{Text: "Kami datang besok.", Author: "officer:1"})
		before := len(mail.sent)
		k.step()
		k.wantSends(mail, before+1)
		k.clock.Advance(2 * time.Hour)
		k.c = k.addCase(k.writer("manusia@contoh.example", true))
		k.owe(region.TextReceived, Options{First: true})
		k.step()
		k.wantSends(mail, before+2)
		shown(SignRunning)
	})
}
