// Package web serves the pages of citizens and officers. All addresses stand in
// routes.go with who may use them; a handler returns an error and server.go turns
// it into a page.
package web

import (
	"context"
	_ "embed"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"tanggap/internal/access"
	"tanggap/internal/casework"
	"tanggap/internal/intake"
	"tanggap/internal/learn"
	"tanggap/internal/live"
	"tanggap/internal/media"
	"tanggap/internal/notify"
	"tanggap/internal/outlook"
	"tanggap/internal/region"
	"tanggap/internal/report"
	"tanggap/internal/store"
	"tanggap/internal/tanggap"
	"tanggap/internal/web/view"
)

// Server serves the pages of every region of this process. All fields are needed
// but Provider, Demos, Wake, Budget, System and WhatsApp.
type Server struct {
	Store    *store.Store
	Packs    *region.Registry
	Desk     *casework.Desk
	Intake   *intake.Intake
	Models   *learn.Registry // nil where nothing is learned
	Outlook  *outlook.Keeper
	Reports  *report.Office
	Access   *access.Access
	Provider *access.Provider // of identities; nil if none is configured
	Hub      *live.Hub
	Media    media.Store
	View     *view.Renderer
	Clock    tanggap.Clock
	Log      *slog.Logger
	BaseURL  func(p *region.Pack) string

	Proxies  []netip.Prefix                                                                   // whose X-Forwarded-For and -Proto are believed
	Demos    map[string]*Demo                                                                 // by region; empty unless this is the demo
	Wake     func()                                                                           // tells the dispatcher that the outbox may hold something
	Budget   func(ctx context.Context, p *region.Pack, channel string) (notify.Budget, error) // of paid messages; nil hides it
	System   *System                                                                          // what the process knows of itself; nil hides the page
	WhatsApp func(p *region.Pack) string                                                      // number citizens write to, digits; "" hides it

	limits   *budgets
	logins   *visitorBudget
	sessions *access.Sessions
}

// Handler returns the pages. Call it once, when every field is set.
func (s *Server) Handler() http.Handler {
	s.limits = newBudgets()
	s.logins = newVisitorBudget(
		&budget{every: 10 * time.Second, burst: 20},
		&budget{every: 2 * time.Second, burst: 60},
		&budget{every: 100 * time.Millisecond, burst: 200})
	s.sessions = s.Access.Sessions()
	mux := http.NewServeMux()
	for _, x := range s.routes() {
		mux.Handle(x.pattern, s.serve(x))
	}
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, tanggap.Errorf(tanggap.Forbidden, "formulir ini dikirim dari situs lain"))
	}))
	return s.enter(cross.Handler(mux))
}

// strangerPage answers on a host of no region. It names none: who asks may be
// looking for which regions this server has.
//
//go:embed stranger.html
var strangerPage []byte

// enter is the way of every request: its region, language and address are found,
// the headers of every answer set, a panic becomes a page, and one line is logged.
func (s *Server) enter(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{id: tanggap.NewID(), nonce: view.NewNonce(), began: s.Clock.Now()}
		v.ip, v.secure = s.origin(r)
		secureHeaders(w.Header(), v)
		p, ok := s.Packs.Host(r.Host)
		if !ok {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(http.StatusNotFound)
			// Writing fails only when nobody listens.
			_, _ = w.Write(strangerPage)
			return
		}
		v.pack = p
		v.lang, r.URL.Path = splitLanguage(r.URL.Path)
		v.path = r.URL.RequestURI()
		r = r.WithContext(access.WithOrigin(withVisit(r.Context(), v), access.Origin{Region: p.Identity.Code, Agent: r.UserAgent(), IP: v.ip}))
		rec := &recorder{ResponseWriter: w}
		defer func() {
			if x := recover(); x != nil {
				if err, ok := x.(error); ok && errors.Is(err, http.ErrAbortHandler) {
					panic(x)
				}
				s.Log.ErrorContext(r.Context(), "panic", "request", v.id, "panic", x, "stack", string(debug.Stack()))
				if rec.status == 0 {
					s.page(rec, r, http.StatusInternalServerError)
				}
			}
			// The pattern, not the path: paths hold tokens.
			s.Log.DebugContext(r.Context(), "request", "request", v.id, "route", r.Pattern, "status", rec.status, "took", s.Clock.Now().Sub(v.began))
		}()
		next.ServeHTTP(rec, r)
	})
}

// secureHeaders are those of every answer; handlers may only tighten them.
func secureHeaders(h http.Header, v *visit) {
	h.Set("X-Request-Id", v.id)
	h.Set("Content-Security-Policy", view.CSP(v.nonce))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(self)")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-cache")
	if v.secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// splitLanguage takes the language in front of a path away: /en/lacak is the page
// /lacak in English.
func splitLanguage(path string) (lang, rest string) {
	for _, l := range view.Languages[1:] {
		if path == "/"+l {
			return l, "/"
		}
		if rest, ok := strings.CutPrefix(path, "/"+l+"/"); ok {
			return l, "/" + rest
		}
	}
	return view.Languages[0], path
}

// recorder remembers the status of an answer, and that there was one.
type recorder struct {
	http.ResponseWriter
	status int
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach flushing and deadlines.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// statusOf maps errors to HTTP; this is the only place that does.
func statusOf(err error) int {
	if errors.As(err, new(*http.MaxBytesError)) {
		return http.StatusRequestEntityTooLarge
	}
	switch tanggap.CodeOf(err) {
	case tanggap.Invalid:
		return http.StatusUnprocessableEntity
	case tanggap.NotFound:
		return http.StatusNotFound
	case tanggap.Conflict:
		return http.StatusConflict
	case tanggap.Unauthorized:
		return http.StatusUnauthorized
	case tanggap.Forbidden:
		return http.StatusForbidden
	case tanggap.TooMany:
		return http.StatusTooManyRequests
	case tanggap.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// fail answers a request with the page of an error. What went wrong inside is only
// in the log.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	v := at(r)
	status := statusOf(err)
	if r.Context().Err() != nil && status == http.StatusInternalServerError {
		return // the visitor has gone
	}
	switch {
	case status == http.StatusInternalServerError:
		s.Log.ErrorContext(r.Context(), "request failed", "request", v.id, "route", r.Pattern, "error", err)
	case status == http.StatusForbidden, status == http.StatusNotFound && v.officer != nil: // what he may not read does not exist for him
		s.Log.WarnContext(r.Context(), "refused", "request", v.id, "route", r.Pattern, "verb", v.verb, "officer", v.actor.ID, "status", status)
	}
	if rec, ok := w.(*recorder); ok && rec.status != 0 {
		return // too late for another answer
	}
	if status == http.StatusForbidden && v.officer != nil {
		page := &view.Forbidden{}
		var base error
		if page.Base, base = s.staffBase(r); base == nil {
			if s.render(w, r, status, "forbidden", page) == nil {
				return
			}
		}
	}
	s.page(w, r, status, err)
}

// page shows the error page of a status. A message that tells a person what to do
// stands on it.
func (s *Server) page(w http.ResponseWriter, r *http.Request, status int, why ...error) {
	page := &view.ErrorPage{Base: s.base(r), Status: status}
	var e *tanggap.Error
	if len(why) > 0 && errors.As(why[0], &e) && e.Code != tanggap.Internal && e.Code != tanggap.NotFound {
		page.Notice = &view.Notice{Tone: "warn", Text: e.Message}
	}
	if err := s.render(w, r, status, "error", page); err != nil {
		s.Log.ErrorContext(r.Context(), "error page failed", "request", at(r).id, "error", err)
	}
}

// render writes a page in the visitor's language.
func (s *Server) render(w http.ResponseWriter, r *http.Request, status int, name string, page view.Page) error {
	v := at(r)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	return s.View.Render(late{w, status}, name, v.lang, v.nonce, page)
}

// late sends the status with the first byte, which the renderer writes only after
// the whole page has succeeded.
type late struct {
	http.ResponseWriter
	status int
}

func (l late) Write(b []byte) (int, error) {
	l.ResponseWriter.WriteHeader(l.status)
	return l.ResponseWriter.Write(b)
}

// base is what every page has.
func (s *Server) base(r *http.Request) view.Base {
	v := at(r)
	site := view.Site{Name: "Tanggap", Region: v.pack.PublicName(), Zone: v.pack.Location(),
		Demo: s.Demos[v.pack.Identity.Code] != nil}
	if r.Header.Get("HX-Request") == "" { // what htmx puts into a page has its colours there, and that page's policy refuses others
		site.Palette = view.NewPalette(v.pack.Identity.Colour)
	}
	for _, n := range v.pack.Identity.Numbers {
		if n.Verified {
			site.Emergency = n.Number
			break
		}
	}
	if s.WhatsApp != nil {
		site.WhatsApp = s.WhatsApp(v.pack)
	}
	return view.Base{Site: site, Path: v.path, Now: s.Clock.Now(), Lang: v.lang}
}

// wake tells the dispatcher that notices may be owed.
func (s *Server) wake() {
	if s.Wake != nil {
		s.Wake()
	}
}
