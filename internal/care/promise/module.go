package promise

import (
	"embed"
	"log/slog"

	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/module"
)

// Words are the capability's sentences.
//
//go:embed lang/*.toml
var Words embed.FS

// Module hands the capability to the application. Without a watch (a bare
// replay) nobody is warned and nothing breaks by itself.
func Module(s *Service, log *slog.Logger, watched bool) module.Module {
	m := module.Module{
		Name:       "promise",
		Migrations: Migrations,
		Lang:       &lang.Source{FS: Words, Dir: "lang"},
		Followers:  []ledger.Follower{s.Follower()},
		API:        s.api,
		Jobs:       []job.Kind{s.calibrationJob()},
		Checks:     checks,
	}
	if watched {
		m.Workers = []job.Worker{NewWatch(s, log)}
	}
	return m
}
