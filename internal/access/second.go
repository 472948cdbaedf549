package access

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// A second factor is a code of six digits that changes every 30 s (RFC 6238), as any
// authenticator app makes it. Codes of the step before and after count too, for clocks
// that are off; none counts twice.
const (
	step          = 30 * time.Second
	recoveryCodes = 8
)

var errCode = &tanggap.Error{Code: tanggap.Unauthorized, Field: "kode", Message: "Kode ini tidak cocok. Tunggu kode berikutnya di aplikasi, lalu coba lagi."}

// SecondOn reports whether an officer is asked for a second factor: he has an
// authenticator app or a passkey. A passkey is good at one host only; at another one,
// where he has none yet, a backup code stands in for it.
func SecondOn(o *store.Officer) bool { return totpOn(o) || o.Keys > 0 }

func totpOn(o *store.Officer) bool { return !o.TotpAt.IsZero() }

// MustHaveSecond reports whether one of an officer's roles asks for a second factor.
func (a *Access) MustHaveSecond(o *store.Officer) bool {
	for _, r := range o.Roles {
		for _, role := range a.Require {
			if Role(r.Role) == role {
				return true
			}
		}
	}
	return false
}

// PrepareSecond makes a new secret for an officer, sealed with the keys of a region. It
// counts only once ConfirmSecond has seen a code.
func (a *Access) PrepareSecond(ctx context.Context, id, region string) error {
	return a.store.InTx(ctx, func(tx *store.Store) error {
		o, err := tx.Officer(ctx, id)
		if err != nil {
			return err
		}
		if totpOn(o) {
			return tanggap.Errorf(tanggap.Conflict, "kode sekali pakai sudah menyala; matikan dulu untuk menggantinya")
		}
		key, err := totp.Generate(totp.GenerateOpts{Issuer: "Tanggap", AccountName: o.Email})
		if err != nil {
			return err
		}
		o.Totp, o.TotpRegion = key.Secret(), region
		return tx.SetSecondFactor(ctx, o)
	})
}

// PendingSecond returns the secret that was prepared and not confirmed yet, "" if there is
// none, and the address that authenticator apps read from a QR code.
func (a *Access) PendingSecond(ctx context.Context, o *store.Officer, issuer string) (secret, address string, err error) {
	if totpOn(o) || len(o.TotpCT) == 0 {
		return "", "", nil
	}
	if err := a.store.OpenSecondFactor(ctx, o); err != nil {
		return "", "", err
	}
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + o.Email,
		RawQuery: "secret=" + o.Totp + "&issuer=" + url.PathEscape(issuer)} // apps read + as itself
	return o.Totp, u.String(), nil
}

// ConfirmSecond begins to ask for the prepared second factor and returns the codes that
// stand in for it when it is lost. They are shown this once.
func (a *Access) ConfirmSecond(ctx context.Context, id, code string) (codes []string, err error) {
	err = a.store.InTx(ctx, func(tx *store.Store) error {
		codes = nil
		if err := tx.Lock(ctx, "officer:"+id); err != nil {
			return err
		}
		o, err := tx.Officer(ctx, id)
		if err != nil {
			return err
		}
		if err := tx.OpenSecondFactor(ctx, o); err != nil {
			return err
		}
		if totpOn(o) || !a.fits(o, code) {
			return errCode
		}
		o.TotpAt = a.clock.Now().UTC()
		if codes, err = freshCodes(ctx, tx, id); err != nil {
			return err
		}
		return tx.SetSecondFactor(ctx, o)
	})
	return codes, err
}

// freshCodes replaces the backup codes of an officer.
func freshCodes(ctx context.Context, tx *store.Store, id string) (codes []string, err error) {
	for range recoveryCodes {
		codes = append(codes, strings.ToUpper(tanggap.NewTrackingCode()))
	}
	return codes, tx.SetOfficerCodes(ctx, id, codes)
}

// fits reports whether a code is right and was not used before; it notes its time step.
func (a *Access) fits(o *store.Officer, code string) bool {
	code = strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, code)
	if o.Totp == "" || len(code) != 6 {
		return false
	}
	now := a.clock.Now()
	for _, t := range []time.Time{now, now.Add(-step), now.Add(step)} {
		want, err := totp.GenerateCodeCustom(o.Totp, t, totp.ValidateOpts{Period: uint(step / time.Second), Digits: otp.DigitsSix})
		n := t.Unix() / int64(step/time.Second)
		if err == nil && n > o.TotpStep && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			o.TotpStep = n
			return true
		}
	}
	return false
}

// Second checks the second factor of an officer whose password was right, or one of the
// codes that stand in for it. Wrong ones count like wrong passwords.
func (a *Access) Second(ctx context.Context, id, code string) (*store.Officer, error) {
	var right bool
	err := a.store.InTx(ctx, func(tx *store.Store) error {
		right = false
		if err := tx.Lock(ctx, "officer:"+id); err != nil {
			return err
		}
		o, err := tx.Officer(ctx, id)
		if err != nil {
			return err
		}
		if err := resting(o.LockedAt, a.clock.Now()); err != nil {
			return err
		}
		if err := tx.OpenSecondFactor(ctx, o); err != nil {
			return err
		}
		if right = a.fits(o, code); right {
			return tx.SetSecondFactor(ctx, o)
		}
		right, err = tx.UseOfficerCode(ctx, id, strings.ToUpper(strings.TrimSpace(code)))
		return err
	})
	if err != nil {
		return nil, err
	}
	o, err := a.count(ctx, id, BySecond, right, true)
	if errors.Is(err, errWrong) {
		return nil, errCode
	}
	return o, err
}

// DropTOTP takes an officer's authenticator app away. His backup codes stay while he has
// a passkey.
func (a *Access) DropTOTP(ctx context.Context, id string) error {
	return a.store.InTx(ctx, func(tx *store.Store) error {
		o, err := tx.Officer(ctx, id)
		if err != nil {
			return err
		}
		if o.Keys == 0 {
			if err := tx.SetOfficerCodes(ctx, id, nil); err != nil {
				return err
			}
		}
		return tx.SetSecondFactor(ctx, o)
	})
}

// DropSecond takes everything by which an officer proves himself beside his password.
func (a *Access) DropSecond(ctx context.Context, id string) error {
	return a.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.RemovePasskeys(ctx, id); err != nil {
			return err
		}
		if err := tx.RemoveOfficerIdentities(ctx, id); err != nil {
			return err
		}
		o, err := tx.Officer(ctx, id)
		if err != nil {
			return err
		}
		if err := tx.SetOfficerCodes(ctx, id, nil); err != nil {
			return err
		}
		return tx.SetSecondFactor(ctx, o)
	})
}
