package app

import (
	"bytes"
	"context"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"strconv"
	"sync"
	"time"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/actor"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/auth"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/web"
)

// profiles is where whoever runs the installation looks into the running
// program.
const profiles = "/debug/pprof"

// How long a profile may take.
const (
	longestProfile = 30
	longestTrace   = 5
)

// profiler gives profiles, one at a time. They belong to the installation, not
// to an organisation: see docs/adr/0023-operations.md for who may have them
// and which there are not.
type profiler struct {
	db *db.DB
	mu sync.Mutex
}

// may: an installer, or the administrator of the only organisation there is.
// Where several share an installation, the load of one is none of another's.
func (p *profiler) may(ctx context.Context, who actor.Actor) error {
	if err := auth.Require(who, auth.Profile); err != nil || who.Kind == actor.Installer {
		return err
	}
	var n int64
	if err := p.db.Read(ctx, func(q db.Q) (err error) { n, err = org.Count(q, 2); return err }); err != nil {
		return err
	}
	if n != 1 {
		return errs.New(errs.Forbidden, "installer-only")
	}
	return nil
}

// page gives a profile. Those of the runtime as binary only: the texts print
// the arguments of functions, which may be part of what somebody sent. The
// command line is left out, because settings may be on it.
func (p *profiler) page(c *web.Ctx) error {
	if err := p.may(c.Context(), c.Actor); err != nil {
		return err
	}
	name := c.Path("profile")
	seconds, err := strconv.Atoi(c.Query("seconds"))
	if err != nil || seconds <= 0 {
		seconds = 10
	}
	if !p.mu.TryLock() {
		return errs.New(errs.Conflict, "profile-running")
	}
	defer p.mu.Unlock()
	var out bytes.Buffer
	switch name {
	case "profile":
		err = during(c.Context(), min(seconds, longestProfile), func() error { return pprof.StartCPUProfile(&out) }, pprof.StopCPUProfile)
	case "trace":
		err = during(c.Context(), min(seconds, longestTrace), func() error { return trace.Start(&out) }, trace.Stop)
	case "heap", "allocs":
		runtime.GC()
		err = pprof.Lookup(name).WriteTo(&out, 0)
	case "goroutine", "threadcreate":
		err = pprof.Lookup(name).WriteTo(&out, 0)
	default:
		return errs.New(errs.NotFound, "page-not-found")
	}
	if err != nil {
		return err
	}
	h := c.ResponseWriter().Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", `attachment; filename="houvast-`+name+`"`)
	_, _ = c.ResponseWriter().Write(out.Bytes()) // nobody to tell when the reader left
	return nil
}

// during measures for some seconds, or until whoever asked has left.
func during(ctx context.Context, seconds int, start func() error, stop func()) error {
	if err := start(); err != nil {
		return errs.New(errs.Conflict, "profile-running").Wrap(err)
	}
	defer stop()
	clock.Machine.Sleep(ctx, time.Duration(seconds)*time.Second)
	return ctx.Err()
}

// mount makes the address known.
func (p *profiler) mount(s *web.Site, layout web.Layout) {
	web.NewMux(s, layout).Get(profiles+"/{profile}", p.page)
}
