package region

import (
	"net"
	"strings"
	"sync"

	"tanggap/internal/tanggap"
)

// Registry holds the packs in force in this process. Nodes put a newer version in
// when the database has one; readers always see a whole pack.
type Registry struct {
	mu    sync.RWMutex
	packs map[string]*Pack // by region code
}

// NewRegistry returns a registry of packs.
func NewRegistry(packs ...*Pack) *Registry {
	r := &Registry{packs: map[string]*Pack{}}
	for _, p := range packs {
		r.Set(p)
	}
	return r
}

// Set puts a pack in force.
func (r *Registry) Set(p *Pack) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.packs[p.Identity.Code] = p
}

// Get returns the pack of a region.
func (r *Registry) Get(region string) (*Pack, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if p, ok := r.packs[region]; ok {
		return p, nil
	}
	return nil, tanggap.Errorf(tanggap.NotFound, "daerah %s tidak dikenal di server ini", region)
}

// Host returns the pack that answers on a host name; with a single region, that
// one answers on every name.
func (r *Registry) Host(host string) (*Pack, bool) {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, p := range r.packs {
		if len(r.packs) == 1 {
			return p, true
		}
		for _, h := range p.Identity.Hosts {
			if strings.EqualFold(h, host) {
				return p, true
			}
		}
	}
	return nil, false
}

// All returns every pack.
func (r *Registry) All() []*Pack {
	r.mu.RLock()
	defer r.mu.RUnlock()
	out := make([]*Pack, 0, len(r.packs))
	for _, p := range r.packs {
		out = append(out, p)
	}
	return out
}
