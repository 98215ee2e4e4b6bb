package handoff

import (
	"embed"
	"log/slog"

	"github.com/houvast/houvast/internal/kit/job"
	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/module"
)

// Words are the capability's sentences.
//
//go:embed lang/*.toml
var Words embed.FS

// Module hands the capability to the application. In a bare replay nothing is
// watched.
func Module(s *Service, log *slog.Logger) module.Module {
	m := module.Module{
		Name:       "handoff",
		Migrations: Migrations,
		Lang:       &lang.Source{FS: Words, Dir: "lang"},
		Followers:  s.Followers(),
		Jobs:       s.jobs(),
		API:        s.api,
		Desk:       s.desk,
		Nav:        s.nav(),
		Panels:     s.panels(),
		Checks:     checks,
	}
	if !s.Bare {
		m.Workers = []job.Worker{NewWatch(s, log)}
	}
	return m
}
