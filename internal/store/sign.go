package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// Sign is what a provider last said about our own account, number or template, one
// row for each thing it speaks about.
type Sign struct {
	bun.BaseModel `bun:"account_signs"`
	Region        string
	Channel       string
	Subject       string // "account", "number" or "template:NAME/LANGUAGE"
	Sign          string // what is spoken about, such as "quality" or "status"
	Value         string
	Detail        string    // why, in the provider's words
	UpdatedAt     time.Time // by the provider's clock
}

// Signs lists the signs of a region's channel by subject and sign.
func (s *Store) Signs(ctx context.Context, region, channel string) ([]*Sign, error) {
	var out []*Sign
	err := s.r().NewSelect().Model(&out).Where("region = ? AND channel = ?", region, channel).Order("subject", "sign").Scan(ctx)
	return out, err
}

// SetSign writes a sign unless the one that stands there is newer; written says
// which. News come late and in any order.
func (s *Store) SetSign(ctx context.Context, x *Sign) (written bool, err error) {
	x.UpdatedAt = x.UpdatedAt.UTC()
	res, err := s.w().NewInsert().Model(x).
		On("CONFLICT (region, channel, subject, sign) DO UPDATE").
		Set("value = EXCLUDED.value").Set("detail = EXCLUDED.detail").Set("updated_at = EXCLUDED.updated_at").
		Where("?TableAlias.updated_at <= EXCLUDED.updated_at").Exec(ctx)
	if err != nil {
		return false, err
	}
	rows, err := res.RowsAffected()
	return rows == 1, err
}
