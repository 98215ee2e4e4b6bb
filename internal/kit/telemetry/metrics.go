package telemetry

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Namespace begins the name of every metric of Houvast.
const Namespace = "houvast"

// Metrics are what a monitor may read of one process. No label ever holds what
// somebody sent: routes are patterns, everything else is a short list. A nil
// *Metrics measures nothing.
type Metrics struct {
	reg      *prometheus.Registry
	requests *prometheus.HistogramVec
	busy     prometheus.Gauge
	refused  *prometheus.CounterVec
	panics   prometheus.Counter
	jobs     *prometheus.HistogramVec
	mails    *prometheus.CounterVec
}

// seconds are the steps in which durations are counted: most answers take a
// few milliseconds, and a second is what nobody should wait.
var seconds = []float64{.0025, .01, .025, .1, .25, .5, 1, 2.5, 10}

// NewMetrics makes the metrics of a process that runs a version of Houvast.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		reg: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: Namespace, Name: "http_request_seconds", Buckets: seconds,
			Help: "How long requests took, without live pages. The route is a pattern."}, []string{"route", "method", "status"}),
		busy: prometheus.NewGauge(prometheus.GaugeOpts{Namespace: Namespace, Name: "http_requests_in_flight",
			Help: "Requests that are being answered or wait for their turn, live pages included."}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: Namespace, Name: "http_refused_total",
			Help: "Requests that were turned away before any work was done, by why."}, []string{"reason"}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{Namespace: Namespace, Name: "http_panics_total",
			Help: "Requests whose handler broke down: a bug, always."}),
		jobs: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: Namespace, Name: "job_seconds", Buckets: seconds,
			Help: "How long jobs took, by kind and outcome."}, []string{"kind", "outcome"}),
		mails: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: Namespace, Name: "mail_sent_total",
			Help: "What became of attempts to send mail to customers."}, []string{"outcome"}),
	}
	build := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: Namespace, Name: "build_info",
		Help: "Always 1; the version is in the label.", ConstLabels: prometheus.Labels{"version": version}}, func() float64 { return 1 })
	m.reg.MustRegister(m.requests, m.busy, m.refused, m.panics, m.jobs, m.mails, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Register adds metrics that others gather.
func (m *Metrics) Register(c prometheus.Collector) error {
	if m == nil {
		return nil
	}
	return m.reg.Register(c)
}

// Began notes that a request came in, Ended that it was answered.
func (m *Metrics) Began() {
	if m != nil {
		m.busy.Inc()
	}
}

// Ended notes that a request was answered.
func (m *Metrics) Ended() {
	if m != nil {
		m.busy.Dec()
	}
}

// Request notes how long a request to a route took and how it was answered.
func (m *Metrics) Request(route, method string, status int, took time.Duration) {
	if m == nil {
		return
	}
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(route, knownMethod(method), class(status)).Observe(took.Seconds())
}

// Refused notes a request that was turned away.
func (m *Metrics) Refused(reason string) {
	if m != nil {
		m.refused.WithLabelValues(reason).Inc()
	}
}

// Panicked notes a handler that broke down.
func (m *Metrics) Panicked() {
	if m != nil {
		m.panics.Inc()
	}
}

// Job notes a job that was done, or not.
func (m *Metrics) Job(kind, outcome string, took time.Duration) {
	if m != nil {
		m.jobs.WithLabelValues(kind, outcome).Observe(took.Seconds())
	}
}

// Mail notes an attempt to send a mail.
func (m *Metrics) Mail(outcome string) {
	if m != nil {
		m.mails.WithLabelValues(outcome).Inc()
	}
}

// Handler answers a monitor that asks for all of it.
func (m *Metrics) Handler() http.Handler {
	return promhttp.InstrumentMetricHandler(m.reg, promhttp.HandlerFor(m.reg, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 4}))
}

// knownMethod keeps what clients make up out of the labels.
func knownMethod(m string) string {
	switch m {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodHead, http.MethodOptions:
		return m
	}
	return "other"
}

func class(status int) string {
	switch {
	case status < 300:
		return "2xx"
	case status < 400:
		return "3xx"
	case status < 500:
		return "4xx"
	case status < 600:
		return "5xx"
	}
	return strconv.Itoa(status)
}
