package signal

import (
	"embed"

	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/module"
)

// Words are the capability's sentences.
//
//go:embed lang/*.toml
var Words embed.FS

// checks look at the store for rows that break an invariant.
var checks = []module.Check{
	{Invariant: 1, Name: "an open signal has somebody who works here", Run: CheckMembers},
}

// watchChecks hold only where the watch runs.
var watchChecks = []module.Check{
	{Invariant: 1, Name: "an urgent signal that nobody took goes on in time", Run: CheckUrgent},
}

// Module hands the capability to the application. Without a watch (a bare
// replay) an urgent signal stays with whom it was raised for.
func Module(s *Service, watched bool) module.Module {
	m := module.Module{
		Name:       "signal",
		Migrations: Migrations,
		Lang:       &lang.Source{FS: Words, Dir: "lang"},
		API:        s.api,
		Desk:       s.desk,
		Checks:     checks,
	}
	if watched {
		m.Workers = []job.Worker{NewWatch(s.DB)}
		m.Checks = append(append(m.Checks[:0:0], checks...), watchChecks...)
	}
	return m
}
