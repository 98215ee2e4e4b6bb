package app

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/houvast/houvast/internal/care/org"
	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/config"
	"github.com/houvast/houvast/internal/kit/kittest"
	"github.com/houvast/houvast/internal/kit/mail"
	"github.com/houvast/houvast/internal/kit/web"
)

func TestContainerMemory(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	for name, x := range map[string]struct {
		files fstest.MapFS
		want  int64
	}{
		"no control groups": {fstest.MapFS{}, 0},
		"no bound": {fstest.MapFS{"proc/self/cgroup": file("0::/system.slice/houvast.service\n"),
			"sys/fs/cgroup/system.slice/houvast.service/memory.max": file("max\n")}, 0},
		"of its own": {fstest.MapFS{"proc/self/cgroup": file("0::/a/b\n"), "sys/fs/cgroup/a/b/memory.max": file("536870912\n"),
			"sys/fs/cgroup/a/memory.max": file("max\n")}, 512 << 20},
		"of one around it": {fstest.MapFS{"proc/self/cgroup": file("0::/a/b\n"), "sys/fs/cgroup/a/b/memory.max": file("536870912\n"),
			"sys/fs/cgroup/a/memory.max": file("268435456\n")}, 256 << 20},
		"of a container":  {fstest.MapFS{"proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("1073741824")}, 1 << 30},
		"of version 1":    {fstest.MapFS{"proc/self/cgroup": file("7:memory:/x\n6:cpu:/x\n"), "sys/fs/cgroup/memory/x/memory.limit_in_bytes": file("1048576\n")}, 1 << 20},
		"absurd":          {fstest.MapFS{"proc/self/cgroup": file("7:memory:/\n"), "sys/fs/cgroup/memory/memory.limit_in_bytes": file("9223372036854771712\n")}, 0},
		"nothing to read": {fstest.MapFS{"proc/self/cgroup": file("nonsense")}, 0},
	} {
		if got := containerMemory(x.files); got != x.want {
			t.Errorf("%s: %d, not %d", name, got, x.want)
		}
	}
}

func TestWhatCanWait(t *testing.T) {
	a := inside(t, environ(t.TempDir()+"/houvast.db"), clock.NewSim(kittest.Start), &mail.Box{})
	defer a.Close() //nolint:errcheck // nothing was written
	for path, want := range map[string]web.Weight{
		"/desk": web.Ordinary, "/q": web.Ordinary, "/api/v1/cases": web.Ordinary, "/assets/app.css": web.Free,
		"/desk/insight": web.Bulk, "/desk/customers/import": web.Bulk, "/api/v1/imports": web.Bulk, profiles + "/heap": web.Bulk,
	} {
		if got := weigh(httptest.NewRequest(http.MethodGet, path, nil)); got != want {
			t.Errorf("%s weighs %d, not %d", path, got, want)
		}
	}
	// Each address of the list is one that exists.
	routes := strings.Join(a.Site.Routes(), "\n")
	for path := range a.API.OpenAPI().Paths {
		routes += "\n " + path
	}
	for _, b := range bulk {
		if !strings.Contains(routes, " "+b) {
			t.Errorf("nothing begins with %s", b)
		}
	}
}

// TestAServerIsGuarded: a server has bounds and stories have none; the smallest
// bounds there can be refuse what is too large and too much.
func TestAServerIsGuarded(t *testing.T) {
	t.Parallel()
	cfg := settings(t, append(environ(t.TempDir()+"/houvast.db"), "HOUVAST_LIMITS_BODY_KB=64", "HOUVAST_LIMITS_ANONYMOUS_PER_SECOND=1"))
	a, err := Open(t.Context(), Options{Config: cfg, Log: kittest.Log(t), Mail: &mail.Box{}, Guarded: true})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close() //nolint:errcheck // the test is over
	x := newTenant(t, a, "De Linde", org.Practice)
	api := client{http: server(t, a), base: "http://house"}
	got, err := api.call(t.Context(), http.MethodPost, "/api/v1/cases", x.Keys["desk"], "", map[string]string{"subject": strings.Repeat("x", 65<<10)})
	if err != nil || got.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("a body that is too large: %d %s %v", got.Status, got.Body, err)
	}
	last, header := 0, http.Header{}
	for range 40 {
		if last, header, _ = ask(a.Handler(), "/sign-in"); last != http.StatusOK {
			break
		}
	}
	if last != http.StatusTooManyRequests || header.Get("Retry-After") == "" {
		t.Errorf("an address that asks too often: %d %v", last, header)
	}
	if status, _, _ := ask(a.Handler(), "/desk/insight", "Authorization", "Bearer "+x.Keys["manager"]); status == http.StatusTooManyRequests {
		t.Error("who signed in pays for who did not")
	}
	if a.Handler(); a.admission == nil {
		t.Error("nobody is at the door")
	}
	other := inside(t, environ(t.TempDir()+"/houvast.db"), clock.NewSim(kittest.Start), &mail.Box{})
	if other.admission != nil {
		t.Error("a story is refused what it asks")
	}
	_ = other.Close()
}

func TestLimitsAreChecked(t *testing.T) {
	for _, bad := range []string{"LIMITS_AT_ONCE=2", "LIMITS_BODY_KB=1", "STOP_DELAY=-1", "METRICS_LISTEN=0.0.0.0:9", "METRICS_TOKEN=short", "METRICS_LISTEN=here"} {
		if _, err := config.Load(config.Source{Env: []string{"HOUVAST_" + bad}}); err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
	for _, good := range []string{"METRICS_LISTEN=127.0.0.1:9", "METRICS_LISTEN=localhost:9", "LIMITS_CLIENT_PER_SECOND=0", "LIMITS_MEMORY_MB=512"} {
		if _, err := config.Load(config.Source{Env: []string{"HOUVAST_" + good}}); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
}

// TestProfilesAreTheInstallations: an organisation's administrator has them
// while it is the only organisation there is, whoever runs the installation
// always, and nobody else ever.
func TestProfilesAreTheInstallations(t *testing.T) {
	t.Parallel()
	a := inside(t, environ(t.TempDir()+"/houvast.db"), clock.NewSim(kittest.Start), &mail.Box{})
	defer a.Close() //nolint:errcheck // the test is over
	x := newTenant(t, a, "De Linde", org.Practice)
	installer, err := a.InstallerKey(t.Context(), "profiel")
	if err != nil {
		t.Fatal(err)
	}
	get := func(name, key string) int {
		status, _, body := ask(a.Handler(), profiles+"/"+name, "Authorization", "Bearer "+key)
		if status == http.StatusOK && (len(body) < 50 || body[:2] != "\x1f\x8b" && name != "trace") {
			t.Errorf("%s is no profile: %.20q", name, body)
		}
		return status
	}
	for _, name := range []string{"heap", "allocs", "goroutine", "threadcreate"} {
		if got := get(name, installer); got != http.StatusOK {
			t.Errorf("%s for the installer: %d", name, got)
		}
	}
	for _, name := range []string{"cmdline", "symbol", "block", "nothing"} {
		if got := get(name, installer); got != http.StatusNotFound {
			t.Errorf("%s: %d", name, got)
		}
	}
	if got := get("heap", x.Keys["administrator"]); got != http.StatusOK {
		t.Errorf("the administrator of the only organisation: %d", got)
	}
	for _, who := range []string{"desk", "specialist", "manager", "organisation"} {
		if got := get("heap", x.Keys[who]); got != http.StatusForbidden {
			t.Errorf("%s: %d", who, got)
		}
	}
	if got, _, _ := ask(a.Handler(), profiles+"/heap"); got != http.StatusUnauthorized {
		t.Errorf("nobody: %d", got)
	}
	newTenant(t, a, "De Es", org.Practice)
	if got := get("heap", x.Keys["administrator"]); got != http.StatusForbidden {
		t.Errorf("an administrator among several organisations: %d", got)
	}
	if got := get("heap", installer); got != http.StatusOK {
		t.Errorf("the installer among several: %d", got)
	}
}
