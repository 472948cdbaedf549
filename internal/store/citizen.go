package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/seal"
	"tanggap/internal/tanggap"
)

// Citizen is a person who writes. Everything sealed for him is sealed with his
// own key, so erasing him is throwing that key away.
type Citizen struct {
	bun.BaseModel `bun:"citizens"`
	Region        string
	ID            string
	KeyCT         []byte `bun:"key_ct"`
	NameCT        []byte `bun:"name_ct"`
	Name          string `bun:"-"`
	Lang          string
	CreatedAt     time.Time
	ErasedAt      time.Time `bun:",nullzero"`
}

// Identity is one way a citizen is known to a channel.
type Identity struct {
	bun.BaseModel `bun:"identities"`
	Region        string
	ID            string
	CitizenID     string
	Channel       string
	Account       string
	ExternalBidx  []byte
	ExternalCT    []byte `bun:"external_ct"`
	External      string `bun:"-"`
	PhoneBidx     []byte
	PhoneCT       []byte `bun:"phone_ct"`
	Phone         string `bun:"-"`
	EmailBidx     []byte
	EmailCT       []byte    `bun:"email_ct"`
	Email         string    `bun:"-"`
	VerifiedAt    time.Time `bun:",nullzero"` // the citizen proved that the contact is his
	ConfirmedAt   time.Time `bun:",nullzero"` // the one confirmation to an unverified contact was queued
	LastInboundAt time.Time `bun:",nullzero"` // opens the 24-hour window of WhatsApp
	UnreachableAt time.Time `bun:",nullzero"`
	StoppedAt     time.Time `bun:",nullzero"` // asked not to be written to, but for his safety
	CreatedAt     time.Time
}

// Reachable reports whether notices may go to this identity: it is verified and
// the provider has not told us otherwise.
func (i *Identity) Reachable() bool { return !i.VerifiedAt.IsZero() && i.UnreachableAt.IsZero() }

// AddCitizen inserts a citizen with a fresh data key.
func (s *Store) AddCitizen(ctx context.Context, c *Citizen) error {
	rk, err := s.RegionKeys(ctx, c.Region)
	if err != nil {
		return err
	}
	c.ID, c.CreatedAt = tanggap.NewID(), s.now()
	wrapped, key, err := rk.NewKey(c.ID)
	if err != nil {
		return err
	}
	c.KeyCT = wrapped
	// A rolled-back citizen leaves only an unused key in memory.
	s.keys.remember(c.ID, key)
	if c.NameCT, err = s.sealFor(ctx, c.ID, c.Name, seal.Where{Region: c.Region, Table: "citizens", Column: "name", ID: c.ID}); err != nil {
		return err
	}
	_, err = s.w().NewInsert().Model(c).Exec(ctx)
	return err
}

// Citizen returns a citizen with his name opened.
func (s *Store) Citizen(ctx context.Context, region, id string) (*Citizen, error) {
	c := &Citizen{}
	if err := s.r().NewSelect().Model(c).Where("region = ? AND id = ?", region, id).Scan(ctx); err != nil {
		return nil, one(err, "warga")
	}
	var err error
	c.Name, err = s.openFor(ctx, id, c.NameCT, seal.Where{Region: region, Table: "citizens", Column: "name", ID: id})
	return c, err
}

// SetCitizen updates name and language.
func (s *Store) SetCitizen(ctx context.Context, c *Citizen) error {
	var err error
	if c.NameCT, err = s.sealFor(ctx, c.ID, c.Name, seal.Where{Region: c.Region, Table: "citizens", Column: "name", ID: c.ID}); err != nil {
		return err
	}
	_, err = s.w().NewUpdate().Model(c).Column("name_ct", "lang").Where("region = ? AND id = ?", c.Region, c.ID).Exec(ctx)
	return err
}

// ChangeCitizen changes name or language of a citizen who was not erased.
func (s *Store) ChangeCitizen(ctx context.Context, region, id string, change func(*Citizen)) error {
	c, err := s.Citizen(ctx, region, id)
	if err != nil || !c.ErasedAt.IsZero() {
		return err
	}
	change(c)
	return s.SetCitizen(ctx, c)
}

func (s *Store) sealIdentity(ctx context.Context, i *Identity) (err error) {
	where := func(col string) seal.Where {
		return seal.Where{Region: i.Region, Table: "identities", Column: col, ID: i.ID}
	}
	for _, f := range []struct {
		col, purpose, plain string
		ct, bidx            *[]byte
	}{
		{"external", seal.PurposeExternalID, i.External, &i.ExternalCT, &i.ExternalBidx},
		{"phone", seal.PurposePhone, i.Phone, &i.PhoneCT, &i.PhoneBidx},
		{"email", seal.PurposeEmail, i.Email, &i.EmailCT, &i.EmailBidx},
	} {
		if *f.ct, err = s.sealFor(ctx, i.CitizenID, f.plain, where(f.col)); err != nil {
			return err
		}
		if *f.bidx, err = s.Blind(ctx, i.Region, f.purpose, f.plain); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) openIdentity(ctx context.Context, i *Identity) (err error) {
	where := func(col string) seal.Where {
		return seal.Where{Region: i.Region, Table: "identities", Column: col, ID: i.ID}
	}
	if i.External, err = s.openFor(ctx, i.CitizenID, i.ExternalCT, where("external")); err != nil {
		return err
	}
	if i.Phone, err = s.openFor(ctx, i.CitizenID, i.PhoneCT, where("phone")); err != nil {
		return err
	}
	i.Email, err = s.openFor(ctx, i.CitizenID, i.EmailCT, where("email"))
	return err
}

// AddIdentity inserts an identity of an existing citizen, and its aliases.
func (s *Store) AddIdentity(ctx context.Context, i *Identity, aliases ...string) error {
	i.ID, i.CreatedAt = tanggap.NewID(), s.now()
	if err := s.sealIdentity(ctx, i); err != nil {
		return err
	}
	if _, err := s.w().NewInsert().Model(i).Exec(ctx); err != nil {
		return err
	}
	return s.AddAliases(ctx, i, aliases...)
}

// SetIdentity writes every changeable column of i.
func (s *Store) SetIdentity(ctx context.Context, i *Identity) error {
	if err := s.sealIdentity(ctx, i); err != nil {
		return err
	}
	_, err := s.w().NewUpdate().Model(i).
		ExcludeColumn("region", "id", "citizen_id", "channel", "account", "created_at").
		Where("region = ? AND id = ?", i.Region, i.ID).Exec(ctx)
	return err
}

type identityAlias struct {
	bun.BaseModel `bun:"identity_aliases"`
	Region        string
	Channel       string
	Account       string
	ExternalBidx  []byte
	IdentityID    string
}

// LockIdentities makes transactions that may find or make an identity under any of
// these external ids take turns, until the end of this one. The keys are blind, so
// that no number stands in the server's statement log, and taken in one order.
func (s *Store) LockIdentities(ctx context.Context, region, channel, account string, externals ...string) error {
	var keys []string
	for _, ext := range externals {
		b, err := s.Blind(ctx, region, seal.PurposeExternalID, ext)
		if err != nil {
			return err
		}
		if b != nil {
			keys = append(keys, strings.Join([]string{"identity", region, channel, account, hex.EncodeToString(b)}, ":"))
		}
	}
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		if err := s.Lock(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

// HeardFrom writes what a message of i itself changes, and nothing that somebody
// else may be changing meanwhile.
func (s *Store) HeardFrom(ctx context.Context, i *Identity) error {
	if err := s.sealIdentity(ctx, i); err != nil {
		return err
	}
	_, err := s.w().NewUpdate().Model(i).Column("phone_bidx", "phone_ct", "last_inbound_at", "unreachable_at", "stopped_at").
		Where("region = ? AND id = ?", i.Region, i.ID).Exec(ctx)
	return err
}

// DropAlias forgets an id that names i no longer: a number may be given to somebody
// else, who must not find another person's cases.
func (s *Store) DropAlias(ctx context.Context, i *Identity, external string) error {
	b, err := s.Blind(ctx, i.Region, seal.PurposeExternalID, external)
	if err != nil {
		return err
	}
	_, err = s.w().NewDelete().Model((*identityAlias)(nil)).
		Where("region = ? AND channel = ? AND account = ? AND external_bidx = ? AND identity_id = ?", i.Region, i.Channel, i.Account, b, i.ID).Exec(ctx)
	return err
}

// AddAliases remembers other external ids of the same identity (a phone-based id
// beside a business-scoped one, or the id before a change of number).
func (s *Store) AddAliases(ctx context.Context, i *Identity, aliases ...string) error {
	for _, a := range aliases {
		if a == "" || a == i.External {
			continue
		}
		b, err := s.Blind(ctx, i.Region, seal.PurposeExternalID, a)
		if err != nil {
			return err
		}
		row := &identityAlias{Region: i.Region, Channel: i.Channel, Account: i.Account, ExternalBidx: b, IdentityID: i.ID}
		if _, err := s.w().NewInsert().Model(row).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// FindIdentity looks an identity up by any of its external ids; nil if unknown.
func (s *Store) FindIdentity(ctx context.Context, region, channel, account string, externals ...string) (*Identity, error) {
	for _, ext := range externals {
		b, err := s.Blind(ctx, region, seal.PurposeExternalID, ext)
		if err != nil {
			return nil, err
		}
		if b == nil {
			continue
		}
		i := &Identity{}
		err = s.r().NewSelect().Model(i).
			Where("region = ? AND channel = ? AND account = ? AND external_bidx = ?", region, channel, account, b).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			err = s.r().NewSelect().Model(i).
				Where("region = ? AND id = (SELECT identity_id FROM identity_aliases WHERE region = ? AND channel = ? AND account = ? AND external_bidx = ?)",
					region, region, channel, account, b).Scan(ctx)
		}
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return i, s.openIdentity(ctx, i)
	}
	return nil, nil
}

// Identity returns one identity with its contact data opened.
func (s *Store) Identity(ctx context.Context, region, id string) (*Identity, error) {
	i := &Identity{}
	if err := s.r().NewSelect().Model(i).Where("region = ? AND id = ?", region, id).Scan(ctx); err != nil {
		return nil, one(err, "identitas")
	}
	return i, s.openIdentity(ctx, i)
}

// Identities lists the identities of one citizen.
func (s *Store) Identities(ctx context.Context, region, citizen string) ([]*Identity, error) {
	var out []*Identity
	if err := s.r().NewSelect().Model(&out).Where("region = ? AND citizen_id = ?", region, citizen).Order("created_at").Scan(ctx); err != nil {
		return nil, err
	}
	for _, i := range out {
		if err := s.openIdentity(ctx, i); err != nil {
			return nil, err
		}
	}
	return out, nil
}
