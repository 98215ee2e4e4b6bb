package telemetry

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/houvast/houvast/internal/kernel/errs"
)

const caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

func TestTracesFollow(t *testing.T) {
	kept := tracetest.NewInMemoryExporter()
	traces, err := newTraces(t.Context(), sdk.WithSyncer(kept), "1")
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/desk/cases", nil)
	r.Header.Set("Traceparent", caller)
	ctx, request := traces.Request(r)
	if request.ID() != "0af7651916cd43dd8448eb211c80319c" {
		t.Errorf("another trace than the caller's: %s", request.ID())
	}
	_, write := Part(ctx, "write")
	write.Set(slog.String("subject", "knee of Fatima"), slog.String("state", "fatima@example.org"), slog.Int("rows", 3), slog.Any("id", map[string]string{"x": "Fatima"}))
	write.End(errs.New(errs.Invalid, "vague-time").Wrap(errors.New("Fatima, 0612345678")))
	request.Name("POST /desk/cases")
	request.End(nil)
	ctx, work := traces.Work(ctx, "job message.send", slog.String("job", "job_1"))
	_, mail := Part(ctx, "mail")
	mail.End(nil)
	work.End(nil)

	byName := map[string]tracetest.SpanStub{}
	for _, s := range kept.GetSpans() {
		byName[s.Name] = s
		for _, a := range s.Attributes {
			for _, personal := range []string{"Fatima", "fatima", "knee"} {
				if strings.Contains(a.Value.String(), personal) {
					t.Errorf("%s of %s holds %q", a.Key, s.Name, personal)
				}
			}
		}
		if strings.Contains(s.Status.Description, "Fatima") {
			t.Errorf("what went wrong in %s says %q", s.Name, s.Status.Description)
		}
	}
	if len(byName) != 4 {
		t.Fatalf("%d spans", len(byName))
	}
	if w := byName["write"]; w.Parent.SpanID() != byName["POST /desk/cases"].SpanContext.SpanID() || w.Status.Description != "vague-time" || len(w.Attributes) != 4 {
		t.Errorf("the write is %+v", w)
	}
	if j := byName["job message.send"]; j.Parent.IsValid() || byName["mail"].Parent.SpanID() != j.SpanContext.SpanID() {
		t.Errorf("a job begins a trace of its own, and its mail is in it: %+v", j)
	}
}

func TestNothingIsFollowedWhenOff(t *testing.T) {
	var off *Traces
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	ctx, s := off.Request(r)
	s.Set(slog.String("id", "x"))
	s.Name("x")
	s.End(errors.New("x"))
	if _, p := Part(ctx, "read"); s.On() || p.On() || s.ID() != "" || ctx != r.Context() {
		t.Error("something is followed")
	}
	if n := testing.AllocsPerRun(100, func() {
		_, p := Part(ctx, "read")
		p.End(nil)
	}); n > 0 {
		t.Errorf("following nothing takes %v allocations", n)
	}
	if err := off.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestTraceOf(t *testing.T) {
	for header, want := range map[string]string{
		caller: "0af7651916cd43dd8448eb211c80319c", "": "", "x": "", strings.Repeat("0", 55): "", strings.Replace(caller, "0af7", "zzzz", 1): "",
		"00-00000000000000000000000000000000-b7ad6b7169203331-01": "", caller[:36]: "0af7651916cd43dd8448eb211c80319c", caller[:35]: "",
	} {
		if got := TraceOf(header); got != want {
			t.Errorf("%q: %q", header, got)
		}
	}
}

func TestTheEnvironmentSwitchesTracesOn(t *testing.T) {
	for _, x := range []struct {
		env  string
		url  string
		fail bool
	}{
		{"", "", false},
		{"OTEL_TRACES_EXPORTER=none OTEL_EXPORTER_OTLP_ENDPOINT=http://a:1", "", false},
		{"OTEL_SDK_DISABLED=true OTEL_EXPORTER_OTLP_ENDPOINT=http://a:1", "", false},
		{"OTEL_TRACES_EXPORTER=otlp", "http://localhost:4318/v1/traces", false},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=http://a:1/", "http://a:1/v1/traces", false},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=http://a:1 OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=https://b/x", "https://b/x", false},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=a:1", "", true},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=http://a:1 OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "", true},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=http://a:1 OTEL_EXPORTER_OTLP_TIMEOUT=soon", "", true},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=http://a:1 OTEL_EXPORTER_OTLP_HEADERS=secret", "", true},
		{"OTEL_TRACES_EXPORTER=zipkin", "", true},
	} {
		env := map[string]string{}
		for _, kv := range strings.Fields(x.env) {
			k, v, _ := strings.Cut(kv, "=")
			env[k] = v
		}
		o, on, err := otlpOf(func(k string) string { return env[k] })
		if (err != nil) != x.fail || on != (x.url != "") || on && o.url != x.url {
			t.Errorf("%s: %q %v %v", x.env, o.url, on, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("a header is repeated: %v", err)
		}
	}
}

// TestTracesArrive: a collector that is busy first gets them all the same, in
// the form it expects, and what is left over at the end too.
func TestTracesArrive(t *testing.T) {
	var mu sync.Mutex
	asked, names := 0, []string{}
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if asked++; asked == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		body, err := io.ReadAll(r.Body)
		var got tracepb.TracesData
		if err != nil || proto.Unmarshal(body, &got) != nil || r.Header.Get("Content-Type") != "application/x-protobuf" || r.Header.Get("X-Key") != "a b" || r.URL.Path != "/v1/traces" {
			t.Errorf("unreadable: %v %v", err, r.Header)
		}
		for _, rs := range got.ResourceSpans {
			for _, ss := range rs.ScopeSpans {
				for _, s := range ss.Spans {
					names = append(names, s.Name)
				}
			}
		}
	}))
	defer collector.Close()
	env := map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL, "OTEL_EXPORTER_OTLP_HEADERS": "x-key=a%20b"}
	traces, err := NewTraces(t.Context(), func(k string) string { return env[k] }, "1", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	_, s := traces.Work(t.Context(), "job x")
	s.End(nil)
	if err := traces.Close(t.Context()); err != nil {
		t.Error(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if asked != 2 || strings.Join(names, " ") != "job x" {
		t.Errorf("asked %d times, got %v", asked, names)
	}
}
