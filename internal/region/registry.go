package region

import (
	"net"
	"slices"
	"strings"
	"sync"

	"tanggap/internal/tanggap"
)

// Registry holds the packs in force in this process. Nodes put a newer version in
// when the database has one; readers always see a whole pack.
type Registry struct {
	mu    sync.RWMutex
	packs map[string]*Pack  // by region code
	hosts map[string]string // region code by host name, beside the packs' own hosts
}

// NewRegistry returns a registry of packs.
func NewRegistry(packs ...*Pack) *Registry {
	r := &Registry{packs: map[string]*Pack{}, hosts: map[string]string{}}
	for _, p := range packs {
		r.Set(p)
	}
	return r
}

// Set puts a pack in force. Ask Clash first where packs come from outside.
func (r *Registry) Set(p *Pack) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.packs[p.Identity.Code] = p
}

// Answer lets a region answer on a host name that its pack does not have to know,
// such as that of its configured address. A host of another region is refused
// (Conflict).
func (r *Registry) Answer(region, host string) error {
	host = hostName(host)
	r.mu.Lock()
	defer r.mu.Unlock()
	if other := r.owner(host); other != "" && other != region {
		return errHost(host, region, other)
	}
	r.hosts[host] = region
	return nil
}

// Clash says what a pack claims that another region already has, a host name or the
// prefix of its numbers (Conflict), nil if nothing.
func (r *Registry) Clash(p *Pack) error {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, h := range p.Identity.Hosts {
		if other, ok := r.hosts[h]; ok && other != p.Identity.Code {
			return errHost(h, p.Identity.Code, other)
		}
	}
	for _, other := range r.packs {
		if err := p.Clash(other); err != nil {
			return err
		}
	}
	return nil
}

// Clash says what two packs of different regions both claim (Conflict), nil if
// nothing.
func (p *Pack) Clash(other *Pack) error {
	a, b := p.Identity, other.Identity
	if a.Code == b.Code {
		return nil
	}
	if a.Prefix == b.Prefix {
		return tanggap.Errorf(tanggap.Conflict, "Awalan nomor %s dipakai dua daerah, %s (%s) dan %s (%s), sehingga nomor laporan tidak lagi unik. Ubah prefix salah satunya.",
			a.Prefix, a.Name, a.Code, b.Name, b.Code)
	}
	for _, h := range a.Hosts {
		if slices.Contains(b.Hosts, h) {
			return errHost(h, a.Code, b.Code)
		}
	}
	return nil
}

func errHost(host, a, b string) error {
	return tanggap.Errorf(tanggap.Conflict, "Host %s dipakai dua daerah, %s dan %s, sehingga tidak jelas siapa yang menjawab. Beri salah satunya host lain.", host, a, b)
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
	r.mu.RLock()
	defer r.mu.RUnlock()
	if len(r.packs) == 1 {
		for _, p := range r.packs {
			return p, true
		}
	}
	p, ok := r.packs[r.owner(hostName(host))]
	return p, ok
}

// owner returns the code of the region that answers on a host, "" if none does.
func (r *Registry) owner(host string) string {
	for code, p := range r.packs {
		if slices.Contains(p.Identity.Hosts, host) {
			return code
		}
	}
	return r.hosts[host]
}

// hostName is the host of a Host header, in lower case, without port and final dot.
func hostName(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.TrimSuffix(strings.ToLower(host), ".")
}

// All returns every pack, in the order of their codes.
func (r *Registry) All() []*Pack {
	r.mu.RLock()
	defer r.mu.RUnlock()
	out := make([]*Pack, 0, len(r.packs))
	for _, p := range r.packs {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b *Pack) int { return strings.Compare(a.Identity.Code, b.Identity.Code) })
	return out
}
