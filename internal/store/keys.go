package store

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"tanggap/internal/seal"
)

// keyring opens region keys and citizens' data keys and remembers some of them.
type keyring struct {
	master *seal.Master

	mu       sync.Mutex
	regions  map[string]*seal.Region
	citizens map[string]*seal.Key
}

// maxCitizenKeys bounds the memory of opened keys; a miss costs one row.
const maxCitizenKeys = 20_000

func newKeyring(m *seal.Master) *keyring {
	return &keyring{master: m, regions: map[string]*seal.Region{}, citizens: map[string]*seal.Key{}}
}

// Region is one region known to this database, with its sealed keyset and the
// version of its pack in force.
type Region struct {
	bun.BaseModel `bun:"regions"`
	Region        string
	KeysCT        []byte `bun:"keys_ct"`
	Pack          int64
	CreatedAt     time.Time
}

// AddRegion makes a region's keys and row, unless it is there already.
func (s *Store) AddRegion(ctx context.Context, region string) error {
	n, err := s.r().NewSelect().Model((*Region)(nil)).Where("region = ?", region).Count(ctx)
	if err != nil || n > 0 {
		return err
	}
	wrapped, _, err := s.keys.master.NewRegion(region)
	if err != nil {
		return err
	}
	_, err = s.w().NewInsert().Model(&Region{Region: region, KeysCT: wrapped, CreatedAt: s.now()}).
		On("CONFLICT DO NOTHING").Exec(ctx)
	return err
}

// Regions lists the regions in this database.
func (s *Store) Regions(ctx context.Context) ([]Region, error) {
	var out []Region
	err := s.r().NewSelect().Model(&out).Order("region").Scan(ctx)
	return out, err
}

// RegionKeys returns the opened keys of a region.
func (s *Store) RegionKeys(ctx context.Context, region string) (*seal.Region, error) {
	s.keys.mu.Lock()
	k, ok := s.keys.regions[region]
	s.keys.mu.Unlock()
	if ok {
		return k, nil
	}
	var row Region
	if err := s.r().NewSelect().Model(&row).Where("region = ?", region).Scan(ctx); err != nil {
		return nil, one(err, "daerah "+region)
	}
	k, err := s.keys.master.OpenRegion(region, row.KeysCT)
	if err != nil {
		return nil, fmt.Errorf("open keys of region %s: %w", region, err)
	}
	s.keys.mu.Lock()
	s.keys.regions[region] = k
	s.keys.mu.Unlock()
	return k, nil
}

// Blind is the keyed hash under which a value can be looked up but not read.
func (s *Store) Blind(ctx context.Context, region, purpose, value string) ([]byte, error) {
	if value == "" {
		return nil, nil
	}
	k, err := s.RegionKeys(ctx, region)
	if err != nil {
		return nil, err
	}
	return k.Blind(purpose, value), nil
}

// citizenKey returns the opened data key of a citizen, or nil if it was shredded.
func (s *Store) citizenKey(ctx context.Context, region, id string) (*seal.Key, error) {
	s.keys.mu.Lock()
	k, ok := s.keys.citizens[id]
	s.keys.mu.Unlock()
	if ok {
		return k, nil
	}
	var row Citizen
	if err := s.r().NewSelect().Model(&row).Where("region = ? AND id = ?", region, id).Scan(ctx); err != nil {
		return nil, one(err, "warga")
	}
	if row.KeyCT == nil {
		return nil, nil
	}
	rk, err := s.RegionKeys(ctx, region)
	if err != nil {
		return nil, err
	}
	if k, err = rk.OpenKey(id, row.KeyCT); err != nil {
		return nil, fmt.Errorf("open key of citizen %s: %w", id, err)
	}
	s.keys.remember(id, k)
	return k, nil
}

func (r *keyring) remember(id string, k *seal.Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.citizens) >= maxCitizenKeys {
		clear(r.citizens)
	}
	r.citizens[id] = k
}

// sealFor seals plain with the citizen's key; empty stays nil.
func (s *Store) sealFor(ctx context.Context, citizen, plain string, w seal.Where) ([]byte, error) {
	if plain == "" {
		return nil, nil
	}
	k, err := s.citizenKey(ctx, w.Region, citizen)
	if err != nil {
		return nil, err
	}
	if k == nil {
		return nil, fmt.Errorf("citizen %s was erased", citizen)
	}
	return k.Seal([]byte(plain), w)
}

// openFor opens what sealFor sealed. What belonged to an erased citizen is empty.
func (s *Store) openFor(ctx context.Context, citizen string, ct []byte, w seal.Where) (string, error) {
	if ct == nil {
		return "", nil
	}
	k, err := s.citizenKey(ctx, w.Region, citizen)
	if err != nil || k == nil {
		return "", err
	}
	plain, err := k.Open(ct, w)
	if err != nil {
		return "", fmt.Errorf("open %s.%s of %s: %w", w.Table, w.Column, w.ID, err)
	}
	return string(plain), nil
}

// SealRegion and OpenRegion seal what belongs to no known citizen yet.
func (s *Store) SealRegion(ctx context.Context, plain []byte, w seal.Where) ([]byte, error) {
	k, err := s.RegionKeys(ctx, w.Region)
	if err != nil {
		return nil, err
	}
	return k.Seal(plain, w)
}

func (s *Store) OpenRegion(ctx context.Context, ct []byte, w seal.Where) ([]byte, error) {
	k, err := s.RegionKeys(ctx, w.Region)
	if err != nil {
		return nil, err
	}
	return k.Open(ct, w)
}
