package notify

import (
	"strings"
	"testing"
	"time"

	"tanggap/internal/apptest"
	"tanggap/internal/channel"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

func TestCitizenIsToldNumberDueAndLink(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		k := newKit(t, s)
		k.owe(region.TextReceived, Options{First: true})
		k.step()
		k.want(store.NoticeSent)
		out := k.wa.sent[0]
		contains(t, out.Text, "*"+k.c.Number+"*", "https://lapor.example/l/"+k.c.Link, "Sabtu, 7 Maret 2026 pukul 10.00 WITA")
		if out.To.ExternalID != k.to.External || out.To.Phone != k.to.Phone || out.AttemptID == "" {
			t.Errorf("to %+v, attempt %q", out.To, out.AttemptID)
		}
		// The words stand in the conversation, and a reply to them finds the case.
		m, err := s.MessageByExternal(t.Context(), apptest.Region, "wamid.1")
		k.must(err)
		if m == nil || m.CaseID != k.c.ID || m.Direction != store.Out || m.Author != "system" {
			t.Fatalf("message %+v", m)
		}
		contains(t, m.Body, k.c.Link)
		if strings.Contains(m.Body, "*") || m.Masked != "" {
			t.Errorf("body %q, masked %q", m.Body, m.Masked)
		}
	})
}

func TestOwedOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		k := newKit(t, s)
		for range 2 {
			k.tx(func(tx *store.Store) error {
				return k.o.Citizen(t.Context(), tx, k.p, k.c, "same", region.TextReceived, Options{})
			})
		}
		k.step()
		k.wantSends(k.wa, 1)
		if list, err := s.Messages(t.Context(), apptest.Region, k.c.ID); err != nil || len(list) != 1 {
			t.Errorf("%d messages, %v", len(list), err)
		}
	})
}

func TestOfficersWords(t *testing.T) {
	k := newKit(t, apptest.SQLite(t))
	k.owe("", Options{Text: "Hubungi 0812-0000-1234 *besok*", Author: "officer:1"})
	k.owe(region.TextAnswered, Options{Args: map[string]string{"answer": "Lampu diganti"}, Author: "officer:1",
		Buttons: []channel.Button{{ID: "solved", Title: "Sudah beres"}}})
	k.step()
	k.want(store.NoticeSent, store.NoticeSent)
	contains(t, k.wa.sent[0].Text, "Hubungi 0812-0000-1234")
	contains(t, k.wa.sent[1].Text, "Lampu diganti", "10 hari kerja", "Pemadam")
	if len(k.wa.sent[1].Buttons) != 1 {
		t.Error("no buttons")
	}
	list, err := k.s.Messages(t.Context(), apptest.Region, k.c.ID)
	k.must(err)
	for _, m := range list {
		if m.Author != "officer:1" || m.Masked == "" || strings.Contains(m.Masked, "0812") || strings.Contains(m.Masked, k.c.Link) {
			t.Errorf("author %q, masked %q", m.Author, m.Masked)
		}
	}
	k.c.Secret = true
	k.owe("", Options{Text: "Rahasia", Author: "officer:1"})
	list, err = k.s.Messages(t.Context(), apptest.Region, k.c.ID)
	k.must(err)
	if got := list[len(list)-1].Masked; got != "" {
		t.Errorf("masked %q in a secret case", got)
	}
}

func TestUnverifiedContactGetsOneConfirmation(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		k := newKit(t, s)
		k.to = &store.Identity{Channel: channel.Web, Account: "form", External: "web:1", Email: "warga@contoh.example"}
		k.c = k.addCase(k.to)
		mail := &fake{}
		k.d.Senders[byMail] = mail
		k.owe(region.TextReceived, Options{First: true, Urgent: true})
		k.owe(region.TextAssigned, Options{})
		k.owe("", Options{Text: "Halo", Author: "officer:1"})
		k.step()
		k.after(time.Hour)
		k.wantSends(mail, 1)
		out := mail.sent[0]
		if strings.Contains(out.Text, k.c.Number) || strings.Contains(out.Text, k.c.Link) || strings.Contains(out.Text, k.c.Code) {
			t.Errorf("a stranger could read %q", out.Text)
		}
		contains(t, out.Subject, "Konfirmasi")
		if out.To.Email != "warga@contoh.example" || out.To.ExternalID != "" {
			t.Errorf("to %+v", out.To)
		}
		// The page of the case has the whole conversation nevertheless.
		if list, err := s.Messages(t.Context(), apptest.Region, k.c.ID); err != nil || len(list) != 3 {
			t.Errorf("%d messages, %v", len(list), err)
		}

		_, token, _ := strings.Cut(out.Text, PathConfirm)
		token, _, _ = strings.Cut(token, " ")
		for _, bad := range []string{"", ".", token + "0", k.c.ID + token[36:], token[:36]} {
			err := s.InTx(t.Context(), func(tx *store.Store) error { _, err := k.o.Confirm(t.Context(), tx, k.p, bad); return err })
			if tanggap.CodeOf(err) != tanggap.NotFound {
				t.Errorf("token %q: %v", bad, err)
			}
		}
		k.tx(func(tx *store.Store) error { _, err := k.o.Confirm(t.Context(), tx, k.p, token); return err })
		k.owe(region.TextInProgress, Options{})
		k.step()
		k.wantSends(mail, 2)
		contains(t, mail.sent[1].Text, k.c.Number, "BERHENTI")
		if strings.Contains(mail.sent[1].Text, "*") {
			t.Errorf("WhatsApp's marks in a mail: %q", mail.sent[1].Text)
		}
	})
}

func TestConfirmationExpires(t *testing.T) {
	k := newKit(t, apptest.SQLite(t))
	k.to = &store.Identity{Channel: channel.Web, Account: "form", External: "web:1", Email: "warga@contoh.example"}
	k.c = k.addCase(k.to)
	k.owe(region.TextReceived, Options{First: true})
	token, err := confirmToken(t.Context(), k.s, apptest.Region, k.to.ID)
	k.must(err)
	k.clock.Advance(confirmWithin + time.Second)
	err = k.s.InTx(t.Context(), func(tx *store.Store) error { _, err := k.o.Confirm(t.Context(), tx, k.p, token); return err })
	if tanggap.CodeOf(err) != tanggap.Invalid {
		t.Errorf("got %v", err)
	}
}

func TestNoContactNoNotice(t *testing.T) {
	k := newKit(t, apptest.SQLite(t))
	for _, i := range []*store.Identity{nil, {Channel: channel.Web, Account: "form", External: "web:1"}} {
		k.c = k.addCase(i)
		k.owe(region.TextReceived, Options{First: true})
		k.want()
		if list, err := k.s.Messages(t.Context(), apptest.Region, k.c.ID); err != nil || len(list) != 1 {
			t.Errorf("%d messages, %v", len(list), err)
		}
	}
}

func TestAnswerWithoutCase(t *testing.T) {
	k := newKit(t, apptest.SQLite(t))
	answer := func(to *store.Identity) {
		k.tx(func(tx *store.Store) error {
			return k.o.Answer(t.Context(), tx, k.p, to, "inbound:1", region.TextThanks, Options{First: true})
		})
	}
	answer(k.to)
	answer(k.to)
	stranger := *k.to
	stranger.VerifiedAt = time.Time{}
	answer(&stranger)
	k.step()
	k.wantSends(k.wa, 1)
	contains(t, k.wa.sent[0].Text, "Sama-sama")
	if list, err := k.s.Messages(t.Context(), apptest.Region, k.c.ID); err != nil || len(list) != 0 {
		t.Errorf("%d messages, %v", len(list), err)
	}
}

func TestQuietHours(t *testing.T) {
	night := time.Date(2026, 3, 4, 14, 30, 0, 0, time.UTC)   // 22:30 in Baubau
	morning := time.Date(2026, 3, 4, 22, 30, 0, 0, time.UTC) // 06:30
	for _, test := range []struct {
		name  string
		opt   Options
		wrote time.Duration // before now
		now   bool
	}{
		{"status waits", Options{}, time.Minute, false},
		{"first answer to who is awake", Options{First: true}, time.Minute, true},
		{"first answer hours late", Options{First: true}, 3 * time.Hour, false},
		{"safety", Options{Urgent: true}, 24 * time.Hour, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			k := newKit(t, apptest.SQLite(t))
			k.clock.Set(night)
			k.c.LastInAt, k.c.OpenedAt = night.Add(-test.wrote), night.Add(-24*time.Hour)
			k.owe(region.TextAssigned, test.opt)
			k.step()
			if test.now {
				k.wantSends(k.wa, 1)
				return
			}
			k.wantSends(k.wa, 0)
			k.clock.Set(morning.Add(-time.Second))
			k.step()
			k.wantSends(k.wa, 0)
			k.after(time.Second)
			k.wantSends(k.wa, 1)
		})
	}
}

func TestDelayedNoticeWakesNobody(t *testing.T) {
	k := newKit(t, apptest.SQLite(t))
	k.wa.script = append(k.wa.script, refuse(channel.FaultSlow, 131048, 12*time.Hour))
	k.owe(region.TextAssigned, Options{}) // at 10:00
	k.step()
	k.after(14*time.Hour + 30*time.Minute) // 00:30
	k.wantSends(k.wa, 1)
	k.after(6 * time.Hour)
	k.wantSends(k.wa, 2)
}

func TestNewestStatusOnly(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		k := newKit(t, s)
		k.clock.Advance(12 * time.Hour) // night: everything waits
		k.owe(region.TextAssigned, Options{})
		k.owe("", Options{Text: "Kata petugas", Author: "officer:1"})
		k.owe(region.TextInProgress, Options{})
		k.owe(region.TextAnswered, Options{})
		k.want(Dropped, store.NoticeReady, Dropped, store.NoticeReady)
		k.after(9 * time.Hour)
		k.wantSends(k.wa, 2)
		contains(t, k.wa.sent[0].Text, "Kata petugas")
	})
}

func TestLadder(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		k := newKit(t, s)
		k.addOfficer("Jaga Satu", "damkar@baubau.example", "DAMKAR")
		second := k.addOfficer("Jaga Dua", "damkar.kepala@baubau.example", "DAMKAR")
		k.addOfficer("Pemeriksa", "pemeriksa@baubau.example", "KOMINFO")
		raise := func(event string) (more bool) {
			k.tx(func(tx *store.Store) (err error) {
				more, err = k.o.OnDuty(t.Context(), tx, k.p, k.c, event)
				return err
			})
			return more
		}
		k.clock.Set(time.Date(2026, 3, 4, 16, 0, 0, 0, time.UTC)) // midnight: alarms do not wait
		for i, event := range []string{"a", "b", "c"} {
			if first, again := raise(event), raise(event); !first || !again {
				t.Fatalf("step %d: exhausted", i+1)
			}
			k.step()
			k.wantSends(k.desk, i+1)
		}
		if raise("d") {
			t.Error("a fourth person on a ladder of three")
		}
		contains(t, k.desk.sent[0].Text, "DARURAT", k.c.Number)
		contains(t, k.desk.sent[1].Text, "Jaga Satu belum")
		if k.desk.sent[1].To.ExternalID != second.ID {
			t.Errorf("told %s", k.desk.sent[1].To.ExternalID)
		}
		alarms, err := s.Alarms(t.Context(), apptest.Region, k.c.ID)
		k.must(err)
		if len(alarms) != 3 || alarms[2].Step != 3 {
			t.Fatalf("alarms %+v", alarms)
		}

		_, token, _ := strings.Cut(k.desk.sent[1].Text, PathAck)
		token, _, _ = strings.Cut(token, "\n")
		var c *store.Case
		k.tx(func(tx *store.Store) (err error) { c, err = k.o.Acknowledge(t.Context(), tx, k.p, token); return err })
		if c.ID != k.c.ID {
			t.Error("wrong case")
		}
		if !raise("e") {
			t.Error("an acknowledged alarm is not exhausted")
		}
		k.step()
		k.wantSends(k.desk, 3)
		err = s.InTx(t.Context(), func(tx *store.Store) error { _, err := k.o.Acknowledge(t.Context(), tx, k.p, "WRONG"); return err })
		if tanggap.CodeOf(err) != tanggap.NotFound {
			t.Errorf("wrong token: %v", err)
		}
	})
}

func TestSecretAlarmSaysLittle(t *testing.T) {
	k := newKit(t, apptest.SQLite(t))
	k.addOfficer("Pemeriksa", "pemeriksa@baubau.example", "KOMINFO")
	k.c.Secret, k.c.Unit, k.c.Area = true, "DAMKAR", k.p.Areas[0].Code
	raise := func() (more bool) {
		k.tx(func(tx *store.Store) (err error) {
			more, err = k.o.OnDuty(t.Context(), tx, k.p, k.c, tanggap.NewID())
			return err
		})
		return more
	}
	if raise() {
		t.Error("the triage desk was told of a secret case")
	}
	k.addOfficer("Jaga Satu", "damkar@baubau.example", "DAMKAR")
	if !raise() {
		t.Fatal("nobody told")
	}
	k.step()
	if got := k.desk.sent[0].Text; strings.Contains(got, k.p.Areas[0].Name) {
		t.Errorf("a lock screen would show %q", got)
	}
}

func TestDigest(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		k := newKit(t, s)
		k.c.Unit = "DLH"
		k.tx(func(tx *store.Store) error { return tx.SetCase(t.Context(), k.c) })
		k.addOfficer("Petugas Satu", "satu@baubau.example", "DLH")
		k.addOfficer("Petugas Dua", "dua@baubau.example", "DLH")
		k.addOfficer("Petugas Lain", "lain@baubau.example", "PUPR")
		owe := func(event string) {
			k.tx(func(tx *store.Store) error { return k.o.Unit(t.Context(), tx, k.p, k.c, event) })
		}
		owe("a")
		k.clock.Advance(30 * time.Minute)
		owe("b")
		k.step()
		k.wantSends(k.desk, 0)
		k.after(31 * time.Minute) // 11:01
		k.wantSends(k.desk, 2)
		contains(t, k.desk.sent[0].Text, "1 laporan terbuka", "0 terlambat", k.c.Number, "https://lapor.example"+PathInbox)
		owe("c")
		k.after(59 * time.Minute)
		k.wantSends(k.desk, 2)
		k.after(time.Minute)
		k.wantSends(k.desk, 4)
		// In the evening it waits for the morning; what is no longer open is not told.
		k.clock.Set(time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC))
		owe("d")
		k.c.State = tanggap.Done
		k.tx(func(tx *store.Store) error { return tx.SetCase(t.Context(), k.c) })
		k.after(24 * time.Hour)
		k.wantSends(k.desk, 4)
	})
}

func TestEscalate(t *testing.T) {
	k := newKit(t, apptest.SQLite(t))
	one := k.addOfficer("Petugas Satu", "satu@baubau.example", "DAMKAR")
	k.addOfficer("Petugas Dua", "dua@baubau.example", "DAMKAR")
	k.c.OfficerID = one.ID
	for _, late := range []bool{false, true} {
		k.tx(func(tx *store.Store) error { return k.o.Escalate(t.Context(), tx, k.p, k.c, tanggap.NewID(), late) })
		k.step()
	}
	k.wantSends(k.desk, 3)
	contains(t, k.desk.sent[0].Text, "jatuh tempo", PathCase+k.c.ID)
	contains(t, k.desk.sent[2].Text, "lewat tenggat")
	k.wantSends(k.wa, 1)
	contains(t, k.wa.sent[0].Text, "terlambat")
}
