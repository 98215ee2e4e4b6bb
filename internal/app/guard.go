package app

import (
	"io/fs"
	"math"
	"net/http"
	"os"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/houvast/houvast/internal/kit/config"
	"github.com/houvast/houvast/internal/kit/web"
	"github.com/houvast/houvast/internal/kit/web/ui"
)

// guarded are the bounds of a server that anybody can reach. Stories and tests
// have none: they ask as fast as they can, on purpose.
func (a *App) guarded(o *web.Options) {
	l := a.Config.Limits
	wait := time.Duration(l.WaitMS) * time.Millisecond
	o.Admission = web.NewAdmission(web.AdmissionOptions{Most: l.AtOnce, Waiting: l.Waiting, Patience: wait,
		Target: time.Duration(l.AnswerMS) * time.Millisecond, Weigh: weigh, Metrics: a.metrics})
	o.Clients = web.NewClients(web.ClientOptions{AtOnce: l.ClientAtOnce, PerSecond: l.ClientPerSecond, Anonymous: l.AnonymousPerSecond, Metrics: a.metrics})
	o.Patience = wait
	o.BodyLimit = int64(l.BodyKB) << 10
	o.Reading, o.Writing = time.Duration(l.ReadSeconds)*time.Second, time.Duration(l.WriteSeconds)*time.Second
	a.stream.Most = l.Streams
	a.admission = o.Admission
}

// bulk begins the addresses of what may wait until nobody else does: reports,
// lists brought in and taken out.
var bulk = []string{
	"/desk/insight", "/desk/customers/import", "/desk/customers/export",
	"/api/v1/insight", "/api/v1/imports", "/api/v1/people/export",
	profiles,
}

// weigh says how a request is treated when there is no room for all.
func weigh(r *http.Request) web.Weight {
	p := r.URL.Path
	if strings.HasPrefix(p, ui.AssetsPrefix) {
		return web.Free
	}
	for _, b := range bulk {
		if strings.HasPrefix(p, b) {
			return web.Bulk
		}
	}
	return web.Ordinary
}

// boundMemory makes the garbage collector work harder before the program
// outgrows what it may have: what the setting says, else nine tenths of what
// its container has. GOMEMLIMIT in the environment goes before both.
func boundMemory(cfg *config.Config) int64 {
	if os.Getenv("GOMEMLIMIT") != "" {
		return debug.SetMemoryLimit(-1)
	}
	limit := int64(cfg.Limits.MemoryMB) << 20
	if limit == 0 {
		limit = containerMemory(os.DirFS("/")) / 10 * 9
	}
	if limit > 0 {
		debug.SetMemoryLimit(limit)
	}
	return limit
}

// containerMemory is what the process's control group may use, the smallest of
// it and those around it; 0 when nothing bounds it or nobody can tell.
func containerMemory(root fs.FS) int64 {
	least := int64(math.MaxInt64)
	read := func(name string) {
		b, err := fs.ReadFile(root, name)
		if err != nil {
			return
		}
		// Without a bound version 2 says "max", version 1 an absurd number.
		if n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64); err == nil && n > 0 && n < 1<<50 {
			least = min(least, n)
		}
	}
	groups, _ := fs.ReadFile(root, "proc/self/cgroup") // not there on other systems
	for _, line := range strings.Split(string(groups), "\n") {
		parts := strings.SplitN(line, ":", 3)
		if len(parts) != 3 {
			continue
		}
		at, file := "sys/fs/cgroup", "memory.max"
		switch {
		case parts[1] == "memory":
			at, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		case parts[1] != "":
			continue
		}
		for group := path.Clean("/" + parts[2]); ; group = path.Dir(group) {
			read(path.Join(at, group, file))
			if group == "/" {
				break
			}
		}
	}
	if least == math.MaxInt64 {
		return 0
	}
	return least
}
