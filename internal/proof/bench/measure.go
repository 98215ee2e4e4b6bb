package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/houvast/houvast/internal/kernel/clock"
)

func (b *bench) add(f Figure) {
	b.report.Figures = append(b.report.Figures, f)
	line := f.What + ": " + amount(f.Value, f.Unit)
	if f.P99 > 0 {
		line += ", p50 " + span3(f.P50) + ", p99 " + span3(f.P99)
	}
	if f.Limit > 0 {
		line += fmt.Sprintf(", %.2f of the limit", f.ratio())
	}
	b.say("%s", line)
}

// ready gives a full database to a run of its own, with what is open in the
// future.
func (b *bench) ready(ctx context.Context, database string, size Size, dir string) (address string, drop func() error, full *Filled, err error) {
	say := func(s string) { b.say("filling %s, %d cases: %s", database, size.Cases, s) }
	drop = func() error { return nil }
	if database == "postgres" {
		if b.cluster == nil {
			if b.cluster, err = openCluster(b.Cache); err != nil {
				return "", nil, nil, err
			}
		}
		if err := b.cluster.start(ctx, 0); err != nil {
			return "", nil, nil, err
		}
		if address, drop, full, err = b.cluster.filled(ctx, b.Cache, size, b.play, say); err != nil {
			return "", nil, nil, err
		}
	} else {
		var file string
		if file, full, err = fillFile(ctx, b.Cache, size, b.play, say); err != nil {
			return "", nil, nil, err
		}
		if address = file; !size.inPlace() {
			address = filepath.Join(dir, "houvast.db")
			if err := copyFile(file, address); err != nil {
				return "", nil, nil, err
			}
		}
	}
	if err := freshen(ctx, address, full, clock.Real{}.Now()); err != nil || !size.inPlace() {
		return address, drop, full, err
	}
	key, err := size.key() // what is open was moved in the full database itself
	if err != nil {
		return "", nil, nil, err
	}
	return address, drop, full, writeFilled(filepath.Join(b.Cache, map[bool]string{true: "postgres-" + key + ".json", false: "sqlite-" + key + ".db.json"}[database == "postgres"]), full)
}

// play gives what was played, and plays it the first time.
func (b *bench) play(ctx context.Context) (_ *played, err error) {
	if b.played == nil {
		b.say("playing some questions through the API, to be written out")
		b.played, err = play(ctx)
	}
	return b.played, err
}

// measure measures one database of one size.
func (b *bench) measure(ctx context.Context, database string, cases int, limit float64) (err error) {
	dir, err := os.MkdirTemp(b.Cache, "run-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	address, drop, full, err := b.ready(ctx, database, Size{Cases: cases}, dir)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, drop())
		if b.Drop {
			err = errors.Join(err, b.forget(ctx, database, Size{Cases: cases}))
		}
	}()
	if err := b.starts(ctx, database, cases, address, dir); err != nil {
		return err
	}
	if err := b.asked(ctx, database, cases, address, dir, full, limit); err != nil {
		return err
	}
	return b.limits(ctx, database, cases, 0, address, full)
}

// starts measures how long the program takes to its first page, and how much
// memory it holds when nobody asked it anything else.
func (b *bench) starts(ctx context.Context, database string, cases int, address, dir string) error {
	if !b.wants("start") {
		return nil
	}
	var took []time.Duration
	var held []float64
	for range max(3, b.Runs) {
		srv, err := start(ctx, starting{program: b.program, database: address, mail: b.mail.port(), dir: dir})
		if err != nil {
			return err
		}
		took = append(took, srv.took)
		clock.Machine.Sleep(ctx, 2*time.Second)
		n, err := srv.resident()
		if err = errors.Join(err, srv.stop()); err != nil {
			return err
		}
		held = append(held, float64(n)/(1<<20))
	}
	t := median(took)
	b.add(Figure{Database: database, Cases: cases, Row: "start", What: "from start to the first page", Unit: "ms", Value: float64(t) / float64(time.Millisecond),
		P50: t, P99: slices.Max(took)}.judge("under 150 ms", t < 150*time.Millisecond))
	m := median(held)
	b.add(Figure{Database: database, Cases: cases, Row: "idle-memory", What: "memory held, idle", Unit: "MB", Value: m, Runs: held}.judge("under 60 MB", m < 60))
	return nil
}

// asked measures what is asked over HTTP.
func (b *bench) asked(ctx context.Context, database string, cases int, address, dir string, full *Filled, limit float64) (err error) {
	if !slices.ContainsFunc(rows, func(r row) bool { return b.wants(r.name) }) {
		return nil
	}
	srv, err := start(ctx, starting{program: b.program, database: address, mail: b.mail.port(), dir: dir, profiled: b.Profile != ""})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, srv.stop()) }()
	s, err := b.site(srv, full)
	if err != nil {
		return err
	}
	clock.Machine.Sleep(ctx, time.Second)
	for _, r := range rows {
		if !b.wants(r.name) || r.write && (Size{Cases: cases}).inPlace() {
			continue
		}
		f, err := b.row(ctx, s, r, Figure{Database: database, Cases: cases}, limit, address)
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		b.add(f)
		if r.write {
			if err := b.sealed(ctx, address, f); err != nil {
				return err
			}
		}
	}
	n, err := srv.resident()
	if err != nil {
		return err
	}
	m := float64(n) / (1 << 20)
	b.add(Figure{Database: database, Cases: cases, Row: "memory", What: "memory held after the load", Unit: "MB", Value: m}.judge("under 150 MB", m < 150))
	return nil
}

// site signs in to a running program.
func (b *bench) site(srv *server, full *Filled) (s *site, err error) {
	s = &site{server: srv, full: full, nth: func() int64 { return b.nth.Add(1) }}
	s.queries = queries(full, vocabulary(rand.New(rand.NewPCG(1, 2)), vocabularySize))
	s.cookie, err = signIn(s.address, full)
	return s, err
}

// row runs one row several times.
func (b *bench) row(ctx context.Context, s *site, r row, f Figure, limit float64, address string) (Figure, error) {
	f.Row, f.What, f.Unit = r.name, r.what, "/s"
	if !r.write {
		f.Limit = limit
	}
	var lagged chan time.Duration
	if r.write && f.Sync == 0 {
		watching, stop := context.WithCancel(ctx)
		defer stop()
		lagged = b.lagging(watching, address)
		defer func() { stop(); b.lag = max(b.lag, <-lagged) }()
		b.lag = 0
	}
	if s.profile != "" {
		defer b.profile(ctx, s, r.name)()
	}
	var runs []result
	before, err := s.processor()
	if err != nil {
		return f, err
	}
	answers := 0
	for range b.Runs {
		x, err := b.load(s.address, r.want, r.also).do(ctx, r.next(s))
		if err != nil {
			return f, err
		}
		runs = append(runs, x)
		answers += x.answers
		if t := x.trouble(); t != "" {
			f.Note = t
			b.say("%s: %s", r.name, t)
		}
	}
	after, err := s.processor()
	if err != nil {
		return f, err
	}
	f.CPU = (after - before) / time.Duration(max(1, answers))
	sum := summarise(runs)
	f.Value, f.P50, f.P99, f.Runs = sum.PerSecond, sum.P50, sum.P99, sum.Runs
	if r.goal != nil && !r.write { // a write has no limit yet
		f = r.goal(f, f.Cases, f.Database)
	}
	return f, nil
}

// lagging looks how old the oldest fact without a place in the chain is, until
// its context ends.
func (b *bench) lagging(ctx context.Context, address string) chan time.Duration {
	out := make(chan time.Duration, 1)
	go func() {
		var most time.Duration
		defer func() { out <- most }()
		l, err := look(context.WithoutCancel(ctx), address)
		if err != nil {
			return
		}
		defer l.close() //nolint:errcheck // it was only looked at
		for ctx.Err() == nil {
			n, oldest, err := l.lag(ctx)
			if err == nil && n > 0 {
				most = max(most, clock.Real{}.Now().Sub(oldest))
			}
			clock.Machine.Sleep(ctx, 100*time.Millisecond)
		}
	}()
	return out
}

// sealed measures how long after the last write the last fact is sealed.
func (b *bench) sealed(ctx context.Context, address string, f Figure) error {
	l, err := look(ctx, address)
	if err != nil {
		return err
	}
	defer l.close() //nolint:errcheck // it was only looked at
	begin := clock.Machine.Now()
	left, _, err := l.lag(ctx)
	for n := left; n > 0 && err == nil && clock.Machine.Since(begin) < time.Minute; n, _, err = l.lag(ctx) {
		clock.Machine.Sleep(ctx, 20*time.Millisecond)
	}
	if err != nil {
		return err
	}
	after := clock.Machine.Since(begin)
	if left == 0 {
		after = 0
	}
	most := max(b.lag, after)
	b.add(Figure{Database: f.Database, Cases: f.Cases, Row: f.Row + "-seal", What: "oldest fact not sealed meanwhile: " + f.Row, Unit: "ms", Value: float64(most.Milliseconds()),
		Note: fmt.Sprintf("%d left at the end, sealed %d ms later", left, after.Milliseconds())}.judge("within 1 s", most <= time.Second))
	return nil
}

// limits measures the same rows as bare SQL, for what was written.
func (b *bench) limits(ctx context.Context, database string, cases int, sync time.Duration, address string, full *Filled) error {
	for i := range b.report.Figures {
		f := &b.report.Figures[i]
		if f.Database != database || f.Cases != cases || f.Sync != sync || f.Row != "open" && f.Row != "open-new" || f.Limit > 0 {
			continue
		}
		if sync > 0 && database == "sqlite" {
			continue // the bare writer is traced in a process of its own
		}
		sum, err := b.bare(ctx, address, full, f.Row == "open-new")
		if err != nil {
			return fmt.Errorf("bare SQL: %w", err)
		}
		f.Limit = sum.PerSecond
		for _, r := range rows {
			if r.name == f.Row {
				*f = r.goal(*f, cases, database)
			}
		}
		b.say("%s as bare SQL: %s, p99 %s: %.2f of it", f.Row, amount(sum.PerSecond, "/s"), span3(sum.P99), f.ratio())
	}
	return nil
}

// bare writes the rows of opened cases as bare SQL.
func (b *bench) bare(ctx context.Context, address string, full *Filled, fresh bool) (s summary, err error) {
	pl, err := b.play(ctx)
	if err != nil {
		return s, err
	}
	var known []customer
	for i, p := range full.Main.People {
		known = append(known, customer{id: p, name: full.Names[i], emailAddress: "klant@bench.example", phoneAddress: full.Phones[i],
			email: full.Points[i][0], phone: full.Points[i][1]})
	}
	w, err := openBare(ctx, address, b.Connections)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	var runs []result
	makers := bareOpens(pl, full, known, fresh, b.Connections)
	makers[0].number.Add(b.nth.Add(1) * 10_000_000)
	for range b.Runs {
		x, err := bareRun(ctx, w, makers, b.Duration/4, b.Duration)
		if err != nil {
			return s, err
		}
		runs = append(runs, x)
	}
	return summarise(runs), nil
}

// profile takes a processor profile of the program while a row is measured.
func (b *bench) profile(ctx context.Context, s *site, name string) (stop func()) {
	done := make(chan error, 1)
	seconds := strconv.Itoa(max(1, int((time.Duration(b.Runs) * b.Duration * 5 / 4).Seconds())))
	go func() {
		done <- func() error {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.profile+"/debug/pprof/profile?seconds="+seconds, nil)
			if err != nil {
				return err
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				return err
			}
			defer res.Body.Close() //nolint:errcheck // it was read
			if err := os.MkdirAll(b.Profile, 0o750); err != nil {
				return err
			}
			out, err := os.Create(filepath.Join(b.Profile, name+".pprof"))
			if err != nil {
				return err
			}
			_, err = io.Copy(out, res.Body)
			return errors.Join(err, out.Close())
		}()
	}()
	return func() {
		if err := <-done; err != nil {
			b.say("no profile of %s: %v", name, err)
		}
	}
}

// beside measures what needs databases of its own: the watch, idling, and slow
// disks.
func (b *bench) beside(ctx context.Context, database string) error {
	if b.wants("idle") && b.Open > 0 {
		for _, size := range []Size{{Cases: min(b.Open, 10_000), Open: -1}, {Cases: b.Open, Open: b.Open}} {
			if err := b.idle(ctx, database, size); err != nil {
				return fmt.Errorf("idle: %w", err)
			}
		}
	}
	if b.wants("watch") && b.Due > 0 && b.Open > 0 {
		if err := b.watch(ctx, database, b.Open, b.Due); err != nil {
			return fmt.Errorf("watch: %w", err)
		}
	}
	for _, d := range b.Syncs {
		if err := b.slow(ctx, database, d); err != nil {
			return fmt.Errorf("with %s added to each sync: %w", d, err)
		}
	}
	return nil
}

// compare judges what is compared over sizes: a first page takes as long in a
// large practice as in a small one.
func compare(figures []Figure) {
	for i := range figures {
		f := &figures[i]
		if f.Row != "list" || f.Cases < 1_000_000 {
			continue
		}
		for _, o := range figures {
			if o.Row == f.Row && o.Database == f.Database && o.Sync == f.Sync && o.Cases == 200_000 {
				*f = f.judge("within 20% of 200,000", f.Value >= 0.8*o.Value)
			}
		}
	}
}
