package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
)

// Options say what is injected, and how often.
type Options struct {
	Quick   bool     // a minute instead of a quarter of an hour
	Only    []string // names of injections; none means all
	Bases   []string // sqlite, postgres; none means both
	Kills   int      // over all databases together; 0 means as the mode has it
	Images  int      // of disks after a loss of power; 0 means as the mode has it
	Seed    uint64   // 0 means a new one
	Plant   Plant    // a fault that must be found
	Program string   // the real program; "" builds it
	Self    string   // this harness as a program, for the movable clock; "" builds it
	Log     io.Writer

	// Stop ends what is under way at its next step: it is looked at, and
	// reported, as it is. May be nil. Ending the context ends everything at once.
	Stop <-chan struct{}
}

// Plant is a fault that the harness adds itself, to show that it can fail.
type Plant string

// The planted faults.
const (
	NoPlant Plant = ""
	// PlantNoSync makes every sync of the program a lie.
	PlantNoSync Plant = "no-sync"
	// PlantLostRow deletes one acknowledged question behind everybody's back,
	// as an answer that left before its commit would.
	PlantLostRow Plant = "ack-before-commit"
	// PlantDoubleMail delivers one message a second time.
	PlantDoubleMail Plant = "double-mail"
	// PlantBrokenChain changes one sealed fact.
	PlantBrokenChain Plant = "broken-chain"
)

// Plants are all of them.
var Plants = []Plant{PlantNoSync, PlantLostRow, PlantDoubleMail, PlantBrokenChain}

// injection is one way of breaking the house.
type injection struct {
	name  string
	bases []string // on which databases it means something
	what  string
	run   func(ctx context.Context, r *run, base string, row *Row) error
	both  bool // on its databases at the same time
}

const (
	sqlite   = "sqlite"
	postgres = "postgres"
)

func injections() []injection {
	both, lite, pg := []string{sqlite, postgres}, []string{sqlite}, []string{postgres}
	return []injection{
		{"kill", both, "kill -9 at a random moment", injectKills, true},
		{"power", lite, "power lost: unsynced writes dropped, torn, out of order", injectPower, false},
		{"full", lite, "disk full, then room again", injectFull, false},
		{"readonly", lite, "disk read-only, then writable again", injectReadOnly, false},
		{"ioerror", lite, "disk gives errors when syncing, then works again", injectIOError, false},
		{"clock", both, "clock jumps: an hour, a day, a year, and back", injectClock, false},
		{"dst", both, "both nights on which the clocks change", injectDST, false},
		{"mail", both, "mail server slow, refusing, lying, hanging, gone", injectMail, false},
		{"restart", pg, "PostgreSQL restarted: fast and immediate", injectRestart, false},
		{"failover", pg, "PostgreSQL failed over to a standby", injectFailover, false},
		{"cut", pg, "PostgreSQL cut off: refused, hanging, answers lost", injectCut, false},
		{"nodes", pg, "two and three nodes, one cut off, frozen or killed", injectNodes, false},
	}
}

// Names are the names of all injections.
func Names() (out []string) {
	for _, i := range injections() {
		out = append(out, i.name)
	}
	return out
}

// run is one run of the harness.
type run struct {
	Options
	dir string

	mu      sync.Mutex
	cluster *cluster       // PostgreSQL; nil until it is needed
	houses  map[string]int // how many were built on each database
}

func (r *run) say(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.Log != nil {
		fmt.Fprintf(r.Log, "── "+format+"\n", args...)
	}
}

// few is how often something is done: less when quick.
func (r *run) few(quick, full int) int {
	if r.Quick {
		return quick
	}
	return full
}

// times counts how often something is done, until the run is stopped.
func (r *run) times(quick, full int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range r.few(quick, full) {
			if r.stopped() || !yield(i) {
				return
			}
		}
	}
}

// stopped says whether somebody asked to end with what was done so far.
func (r *run) stopped() bool {
	select {
	case <-r.Stop:
		return true
	default:
		return false
	}
}

// nextHouse names a house.
func (r *run) nextHouse(base string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.houses == nil {
		r.houses = map[string]int{}
	}
	r.houses[base]++
	return fmt.Sprintf("%s-%d", base, r.houses[base])
}

// random is a source for one purpose.
func (r *run) random(purpose ...any) *rand.Rand {
	h := uint64(14695981039346656037)
	for _, b := range []byte(fmt.Sprint(purpose...)) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return rand.New(rand.NewPCG(r.Seed, h))
}

// Run injects what was asked for and reports. The error is about the harness
// itself; what the house did wrong stands in the report.
func Run(ctx context.Context, o Options) (rep Report, err error) {
	for o.Seed == 0 {
		o.Seed = rand.Uint64() >> 16 // short enough to type
	}
	for _, name := range o.Only {
		if !slices.Contains(Names(), name) {
			return rep, fmt.Errorf("there is no injection %q; there are %s", name, strings.Join(Names(), ", "))
		}
	}
	if o.Plant != NoPlant && !slices.Contains(Plants, o.Plant) {
		return rep, fmt.Errorf("there is no planted fault %q; there are %v", o.Plant, Plants)
	}
	if len(o.Bases) == 0 {
		o.Bases = []string{sqlite, postgres}
	}
	r := &run{Options: o}
	if r.dir, err = os.MkdirTemp("", "houvast-chaos."); err != nil {
		return rep, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(r.dir)) }()
	if err := os.Chmod(r.dir, 0o755); err != nil { //nolint:gosec // the account of the PostgreSQL server passes through it
		return rep, err
	}
	defer func() { err = errors.Join(err, r.cluster.remove()) }()
	r.say("seed %d", r.Seed)
	if err := r.build(ctx); err != nil {
		return rep, err
	}
	begin := clock.Machine.Now()
	rep = Report{Seed: r.Seed, Quick: r.Quick, Plant: r.Plant}
	for _, i := range injections() {
		if r.stopped() || len(r.Only) > 0 && !slices.Contains(r.Only, i.name) {
			continue
		}
		rep.Rows = append(rep.Rows, r.inject(ctx, i)...)
		if ctx.Err() != nil {
			return rep, ctx.Err()
		}
	}
	rep.Stopped = r.stopped()
	rep.Seconds = clock.Machine.Since(begin).Seconds()
	return rep, nil
}

// inject does one injection on the databases it is asked for.
func (r *run) inject(ctx context.Context, i injection) (rows []*Row) {
	var wait sync.WaitGroup
	for _, base := range i.bases {
		if !slices.Contains(r.Bases, base) {
			continue
		}
		row := &Row{Injection: i.name, What: i.what, Base: base}
		do := func() {
			start := clock.Machine.Now()
			if err := i.run(ctx, r, base, row); err != nil {
				row.wrong("%v", err)
			}
			row.Seconds = clock.Machine.Since(start).Seconds()
			if row.Times > 0 || !r.stopped() {
				row.vacuous()
			}
			r.say("%s on %s: %s", i.name, base, row.sum())
		}
		rows = append(rows, row)
		if i.both {
			wait.Go(do)
		} else {
			do()
		}
	}
	wait.Wait()
	return slices.DeleteFunc(rows, func(row *Row) bool { return r.stopped() && row.Times == 0 && row.bad() == 0 })
}

// build makes the two programs that are run.
func (r *run) build(ctx context.Context) error {
	for _, p := range []struct {
		path    *string
		name    string
		program string
	}{{&r.Program, "houvast", "github.com/houvast/houvast/cmd/houvast"}, {&r.Self, "chaos", "github.com/houvast/houvast/tools/chaos"}} {
		if *p.path != "" {
			continue
		}
		*p.path = filepath.Join(r.dir, p.name)
		r.say("building %s", p.program)
		if out, err := command(ctx, nil, "go", "build", "-o", *p.path, p.program); err != nil {
			return fmt.Errorf("build %s: %w\n%s", p.program, err, out)
		}
	}
	return nil
}

// rest waits on the machine's clock.
func rest(ctx context.Context, d time.Duration) { clock.Machine.Sleep(ctx, d) }
