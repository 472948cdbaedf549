package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/crypto/acme/autocert"
	"golang.org/x/net/netutil"

	"tanggap/internal/access"
	"tanggap/internal/tanggap"
	"tanggap/internal/web"
)

// Limits of a connection. Reading is slow on purpose: a photo over 3G.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = 3 * time.Minute
	writeTimeout  = 2 * time.Minute
	idleTimeout   = time.Minute
	maxHeader     = 32 << 10
	maxConns      = 4096        // of one listener; more wait in the kernel until one ends
	streamsEnd    = time.Second // after the beginning of the end, open signal streams are cut
)

// server is one listening HTTP server.
type server struct {
	http     *http.Server
	listener net.Listener
	cut      context.CancelFunc
}

func newServer(h http.Handler, l net.Listener) *server {
	base, cut := context.WithCancel(context.Background())
	return &server{listener: l, cut: cut, http: &http.Server{
		Handler: h, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader, BaseContext: func(net.Listener) context.Context { return base },
	}}
}

func (s *server) serve() error {
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("http: %w", err)
	}
	return nil
}

func (s *server) shutdown(ctx context.Context) error {
	timer := time.AfterFunc(streamsEnd, s.cut)
	defer timer.Stop()
	defer s.cut()
	if err := s.http.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("http: %w", err), s.http.Close())
	}
	return nil
}

// servers opens every listener that the configuration asks for; what pages keep up to date
// in the background ends with ctx.
func (a *App) servers(ctx context.Context) (out []*server, err error) {
	limitMemory()
	defer func() {
		if err != nil {
			for _, s := range out {
				err = errors.Join(err, s.listener.Close())
			}
		}
	}()
	if a.cfg.Has(RoleWeb) {
		l := a.deps.Listener
		if l == nil {
			if l, err = net.Listen("tcp", a.cfg.Listen); err != nil {
				return out, fmt.Errorf("listen: %w", err)
			}
		}
		l = netutil.LimitListener(l, maxConns) // below TLS, which the server must see
		handler, err := a.handler(ctx)
		if err != nil {
			return out, errors.Join(err, l.Close())
		}
		switch a.cfg.TLS.Mode {
		case TLSACME:
			m := &autocert.Manager{Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(a.cfg.TLS.Cache),
				HostPolicy: autocert.HostWhitelist(a.cfg.TLS.Hosts...), Email: a.cfg.TLS.Email}
			l = tls.NewListener(l, m.TLSConfig())
			plain, err := net.Listen("tcp", ":80")
			if err != nil {
				return append(out, newServer(handler, l)), fmt.Errorf("listen for ACME: %w", err)
			}
			out = append(out, newServer(m.HTTPHandler(nil), netutil.LimitListener(plain, maxConns)))
		case TLSFiles:
			cert, err := tls.LoadX509KeyPair(a.cfg.TLS.Cert, a.cfg.TLS.Key)
			if err != nil {
				return append(out, newServer(handler, l)), fmt.Errorf("tls: %w", err)
			}
			l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}})
		}
		out = append(out, newServer(handler, l))
	}
	if a.cfg.Metrics != "" {
		l, err := net.Listen("tcp", a.cfg.Metrics)
		if err != nil {
			return out, fmt.Errorf("listen for metrics: %w", err)
		}
		mux := http.NewServeMux()
		mux.Handle("GET /metrics", a.health.metrics())
		out = append(out, newServer(mux, l))
	}
	return out, nil
}

// handler is everything this process answers on its public address.
func (a *App) handler(ctx context.Context) (http.Handler, error) {
	mux := http.NewServeMux()
	mux.Handle("GET /healthz", forPrograms(http.HandlerFunc(a.health.alive)))
	mux.Handle("GET /readyz", forPrograms(http.HandlerFunc(a.health.ready)))
	mux.Handle("/webhook/whatsapp", forPrograms(a.hooks.Handler()))
	mux.Handle("/webhook/whatsapp/", forPrograms(a.hooks.Handler()))
	pages := &web.Server{Store: a.store, Packs: a.packs, Desk: a.desk, Intake: a.intake, Models: a.models, Outlook: a.outlook, Reports: a.reports, Access: a.access, Hub: a.hub, Media: a.media, View: a.view,
		Clock: a.deps.Clock, Log: a.log.With("part", "web"), BaseURL: a.baseURL,
		Proxies: a.cfg.TrustedProxies, Demos: a.demos, Wake: a.send.Signal, Budget: a.send.Budget, WhatsApp: a.number}
	if a.cfg.OIDC != nil {
		pages.Provider = newProvider(a.cfg.OIDC, a.deps.Clock)
	}
	jobs, err := a.queue.Pages(ctx, web.JobsPath, a.log.With("part", "job"))
	if err != nil {
		return nil, err
	}
	pages.System = &web.System{Program: a.deps.Program, Began: a.deps.Clock.Now(), Postgres: a.cfg.Postgres(), Parts: a.health.parts,
		Stopped: func(code string) bool { return (*a.paused.Load())[code] }, Jobs: a.queue, JobPages: jobs}
	mux.Handle("/", pages.Handler())
	return a.health.count(mux), nil
}

// forPrograms tells a browser that comes to an address for programs to run and keep
// nothing of the answer (OWASP ASVS 3.4).
func forPrograms(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

func newProvider(x *OIDC, clock tanggap.Clock) *access.Provider {
	return access.NewProvider(access.Settings{Issuer: x.Issuer, ClientID: x.ClientID, Secret: x.Secret.Reveal(), Label: x.Label, Domains: x.Domains}, clock)
}
