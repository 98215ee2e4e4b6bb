package app

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kernel/errs"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/migrate"
)

// Readiness is whether this node should be sent requests. A reason turns them
// away; a note is told and does not, because it holds for every node alike:
// turning requests away everywhere would help nobody.
type Readiness struct {
	Ready   bool     `json:"ready"`
	Reasons []string `json:"reasons,omitempty"`
	Notes   []string `json:"notes,omitempty"`
}

// Why a node is not ready.
const (
	reasonStopping = "stopping"      // it will close soon: send requests elsewhere
	reasonDatabase = "database-gone" // it cannot reach the database
	reasonOlder    = "schema-older"  // the database lacks what this program needs
)

// What a node tells besides.
const (
	noteNewer  = "schema-newer"  // another node migrated: the next program is being rolled out
	noteSealer = "sealer-behind" // facts wait to be sealed for longer than patience
	noteWatch  = "watch-behind"  // promises wait to be looked at for longer than patience
	noteJobs   = "jobs-behind"   // jobs wait to be done for longer than patience
)

// readyFor is how long an answer is given again: anybody may ask, and asking
// must not be a way to keep the database busy.
const readyFor = time.Second

// readyPatience bounds how long the database may take to answer.
const readyPatience = 2 * time.Second

// readiness answers load balancers.
type readiness struct {
	db       *db.DB
	target   int64
	stopping atomic.Bool

	mu   sync.Mutex
	at   time.Time
	last Readiness
}

// Look says whether the node is ready now.
func (r *readiness) Look(ctx context.Context) Readiness {
	out := r.look(ctx)
	if r.stopping.Load() { // never from what was kept: a load balancer waits for it
		out.Ready, out.Reasons = false, append([]string{reasonStopping}, out.Reasons...)
	}
	return out
}

func (r *readiness) look(ctx context.Context) Readiness {
	r.mu.Lock() // whoever asks at the same time waits for the one answer
	defer r.mu.Unlock()
	if now := clock.Machine.Now(); r.at.IsZero() || now.Sub(r.at) >= readyFor {
		r.last = r.ask(context.WithoutCancel(ctx))
		r.at = clock.Machine.Now()
	}
	return r.last
}

func (r *readiness) ask(ctx context.Context) Readiness {
	ctx, cancel := context.WithTimeout(ctx, readyPatience)
	defer cancel()
	var out Readiness
	err := r.db.Read(ctx, func(q db.Q) error {
		out = Readiness{}
		version, err := migrate.Version(q)
		switch {
		case err != nil:
			return err
		case version < r.target:
			out.Reasons = append(out.Reasons, reasonOlder)
			return nil // what comes next may not be there
		case version > r.target:
			lowest, err := migrate.Floor(q)
			if err != nil {
				return err
			}
			if lowest > r.target { // what is new is more than this program can do without
				out.Reasons = append(out.Reasons, noteNewer)
				return nil
			}
			out.Notes = append(out.Notes, noteNewer)
		}
		late := q.Now().Add(-patience)
		for _, x := range []struct {
			note  string
			since func(db.Q) (time.Time, error)
		}{{noteSealer, ledger.OldestUnsealed}, {noteWatch, promise.OldestLook}, {noteJobs, job.OldestDue}} {
			at, err := x.since(q)
			if err != nil {
				return err
			}
			if !at.IsZero() && at.Before(late) {
				out.Notes = append(out.Notes, x.note)
			}
		}
		return nil
	})
	if err != nil {
		if errs.TypeOf(err) == reasonStopping {
			return Readiness{Reasons: []string{reasonStopping}}
		}
		return Readiness{Reasons: []string{reasonDatabase}}
	}
	out.Ready = len(out.Reasons) == 0
	return out
}

// probes answer whoever looks after the process, before anything else may
// delay them. /healthz says that the process lives and asks nothing of the
// database: restarting the process does not mend a database. /readyz says
// whether to send requests here; /health is its older name.
func (a *App) probes(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.ready.stopping.Load() { // so that connections empty themselves, instead of being cut while one is used again
			w.Header().Set("Connection", "close")
		}
		if len(r.URL.Path) > len("/healthz") || r.Method != http.MethodGet && r.Method != http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		switch r.URL.Path {
		case "/healthz":
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Header().Set("Cache-Control", "no-store")
			_, _ = w.Write([]byte("ok\n"))
		case "/readyz", "/health":
			a.ready.serve(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (r *readiness) serve(w http.ResponseWriter, req *http.Request) {
	out := r.Look(req.Context())
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if !out.Ready {
		w.Header().Set("Retry-After", "5")
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(out) // nobody to tell when who asked has left
}
