package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"golang.org/x/net/netutil"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/config"
	"github.com/houvast/houvast/internal/kit/telemetry"
)

// ServeOptions are what the server is started with.
type ServeOptions struct {
	Config   *config.Config
	Version  string
	Out, Err io.Writer
}

// lastTraces is how long the collector of traces may take for the last ones.
const lastTraces = 3 * time.Second

// drainTime is how long open requests may take once the server is asked to stop.
const drainTime = 15 * time.Second

// jobsAtOnce bounds the work beside the requests, most of it waiting for a
// mail server.
const jobsAtOnce = 8

// Serve runs the server until ctx ends, then stops gracefully: requests are
// answered, what is being written is committed, workers finish their batch.
func Serve(ctx context.Context, o ServeOptions) error {
	log := telemetry.New(o.Config.Log, o.Err)
	if limit := boundMemory(o.Config); limit > 0 && limit < math.MaxInt64 {
		log.Info("memory is bounded", "bytes", limit)
	}
	traces, err := telemetry.NewTraces(ctx, os.Getenv, o.Version, log)
	if err != nil {
		return err
	}
	defer func() { // after everything else has ended
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastTraces)
		defer cancel()
		if err := traces.Close(stop); err != nil {
			log.Warn("the last traces could not be sent", "err", err)
		}
	}()
	a, err := Open(ctx, Options{Config: o.Config, Log: log, Version: o.Version, Parallel: jobsAtOnce, Guarded: true, Traces: traces})
	if err != nil {
		return err
	}
	if err := a.announceSetup(ctx, o.Out); err != nil {
		return errors.Join(err, a.Close())
	}
	return a.Serve(ctx, func(address string) {
		fmt.Fprintf(o.Out, "Houvast %s answers on %s\n", o.Version, address)
	})
}

// announceSetup says how to begin while there is no organisation yet.
func (a *App) announceSetup(ctx context.Context, out io.Writer) error {
	needed, err := a.services.setup.Needed(ctx)
	if err != nil || !needed {
		return err
	}
	_, err = fmt.Fprintf(out, "There is no organisation yet. Set up the first one here:\n  %s/setup?code=%s\nor at %s/setup with the code %s\n",
		a.Config.PublicURL, a.services.setup.code, a.Config.PublicURL, a.services.setup.code)
	return err
}

// Serve answers requests and does the background work until ctx ends. It
// closes the application.
func (a *App) Serve(ctx context.Context, ready func(address string)) (err error) {
	defer func() { err = errors.Join(err, a.Close()) }()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.Config.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", a.Config.Listen, err)
	}
	limits := a.Config.Limits
	listener = netutil.LimitListener(listener, limits.Connections)
	closeOperations, err := a.operations(ctx)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { err = errors.Join(err, closeOperations()) }()
	// Workers stop after the last request was answered, so that what it woke is
	// not left for the next start.
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	worked := make(chan error, 1)
	go func() { worked <- a.Run(work) }()

	srv := &http.Server{
		Handler:           a.Handler(),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Duration(limits.ReadSeconds) * time.Second,
		WriteTimeout:      time.Duration(limits.WriteSeconds) * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    limits.HeaderKB << 10,
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	srv.RegisterOnShutdown(a.stream.Close)
	served := make(chan error, 1)
	go func() {
		if a.Config.TLS.On() {
			served <- srv.ServeTLS(listener, a.Config.TLS.Cert, a.Config.TLS.Key)
			return
		}
		served <- srv.Serve(listener)
	}()
	ready(a.Config.PublicURL)
	go debug.FreeOSMemory() // starting takes twice the memory that serving does
	select {
	case err = <-served:
	case <-ctx.Done():
		a.Log.Info("stopping")
		a.ready.stopping.Store(true)
		// Until a load balancer has noticed it goes on sending requests, and they
		// are answered as ever.
		clock.Machine.Sleep(context.WithoutCancel(ctx), time.Duration(a.Config.StopDelay)*time.Second)
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
		err = srv.Shutdown(stop)
		cancel()
		if e := <-served; !errors.Is(e, http.ErrServerClosed) {
			err = errors.Join(err, e)
		}
	}
	stopWork()
	err = errors.Join(err, <-worked)
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}
