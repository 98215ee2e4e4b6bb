package failover

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/houvast/houvast/internal/proof/chaos"
)

// injection is one way in which the database fails over, or seems to.
type injection struct {
	name, what string
	// run does it once, and says from when it counts how long nobody could
	// write. It comes back when writing is possible again for who finds out.
	run func(s *scene) (from time.Time, err error)
	// mend puts the cluster together again. Only then comes the next.
	mend func(s *scene) error
}

// scene is a house on a cluster, and what one injection did to it.
type scene struct {
	*chaos.Site
	c      *cluster
	victim *member
}

// gone is how long etcd and a frozen leader are away: longer than the leader's
// lock is valid.
const gone = 35 * time.Second

func injections() []injection {
	again := func(s *scene) error { return s.c.start(s.victim) }
	none := func(*scene) error { return nil }
	return []injection{
		{"kill", "kill -9 of the leader, PostgreSQL and Patroni", func(s *scene) (time.Time, error) {
			s.c.kill(s.victim)
			return time.Now(), nil
		}, again},
		{"crash", "kill -9 of the leader's PostgreSQL, not of Patroni", func(s *scene) (time.Time, error) {
			for _, pid := range s.c.family(s.victim)[1:] {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
			return time.Now(), nil
		}, none},
		{"switchover", "patronictl switchover", func(s *scene) (time.Time, error) {
			begin := time.Now()
			return begin, s.c.ctl("switchover", "--force", "--leader", s.victim.name, "houvast")
		}, none},
		{"freeze", "the leader frozen, PostgreSQL and Patroni", func(s *scene) (time.Time, error) {
			s.c.signal(s.victim, syscall.SIGSTOP)
			return time.Now(), nil
		}, func(s *scene) error { s.c.signal(s.victim, syscall.SIGCONT); return nil }},
		{"etcd", "etcd gone for longer than the leader's lock is valid", func(s *scene) (time.Time, error) {
			if err := s.c.stopEtcd(); err != nil {
				return time.Time{}, err
			}
			begin := time.Now()
			s.refused(begin.Add(gone + 15*time.Second))
			time.Sleep(time.Until(begin.Add(gone)))
			return time.Now(), s.c.startEtcd()
		}, none},
		{"failsafe", "the same with failsafe_mode", func(s *scene) (time.Time, error) {
			if err := s.c.stopEtcd(); err != nil {
				return time.Time{}, err
			}
			begin := time.Now()
			time.Sleep(gone)
			return begin, s.c.startEtcd()
		}, none},
	}
}

// refused waits until every node says 503 to a write, with when to come back,
// and is not ready.
func (s *scene) refused(limit time.Time) {
	authorization, person := s.Desk()
	client := &http.Client{Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	for i, base := range s.Bases() {
		for last := ""; ; time.Sleep(200 * time.Millisecond) {
			if time.Now().After(limit) {
				s.Wrong("node %d does not say that the database is gone: %s", i+1, last)
				break
			}
			body := `{"person_id":"` + person + `","subject":"Niemand thuis","channel":"phone"}`
			req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, base+"/api/v1/cases", strings.NewReader(body))
			if err != nil {
				s.Wrong("%v", err)
				return
			}
			req.Header.Set("Authorization", authorization)
			req.Header.Set("Content-Type", "application/json")
			res, err := client.Do(req)
			if err != nil {
				last = err.Error()
				continue
			}
			_ = res.Body.Close()
			ready, err := client.Get(base + "/readyz")
			if err != nil {
				last = err.Error()
				continue
			}
			_ = ready.Body.Close()
			last = res.Status + ", Retry-After " + res.Header.Get("Retry-After") + "; readyz " + ready.Status
			if res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") != "" && ready.StatusCode == http.StatusServiceUnavailable {
				break
			}
		}
	}
}

// silence is the longest time without an acknowledged write, from a moment on.
func silence(from time.Time, acknowledged []time.Time) (longest time.Duration) {
	for _, at := range acknowledged {
		longest, from = max(longest, at.Sub(from)), at
	}
	return longest
}

// TestFailover breaks the cluster under two nodes at work, in every way, as
// often as HOUVAST_TEST_FAILOVER says.
func TestFailover(t *testing.T) {
	times, err := strconv.Atoi(os.Getenv("HOUVAST_TEST_FAILOVER"))
	if err != nil || times < 1 {
		t.Skip("takes twenty minutes, with Patroni and etcd: make failover")
	}
	program := os.Getenv("HOUVAST_TEST_PROGRAM")
	if program == "" {
		program = filepath.Join(t.TempDir(), "houvast")
		if out, err := exec.Command("go", "build", "-o", program, "github.com/houvast/houvast/cmd/houvast").CombinedOutput(); err != nil {
			t.Fatalf("build: %v\n%s", err, out)
		}
	}
	c := newCluster(t)
	var rows []*row
	for _, i := range injections() {
		if only := os.Getenv("HOUVAST_TEST_FAILOVER_ONLY"); only != "" && !strings.Contains(","+only+",", ","+i.name+",") {
			continue
		}
		r, err := c.inject(program, i, times)
		if err != nil {
			t.Fatalf("%s: %v\n%s", i.name, err, c.said())
		}
		rows = append(rows, r)
		t.Logf("%s: %v without a write; %d acknowledged; lost %d, doubled %d, violated %d", i.name, r.silences, r.Acknowledged, len(r.Lost), len(r.Doubled), len(r.Violated))
	}
	table, bad := report(rows)
	t.Log("\n" + table)
	if bad > 0 || len(rows) == 0 {
		t.Errorf("%d findings", bad)
	}
}

// inject does one injection some times on a house of its own.
func (c *cluster) inject(program string, i injection, times int) (*row, error) {
	ctx := context.Background()
	if err := c.set("failsafe_mode", i.name == "failsafe"); err != nil {
		return nil, err
	}
	address, err := c.newDatabase()
	if err != nil {
		return nil, err
	}
	site, err := chaos.OpenSite(ctx, chaos.Options{Program: program, Self: "-"},
		chaos.SitePlan{Injection: i.name, What: i.what, Address: address, Nodes: []string{address, address}, Dir: c.dir})
	if err != nil {
		return nil, err
	}
	defer site.Close()
	r := &row{Row: site.Row()}
	for range times {
		time.Sleep(2 * time.Second)
		s := &scene{Site: site, c: c, victim: c.leader()}
		if s.victim == nil {
			return nil, errors.New("there is no leader")
		}
		from, err := i.run(s)
		if err != nil {
			return nil, err
		}
		site.Injected()
		site.Recovers(ctx)
		r.recovered = append(r.recovered, time.Since(from))
		r.silences = append(r.silences, silence(from, site.Acknowledged(from)))
		if err := i.mend(s); err != nil {
			return nil, err
		}
		if err := c.wait(2*time.Minute, "a whole cluster after "+i.name, c.whole); err != nil {
			return nil, err
		}
		site.Recovers(ctx) // who came back disturbs nobody
	}
	if err := site.Finish(ctx); err != nil {
		return nil, err
	}
	return r, nil
}
