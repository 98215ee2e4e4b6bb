package chaos

import (
	"context"
	"fmt"
	"io"

	"github.com/houvast/houvast/internal/app"
	"github.com/houvast/houvast/internal/kit/telemetry"
)

// Serve is the program's own serve with a clock that a file moves: everything
// else is as in production.
func Serve(ctx context.Context, file string, env []string, out, errOut io.Writer) error {
	cfg, err := settings(env)
	if err != nil {
		return err
	}
	c, err := newFileClock(ctx, file)
	if err != nil {
		return err
	}
	a, err := app.Open(ctx, app.Options{Config: cfg, Log: telemetry.New(cfg.Log, errOut), Version: "chaos", Clock: c, Parallel: 8})
	if err != nil {
		return err
	}
	return a.Serve(ctx, func(address string) { fmt.Fprintf(out, "Houvast answers on %s\n", address) })
}
