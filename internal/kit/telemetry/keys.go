package telemetry

import "strings"

// keys are the attributes a line may hold. Before adding one ask: can its value
// ever be, or contain, what a person is called, where they live, how they are
// reached, what they asked or what they were told? Then it does not belong here.
var keys = set(
	// which thing
	"id", "org", "account", "case", "promise", "message", "job", "fact", "request", "trace", "span", "node", "worker", "follower", "watch", "session_kind",
	// what kind of thing
	"kind", "type", "class", "name_of_job", "queue", "component", "module", "table", "dialect", "channel", "role", "action", "permission", "lang", "version", "migration", "feature",
	// how it went
	"outcome", "state", "status", "code", "enhanced", "stage", "reason", "attempt", "retry", "ok", "enabled", "level",
	// how much and how long
	"count", "rows", "bytes", "size", "depth", "lag", "position", "seq", "batch", "limit", "total", "duration", "elapsed", "took", "timeout", "age",
	// when, by the business clock
	"at", "from_time", "until_time", "due", "run_at", "now",
	// requests: the pattern of the route, never the path, which may hold a link's secret
	"method", "route", "proto",
	// the machine and its settings
	"listen", "port", "host", "pid", "goos", "goarch", "go", "database_kind", "setting", "file", "dir", "signal", "url_base",
	// what went wrong inside; errs.Error never repeats input
	"err", "stack", "panic",
)

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}

// allowed says whether the value of a key may be printed.
func allowed(key string) bool {
	return keys[key] || strings.HasSuffix(key, "_id") || strings.HasSuffix(key, "_ids") ||
		strings.HasSuffix(key, "_count") || strings.HasSuffix(key, "_ms")
}
