package notify

import (
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/channel"
	"tanggap/internal/region"
	"tanggap/internal/store"
)

func TestOfficersTryOneWayAfterTheOther(t *testing.T) {
	to := channel.Address{ExternalID: "o1", Phone: "+628110000002", Email: "jaga@baubau.example"}
	alarm := channel.Outbound{To: to, Text: "bahaya", Template: &channel.Template{Name: "alarm"}}
	plain := channel.Outbound{To: to, Text: "ringkasan"}
	for _, test := range []struct {
		name          string
		out           channel.Outbound
		refuse        [2]bool
		number, mails int
		fails         bool
	}{
		{"alarm by template", alarm, [2]bool{}, 1, 0, false},
		{"then by mail", alarm, [2]bool{true, false}, 1, 1, false},
		{"nobody was told", alarm, [2]bool{true, true}, 1, 1, true},
		{"no template, so mail", plain, [2]bool{}, 0, 1, false},
		{"no contact: the inbox is enough", channel.Outbound{Text: "x"}, [2]bool{}, 0, 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			wa, mail := &fake{}, &fake{}
			for i, f := range []*fake{wa, mail} {
				if test.refuse[i] {
					f.script = append(f.script, refuse(channel.FaultRetry, 0, 0))
				}
			}
			_, err := (Officers{Ways: []OfficerWay{ByTemplate(wa), ByMail(mail)}}).Send(t.Context(), test.out)
			if len(wa.sent) != test.number || len(mail.sent) != test.mails || (err != nil) != test.fails {
				t.Errorf("%d by number, %d by mail, %v", len(wa.sent), len(mail.sent), err)
			}
			for _, m := range mail.sent {
				if m.Template != nil || m.To.Phone != "" || m.To.Email == "" {
					t.Errorf("mail %+v", m)
				}
			}
		})
	}
}

// TestAlarmReachesOfficerByTemplateOrMail holds what an officer hears outside of the
// program: alarms by the configured template, all else by mail, and nothing of a
// secret case but its number.
func TestAlarmReachesOfficerByTemplateOrMail(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		k := newKit(t, s)
		x := k.addOfficer("Jaga Satu", "damkar@baubau.example", "DAMKAR")
		x.Phone = "+628110000002"
		k.must(s.SetOfficer(t.Context(), x))
		wa, mail := &fake{}, &fake{}
		k.d.Senders[toOfficers] = Officers{Ways: []OfficerWay{ByTemplate(wa), ByMail(mail)}}
		k.d.Template = func(_ *region.Pack, c Content) *channel.Template {
			if c.Key != region.OfficerAlarm {
				return nil
			}
			return &channel.Template{Name: "alarm", Language: "id", Params: []string{c.Args["number"]}}
		}
		k.tx(func(tx *store.Store) error { _, err := k.o.OnDuty(t.Context(), tx, k.p, k.c, "alarm"); return err })
		k.step()
		if len(wa.sent) != 1 || wa.sent[0].Template.Params[0] != k.c.Number || len(mail.sent) != 0 {
			t.Fatalf("%+v, %+v", wa.sent, mail.sent)
		}
		k.tx(func(tx *store.Store) error { return k.o.Escalate(t.Context(), tx, k.p, k.c, "due", false) })
		k.step()
		if len(mail.sent) != 1 || mail.sent[0].To.Email != x.Email || mail.sent[0].MessageID == "" {
			t.Fatalf("%+v", mail.sent)
		}
		contains(t, mail.sent[0].Subject, k.c.Number)
	})
}

// TestChannelIsTried holds what an administrator learns who sends himself a message: that
// the provider took it, that it arrived, or why not; and that it takes the citizens' way.
func TestChannelIsTried(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		k := newKit(t, s)
		x := k.addOfficer("Admin Contoh", "admin@baubau.example", "")
		x.Phone = "+628110000003"
		k.must(s.SetOfficer(t.Context(), x))
		mail, wa := &fake{}, &fake{}
		wa.script = append(wa.script, refuse(channel.FaultRetry, 0, 0))
		k.d.Senders[byMail], k.d.Senders[onWhatsApp] = mail, wa
		try := func(ch string) *store.Notification {
			t.Helper()
			k.tx(func(tx *store.Store) error { return k.o.Test(t.Context(), tx, k.p, x.ID, ch) })
			k.step()
			tests, err := s.LastTests(t.Context(), apptest.Region)
			k.must(err)
			return tests[ch]
		}
		if n := try(channel.Email); n.State != store.NoticeSent || len(mail.sent) != 1 || mail.sent[0].To.Email != x.Email {
			t.Errorf("%s, %+v", n.State, mail.sent)
		}
		contains(t, mail.sent[0].Text, "pesan uji", k.p.PublicName())
		if n := try(channel.WhatsApp); n.State != store.NoticeReady || n.Error == "" || wa.sent[0].To.Phone != x.Phone {
			t.Errorf("%s, %q, %+v", n.State, n.Error, wa.sent)
		}
		k.clock.Advance(time.Minute)
		if n := try(channel.WhatsApp); n.State != store.NoticeSent || n.CreatedAt.Before(k.clock.Now().Add(-time.Second)) {
			t.Errorf("the newest test is not the one told: %s of %s", n.State, n.CreatedAt)
		}
		delete(k.d.Senders, byMail)
		if n := try(channel.Email); n.State != store.NoticeFailed || n.Error != reasonNoChannel {
			t.Errorf("%s, %q", n.State, n.Error)
		}
	})
}
