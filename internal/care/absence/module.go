package absence

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

// checks look at the store for absences that break an invariant.
var checks = []module.Check{
	{Invariant: 1, Name: "what falls due while somebody is away is with who stands in, or somebody was told", Run: CheckHeld},
}

// Module hands the capability to the application. In a bare replay nobody
// watches, and arranging waits for nothing else.
func Module(s *Service, watched bool) module.Module {
	m := module.Module{
		Name:       "absence",
		Migrations: Migrations,
		Lang:       &lang.Source{FS: Words, Dir: "lang"},
		Jobs:       []job.Kind{s.Job()},
		API:        s.api,
		Desk:       s.desk,
		Commands:   commands(),
		Checks:     checks,
	}
	if watched {
		m.Workers = []job.Worker{NewWatch(s)}
	}
	return m
}
