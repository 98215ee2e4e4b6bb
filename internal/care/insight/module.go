package insight

import (
	"embed"

	"github.com/houvast/houvast/internal/kit/lang"
	"github.com/houvast/houvast/internal/kit/ledger"
	"github.com/houvast/houvast/internal/kit/module"
)

// Words are the capability's sentences.
//
//go:embed lang/*.toml
var Words embed.FS

var checks = []module.Check{
	{Invariant: 9, Name: "figures equal the cases behind them", Run: checkCounters},
}

// Module hands the capability to the application.
func Module(s *Service) module.Module {
	return module.Module{
		Name:       "insight",
		Migrations: Migrations,
		Lang:       &lang.Source{FS: Words, Dir: "lang"},
		Followers:  []ledger.Follower{s.Follower()},
		API:        s.api,
		Desk:       s.desk,
		Nav:        s.nav(),
		Commands:   s.commands(),
		Checks:     checks,
	}
}
