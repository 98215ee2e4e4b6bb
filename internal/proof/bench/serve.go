package bench

import (
	"context"
	"net/http"
	_ "net/http/pprof" // on the address in BENCH_PPROF
	"os"

	"github.com/houvast/houvast/internal/app"
	"github.com/houvast/houvast/internal/kit/config"
)

// ServeCommand makes the program run Serve.
const ServeCommand = "serve"

// Serve is the server as houvast serve runs it, with profiles on an address of
// their own.
func Serve(ctx context.Context) error {
	cfg, err := config.Load(config.Source{Env: os.Environ()})
	if err != nil {
		return err
	}
	if address := os.Getenv("BENCH_PPROF"); address != "" {
		go func() { _ = http.ListenAndServe(address, nil) }() //nolint:gosec // on loopback, while it is measured
	}
	return app.Serve(ctx, app.ServeOptions{Config: cfg, Version: "bench", Out: os.Stdout, Err: os.Stderr})
}
