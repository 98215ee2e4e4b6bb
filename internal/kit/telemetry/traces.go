package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/houvast/houvast/internal/kernel/errs"
)

// Traces follow a request or a job through the house, when the environment
// says where to send them. A nil *Traces follows nothing.
type Traces struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
	from     propagation.TraceContext
}

const scope = "github.com/houvast/houvast"

// NewTraces reads the standard OTEL_* variables and gives nil when they switch
// nothing on. Sampling, batching and limits are the SDK's own, by its own
// variables.
func NewTraces(ctx context.Context, env func(string) string, version string, log *slog.Logger) (*Traces, error) {
	o, on, err := otlpOf(env)
	if err != nil || !on {
		return nil, err
	}
	client, err := newOTLP(o)
	if err != nil {
		return nil, err
	}
	exporter, err := otlptrace.New(ctx, client)
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	// The one hook the SDK has for what goes wrong in the background.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces could not be sent", "err", err) }))
	return newTraces(ctx, sdk.WithBatcher(exporter), version)
}

func newTraces(ctx context.Context, out sdk.TracerProviderOption, version string) (*Traces, error) {
	about, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "houvast"), attribute.String("service.version", version)),
		resource.WithFromEnv())
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return nil, fmt.Errorf("traces: %w", err)
	}
	p := sdk.NewTracerProvider(out, sdk.WithResource(about))
	return &Traces{provider: p, tracer: p.Tracer(scope)}, nil
}

// Close sends what was not sent yet.
func (t *Traces) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}

// Request begins to follow a request, as a part of the caller's trace when
// there is one.
func (t *Traces) Request(r *http.Request) (context.Context, Span) {
	if t == nil {
		return r.Context(), Span{}
	}
	ctx := t.from.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
	ctx, s := t.tracer.Start(ctx, "request", trace.WithSpanKind(trace.SpanKindServer))
	return ctx, Span{s}
}

// Work begins to follow work that nobody asked for just now, such as a job.
func (t *Traces) Work(ctx context.Context, name string, attrs ...slog.Attr) (context.Context, Span) {
	if t == nil {
		return ctx, Span{}
	}
	ctx, s := t.tracer.Start(ctx, name, trace.WithNewRoot())
	out := Span{s}
	out.Set(attrs...)
	return ctx, out
}

// Span is a stretch of work that is being followed, or nothing.
type Span struct{ s trace.Span }

// Part begins a part of what is being followed in ctx; nothing when nothing is.
func Part(ctx context.Context, name string) (context.Context, Span) {
	outer := trace.SpanFromContext(ctx)
	if !outer.IsRecording() {
		return ctx, Span{}
	}
	ctx, s := outer.TracerProvider().Tracer(scope).Start(ctx, name)
	return ctx, Span{s}
}

// On says whether anything is followed.
func (s Span) On() bool { return s.s != nil && s.s.IsRecording() }

// Name calls it by what turned out: the pattern of the route.
func (s Span) Name(name string) {
	if s.On() {
		s.s.SetName(name)
	}
}

// Set adds attributes. The same list as that of the log says which may leave
// the house; others show as "[withheld]".
func (s Span) Set(attrs ...slog.Attr) {
	if !s.On() {
		return
	}
	for _, a := range attrs {
		a = guarded(a)
		switch v := a.Value; v.Kind() {
		case slog.KindInt64:
			s.s.SetAttributes(attribute.Int64(a.Key, v.Int64()))
		case slog.KindBool:
			s.s.SetAttributes(attribute.Bool(a.Key, v.Bool()))
		case slog.KindFloat64:
			s.s.SetAttributes(attribute.Float64(a.Key, v.Float64()))
		default:
			s.s.SetAttributes(attribute.String(a.Key, v.String()))
		}
	}
}

// End ends it. Of an error only its stable type is told.
func (s Span) End(err error) {
	if s.s == nil {
		return
	}
	if err != nil {
		s.s.SetStatus(codes.Error, errs.TypeOf(err))
	}
	s.s.End()
}

// ID is the trace's, for the log; "" without one.
func (s Span) ID() string {
	if s.s == nil || !s.s.SpanContext().HasTraceID() {
		return ""
	}
	return s.s.SpanContext().TraceID().String()
}

// TraceOf is the id of the trace that a caller says a request is a part of, for
// the log of a house that follows nothing itself; "" without one.
func TraceOf(traceparent string) string {
	const form = "00-0123456789abcdef0123456789abcdef-"
	if len(traceparent) < len(form) || traceparent[2] != '-' || traceparent[len(form)-1] != '-' {
		return ""
	}
	id, err := trace.TraceIDFromHex(traceparent[3 : len(form)-1])
	if err != nil {
		return ""
	}
	return id.String()
}
