package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tanggap/internal/store"
)

// health tells machines how this process is.
type health struct {
	a        *App
	registry *prometheus.Registry
	requests *prometheus.CounterVec

	mu      sync.Mutex
	checked time.Time
	last    map[string]string
}

const (
	readyFor    = 5 * time.Second // an answer is good for so long: each costs a commit
	readyWithin = 2 * time.Second // a commit that takes longer is a fault
	minDisk     = 256 << 20       // bytes; below, the next big commit may fail
	lateOutbox  = 10 * time.Minute
)

func newHealth(a *App) *health {
	h := &health{a: a, registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tanggap_http_requests_total", Help: "Answered requests."}, []string{"method", "code"})}
	h.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), h.requests, figures{a}, admission{a},
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "tanggap_build_info", Help: "Always 1.", ConstLabels: prometheus.Labels{"version": a.deps.Program}}, func() float64 { return 1 }))
	return h
}

// alive says that the process runs at all.
func (h *health) alive(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintln(w, "ok")
}

// ready says whether this process can take a message now: 200 or 503 and, for each
// part, "ok" or what is wrong. "outbox" is told but does not make it unready: what
// is owed waits safely.
func (h *health) ready(w http.ResponseWriter, r *http.Request) {
	parts := h.parts(r.Context())
	status := http.StatusOK
	for name, state := range parts {
		if state != "ok" && name != "outbox" {
			status = http.StatusServiceUnavailable
			w.Header().Set("Retry-After", "5")
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// The answer is a small map of text; writing it fails only when nobody listens.
	_ = json.NewEncoder(w).Encode(parts)
}

func (h *health) parts(ctx context.Context) map[string]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.a.deps.Clock.Now()
	if age := now.Sub(h.checked); h.last != nil && age >= 0 && age < readyFor {
		return h.last
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyWithin)
	defer cancel()
	h.last, h.checked = map[string]string{"database": h.database(ctx), "disk": h.disk(), "outbox": h.outbox(ctx, now)}, now
	return h.last
}

// database commits something small.
func (h *health) database(ctx context.Context) string {
	for _, code := range h.a.codes[:1] {
		err := h.a.store.InTx(ctx, func(tx *store.Store) error {
			_, err := tx.Take(ctx, code, "ready", 1)
			return err
		})
		if err != nil {
			h.a.log.Error("readiness: commit failed", "error", err)
			return "cannot write"
		}
	}
	return "ok"
}

func (h *health) disk() string {
	free, err := diskFree(h.a.cfg.Data)
	if err != nil {
		return "unknown"
	}
	if free < minDisk {
		return fmt.Sprintf("only %d MB free", free>>20)
	}
	return "ok"
}

// diskFree returns the bytes that an ordinary user may still write.
func diskFree(path string) (uint64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return 0, err
	}
	return st.Bavail * uint64(st.Bsize), nil
}

func (h *health) outbox(ctx context.Context, now time.Time) string {
	for _, code := range h.a.codes {
		age, err := oldestNotice(ctx, h.a.store, code, now)
		if err != nil {
			return "unknown"
		}
		if age > lateOutbox {
			return fmt.Sprintf("the oldest notice of %s waits for %s", code, age.Round(time.Minute))
		}
	}
	return "ok"
}

// oldestNotice is how long the longest overdue notice of a region waits; one that is held back
// on purpose, as in quiet hours, is not overdue.
func oldestNotice(ctx context.Context, s *store.Store, region string, now time.Time) (time.Duration, error) {
	var oldest any
	err := s.SQL().QueryRowContext(ctx, "SELECT min(not_before_at) FROM notifications WHERE region = $1 AND state = 'ready'", region).Scan(&oldest)
	if err != nil || oldest == nil {
		return 0, err
	}
	at, ok := oldest.(time.Time)
	if text, isText := oldest.(string); isText {
		if at, err = time.Parse("2006-01-02 15:04:05.999999-07:00", text); err != nil {
			return 0, err
		}
		ok = true
	}
	if !ok {
		return 0, fmt.Errorf("time of type %T", oldest)
	}
	return max(now.Sub(at), 0), nil
}

// count counts answers by method and status.
func (h *health) count(next http.Handler) http.Handler {
	return promhttp.InstrumentHandlerCounter(h.requests, next)
}

func (h *health) metrics() http.Handler {
	return promhttp.HandlerFor(h.registry, promhttp.HandlerOpts{})
}

// figures are read from the database when somebody asks.
type figures struct{ a *App }

var (
	inboundFigure = prometheus.NewDesc("tanggap_inbound_last", "Last number of the gap-free inbound sequence.", []string{"region"}, nil)
	eventsFigure  = prometheus.NewDesc("tanggap_audit_events", "Events in the audit log.", []string{"region"}, nil)
	packFigure    = prometheus.NewDesc("tanggap_pack_version", "Version of the region pack in force.", []string{"region"}, nil)
	stoppedFigure = prometheus.NewDesc("tanggap_outbound_stopped", "1 while a restore's stop of outbound holds.", []string{"region"}, nil)
	outboxFigure  = prometheus.NewDesc("tanggap_outbox_age_seconds", "How long the longest overdue notice waits.", []string{"region"}, nil)
)

// Describe implements prometheus.Collector.
func (f figures) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{inboundFigure, eventsFigure, packFigure, stoppedFigure, outboxFigure} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (f figures) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), readyWithin)
	defer cancel()
	gauge := func(d *prometheus.Desc, v int64, err error, labels ...string) {
		if err != nil {
			ch <- prometheus.NewInvalidMetric(d, err)
			return
		}
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v), labels...)
	}
	for _, p := range f.a.packs.All() {
		code := p.Identity.Code
		n, err := f.a.store.Counter(ctx, code, "inbound")
		gauge(inboundFigure, n, err, code)
		n, err = f.a.store.AuditLog(code).Head(ctx)
		gauge(eventsFigure, n, err, code)
		gauge(packFigure, p.Version, nil, code)
		stopped := int64(0)
		if (*f.a.paused.Load())[code] {
			stopped = 1
		}
		gauge(stoppedFigure, stopped, nil, code)
		age, err := oldestNotice(ctx, f.a.store, code, f.a.deps.Clock.Now())
		gauge(outboxFigure, int64(age/time.Second), err, code)
	}
}
