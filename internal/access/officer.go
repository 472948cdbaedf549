package access

import (
	"context"
	"net/mail"
	"strings"
	"time"

	"tanggap/internal/seal"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// NewOfficer is an officer to be added.
type NewOfficer struct {
	Email, Name string
	Phone       string // for alarms, as people write it; may be empty
	Password    string
	Grants      []Grant
}

// AddOfficer checks and adds an officer.
func (a *Access) AddOfficer(ctx context.Context, n NewOfficer) (*store.Officer, error) {
	o := &store.Officer{Email: NormalEmail(n.Email), Name: strings.TrimSpace(n.Name)}
	if address, err := mail.ParseAddress(o.Email); err != nil || address.Address != o.Email || len(o.Email) > 254 {
		return nil, tanggap.Errorf(tanggap.Invalid, "%q bukan alamat surel", n.Email)
	}
	if o.Name == "" || len(o.Name) > 200 {
		return nil, tanggap.Errorf(tanggap.Invalid, "nama petugas kosong atau terlalu panjang")
	}
	var err error
	if o.Phone, err = workNumber(n.Phone); err != nil {
		return nil, err
	}
	if len(n.Grants) == 0 {
		return nil, tanggap.Errorf(tanggap.Invalid, "beri petugas ini paling sedikit satu peran")
	}
	for _, g := range n.Grants {
		if err := g.Check(); err != nil {
			return nil, err
		}
		o.Roles = append(o.Roles, store.Role{Region: g.Region, Role: string(g.Role), Unit: g.Unit})
	}
	if err := CheckPassword(n.Password, o.Email); err != nil {
		return nil, err
	}
	if o.Password, err = a.hash(ctx, n.Password); err != nil {
		return nil, err
	}
	return o, a.store.InTx(ctx, func(tx *store.Store) error { return tx.AddOfficer(ctx, o) })
}

// workNumber brings an officer's number to the form by which alarms find him, and by which
// what he forwards is known to be his. Empty is none.
func workNumber(raw string) (string, error) {
	if strings.TrimSpace(raw) == "" {
		return "", nil
	}
	phone, err := seal.Phone(raw, "ID")
	if err != nil {
		return "", &tanggap.Error{Code: tanggap.Invalid, Field: "telepon", Message: err.Error()}
	}
	return phone, nil
}

// SetPhone gives an officer of a region another work number, or none.
func (a *Access) SetPhone(ctx context.Context, by, region, id, raw string) error {
	phone, err := workNumber(raw)
	if err != nil {
		return err
	}
	if _, err := a.own(ctx, by, region, id); err != nil {
		return err
	}
	return a.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.Lock(ctx, "officer:"+id); err != nil {
			return err
		}
		o, err := tx.Officer(ctx, id)
		if err != nil || o.Phone == phone {
			return err
		}
		o.Phone = phone
		if err := tx.SetOfficer(ctx, o); err != nil {
			return err
		}
		return tx.AddRegionEvent(ctx, region, "officer:"+by, PhoneSet, map[string]any{"officer": id, "has": phone != ""})
	})
}

// Check says what is wrong with a grant, nil if nothing is. Whether the unit exists
// is known to the region pack only.
func (g Grant) Check() error {
	switch {
	case !g.Role.Known():
		var names []string
		for _, r := range Roles {
			names = append(names, string(r))
		}
		return tanggap.Errorf(tanggap.Invalid, "peran %q tidak ada; pilih %s", g.Role, strings.Join(names, ", "))
	case g.Region == "":
		return tanggap.Errorf(tanggap.Invalid, "peran %s belum punya daerah", g.Role)
	case g.Unit == "" && g.Role.Bound():
		return tanggap.Errorf(tanggap.Invalid, "peran %s hanya berlaku di sebuah unit; sebutkan unitnya", g.Role)
	}
	return nil
}

// ResetPassword gives an officer a new password, unlocks the account and ends every
// session of his.
func (a *Access) ResetPassword(ctx context.Context, email, password string) error {
	email = NormalEmail(email)
	if err := CheckPassword(password, email); err != nil {
		return err
	}
	hash, err := a.hash(ctx, password)
	if err != nil {
		return err
	}
	return a.change(ctx, email, func(o *store.Officer) {
		o.Password, o.Failures, o.LockedAt = hash, 0, time.Time{}
	})
}

// SetDisabled closes or reopens an account. Sessions end with the next request.
func (a *Access) SetDisabled(ctx context.Context, email string, disabled bool) error {
	return a.change(ctx, NormalEmail(email), func(o *store.Officer) {
		switch {
		case !disabled:
			o.DisabledAt = time.Time{}
		case o.DisabledAt.IsZero():
			o.DisabledAt = a.clock.Now()
		}
	})
}

func (a *Access) change(ctx context.Context, email string, fn func(*store.Officer)) error {
	return a.store.InTx(ctx, func(tx *store.Store) error {
		o, err := tx.OfficerByEmail(ctx, email)
		if err != nil {
			return err
		}
		if err := tx.Lock(ctx, "officer:"+o.ID); err != nil {
			return err
		}
		if o, err = tx.Officer(ctx, o.ID); err != nil {
			return err
		}
		fn(o)
		if err := tx.EndSessions(ctx, o.ID, ""); err != nil {
			return err
		}
		return tx.SetOfficer(ctx, o)
	})
}
