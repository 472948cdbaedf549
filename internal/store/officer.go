package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/tanggap"
)

// Officer is a person who works in Tanggap. Officers are not regional rows: one
// person may serve several regions by Roles.
type Officer struct {
	bun.BaseModel `bun:"officers"`
	ID            string
	Email         string // lower case
	Name          string
	Phone         string // E.164, for alarms; a work number
	Password      string // argon2id, encoded
	Failures      int64
	LockedAt      time.Time `bun:",nullzero"`
	DisabledAt    time.Time `bun:",nullzero"`
	LastLoginAt   time.Time `bun:",nullzero"`
	CreatedAt     time.Time
	TotpRegion    string    `bun:",nullzero"` // whose keys seal the secret
	TotpCT        []byte    `bun:"totp_ct"`
	Totp          string    `bun:"-"`         // secret of the second factor; opened only by OpenSecondFactor
	TotpAt        time.Time `bun:",nullzero"` // since when it is asked for; zero while it is only prepared
	TotpStep      int64     `bun:",nullzero"` // last time step whose code was used
	Keys          int64     `bun:",scanonly"` // how many passkeys he has, at any host
	Roles         []Role    `bun:"-"`
}

// Role is one role of an officer in a region, bound to a unit or, with Unit "",
// to all of it.
type Role struct {
	bun.BaseModel `bun:"officer_roles"`
	OfficerID     string
	Region        string
	Role          string
	Unit          string
}

// AddOfficer inserts an officer with his roles.
func (s *Store) AddOfficer(ctx context.Context, o *Officer) error {
	o.ID, o.CreatedAt = tanggap.NewID(), s.now()
	if _, err := s.w().NewInsert().Model(o).Exec(ctx); err != nil {
		if unique(err) {
			return tanggap.Errorf(tanggap.Conflict, "alamat %s sudah dipakai petugas lain", o.Email)
		}
		return err
	}
	for i := range o.Roles {
		o.Roles[i].OfficerID = o.ID
	}
	if len(o.Roles) == 0 {
		return nil
	}
	_, err := s.w().NewInsert().Model(&o.Roles).Exec(ctx)
	return err
}

// Officer returns an officer with his roles, OfficerByEmail the same by log-in.
func (s *Store) Officer(ctx context.Context, id string) (*Officer, error) {
	return s.officerWhere(ctx, "id = ?", id)
}

func (s *Store) OfficerByEmail(ctx context.Context, email string) (*Officer, error) {
	return s.officerWhere(ctx, "email = ?", email)
}

func (s *Store) officerWhere(ctx context.Context, where string, arg any) (*Officer, error) {
	o := &Officer{}
	if err := withKeys(s.r().NewSelect().Model(o)).Where(where, arg).Scan(ctx); err != nil {
		return nil, one(err, "petugas")
	}
	return o, s.r().NewSelect().Model(&o.Roles).Where("officer_id = ?", o.ID).Order("region", "role", "unit").Scan(ctx)
}

// withKeys selects officers with the number of their passkeys.
func withKeys(q *bun.SelectQuery) *bun.SelectQuery {
	return q.ColumnExpr("?TableColumns").ColumnExpr("(SELECT count(*) FROM passkeys WHERE officer_id = ?TableAlias.id) AS keys")
}

// Officers lists the officers with a role in a region.
func (s *Store) Officers(ctx context.Context, region string) ([]*Officer, error) {
	return s.officersWith(ctx, "region = ?", region)
}

// UnitOfficers lists the officers with a role in exactly this unit, with those roles.
func (s *Store) UnitOfficers(ctx context.Context, region, unit string) ([]*Officer, error) {
	return s.officersWith(ctx, "region = ? AND unit = ?", region, unit)
}

func (s *Store) officersWith(ctx context.Context, where string, args ...any) ([]*Officer, error) {
	var roles []Role
	if err := s.r().NewSelect().Model(&roles).Where(where, args...).Scan(ctx); err != nil || len(roles) == 0 {
		return nil, err
	}
	ids := make([]string, len(roles))
	for i, r := range roles {
		ids[i] = r.OfficerID
	}
	var out []*Officer
	if err := withKeys(s.r().NewSelect().Model(&out)).Where("id IN (?)", bun.List(ids)).Order("name", "id").Scan(ctx); err != nil {
		return nil, err
	}
	for _, o := range out {
		for _, r := range roles {
			if r.OfficerID == o.ID {
				o.Roles = append(o.Roles, r)
			}
		}
	}
	return out, nil
}

// SetOfficer writes everything but id, e-mail and roles.
func (s *Store) SetOfficer(ctx context.Context, o *Officer) error {
	_, err := s.w().NewUpdate().Model(o).Column("name", "phone", "password", "failures", "locked_at", "disabled_at", "last_login_at").
		Where("id = ?", o.ID).Exec(ctx)
	return err
}
