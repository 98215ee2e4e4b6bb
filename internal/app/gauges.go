package app

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/houvast/houvast/internal/care/message"
	"github.com/houvast/houvast/internal/care/promise"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/db"
	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/telemetry"
)

// countUpTo bounds every count for a monitor: whether ten thousand wait or a
// million, somebody must look, and looking must not cost more.
const countUpTo = 10_000

// gaugesFor is how long what was read of the database is told again, however
// often and by however many monitors it is asked.
const gaugesFor = 5 * time.Second

// gaugesPatience bounds how long the database may take.
const gaugesPatience = 5 * time.Second

// backlog is what waits in the database.
type backlog struct {
	jobs          []job.Waiting
	jobAt, lookAt time.Time
	dead, overdue int64
	unsealed      int64
	unsealedAt    time.Time
	followers     []ledger.Behind
	aside         int64
	messages      []message.Pending
	undecided     int64
	unsentAt      time.Time
	now           time.Time
	reached       bool
}

// readBacklog asks for no more than countUpTo rows of anything, each by an index.
func readBacklog(q db.Q) (b backlog, err error) {
	b.now = q.Now()
	for _, ask := range []func() error{
		func() error { b.jobs, err = job.Due(q, countUpTo); return err },
		func() error { b.jobAt, err = job.OldestDue(q); return err },
		func() error { b.dead, err = job.DeadUpTo(q, countUpTo); return err },
		func() error { b.overdue, err = promise.OverdueLooks(q, countUpTo); return err },
		func() error { b.lookAt, err = promise.OldestLook(q); return err },
		func() error { b.unsealed, _, err = ledger.Lag(q, countUpTo); return err },
		func() error { b.unsealedAt, err = ledger.OldestUnsealed(q); return err },
		func() error { b.followers, err = ledger.Lags(q); return err },
		func() error { b.aside, err = ledger.PutAside(q, countUpTo); return err },
		func() error { b.messages, err = message.PendingNow(q, countUpTo); return err },
		func() error { b.undecided, err = message.Undecided(q, countUpTo); return err },
		func() error { b.unsentAt, err = message.OldestUnsent(q); return err },
	} {
		if err := ask(); err != nil {
			return b, err
		}
	}
	b.reached = true
	return b, nil
}

// gauges tells a monitor what the process and its database hold.
type gauges struct {
	app   *App
	kinds map[string]bool // of jobs: any other is told as "other"

	mu   sync.Mutex
	at   time.Time
	last backlog

	all                                               []*prometheus.Desc
	up, ready, places, queue                          *prometheus.Desc
	reads, writes, statements, rows, commits, waiting *prometheus.Desc
	jobsDue, jobAge, jobsDead                         *prometheus.Desc
	looks, lookAge                                    *prometheus.Desc
	unsealed, unsealedAge, lag, aside                 *prometheus.Desc
	messages, undecided, unsentAge                    *prometheus.Desc
	streams                                           *prometheus.Desc
}

func newGauges(a *App, kinds []job.Kind) *gauges {
	var all []*prometheus.Desc
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		d := prometheus.NewDesc(telemetry.Namespace+"_"+name, help, labels, nil)
		all = append(all, d)
		return d
	}
	g := &gauges{app: a, kinds: map[string]bool{},
		up:          desc("database_up", "Whether the database answered when it was last asked."),
		ready:       desc("ready", "Whether this node says that it should be sent requests."),
		reads:       desc("db_reads_total", "Snapshots and transactions begun."),
		writes:      desc("db_writes_total", "Transactions that wrote and committed."),
		statements:  desc("db_statements_total", "Statements run."),
		rows:        desc("db_rows_total", "Rows read or changed."),
		commits:     desc("db_commits_total", "Commits that reached the disk; on SQLite one for a batch of writes."),
		waiting:     desc("db_writes_waiting", "Writes that wait for the one writer; always 0 on PostgreSQL."),
		jobsDue:     desc("jobs_due", "Jobs that should have begun, by kind; counted up to 10,000.", "kind"),
		jobAge:      desc("job_oldest_due_seconds", "How long the job has waited that should have begun first."),
		jobsDead:    desc("jobs_dead", "Jobs that were given up and need a person; counted up to 10,000."),
		looks:       desc("watch_overdue", "Promises the watch should have looked at; counted up to 10,000."),
		lookAge:     desc("watch_oldest_seconds", "How late the watch is with the promise it should have looked at first."),
		unsealed:    desc("facts_unsealed", "Facts that are recorded and not sealed yet; counted up to 10,000."),
		unsealedAge: desc("fact_oldest_unsealed_seconds", "How long the fact has waited that is to be sealed next."),
		lag:         desc("follower_behind", "Facts of the feed that a follower has not passed; below 1,000 is nothing when it finds none for itself.", "follower"),
		aside:       desc("follower_put_aside", "Facts that followers gave up; counted up to 10,000."),
		messages:    desc("messages_pending", "Messages with which something must still happen, by state and channel; counted up to 10,000.", "state", "channel"),
		undecided:   desc("messages_uncertain", "Messages of which nobody knows whether they arrived, and nobody has decided yet."),
		unsentAge:   desc("mail_oldest_waiting_seconds", "How long the mail has waited that the mail server has not taken for longest."),
		places:      desc("http_places", "Requests that are worked on at once at the moment, at most."),
		queue:       desc("http_waiting", "Requests that wait for a place."),
		streams:     desc("streams_open", "Live pages that are open on this node."),
	}
	for _, k := range kinds {
		g.kinds[k.Name] = true
	}
	g.all = all
	return g
}

// Describe implements prometheus.Collector.
func (g *gauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range g.all {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (g *gauges) Collect(out chan<- prometheus.Metric) {
	value := func(d *prometheus.Desc, n float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, n, labels...)
	}
	count := func(d *prometheus.Desc, n int64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n))
	}
	t := g.app.DB.Totals()
	count(g.reads, t.Reads)
	count(g.writes, t.Writes)
	count(g.statements, t.Statements)
	count(g.rows, t.Rows)
	count(g.commits, t.Commits)
	value(g.waiting, float64(t.Waiting))
	value(g.streams, float64(g.app.stream.Open()))
	if a := g.app.admission; a != nil {
		places, _, waiting := a.Places()
		value(g.places, float64(places))
		value(g.queue, float64(waiting))
	}
	value(g.ready, truth(g.app.ready.Look(context.Background()).Ready))

	b := g.look()
	value(g.up, truth(b.reached))
	if !b.reached { // what is not known is not told
		return
	}
	age := func(d *prometheus.Desc, at time.Time) {
		late := time.Duration(0)
		if !at.IsZero() {
			late = max(0, b.now.Sub(at))
		}
		value(d, late.Seconds())
	}
	due := map[string]int64{}
	for _, w := range b.jobs {
		if !g.kinds[w.Kind] { // of a newer or older program
			w.Kind = "other"
		}
		due[w.Kind] += w.N
	}
	for kind := range g.kinds {
		value(g.jobsDue, float64(due[kind]), kind)
	}
	value(g.jobsDue, float64(due["other"]), "other")
	age(g.jobAge, b.jobAt)
	value(g.jobsDead, float64(b.dead))
	value(g.looks, float64(b.overdue))
	age(g.lookAge, b.lookAt)
	value(g.unsealed, float64(b.unsealed))
	age(g.unsealedAge, b.unsealedAt)
	for _, f := range b.followers {
		value(g.lag, float64(f.N), f.Name)
	}
	value(g.aside, float64(b.aside))
	for _, m := range b.messages {
		value(g.messages, float64(m.N), string(m.State), string(m.Channel))
	}
	value(g.undecided, float64(b.undecided))
	age(g.unsentAge, b.unsentAt)
}

// look reads the backlog, or gives what was read a moment ago.
func (g *gauges) look() backlog {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := clock.Machine.Now(); !g.at.IsZero() && now.Sub(g.at) < gaugesFor {
		return g.last
	}
	ctx, cancel := context.WithTimeout(context.Background(), gaugesPatience)
	defer cancel()
	var b backlog
	if err := g.app.DB.Read(ctx, func(q db.Q) (err error) { b, err = readBacklog(q); return err }); err != nil {
		g.app.Log.Warn("the backlog could not be read for the metrics", "err", err)
		b = backlog{}
	}
	g.last, g.at = b, clock.Machine.Now()
	return b
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
