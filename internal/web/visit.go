package web

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/region"
	"tanggap/internal/store"
	"tanggap/internal/web/view"
)

// visit is what is known about a request before its handler runs.
type visit struct {
	id     string
	pack   *region.Pack
	lang   string
	path   string // without language prefix, with query
	nonce  string
	ip     netip.Addr
	secure bool // came over TLS
	began  time.Time

	officer  *store.Officer // on officers' pages
	actor    access.Actor
	verb     access.Verb
	revealed bool        // the officer has just said why he opens masked words
	opened   *store.Case // the case that the address names
}

type visitKey struct{}

func withVisit(ctx context.Context, v *visit) context.Context {
	return context.WithValue(ctx, visitKey{}, v)
}

func at(r *http.Request) *visit {
	v, ok := r.Context().Value(visitKey{}).(*visit)
	if !ok {
		panic("web: request did not come through Server.Handler")
	}
	return v
}

func lang(r *http.Request) string { return at(r).lang }

func (s *Server) pack(r *http.Request) *region.Pack   { return at(r).pack }
func (s *Server) clientIP(r *http.Request) netip.Addr { return at(r).ip }
func (s *Server) secure(r *http.Request) bool         { return at(r).secure }

// origin returns the visitor's address and whether he came over TLS. What a proxy
// says is believed only when the proxy is one of ours; of the addresses it forwards
// the last that is not ours is the visitor's.
func (s *Server) origin(r *http.Request) (netip.Addr, bool) {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	ip, _ := netip.ParseAddr(host)
	ip = ip.Unmap()
	secure := r.TLS != nil
	if !s.ours(ip) {
		return ip, secure
	}
	if proto := r.Header.Values("X-Forwarded-Proto"); len(proto) > 0 {
		secure = strings.EqualFold(strings.TrimSpace(proto[len(proto)-1]), "https")
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		if ip = hop.Unmap(); !s.ours(ip) {
			break
		}
	}
	return ip, secure
}

func (s *Server) ours(ip netip.Addr) bool {
	for _, p := range s.Proxies {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// localPath is an address of ours in the visitor's language.
func localPath(r *http.Request, path string) string {
	if lang(r) == view.Languages[0] {
		return path
	}
	return "/" + lang(r) + path
}
