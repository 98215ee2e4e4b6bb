package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"regexp"
	"time"

	"github.com/houvast/houvast/internal/kit/config"
)

// withheld stands in the place of a value that may be personal.
const withheld = "[withheld]"

// New makes the logger: text when w is a terminal, JSON otherwise, unless the
// settings say which. What it prints has passed the list of keys.
func New(cfg config.Log, w io.Writer) *slog.Logger {
	opts := &slog.HandlerOptions{Level: levelOf(cfg.Level)}
	if cfg.Format == "text" || cfg.Format != "json" && isTerminal(w) {
		return slog.New(Guard(slog.NewTextHandler(w, opts)))
	}
	return slog.New(Guard(slog.NewJSONHandler(w, opts)))
}

func levelOf(name string) slog.Level {
	switch name {
	case "debug":
		return slog.LevelDebug
	case "warn":
		return slog.LevelWarn
	case "error":
		return slog.LevelError
	default:
		return slog.LevelInfo
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// Guard lets through to next only what may be printed.
func Guard(next slog.Handler) slog.Handler { return guard{next} }

type guard struct{ next slog.Handler }

func (g guard) Enabled(ctx context.Context, l slog.Level) bool { return g.next.Enabled(ctx, l) }

func (g guard) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, maskAddresses(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(guarded(a))
		return true
	})
	return g.next.Handle(ctx, clean)
}

func (g guard) WithAttrs(attrs []slog.Attr) slog.Handler {
	out := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		out[i] = guarded(a)
	}
	return guard{g.next.WithAttrs(out)}
}

func (g guard) WithGroup(name string) slog.Handler { return guard{g.next.WithGroup(name)} }

// guarded gives the attribute as it may be printed. A group is only a wrapper:
// each of its attributes is judged by its own key.
func guarded(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		members := v.Group()
		out := make([]slog.Attr, len(members))
		for i, m := range members {
			out[i] = guarded(m)
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(out...)}
	}
	if !allowed(a.Key) {
		return slog.String(a.Key, withheld)
	}
	return slog.Attr{Key: a.Key, Value: printable(v)}
}

// printable keeps values that are what they seem: numbers, times, texts,
// errors. A struct or map could carry anything along.
func printable(v slog.Value) slog.Value {
	switch v.Kind() {
	case slog.KindString:
		return slog.StringValue(maskAddresses(v.String()))
	case slog.KindAny:
		switch t := v.Any().(type) {
		case nil:
			return v
		case error:
			return slog.StringValue(maskAddresses(safely(t.Error)))
		case fmt.Stringer:
			return slog.StringValue(maskAddresses(safely(t.String)))
		case []string:
			out := make([]string, len(t))
			for i, s := range t {
				out[i] = maskAddresses(s)
			}
			return slog.AnyValue(out)
		case []int, []int64, []time.Duration:
			return v
		case []byte: // a stack
			return slog.StringValue(maskAddresses(string(t)))
		}
		return slog.StringValue(withheld)
	default:
		return v
	}
}

// safely survives the method of a nil pointer: logging must never be what breaks.
func safely(text func() string) (s string) {
	defer func() {
		if recover() != nil {
			s = "[unprintable]"
		}
	}()
	return text()
}

// An e-mail address, also where it stands inside <> or a URL. Deliberately
// wide: masking too much costs nothing.
var address = regexp.MustCompile(`[^\s<>"'(),:;/=]+@[^\s<>"'(),:;/@]+`)

// maskAddresses is the second fence: errors of other people's code like to
// repeat the address they failed on.
func maskAddresses(s string) string { return address.ReplaceAllString(s, "[address]") }
