package app

import (
	"os"
	"runtime/debug"

	"github.com/prometheus/client_golang/prometheus"
)

// memoryLimit is how much memory Go may use before it collects harder. SQLite's page
// caches and the stacks come on top; together they stay below 256 MB.
const memoryLimit = 144 << 20

// limitMemory bounds the memory of this process unless the operator did.
func limitMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}

// admission tells how full the gates and lanes of the receiving side are.
type admission struct{ a *App }

var (
	readingFigure  = prometheus.NewDesc("tanggap_admission_reading", "Webhook bodies being read or stored.", []string{"region"}, nil)
	readBytes      = prometheus.NewDesc("tanggap_admission_reading_bytes", "Bytes of them that have arrived.", []string{"region"}, nil)
	unreadFigure   = prometheus.NewDesc("tanggap_admission_unread_total", "Webhooks refused before they were read.", []string{"region"}, nil)
	waitingFigure  = prometheus.NewDesc("tanggap_admission_waiting", "Deliveries that wait for a commit.", []string{"region", "channel"}, nil)
	waitingBytes   = prometheus.NewDesc("tanggap_admission_waiting_bytes", "Bytes of their bodies.", []string{"region", "channel"}, nil)
	refusedFigure  = prometheus.NewDesc("tanggap_admission_refused_total", "Deliveries refused because too many waited.", []string{"region", "channel"}, nil)
	admissionDescs = []*prometheus.Desc{readingFigure, readBytes, unreadFigure, waitingFigure, waitingBytes, refusedFigure}
)

// Describe implements prometheus.Collector.
func (admission) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range admissionDescs {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (x admission) Collect(ch chan<- prometheus.Metric) {
	put := func(d *prometheus.Desc, kind prometheus.ValueType, v int64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, kind, float64(v), labels...)
	}
	for _, r := range x.a.hooks.Reading() {
		put(readingFigure, prometheus.GaugeValue, int64(r.Bodies), r.Region)
		put(readBytes, prometheus.GaugeValue, int64(r.Bytes), r.Region)
		put(unreadFigure, prometheus.CounterValue, r.Shed, r.Region)
	}
	for _, l := range x.a.intake.Lanes() {
		put(waitingFigure, prometheus.GaugeValue, int64(l.Deliveries), l.Way.Region, l.Way.Channel)
		put(waitingBytes, prometheus.GaugeValue, l.Bytes, l.Way.Region, l.Way.Channel)
		put(refusedFigure, prometheus.CounterValue, l.Shed, l.Way.Region, l.Way.Channel)
	}
}
