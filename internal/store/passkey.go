package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/seal"
	"tanggap/internal/tanggap"
)

// Passkey is a key by which an officer's device proves him at one host of a region
// (WebAuthn). Record is what the library needs to check it, as JSON.
type Passkey struct {
	bun.BaseModel  `bun:"passkeys"`
	Region         string
	ID             string
	OfficerID      string
	Host           string
	CredentialHash string
	RecordCT       []byte `bun:"record_ct"`
	Record         []byte `bun:"-"`
	Name           string
	CreatedAt      time.Time
	UsedAt         time.Time `bun:",nullzero"`
	ClonedAt       time.Time `bun:",nullzero"` // since when it is refused, because its counter went back
}

func (k *Passkey) where() seal.Where {
	return seal.Where{Region: k.Region, Table: "passkeys", Column: "record", ID: k.ID}
}

// AddPasskey keeps a key; credential is its public name.
func (s *Store) AddPasskey(ctx context.Context, k *Passkey, credential []byte) (err error) {
	k.ID, k.CreatedAt, k.CredentialHash = tanggap.NewID(), s.now(), tanggap.HashToken(string(credential))
	if k.RecordCT, err = s.SealRegion(ctx, k.Record, k.where()); err != nil {
		return err
	}
	if _, err = s.w().NewInsert().Model(k).Exec(ctx); unique(err) {
		return tanggap.Errorf(tanggap.Conflict, "kunci sandi ini sudah terdaftar")
	}
	return err
}

// Passkeys lists the keys of an officer at every host, oldest first, without records.
func (s *Store) Passkeys(ctx context.Context, officer string) ([]*Passkey, error) {
	var out []*Passkey
	err := s.r().NewSelect().Model(&out).ExcludeColumn("record_ct").Where("officer_id = ?", officer).Order("created_at", "id").Scan(ctx)
	return out, err
}

// PasskeysAt lists the keys of an officer at one host, with their records.
func (s *Store) PasskeysAt(ctx context.Context, region, host, officer string) ([]*Passkey, error) {
	var out []*Passkey
	if err := s.r().NewSelect().Model(&out).Where("region = ? AND host = ? AND officer_id = ?", region, host, officer).Order("created_at", "id").Scan(ctx); err != nil {
		return nil, err
	}
	for _, k := range out {
		var err error
		if k.Record, err = s.OpenRegion(ctx, k.RecordCT, k.where()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// SetPasskey writes a key after it was used.
func (s *Store) SetPasskey(ctx context.Context, k *Passkey) (err error) {
	if k.RecordCT, err = s.SealRegion(ctx, k.Record, k.where()); err != nil {
		return err
	}
	_, err = s.w().NewUpdate().Model(k).Column("record_ct", "used_at", "cloned_at").Where("region = ? AND id = ?", k.Region, k.ID).Exec(ctx)
	return err
}

// RemovePasskey forgets a key of an officer. NotFound if it is none of his.
func (s *Store) RemovePasskey(ctx context.Context, officer, id string) error {
	res, err := s.w().NewDelete().Model((*Passkey)(nil)).Where("officer_id = ? AND id = ?", officer, id).Exec(ctx)
	if err != nil {
		return err
	}
	if n, _ := res.RowsAffected(); n == 0 {
		return tanggap.Errorf(tanggap.NotFound, "kunci sandi ini sudah tidak ada")
	}
	return nil
}

// RemovePasskeys forgets all keys of an officer.
func (s *Store) RemovePasskeys(ctx context.Context, officer string) error {
	_, err := s.w().NewDelete().Model((*Passkey)(nil)).Where("officer_id = ?", officer).Exec(ctx)
	return err
}
