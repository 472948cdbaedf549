package access_test

import (
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"tanggap/internal/access"
	"tanggap/internal/apptest"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

func TestSecondFactor(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		a, ctx := desk(t, s), t.Context()
		clock := s.Clock().(*apptest.Clock)
		now := func() string {
			t.Helper()
			return clock.Now().String()
		}
		o, err := a.LogIn(ctx, email, password)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.PrepareSecond(ctx, o.ID, apptest.Region); err != nil {
			t.Fatal(err)
		}
		if o, err = s.Officer(ctx, o.ID); err != nil {
			t.Fatal(err)
		}
		secret, address, err := a.PendingSecond(ctx, o, "Tanggap Contoh")
		if want := "otpauth://totp/Tanggap%20Contoh:" + email + "?secret=" + secret + "&issuer=Tanggap%20Contoh"; err != nil || address != want {
			t.Fatalf("%s, want %s: %v", address, want, err)
		}
		fresh := func() string {
			code, err := totp.GenerateCode(secret, clock.Now())
			if err != nil {
				t.Fatal(err)
			}
			return code
		}
		// Prepared is not switched on: a log-in asks for no code yet.
		if o, _ := s.Officer(ctx, o.ID); access.SecondOn(o) {
			t.Fatal("on before it was confirmed")
		}
		_, err = a.ConfirmSecond(ctx, o.ID, "000000")
		code(t, err, tanggap.Unauthorized)
		recovery, err := a.ConfirmSecond(ctx, o.ID, fresh())
		if err != nil || len(recovery) != 8 {
			t.Fatal(recovery, err)
		}
		_, err = a.Second(ctx, o.ID, fresh())
		code(t, err, tanggap.Unauthorized) // the code that confirmed it is used up
		clock.Advance(30 * time.Second)
		good := fresh()
		if _, err := a.Second(ctx, o.ID, good[:3]+" "+good[3:]); err != nil {
			t.Fatalf("at %s: %v", now(), err)
		}
		_, err = a.Second(ctx, o.ID, good)
		code(t, err, tanggap.Unauthorized) // nobody uses a code twice
		clock.Advance(5 * time.Minute)
		late := fresh()
		clock.Advance(30 * time.Second)
		if _, err := a.Second(ctx, o.ID, late); err != nil {
			t.Errorf("the code of a slow clock: %v", err)
		}
		clock.Advance(5 * time.Minute)
		old := fresh()
		clock.Advance(61 * time.Second)
		_, err = a.Second(ctx, o.ID, old)
		code(t, err, tanggap.Unauthorized)
		// A code of recovery works once.
		if _, err := a.Second(ctx, o.ID, " "+recovery[0]+" "); err != nil {
			t.Error(err)
		}
		_, err = a.Second(ctx, o.ID, recovery[0])
		code(t, err, tanggap.Unauthorized)
		// Knowing the password buys no more guesses.
		for range 3 {
			if _, err := a.LogIn(ctx, email, password); err != nil {
				t.Fatal(err)
			}
			_, err = a.Second(ctx, o.ID, "000000")
			code(t, err, tanggap.Unauthorized)
		}
		_, err = a.Second(ctx, o.ID, "000000")
		code(t, err, tanggap.TooMany)
		_, err = a.LogIn(ctx, email, password)
		code(t, err, tanggap.TooMany)
		clock.Advance(15 * time.Minute)
		if _, err := a.Second(ctx, o.ID, fresh()); err != nil {
			t.Error(err)
		}
		if err := a.DropSecond(ctx, o.ID); err != nil {
			t.Fatal(err)
		}
		if o, _ := s.Officer(ctx, o.ID); access.SecondOn(o) || len(o.TotpCT) > 0 {
			t.Error("dropped and still there")
		}
		_, err = a.Second(ctx, o.ID, recovery[1])
		code(t, err, tanggap.Unauthorized)
	})
}

func TestInvitation(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *store.Store) {
		a, ctx := desk(t, s), t.Context()
		clock := s.Clock().(*apptest.Clock)
		admin, token, err := a.Invite(ctx, "system", apptest.Region, access.NewOfficer{Email: "admin@contoh.example", Name: "Admin Contoh",
			Grants: []access.Grant{{Role: access.Admin, Region: apptest.Region}}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = a.Accept(ctx, token, "pendek")
		code(t, err, tanggap.Invalid)
		if _, err := a.Accept(ctx, token, "sembilan kapal biru"); err != nil {
			t.Fatal(err)
		}
		_, err = a.Accept(ctx, token, "sembilan kapal merah")
		code(t, err, tanggap.NotFound)
		if _, err := a.LogIn(ctx, "admin@contoh.example", "sembilan kapal biru"); err != nil {
			t.Error(err)
		}
		first, err := a.Link(ctx, admin.ID, apptest.Region, admin.ID, false)
		if err != nil {
			t.Fatal(err)
		}
		second, err := a.Link(ctx, admin.ID, apptest.Region, admin.ID, false)
		if err != nil {
			t.Fatal(err)
		}
		_, err = a.Accept(ctx, first, "sembilan kapal merah")
		code(t, err, tanggap.NotFound) // a newer link ends the older
		clock.Advance(73 * time.Hour)
		_, err = a.Accept(ctx, second, "sembilan kapal merah")
		code(t, err, tanggap.NotFound)
		// Nobody of another region is reached.
		_, err = a.Link(ctx, admin.ID, "73.71", admin.ID, false)
		code(t, err, tanggap.NotFound)
		// The last admin stays.
		code(t, a.SetGrants(ctx, admin.ID, apptest.Region, admin.ID, []access.Grant{{Role: access.Leader}}), tanggap.Conflict)
		code(t, a.Disable(ctx, admin.ID, apptest.Region, admin.ID, true), tanggap.Conflict)
		code(t, a.SetGrants(ctx, admin.ID, apptest.Region, admin.ID, nil), tanggap.Invalid)
		o, err := s.OfficerByEmail(ctx, email)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.SetGrants(ctx, admin.ID, apptest.Region, o.ID, []access.Grant{{Role: access.Admin}, {Role: access.UnitHead, Unit: "DLH"}}); err != nil {
			t.Fatal(err)
		}
		if err := a.Disable(ctx, o.ID, apptest.Region, admin.ID, true); err != nil {
			t.Error(err)
		}
		// The account of one who serves elsewhere too is not this region's alone: a new link or
		// another number would let its admin in there as somebody else.
		if err := s.InTx(ctx, func(tx *store.Store) error {
			return tx.SetRoles(ctx, admin.ID, "73.71", []store.Role{{Role: string(access.Leader)}})
		}); err != nil {
			t.Fatal(err)
		}
		_, err = a.Link(ctx, o.ID, apptest.Region, admin.ID, true)
		code(t, err, tanggap.Forbidden)
		code(t, a.SetPhone(ctx, o.ID, apptest.Region, admin.ID, "+628110000077"), tanggap.Forbidden)
		code(t, a.Disable(ctx, o.ID, apptest.Region, admin.ID, false), tanggap.Forbidden)
		events, err := s.Events(ctx, apptest.Region, "")
		if err != nil || len(events) != 5 || events[0].Type != access.Invited || events[4].Type != access.DisabledNow {
			t.Errorf("%d events, %v", len(events), err)
		}
		// Who answers for him there too may; he himself always.
		code(t, a.SetPhone(ctx, admin.ID, apptest.Region, admin.ID, "+628110000077"), "")
		if err := s.InTx(ctx, func(tx *store.Store) error {
			return tx.SetRoles(ctx, o.ID, "73.71", []store.Role{{Role: string(access.Admin)}})
		}); err != nil {
			t.Fatal(err)
		}
		code(t, a.Disable(ctx, o.ID, apptest.Region, admin.ID, false), "")
		_, err = a.Link(ctx, o.ID, apptest.Region, admin.ID, false)
		code(t, err, "")
	})
}
