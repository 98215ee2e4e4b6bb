package telemetry

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/houvast/houvast/internal/kernel/clock"
)

// otlp sends traces by OTLP over HTTP. The exporter of the project itself
// would do so too, and brings gRPC along; see docs/adr/0023-operations.md.
type otlp struct {
	http    *http.Client
	url     string
	headers map[string]string
}

// otlpSettings are what the environment says about it.
type otlpSettings struct {
	url     string
	headers map[string]string
	timeout time.Duration
	ca      string // a PEM file
}

// otlpOf reads the variables; on is false when nothing is to be sent.
func otlpOf(env func(string) string) (o otlpSettings, on bool, err error) {
	either := func(name string) string {
		if v := env("OTEL_EXPORTER_OTLP_TRACES_" + name); v != "" {
			return v
		}
		return env("OTEL_EXPORTER_OTLP_" + name)
	}
	exporter := strings.TrimSpace(env("OTEL_TRACES_EXPORTER"))
	switch {
	case strings.EqualFold(env("OTEL_SDK_DISABLED"), "true"), exporter == "none":
		return o, false, nil
	case exporter != "" && exporter != "otlp":
		return o, false, fmt.Errorf("OTEL_TRACES_EXPORTER is %q: Houvast sends traces by otlp, or not (none)", exporter)
	case env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != "":
		o.url = env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
	case env("OTEL_EXPORTER_OTLP_ENDPOINT") != "":
		o.url = strings.TrimRight(env("OTEL_EXPORTER_OTLP_ENDPOINT"), "/") + "/v1/traces"
	case exporter == "otlp":
		o.url = "http://localhost:4318/v1/traces"
	default:
		return o, false, nil
	}
	if u, err := url.Parse(o.url); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return o, false, errors.New("OTEL_EXPORTER_OTLP_ENDPOINT must be an address that begins with http:// or https://")
	}
	if p := either("PROTOCOL"); p != "" && p != "http/protobuf" {
		return o, false, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL is %q: Houvast speaks http/protobuf", p)
	}
	o.timeout = 10 * time.Second
	if ms := either("TIMEOUT"); ms != "" {
		n, err := strconv.Atoi(ms)
		if err != nil || n <= 0 {
			return o, false, errors.New("OTEL_EXPORTER_OTLP_TIMEOUT must be a number of milliseconds")
		}
		o.timeout = time.Duration(n) * time.Millisecond
	}
	o.headers = map[string]string{}
	for _, pair := range strings.Split(either("HEADERS"), ",") {
		if pair = strings.TrimSpace(pair); pair == "" {
			continue
		}
		name, value, ok := strings.Cut(pair, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if !ok || err != nil { // the value may be a secret, so it is not repeated
			return o, false, errors.New("OTEL_EXPORTER_OTLP_HEADERS must be name=value, separated by commas")
		}
		o.headers[strings.TrimSpace(name)] = value
	}
	o.ca = either("CERTIFICATE")
	return o, true, nil
}

func newOTLP(o otlpSettings) (*otlp, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if o.ca != "" {
		pem, err := os.ReadFile(o.ca)
		if err != nil {
			return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_CERTIFICATE: %w", err)
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(pem) {
			return nil, errors.New("OTEL_EXPORTER_OTLP_CERTIFICATE holds no certificate")
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	return &otlp{http: &http.Client{Transport: transport, Timeout: o.timeout}, url: o.url, headers: o.headers}, nil
}

// Start implements otlptrace.Client: there is no connection to open.
func (*otlp) Start(context.Context) error { return nil }

// Stop implements otlptrace.Client.
func (c *otlp) Stop(context.Context) error {
	c.http.CloseIdleConnections()
	return nil
}

// uploadTries bounds how often a batch is offered to a collector that is busy.
const uploadTries = 3

// UploadTraces implements otlptrace.Client.
func (c *otlp) UploadTraces(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	// On the wire the same as an ExportTraceServiceRequest.
	body, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: spans})
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		again, err := c.post(ctx, body)
		if err == nil || !again || try == uploadTries || ctx.Err() != nil {
			return err
		}
		clock.Machine.Sleep(ctx, time.Duration(try)*time.Second)
	}
}

func (c *otlp) post(ctx context.Context, body []byte) (again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	for name, value := range c.headers {
		req.Header.Set(name, value)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return true, err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection is used again
	_ = res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK, http.StatusAccepted, http.StatusNoContent:
		return false, nil
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		again = true
	}
	return again, fmt.Errorf("the collector of traces answered %d", res.StatusCode)
}
