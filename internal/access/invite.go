package access

import (
	"context"
	"slices"
	"time"

	"tanggap/internal/store"
	"tanggap/internal/tanggap"
)

// PathInvite is where an officer chooses a password; the token of the link follows.
const PathInvite = "/undangan/"

// inviteFor is how long a link to choose a password is good.
const inviteFor = 3 * 24 * time.Hour

// Types of events about officers. They belong to a region and to no case.
const (
	Invited     = "officer.invited"
	RolesSet    = "officer.roles"
	DisabledNow = "officer.disabled"
	EnabledNow  = "officer.enabled"
	LinkMade    = "officer.link"
	PasswordSet = "officer.password"
	SecondSet   = "officer.second"
	PasskeySet  = "officer.passkey"
	PhoneSet    = "officer.phone"
	Linked      = "officer.linked" // to a person of the identity provider
	Unlinked    = "officer.unlinked"
)

// Invite adds an officer who chooses his password himself, by the link that belongs to
// the returned token. by is the officer who invites, "" for whoever works at the machine.
func (a *Access) Invite(ctx context.Context, by, region string, n NewOfficer) (o *store.Officer, token string, err error) {
	n.Password = tanggap.NewToken() // nobody knows it
	if o, err = a.AddOfficer(ctx, n); err != nil {
		return nil, "", err
	}
	token, err = a.link(ctx, by, region, o, Invited)
	return o, token, err
}

// Link makes an officer of a region a new link to choose a password. With second every
// other proof of his is taken away too, because he has lost it: codes, passkeys, and who
// he is at the identity provider.
func (a *Access) Link(ctx context.Context, by, region, id string, second bool) (token string, err error) {
	o, err := a.own(ctx, by, region, id)
	if err != nil {
		return "", err
	}
	if second {
		if err := a.DropSecond(ctx, id); err != nil {
			return "", err
		}
	}
	return a.link(ctx, by, region, o, LinkMade)
}

// actor is who an event of package access is of: an officer, or with "" whoever works at the
// machine, whom nobody knows by name.
func actor(by string) string {
	if by == "" {
		return "system"
	}
	return "officer:" + by
}

func (a *Access) link(ctx context.Context, by, region string, o *store.Officer, event string) (token string, err error) {
	err = a.store.InTx(ctx, func(tx *store.Store) error {
		if token, err = tx.AddOfficerToken(ctx, o.ID, by, a.clock.Now().Add(inviteFor)); err != nil {
			return err
		}
		return tx.AddRegionEvent(ctx, region, actor(by), event, map[string]any{"officer": o.ID, "roles": roleWords(o.Roles, region)})
	})
	return token, err
}

// Accept sets the password of the officer to whom a link belongs. The link is used up,
// and every session opened with an earlier password ends.
func (a *Access) Accept(ctx context.Context, token, password string) (*store.Officer, error) {
	t, err := a.store.OfficerToken(ctx, token)
	if err != nil {
		return nil, err
	}
	o, err := a.store.Officer(ctx, t.OfficerID)
	if err != nil {
		return nil, err
	}
	if !o.DisabledAt.IsZero() {
		return nil, tanggap.Errorf(tanggap.Forbidden, "Akun ini dinonaktifkan. Hubungi admin daerah Anda.")
	}
	if err := CheckPassword(password, o.Email); err != nil {
		return nil, err
	}
	hash, err := a.hash(ctx, password)
	if err != nil {
		return nil, err
	}
	err = a.store.InTx(ctx, func(tx *store.Store) error {
		ok, err := tx.UseOfficerToken(ctx, t)
		if err != nil {
			return err
		}
		if !ok {
			return tanggap.Errorf(tanggap.NotFound, "tautan ini sudah dipakai")
		}
		if o, err = tx.Officer(ctx, o.ID); err != nil {
			return err
		}
		o.Password, o.Failures, o.LockedAt = hash, 0, time.Time{}
		if err := tx.EndSessions(ctx, o.ID, ""); err != nil {
			return err
		}
		return tx.SetOfficer(ctx, o)
	})
	return o, err
}

// SetGrants replaces what an officer may do in a region.
func (a *Access) SetGrants(ctx context.Context, by, region, id string, grants []Grant) error {
	var roles []store.Role
	for _, g := range grants {
		g.Region = region
		if err := g.Check(); err != nil {
			return err
		}
		roles = append(roles, store.Role{Role: string(g.Role), Unit: g.Unit})
	}
	if len(roles) == 0 {
		return tanggap.Errorf(tanggap.Invalid, "beri petugas ini paling sedikit satu peran, atau nonaktifkan akunnya")
	}
	if _, err := a.of(ctx, region, id); err != nil {
		return err
	}
	return a.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.SetRoles(ctx, id, region, roles); err != nil {
			return err
		}
		if err := adminLeft(ctx, tx, region); err != nil {
			return err
		}
		if id != by { // nobody is thrown out in the middle of his own work
			if err := tx.EndSessions(ctx, id, ""); err != nil {
				return err
			}
		}
		return tx.AddRegionEvent(ctx, region, "officer:"+by, RolesSet, map[string]any{"officer": id, "roles": roleWords(roles, "")})
	})
}

// Disable closes or reopens the account of an officer of a region.
func (a *Access) Disable(ctx context.Context, by, region, id string, disabled bool) error {
	if _, err := a.own(ctx, by, region, id); err != nil {
		return err
	}
	return a.store.InTx(ctx, func(tx *store.Store) error {
		o, err := tx.Officer(ctx, id)
		if err != nil {
			return err
		}
		event := EnabledNow
		o.DisabledAt = time.Time{}
		if disabled {
			event, o.DisabledAt = DisabledNow, a.clock.Now()
		}
		if err := tx.SetOfficer(ctx, o); err != nil {
			return err
		}
		if err := tx.EndSessions(ctx, id, ""); err != nil {
			return err
		}
		for _, r := range o.Roles {
			if err := adminLeft(ctx, tx, r.Region); err != nil {
				return err
			}
		}
		return tx.AddRegionEvent(ctx, region, "officer:"+by, event, map[string]any{"officer": id})
	})
}

// adminLeft refuses a change that leaves a region without anybody who can undo it.
func adminLeft(ctx context.Context, tx *store.Store, region string) error {
	// Two who take each other's role away at once must not both succeed.
	if err := tx.Lock(ctx, "admins:"+region); err != nil {
		return err
	}
	officers, err := tx.Officers(ctx, region)
	if err != nil {
		return err
	}
	for _, o := range officers {
		if o.DisabledAt.IsZero() && slices.ContainsFunc(o.Roles, func(r store.Role) bool { return r.Region == region && Role(r.Role) == Admin }) {
			return nil
		}
	}
	return tanggap.Errorf(tanggap.Conflict, "daerah ini harus punya paling sedikit satu admin yang aktif")
}

// of returns an officer who has a role in a region; others do not exist for it.
func (a *Access) of(ctx context.Context, region, id string) (*store.Officer, error) {
	o, err := a.store.Officer(ctx, id)
	if err == nil && !slices.ContainsFunc(o.Roles, func(r store.Role) bool { return r.Region == region }) {
		err = tanggap.Errorf(tanggap.NotFound, "petugas tidak ditemukan")
	}
	return o, err
}

// own returns an officer of a region whose account by may change: his own, or that of one
// for whom he answers in every region where he serves. An admin of one region would
// otherwise enter another one as somebody else. "" is whoever works at the machine.
func (a *Access) own(ctx context.Context, by, region, id string) (*store.Officer, error) {
	o, err := a.of(ctx, region, id)
	if err != nil || by == "" || by == id {
		return o, err
	}
	elsewhere := slices.DeleteFunc(slices.Clone(o.Roles), func(r store.Role) bool { return r.Region == region })
	if len(elsewhere) == 0 {
		return o, nil
	}
	admin, err := a.Actor(ctx, by)
	if err != nil {
		return nil, err
	}
	for _, r := range elsewhere {
		if !CanIn(admin, AdminOfficers, r.Region) {
			return nil, tanggap.Errorf(tanggap.Forbidden, "petugas ini juga bertugas di daerah lain; ubah perannya di sini, dan minta pengelola server untuk akunnya")
		}
	}
	return o, nil
}

// roleWords are roles as events name them.
func roleWords(roles []store.Role, region string) []string {
	var out []string
	for _, r := range roles {
		if region == "" || r.Region == region {
			out = append(out, r.Role+":"+r.Unit)
		}
	}
	return out
}
