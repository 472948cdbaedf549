package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/seal"
	"tanggap/internal/tanggap"
)

// OfficerToken is a one-time link by which an officer chooses a password. Only its hash
// is kept.
type OfficerToken struct {
	bun.BaseModel `bun:"officer_tokens"`
	TokenHash     string
	OfficerID     string
	MadeBy        string
	CreatedAt     time.Time
	ExpiresAt     time.Time
	UsedAt        time.Time `bun:",nullzero"`
}

// AddOfficerToken makes a link for an officer good until a time. Earlier ones end.
func (s *Store) AddOfficerToken(ctx context.Context, officer, by string, until time.Time) (token string, err error) {
	if _, err := s.w().NewDelete().Model((*OfficerToken)(nil)).Where("officer_id = ?", officer).Exec(ctx); err != nil {
		return "", err
	}
	token = tanggap.NewToken()
	_, err = s.w().NewInsert().Model(&OfficerToken{TokenHash: tanggap.HashToken(token), OfficerID: officer, MadeBy: by,
		CreatedAt: s.now(), ExpiresAt: until.UTC()}).Exec(ctx)
	return token, err
}

// OfficerToken returns a link that can still be used.
func (s *Store) OfficerToken(ctx context.Context, token string) (*OfficerToken, error) {
	t := &OfficerToken{}
	err := s.r().NewSelect().Model(t).Where("token_hash = ? AND used_at IS NULL AND expires_at > ?", tanggap.HashToken(token), s.now()).Scan(ctx)
	return t, one(err, "tautan")
}

// UseOfficerToken marks a link as used; it tells whether it still could be.
func (s *Store) UseOfficerToken(ctx context.Context, t *OfficerToken) (bool, error) {
	res, err := s.w().NewUpdate().Model(t).Set("used_at = ?", s.now()).
		Where("token_hash = ? AND used_at IS NULL AND expires_at > ?", t.TokenHash, s.now()).Exec(ctx)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// officerCode is one code that stands in for a lost second factor.
type officerCode struct {
	bun.BaseModel `bun:"officer_codes"`
	OfficerID     string
	CodeHash      string
	UsedAt        time.Time `bun:",nullzero"`
}

// SetOfficerCodes replaces the codes of an officer; none takes them all away.
func (s *Store) SetOfficerCodes(ctx context.Context, officer string, codes []string) error {
	if _, err := s.w().NewDelete().Model((*officerCode)(nil)).Where("officer_id = ?", officer).Exec(ctx); err != nil || len(codes) == 0 {
		return err
	}
	rows := make([]officerCode, len(codes))
	for i, c := range codes {
		rows[i] = officerCode{OfficerID: officer, CodeHash: tanggap.HashToken(c)}
	}
	_, err := s.w().NewInsert().Model(&rows).Exec(ctx)
	return err
}

// UseOfficerCode uses up one code; it tells whether there was one.
func (s *Store) UseOfficerCode(ctx context.Context, officer, code string) (bool, error) {
	res, err := s.w().NewUpdate().Model((*officerCode)(nil)).Set("used_at = ?", s.now()).
		Where("officer_id = ? AND code_hash = ? AND used_at IS NULL", officer, tanggap.HashToken(code)).Exec(ctx)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// SetSecondFactor writes an officer's second factor; a secret is sealed with the keys
// of its region.
func (s *Store) SetSecondFactor(ctx context.Context, o *Officer) (err error) {
	if o.Totp == "" {
		o.TotpCT, o.TotpRegion, o.TotpAt, o.TotpStep = nil, "", time.Time{}, 0
	} else if o.TotpCT, err = s.SealRegion(ctx, []byte(o.Totp), o.totpWhere()); err != nil {
		return err
	}
	_, err = s.w().NewUpdate().Model(o).Column("totp_region", "totp_ct", "totp_at", "totp_step").Where("id = ?", o.ID).Exec(ctx)
	return err
}

func (o *Officer) totpWhere() seal.Where {
	return seal.Where{Region: o.TotpRegion, Table: "officers", Column: "totp", ID: o.ID}
}

// OpenSecondFactor opens the sealed secret of an officer into Totp.
func (s *Store) OpenSecondFactor(ctx context.Context, o *Officer) error {
	if len(o.TotpCT) == 0 {
		return nil
	}
	secret, err := s.OpenRegion(ctx, o.TotpCT, o.totpWhere())
	o.Totp = string(secret)
	return err
}

// SetRoles replaces the roles of an officer in one region.
func (s *Store) SetRoles(ctx context.Context, officer, region string, roles []Role) error {
	if _, err := s.w().NewDelete().Model((*Role)(nil)).Where("officer_id = ? AND region = ?", officer, region).Exec(ctx); err != nil || len(roles) == 0 {
		return err
	}
	for i := range roles {
		roles[i].OfficerID, roles[i].Region = officer, region
	}
	_, err := s.w().NewInsert().Model(&roles).Exec(ctx)
	return err
}
